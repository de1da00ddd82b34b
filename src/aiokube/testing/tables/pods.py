"""The table of pods: their status is that of their containers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from ..store import Object
from .columns import AGE, NAME, NONE, Column, Layout, at, condition, containers, labels, moment, since, text

Status = Mapping[str, Any]
"""The status of a container."""

_FINAL = {"Succeeded": "The pod has completed successfully.", "Failed": "The pod failed."}


class _Summary:
    """A pod, summed up.

    Args:
        pod: The pod.
    """

    def __init__(self, pod: Object) -> None:
        self._pod = pod
        self._sidecars = {
            one["name"] for one in at(pod, "spec.initContainers", ()) if one.get("restartPolicy") == "Always"
        }
        self.total = len(at(pod, "spec.containers", ())) + len(self._sidecars)
        self.ready = 0
        self.reason: str = at(pod, "status.reason") or at(pod, "status.phase", "")
        if condition(pod, "PodScheduled").get("reason") == "SchedulingGated":
            self.reason = "SchedulingGated"
        self._restarted: list[Status] = []
        is_starting = self._initialize(at(pod, "status.initContainerStatuses", ()))
        if not is_starting or condition(pod, "Initialized").get("status") == "True":
            self._run(at(pod, "status.containerStatuses", ()))
        if at(pod, "metadata.deletionTimestamp"):
            if at(pod, "status.reason") == "NodeLost":
                self.reason = "Unknown"
            elif at(pod, "status.phase") not in _FINAL:
                self.reason = "Terminating"

    @property
    def restarts(self) -> int:
        """How often its containers were restarted."""
        return sum(one.get("restartCount", 0) for one in self._restarted)

    @property
    def last_restart(self) -> str:
        """When the last of them ended; empty if that is not known."""
        times = [at(one, "lastState.terminated.finishedAt") for one in self._restarted]
        return max(filter(None, times), key=moment, default="")

    def _initialize(self, statuses: list[Status]) -> bool:
        """Take the status of the first container that is not done; return True if there is one."""
        for index, one in enumerate(statuses):
            self._restarted.append(one)
            ended, waiting = at(one, "state.terminated"), at(one, "state.waiting.reason", "")
            if ended is not None and not ended.get("exitCode"):
                continue
            if one["name"] in self._sidecars and one.get("started"):
                self.ready += bool(one.get("ready"))
                continue
            if ended is not None:
                self.reason = f"Init:{_reason_of(ended)}"
            elif waiting and waiting != "PodInitializing":
                self.reason = f"Init:{waiting}"
            else:
                self.reason = f"Init:{index}/{len(at(self._pod, 'spec.initContainers', ()))}"
            return True
        return False

    def _run(self, statuses: list[Status]) -> None:
        """Take the status of the first container that has something to say."""
        # Those that ran before do not count any more, but for the sidecars.
        self._restarted = [one for one in self._restarted if one["name"] in self._sidecars]
        has_running, failed = False, ""
        for one in reversed(statuses):
            self._restarted.append(one)
            ended, waiting = at(one, "state.terminated"), at(one, "state.waiting.reason", "")
            if waiting:
                self.reason = waiting
            elif ended is not None:
                self.reason = _reason_of(ended)
                failed = self.reason if ended.get("exitCode") else failed
            elif one.get("ready") and at(one, "state.running") is not None:
                has_running = True
                self.ready += 1
        if self.reason == "Completed":
            if has_running and condition(self._pod, "Ready").get("status") == "True":
                self.reason = "Running"
            elif failed:
                self.reason = failed
            elif has_running:
                self.reason = "NotReady"


def _reason_of(ended: Status) -> str:
    """Return why a container has ended."""
    if ended.get("reason"):
        return str(ended["reason"])
    return f"Signal:{ended['signal']}" if ended.get("signal") else f"ExitCode:{ended.get('exitCode', 0)}"


def _ready(pod: Object, now: datetime) -> str:
    found = _Summary(pod)
    return f"{found.ready}/{found.total}"


def _restarts(pod: Object, now: datetime) -> str:
    found = _Summary(pod)
    last = found.last_restart
    return f"{found.restarts} ({since(last, now)} ago)" if found.restarts and last else str(found.restarts)


def _address(pod: Object, now: datetime) -> str:
    return next((one.get("ip", "") for one in at(pod, "status.podIPs", ())), "") or NONE


def _gates(pod: Object, now: datetime) -> str:
    gates = [one["conditionType"] for one in at(pod, "spec.readinessGates", ())]
    passed = sum(condition(pod, gate).get("status") == "True" for gate in gates)
    return f"{passed}/{len(gates)}" if gates else NONE


def _conditions(pod: Object) -> Iterator[dict[str, str]]:
    phase = at(pod, "status.phase")
    if phase in _FINAL:
        yield {"type": "Completed", "status": "True", "reason": phase, "message": _FINAL[phase]}


LAYOUTS = {
    "pods": Layout(
        (
            NAME,
            Column("Ready", _ready, "The aggregate readiness state of this pod for accepting traffic."),
            Column(
                "Status",
                lambda pod, now: _Summary(pod).reason,
                "The aggregate status of the containers in this pod.",
            ),
            Column(
                "Restarts",
                _restarts,
                "The number of times the containers in this pod have been restarted and when the last container in "
                "this pod has restarted.",
            ),
            AGE,
            Column("IP", _address, about="status.podIP", priority=1),
            Column("Node", text("spec.nodeName", NONE), about="spec.nodeName", priority=1),
            Column(
                "Nominated Node", text("status.nominatedNodeName", NONE), about="status.nominatedNodeName", priority=1
            ),
            Column("Readiness Gates", _gates, about="spec.readinessGates", priority=1),
        ),
        conditions=lambda pod: list(_conditions(pod)),
    ),
    "podtemplates": Layout(
        (
            NAME,
            *containers("template", priority=0),
            Column("Pod Labels", labels("template.metadata.labels"), "The labels for the pod template."),
        )
    ),
}
