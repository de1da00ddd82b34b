"""OpenAPI 3.0 documents in the shape of one OpenAPI 2.0 document, which everything after reads."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

_SCHEMAS: Final = "#/components/schemas/"
_DEFINITIONS: Final = "#/definitions/"
_PARAMETERS: Final = "#/components/parameters/"
_GVK: Final = "x-kubernetes-group-version-kind"
_METHODS: Final = ("get", "put", "post", "delete", "options", "head", "patch")
_CHILDREN: Final = ("items", "additionalProperties", "not")
_LISTS: Final = ("allOf", "anyOf", "oneOf")


def as_openapi_v2(documents: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Merge the documents of group-versions into one, in the shape of OpenAPI 2.0.

    What only 3.0 says (`nullable`, `oneOf`, `anyOf`) is kept as it is. Definitions that several documents have are the
    same but for the kinds that they list, which are united.
    """
    definitions: dict[str, Any] = {}
    paths: dict[str, Any] = {}
    info: Mapping[str, Any] = {}
    for document in documents:
        info = info or document.get("info", {})
        components = document.get("components", {})
        for name, schema in components.get("schemas", {}).items():
            found = _schema(schema)
            known = definitions.setdefault(name, found)
            if known is not found and isinstance(known, dict) and isinstance(found, dict):
                _unite_kinds(known, found)
        parameters = components.get("parameters", {})
        for path, item in document.get("paths", {}).items():
            paths.setdefault(path, {}).update(_path_item(item, parameters))
    return {"swagger": "2.0", "info": info, "paths": paths, "definitions": definitions}


def _unite_kinds(known: dict[str, Any], other: Mapping[str, Any]) -> None:
    kinds = other.get(_GVK, [])
    added = [kind for kind in kinds if kind not in known.get(_GVK, [])]
    if added:
        known[_GVK] = [*known.get(_GVK, []), *added]


def _schema(node: Any) -> Any:
    if not isinstance(node, dict):
        return node
    schema = dict(node)
    if isinstance(ref := schema.get("$ref"), str):
        schema["$ref"] = ref.replace(_SCHEMAS, _DEFINITIONS, 1)
    for key in _CHILDREN:
        if key in schema:
            schema[key] = _schema(schema[key])
    for key in _LISTS:
        if isinstance(schema.get(key), list):
            schema[key] = [_schema(child) for child in schema[key]]
    if isinstance(schema.get("properties"), dict):
        schema["properties"] = {name: _schema(child) for name, child in schema["properties"].items()}
    if "properties" not in schema and isinstance(all_of := schema.get("allOf"), list) and len(all_of) == 1:
        # The way of 3.0 to put a description or a default beside a reference.
        del schema["allOf"]
        schema = {**all_of[0], **schema}
    return schema


def _path_item(item: Mapping[str, Any], shared: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {method: _operation(item[method], shared) for method in _METHODS if method in item}
    if "parameters" in item:
        found["parameters"] = [_parameter(one, shared) for one in item["parameters"]]
    return found


def _operation(operation: Mapping[str, Any], shared: Mapping[str, Any]) -> dict[str, Any]:
    found = {key: value for key, value in operation.items() if key not in ("requestBody", "responses", "parameters")}
    parameters = [_parameter(one, shared) for one in operation.get("parameters", ())]
    body = operation.get("requestBody")
    if body is not None:
        content = body.get("content", {})
        found["consumes"] = list(content)
        parameters.append({"name": "body", "in": "body", **_content(content)})
    if parameters:
        found["parameters"] = parameters
    found["responses"] = {
        code: {key: value for key, value in response.items() if key != "content"}
        | _content(response.get("content", {}))
        for code, response in operation.get("responses", {}).items()
    }
    return found


def _content(content: Mapping[str, Any]) -> dict[str, Any]:
    """The schema of a body; that of JSON where there are many."""
    media: Mapping[str, Any] = content.get("application/json") or next(iter(content.values()), {})
    return {"schema": _schema(media["schema"])} if "schema" in media else {}


def _parameter(parameter: Mapping[str, Any], shared: Mapping[str, Any]) -> dict[str, Any]:
    ref = parameter.get("$ref")
    if isinstance(ref, str):
        parameter = shared.get(ref.removeprefix(_PARAMETERS), {})
    return {
        **{key: value for key, value in parameter.items() if key != "schema"},
        **_schema(parameter.get("schema", {})),
    }
