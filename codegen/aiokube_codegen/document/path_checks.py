"""Paths as the code after relies on them: what is wrong with an operation costs that one, and is named."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, Required, TypedDict

import msgspec

from ..skipped import Skipped
from .parse import kind_of
from .schemas import SURROGATE, SchemaReader
from .spec import GVK, ref_name

METHODS: Final = ("get", "put", "post", "delete", "options", "head", "patch")

_PATH: Final = re.compile(r"/[!-~]*", re.ASCII)
_PARAMETERS: Final = "#/parameters/"

_WRONG_FORM: Final = "the operation has the wrong form: left out"
_WRONG_PARAMETER: Final = "the parameter has the wrong form: left out"
_DANGLING: Final = "the parameter's reference does not resolve: left out"
_NO_URL: Final = "the path is not one of a URL: left out"


class _GroupVersionKind(TypedDict, total=False):
    group: str
    version: str
    kind: str


_Parameter = TypedDict(
    "_Parameter",
    {
        "name": Required[str],
        "in": Required[str],
        "type": str,
        "description": str,
        "items": dict[str, Any],
        "required": bool,
        "schema": dict[str, Any],
    },
    total=False,
)


class _Response(TypedDict, total=False):
    schema: dict[str, Any]


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


class PathReader:
    """Reads the operations of a document in the shape of OpenAPI 2.0.

    Args:
        schemas: Reads the schemas in them.
        parameters: The parameters that operations share, as served.
    """

    def __init__(self, schemas: SchemaReader, parameters: Mapping[str, Any]) -> None:
        self._schemas = schemas
        self._shared = parameters
        self.problems: list[Skipped] = []
        """Problems that were found."""

    def read(self, path: str, served: object) -> dict[str, Any]:
        """Read the operations of a path, without those of a wrong form."""
        item = _without_null(served)
        if not _PATH.fullmatch(path):
            self._skip(path, _NO_URL)
            return {}
        if not isinstance(item, dict):
            self._skip(f"{path}: {kind_of(item)}", _WRONG_FORM)
            return {}
        shared = list(self._parameters(item.get("parameters", []), path))
        found: dict[str, Any] = {"parameters": shared} if shared else {}
        for method in METHODS:
            if method in item:
                place = f"{method.upper()} {path}"
                operation = self._operation(item[method], place)
                if error := _error(operation, _Operation):
                    self._skip(f"{place}: {error}", _WRONG_FORM)
                else:
                    found[method] = operation
        return found

    def _operation(self, served: object, place: str) -> object:
        operation = _without_null(served)
        if not isinstance(operation, dict):
            return operation
        if "parameters" in operation:
            operation["parameters"] = list(self._parameters(operation["parameters"], place))
        if GVK in operation:
            operation[GVK] = _without_null(operation[GVK])
        if isinstance(responses := operation.get("responses"), dict):
            operation["responses"] = {
                code: self._with_schema(response, f"{place}: {code}") for code, response in responses.items()
            }
        return operation

    def _parameters(self, served: object, place: str) -> Iterator[dict[str, Any]]:
        if not isinstance(served, list):
            self._skip(f"{place}: parameters is {kind_of(served)}", _WRONG_PARAMETER)
            return
        for one in served:
            ref = one.get("$ref") if isinstance(one, dict) else None
            shared = self._shared.get(ref_name(ref, _PARAMETERS)) if isinstance(ref, str) else one
            parameter: Any = self._with_schema(shared, place)
            if shared is None and ref is not None:
                self._skip(f"{place}: {ref!r}", _DANGLING)
            elif error := _error(parameter, _Parameter):
                self._skip(f"{place}: a parameter: {error}", _WRONG_PARAMETER)
            else:
                # What is resolved by now, or no reference to a parameter.
                parameter.pop("$ref", None)
                yield parameter

    def _with_schema(self, served: object, place: str) -> object:
        """Read a parameter or a response, and the schemas in it."""
        part = _without_null(served)
        for key in ("schema", "items"):
            if isinstance(part, dict) and key in part:
                part[key] = self._schemas.read(part[key], f"{place}: {key}")
        return part

    def _skip(self, what: str, why: str) -> None:
        self.problems.append(Skipped(what=what, why=why))


def _without_null(served: object) -> Any:
    """Return a copy of an object without its nulls, which mean absent, and without keys that no keyword has."""
    if not isinstance(served, dict):
        return served
    return {key: value for key, value in served.items() if value is not None and not SURROGATE.search(key)}


def _error(value: object, shape: Any) -> str:
    try:
        msgspec.convert(value, shape)
    except msgspec.ValidationError as error:
        return str(error)
    except UnicodeEncodeError:
        return "a text is not valid Unicode"
    return ""
