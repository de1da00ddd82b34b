"""Warnings about what is valid, and better avoided."""

from __future__ import annotations

from collections.abc import Iterator

from ..api.resources import Resource
from ..store import Object
from .crd_warnings import definition_warnings

STANDARD_FINALIZERS = frozenset({"kubernetes", "orphan", "foregroundDeletion"})


def warnings_of(resource: Resource, obj: Object, old: Object | None = None) -> list[str]:
    """Return the warnings that come with the answer to a write of an object.

    Args:
        resource: The resource.
        obj: The new state.
        old: The present state; None for an object that is created.
    """
    if resource.custom:
        return list(_finalizers(obj, old))
    if resource.collection == "customresourcedefinitions.apiextensions.k8s.io":
        return definition_warnings(obj, old)
    spec = obj.get("spec") or {}
    has_address = spec.get("clusterIP") != "None" and spec.get("type") != "ExternalName"
    if resource.collection == "services" and spec.get("externalIPs") and has_address:
        return ["spec.externalIPs is deprecated and may no longer be implemented in some clusters"]
    return []


def _finalizers(obj: Object, old: Object | None) -> Iterator[str]:
    before = set((old or {}).get("metadata", {}).get("finalizers") or ())
    for name in sorted(set(obj["metadata"].get("finalizers") or ()) - before - STANDARD_FINALIZERS):
        if "/" not in name:
            path = " including a path (/)" if "." in name else ""
            advice = f"prefer a domain-qualified finalizer name{path} to avoid accidental conflicts with other"
            yield f'metadata.finalizers: "{name}": {advice} finalizer writers'
