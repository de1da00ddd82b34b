"""The fields behind the scale of a custom resource."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..api.resources import Resource
from ..failures import Cause
from ..store import Object

_MAX = (1 << 31) - 1


def scale_causes(resource: Resource, obj: Object) -> Iterator[Cause]:
    """Return what is wrong with the replicas of a custom resource."""
    scale = resource.scale or {}
    for name in ("specReplicasPath", "statusReplicasPath"):
        if path := scale.get(name, ""):
            yield from _replicas(_at(obj, path), path)


def _replicas(value: Any, path: str) -> Iterator[Cause]:
    # A wrong type is the matter of the schema.
    if not isinstance(value, int) or isinstance(value, bool):
        return
    if value < 0:
        yield _invalid(value, "should be a non-negative integer", path)
    elif value > _MAX:
        yield _invalid(value, f"should be less than or equal to {_MAX}", path)


def _at(obj: Object, path: str) -> Any:
    value: Any = obj
    for part in path.removeprefix(".").split("."):
        value = value.get(part) if isinstance(value, dict) else None
    return value


def _invalid(value: int, problem: str, path: str) -> Cause:
    return Cause("FieldValueInvalid", f"Invalid value: {value}: {problem}", path)
