"""The version that a request is in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ..api.catalog import Catalog
from ..api.resources import Resource
from ..failures import not_implemented
from ..schema.node import Node
from ..store import Object
from . import autoscaling, events

Convert = Callable[[Object], Object]

_EVENTS = "events.events.k8s.io"


def _unchanged(obj: Object) -> Object:
    return obj


@dataclass(frozen=True)
class Version:
    """A resource in the version of a request.

    Args:
        resource: The resource in this version.
        to_stored: Converts an object of this version into the one in which objects are stored.
        from_stored: Converts it back.
    """

    resource: Resource
    to_stored: Convert = _unchanged
    from_stored: Convert = _unchanged

    @property
    def is_stored(self) -> bool:
        """True for the version in which objects are stored, and for those that do not differ from it."""
        return self.from_stored is _unchanged


def stored_resource(catalog: Catalog, resource: Resource) -> Resource:
    """Return a resource in the version in which its objects are stored: the preferred one."""
    if resource.collection == _EVENTS and (core := catalog.find("", "v1", "events")) is not None:
        return core
    return resource if resource.custom else catalog.served_versions(resource.collection)[0]


def version_of(catalog: Catalog, resource: Resource) -> Version:
    """Return how objects are converted into the version of a resource.

    Raises:
        Failure: That is not implemented.
    """
    stored = stored_resource(catalog, resource)
    if stored == resource:
        return Version(resource)
    if resource.collection == _EVENTS:
        return Version(resource, events.to_core, events.from_core)
    pair = (resource.collection, resource.version, stored.version)
    if pair == ("horizontalpodautoscalers.autoscaling", "v1", "v2"):
        return Version(resource, autoscaling.to_v2, autoscaling.to_v1)
    if _is_same(catalog.schema(resource), catalog.schema(stored)):
        return Version(resource)
    raise not_implemented(f"{resource.collection} in {resource.version}, which differs from {stored.version}")


_TOLD = ("description", "x-kubernetes-group-version-kind", "$ref", "allOf", "properties", "items")


def _is_same(one: Node, other: Node, depth: int = 0) -> bool:
    """Return True if two schemas have the same fields, whatever their names and descriptions."""
    if depth > 0 and one.name == other.name and one.name:
        return True
    if (one.kind, one.required, set(one.fields)) != (other.kind, other.required, set(other.fields)):
        return False
    if _rest(one) != _rest(other):
        return False
    pairs = [(one.field(name), other.field(name)) for name in one.fields]
    pairs += [(one.items, other.items)] if one.kind == "list" else []
    pairs += [(one.values, other.values)] if one.kind == "map" else []
    return all(first and second and _is_same(first, second, depth + 1) for first, second in pairs)


def _rest(node: Node) -> Object:
    """Return what a schema says beside its fields."""
    merged = {**node.raw, **node.outer}
    return {name: value for name, value in merged.items() if name not in (*_TOLD, "additionalProperties")}
