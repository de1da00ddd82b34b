"""When an object is ready: the rules of kubectl for workloads, and common conventions for the rest."""

from __future__ import annotations

from typing import Any

from ..codec.dynamic_object import DynamicObject


def is_ready(obj: DynamicObject) -> bool:
    """Return True if an object is as its manifest wants it, as far as its status says.

    Deployments, StatefulSets and DaemonSets are rolled out; a pod is ready or has succeeded, a Job is complete; a claim
    is bound. Anything else is ready if its controller has seen its last change and no condition `Ready` or `Available`
    denies it; an object without a status is ready.
    """
    status = _mapping(obj.get("status"))
    observed = status.get("observedGeneration")
    if isinstance(observed, int) and observed < (obj.metadata.generation or 0):
        return False
    spec = _mapping(obj.get("spec"))
    match obj.kind, obj.api_version.rpartition("/")[0]:
        case "Deployment", "apps":
            wanted, updated = _number(spec, "replicas", 1), _number(status, "updatedReplicas")
            is_replaced = _number(status, "replicas") <= updated
            return observed is not None and wanted <= updated <= _number(status, "availableReplicas") and is_replaced
        case "StatefulSet", "apps":
            return _is_rolled_out(spec, status, observed)
        case "DaemonSet", "apps":
            wanted = _number(status, "desiredNumberScheduled")
            updated, available = _number(status, "updatedNumberScheduled"), _number(status, "numberAvailable")
            return observed is not None and updated >= wanted and available >= wanted
        case "Pod", "":
            return status.get("phase") == "Succeeded" or _condition(status, "Ready") == "True"
        case "Job", "batch":
            return _condition(status, "Complete") == "True"
        case "PersistentVolumeClaim", "":
            return status.get("phase") == "Bound"
        case "CustomResourceDefinition", "apiextensions.k8s.io":
            return _condition(status, "Established") == "True"
    return all(_condition(status, name) in ("True", None) for name in ("Ready", "Available"))


def failure_of(obj: DynamicObject) -> str | None:
    """Return why an object will not become ready, as its controller says; None if it may."""
    for condition in _conditions(_mapping(obj.get("status"))):
        if (condition.get("type"), condition.get("status"), condition.get("reason")) == (
            "Progressing",
            "False",
            "ProgressDeadlineExceeded",
        ) or ((obj.kind, condition.get("type"), condition.get("status")) == ("Job", "Failed", "True")):
            return f"{condition.get('reason')}: {condition.get('message')}"
    return None


def _is_rolled_out(spec: dict[str, Any], status: dict[str, Any], observed: object) -> bool:
    """Return True if a StatefulSet is rolled out, as far as its partition allows."""
    if observed is None:
        return False
    wanted = _number(spec, "replicas", 1)
    strategy = _mapping(spec.get("updateStrategy"))
    if strategy.get("type", "RollingUpdate") != "RollingUpdate":
        return _number(status, "readyReplicas") >= wanted
    partition = _number(_mapping(strategy.get("rollingUpdate")), "partition")
    is_updated = partition > 0 or status.get("updateRevision") == status.get("currentRevision")
    return (
        _number(status, "readyReplicas") >= wanted
        and _number(status, "updatedReplicas") >= wanted - partition
        and is_updated
    )


def _condition(status: dict[str, Any], name: str) -> str | None:
    return next((str(one.get("status")) for one in _conditions(status) if one.get("type") == name), None)


def _conditions(status: dict[str, Any]) -> list[dict[str, Any]]:
    conditions = status.get("conditions")
    return [one for one in conditions if isinstance(one, dict)] if isinstance(conditions, list) else []


def _number(data: dict[str, Any], name: str, default: int = 0) -> int:
    value = data.get(name)
    return value if isinstance(value, int) else default


def _mapping(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
