"""Events of pods, as the scheduler and the kubelets record them; one that repeats is counted."""

from __future__ import annotations

import secrets
import uuid
from typing import Literal

from ..store import Key, Object
from ..verbs.state import State


class Recorder:
    """Records events of pods.

    Args:
        state: The cluster.
    """

    def __init__(self, state: State) -> None:
        self._state = state
        self._known: dict[tuple[str, ...], Key] = {}

    def by_scheduler(self, pod: Object, type_: Literal["Normal", "Warning"], reason: str, message: str) -> None:
        """Record an event of the scheduler."""
        action = "Binding" if reason == "Scheduled" else "Scheduling"
        instance = {"reportingComponent": "default-scheduler", "reportingInstance": "default-scheduler-0"}
        when = {"firstTimestamp": None, "lastTimestamp": None, "eventTime": self._moment()}
        self._record(pod, "", type_, reason, message, {"source": {}, **when, "action": action, **instance})

    def by_kubelet(
        self, pod: Object, container: str, type_: Literal["Normal", "Warning"], reason: str, message: str
    ) -> None:
        """Record an event of the kubelet of a pod.

        Args:
            pod: The pod.
            container: Name of the container; empty for the pod.
            type_: The type.
            reason: The reason, in one word.
            message: The message.
        """
        node = pod["spec"]["nodeName"]
        now = self._state.clock.timestamp()
        when = {"firstTimestamp": now, "lastTimestamp": now, "count": 1, "eventTime": None}
        origin = {"source": {"component": "kubelet", "host": node}}
        instance = {"reportingComponent": "kubelet", "reportingInstance": node}
        self._record(pod, container, type_, reason, message, {**origin, **when, **instance})

    def _record(self, pod: Object, container: str, type_: str, reason: str, message: str, more: Object) -> None:
        metadata = pod["metadata"]
        namespace = self._state.store.get("namespaces", Key("", metadata["namespace"]))
        if namespace is None or namespace.obj["metadata"].get("deletionTimestamp"):
            return
        known = (metadata["uid"], container, type_, reason, message)
        key = self._known.get(known)
        record = self._state.store.get("events", key) if key is not None else None
        if key is not None and record is not None:
            self._state.store.put("events", key, _again(record.obj, more))
            return
        key = self._known[known] = Key(metadata["namespace"], f"{metadata['name']}.{secrets.token_hex(8)}")
        reference = {
            "kind": "Pod",
            "namespace": key.namespace,
            "name": metadata["name"],
            "uid": metadata["uid"],
            "apiVersion": "v1",
            "resourceVersion": metadata["resourceVersion"],
        }
        if container:
            reference["fieldPath"] = f"{_field(pod, container)}{{{container}}}"
        own = {"name": key.name, "namespace": key.namespace, "uid": str(uuid.uuid4())}
        self._state.store.put(
            "events",
            key,
            {
                "metadata": {**own, "creationTimestamp": self._state.clock.timestamp()},
                "involvedObject": reference,
                "reason": reason,
                "message": message,
                "type": type_,
                **more,
            },
        )

    def _moment(self) -> str:
        return self._state.clock.now().strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _again(event: Object, more: Object) -> Object:
    """Return an event that has happened once more."""
    if more["lastTimestamp"] is not None:
        return {**event, "count": event["count"] + 1, "lastTimestamp": more["lastTimestamp"]}
    count = (event.get("series") or {"count": 1})["count"] + 1
    return {**event, "series": {"count": count, "lastObservedTime": more["eventTime"]}}


def _field(pod: Object, container: str) -> str:
    for field in ("initContainers", "ephemeralContainers"):
        if any(one["name"] == container for one in pod["spec"].get(field) or ()):
            return f"spec.{field}"
    return "spec.containers"
