"""Where a pod may run: affinity, tolerations and the spread over the nodes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..failures import Cause
from ..names import label_value_problem
from .causes import invalid, label_causes, one_of, required, unsupported
from .labels import label_name_causes, label_selector_causes, node_selector_term_causes

_REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
_PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution"
_EFFECTS = ("NoSchedule", "PreferNoSchedule", "NoExecute")
_ANY_KEY = 'operator must be Exists when `key` is empty, which means "match all values and all keys"'


def affinity_causes(affinity: Any, path: str) -> Iterator[Cause]:
    """Return what is wrong with the affinity of a pod."""
    affinity = affinity or {}
    nodes = affinity.get("nodeAffinity") or {}
    if (selector := nodes.get(_REQUIRED)) is not None:
        where = f"{path}.nodeAffinity.{_REQUIRED}.nodeSelectorTerms"
        if not selector.get("nodeSelectorTerms"):
            yield required(where, "must have at least one node selector term")
        for index, term in enumerate(selector.get("nodeSelectorTerms") or ()):
            yield from node_selector_term_causes(term, f"{where}[{index}]")
    for index, term in enumerate(nodes.get(_PREFERRED) or ()):
        where = f"{path}.nodeAffinity.{_PREFERRED}[{index}]"
        yield from _weight_causes(term, where)
        yield from node_selector_term_causes(term.get("preference") or {}, f"{where}.preference")
    for name in ("podAffinity", "podAntiAffinity"):
        pods = affinity.get(name) or {}
        for index, term in enumerate(pods.get(_REQUIRED) or ()):
            yield from _term_causes(term, f"{path}.{name}.{_REQUIRED}[{index}]")
        for index, term in enumerate(pods.get(_PREFERRED) or ()):
            where = f"{path}.{name}.{_PREFERRED}[{index}]"
            yield from _weight_causes(term, where)
            yield from _term_causes(term.get("podAffinityTerm") or {}, f"{where}.podAffinityTerm")


def _weight_causes(term: Any, path: str) -> Iterator[Cause]:
    weight = term.get("weight") or 0
    if not 1 <= weight <= 100:
        yield invalid(f"{path}.weight", weight, "must be in the range 1-100")


def _term_causes(term: Any, path: str) -> Iterator[Cause]:
    yield from label_selector_causes(term.get("labelSelector"), f"{path}.labelSelector")
    yield from label_selector_causes(term.get("namespaceSelector"), f"{path}.namespaceSelector")
    for name in term.get("namespaces") or ():
        yield from label_causes(name, f"{path}.namespace")
    key = term.get("topologyKey") or ""
    if not key:
        yield required(f"{path}.topologyKey", "can not be empty")
    yield from label_name_causes(key, f"{path}.topologyKey")


def spread_causes(constraints: Any, path: str) -> Iterator[Cause]:
    """Return what is wrong with the topology spread constraints of a pod."""
    for index, one in enumerate(constraints or ()):
        where = f"{path}[{index}]"
        if (skew := one.get("maxSkew") or 0) <= 0:
            yield invalid(f"{where}.maxSkew", skew, "must be greater than zero")
        if not one.get("topologyKey"):
            yield required(f"{where}.topologyKey", "can not be empty")
        if (value := one.get("whenUnsatisfiable") or "") not in ("DoNotSchedule", "ScheduleAnyway"):
            yield unsupported(f"{where}.whenUnsatisfiable", value, ("DoNotSchedule", "ScheduleAnyway"))
        yield from label_selector_causes(one.get("labelSelector"), f"{where}.labelSelector")


def toleration_causes(tolerations: Any, path: str) -> Iterator[Cause]:
    """Return what is wrong with the tolerations of a pod, but for their keys."""
    for index, one in enumerate(tolerations or ()):
        where = f"{path}[{index}]"
        operator, value, effect = (one.get(name) or "" for name in ("operator", "value", "effect"))
        if not one.get("key") and operator != "Exists":
            yield invalid(f"{where}.operator", operator, _ANY_KEY)
        if one.get("tolerationSeconds") is not None and effect != "NoExecute":
            yield invalid(f"{where}.effect", effect, "effect must be 'NoExecute' when `tolerationSeconds` is set")
        if operator in ("", "Equal"):
            if problem := label_value_problem(value):
                yield invalid(f"{where}.operator", value, problem)
        elif operator == "Exists":
            if value:
                yield invalid(f"{where}.operator", value, "value must be empty when `operator` is 'Exists'")
        elif operator not in ("Gt", "Lt"):
            yield unsupported(f"{where}.operator", operator, ("Equal", "Exists"))
        yield from one_of(effect, f"{where}.effect", _EFFECTS)


def toleration_key_causes(tolerations: Any, path: str) -> Iterator[Cause]:
    """Return what is wrong with the keys of tolerations; kube-apiserver says so at the end."""
    for index, one in enumerate(tolerations or ()):
        if key := one.get("key"):
            yield from label_name_causes(key, f"{path}[{index}].key")
