"""Reviews: who somebody is and what he may do, and tokens of service accounts. Everyone may do everything."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from ..api.resources import Resource
from ..bodies import read_object
from ..call import Call, User
from ..failures import Cause, bad_request, invalid, not_found
from ..rendering import encode
from ..store import Object
from .state import Reply, State, Token

_HOUR = 3600
_SHORTEST = 600
_ISSUER = "https://kubernetes.default.svc"


def review(state: State, call: Call) -> Reply:
    """Answer a review.

    Raises:
        Failure: It is invalid.
    """
    obj = read_object(call, call.resource, state.catalog.schema(call.resource))
    obj["metadata"].pop("managedFields", None)
    if call.namespace:
        obj["metadata"]["namespace"] = call.namespace
    answer = {"kind": call.resource.kind, "apiVersion": call.resource.api_version, **obj}
    status = REVIEWS[call.resource.kind](state, call, obj.get("spec") or {})
    return Reply(body=encode({**answer, "status": status}), status=201)


def _allowed(state: State, call: Call, spec: Object) -> Object:
    if ("resourceAttributes" in spec) == ("nonResourceAttributes" in spec):
        text = "Invalid value: null: exactly one of nonResourceAttributes or resourceAttributes must be specified"
        raise invalid(call.resource, "", [Cause("FieldValueInvalid", text, "spec")])
    return {"allowed": True}


def _rules(state: State, call: Call, spec: Object) -> Object:
    everything = {"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]}
    paths = {"verbs": ["*"], "nonResourceURLs": ["*"]}
    return {"resourceRules": [everything], "nonResourceRules": [paths], "incomplete": False}


def _myself(state: State, call: Call, spec: Object) -> Object:
    return {"userInfo": _shown(call.user)}


def _authenticated(state: State, call: Call, spec: Object) -> Object:
    if not spec.get("token"):
        raise bad_request("token is required for TokenReview in authentication")
    token = state.token(spec["token"])
    if token is None:
        return {"user": {}, "error": "invalid bearer token"}
    return {"authenticated": True, "user": _shown(token.user), "audiences": list(token.audiences)}


def _shown(user: User) -> Object:
    found: Object = {"username": user.name}
    if user.uid:
        found["uid"] = user.uid
    return {**found, "groups": list(user.groups)}


REVIEWS: dict[str, Callable[[State, Call, Object], Object]] = {
    "SelfSubjectAccessReview": _allowed,
    "SubjectAccessReview": _allowed,
    "LocalSubjectAccessReview": _allowed,
    "SelfSubjectRulesReview": _rules,
    "SelfSubjectReview": _myself,
    "TokenReview": _authenticated,
}
"""The answers, by kind."""


def create_token(state: State, call: Call) -> Reply:
    """Create a token of a service account, which the server accepts until it expires.

    Raises:
        Failure: The service account does not exist, or the request is invalid.
    """
    account = state.store.get("serviceaccounts", call.key)
    if account is None:
        raise not_found(call.resource, call.name)
    resource = resource_of_body(call)
    obj = read_object(call, resource, state.catalog.definition("", "v1", "authentication.v1.TokenRequest"))
    spec = obj.get("spec") or {}
    seconds = spec.get("expirationSeconds") or _HOUR
    if seconds < _SHORTEST:
        text = f"Invalid value: {seconds}: may not specify a duration less than 10 minutes"
        raise invalid(resource, "", [Cause("FieldValueInvalid", text, "spec.expirationSeconds")])
    audiences = tuple(spec.get("audiences") or (_ISSUER,))
    uid = account.obj["metadata"]["uid"]
    user = _account_user(call.namespace, call.name, uid)
    expires = state.clock.now() + timedelta(seconds=seconds)
    text = _json_web_token(user, audiences, int(expires.timestamp()))
    state.tokens[text] = Token(user, state.clock.seconds() + seconds, audiences)
    now = state.clock.timestamp()
    metadata = {"name": call.name, "namespace": call.namespace, "uid": uid, "creationTimestamp": now}
    answer = {"kind": resource.kind, "apiVersion": resource.api_version, "metadata": metadata}
    wanted = {"audiences": list(audiences), "expirationSeconds": seconds, "boundObjectRef": spec.get("boundObjectRef")}
    status = {"token": text, "expirationTimestamp": expires.strftime("%Y-%m-%dT%H:%M:%SZ")}
    return Reply(body=encode({**answer, "spec": wanted, "status": status}), status=201)


def resource_of_body(call: Call) -> Resource:
    """Return a resource of the kind that the body of a subresource has."""
    sub = call.resource.subresources[call.subresource]
    return replace(call.resource, group=sub.group, version=sub.version, kind=sub.kind)


def _account_user(namespace: str, name: str, uid: str) -> User:
    groups = ("system:serviceaccounts", f"system:serviceaccounts:{namespace}", "system:authenticated")
    return User(f"system:serviceaccount:{namespace}:{name}", groups, uid)


def _json_web_token(user: User, audiences: tuple[str, ...], expires: int) -> str:
    """Return a token with the claims that clients read; its signature is random, for this server knows its tokens."""
    claims = {"iss": _ISSUER, "sub": user.name, "aud": list(audiences), "exp": expires, "jti": secrets.token_hex(8)}
    parts = (encode({"alg": "ES256", "kid": "fake"}), encode(claims), secrets.token_bytes(64))
    return ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts)
