"""Types of schemas: as annotations, and as the plain schemas that datamodel-code-generator reads."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from ..contract import RUNTIME
from ..document.spec import TYPE_KEY, Schema, definition_name, has_speakable_fields


@dataclass(frozen=True, kw_only=True)
class ClassName:
    """Module and name of a class: `core_v1.Pod`."""

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
    """Type of a field, a parameter or a response."""

    text: str
    """Annotation: `list[core_v1.Pod]`."""
    schema: dict[str, Any]
    """Schema for which datamodel-code-generator writes the same annotation."""
    classes: frozenset[ClassName] = frozenset()
    absent: str = "None"
    """Expression for an absent value: `None`, or another where null or empty means something else."""

    @property
    def nullable(self) -> bool:
        """True if an optional field of this type needs `| None`."""
        return self.absent == "None"


# Servers publish nullable fields without a type: absent is not null there.
ANY: Final = Type(text="Any", schema={}, absent="UNSET")
# An object without declared fields may mean something even when empty (`emptyDir: {}`): absent, it is None.
OBJECT: Final = Type(text="dict[str, Any]", schema={"type": "object"})
_INT_OR_STRING: Final = Type(text="int | str", schema={"anyOf": [{"type": "integer"}, {"type": "string"}]})
_INTEGER: Final = Type(text="int", schema={"type": "integer"})
# A whole number stays whole: sent back as `1.0`, it is a change to the server.
_NUMBER: Final = Type(text="int | float", schema={"anyOf": [{"type": "integer"}, {"type": "number"}]})
_BOOLEAN: Final = Type(text="bool", schema={"type": "boolean"})
_STRING: Final = Type(text="str", schema={"type": "string"})


def imported(path: str) -> dict[str, Any]:
    """Return the schema for which datamodel-code-generator imports a type."""
    return {"type": "string", "customTypePath": path}


_FORMATS: Final[Mapping[str, Type]] = {
    "byte": Type(text="bytes", schema={"type": "string", "format": "binary"}),
    "date-time": Type(text="datetime", schema=imported("datetime.datetime")),
    "int-or-string": _INT_OR_STRING,
}
_MARKED: Final[Mapping[str, Type]] = {
    "micro-time": Type(text="MicroTime", schema=imported(f"{RUNTIME}.MicroTime")),
    "quantity": Type(text="Quantity", schema=imported(f"{RUNTIME}.Quantity")),
    "verbatim-byte": Type(text="bytes", schema=imported(f"{RUNTIME}.BytesField")),
    "verbatim-date-time": Type(text="datetime", schema=imported(f"{RUNTIME}.TimeField")),
    # msgspec does not support `Raw | None`.
    "raw": Type(text="Raw", schema=imported(f"{RUNTIME}.Raw"), absent="UNSET"),
}
_SCALARS: Final[Mapping[str, Type]] = {"integer": _INTEGER, "number": _NUMBER, "boolean": _BOOLEAN}

# Makes the class of an inline object with fields.
Hoist = Callable[[Schema], ClassName]


@dataclass(frozen=True, kw_only=True)
class Types:
    """Types of a document's schemas."""

    definitions: Mapping[str, Schema]
    classes: Mapping[str, ClassName]
    """Classes by definition. All other definitions are written out where they are used."""

    def of(self, schema: Schema, hoist: Hoist | None = None) -> Type:
        """Return the type of a schema.

        Args:
            schema: Any schema of the document.
            hoist: Makes the class of an inline object with fields. Without it, such an object is a `dict`.
        """
        ref = schema.get("$ref")
        if ref is None and len(schema.get("allOf", ())) == 1 and "properties" not in schema:
            # Some servers wrap a reference like this to put a description beside it.
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
                    absent="ABSENT_LIST",
                )
            case "object" if isinstance(schema.get("additionalProperties"), dict):
                value = self.of(schema["additionalProperties"], hoist)
                return Type(
                    text=f"dict[str, {value.text}]",
                    schema={"type": "object", "additionalProperties": value.schema},
                    classes=value.classes,
                    absent="ABSENT_DICT",
                )
            case "object":
                return OBJECT
            case _:
                return ANY


def _class(name: ClassName) -> Type:
    return Type(text=str(name), schema={"$ref": f"#/definitions/{name}"}, classes=frozenset({name}))
