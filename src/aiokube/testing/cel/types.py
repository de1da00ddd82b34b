"""Types of CEL, those of the values of a schema among them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from .syntax import RESERVED

Kind = Literal[
    "bool",
    "int",
    "double",
    "string",
    "bytes",
    "timestamp",
    "duration",
    "null_type",
    "type",
    "dyn",
    "list",
    "map",
    "object",
    "optional",
    "quantity",
    "format",
    "ip",
    "url",
    "variable",
]

_NAME = re.compile(r"[a-zA-Z_./-][a-zA-Z0-9_./-]*")
_ESCAPED = {"__": "__underscores__", ".": "__dot__", "-": "__dash__", "/": "__slash__"}


@dataclass(frozen=True)
class Type:
    """A type."""

    kind: Kind
    name: str = ""
    """Of a variable in a signature."""
    parts: tuple[Type, ...] = ()
    """Type of the items of a list; of keys and values of a map."""
    fields: Mapping[str, Type] = field(default_factory=dict, hash=False, compare=False)
    """Of an object, by their names in CEL."""
    names: Mapping[str, str] = field(default_factory=dict, hash=False, compare=False)
    """The names in JSON of fields, by those in CEL."""
    relation: str = ""
    """`set` or `map` for a list whose order means nothing."""
    keys: tuple[str, ...] = ()
    """Of a list that is a map."""

    def __str__(self) -> str:
        """The type as errors name it."""
        if self.parts:
            kind = "optional_type" if self.kind == "optional" else self.kind
            return f"{kind}({', '.join(map(str, self.parts))})"
        return {"timestamp": "google.protobuf.Timestamp", "duration": "google.protobuf.Duration"}.get(
            self.kind, self.name or self.kind
        )


BOOL, INT, DOUBLE, STRING = Type("bool"), Type("int"), Type("double"), Type("string")
NULL, DYN, TYPE = Type("null_type"), Type("dyn"), Type("type")
TIMESTAMP, DURATION = Type("timestamp"), Type("duration")


def optional_of(found: Type) -> Type:
    """Return the type of values that may be missing."""
    return Type("optional", parts=(found,))


def list_of(item: Type) -> Type:
    """Return the type of a list."""
    return Type("list", parts=(item,))


def matches(pattern: Type, found: Type, bound: dict[str, Type]) -> bool:
    """Return True if a value of a type may stand where a signature has a pattern.

    Args:
        pattern: A type, maybe with variables.
        found: The type of the value.
        bound: What the variables stand for; it is extended.
    """
    if pattern.kind == "variable":
        known = bound.setdefault(pattern.name, found)
        if known.kind == "dyn":
            bound[pattern.name] = found
        return matches(known, found, {}) or matches(found, known, {})
    if "dyn" in (pattern.kind, found.kind):
        return True
    if pattern.kind != found.kind or len(pattern.parts) != len(found.parts):
        return False
    if pattern.kind == "object":
        return pattern.fields.keys() == found.fields.keys()
    return all(matches(one, other, bound) for one, other in zip(pattern.parts, found.parts, strict=True))


def type_of_schema(schema: Mapping[str, Any], *, root: bool = False) -> Type | None:
    """Return the type of the values of a schema; None if rules cannot see them.

    Args:
        schema: The schema.
        root: It is that of a resource, with the metadata that rules may see.
    """
    if schema.get("x-kubernetes-int-or-string"):
        return DYN
    match schema.get("type"):
        case "array":
            items = schema.get("items") or {}
            item = type_of_schema(items, root=bool(items.get("x-kubernetes-embedded-resource")))
            relation = schema.get("x-kubernetes-list-type", "")
            keys = tuple(schema.get("x-kubernetes-list-map-keys") or ())
            is_ordered = relation not in ("set", "map")
            return item and Type("list", parts=(item,), relation="" if is_ordered else relation, keys=keys)
        case "object":
            return _type_of_object(schema, root=root)
        case "string":
            formats = {"byte": Type("bytes"), "duration": DURATION, "date": TIMESTAMP, "date-time": TIMESTAMP}
            return formats.get(schema.get("format", ""), STRING)
        case "boolean":
            return BOOL
        case "number":
            return DOUBLE
        case "integer":
            return INT
    return None


def _type_of_object(schema: Mapping[str, Any], *, root: bool) -> Type | None:
    if isinstance(values := schema.get("additionalProperties"), Mapping):
        value = type_of_schema(values, root=bool(values.get("x-kubernetes-embedded-resource")))
        return value and Type("map", parts=(STRING, value))
    properties = dict(schema.get("properties") or {})
    if root:
        text = {"type": "string"}
        metadata = {"type": "object", "properties": {"name": text, "generateName": text}}
        properties |= {"apiVersion": text, "kind": text, "metadata": metadata}
    fields, names = {}, {}
    for name, one in properties.items():
        found = type_of_schema(one, root=bool(one.get("x-kubernetes-embedded-resource")))
        if found is not None and (escaped := escape(name)):
            fields[escaped], names[escaped] = found, name
            if name in RESERVED:
                # It is known by its own name, too.
                fields[name], names[name] = found, name
    return Type("object", fields=fields, names=names)


def escape(name: str) -> str:
    """Return the name that a field has in CEL; empty if it has none."""
    if name in RESERVED or name in ("true", "false", "null", "in"):
        return f"__{name}__"
    return re.sub(r"__|[./-]", lambda found: _ESCAPED[found[0]], name) if _NAME.fullmatch(name) else ""
