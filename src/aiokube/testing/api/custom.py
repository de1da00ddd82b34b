"""Custom resources: what a CustomResourceDefinition makes of the API."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..schema.node import Node
from .resources import Resource, Subresource

_VERBS = frozenset({"create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"})
_OF_SUBRESOURCE = frozenset({"get", "patch", "update"})

Definition = Mapping[str, Any]
"""A CustomResourceDefinition."""


def collection_of(definition: Definition) -> str:
    """Return the collection of the objects of a definition: `crontabs.stable.example.com`."""
    spec = definition["spec"]
    return f"{spec['names']['plural']}.{spec['group']}"


def resources_of_definition(definition: Definition, metadata: Node) -> Iterator[tuple[Resource, Node]]:
    """Return the resource of each served version of a definition, with the schema of its objects.

    Args:
        definition: The definition, with its defaults.
        metadata: Schema of the metadata of objects.
    """
    spec = definition["spec"]
    names = spec["names"]
    for version in spec["versions"]:
        if not version["served"]:
            continue
        place = {"group": spec["group"], "version": version["name"]}
        resource = Resource(
            **place,
            plural=names["plural"],
            singular=names["singular"],
            kind=names["kind"],
            list_kind=names["listKind"],
            namespaced=spec["scope"] == "Namespaced",
            verbs=_VERBS,
            short_names=tuple(names.get("shortNames") or ()),
            categories=tuple(names.get("categories") or ()),
            subresources=dict(_subresources(version, place, names["kind"])),
            scale=(version.get("subresources") or {}).get("scale"),
            selectable=tuple(one["jsonPath"].lstrip(".") for one in version.get("selectableFields") or ()),
            columns=tuple(version.get("additionalPrinterColumns") or ()),
            custom=True,
        )
        schema = (version.get("schema") or {}).get("openAPIV3Schema") or {}
        yield resource, Node(schema, {}, custom=True, fields={"metadata": metadata})


def _subresources(version: Mapping[str, Any], place: Mapping[str, str], kind: str) -> Iterator[tuple[str, Subresource]]:
    wanted = version.get("subresources") or {}
    if "status" in wanted:
        yield "status", Subresource(name="status", **place, kind=kind, verbs=_OF_SUBRESOURCE)
    if "scale" in wanted:
        scale = {"group": "autoscaling", "version": "v1", "kind": "Scale"}
        yield "scale", Subresource(name="scale", **scale, verbs=_OF_SUBRESOURCE)
