"""Zero values, as in Go, for null and missing fields: a second pass over data that strict decoding rejected."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import inspect
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
    Metadata,
    NoneType,
    RawType,
    StrType,
    StructType,
    Type,
    UnionType,
)

from .open_types import EXTRA_FIELDS, OpenType
from .scalars import ZERO_TIME, Quantity, decode_base64, normalize_time
from .verbatim import VerbatimBytes

# What a class holds takes milliseconds to find out.
_types: dict[Any, Type] = {}
_fields: dict[type[Any], dict[str, inspect.Field]] = {}


def type_info(cls: Any) -> Type:
    """`msgspec.inspect.type_info`, worked out once for each class."""
    if cls not in _types:
        _types[cls] = inspect.type_info(cls)
    return _types[cls]


def structure(kind: Type) -> Type:
    """Return the type of the class X for `Open[X]`, and a type without its own JSON Schema; any other as it is."""
    if isinstance(kind, Metadata):
        kind = kind.type
    return type_info(kind.cls.model) if isinstance(kind, CustomType) and isinstance(kind.cls, OpenType) else kind


def fields_of(kind: StructType) -> dict[str, inspect.Field]:
    """Return the fields of a class by their names in JSON."""
    if kind.cls not in _fields:
        _fields[kind.cls] = {field.encode_name: field for field in kind.fields if field.encode_name != EXTRA_FIELDS}
    return _fields[kind.cls]


def type_of_value(field: inspect.Field) -> Type:
    """Return the type of a field's values, without the None that stands for an absent field."""
    if field.default is not None or not isinstance(field.type, UnionType):
        return field.type
    return UnionType(types=tuple(member for member in field.type.types if not isinstance(member, NoneType)))


_Path = tuple[str | int, ...]

_ZERO_TIME = "0001-01-01T00:00:00Z"


def fill_zero_values(value: Any, into: type) -> tuple[Any, list[_Path]]:
    """Replace each null that the type `into` does not allow by a zero value, and normalize times and base64.

    Args:
        value: Plain JSON data.
        into: Type that it is to be read as.

    Returns:
        The new data, and the paths in it of times that were null.
    """
    filler = _Filler()
    filled = None if value is None else filler.fill(value, type_info(into), ())
    return filled, filler.null_times


def set_zero_times(obj: Any, paths: list[_Path]) -> None:
    """Put the falsy zero time at each of the paths that `fill_zero_values` returned."""
    for *parents, last in paths:
        place = obj
        for step in parents:
            place = _child(place, step)
        if isinstance(place, msgspec.Struct):
            setattr(place, _attribute(place, last), ZERO_TIME)
        else:
            place[last] = ZERO_TIME


def _child(place: Any, step: str | int) -> Any:
    return getattr(place, _attribute(place, step)) if isinstance(place, msgspec.Struct) else place[step]


def _attribute(struct: msgspec.Struct, wire: str | int) -> str:
    names = zip(struct.__struct_encode_fields__, struct.__struct_fields__, strict=True)
    return next(attribute for name, attribute in names if name == wire)


class _Filler:
    def __init__(self) -> None:
        self.null_times: list[_Path] = []

    def fill(self, value: Any, kind: Type, path: _Path) -> Any:
        if value is None:
            return None if takes_null(kind) else self._zero(kind, path)
        kind = structure(kind)
        if isinstance(kind, UnionType):
            # At most one member of a union is a container; the others are scalars and null.
            members = map(structure, kind.types)
            containers = [member for member in members if isinstance(member, (StructType, ListType, DictType))]
            if containers:
                return self.fill(value, containers[0], path)
            return _respell(value, kind.types) if isinstance(value, str) else value
        if isinstance(kind, StructType) and isinstance(value, dict):
            return self._fill_struct(value, kind, path)
        if isinstance(kind, ListType) and isinstance(value, list):
            return [self.fill(item, kind.item_type, (*path, index)) for index, item in enumerate(value)]
        if isinstance(kind, DictType) and isinstance(value, dict):
            return {key: self.fill(item, kind.value_type, (*path, key)) for key, item in value.items()}
        return _respell(value, (kind,)) if isinstance(value, str) else value

    def _fill_struct(self, value: dict[str, Any], kind: StructType, path: _Path) -> dict[str, Any]:
        filled = dict(value)
        for name, field in fields_of(kind).items():
            if filled.get(name) is not None:
                filled[name] = self.fill(filled[name], field.type, (*path, name))
            elif field.required:
                filled[name] = self.fill(None, field.type, (*path, name))
            elif not takes_null(field.type):
                filled.pop(name, None)
        return filled

    def _zero(self, kind: Type, path: _Path) -> Any:
        kind = structure(kind)
        match kind:
            case UnionType():
                return self._zero(kind.types[0], path)
            case StructType():
                return self._fill_struct({}, kind, path)
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
            case CustomType() if kind.cls is Quantity:
                return "0"
            case CustomType() if kind.cls is VerbatimBytes:
                return ""
            case CustomType() | DateTimeType():
                self.null_times.append(path)
                return _ZERO_TIME
            case _:
                return None


def _respell(text: str, kinds: Sequence[Type]) -> str:
    """The text as msgspec reads it, where the server reads more spellings."""
    for kind in kinds:
        if isinstance(kind, DateTimeType):
            return normalize_time(text)
        if isinstance(kind, BytesType):
            try:
                return b64encode(decode_base64(text)).decode()
            except ValueError:
                return text
    return text


def takes_null(kind: Type) -> bool:
    """Return True if null is a value of its own for a type."""
    if isinstance(kind, UnionType):
        return any(isinstance(member, NoneType) for member in kind.types)
    return isinstance(kind, (AnyType, NoneType, RawType))
