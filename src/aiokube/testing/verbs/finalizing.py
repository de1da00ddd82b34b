"""When an object that is being deleted is gone."""

from __future__ import annotations

from ..store import Object


def is_finished(obj: Object) -> bool:
    """Return True for an object whose deletion waits for nothing any more."""
    metadata = obj["metadata"]
    return bool(
        metadata.get("deletionTimestamp")
        and not metadata.get("finalizers")
        and not metadata.get("deletionGracePeriodSeconds")
        and not (obj.get("spec") or {}).get("finalizers")
    )
