"""Validation of roles and bindings."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from ..checks.causes import invalid, required, unsupported
from ..checks.labels import label_selector_causes
from ..failures import Cause
from ..names import path_segment_problem, subdomain_problem
from ..store import Object

_GROUP = "rbac.authorization.k8s.io"


def _role(obj: Object) -> Iterator[Cause]:
    yield from _rules(obj, namespaced=True)
    yield from _verbs(obj)


def _cluster_role(obj: Object) -> Iterator[Cause]:
    yield from _rules(obj, namespaced=False)
    aggregation = obj.get("aggregationRule")
    if aggregation is not None and not aggregation.get("clusterRoleSelectors"):
        text = "at least one clusterRoleSelector required if aggregationRule is non-nil"
        yield required("aggregationRule.clusterRoleSelectors", text)
    for index, selector in enumerate((aggregation or {}).get("clusterRoleSelectors") or ()):
        where = f"aggregationRule.clusterRoleSelectors[{index}]"
        problems = list(label_selector_causes(selector, where))
        yield from problems
        if problems:
            yield invalid(where, None, "invalid label selector.")
    yield from _verbs(obj)


def _rules(obj: Object, *, namespaced: bool) -> Iterator[Cause]:
    for index, rule in enumerate(obj.get("rules") or ()):
        yield from _rule(rule, f"rules[{index}]", namespaced=namespaced)


def _verbs(obj: Object) -> Iterator[Cause]:
    """kube-apiserver validates what its types declare at the end."""
    for index, rule in enumerate(obj.get("rules") or ()):
        if not rule.get("verbs"):
            yield required(f"rules[{index}].verbs")


def _rule(rule: Object, where: str, *, namespaced: bool) -> Iterator[Cause]:
    if urls := rule.get("nonResourceURLs"):
        field = f"{where}.nonResourceURLs"
        if namespaced:
            yield invalid(field, urls, "namespaced rules cannot apply to non-resource URLs")
        if any(rule.get(name) for name in ("apiGroups", "resources", "resourceNames")):
            yield invalid(field, urls, "rules cannot apply to both regular resources and non-resource URLs")
        return
    if not rule.get("apiGroups"):
        yield required(f"{where}.apiGroups", "resource rules must supply at least one api group")
    if not rule.get("resources"):
        yield required(f"{where}.resources", "resource rules must supply at least one resource")


def _role_binding(obj: Object) -> Iterator[Cause]:
    yield from _binding(obj, ("Role", "ClusterRole"), namespaced=True)


def _cluster_role_binding(obj: Object) -> Iterator[Cause]:
    yield from _binding(obj, ("ClusterRole",), namespaced=False)


def _binding(obj: Object, kinds: Sequence[str], *, namespaced: bool) -> Iterator[Cause]:
    reference = obj.get("roleRef") or {}
    group, kind, name = (reference.get(field) or "" for field in ("apiGroup", "kind", "name"))
    if group != _GROUP:
        yield unsupported("roleRef.apiGroup", group, (_GROUP,))
    if kind not in kinds:
        yield unsupported("roleRef.kind", kind, kinds)
    if name and (problem := path_segment_problem(name)):
        yield invalid("roleRef.name", name, problem)
    subjects = obj.get("subjects") or ()
    for index, subject in enumerate(subjects):
        yield from _subject(subject, f"subjects[{index}]", namespaced=namespaced)
    for index, subject in enumerate(subjects):
        if not subject.get("name"):
            yield required(f"subjects[{index}].name")
    if not name:
        yield required("roleRef.name")


def _subject(subject: Object, where: str, *, namespaced: bool) -> Iterator[Cause]:
    group, kind, name = (subject.get(field) or "" for field in ("apiGroup", "kind", "name"))
    if kind == "ServiceAccount":
        if name and (problem := subdomain_problem(name)):
            yield invalid(f"{where}.name", name, problem)
        if group:
            yield unsupported(f"{where}.apiGroup", group, ("",))
        if not namespaced and not subject.get("namespace"):
            yield required(f"{where}.namespace")
    elif kind not in ("User", "Group"):
        yield unsupported(f"{where}.kind", kind, ("ServiceAccount", "User", "Group"))
    elif group != _GROUP:
        yield unsupported(f"{where}.apiGroup", group, (_GROUP,))


RBAC: dict[str, Callable[[Object], Iterator[Cause]]] = {
    f"roles.{_GROUP}": _role,
    f"clusterroles.{_GROUP}": _cluster_role,
    f"rolebindings.{_GROUP}": _role_binding,
    f"clusterrolebindings.{_GROUP}": _cluster_role_binding,
}
"""Checks of objects, by collection."""
