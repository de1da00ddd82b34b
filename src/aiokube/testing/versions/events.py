"""Events: those of events.k8s.io/v1 are those of the core group with other names of fields."""

from __future__ import annotations

from ..store import Object

# The fields in the order of events.k8s.io/v1, each with its name in the core group.
_NAMES = {
    "metadata": "metadata",
    "eventTime": "eventTime",
    "series": "series",
    "reportingController": "reportingComponent",
    "reportingInstance": "reportingInstance",
    "action": "action",
    "reason": "reason",
    "regarding": "involvedObject",
    "related": "related",
    "note": "message",
    "type": "type",
    "deprecatedSource": "source",
    "deprecatedFirstTimestamp": "firstTimestamp",
    "deprecatedLastTimestamp": "lastTimestamp",
    "deprecatedCount": "count",
}
_STRUCTS = ("involvedObject", "source")


def to_core(obj: Object) -> Object:
    """Convert an event of events.k8s.io/v1."""
    found = {core: obj[name] for name, core in _NAMES.items() if obj.get(name) is not None}
    return {**{name: {} for name in _STRUCTS}, **found}


def from_core(obj: Object) -> Object:
    """Convert an event of the core group."""
    # What is empty is left out, but for times.
    return {name: obj[core] for name, core in _NAMES.items() if core in obj and obj[core] != ""}
