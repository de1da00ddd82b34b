"""When an object that is being deleted is gone: once it has no finalizers, and no grace is left."""

from __future__ import annotations

from datetime import datetime, timedelta

from ..failures import not_implemented
from ..store import Key, Object
from .state import State

_POD_GRACE = 30
_TIME = "%Y-%m-%dT%H:%M:%SZ"


def is_finished(obj: Object) -> bool:
    """Return True for an object whose deletion waits for nothing any more."""
    metadata = obj["metadata"]
    return bool(
        metadata.get("deletionTimestamp")
        and not metadata.get("finalizers")
        and not metadata.get("deletionGracePeriodSeconds")
        and not (obj.get("spec") or {}).get("finalizers")
    )


def grace_of(pod: Object, wanted: int | None = None) -> int:
    """Return the seconds that a pod has to stop.

    Args:
        pod: The pod.
        wanted: What a client asks for; None for what the pod does.
    """
    spec, phase = pod.get("spec", {}), pod.get("status", {}).get("phase")
    if not spec.get("nodeName") or phase in ("Failed", "Succeeded"):
        return 0
    own = spec.get("terminationGracePeriodSeconds")
    return int(_POD_GRACE if own is None else own) if wanted is None else wanted


def with_less_grace(metadata: Object, seconds: int) -> Object:
    """Return the metadata of an object that is being deleted with less grace, which counts from its deletion on."""
    before = metadata.get("deletionGracePeriodSeconds", 0)
    end = datetime.fromisoformat(metadata["deletionTimestamp"]) - timedelta(seconds=before - seconds)
    return {**metadata, "deletionTimestamp": end.strftime(_TIME), "deletionGracePeriodSeconds": seconds}


def later(state: State, seconds: int) -> str:
    """Return the time in some seconds.

    Raises:
        Failure: No time is so late.
    """
    try:
        return (state.clock.now() + timedelta(seconds=seconds)).strftime(_TIME)
    except OverflowError:
        raise not_implemented(f"a grace period of {seconds} s") from None


def expire_later(state: State, collection: str, key: Key, obj: Object) -> None:
    """End the grace of an object when its time has come, as the kubelet of a pod would."""
    grace = obj["metadata"].get("deletionGracePeriodSeconds", 0)
    if not grace:
        return
    uid = obj["metadata"]["uid"]

    def end() -> None:
        record = state.store.get(collection, key)
        if record is None or record.obj["metadata"]["uid"] != uid:
            return
        last = {**record.obj, "metadata": with_less_grace(record.obj["metadata"], 0)}
        if is_finished(last):
            state.store.remove(collection, key, last)
        else:
            state.store.put(collection, key, last)

    state.clock.call_later(grace, end)
