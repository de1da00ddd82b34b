"""The operations of a document, as a person looks them up."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..document.path_checks import METHODS
from ..document.spec import Schema, Spec
from ..methods.paths import Path, parse_path
from .catalog import FieldType, Operation, Parameter
from .types import TypeReader

_TYPES = ("200", "201", "202")


class OperationIndex:
    """The operations of a document by their HTTP calls, as methods name them.

    Args:
        spec: The document.
        types: Reads the types of parameters and responses.
    """

    def __init__(self, spec: Spec, types: TypeReader) -> None:
        self._types = types
        self._by_resource: dict[tuple[str, str, str], list[Operation]] = {}
        self.ids: dict[str, str] = {}
        """operationIds by HTTP call, `GET /api/v1/pods`."""
        for text, item in sorted(spec.paths.items()):
            path = parse_path(text)
            if path is not None:
                self._add(path, item)

    def of_resource(self, group: str, version: str, plural: str) -> tuple[Operation, ...]:
        """Return the operations of a resource."""
        found = self._by_resource.get((group, version, plural), [])
        return tuple(sorted(found, key=lambda one: (one.subresource, one.path, METHODS.index(one.http_method.lower()))))

    def _add(self, path: Path, item: Mapping[str, Any]) -> None:
        for http_method in METHODS:
            if http_method not in item:
                continue
            said: Mapping[str, Any] = item[http_method]
            operation_id = str(said.get("operationId") or "")
            self.ids[f"{http_method.upper()} {path.template}"] = operation_id
            if path.group is None or not path.plural or not path.version:
                continue
            operation = Operation(
                id=operation_id,
                verb=str(said.get("x-kubernetes-action") or ""),
                http_method=http_method.upper(),
                path=path.template,
                subresource=path.subresource,
                description=" ".join(str(said.get("description") or "").split()),
                parameters=tuple(self._parameters(item, said)),
                response=self._response(said),
                is_deprecated=said.get("deprecated") is True,
            )
            self._by_resource.setdefault((path.group, path.version, path.plural), []).append(operation)

    def _parameters(self, item: Mapping[str, Any], operation: Mapping[str, Any]) -> Iterator[Parameter]:
        found: dict[tuple[str, str], Mapping[str, Any]] = {}
        for one in (*item.get("parameters", ()), *operation.get("parameters", ())):
            found[one.get("in", ""), one["name"]] = one
        for place in ("path", "query", "body"):
            for (where, name), one in sorted(found.items()):
                if where == place:
                    schema: Schema = one.get("schema", {}) if place == "body" else one
                    yield Parameter(
                        name=name,
                        place=place,
                        type=self._type(schema),
                        is_required=place == "path" or one.get("required") is True,
                        description=str(one.get("description") or "").strip(),
                    )

    def _response(self, operation: Mapping[str, Any]) -> FieldType | None:
        responses = operation.get("responses", {})
        schema = next(filter(None, (responses.get(code, {}).get("schema") for code in _TYPES)), None)
        return None if schema is None else self._type(schema)

    def _type(self, schema: Schema) -> FieldType:
        return self._types.of(schema)
