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
    denies it; so an object without a status is.
    """
    if (obj.api_version, obj.kind) in _WITH_ROLLOUT:
        return _of_rollout(obj)
    status = _mapping(obj.get("status"))
    observed = status.get("observedGeneration")
    if isinstance(observed, int) and observed < (obj.metadata.generation or 0):
        return Readiness(False, "its controller has not seen the last change")
    match obj.api_version, obj.kind:
        case "v1", "Pod":
            return READY if status.get("phase") == "Succeeded" else _with(status, "Ready")
        case "batch/v1", "Job":
            return _with(status, "Complete", fails="Failed")
        case "v1", "PersistentVolumeClaim":
            phase = status.get("phase")
            return Readiness(phase == "Bound", f"it is {phase}")
        case "apiextensions.k8s.io/v1", "CustomResourceDefinition":
            return _with(status, "Established")
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


def _with(status: dict[str, Any], name: str, *, fails: str | None = None) -> Readiness:
    """Return whether a condition is true."""
    failure = _condition(status, fails) if fails else None
    if failure and failure.get("status") == "True":
        return Readiness(False, f"{failure.get('reason')}: {failure.get('message')}", will_fail=True)
    condition = _condition(status, name)
    if condition is None:
        return Readiness(False, f"it has no condition {name}")
    reason = ": ".join(str(condition[key]) for key in ("reason", "message") if condition.get(key))
    return Readiness(condition.get("status") == "True", f"{name} is {condition.get('status')} ({reason})")


def _condition(status: dict[str, Any], name: str) -> dict[str, Any] | None:
    conditions = status.get("conditions")
    found = conditions if isinstance(conditions, list) else []
    return next((one for one in found if isinstance(one, dict) and one.get("type") == name), None)


def _mapping(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
