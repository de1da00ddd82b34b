"""Leases and disruption budgets."""

from __future__ import annotations

from collections.abc import Iterator

from ..failures import Cause
from ..store import Object
from .causes import (
    at_most_all_causes,
    invalid,
    not_negative,
    number_or_percent_causes,
    one_of,
)
from .labels import label_selector_causes


def lease_causes(obj: Object) -> Iterator[Cause]:
    """Return what is wrong with a lease."""
    spec = obj.get("spec") or {}
    seconds = spec.get("leaseDurationSeconds")
    if seconds is not None and seconds <= 0:
        yield invalid("spec.leaseDurationSeconds", seconds, "must be greater than 0")
    yield from not_negative(spec, "spec", "leaseTransitions")


def budget_causes(obj: Object) -> Iterator[Cause]:
    """Return what is wrong with a pod disruption budget."""
    spec = obj.get("spec") or {}
    available, unavailable = spec.get("minAvailable"), spec.get("maxUnavailable")
    if available is not None and unavailable is not None:
        shown = {"MinAvailable": available, "Selector": spec.get("selector"), "MaxUnavailable": unavailable}
        shown["UnhealthyPodEvictionPolicy"] = spec.get("unhealthyPodEvictionPolicy")
        yield invalid("spec", shown, "minAvailable and maxUnavailable cannot be both set")
    for name, value in (("minAvailable", available), ("maxUnavailable", unavailable)):
        yield from number_or_percent_causes(value, f"spec.{name}")
        yield from at_most_all_causes(value, f"spec.{name}")
    yield from label_selector_causes(spec.get("selector"), "spec.selector")
    policies = ("AlwaysAllow", "IfHealthyBudget")
    yield from one_of(spec.get("unhealthyPodEvictionPolicy"), "spec.unhealthyPodEvictionPolicy", policies)
