"""OpenAPI v2, as `/openapi/v2` serves it: one document, made of the parts of version 3.

Each part is converted once, for all clusters that share it, and parts of custom resources when they change. As
kube-apiserver does, it leaves out what clients of version 2 do not know: defaults, and of custom resources, what is
nullable or keeps unknown fields.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from ..document import CUSTOM_TITLE, Part

Json = dict[str, Any]

_METHODS = ("get", "put", "post", "delete", "options", "head", "patch")
_KINDS = "x-kubernetes-group-version-kind"
_ANY = "*/*"
_OF_CUSTOM = ["application/json", "application/yaml"]

_OPENID = ("/.well-known/", "/openid/")

# Media types in the order of kube-apiserver; others follow.
_ORDER = (
    "text/plain",
    "application/json",
    "application/yaml",
    "application/vnd.kubernetes.protobuf",
    "application/json;stream=watch",
    "application/vnd.kubernetes.protobuf;stream=watch",
    "application/json-patch+json",
    "application/merge-patch+json",
    "application/strategic-merge-patch+json",
    "application/apply-patch+yaml",
)

# Of a custom resource, what a schema of version 2 does not have.
_JUNCTORS = frozenset({"allOf", "anyOf", "oneOf", "not", "nullable"})
_KEEPS_UNKNOWN = "x-kubernetes-preserve-unknown-fields"


@dataclass(frozen=True)
class _Converted:
    """The contribution of a part to the document."""

    paths: Mapping[str, Json]
    definitions: Mapping[str, Json]
    parameters: Mapping[str, Json]
    security: Mapping[str, Json]


def version2(parts: Iterable[Part]) -> bytes:
    """Return the OpenAPI v2 document of an API, as JSON.

    Args:
        parts: Its parts of version 3; of definitions with the same name, the first one counts.
    """
    info: Json = {}
    paths: Json = {}
    definitions: Json = {}
    parameters: Json = {}
    security: Json = {}
    for part in parts:
        if "version2" not in part.memo:
            part.memo["version2"] = _convert(part)
        converted: _Converted = part.memo["version2"]
        info = info or dict(part.content.get("info", {}))
        paths |= converted.paths
        parameters |= converted.parameters
        security |= converted.security
        for name, definition in converted.definitions.items():
            known = definitions.setdefault(name, definition)
            if known is not definition and known.get(_KINDS) != definition.get(_KINDS):
                definitions[name] = {**known, _KINDS: _both(known.get(_KINDS, ()), definition.get(_KINDS, ()))}
    document = {
        "swagger": "2.0",
        "info": info,
        "paths": dict(sorted(paths.items())),
        "definitions": dict(sorted(definitions.items())),
        "parameters": dict(sorted(parameters.items())),
        "securityDefinitions": security,
        "security": [{name: []} for name in security],
    }
    return msgspec.json.encode(document)


def _both(one: Iterable[Json], other: Iterable[Json]) -> list[Json]:
    # WatchEvent and DeleteOptions are of every group.
    kinds = {(kind["group"], kind["version"], kind["kind"]): kind for kind in (*one, *other)}
    return [kinds[key] for key in sorted(kinds)]


def _convert(part: Part) -> _Converted:
    custom = part.content.get("info", {}).get("title") == CUSTOM_TITLE
    components = part.content.get("components", {})
    parameters: Json = {}
    paths = {path: _path(path, item, parameters, custom) for path, item in part.paths.items()}
    own = {name for name, schema in part.schemas.items() if custom and ".meta.v1." not in name and _KINDS in schema}
    definitions = {
        name: _custom_object(schema) if name in own else _schema(schema) for name, schema in part.schemas.items()
    }
    return _Converted(paths, definitions, parameters, components.get("securitySchemes", {}))


# paths


def _path(path: str, item: Mapping[str, Any], shared: Json, custom: bool) -> Json:
    found: Json = {method: _operation(path, item[method], shared, custom) for method in _METHODS if method in item}
    if item.get("parameters"):
        found["parameters"] = [_parameter(parameter, shared) for parameter in item["parameters"]]
    return found


def _operation(path: str, operation: Mapping[str, Any], shared: Json, custom: bool) -> Json:
    body = operation.get("requestBody")
    produces = _media_types(
        type for response in operation.get("responses", {}).values() for type in response.get("content", ())
    )
    found: Json = {"description": operation.get("description", "")}
    if body is not None:
        found["consumes"] = _media_types(body["content"])
    elif custom:
        found["consumes"] = _OF_CUSTOM
    elif "x-kubernetes-action" in operation:
        found["consumes"] = [_ANY]
    elif not path.startswith(_OPENID):
        found["consumes"] = produces
    found |= {"produces": produces, "schemes": ["https"]}
    found |= {name: operation[name] for name in ("tags", "operationId", "deprecated") if name in operation}
    parameters = [_parameter(parameter, shared) for parameter in operation.get("parameters", ())]
    if body is not None:
        parameters.insert(0, _body(body, shared))
    if parameters:
        found["parameters"] = parameters
    found["responses"] = {
        code: {"description": response["description"], **_content(response.get("content"))}
        for code, response in operation.get("responses", {}).items()
    }
    return found | {name: value for name, value in operation.items() if name.startswith("x-")}


def _media_types(types: Iterable[str]) -> list[str]:
    known = {type: number for number, type in enumerate(_ORDER)}
    return sorted(dict.fromkeys(types), key=lambda type: known.get(type, len(known)))


def _content(content: Mapping[str, Any] | None) -> Json:
    schema = next((one["schema"] for one in (content or {}).values() if "schema" in one), None)
    return {} if schema is None else {"schema": _schema(schema)}


def _body(body: Mapping[str, Any], shared: Json) -> Json:
    required = {"required": True} if body.get("required") else {}
    found = {"name": "body", "in": "body", **required, **_content(body["content"])}
    is_generic = found["schema"].get("$ref", "").startswith("#/definitions/io.k8s.apimachinery")
    return _shared(found, shared) if is_generic else found


def _parameter(parameter: Mapping[str, Any], shared: Json) -> Json:
    schema = parameter.get("schema", {})
    found = {name: schema[name] for name in ("uniqueItems", "type", "items") if name in schema}
    found |= {name: parameter[name] for name in ("description", "name", "in", "required") if name in parameter}
    # Clients ask here whether a kind has these.
    is_own = parameter["name"] in ("name", "dryRun", "fieldValidation")
    return found if is_own else _shared(found, shared)


def _shared(parameter: Json, shared: Json) -> Json:
    name = f"{parameter['name']}-{_hash(parameter)}"
    shared[name] = parameter
    return {"$ref": f"#/parameters/{name}"}


def _hash(parameter: Json) -> str:
    """Return the hash by which kube-apiserver names a parameter: FNV-1 of its JSON, as Go writes it."""
    text = msgspec.json.encode(parameter)
    for character in b"<>&":
        text = text.replace(bytes([character]), b"\\u%04x" % character)
    value = 0xCBF29CE484222325
    for byte in text:
        value = (value * 0x100000001B3 & 0xFFFFFFFFFFFFFFFF) ^ byte
    return base64.urlsafe_b64encode(value.to_bytes(8, "big")[:6]).decode()


# schemas


def _schema(schema: Mapping[str, Any]) -> Json:
    """Return a schema without defaults, with references of version 2."""
    found: Json = {}
    for name, value in schema.items():
        if name == "properties":
            found[name] = {key: _schema(child) for key, child in value.items()}
        elif name in ("items", "additionalProperties") and isinstance(value, dict):
            found[name] = _schema(value)
        elif name == "allOf" and len(value) == 1 and "$ref" in value[0]:
            found |= _schema(value[0])
        elif name == "oneOf":
            # A quantity, and a number or a string, whose format says so.
            found["type"] = "string"
        elif name == "$ref":
            found[name] = f"#/definitions/{value.rpartition('/')[2]}"
        elif name != "default":
            found[name] = value
    return found


def _custom_object(schema: Mapping[str, Any]) -> Json:
    """Return the definition of a custom resource."""
    if schema.get(_KEEPS_UNKNOWN):
        return {"type": "object", _KINDS: schema[_KINDS]}
    return _custom(schema)


def _custom(schema: Mapping[str, Any]) -> Json:
    """Return a schema of a custom resource, without what kubectl's readers of version 2 do not understand."""
    if "$ref" in schema or "$ref" in (schema.get("allOf") or [{}])[0]:
        return _schema(schema)
    nullable, keeps_unknown = bool(schema.get("nullable")), bool(schema.get(_KEEPS_UNKNOWN))
    untyped = frozenset({"items", "properties"}) if nullable or keeps_unknown else frozenset()
    found: Json = {}
    for name, value in schema.items():
        if name in _JUNCTORS or name in untyped or name == "default":
            continue
        if name == "properties":
            found[name] = {key: _custom(child) for key, child in value.items()}
        elif name in ("items", "additionalProperties") and isinstance(value, dict):
            found[name] = _custom(value)
        else:
            found[name] = value
    is_loose = (found.get("type") == "array" and "items" not in found) or (
        found.get("type") == "object" and keeps_unknown
    )
    if nullable or is_loose:
        found.pop("type", None)
    return _with_required(found, schema)


def _with_required(found: Json, schema: Mapping[str, Any]) -> Json:
    """Return a schema that does not require what is nullable."""
    values = schema.get("additionalProperties")
    properties = found.get("properties", {})
    nullable = {name for name in properties if schema["properties"][name].get("nullable")}
    if isinstance(values, dict) and values.get("nullable"):
        required: list[str] = []
    else:
        # Of an embedded object that keeps unknown fields, nothing is known.
        is_open = schema.get(_KEEPS_UNKNOWN) and schema.get("x-kubernetes-embedded-resource")
        unknown = nullable | ({"kind", "apiVersion"} if is_open else set())
        required = [name for name in found.get("required", ()) if name not in unknown]
    return {
        **{name: value for name, value in found.items() if name != "required"},
        **({"required": required} if required else {}),
    }
