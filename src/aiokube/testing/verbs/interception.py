"""Webhooks and admission policies: a request that one of them has a say in is refused, for nobody would ask it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from ..call import Call
from ..failures import not_implemented
from ..selectors import selects
from ..store import Key, Object, Store
from .state import State

_GROUP = "admissionregistration.k8s.io"
_WEBHOOKS = {
    f"validatingwebhookconfigurations.{_GROUP}": "ValidatingWebhookConfiguration",
    f"mutatingwebhookconfigurations.{_GROUP}": "MutatingWebhookConfiguration",
}
_POLICIES = {
    f"validatingadmissionpolicies.{_GROUP}": "ValidatingAdmissionPolicy",
    f"mutatingadmissionpolicies.{_GROUP}": "MutatingAdmissionPolicy",
}
_BINDINGS = {
    f"validatingadmissionpolicies.{_GROUP}": f"validatingadmissionpolicybindings.{_GROUP}",
    f"mutatingadmissionpolicies.{_GROUP}": f"mutatingadmissionpolicybindings.{_GROUP}",
}
_OPERATIONS = {
    "create": "CREATE",
    "update": "UPDATE",
    "patch": "UPDATE",
    "delete": "DELETE",
    "deletecollection": "DELETE",
}
_CONNECTING = frozenset({"exec", "attach", "portforward", "proxy"})


class _Interceptor(NamedTuple):
    """A webhook or a policy."""

    title: str
    rules: list[Object]
    excluded: list[Object]
    namespaces: Object


def check_interception(state: State, call: Call) -> None:
    """Refuse a request that a webhook or an admission policy matches.

    Selectors of objects and conditions in CEL are not evaluated: they are taken to match.

    Raises:
        Failure: One matches.
    """
    operation = "CONNECT" if call.subresource in _CONNECTING else _OPERATIONS.get(call.verb, "")
    # Neither webhooks nor policies have a say in themselves.
    if not operation or call.resource.group == _GROUP:
        return
    if call.verb in ("update", "patch") and state.store.get(call.resource.collection, call.key) is None:
        operation = "CREATE"
    for one in (*_webhooks(state.store), *_policies(state.store)):
        if _is_for(one, call, operation) and _is_within(state.store, one, call):
            raise not_implemented(f"{one.title}, which has a say in this request")


def _webhooks(store: Store) -> Iterator[_Interceptor]:
    for collection, kind in _WEBHOOKS.items():
        for key, record in store.records(collection):
            for webhook in record.obj.get("webhooks") or ():
                title = f'the webhook "{webhook["name"]}" of the {kind} "{key.name}"'
                yield _Interceptor(title, webhook.get("rules") or [], [], webhook.get("namespaceSelector") or {})


def _policies(store: Store) -> Iterator[_Interceptor]:
    for collection, kind in _POLICIES.items():
        bound = {record.obj["spec"].get("policyName") for _, record in store.records(_BINDINGS[collection])}
        for key, record in store.records(collection):
            matched = record.obj["spec"].get("matchConstraints") or {}
            rules, excluded = (matched.get(name) or [] for name in ("resourceRules", "excludeResourceRules"))
            if key.name in bound:
                title = f'the {kind} "{key.name}"'
                yield _Interceptor(title, rules, excluded, matched.get("namespaceSelector") or {})


def _is_for(one: _Interceptor, call: Call, operation: str) -> bool:
    return any(_matches(rule, call, operation) for rule in one.rules) and not any(
        _matches(rule, call, operation) and not rule.get("resourceNames") for rule in one.excluded
    )


def _matches(rule: Object, call: Call, operation: str) -> bool:
    scope, names = rule.get("scope") or "*", rule.get("resourceNames")
    return (
        bool({"*", operation} & set(rule.get("operations") or ()))
        and bool({"*", call.resource.group} & set(rule.get("apiGroups") or ()))
        and any(_names(pattern, call) for pattern in rule.get("resources") or ())
        and (scope == "*" or (scope == "Namespaced") == call.resource.namespaced)
        and (not names or not call.name or call.name in names)
    )


def _names(pattern: str, call: Call) -> bool:
    plural, _, subresource = pattern.partition("/")
    is_named = subresource == call.subresource or subresource == "*"
    return is_named and plural in ("*", call.resource.plural)


def _is_within(store: Store, one: _Interceptor, call: Call) -> bool:
    namespace = call.name if call.resource.collection == "namespaces" else call.namespace
    record = store.get("namespaces", Key("", namespace)) if namespace else None
    return record is None or selects(one.namespaces, record.obj["metadata"].get("labels") or {})
