"""Fields that kube-apiserver drops from an object, or copies, before it validates it."""

from __future__ import annotations

from collections.abc import Iterator

from ..api.resources import Resource
from ..store import Object

_SOURCES = ((None, "PersistentVolumeClaim"), ("snapshot.storage.k8s.io", "VolumeSnapshot"))


def drop_fields(resource: Resource, obj: Object) -> None:
    """Drop what an object may not have in its present state; it is changed."""
    spec = obj.get("spec") or {}
    if resource.collection == "leases.coordination.k8s.io":
        # They belong to a feature that is not enabled by default.
        for name in ("strategy", "preferredHolder"):
            spec.pop(name, None)
    if resource.collection == "persistentvolumeclaims" and (source := spec.get("dataSource")) is not None:
        if (source.get("apiGroup") or None, source.get("kind")) not in _SOURCES:
            del spec["dataSource"]
        else:
            source.setdefault("apiGroup", None)
            spec.setdefault("dataSourceRef", dict(source))
    for backend in _backends(spec) if resource.collection == "ingresses.networking.k8s.io" else ():
        if (other := backend.get("resource")) is not None:
            other.setdefault("apiGroup", None)


def _backends(spec: Object) -> Iterator[Object]:
    yield spec.get("defaultBackend") or {}
    for rule in spec.get("rules") or ():
        for path in (rule.get("http") or {}).get("paths") or ():
            yield path.get("backend") or {}
