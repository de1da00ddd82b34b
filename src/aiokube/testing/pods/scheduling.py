"""The choice of a node for a pod: node selectors, node affinity, taints, and what the pod requests."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..store import Object
from .requests import Amounts, allocatable_of, requests_of, shortages

_UNSCHEDULABLE = {"key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule"}
_KEEPS_AWAY = ("NoSchedule", "NoExecute")
_USELESS = "Preemption is not helpful for scheduling"
_VICTIMS = "No preemption victims found for incoming pod"


class Unschedulable(Exception):
    """No node fits a pod."""


@dataclass
class Load:
    """The pods of a node that have not ended."""

    pods: int = 0
    used: Amounts = field(default_factory=dict)


def choose_node(pod: Object, nodes: Mapping[str, Object], load: Mapping[str, Load]) -> str:
    """Return the name of the node for a pod: of those that fit, the one with the fewest pods.

    Args:
        pod: The pod.
        nodes: All nodes, by name.
        load: What is on the nodes, by name.

    Raises:
        Unschedulable: There is none, in the scheduler's words.
    """
    if not nodes:
        raise Unschedulable("no nodes available to schedule pods")
    requests = requests_of(pod)
    obstacles = {name: _obstacles(pod, node, requests, load.get(name, Load())) for name, node in nodes.items()}
    fitting = [name for name, (reasons, _) in obstacles.items() if not reasons]
    if fitting:
        return min(fitting, key=lambda name: (load.get(name, Load()).pods, name))
    start = f"0/{len(nodes)} nodes are available"
    found = _counted(reason for reasons, _ in obstacles.values() for reason in reasons)
    if pod["spec"].get("preemptionPolicy") == "Never":
        raise Unschedulable(f"{start}: {found}. preemption: not eligible due to preemptionPolicy=Never.")
    helpful = _counted(_VICTIMS if could_fit else _USELESS for _, could_fit in obstacles.values())
    raise Unschedulable(f"{start}: {found}. preemption: {start}: {helpful}.")


def _counted(reasons: Iterable[str]) -> str:
    return ", ".join(sorted(f"{count} {reason}" for reason, count in Counter(reasons).items()))


def _obstacles(pod: Object, node: Object, requests: Amounts, load: Load) -> tuple[list[str], bool]:
    """Return what keeps a pod from a node, if anything does, and whether the pod would fit if the node were empty."""
    spec = node.get("spec") or {}
    if spec.get("unschedulable") and not _tolerates(pod, _UNSCHEDULABLE):
        return ["node(s) were unschedulable"], False
    for taint in spec.get("taints") or ():
        if taint.get("effect") in _KEEPS_AWAY and not _tolerates(pod, taint):
            return ["node(s) had untolerated taint(s)"], False
    if not _is_selected(pod["spec"], node):
        return ["node(s) didn't match Pod's node affinity/selector"], False
    return shortages(requests, load.used, allocatable_of(node), load.pods)


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
