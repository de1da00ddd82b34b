"""Changes that an update may make to the spec of a pod."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from ..failures import Cause, not_implemented
from ..store import Object

_MAX_INT32 = (1 << 31) - 1
_FIXED = (
    "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,"
    "`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),"
    "`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)"
)
_OF_ITS_OWN = ("activeDeadlineSeconds", "tolerations", "schedulingGates", "containers", "initContainers")


def pod_update_causes(pod: Object, old: Object) -> Iterator[Cause]:
    """Return what an update changes and may not, in kube-apiserver's order."""
    spec, was = dict(pod["spec"]), old["spec"]
    for name in ("containers", "initContainers"):
        if len(spec.get(name) or ()) != len(was.get(name) or ()):
            yield _forbidden(f"spec.{name}", "pod updates may not add or remove containers")
            return
    if cause := _deadline_cause(spec.get("activeDeadlineSeconds"), was.get("activeDeadlineSeconds")):
        yield cause
        if "nil" not in cause.message:
            return
    tolerated = [_without_seconds(one) for one in spec.get("tolerations") or ()]
    if any(_without_seconds(one) not in tolerated for one in was.get("tolerations") or ()):
        text = "existing toleration can not be modified except its tolerationSeconds"
        yield _forbidden("spec.tolerations", text)
    gates = [one["name"] for one in was.get("schedulingGates") or ()]
    for index, one in enumerate(spec.get("schedulingGates") or ()):
        if one["name"] not in gates:
            text = f"only deletion is allowed, but found new scheduling gate '{one['name']}'"
            yield _forbidden(f"spec.schedulingGates[{index}].name", text)
    if gates:
        yield from _gated_causes(spec, was)
    if _fixed(spec) != _fixed(was):
        yield _forbidden("spec", _FIXED)


def _deadline_cause(seconds: int | None, was: int | None) -> Cause | None:
    if seconds is None:
        text = "must not update from a positive integer to nil value"
        return None if was is None else _invalid("spec.activeDeadlineSeconds", None, text)
    if not 0 <= seconds <= _MAX_INT32:
        return _invalid("spec.activeDeadlineSeconds", seconds, f"must be between 0 and {_MAX_INT32}, inclusive")
    if was is not None and was < seconds:
        return _invalid("spec.activeDeadlineSeconds", seconds, "must be less than or equal to previous value")
    return None


def _gated_causes(spec: Object, was: Object) -> Iterator[Cause]:
    """Return what a pod that is not to be scheduled yet may not change; what it may is taken from the spec."""
    selector, selected = spec.pop("nodeSelector", None) or {}, was.get("nodeSelector") or {}
    if any(selector.get(name) != value for name, value in selected.items()):
        text = "only additions to spec.nodeSelector are allowed (no mutations or deletions)"
        yield _invalid("spec.nodeSelector", selector or None, text)
    if selected:
        spec["nodeSelector"] = selected
    if spec.get("affinity") != was.get("affinity"):
        raise not_implemented("another affinity of a pod that has scheduling gates")


def _fixed(spec: Object) -> Object:
    """Return what stays."""
    found = {name: value for name, value in spec.items() if name not in _OF_ITS_OWN}
    for name in ("containers", "initContainers"):
        found[name] = [{key: value for key, value in one.items() if key != "image"} for one in spec.get(name) or ()]
    return found


def _without_seconds(toleration: Object) -> Object:
    return {name: value for name, value in toleration.items() if name != "tolerationSeconds"}


def _forbidden(path: str, text: str) -> Cause:
    return Cause("FieldValueForbidden", f"Forbidden: {text}", path)


def _invalid(path: str, value: Any, text: str) -> Cause:
    return Cause("FieldValueInvalid", f"Invalid value: {msgspec.json.encode(value).decode()}: {text}", path)
