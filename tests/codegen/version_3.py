"""A document of OpenAPI 2.0 as a server would have it in version 3: one document for each group-version."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

_METHODS = ("get", "put", "post", "delete", "options", "head", "patch")
_GROUP_VERSION = re.compile(r"/(api/[^/]+|apis/[^/]+/[^/]+)(?:/|$)")
REST = "version"
"""The part with the paths that belong to no group-version."""


def in_parts(document: Mapping[str, Any]) -> dict[str, bytes]:
    """The documents of version 3, by what they describe: `apis/apps/v1`."""
    document = json.loads(json.dumps(document).replace("#/definitions/", "#/components/schemas/"))
    parts: dict[str, dict[str, Any]] = {}
    for path, item in document["paths"].items():
        match = _GROUP_VERSION.match(path)
        parts.setdefault(match[1] if match else REST, {})[path] = _item(item, document["parameters"])
    return {
        part: json.dumps(
            {
                "openapi": "3.0.0",
                "info": document["info"],
                "paths": paths,
                "components": {"schemas": document["definitions"]},
            }
        ).encode()
        for part, paths in parts.items()
    }


def _item(item: Mapping[str, Any], shared: Mapping[str, Any]) -> dict[str, Any]:
    common = [_resolved(one, shared) for one in item.get("parameters", ())]
    found = {method: _operation(item[method], common, shared) for method in _METHODS if method in item}
    return found | {"parameters": [_parameter(one) for one in common if one["in"] != "body"]}


def _operation(operation: Mapping[str, Any], common: list[Any], shared: Mapping[str, Any]) -> dict[str, Any]:
    found = {key: value for key, value in operation.items() if key not in ("consumes", "parameters", "responses")}
    parameters = [_resolved(one, shared) for one in operation.get("parameters", ())]
    found["parameters"] = [_parameter(one) for one in parameters if one["in"] != "body"]
    for body in [one for one in (*common, *parameters) if one["in"] == "body"]:
        media = {"schema": {"allOf": [body["schema"]]}}
        found["requestBody"] = {"content": dict.fromkeys(operation.get("consumes", ["*/*"]), media)}
    found["responses"] = {
        code: {"description": response["description"]}
        | ({"content": {"application/json": {"schema": response["schema"]}}} if "schema" in response else {})
        for code, response in operation["responses"].items()
    }
    return found


def _resolved(parameter: Mapping[str, Any], shared: Mapping[str, Any]) -> Any:
    return shared[parameter["$ref"].rpartition("/")[2]] if "$ref" in parameter else parameter


def _parameter(parameter: Mapping[str, Any]) -> dict[str, Any]:
    told = ("name", "in", "description", "required")
    schema = {key: value for key, value in parameter.items() if key not in told}
    return {key: value for key, value in parameter.items() if key in told} | {"schema": schema}
