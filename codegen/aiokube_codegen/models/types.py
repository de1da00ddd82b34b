"""One schema -> one type: as an annotation, and as the plain schema that datamodel-code-generator reads."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from ..contract import RUNTIME
from ..document.spec import TYPE_KEY, Schema, definition_name, has_speakable_fields


@dataclass(frozen=True, kw_only=True)
class ClassName:
    """Where a class stands: `core_v1.Pod`."""

    module: str
    name: str

    def __str__(self) -> str:
        return f"{self.module}.{self.name}"


@dataclass(frozen=True, kw_only=True)
class TypeRef:
    """A type as an annotation outside of the models."""

    text: str
    """The annotation: `core_v1.Pod`, `dict[str, Any]`."""
    modules: frozenset[str] = frozenset()
    """The model modules that it names."""


@dataclass(frozen=True, kw_only=True)
class Type:
    """The type of a field, a parameter or a response."""

    text: str
    """The annotation: `list[core_v1.Pod]`."""
    schema: dict[str, Any]
    """What datamodel-code-generator makes the same annotation of."""
    classes: frozenset[ClassName] = frozenset()
    absent: str = "None"
    """What stands for an absent value: `None`, or the expression of a default, when the type has an empty value."""

    @property
    def nullable(self) -> bool:
        """Whether an optional field of this type needs `| None`."""
        return self.absent == "None" and self.text != "Any"


# An object that the spec leaves open may hold nothing and still mean something (`emptyDir: {}`), so it is no map that
# could be left out when it is empty.
ANY: Final = Type(text="Any", schema={})
OBJECT: Final = Type(text="dict[str, Any]", schema={"type": "object"})
_INT_OR_STRING: Final = Type(text="int | str", schema={"anyOf": [{"type": "integer"}, {"type": "string"}]})
_INTEGER: Final = Type(text="int", schema={"type": "integer"})
_NUMBER: Final = Type(text="float", schema={"type": "number"})
_BOOLEAN: Final = Type(text="bool", schema={"type": "boolean"})
_STRING: Final = Type(text="str", schema={"type": "string"})


def _imported(path: str) -> dict[str, Any]:
    return {"type": "string", "customTypePath": path}


_FORMATS: Final[Mapping[str, Type]] = {
    "byte": Type(text="bytes", schema={"type": "string", "format": "binary"}),
    "date-time": Type(text="datetime", schema=_imported("datetime.datetime")),
    "int-or-string": _INT_OR_STRING,
}
_MARKED: Final[Mapping[str, Type]] = {
    "micro-time": Type(text="MicroTime", schema=_imported(f"{RUNTIME}.MicroTime")),
    "quantity": Type(text="Quantity", schema=_imported(f"{RUNTIME}.Quantity")),
    # msgspec takes no `Raw | None`.
    "raw": Type(text="Raw", schema=_imported(f"{RUNTIME}.Raw"), absent="UNSET"),
}
_SCALARS: Final[Mapping[str, Type]] = {"integer": _INTEGER, "number": _NUMBER, "boolean": _BOOLEAN}

# Given an object with fields, the class that it becomes; None where an object without a name stays a mapping.
Hoist = Callable[[Schema], ClassName]


@dataclass(frozen=True, kw_only=True)
class Types:
    """The types of a document's schemas."""

    definitions: Mapping[str, Schema]
    classes: Mapping[str, ClassName]
    """The classes by the names of their definitions; definitions that are not here are written out where they stand."""

    def of(self, schema: Schema, hoist: Hoist | None = None) -> Type:
        """The type of a schema.

        Args:
            schema: any schema of the document.
            hoist: makes the class of an inline object with fields; without it, such an object is a `dict`.
        """
        ref = schema.get("$ref")
        if ref is None and len(schema.get("allOf", ())) == 1 and "properties" not in schema:
            # The detour that some servers take to put a description beside a reference.
            return self.of(schema["allOf"][0], hoist)
        if ref is not None:
            name = definition_name(ref)
            cls = self.classes.get(name)
            return _class(cls) if cls else self.of(self.definitions[name], hoist)
        if TYPE_KEY in schema:
            return _MARKED[schema[TYPE_KEY]]
        if schema.get("x-kubernetes-int-or-string"):
            return _INT_OR_STRING
        if schema.get("properties"):
            return _class(hoist(schema)) if hoist and has_speakable_fields(schema) else OBJECT
        return self._by_type(schema, hoist)

    def _by_type(self, schema: Schema, hoist: Hoist | None) -> Type:
        match schema.get("type"):
            case "string":
                return _FORMATS.get(schema.get("format", ""), _STRING)
            case "integer" | "number" | "boolean" as name:
                return _SCALARS[name]
            case "array":
                item = self.of(schema.get("items", {}), hoist)
                return Type(
                    text=f"list[{item.text}]",
                    schema={"type": "array", "items": item.schema},
                    classes=item.classes,
                    absent="list",
                )
            case "object" if isinstance(schema.get("additionalProperties"), dict):
                value = self.of(schema["additionalProperties"], hoist)
                return Type(
                    text=f"dict[str, {value.text}]",
                    schema={"type": "object", "additionalProperties": value.schema},
                    classes=value.classes,
                    absent="dict",
                )
            case "object":
                return OBJECT
            case _:
                # The server says nothing about it: a nullable field of a CRD arrives like this, whatever it was.
                return ANY


def _class(name: ClassName) -> Type:
    return Type(text=str(name), schema={"$ref": f"#/definitions/{name}"}, classes=frozenset({name}))
