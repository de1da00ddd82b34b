"""The OpenAPI v3 document of a group-version of custom resources, as kube-apiserver makes it of their definitions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec

from ..document import CUSTOM_TITLE, Part, Schemas
from .resources import Resource

Json = dict[str, Any]

_PREFIX = "#/components/schemas/"
_META = "io.k8s.apimachinery.pkg.apis.meta.v1."
_SCALE = "io.k8s.api.autoscaling.v1.Scale"
_CONVENTIONS = "More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md"
_KINDS = "x-kubernetes-group-version-kind"

_TYPES = ("application/json", "application/yaml")
_PATCHES = ("application/json-patch+json", "application/merge-patch+json", "application/apply-patch+yaml")

# Method, action, and the verb of the operation.
_OF_COLLECTION = (
    ("get", "list", "list"),
    ("post", "post", "create"),
    ("delete", "deletecollection", "deletecollection"),
)
_OF_SUBRESOURCE = (("get", "get", "read"), ("put", "put", "replace"), ("patch", "patch", "patch"))
_OF_OBJECT = (*_OF_SUBRESOURCE, ("delete", "delete", "delete"))
_RESPONSES = {
    "post": {"200": "OK", "201": "Created", "202": "Accepted"},
    "put": {"200": "OK", "201": "Created"},
    "delete": {"200": "OK", "202": "Accepted"},
}


def part_of(resources: Mapping[str, tuple[Resource, Mapping[str, Any]]], definitions: Part, schemas: Schemas) -> Part:
    """Return the OpenAPI v3 document of a group-version of custom resources.

    Args:
        resources: Each resource by plural, with the schema of its objects.
        definitions: The document of CustomResourceDefinitions, whose operations have the same parameters.
        schemas: The definitions of built-in documents that it refers to, such as that of metadata.
    """

    def read() -> bytes:
        paths: Json = {}
        own: Json = {}
        for resource, schema in resources.values():
            described = _Described(resource, _Parameters(definitions))
            own |= described.schemas(schema, schemas)
            paths |= described.paths()
        document = {
            "openapi": "3.0.0",
            "info": {"title": CUSTOM_TITLE, "version": "v0.1.0"},
            "paths": dict(sorted(paths.items())),
            "components": {"schemas": dict(sorted(({**_referred([paths, own], schemas), **own}).items()))},
        }
        return msgspec.json.encode(document)

    return Part(read, "custom resources")


def _referred(roots: Iterable[Any], schemas: Schemas) -> Json:
    """Return the definitions that are referred to, and those that these refer to."""
    found: Json = {}
    waiting = [name for root in roots for name in _references(root)]
    while waiting:
        name = waiting.pop()
        if name in schemas and name not in found:
            found[name] = schemas[name]
            waiting += _references(schemas[name])
    return found


def _references(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, child in value.items():
            if key == "$ref" and isinstance(child, str):
                yield child.removeprefix(_PREFIX)
            else:
                yield from _references(child)
    elif isinstance(value, list):
        for item in value:
            yield from _references(item)


class _Parameters:
    """The parameters of operations, by action, as those of CustomResourceDefinitions have them."""

    def __init__(self, definitions: Part) -> None:
        collection = definitions.paths["/apis/apiextensions.k8s.io/v1/customresourcedefinitions"]
        one = definitions.paths["/apis/apiextensions.k8s.io/v1/customresourcedefinitions/{name}"]
        listed = collection["get"]["parameters"]
        self.pretty: Json = next(one for one in collection["parameters"] if one["name"] == "pretty")
        self.of_action: Mapping[str, list[Json]] = {
            "list": listed,
            "deletecollection": listed,
            "post": collection["post"]["parameters"],
            "get": [parameter for parameter in listed if parameter["name"] == "resourceVersion"],
            **{method: one[method]["parameters"] for method in ("put", "patch", "delete")},
        }


class _Described:
    """The part of the document for a resource."""

    def __init__(self, resource: Resource, parameters: _Parameters) -> None:
        self._resource = resource
        self._parameters = parameters
        self._name = ".".join([*reversed(resource.group.split(".")), resource.version, resource.kind])
        self._list_kind = resource.list_kind or f"{resource.kind}List"
        self._list_name = f"{self._name.removesuffix(resource.kind)}{self._list_kind}"

    # schemas

    def schemas(self, schema: Mapping[str, Any], built_in: Schemas) -> Json:
        """Return the definitions of an object and of a list."""
        types = _type_fields(built_in)
        return {self._name: self._object(schema, types), self._list_name: self._list(types)}

    def _object(self, schema: Mapping[str, Any], types: Json) -> Json:
        found = _unfolded(schema, types)
        metadata = {
            "metadata": _with_text(f"{_META}ObjectMeta", f"Standard object's metadata. {_CONVENTIONS}#metadata")
        }
        found["properties"] = {**found.get("properties", {}), **types, **metadata}
        return {**found, _KINDS: [self._kind(self._resource.kind)], **self._selectable()}

    def _list(self, types: Json) -> Json:
        metadata = _with_text(f"{_META}ListMeta", f"Standard list metadata. {_CONVENTIONS}#types-kinds")
        items = {
            "description": f"List of {self._resource.plural}. {_CONVENTIONS}",
            "type": "array",
            "items": {"$ref": _PREFIX + self._name},
        }
        return {
            "description": f"{self._list_kind} is a list of {self._resource.kind}",
            "type": "object",
            "required": ["items"],
            "properties": {**types, "items": items, "metadata": metadata},
            _KINDS: [self._kind(self._list_kind)],
            **self._selectable(),
        }

    def _kind(self, kind: str) -> Json:
        return {"group": self._resource.group, "kind": kind, "version": self._resource.version}

    def _selectable(self) -> Json:
        fields = [{"fieldPath": path} for path in self._resource.selectable]
        return {"x-kubernetes-selectable-fields": fields} if fields else {}

    # paths

    def paths(self) -> Json:
        """Return the operations by path."""
        resource = self._resource
        place = f"{resource.base}/namespaces/{{namespace}}" if resource.namespaced else resource.base
        base = f"{place}/{resource.plural}"
        found = {
            base: self._path(_OF_COLLECTION, base),
            f"{base}/{{name}}": self._path(_OF_OBJECT, f"{base}/{{name}}"),
        }
        for subresource in resource.subresources:
            path = f"{base}/{{name}}/{subresource}"
            found[path] = self._path(_OF_SUBRESOURCE, path, subresource)
        if resource.namespaced:
            path = f"{resource.base}/{resource.plural}"
            found[path] = self._path(_OF_COLLECTION[:1], path)
        return found

    def _path(self, operations: Iterable[tuple[str, str, str]], path: str, subresource: str = "") -> Json:
        everywhere = [self._parameters.pretty]
        if "{name}" in path:
            everywhere.append(_path_parameter("name", f"name of the {self._resource.kind}"))
        if "{namespace}" in path:
            everywhere.append(
                _path_parameter("namespace", "object name and auth scope, such as for teams and projects")
            )
        found = {method: self._operation(action, verb, path, subresource) for method, action, verb in operations}
        if len(found) == 1:
            # What all operations have is said once.
            everywhere += next(iter(found.values())).pop("parameters")
        return {**found, "parameters": sorted(everywhere, key=lambda one: str(one["name"]))}

    def _operation(self, action: str, verb: str, path: str, subresource: str) -> Json:
        content = _SCALE if subresource == "scale" else self._name
        answer = {"list": self._list_name, "delete": f"{_META}Status", "deletecollection": f"{_META}Status"}
        responses = {
            code: {"description": text, "content": _content(_TYPES, answer.get(action, content))}
            for code, text in _RESPONSES.get(action, {"200": "OK"}).items()
        }
        return {
            "tags": [self._tag()],
            "description": self._text(verb, subresource),
            "operationId": self._operation_id(verb, path, subresource),
            "parameters": list(self._parameters.of_action[action]),
            **_body(action, content),
            "responses": {**responses, "401": {"description": "Unauthorized"}},
            "x-kubernetes-action": action,
            _KINDS: self._kind(self._resource.kind),
        }

    def _tag(self) -> str:
        return f"{_camel(self._resource.group.removesuffix('.k8s.io'))}_{self._resource.version}"

    def _operation_id(self, verb: str, path: str, subresource: str) -> str:
        resource = self._resource
        group = _capitalized(_camel(resource.group.removesuffix(".k8s.io")))
        within = "Namespaced" if "{namespace}" in path else ""
        everywhere = "ForAllNamespaces" if resource.namespaced and not within else ""
        place = f"{group}{_capitalized(resource.version)}"
        verb, collection = ("delete", "Collection") if verb == "deletecollection" else (verb, "")
        return f"{verb}{place}{collection}{within}{resource.kind}{_capitalized(subresource)}{everywhere}"

    def _text(self, verb: str, subresource: str) -> str:
        kind, of = self._resource.kind, f" {subresource} of" if subresource else ""
        match verb:
            case "list":
                return f"list objects of kind {kind}"
            case "patch":
                return f"partially update{of} the specified {kind}"
            case "deletecollection":
                return f"delete collection of {kind}"
            case "read" | "replace":
                return f"{verb}{of} the specified {kind}"
        return f"{verb}{_article(kind)}{kind}"


def _article(kind: str) -> str:
    if kind.endswith("s") and not kind.endswith("ss"):
        return " "
    return " an " if kind[0].lower() in "aeiou" else " a "


def _camel(text: str) -> str:
    first, *rest = "".join(one if one.isalnum() or one == "_" else " " for one in text).split(" ")
    return first + "".join(map(_capitalized, rest))


def _capitalized(text: str) -> str:
    return text[:1].upper() + text[1:]


def _body(action: str, name: str) -> Json:
    match action:
        case "post" | "put":
            return {"requestBody": {"content": _content(_TYPES, name), "required": True}}
        case "patch":
            return {"requestBody": {"content": _content(_PATCHES, f"{_META}Patch"), "required": True}}
        case "delete":
            return {"requestBody": {"content": _content(_TYPES, f"{_META}DeleteOptions")}}
    return {}


def _content(types: Iterable[str], name: str) -> Json:
    return {type: {"schema": {"$ref": _PREFIX + name}} for type in types}


def _path_parameter(name: str, text: str) -> Json:
    schema = {"type": "string", "uniqueItems": True}
    return {"name": name, "in": "path", "description": text, "required": True, "schema": schema}


def _with_text(name: str, text: str) -> Json:
    return {"description": text, "allOf": [{"$ref": _PREFIX + name}]}


def _type_fields(built_in: Schemas) -> Json:
    properties = built_in[f"{_META}Status"]["properties"]
    return {name: properties[name] for name in ("apiVersion", "kind")}


_EMBEDDED = {
    "apiVersion": "apiVersion defines the versioned schema of this representation of an object. "
    f"{_CONVENTIONS}#resources",
    "kind": f"kind is a string value representing the type of this object. In CamelCase. {_CONVENTIONS}#types-kinds",
}


def _unfolded(schema: Mapping[str, Any], types: Json) -> Json:
    """Return the schema of a definition, with what its extensions imply."""
    found: Json = {}
    for name, value in schema.items():
        if value is False and name not in ("additionalProperties", "default"):
            continue
        if name == "properties" and isinstance(value, Mapping):
            found[name] = {key: _unfolded(child, types) for key, child in value.items()}
        elif name in ("items", "additionalProperties") and isinstance(value, Mapping):
            found[name] = _unfolded(value, types)
        else:
            found[name] = value
    if found.get("x-kubernetes-int-or-string"):
        found = _number_or_string(found)
    if found.get("x-kubernetes-embedded-resource"):
        metadata = {
            "metadata": _with_text(f"{_META}ObjectMeta", f"Standard object's metadata. {_CONVENTIONS}#metadata")
        }
        embedded = {name: {**types[name], "description": text} for name, text in _EMBEDDED.items()}
        found["properties"] = {**found.get("properties", {}), **embedded, **metadata}
        required = found.get("required", [])
        found["required"] = [*required, *(name for name in ("kind", "apiVersion") if name not in required)]
    return found


def _number_or_string(schema: Json) -> Json:
    either = [{"type": "integer"}, {"type": "string"}]
    first = (schema.get("allOf") or [{}])[0]
    if schema.get("anyOf") == either or first.get("anyOf") == either:
        return schema
    if "anyOf" not in schema:
        return {**schema, "anyOf": either}
    return {**schema, "allOf": [{"anyOf": either}, *schema.get("allOf", ())]}
