"""The scheduler: binds pods to nodes, and says of a pod that none fits why."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..store import Change, Key, Object
from ..verbs.binding import assigned
from ..verbs.state import State
from .events import Recorder
from .requests import Amounts, negated, requests_of, total
from .scheduling import Load, Unschedulable, choose_node
from .statuses import condition, with_condition
from .storing import store

_NAME = "default-scheduler"
_ENDED = ("Succeeded", "Failed")


class Scheduler:
    """Binds the pods of the default scheduler that have no node yet.

    It knows node selectors, node affinity, taints, unschedulable nodes, and what pods request; no pod makes way for
    another.

    Args:
        state: The cluster.
        events: Records what happens.
        later: Makes a call once the present request is done.
    """

    def __init__(self, state: State, events: Recorder, later: Callable[[Callable[[], None]], None]) -> None:
        self._state = state
        self._events = events
        self._later = later
        self._load: dict[str, Load] = {}
        """The load of each node."""
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
        if was != now or (now and change.old is not None and change.old.obj["spec"] != change.new.obj["spec"]):
            if was and change.old is not None:
                self._count(was, -1, negated(requests_of(change.old.obj)))
            if now:
                self._count(now, 1, requests_of(change.new.obj))
            if was:
                self._try_again()
        if change.type == "DELETED" or change.new.obj["spec"].get("nodeName"):
            self._waiting.pop(change.key, None)
        elif self._waiting.get(change.key) != change.new.obj["metadata"]["uid"]:
            self._later(lambda: self._schedule(change.key))

    def _on_node(self, change: Change) -> None:
        was = _offer(change.old.obj) if change.old else None
        if was != _offer(change.new.obj) or change.type == "DELETED":
            self._try_again()

    def _count(self, node: str, pods: int, requests: Amounts) -> None:
        load = self._load.setdefault(node, Load())
        load.pods += pods
        load.used = total([load.used, requests])

    def _try_again(self) -> None:
        """Look for nodes for the pods that wait."""
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


def _offer(node: Object) -> tuple[Any, ...]:
    """Return what the choice of a node depends on."""
    status = node.get("status") or {}
    return node.get("spec"), node["metadata"].get("labels"), status.get("allocatable"), status.get("capacity")


def _place(pod: Object) -> str:
    """Return the node of a pod that has not ended."""
    is_ended = (pod.get("status") or {}).get("phase") in _ENDED
    return "" if is_ended else str(pod["spec"].get("nodeName") or "")


def _is_for_us(pod: Object) -> bool:
    spec = pod["spec"]
    is_ours = spec.get("schedulerName") == _NAME and not spec.get("schedulingGates")
    return is_ours and not spec.get("nodeName") and not pod["metadata"].get("deletionTimestamp")
