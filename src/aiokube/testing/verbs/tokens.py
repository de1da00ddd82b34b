"""The subresource `token` of service accounts."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from ..api.resources import Resource
from ..authentication.tokens import ISSUER, Reference
from ..bodies import read_object
from ..call import Call
from ..failures import Cause, Failure, bad_request, invalid, not_found, not_implemented
from ..rendering import accepted_whole, encode
from ..store import Key, Object
from .state import Reply, State

_HOUR = 3600
_SHORTEST = 600
_LONGEST = 1 << 32

_BOUND = {"Pod": "pods", "Secret": "secrets", "Node": "nodes"}
_WEBHOOKS = ("ValidatingWebhookConfiguration", "MutatingWebhookConfiguration")


def create_token(state: State, call: Call) -> Reply:
    """Create a token of a service account.

    The server accepts it until it expires, or the account or the object that it is bound to is deleted.

    Raises:
        Failure: The service account does not exist, or the request is invalid.
    """
    content_type = accepted_whole(call.accept)
    resource = resource_of_body(call)
    obj = read_object(call, resource, state.catalog.definition("", "v1", "authentication.v1.TokenRequest"))
    metadata, spec = obj["metadata"], obj.get("spec") or {}
    if metadata.get("namespace") not in (None, "", call.namespace):
        raise bad_request("the namespace of the provided object does not match the namespace sent on the request")
    if metadata.get("name") not in (None, "", call.name):
        text = f'Invalid value: "{metadata["name"]}": must match the service account name if specified'
        raise invalid(resource, call.name, [Cause("FieldValueInvalid", text, "metadata.name")])
    account = state.store.get("serviceaccounts", call.key)
    if account is None:
        raise not_found(call.resource, call.name)
    uid = account.obj["metadata"]["uid"]
    if metadata.get("uid") not in (None, "", uid):
        text = f"the UID in the token request ({metadata['uid']}) does not match the UID of the service account ({uid})"
        raise _conflict(resource.group, "TokenRequest", call.name, text)
    seconds = _HOUR if spec.get("expirationSeconds") is None else spec["expirationSeconds"]
    if causes := _problems(seconds, spec):
        raise invalid(resource, "", causes)
    audiences = spec.get("audiences") or [ISSUER]
    bound, node = _bound(state, call, spec.get("boundObjectRef"))
    token = state.tokens.of_account(account.obj, audiences, seconds, bound, node)
    expires = state.clock.now() + timedelta(seconds=seconds)
    now = state.clock.timestamp()
    answer = {
        "kind": resource.kind,
        "apiVersion": resource.api_version,
        "metadata": {"name": call.name, "namespace": call.namespace, "uid": uid, "creationTimestamp": now},
        "spec": {
            "audiences": audiences,
            "expirationSeconds": seconds,
            "boundObjectRef": spec.get("boundObjectRef"),
        },
        "status": {"token": token, "expirationTimestamp": expires.strftime("%Y-%m-%dT%H:%M:%SZ")},
    }
    return Reply(body=encode(answer), status=201, content_type=content_type)


def resource_of_body(call: Call) -> Resource:
    """Return a resource of the kind that the body of a subresource has."""
    sub = call.resource.subresources[call.subresource]
    return replace(call.resource, group=sub.group, version=sub.version, kind=sub.kind)


def _problems(seconds: int, spec: Object) -> list[Cause]:
    text, where = f"Invalid value: {seconds}: may not specify a duration", "spec.expirationSeconds"
    if seconds < _SHORTEST:
        return [Cause("FieldValueInvalid", f"{text} less than 10 minutes", where)]
    if seconds > _LONGEST:
        return [Cause("FieldValueInvalid", f"{text} larger than 2^32 seconds", where)]
    return []


def _bound(state: State, call: Call, reference: Object | None) -> tuple[Reference | None, Reference | None]:
    """Return the object that a token is to be bound to, and the node of a pod.

    Raises:
        Failure: The object does not exist, or tokens are not bound to its kind.
    """
    if reference is None:
        return None, None
    kind, name = reference.get("kind") or "", reference.get("name") or ""
    group, _, version = (reference.get("apiVersion") or "").rpartition("/")
    if kind in _WEBHOOKS:
        raise not_implemented(f"tokens that are bound to a {kind}")
    if group or kind not in _BOUND:
        shown = f"{group}/{version}, Kind={kind}"
        raise bad_request(f"cannot bind token to object of type {shown}")
    record = state.store.get(_BOUND[kind], Key("" if kind == "Node" else call.namespace, name))
    if record is None:
        details = {"name": name, "kind": _BOUND[kind]}
        raise Failure(404, "NotFound", f'{_BOUND[kind]} "{name}" not found', details=details)
    spec = record.obj.get("spec") or {}
    if kind == "Pod" and spec.get("serviceAccountName") != call.name:
        text = f'cannot bind token for serviceaccount "{call.name}" to pod running with different serviceaccount name.'
        raise bad_request(text)
    uid = record.obj["metadata"]["uid"]
    if reference.get("uid") not in (None, "", uid):
        text = (
            f"the UID in the bound object reference ({reference['uid']}) does not match the UID in record. The object "
            "might have been deleted and then recreated"
        )
        raise _conflict("", kind, name, text)
    return Reference(kind, name, uid), _node(state, spec.get("nodeName")) if kind == "Pod" else None


def _node(state: State, name: str | None) -> Reference | None:
    if not name:
        return None
    record = state.store.get("nodes", Key("", name))
    return Reference("Node", name, record.obj["metadata"]["uid"] if record is not None else "")


def _conflict(group: str, kind: str, name: str, text: str) -> Failure:
    subject = f"{kind}.{group}" if group else kind
    details = {"name": name, "group": group, "kind": kind}
    return Failure(
        409,
        "Conflict",
        f'Operation cannot be fulfilled on {subject} "{name}": {text}',
        details={key: value for key, value in details.items() if value},
    )
