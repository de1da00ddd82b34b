"""The status of a pod, as its kubelet reports it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from ..store import Object
from .containers import Container, Sandbox

_OWN = ("PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled")


def status_of(pod: Object, sandbox: Sandbox, host: str, now: str) -> Object:
    """Return the status of a pod.

    Args:
        pod: The pod.
        sandbox: Its containers.
        host: The IP address of its node.
        now: The time.
    """
    was = pod.get("status") or {}
    generation = pod["metadata"].get("generation", 1)
    phase = sandbox.phase
    status: Object = {
        "observedGeneration": generation,
        "phase": phase,
        "conditions": _conditions(pod, sandbox, was.get("conditions") or (), now),
    }
    if sandbox.reason:
        status |= {"reason": sandbox.reason, "message": sandbox.message}
    status |= {"hostIP": host, "hostIPs": [{"ip": host}]}
    if sandbox.has_network:
        status |= {"podIP": sandbox.address, "podIPs": [{"ip": sandbox.address}]}
    status["startTime"] = sandbox.started
    specs = {
        one["name"]: one
        for name in ("initContainers", "containers", "ephemeralContainers")
        for one in pod["spec"].get(name) or ()
    }
    for field, roles in (
        ("initContainerStatuses", ("init", "sidecar")),
        ("containerStatuses", ("main",)),
        ("ephemeralContainerStatuses", ("ephemeral",)),
    ):
        found = [
            _container_status(one, specs.get(one.name, {})) for one in sandbox.containers.values() if one.role in roles
        ]
        if found:
            status[field] = found
    kept = ("qosClass", "nominatedNodeName", "resourceClaimStatuses")
    return {**status, **{name: was[name] for name in kept if name in was}}


def condition(type_: str, generation: int, *, holds: bool, reason: str = "", message: str = "") -> Object:
    """Return a condition, without the time of its last transition."""
    found: Object = {"type": type_, "observedGeneration": generation, "status": "True" if holds else "False"}
    found["lastProbeTime"] = None
    if reason:
        found["reason"] = reason
    if message:
        found["message"] = message
    return found


def with_condition(conditions: Iterable[Object], new: Object, now: str) -> list[Object]:
    """Return conditions with another one, in the place of that of its type."""
    before = {one["type"]: one for one in conditions}
    return list({**before, new["type"]: _since(before.get(new["type"]), new, now)}.values())


def _since(before: Object | None, new: Object, now: str) -> Object:
    """Return a condition with the time since which it has its status."""
    if before is not None and before["status"] == new["status"]:
        now = before["lastTransitionTime"]
    return {**new, "lastTransitionTime": now}


def _conditions(pod: Object, sandbox: Sandbox, was: Iterable[Object], now: str) -> list[Object]:
    generation = pod["metadata"].get("generation", 1)
    others = {one["type"]: one for one in was if one["type"] not in _OWN}
    ready_reason = ready_message = ""
    if sandbox.has_finished:
        ready_reason = "PodCompleted" if sandbox.phase == "Succeeded" else "PodFailed"
    elif unready := [one.name for one in sandbox.of("sidecar", "main") if not one.is_ready]:
        ready_reason, ready_message = "ContainersNotReady", f"containers with unready status: [{' '.join(unready)}]"
    containers_ready = condition(
        "ContainersReady", generation, holds=not ready_reason, reason=ready_reason, message=ready_message
    )
    ready = {**containers_ready, "type": "Ready"}
    if not ready_reason and (gates := _closed_gates(pod, others)):
        ready = condition("Ready", generation, holds=False, reason="ReadinessGatesNotReady", message=", ".join(gates))
    network = sandbox.has_network and not sandbox.has_finished
    conditions = [
        condition("PodReadyToStartContainers", generation, holds=network),
        _initialized(sandbox, generation),
        ready,
        containers_ready,
        condition("PodScheduled", generation, holds=True),
    ]
    before = {one["type"]: one for one in was}
    return [*(_since(before.get(one["type"]), one, now) for one in conditions), *others.values()]


def _initialized(sandbox: Sandbox, generation: int) -> Object:
    if sandbox.is_initialized:
        done = "PodCompleted" if sandbox.phase == "Succeeded" else ""
        return condition("Initialized", generation, holds=True, reason=done)
    waiting = [
        one.name for one in sandbox.of("init", "sidecar") if not (one.is_ready if one.role == "init" else one.id)
    ]
    message = f"containers with incomplete status: [{' '.join(waiting)}]"
    return condition("Initialized", generation, holds=False, reason="ContainersNotInitialized", message=message)


def _closed_gates(pod: Object, conditions: dict[str, Object]) -> list[str]:
    closed = []
    for gate in pod["spec"].get("readinessGates") or ():
        type_ = gate["conditionType"]
        if type_ not in conditions:
            closed.append(f'corresponding condition of pod readiness gate "{type_}" does not exist.')
        elif conditions[type_]["status"] != "True":
            status = conditions[type_]["status"]
            closed.append(f'the status of pod readiness gate "{type_}" is not "True", but {status}')
    return closed


def _container_status(container: Container, spec: Object) -> Object:
    status: Object = {
        "name": container.name,
        "state": container.state,
        "lastState": container.last_state,
        "ready": container.is_ready,
        "restartCount": container.restarts,
        "image": container.image,
        "imageID": _image_id(container.image) if container.id else "",
    }
    if container.id:
        status["containerID"] = container.id
    if container.role != "ephemeral":
        status["started"] = container.is_running
    if container.is_running and container.role != "ephemeral":
        resources = spec.get("resources") or {}
        if requests := resources.get("requests"):
            status["allocatedResources"] = requests
        status["resources"] = resources
    if mounts := spec.get("volumeMounts"):
        status["volumeMounts"] = [_mount_status(mount) for mount in mounts]
    return status


def _mount_status(mount: Object) -> Object:
    status = {"name": mount["name"], "mountPath": mount["mountPath"]}
    return {**status, "readOnly": True, "recursiveReadOnly": "Disabled"} if mount.get("readOnly") else status


def _image_id(image: str) -> str:
    name = image.partition("@")[0]
    repository, _, tag = name.rpartition(":")
    repository = repository if repository and "/" not in tag else name
    return f"{repository}@sha256:{hashlib.sha256(image.encode()).hexdigest()}"
