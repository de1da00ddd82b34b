"""Requests and limits of containers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ...runtime.codec.scalars import Quantity
from ..failures import Cause
from .causes import invalid, required
from .labels import label_name_causes

_OF_CONTAINERS = ("cpu", "memory", "ephemeral-storage")
_STANDARD = (*_OF_CONTAINERS, "storage", "pods", "services", "secrets", "configmaps", "persistentvolumeclaims")


def resource_causes(resources: Any, path: str) -> Iterator[Cause]:
    """Return what is wrong with the requests and the limits of a container."""
    resources = resources or {}
    limits, requests = resources.get("limits") or {}, resources.get("requests") or {}
    for name, value in limits.items():
        yield from _amount_causes(name, value, f"{path}.limits[{name}]")
    for name, value in requests.items():
        yield from _amount_causes(name, value, f"{path}.requests[{name}]")
        if name not in limits:
            if not _is_overcommitted(name):
                yield required(f"{path}.limits", "Limit must be set for non overcommitable resources")
        elif Quantity(value) != Quantity(limits[name]) and not _is_overcommitted(name):
            yield invalid(f"{path}.requests", str(value), f"must be equal to {name} limit of {limits[name]}")
        elif Quantity(value) > Quantity(limits[name]):
            text = f"must be less than or equal to {name} limit of {limits[name]}"
            yield invalid(f"{path}.requests", str(value), text)


def _amount_causes(name: str, value: Any, path: str) -> Iterator[Cause]:
    yield from label_name_causes(name, path)
    if "/" not in name:
        is_huge = name.startswith("hugepages-")
        if name not in _STANDARD and not is_huge:
            yield invalid(path, name, "must be a standard resource type or fully qualified")
        if name not in _OF_CONTAINERS and not is_huge:
            yield invalid(path, name, "must be a standard resource for containers")
    elif not _is_native(name) and (name.startswith("requests.") or any(label_name_causes(f"requests.{name}", ""))):
        yield invalid(path, name, "doesn't follow extended resource name standard")
    yield from quantity_causes(value, path)
    if not _is_native(name) and Quantity(value).value % 1:
        yield invalid(path, str(value), "must be an integer")


def quantity_causes(value: Any, path: str) -> Iterator[Cause]:
    """Return what is wrong with a quantity that may not be negative."""
    if Quantity(value).value < 0:
        yield invalid(path, str(value), "must be greater than or equal to 0")


def _is_native(name: str) -> bool:
    return "/" not in name or "kubernetes.io/" in name


def _is_overcommitted(name: str) -> bool:
    return _is_native(name) and not name.startswith("hugepages-")
