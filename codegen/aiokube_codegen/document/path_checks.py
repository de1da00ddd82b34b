"""Checks the paths of a document once, so that the code after it can rely on their structure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final, TypedDict

import msgspec

from ..errors import SpecError
from .spec import Spec, check_schema

_PATH: Final = re.compile(r"/[!-~]*", re.ASCII)

METHODS: Final = ("get", "put", "post", "delete", "options", "head", "patch")


class _GroupVersionKind(TypedDict):
    group: str
    version: str
    kind: str


_Schema = TypedDict("_Schema", {"$ref": str, "type": str, "items": dict[str, Any]}, total=False)
_Parameter = TypedDict(
    "_Parameter",
    {
        "$ref": str,
        "name": str,
        "in": str,
        "type": str,
        "description": str,
        "items": _Schema,
        "required": bool,
        "schema": _Schema,
    },
    total=False,
)


class _Response(TypedDict, total=False):
    schema: _Schema


_Operation = TypedDict(
    "_Operation",
    {
        "operationId": str,
        "description": str,
        "consumes": list[str],
        "parameters": list[_Parameter],
        "responses": dict[str, _Response],
        "x-kubernetes-action": str,
        "x-kubernetes-group-version-kind": _GroupVersionKind,
    },
    total=False,
)


def check_paths(spec: Spec) -> None:
    """Check that paths, operations and parameters have the structure that OpenAPI 2.0 prescribes.

    Raises:
        SpecError: One has not; the message names its place.
    """
    for name, parameter in spec.parameters.items():
        _check(spec, f"/parameters/{name}", parameter, _Parameter)
        _check_schemas(spec, f"/parameters/{name}", [parameter], {})
    for path, item in spec.paths.items():
        if not _PATH.fullmatch(path):
            raise SpecError(f"{spec.origin}: /paths holds {path!a}, which is not a valid path of a URL")
        _check(spec, f"/paths/{path}: parameters", item.get("parameters", []), list[_Parameter])
        for method in METHODS:
            _check(spec, f"/paths/{path}: {method}", item.get(method, {}), _Operation)
        for source in (item, *(item[method] for method in METHODS if method in item)):
            for parameter in source.get("parameters", ()):
                _check_named(spec, path, parameter)
            _check_schemas(spec, f"/paths/{path}", source.get("parameters", ()), source.get("responses", {}))


def _check(spec: Spec, place: str, value: object, shape: Any) -> None:
    try:
        msgspec.convert(value, shape)
    except msgspec.ValidationError as error:
        raise SpecError(f"{spec.origin}: {place}: {error}") from None


def _check_schemas(
    spec: Spec, place: str, parameters: Iterable[Mapping[str, Any]], responses: Mapping[str, Mapping[str, Any]]
) -> None:
    for part in (*parameters, *responses.values()):
        if "schema" in part:
            check_schema(part["schema"], f"{place}: schema", spec.origin)


def _check_named(spec: Spec, path: str, parameter: Mapping[str, Any]) -> None:
    found = spec.resolve(parameter["$ref"]) if "$ref" in parameter else parameter
    if "name" not in found or "in" not in found:
        raise SpecError(f"{spec.origin}: /paths/{path}: a parameter has no `name` or no `in`")
