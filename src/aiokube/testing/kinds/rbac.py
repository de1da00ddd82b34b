"""Validation of roles and bindings."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import msgspec

from ..failures import Cause
from ..names import path_segment_problem, subdomain_problem
from ..store import Object

_GROUP = "rbac.authorization.k8s.io"


def _role(obj: Object) -> Iterator[Cause]:
    yield from _rules(obj.get("rules") or (), namespaced=True)


def _cluster_role(obj: Object) -> Iterator[Cause]:
    yield from _rules(obj.get("rules") or (), namespaced=False)
    aggregation = obj.get("aggregationRule")
    if aggregation is not None and not aggregation.get("clusterRoleSelectors"):
        text = "at least one clusterRoleSelector required if aggregationRule is non-nil"
        yield _required("aggregationRule.clusterRoleSelectors", text)


def _rules(rules: Sequence[Object], *, namespaced: bool) -> Iterator[Cause]:
    for index, rule in enumerate(rules):
        yield from _rule(rule, f"rules[{index}]", namespaced=namespaced)
    # kube-apiserver validates what its types declare at the end.
    for index, rule in enumerate(rules):
        if not rule.get("verbs"):
            yield _required(f"rules[{index}].verbs")


def _rule(rule: Object, where: str, *, namespaced: bool) -> Iterator[Cause]:
    if urls := rule.get("nonResourceURLs"):
        field = f"{where}.nonResourceURLs"
        if namespaced:
            yield _invalid(field, urls, "namespaced rules cannot apply to non-resource URLs")
        if any(rule.get(name) for name in ("apiGroups", "resources", "resourceNames")):
            yield _invalid(field, urls, "rules cannot apply to both regular resources and non-resource URLs")
        return
    if not rule.get("apiGroups"):
        yield _required(f"{where}.apiGroups", "resource rules must supply at least one api group")
    if not rule.get("resources"):
        yield _required(f"{where}.resources", "resource rules must supply at least one resource")


def _role_binding(obj: Object) -> Iterator[Cause]:
    yield from _binding(obj, ("Role", "ClusterRole"), namespaced=True)


def _cluster_role_binding(obj: Object) -> Iterator[Cause]:
    yield from _binding(obj, ("ClusterRole",), namespaced=False)


def _binding(obj: Object, kinds: Sequence[str], *, namespaced: bool) -> Iterator[Cause]:
    reference = obj.get("roleRef") or {}
    group, kind, name = (reference.get(field) or "" for field in ("apiGroup", "kind", "name"))
    if group != _GROUP:
        yield _unsupported("roleRef.apiGroup", group, (_GROUP,))
    if kind not in kinds:
        yield _unsupported("roleRef.kind", kind, kinds)
    if name and (problem := path_segment_problem(name)):
        yield _invalid("roleRef.name", name, problem)
    subjects = obj.get("subjects") or ()
    for index, subject in enumerate(subjects):
        yield from _subject(subject, f"subjects[{index}]", namespaced=namespaced)
    for index, subject in enumerate(subjects):
        if not subject.get("name"):
            yield _required(f"subjects[{index}].name")
    if not name:
        yield _required("roleRef.name")


def _subject(subject: Object, where: str, *, namespaced: bool) -> Iterator[Cause]:
    group, kind, name = (subject.get(field) or "" for field in ("apiGroup", "kind", "name"))
    if kind == "ServiceAccount":
        if name and (problem := subdomain_problem(name)):
            yield _invalid(f"{where}.name", name, problem)
        if group:
            yield _unsupported(f"{where}.apiGroup", group, ("",))
        if not namespaced and not subject.get("namespace"):
            yield _required(f"{where}.namespace")
    elif kind not in ("User", "Group"):
        yield _unsupported(f"{where}.kind", kind, ("ServiceAccount", "User", "Group"))
    elif group != _GROUP:
        yield _unsupported(f"{where}.apiGroup", group, (_GROUP,))


def _required(field: str, text: str = "") -> Cause:
    return Cause("FieldValueRequired", f"Required value: {text}" if text else "Required value", field)


def _invalid(field: str, value: Any, problem: str) -> Cause:
    return Cause("FieldValueInvalid", f"Invalid value: {_json(value)}: {problem}", field)


def _unsupported(field: str, value: str, known: Sequence[str]) -> Cause:
    choices = ", ".join(_json(one) for one in known)
    return Cause("FieldValueNotSupported", f"Unsupported value: {_json(value)}: supported values: {choices}", field)


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()


RBAC: dict[str, Callable[[Object], Iterator[Cause]]] = {
    f"roles.{_GROUP}": _role,
    f"clusterroles.{_GROUP}": _cluster_role,
    f"rolebindings.{_GROUP}": _role_binding,
    f"clusterrolebindings.{_GROUP}": _cluster_role_binding,
}
"""What is wrong with an object, by collection."""
