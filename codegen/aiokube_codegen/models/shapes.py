"""The structure of schemas as numbers: equal for schemas that one class can stand for."""

from __future__ import annotations

import json
from collections.abc import Hashable, Mapping
from typing import Final

from ..document.fixups import is_built_in
from ..document.schemas import MAX_DEPTH
from ..document.spec import TYPE_KEY, Schema, definition_name, is_open, speakable_fields
from .types import ClassName, is_int_or_string, is_optional, is_quantity, union_of, values_of

# One object, since shapes are remembered by the identity of schemas.
_NOTHING: Final[Schema] = {}


class Shapes:
    """The shapes of a document's schemas, each worked out once.

    Args:
        definitions: The document's definitions.
        classes: Classes by definition; all other definitions are looked into.
        loose: Compare with built-in definitions: those are looked into too, and what only the documentation tells
            (enums and defaults), or the spelling of quantities, makes no difference.
    """

    def __init__(
        self, definitions: Mapping[str, Schema], classes: Mapping[str, ClassName], *, loose: bool = False
    ) -> None:
        self._definitions = definitions
        self._classes = classes
        self._loose = loose
        self._numbers: dict[Hashable, int] = {}
        # With the schemas, so that none is freed and another gets its id.
        self._found: dict[int, tuple[Schema, int]] = {}
        self._open: set[str] = set()
        self._depth = 0

    def of(self, schema: Schema) -> int:
        """Return the number that equal schemas share."""
        number = self.structure(schema)
        return self._number(("nullable", number)) if schema.get("nullable") else number

    def structure(self, schema: Schema) -> int:
        """Return the number that schemas share whose values are the same, except that null may be one of them.

        Null is a matter of the field: the class is the same.
        """
        known = self._found.get(id(schema))
        if known is not None:
            return known[1]
        self._depth += 1
        number = self._of(schema)
        self._depth -= 1
        self._found[id(schema)] = schema, number
        return number

    def _of(self, schema: Schema) -> int:
        if "$ref" in schema:
            return self._of_definition(definition_name(schema["$ref"]))
        if len(schema.get("allOf", ())) == 1 and "properties" not in schema:
            return self.of(schema["allOf"][0])
        return self._number(self._key(schema))

    def _of_definition(self, name: str) -> int:
        # Definitions that need each other may be a chain that is longer than Python's stack.
        is_compared = self._loose and is_built_in(name) and self._depth <= MAX_DEPTH
        is_looked_into = name not in self._classes or is_compared
        if not is_looked_into or name in self._open:
            return self._number(("definition", name))
        self._open.add(name)
        try:
            return self.of(self._definitions[name])
        finally:
            self._open.discard(name)

    def _number(self, key: Hashable) -> int:
        return self._numbers.setdefault(key, len(self._numbers))

    def _key(self, schema: Schema) -> Hashable:
        if TYPE_KEY in schema:
            return self._scalar(schema[TYPE_KEY])
        if is_quantity(schema):
            return self._scalar("quantity")
        if is_int_or_string(schema):
            return self._scalar("int-or-string")
        if union := union_of(schema):
            return "union", union
        if fields := speakable_fields(schema):
            return "object", is_open(schema), tuple(self._field(schema, wire) for wire in sorted(fields))
        match schema.get("type"):
            case "array":
                return "list", self.of(schema.get("items", _NOTHING))
            case "object" if isinstance(schema.get("additionalProperties"), dict):
                return "map", self.of(schema["additionalProperties"])
            case "string":
                return "string", schema.get("format", "")
            case type:
                return type

    def _field(self, schema: Schema, wire: str) -> Hashable:
        child = schema["properties"][wire]
        told = () if self._loose else (tuple(map(json.dumps, values_of(child))), json.dumps(child.get("default")))
        return wire, self.of(child), is_optional(schema, wire), told

    def _scalar(self, name: str) -> Hashable:
        return "scalar", "int-or-string" if self._loose and name == "quantity" else name
