"""Schemas as the code after relies on them: what is wrong with one costs that one its type, and is named."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from ..skipped import Skipped
from .aliases import Reading, Reference, find_endless, pass_over_names
from .parse import kind_of
from .spec import COMPONENTS, DEFINITIONS, GVK, TYPE_KEY, Schema, definition_ref, ref_name

MAX_DEPTH: Final = 50
"""Schemas around a schema, those of aliases included, down to which types are read; in real CRDs there are 18."""

_TYPES: Final = ("array", "boolean", "integer", "number", "object", "string")
_IGNORABLE: Final[Mapping[str, type | tuple[type, ...]]] = {
    "additionalProperties": (dict, bool),
    "description": str,
    "enum": list,
    "format": str,
    "nullable": bool,
    "required": list,
    GVK: list,
}
"""Keywords that a schema is understood without, by the types that they must have."""
_NEEDED: Final[Mapping[str, type]] = {"properties": dict, "allOf": list, "anyOf": list, "oneOf": list}
"""Keywords that a schema is not understood without."""
_DATA: Final = ("default", "enum")
"""Keywords with values of any structure."""
SURROGATE: Final = re.compile("[\ud800-\udfff]")
"""Half a character, which no encoding has."""

_NO_SCHEMA: Final = "the schema has the wrong form: typed as Any"
_DANGLING: Final = "the reference does not resolve: typed as Any"
_TOO_DEEP: Final = f"the schema is nested deeper than {MAX_DEPTH} schemas: typed as Any"
_REPEATS: Final = "the definition repeats itself without an end: typed as Any"
_IGNORED: Final = "the keyword has the wrong type: ignored"
_DEEP_DATA: Final = f"the value is nested deeper than {MAX_DEPTH} lists and objects: ignored"
_NOT_UNICODE: Final = "the name is not valid Unicode: left out"


class SchemaReader:
    """Reads the schemas of a document: in the shape of OpenAPI 2.0, whichever version it has.

    Args:
        definitions: The document's definitions, as served.
    """

    def __init__(self, definitions: Mapping[str, Any]) -> None:
        self._served = definitions
        self._skipped: set[Skipped] = set()
        self._reading = Reading()
        self._pending: set[str] = set()

    @property
    def problems(self) -> tuple[Skipped, ...]:
        """Problems that were found, sorted by reason."""
        return tuple(sorted(self._skipped, key=lambda one: (one.why, one.what)))

    def read(self, node: object, place: str) -> dict[str, Any]:
        """Read the schema of an operation.

        Args:
            node: The schema as served.
            place: Where it is, for reports.
        """
        return self._read(node, place, 0)

    def read_definitions(self, names: Iterable[str]) -> dict[str, Schema]:
        """Read definitions, and all that they and the schemas read before refer to."""
        self._pending.update(names)
        of_operations = self._reading
        found: dict[str, dict[str, Any]] = {}
        readings: dict[str, Reading] = {}
        while self._pending:
            name = self._pending.pop()
            if name not in found and not SURROGATE.search(name):
                self._reading = readings[name] = Reading()
                found[name] = self._read(self._served[name], name, 0)
        definitions = {name: found[name] for name in sorted(found)}
        references = [one for reading in (of_operations, *readings.values()) for one in reading.references]
        self._cut(list(pass_over_names(definitions, references)), _REPEATS)
        repeating, too_deep = find_endless(definitions, readings, max_depth=MAX_DEPTH)
        self._cut(repeating, _REPEATS)
        self._cut(too_deep, _TOO_DEEP)
        return dict(definitions)

    def _cut(self, references: Iterable[Reference], why: str) -> None:
        for reference in references:
            kept = self._any(reference.schema, f"{reference.place}: {reference.target}", why)
            reference.schema.clear()
            reference.schema.update(kept)

    def _read(self, node: object, place: str, depth: int) -> dict[str, Any]:
        if not isinstance(node, dict):
            return self._any(node, f"{place}: {kind_of(node)}", _NO_SCHEMA)
        if depth > MAX_DEPTH:
            return self._any(node, f"{place[:120]}...", _TOO_DEEP)
        self._reading.depth = max(self._reading.depth, depth)
        # Null means absent.
        schema = {key: value for key, value in node.items() if value is not None and key != TYPE_KEY}
        for key, expected in _IGNORABLE.items():
            if key in schema and not isinstance(schema[key], expected):
                self._skip(f"{place}: {key} is {kind_of(schema[key])}", _IGNORED)
                del schema[key]
        for key in _DATA:
            if key in schema and _is_deep(schema[key]):
                self._skip(f"{place}: {key}", _DEEP_DATA)
                del schema[key]
        for key, expected in _NEEDED.items():
            if key in schema and not isinstance(schema[key], expected):
                return self._any(node, f"{place}: {key} is {kind_of(schema[key])}", _NO_SCHEMA)
        if isinstance(schema.get("type"), list):
            schema = _with_one_type(schema)
        if schema.get("type", "object") not in _TYPES:
            return self._any(node, f"{place}: type is {schema['type']!r}", _NO_SCHEMA)
        if "$ref" in schema:
            return self._reference(schema, place, depth)
        if "required" in schema:
            schema["required"] = [name for name in schema["required"] if isinstance(name, str)]
        if GVK in schema:
            schema[GVK] = [gvk for gvk in map(_group_version_kind, schema[GVK]) if gvk]
        return self._children(schema, place, depth)

    def _reference(self, schema: dict[str, Any], place: str, depth: int) -> dict[str, Any]:
        ref = schema["$ref"]
        prefix = next((one for one in (DEFINITIONS, COMPONENTS) if isinstance(ref, str) and ref.startswith(one)), None)
        name = ref_name(ref, prefix) if prefix else None
        if name is None or name not in self._served or SURROGATE.search(name):
            return self._any(schema, f"{place}: {ref!r}", _DANGLING)
        schema["$ref"] = definition_ref(name)
        self._reading.references.append(Reference(schema=schema, place=place, depth=depth))
        self._pending.add(name)
        return schema

    def _children(self, schema: dict[str, Any], place: str, depth: int) -> dict[str, Any]:
        if "properties" in schema:
            schema["properties"] = dict(self._properties(schema["properties"], place, depth))
        if "items" in schema:
            schema["items"] = self._read(schema["items"], f"{place}[]", depth + 1)
        if isinstance(schema.get("additionalProperties"), dict):
            schema["additionalProperties"] = self._read(schema["additionalProperties"], f"{place}{{}}", depth + 1)
        for key in ("allOf", "anyOf", "oneOf"):
            if key in schema:
                schema[key] = [self._read(child, f"{place} {key}", depth + 1) for child in schema[key]]
        if "properties" not in schema and len(schema.get("allOf", ())) == 1:
            # The way to put a description or a default beside a reference.
            only: dict[str, Any] = schema.pop("allOf")[0]
            only.update(schema)
            return only
        return schema

    def _properties(
        self, properties: Mapping[str, object], place: str, depth: int
    ) -> Iterator[tuple[str, dict[str, Any]]]:
        for name, child in properties.items():
            if SURROGATE.search(name):
                self._skip(f"{place}.{name}", _NOT_UNICODE)
            else:
                yield name, self._read(child, f"{place}.{name}", depth + 1)

    def _any(self, node: object, what: str, why: str) -> dict[str, Any]:
        self._skip(what, why)
        description = node.get("description") if isinstance(node, dict) else None
        return {"description": description} if isinstance(description, str) else {}

    def _skip(self, what: str, why: str) -> None:
        self._skipped.add(Skipped(what=what, why=why))


def _with_one_type(schema: Mapping[str, Any]) -> dict[str, Any]:
    """A list of types, which later versions of OpenAPI have, in the words of 3.0."""
    types = [name for name in schema["type"] if name != "null"]
    found = {key: value for key, value in schema.items() if key != "type"}
    if len(types) < len(schema["type"]):
        found["nullable"] = True
    if len(types) == 1:
        return {**found, "type": types[0]}
    return {**found, "anyOf": [{"type": name} for name in types]}


def _group_version_kind(gvk: object) -> dict[str, str] | None:
    if not isinstance(gvk, dict):
        return None
    found = {key: gvk.get(key) or "" for key in ("group", "version", "kind")}
    return found if all(isinstance(text, str) and not SURROGATE.search(text) for text in found.values()) else None


def _is_deep(value: object) -> bool:
    """True for data that later steps could not read."""
    level = [value]
    for _ in range(MAX_DEPTH + 1):
        level = [
            inner
            for one in level
            if isinstance(one, (dict, list))
            for inner in (one.values() if isinstance(one, dict) else one)
        ]
    return bool(level)
