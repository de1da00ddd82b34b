"""Custom resources: what a CustomResourceDefinition makes of the API."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from ..document import Part
from ..schema.node import Node
from .resources import Resource, Subresource

_VERBS = frozenset({"create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"})
_OF_SUBRESOURCE = frozenset({"get", "patch", "update"})
_META = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"
_LIST_META = "io.k8s.apimachinery.pkg.apis.meta.v1.ListMeta"

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


def part_of(resources: Mapping[str, tuple[Resource, Mapping[str, Any]]], shared: Mapping[str, Any]) -> Part:
    """Return the OpenAPI v3 document of a group-version of custom resources.

    Args:
        resources: Each resource by plural, with the schema of its objects.
        shared: Definitions that a built-in document has, such as that of metadata.
    """

    def read() -> bytes:
        paths: dict[str, Any] = {}
        schemas: dict[str, Any] = dict(shared)
        for resource, schema in resources.values():
            name = _schema_name(resource)
            schemas[name] = _object_schema(resource, schema)
            schemas[f"{name}List"] = _list_schema(resource, name)
            paths |= _paths(resource, name)
        document = {
            "openapi": "3.0.0",
            "info": {"title": "Kubernetes CRD Swagger", "version": "v0.1.0"},
            "paths": dict(sorted(paths.items())),
            "components": {"schemas": schemas},
        }
        return msgspec.json.encode(document)

    return Part(read, "custom resources")


def _schema_name(resource: Resource) -> str:
    return ".".join([*reversed(resource.group.split(".")), resource.version, resource.kind])


def _kind_of(resource: Resource) -> dict[str, str]:
    return {"group": resource.group, "kind": resource.kind, "version": resource.version}


def _object_schema(resource: Resource, schema: Mapping[str, Any]) -> dict[str, Any]:
    own = {name: value for name, value in (schema.get("properties") or {}).items() if name != "metadata"}
    properties = {
        "apiVersion": {"type": "string"},
        "kind": {"type": "string"},
        "metadata": {"allOf": [{"$ref": f"#/components/schemas/{_META}"}]},
        **own,
    }
    return {**schema, "properties": properties, "x-kubernetes-group-version-kind": [_kind_of(resource)]}


def _list_schema(resource: Resource, name: str) -> dict[str, Any]:
    kind = {**_kind_of(resource), "kind": resource.list_kind or f"{resource.kind}List"}
    return {
        "type": "object",
        "required": ["items"],
        "properties": {
            "apiVersion": {"type": "string"},
            "kind": {"type": "string"},
            "metadata": {"allOf": [{"$ref": f"#/components/schemas/{_LIST_META}"}]},
            "items": {"type": "array", "items": {"$ref": f"#/components/schemas/{name}"}},
        },
        "x-kubernetes-group-version-kind": [kind],
    }


def _paths(resource: Resource, name: str) -> dict[str, Any]:
    plural = resource.plural
    base = f"{resource.base}/namespaces/{{namespace}}/{plural}" if resource.namespaced else f"{resource.base}/{plural}"
    shared = [_path_parameter("namespace")] if resource.namespaced else []
    one = {"parameters": [_path_parameter("name"), *shared]}
    paths = {
        base: {
            "get": _operation(resource, "list", f"{name}List"),
            "post": _operation(resource, "post", name, body=name),
            "delete": _operation(resource, "deletecollection", ""),
            "parameters": shared,
        },
        f"{base}/{{name}}": {
            "get": _operation(resource, "get", name),
            "put": _operation(resource, "put", name, body=name),
            "patch": _operation(resource, "patch", name),
            "delete": _operation(resource, "delete", ""),
            **one,
        },
    }
    for subresource in resource.subresources.values():
        if subresource.name == "status":
            paths[f"{base}/{{name}}/status"] = {
                "get": _operation(resource, "get", name),
                "put": _operation(resource, "put", name, body=name),
                "patch": _operation(resource, "patch", name),
                **one,
            }
    if resource.namespaced:
        paths[f"{resource.base}/{plural}"] = {"get": _operation(resource, "list", f"{name}List")}
    return paths


_QUERY = {
    "list": ("labelSelector", "fieldSelector", "limit", "continue", "resourceVersion", "resourceVersionMatch", "watch"),
    "post": ("dryRun", "fieldManager", "fieldValidation"),
    "put": ("dryRun", "fieldManager", "fieldValidation"),
    "patch": ("dryRun", "fieldManager", "fieldValidation", "force"),
    "delete": ("dryRun", "gracePeriodSeconds", "propagationPolicy"),
    "deletecollection": ("labelSelector", "fieldSelector", "dryRun"),
}
_TYPES = {"limit": "integer", "gracePeriodSeconds": "integer", "watch": "boolean", "force": "boolean"}


def _operation(resource: Resource, action: str, response: str, *, body: str = "") -> dict[str, Any]:
    parameters = [
        {"name": name, "in": "query", "schema": {"type": _TYPES.get(name, "string"), "uniqueItems": True}}
        for name in _QUERY.get(action, ())
    ]
    operation: dict[str, Any] = {
        "parameters": parameters,
        "responses": {"200": {"description": "OK", "content": _content(response)}},
        "x-kubernetes-action": action,
        "x-kubernetes-group-version-kind": _kind_of(resource),
    }
    return {**operation, "requestBody": {"content": _content(body), "required": True}} if body else operation


def _content(name: str) -> dict[str, Any]:
    return {"application/json": {"schema": {"$ref": f"#/components/schemas/{name}"}}} if name else {}


def _path_parameter(name: str) -> dict[str, Any]:
    return {"name": name, "in": "path", "required": True, "schema": {"type": "string", "uniqueItems": True}}
