"""Zero values, as in Go, for null and missing fields: a second pass over data that strict decoding rejected."""

from __future__ import annotations

from typing import Any

from msgspec.inspect import (
    AnyType,
    BoolType,
    BytesType,
    CustomType,
    DateTimeType,
    DictType,
    FloatType,
    IntType,
    ListType,
    NoneType,
    StrType,
    StructType,
    Type,
    UnionType,
    type_info,
)

from .scalars import Quantity

_ZERO_TIME = "0001-01-01T00:00:00Z"


def fill_zero_values(value: Any, into: type) -> Any:
    """Return a copy of JSON data in which zero values replace each null that the type `into` does not allow."""
    return None if value is None else _fill(value, type_info(into))


def _fill(value: Any, kind: Type) -> Any:
    if value is None:
        return None if _takes_null(kind) else _zero(kind)
    if isinstance(kind, UnionType):
        # At most one member of a union is a container; the others are scalars and null.
        containers = [member for member in kind.types if isinstance(member, (StructType, ListType, DictType))]
        return _fill(value, containers[0]) if containers else value
    if isinstance(kind, StructType) and isinstance(value, dict):
        return _fill_struct(value, kind)
    if isinstance(kind, ListType) and isinstance(value, list):
        return [_fill(item, kind.item_type) for item in value]
    if isinstance(kind, DictType) and isinstance(value, dict):
        return {key: _fill(item, kind.value_type) for key, item in value.items()}
    return value


def _fill_struct(value: dict[str, Any], kind: StructType) -> dict[str, Any]:
    filled = dict(value)
    for field in kind.fields:
        name = field.encode_name
        if filled.get(name) is not None:
            filled[name] = _fill(filled[name], field.type)
        elif field.required:
            filled[name] = _fill(None, field.type)
        elif not _takes_null(field.type):
            filled.pop(name, None)
    return filled


def _takes_null(kind: Type) -> bool:
    if isinstance(kind, UnionType):
        return any(isinstance(member, NoneType) for member in kind.types)
    return isinstance(kind, (AnyType, NoneType))


def _zero(kind: Type) -> Any:
    match kind:
        case UnionType():
            return _zero(kind.types[0])
        case StructType():
            return _fill_struct({}, kind)
        case ListType():
            return []
        case DictType():
            return {}
        case StrType() | BytesType():
            return ""
        case IntType() | FloatType():
            return 0
        case BoolType():
            return False
        case DateTimeType():
            return _ZERO_TIME
        case CustomType():
            return "0" if kind.cls is Quantity else _ZERO_TIME
        case _:
            return None
