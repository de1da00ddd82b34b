"""The scheduler: binds pods to nodes, and says of a pod that none fits why."""

from __future__ import annotations

from collections.abc import Callable

from ..store import Change, Key, Object
from ..verbs.binding import assigned
from ..verbs.state import State
from .events import Recorder
from .scheduling import Unschedulable, choose_node
from .statuses import condition, with_condition
from .storing import store

_NAME = "default-scheduler"
_ENDED = ("Succeeded", "Failed")


class Scheduler:
    """Binds the pods of the default scheduler that have no node yet.

    It knows node selectors, node affinity, taints and unschedulable nodes; it does not count resources.

    Args:
        state: The cluster.
        events: Records what happens.
        later: Makes a call once the present request is done.
    """

    def __init__(self, state: State, events: Recorder, later: Callable[[Callable[[], None]], None]) -> None:
        self._state = state
        self._events = events
        self._later = later
        self._load: dict[str, int] = {}
        """Number of pods on each node, without those that have ended."""
        self._waiting: dict[Key, str] = {}
        """The pods that no node fits, with their uids."""
        self._unsubscribe = [
            state.store.subscribe("pods", self._on_pod),
            state.store.subscribe("nodes", self._on_node),
        ]

    def close(self) -> None:
        """Stop."""
        for unsubscribe in self._unsubscribe:
            unsubscribe()

    def _on_pod(self, change: Change) -> None:
        was = _place(change.old.obj) if change.old is not None else ""
        now = _place(change.new.obj) if change.type != "DELETED" else ""
        if was != now:
            for node, difference in ((was, -1), (now, 1)):
                self._load[node] = self._load.get(node, 0) + difference
        if change.type == "DELETED" or change.new.obj["spec"].get("nodeName"):
            self._waiting.pop(change.key, None)
        elif self._waiting.get(change.key) != change.new.obj["metadata"]["uid"]:
            self._later(lambda: self._schedule(change.key))

    def _on_node(self, change: Change) -> None:
        was = (change.old.obj.get("spec"), change.old.obj["metadata"].get("labels")) if change.old else None
        now = (change.new.obj.get("spec"), change.new.obj["metadata"].get("labels"))
        if was != now or change.type == "DELETED":
            for key in list(self._waiting):
                self._later(lambda key=key: self._schedule(key))  # type: ignore[misc] # a lambda with a default

    def _schedule(self, key: Key) -> None:
        record = self._state.store.get("pods", key)
        if record is None or not _is_for_us(record.obj):
            return
        pod = record.obj
        nodes = {found.name: one.obj for found, one in self._state.store.records("nodes")}
        try:
            node = choose_node(pod, nodes, self._load)
        except Unschedulable as error:
            self._waiting[key] = pod["metadata"]["uid"]
            self._tell(key, pod, str(error))
            return
        self._state.store.put("pods", key, assigned(pod, node, self._state.clock.timestamp()))
        text = f"Successfully assigned {key.namespace}/{key.name} to {node}"
        self._events.by_scheduler(pod, "Normal", "Scheduled", text)

    def _tell(self, key: Key, pod: Object, message: str) -> None:
        self._events.by_scheduler(pod, "Warning", "FailedScheduling", message)
        status = pod["status"]
        generation = pod["metadata"].get("generation", 1)
        found = condition("PodScheduled", generation, holds=False, reason="Unschedulable", message=message)
        conditions = with_condition(status.get("conditions") or (), found, self._state.clock.timestamp())
        changed = {**pod, "status": {**status, "conditions": conditions}}
        store(self._state, "pods", key, pod, changed, "kube-scheduler")


def _place(pod: Object) -> str:
    """Return the node of a pod that has not ended."""
    is_ended = (pod.get("status") or {}).get("phase") in _ENDED
    return "" if is_ended else str(pod["spec"].get("nodeName") or "")


def _is_for_us(pod: Object) -> bool:
    spec = pod["spec"]
    is_ours = spec.get("schedulerName") == _NAME and not spec.get("schedulingGates")
    return is_ours and not spec.get("nodeName") and not pod["metadata"].get("deletionTimestamp")
