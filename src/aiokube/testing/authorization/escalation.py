"""Escalation: nobody grants what he may not do himself, unless he may `escalate` the role or `bind` it."""

from __future__ import annotations

from ..call import Call
from ..failures import Failure, forbidden, not_found
from ..store import Object
from .attributes import Attributes
from .authorizer import CLUSTER_ROLE_BINDINGS, CLUSTER_ROLES, GROUP, ROLE_BINDINGS, ROLES, Authorizer
from .rules import Rule, described, missing, quoted

_EVERYTHING: list[Rule] = [
    {"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]},
    {"verbs": ["*"], "nonResourceURLs": ["*"]},
]
_OF_COLLECTOR = ("ownerReferences", "finalizers", "managedFields")


def check_escalation(authorizer: Authorizer, call: Call, old: Object | None, obj: Object) -> None:
    """Refuse a role or a binding that grants more than its author has.

    Args:
        authorizer: Knows what the author may do.
        call: The request.
        old: The present state; None for an object that is created.
        obj: The new state.

    Raises:
        Failure: It grants more.
    """
    collection = call.resource.collection
    if collection not in (ROLES, CLUSTER_ROLES, ROLE_BINDINGS, CLUSTER_ROLE_BINDINGS):
        return
    if "system:masters" in call.user.groups or (old is not None and _is_for_collector(old, obj)):
        return
    if collection in (ROLES, CLUSTER_ROLES):
        _check_role(authorizer, call, old, obj)
        return
    reference = obj.get("roleRef") or {}
    kind, name = reference.get("kind") or "", reference.get("name") or ""
    if kind not in ("Role", "ClusterRole"):
        raise Failure(500, "", f'unsupported role reference kind: "{kind}"')
    wanted = Attributes(verb="bind", group=GROUP, resource=f"{kind.lower()}s", name=name, namespace=call.namespace)
    if authorizer.decide(call.user, wanted).allowed:
        return
    rules = authorizer.rules_of({"kind": kind, "name": name}, call.namespace)
    if rules is None:
        raise not_found(call.resource, name)
    _check(authorizer, call, obj, rules)


def _check_role(authorizer: Authorizer, call: Call, old: Object | None, obj: Object) -> None:
    wanted = Attributes(
        verb="escalate", group=GROUP, resource=call.resource.plural, name=call.name, namespace=call.namespace
    )
    if authorizer.decide(call.user, wanted).allowed:
        return
    _check(authorizer, call, obj, obj.get("rules") or [])
    if _aggregates(obj) or (old is not None and _aggregates(old)):
        owned = authorizer.grants(call.user, call.namespace).rules
        if missing(owned, _EVERYTHING):
            text = "must have cluster-admin privileges to use the aggregationRule"
            raise forbidden(call.resource, obj["metadata"].get("name", ""), text)


def _check(authorizer: Authorizer, call: Call, obj: Object, rules: list[Rule]) -> None:
    grants = authorizer.grants(call.user, call.namespace)
    lacking = missing(grants.rules, rules)
    if not lacking:
        return
    who = f'user "{call.user.name}" (groups={quoted(call.user.groups)})'
    text = f"{who} is attempting to grant RBAC permissions not currently held:\n" + "\n".join(described(lacking))
    if grants.errors:
        text += f"; resolution errors: [{grants.problem}]"
    raise forbidden(call.resource, obj["metadata"].get("name", ""), text)


def _aggregates(role: Object) -> bool:
    return bool((role.get("aggregationRule") or {}).get("clusterRoleSelectors"))


def _is_for_collector(old: Object, obj: Object) -> bool:
    """Return True if only what the garbage collector needs is changed."""
    same = {name: old["metadata"].get(name) for name in _OF_COLLECTOR}
    return {**obj, "metadata": {**obj["metadata"], **same}} == {**old, "metadata": {**old["metadata"], **same}}
