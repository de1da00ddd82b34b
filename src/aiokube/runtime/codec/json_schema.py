"""`schema`: the JSON Schema of the manifests of a class."""

from __future__ import annotations

import inspect
from typing import Any, Final

from msgspec import NODEFAULT
from msgspec.inspect import (
    BoolType,
    BytesType,
    CustomType,
    DateTimeType,
    DictType,
    Field,
    FloatType,
    IntType,
    ListType,
    NoneType,
    StrType,
    StructType,
    Type,
    UnionType,
)

from ..errors import InvalidArgument
from ..public import public
from .model import Model
from .open_types import is_open
from .problems import may_be_null, may_lack_fields
from .scalars import BASE64_SCHEMA, QUANTITY_SCHEMA, TIME_SCHEMA, Quantity
from .verbatim import VerbatimBytes
from .zero_values import fields_of, structure, type_info, type_of_value

_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_CUSTOM: Final = {Quantity: QUANTITY_SCHEMA, VerbatimBytes: BASE64_SCHEMA}
"""Schemas of the types that msgspec does not know; the others are times."""


@public("aiokube")
def schema(cls: type[Model]) -> dict[str, Any]:
    """Return the JSON Schema, of draft 2020-12, of the manifests that `from_dict` takes.

    Fields have their names in JSON. `apiVersion` and `kind` may be left out, as in manifests; null stands for any field
    that may be left out; and a status may lack required fields. Unknown fields are allowed in open classes alone.

    Args:
        cls: A class of the models: of a kind, or of a part of one.

    Raises:
        InvalidArgument: `cls` is not a class of models.
    """
    if not (isinstance(cls, type) and issubclass(cls, Model)):
        raise InvalidArgument(f"cls is {cls!r:.80}; pass a class of the models, such as core_v1.Pod")
    return Definitions().schema_of(cls)


class Definitions:
    """The schemas of classes, each under a name.

    Args:
        prefix: What references to them begin with.
    """

    def __init__(self, prefix: str = "#/$defs/") -> None:
        self._prefix = prefix
        self._names: dict[tuple[type[Any], bool], str] = {}
        self.found: dict[str, dict[str, Any]] = {}

    def schema_of(self, cls: type[Model]) -> dict[str, Any]:
        """Return the schema of a class, with those that it refers to."""
        reference = self._of(type_info(cls))
        return {"$schema": _DIALECT, **reference, "$defs": dict(sorted(self.found.items()))}

    def _of(self, kind: Type, *, partial: bool = False) -> dict[str, Any]:
        kind = structure(kind)
        match kind:
            case StructType():
                return {"$ref": f"{self._prefix}{self._name(kind, partial=partial)}"}
            case UnionType():
                return _union([self._of(member, partial=partial) for member in kind.types])
            case ListType():
                return {"type": "array", "items": self._of(kind.item_type, partial=partial)}
            case DictType():
                return {"type": "object", "additionalProperties": self._of(kind.value_type, partial=partial)}
            case StrType():
                return {"type": "string"}
            case IntType():
                return {"type": "integer"}
            case FloatType():
                return {"type": "number"}
            case BoolType():
                return {"type": "boolean"}
            case NoneType():
                return {"type": "null"}
            case BytesType():
                return {**BASE64_SCHEMA}
            case DateTimeType():
                return {**TIME_SCHEMA}
            case CustomType():
                return {**_CUSTOM.get(kind.cls, TIME_SCHEMA)}
            case _:
                return {}

    def _name(self, kind: StructType, *, partial: bool) -> str:
        key = kind.cls, partial
        if key not in self._names:
            module = kind.cls.__module__
            title = f"{kind.cls.__name__}{'.partial' if partial else ''}"
            short = f"{module.rpartition('.')[2]}.{title}"
            self._names[key] = name = f"{module}.{title}" if short in self.found else short
            self.found[name] = {}  # a class may need itself
            self.found[name] = self._object(kind, partial=partial)
        return self._names[key]

    def _object(self, kind: StructType, *, partial: bool) -> dict[str, Any]:
        fields = fields_of(kind)
        found: dict[str, Any] = {"title": kind.cls.__name__, "type": "object"}
        if text := inspect.getdoc(kind.cls):
            found["description"] = text
        found["properties"] = {
            name: self._field(field, partial=partial or may_lack_fields(name, fields)) for name, field in fields.items()
        }
        if not partial and (required := [name for name, field in fields.items() if field.required]):
            found["required"] = required
        if not is_open(kind.cls):
            found["additionalProperties"] = False
        return found

    def _field(self, field: Field, *, partial: bool) -> dict[str, Any]:
        if field.default_factory is not NODEFAULT:
            return {"enum": [field.default_factory(), None]}
        found = self._of(type_of_value(field), partial=partial)
        return _or_null(found) if partial or may_be_null(field) else found


def _or_null(found: dict[str, Any]) -> dict[str, Any]:
    """The schema of what may be null, too."""
    if not found:
        return found
    if "anyOf" in found:
        return found if {"type": "null"} in found["anyOf"] else {"anyOf": [*found["anyOf"], {"type": "null"}]}
    if "type" not in found:
        return {"anyOf": [found, {"type": "null"}]}
    types = found["type"] if isinstance(found["type"], list) else [found["type"]]
    return found if "null" in types else {**found, "type": [*types, "null"]}


def _union(members: list[dict[str, Any]]) -> dict[str, Any]:
    """The schema of one of several; of simple types, as a list of them."""
    if len(members) == 1:
        return members[0]
    types = [member["type"] for member in members if member.keys() == {"type"}]
    if "number" in types and "integer" in types:
        types.remove("integer")
    if len(types) == len(members) or (types == ["number"] and len(members) == 2):
        return {"type": types[0] if len(types) == 1 else types}
    return {"anyOf": members}
