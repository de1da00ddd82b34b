"""Types of schemas, as annotations."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from ..document.spec import TYPE_KEY, Schema, definition_name, is_open, speakable_fields

_INT_OR_STRING_KEY: Final = "x-kubernetes-int-or-string"
# What controller-gen says of a quantity. Several spellings of one pattern are in use.
_QUANTITY_PATTERN: Final = re.compile(r"\[KMGTPE\]i\)\|\[numkMGTPE\]")
_UNIONS: Final = ("anyOf", "oneOf")


@dataclass(frozen=True, kw_only=True, order=True)
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
    manifest: str = "Mapping[str, Any]"
    """The annotation of a manifest of it: `_core_v1.PodApply | UntypedManifest`."""

    @property
    def is_bare(self) -> bool:
        """True for what is neither a class nor unknown: a text, or a list or map."""
        return self.text != "Any" and ("[" in self.text or not self.modules)


@dataclass(frozen=True, kw_only=True)
class Type:
    """Type of a field, a parameter or a response."""

    text: str
    """Annotation: `list[core_v1.Pod]`."""
    classes: frozenset[ClassName] = frozenset()
    imports: frozenset[str] = frozenset()
    """Names that the annotation needs, of the runtime unless they have a dot: `datetime.datetime`."""
    absent: str = "None"
    """Expression for an absent value: `None`, or another where null or empty means something else."""
    is_nullable: bool = False
    """Null is a value of its own."""


# Null is kept apart from absent in fields without a type.
ANY: Final = Type(text="Any", imports=frozenset({"typing.Any"}), absent="UNSET")
# An object without declared fields may mean something even when empty (`emptyDir: {}`): absent, it is None.
OBJECT: Final = Type(text="dict[str, Any]", imports=frozenset({"typing.Any"}))


def _scalar(text: str, *imports: str, absent: str = "None") -> Type:
    return Type(text=text, imports=frozenset(imports), absent=absent)


_INT_OR_STRING: Final = _scalar("int | str")
_STRING: Final = _scalar("str")
_FORMATS: Final[Mapping[str, Type]] = {
    "byte": _scalar("bytes"),
    "date-time": _scalar("datetime", "datetime.datetime"),
}
_MARKED: Final[Mapping[str, Type]] = {
    "micro-time": _scalar("MicroTime", "MicroTime"),
    "quantity": _scalar("Quantity", "Quantity"),
    "verbatim-byte": _scalar("BytesField", "BytesField"),
    "verbatim-date-time": _scalar("TimeField", "TimeField"),
    # msgspec does not support `Raw | None`.
    "raw": _scalar("Raw", "Raw", absent="UNSET"),
}
_SCALARS: Final[Mapping[str, Type]] = {
    "integer": _scalar("int"),
    # A whole number stays whole: sent back as `1.0`, it is a change to the server.
    "number": _scalar("int | float"),
    "boolean": _scalar("bool"),
}

# Makes the class of an inline object with fields.
Hoist = Callable[[Schema], ClassName]


@dataclass(frozen=True, kw_only=True)
class Types:
    """Types of a document's schemas."""

    definitions: Mapping[str, Schema]
    classes: Mapping[str, ClassName]
    """Classes by definition. All other definitions are written out where they are used."""
    open: frozenset[ClassName]
    """Classes that keep unknown fields."""

    def of(self, schema: Schema, hoist: Hoist | None = None) -> Type:
        """Return the type of a schema.

        Args:
            schema: Any schema of the document.
            hoist: Makes the class of an inline object with fields. Without it, such an object is a `dict`.
        """
        found = self._of(schema, hoist)
        return replace(found, is_nullable=True) if schema.get("nullable") and found.text != "Any" else found

    def _of(self, schema: Schema, hoist: Hoist | None) -> Type:
        ref = schema.get("$ref")
        if ref is None and len(schema.get("allOf", ())) == 1 and "properties" not in schema:
            # Some servers wrap a reference like this to put a description beside it.
            return self.of(schema["allOf"][0], hoist)
        if ref is not None:
            name = definition_name(ref)
            cls = self.classes.get(name)
            return self._class(cls) if cls else self.of(self.definitions[name], hoist)
        if TYPE_KEY in schema:
            return _MARKED[schema[TYPE_KEY]]
        if is_quantity(schema):
            return _MARKED["quantity"]
        if is_int_or_string(schema):
            return _INT_OR_STRING
        if union := union_of(schema):
            return _scalar(" | ".join(_SCALARS.get(name, _STRING).text for name in union))
        if schema.get("properties"):
            return self._class(hoist(schema), is_open=is_open(schema)) if hoist and speakable_fields(schema) else OBJECT
        return self._by_type(schema, hoist)

    def _by_type(self, schema: Schema, hoist: Hoist | None) -> Type:
        match schema.get("type"):
            case "string":
                return _FORMATS.get(schema.get("format", ""), _STRING)
            case "integer" | "number" | "boolean" as name:
                return _SCALARS[name]
            case "array":
                return _container("list", self.of(schema.get("items", {}), hoist), absent="ABSENT_LIST")
            case "object" if isinstance(schema.get("additionalProperties"), dict):
                return _container("dict", self.of(schema["additionalProperties"], hoist), absent="ABSENT_DICT")
            case "object":
                return OBJECT
            case _:
                return ANY

    def _class(self, name: ClassName, *, is_open: bool = False) -> Type:
        is_open = is_open or name in self.open
        return Type(
            text=f"Open[{name}]" if is_open else str(name),
            classes=frozenset({name}),
            imports=frozenset({"Open"} if is_open else ()),
        )


def _container(kind: str, inner: Type, *, absent: str) -> Type:
    text = f"{inner.text} | None" if inner.is_nullable else inner.text
    return Type(
        text=f"list[{text}]" if kind == "list" else f"dict[str, {text}]",
        classes=inner.classes,
        imports=inner.imports,
        absent=absent,
    )


def is_quantity(schema: Schema) -> bool:
    """True for the quantity of a custom resource, which only its pattern tells from another int-or-string."""
    return bool(schema.get(_INT_OR_STRING_KEY)) and bool(_QUANTITY_PATTERN.search(str(schema.get("pattern", ""))))


def is_int_or_string(schema: Schema) -> bool:
    """True for a number or text, by a mark of its own."""
    return bool(schema.get(_INT_OR_STRING_KEY)) or schema.get("format") == "int-or-string"


def union_of(schema: Schema) -> tuple[str, ...]:
    """Return the types of a schema that has none itself, but whose alternatives are all scalars."""
    if "type" in schema or schema.get("properties"):
        return ()
    for union in _UNIONS:
        types = {str(one.get("type", "")) for one in schema.get(union, ())}
        if types and types <= {*_SCALARS, "string"}:
            return tuple(sorted(types))
    return ()


def is_optional(schema: Schema, wire: str) -> bool:
    """True if a field may be left out: it is not required, or the server fills in its default."""
    return wire not in schema.get("required", ()) or "default" in schema["properties"][wire]


def values_of(schema: Schema) -> list[object]:
    """Return the values of an enum, of the field itself or of its items."""
    values = schema.get("enum") or schema.get("items", {}).get("enum") or []
    return list(values)
