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
from .scalars import QUANTITY_PATTERN, Quantity
from .verbatim import VerbatimBytes
from .zero_values import fields_of, structure, type_info, type_of_value

_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_BASE64: Final = {"type": "string", "contentEncoding": "base64"}
_QUANTITY: Final = {"type": ["string", "number"], "pattern": QUANTITY_PATTERN}
_TIME: Final = {"type": "string", "format": "date-time"}


@public("aiokube")
def schema(cls: type[Model]) -> dict[str, Any]:
    """Return the JSON Schema, of draft 2020-12, of the manifests that `from_dict` takes.

    Fields have their names in JSON. `apiVersion` and `kind` may be left out, as in manifests. Unknown fields are
    allowed in open classes alone, and null only where it is a value of its own.

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
        self._names: dict[type[Any], str] = {}
        self.found: dict[str, dict[str, Any]] = {}

    def schema_of(self, cls: type[Model]) -> dict[str, Any]:
        """Return the schema of a class, with those that it refers to."""
        reference = self._of(type_info(cls))
        return {"$schema": _DIALECT, **reference, "$defs": dict(sorted(self.found.items()))}

    def _of(self, kind: Type) -> dict[str, Any]:
        kind = structure(kind)
        match kind:
            case StructType():
                return {"$ref": f"{self._prefix}{self._name(kind)}"}
            case UnionType():
                return _union([self._of(member) for member in kind.types])
            case ListType():
                return {"type": "array", "items": self._of(kind.item_type)}
            case DictType():
                return {"type": "object", "additionalProperties": self._of(kind.value_type)}
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
                return {**_BASE64}
            case DateTimeType():
                return {**_TIME}
            case CustomType():
                return {**(_QUANTITY if kind.cls is Quantity else _BASE64 if kind.cls is VerbatimBytes else _TIME)}
            case _:
                return {}

    def _name(self, kind: StructType) -> str:
        cls = kind.cls
        if cls not in self._names:
            module = cls.__module__
            short = f"{module.rpartition('.')[2]}.{cls.__name__}"
            self._names[cls] = name = f"{module}.{cls.__name__}" if short in self.found else short
            self.found[name] = {}  # a class may need itself
            self.found[name] = self._object(kind)
        return self._names[cls]

    def _object(self, kind: StructType) -> dict[str, Any]:
        fields = fields_of(kind)
        found: dict[str, Any] = {"title": kind.cls.__name__, "type": "object"}
        if text := inspect.getdoc(kind.cls):
            found["description"] = text
        found["properties"] = {name: self._field(field) for name, field in fields.items()}
        if required := [name for name, field in fields.items() if field.required]:
            found["required"] = required
        if not is_open(kind.cls):
            found["additionalProperties"] = False
        return found

    def _field(self, field: Field) -> dict[str, Any]:
        if field.default_factory is not NODEFAULT:
            return {"type": "string", "const": field.default_factory()}
        return self._of(type_of_value(field))


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
