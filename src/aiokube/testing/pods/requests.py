"""Requests of pods, and capacities of nodes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from ...runtime.codec.scalars import Quantity
from ..store import Object

Amounts = Mapping[str, Decimal]

_NONE = Decimal(0)
_OF_PODS = ("cpu", "memory")


def requests_of(pod: Object) -> dict[str, Decimal]:
    """Return what a pod requests: of its containers together, or of an init container that needs more."""
    spec = pod["spec"]
    sidecars: dict[str, Decimal] = {}
    peak: dict[str, Decimal] = {}
    for container in spec.get("initContainers") or ():
        own = _amounts((container.get("resources") or {}).get("requests"))
        if container.get("restartPolicy") == "Always":
            sidecars = total([sidecars, own])
        else:
            peak = _highest(peak, total([sidecars, own]))
    containers = spec.get("containers") or ()
    found = total([sidecars, *(_amounts((one.get("resources") or {}).get("requests")) for one in containers)])
    found = _highest(found, peak)
    of_pod = _amounts((spec.get("resources") or {}).get("requests"))
    found |= {name: value for name, value in of_pod.items() if name in _OF_PODS}
    return total([found, _amounts(spec.get("overhead"))])


def allocatable_of(node: Object) -> dict[str, Decimal]:
    """Return what pods may request of a node."""
    status = node.get("status") or {}
    return _amounts(status.get("allocatable") or status.get("capacity"))


def shortages(requests: Amounts, used: Amounts, allocatable: Amounts, pods: int) -> tuple[list[str], bool]:
    """Return what a node has too little of, in the scheduler's words, and whether it has it when it is empty.

    Args:
        requests: What a pod requests.
        used: What the pods of the node request.
        allocatable: What the node has.
        pods: Number of the pods of the node.
    """
    found = ["Too many pods"] if pods + 1 > allocatable.get("pods", _NONE) else []
    lacking = [
        name
        for name, amount in requests.items()
        if amount > allocatable.get(name, _NONE) - used.get(name, _NONE) and amount > 0
    ]
    fits_alone = all(requests[name] <= allocatable.get(name, _NONE) for name in lacking)
    return [*found, *(f"Insufficient {name}" for name in lacking)], fits_alone


def total(parts: Iterable[Amounts]) -> dict[str, Decimal]:
    """Return the sum of amounts."""
    found: dict[str, Decimal] = {}
    for part in parts:
        for name, value in part.items():
            found[name] = found.get(name, _NONE) + value
    return found


def negated(amounts: Amounts) -> dict[str, Decimal]:
    """Return amounts that are given back."""
    return {name: -value for name, value in amounts.items()}


def _amounts(resources: Mapping[str, Any] | None) -> dict[str, Decimal]:
    return {name: Quantity(value).value for name, value in (resources or {}).items()}


def _highest(one: Amounts, other: Amounts) -> dict[str, Decimal]:
    return {name: max(one.get(name, _NONE), other.get(name, _NONE)) for name in {**one, **other}}
