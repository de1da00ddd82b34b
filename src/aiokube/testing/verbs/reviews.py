"""Reviews: who somebody is, and what he may do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import msgspec

from ..authentication.tokens import ISSUER, InvalidToken
from ..authorization.attributes import Attributes
from ..authorization.rules import Rule
from ..bodies import read_object
from ..call import Call, User
from ..failures import Cause, bad_request, invalid
from ..rendering import accepted_whole, encode
from ..store import Object
from .state import Reply, State

_LOCAL = "LocalSubjectAccessReview"
_SELF = "SelfSubjectAccessReview"


def review(state: State, call: Call) -> Reply:
    """Answer a review.

    Raises:
        Failure: It is invalid.
    """
    content_type = accepted_whole(call.accept)
    obj = read_object(call, call.resource, state.catalog.schema(call.resource))
    obj["metadata"].pop("managedFields", None)
    if call.namespace:
        obj["metadata"]["namespace"] = call.namespace
    kind = call.resource.kind
    answer = {"kind": kind, "apiVersion": call.resource.api_version, **_REVIEWS[kind](state, call, obj)}
    return Reply(body=encode(answer), status=201, content_type=content_type)


def _access(state: State, call: Call, obj: Object) -> Object:
    spec = obj.get("spec") or {}
    if causes := list(_problems(call, obj, spec)):
        # The real server has forgotten the kind by then.
        raise invalid(replace(call.resource, kind=""), "", causes)
    user = call.user
    if call.resource.kind != _SELF:
        extra = {key: tuple(values) for key, values in (spec.get("extra") or {}).items()}
        user = User(spec.get("user") or "", tuple(spec.get("groups") or ()), spec.get("uid") or "", extra)
    decision = state.authorizer.decide(user, _attributes(spec))
    status: Object = {"allowed": decision.allowed}
    return {**obj, "status": {**status, "reason": decision.reason} if decision.reason else status}


def _problems(call: Call, obj: Object, spec: Object) -> Iterator[Cause]:
    of_resource, of_path = spec.get("resourceAttributes"), spec.get("nonResourceAttributes")
    shown = None if of_path is None else {"Path": of_path.get("path", ""), "Verb": of_path.get("verb", "")}
    if (of_resource is None) == (of_path is None):
        text = "exactly one of nonResourceAttributes or resourceAttributes must be specified"
        yield _invalid("spec", shown, text)
    if call.resource.kind != _SELF and not spec.get("user") and not spec.get("groups"):
        yield _invalid("spec.user", "", "at least one of user or group must be specified")
    known = {"namespace"} if call.resource.kind == _LOCAL else set()
    if set(obj["metadata"]) - known:
        text = "must be empty except for namespace" if known else "must be empty"
        yield _invalid("metadata", obj["metadata"], text)
    if call.resource.kind != _LOCAL:
        return
    if of_resource is not None and of_resource.get("namespace", "") != call.namespace:
        namespace = of_resource.get("namespace", "")
        yield _invalid("spec.resourceAttributes.namespace", namespace, "must match metadata.namespace")
    if of_path is not None:
        yield _invalid("spec.nonResourceAttributes", shown, "disallowed on this kind of request")


def _invalid(field: str, value: Any, problem: str) -> Cause:
    shown = msgspec.json.encode(value).decode()
    return Cause("FieldValueInvalid", f"Invalid value: {shown}: {problem}", field)


def _attributes(spec: Object) -> Attributes:
    if (of_path := spec.get("nonResourceAttributes")) is not None:
        return Attributes(verb=of_path.get("verb") or "", path=of_path.get("path") or "")
    asked = spec["resourceAttributes"]
    names = ("verb", "group", "resource", "subresource", "namespace", "name")
    return Attributes(**{name: asked.get(name) or "" for name in names})


def _rules(state: State, call: Call, obj: Object) -> Object:
    namespace = (obj.get("spec") or {}).get("namespace")
    if not namespace:
        raise bad_request("no namespace on request")
    grants = state.authorizer.grants(call.user, namespace)
    status: Object = {
        "resourceRules": [
            _part(rule, "verbs", "apiGroups", "resources", "resourceNames")
            for rule in grants.rules
            if rule.get("resources")
        ],
        "nonResourceRules": [
            _part(rule, "verbs", "nonResourceURLs") for rule in grants.rules if rule.get("nonResourceURLs")
        ],
        "incomplete": False,
    }
    if grants.errors:
        status["evaluationError"] = grants.problem
    return {"metadata": {}, "spec": {}, "status": status}


def _part(rule: Rule, *names: str) -> Object:
    return {name: rule[name] for name in names if rule.get(name)}


def _myself(state: State, call: Call, obj: Object) -> Object:
    metadata = {"creationTimestamp": state.clock.timestamp()}
    return {"metadata": metadata, "status": {"userInfo": _shown(call.user)}}


def _authenticated(state: State, call: Call, obj: Object) -> Object:
    spec = obj.get("spec") or {}
    if not spec.get("token"):
        raise bad_request("token is required for TokenReview in authentication")
    try:
        token = state.tokens.authenticate(spec["token"], spec.get("audiences") or (ISSUER,))
    except InvalidToken as error:
        return {**obj, "status": {"user": {}, "error": str(error)}}
    status: Object = {"authenticated": True, "user": _shown(token.user)}
    return {**obj, "status": {**status, "audiences": list(token.audiences)} if token.audiences else status}


def _shown(user: User) -> Object:
    found: Object = {"username": user.name}
    if user.uid:
        found["uid"] = user.uid
    found["groups"] = list(user.groups)
    if user.extra:
        found["extra"] = {key: list(values) for key, values in sorted(user.extra.items())}
    return found


_REVIEWS: dict[str, Callable[[State, Call, Object], Object]] = {
    _SELF: _access,
    "SubjectAccessReview": _access,
    _LOCAL: _access,
    "SelfSubjectRulesReview": _rules,
    "SelfSubjectReview": _myself,
    "TokenReview": _authenticated,
}

REVIEWS: frozenset[str] = frozenset(_REVIEWS)
"""The kinds that are reviews."""
