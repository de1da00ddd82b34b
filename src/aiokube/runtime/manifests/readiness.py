"""When an applied object is ready: kubectl's rules for rollouts, and common conventions for the rest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..codec.dynamic_object import DynamicObject
from ..errors import DecodeError, RolloutError
from ..workloads.rollout import rollout_of

_WITH_ROLLOUT = frozenset({("apps/v1", kind) for kind in ("Deployment", "StatefulSet", "DaemonSet")})


@dataclass(frozen=True, slots=True)
class Readiness:
    """Readiness of an object, and what it waits for."""

    is_ready: bool
    message: str = ""
    will_fail: bool = False
    """It will not become ready by waiting."""


READY = Readiness(is_ready=True)


def readiness_of(obj: DynamicObject) -> Readiness:
    """Return whether an object is as its manifest wants it, as far as its status says.

    Deployments, StatefulSets and DaemonSets are rolled out; a pod is ready or has succeeded, a Job is complete; a claim
    is bound. Anything else is ready if its controller has seen its last change and no condition `Ready` or `Available`
    denies it; so an object without a status is. What is being deleted or has failed for good will not become ready.
    """
    if obj.metadata.deletion_timestamp is not None:
        return _failed("it is being deleted" + _held_by(obj))
    if (obj.api_version, obj.kind) in _WITH_ROLLOUT:
        return _of_rollout(obj)
    status = _mapping(obj.get("status"))
    observed = status.get("observedGeneration")
    if isinstance(observed, int) and observed < (obj.metadata.generation or 0):
        return Readiness(False, "its controller has not seen the last change")
    match obj.api_version, obj.kind:
        case "v1", "Pod":
            return _of_pod(status)
        case "batch/v1", "Job":
            is_suspended = (_condition(status, "Suspended") or {}).get("status") == "True"
            return READY if is_suspended else _with(status, "Complete", fails=("Failed", "True"))
        case "v1", "PersistentVolumeClaim":
            phase = status.get("phase")
            return Readiness(phase == "Bound", f"it is {phase}", will_fail=phase == "Lost")
        case "apiextensions.k8s.io/v1", "CustomResourceDefinition":
            return _with(status, "Established", fails=("NamesAccepted", "False"))
    stalled = _condition(status, "Stalled")
    if stalled and stalled.get("status") == "True":
        return _failed(_told(stalled))
    denied = [_with(status, name) for name in ("Ready", "Available") if _condition(status, name)]
    return next((one for one in denied if not one.is_ready), READY)


def _of_rollout(obj: DynamicObject) -> Readiness:
    try:
        rollout = rollout_of(obj)
    except RolloutError as error:
        strategy = _mapping(_mapping(obj.get("spec")).get("updateStrategy")).get("type")
        # Pods that are replaced by hand have no rollout to wait for.
        return READY if strategy == "OnDelete" else Readiness(False, str(error), will_fail=True)
    except DecodeError as error:
        return Readiness(False, str(error))
    return Readiness(rollout.done, rollout.message)


def _of_pod(status: dict[str, Any]) -> Readiness:
    match status.get("phase"):
        case "Succeeded":
            return READY
        case "Failed":
            texts = [str(status[key]) for key in ("reason", "message") if status.get(key)]
            return _failed(": ".join(["it has failed", *texts]))
        case _:
            return _with(status, "Ready")


def _with(status: dict[str, Any], name: str, *, fails: tuple[str, str] | None = None) -> Readiness:
    """Return whether a condition is true; it will not become so if another, `fails`, has a status."""
    failure = _condition(status, fails[0]) if fails else None
    if failure and fails and failure.get("status") == fails[1]:
        return _failed(_told(failure))
    condition = _condition(status, name)
    if condition is None:
        return Readiness(False, f"it has no condition {name}")
    return Readiness(condition.get("status") == "True", _told(condition))


def _failed(message: str) -> Readiness:
    return Readiness(False, message, will_fail=True)


def _told(condition: dict[str, Any]) -> str:
    """A condition in words."""
    reason = ": ".join(str(condition[key]) for key in ("reason", "message") if condition.get(key))
    return f"{condition['type']} is {condition.get('status')}" + (f" ({reason})" if reason else "")


def _held_by(obj: DynamicObject) -> str:
    """Obstacles to a deletion: the finalizers, or what is left in a namespace or of a kind."""
    finalizers = ", ".join(obj.metadata.finalizers)
    held = f", which the finalizers {finalizers} hold up" if finalizers else ""
    conditions = _mapping(obj.get("status")).get("conditions")
    # All conditions of a namespace are about its deletion.
    is_namespace = (obj.api_version, obj.kind) == ("v1", "Namespace")
    left = [
        str(one["message"])
        for one in (conditions if isinstance(conditions, list) else [])
        if isinstance(one, dict) and (is_namespace or one.get("type") == "Terminating")
        if one.get("status") == "True" and one.get("message")
    ]
    return held + "".join(f"; {message}" for message in left)


def _condition(status: dict[str, Any], name: str) -> dict[str, Any] | None:
    conditions = status.get("conditions")
    found = conditions if isinstance(conditions, list) else []
    return next((one for one in found if isinstance(one, dict) and one.get("type") == name), None)


def _mapping(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
