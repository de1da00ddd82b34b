"""The choice of a node for a pod: node selectors, node affinity, and taints."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ..store import Object

_UNSCHEDULABLE = {"key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule"}
_KEEPS_AWAY = ("NoSchedule", "NoExecute")


class Unschedulable(Exception):
    """No node fits a pod."""


def choose_node(pod: Object, nodes: Mapping[str, Object], load: Mapping[str, int]) -> str:
    """Return the name of the node for a pod: of those that fit, the one with the fewest pods.

    Args:
        pod: The pod.
        nodes: All nodes, by name.
        load: Number of pods by node.

    Raises:
        Unschedulable: There is none, in the scheduler's words.
    """
    if not nodes:
        raise Unschedulable("no nodes available to schedule pods")
    reasons = {name: _obstacle(pod, node) for name, node in nodes.items()}
    fitting = [name for name, reason in reasons.items() if not reason]
    if fitting:
        return min(fitting, key=lambda name: (load.get(name, 0), name))
    counts: dict[str, int] = {}
    for reason in reasons.values():
        counts[reason] = counts.get(reason, 0) + 1
    found = ", ".join(sorted(f"{count} {reason}" for reason, count in counts.items()))
    start = f"0/{len(nodes)} nodes are available"
    raise Unschedulable(
        f"{start}: {found}. preemption: {start}: {len(nodes)} Preemption is not helpful for scheduling."
    )


def _obstacle(pod: Object, node: Object) -> str:
    """Return what keeps a pod from a node; empty if nothing does."""
    spec = node.get("spec") or {}
    if spec.get("unschedulable") and not _tolerates(pod, _UNSCHEDULABLE):
        return "node(s) were unschedulable"
    for taint in spec.get("taints") or ():
        if taint.get("effect") in _KEEPS_AWAY and not _tolerates(pod, taint):
            return "node(s) had untolerated taint(s)"
    if not _is_selected(pod["spec"], node):
        return "node(s) didn't match Pod's node affinity/selector"
    return ""


def _tolerates(pod: Object, taint: Mapping[str, Any]) -> bool:
    return any(_fits(toleration, taint) for toleration in pod["spec"].get("tolerations") or ())


def _fits(toleration: Mapping[str, Any], taint: Mapping[str, Any]) -> bool:
    if toleration.get("effect") and toleration["effect"] != taint["effect"]:
        return False
    if toleration.get("key") and toleration["key"] != taint["key"]:
        return False
    if toleration.get("operator") == "Exists":
        return True
    return bool(toleration.get("key")) and toleration.get("value", "") == taint.get("value", "")


def _is_selected(spec: Object, node: Object) -> bool:
    labels = node["metadata"].get("labels") or {}
    if any(labels.get(key) != value for key, value in (spec.get("nodeSelector") or {}).items()):
        return False
    affinity = (spec.get("affinity") or {}).get("nodeAffinity") or {}
    required = affinity.get("requiredDuringSchedulingIgnoredDuringExecution")
    if required is None:
        return True
    fields = {"metadata.name": node["metadata"]["name"]}
    return any(
        (term.get("matchExpressions") or term.get("matchFields"))
        and _matches(term.get("matchExpressions"), labels)
        and _matches(term.get("matchFields"), fields)
        for term in required.get("nodeSelectorTerms") or ()
    )


def _matches(requirements: Iterable[Mapping[str, Any]] | None, values: Mapping[str, str]) -> bool:
    return all(
        _OPERATORS[one["operator"]](values.get(one["key"]), one.get("values") or []) for one in requirements or ()
    )


def _number(text: str | None) -> int | None:
    try:
        return None if text is None else int(text)
    except ValueError:
        return None


def _is_greater(value: str | None, wanted: list[str]) -> bool:
    found, limit = _number(value), _number(wanted[0] if wanted else None)
    return found is not None and limit is not None and found > limit


def _is_less(value: str | None, wanted: list[str]) -> bool:
    found, limit = _number(value), _number(wanted[0] if wanted else None)
    return found is not None and limit is not None and found < limit


_OPERATORS: dict[str, Callable[[str | None, list[str]], bool]] = {
    "In": lambda value, wanted: value in wanted,
    "NotIn": lambda value, wanted: value not in wanted,
    "Exists": lambda value, wanted: value is not None,
    "DoesNotExist": lambda value, wanted: value is None,
    "Gt": _is_greater,
    "Lt": _is_less,
}
