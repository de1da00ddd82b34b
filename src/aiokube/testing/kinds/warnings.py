"""Warnings about what is valid, and better avoided."""

from __future__ import annotations

from ..api.resources import Resource
from ..store import Object


def warnings_of(resource: Resource, obj: Object) -> list[str]:
    """Return the warnings that come with the answer to a write of an object."""
    spec = obj.get("spec") or {}
    has_address = spec.get("clusterIP") != "None" and spec.get("type") != "ExternalName"
    if resource.collection == "services" and spec.get("externalIPs") and has_address:
        return ["spec.externalIPs is deprecated and may no longer be implemented in some clusters"]
    return []
