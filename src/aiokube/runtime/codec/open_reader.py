"""Reading of open classes: the fields that are known, by their types, and the others as they are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import msgspec
from msgspec.inspect import DictType, ListType, RawType, StructType, Type, UnionType

from .class_lock import making_classes
from .open_types import EXTRA_FIELDS
from .zero_values import type_info

T = TypeVar("T")

Hook = Callable[[type, Any], Any]

# For each class the fields that it knows, by their names in JSON, with a decoder for those that hold raw JSON.
_fields: dict[type[Any], dict[str, msgspec.json.Decoder[Any] | None]] = {}


def read_open(cls: type[T], data: object, hook: Hook) -> T:
    """Make an object of an open class.

    Args:
        cls: The class.
        data: Plain JSON data.
        hook: Reads types that msgspec does not know.

    Raises:
        ValidationError: The data is not a mapping, or a known field does not fit its type.
    """
    if not isinstance(data, dict):
        raise msgspec.ValidationError(f"Expected `object`, got `{type(data).__name__}`")
    fields = _fields.get(cls)
    if fields is None:
        with making_classes:
            # `convert` looks at the class without the lock, so a decoder looks at it before.
            msgspec.json.Decoder(cls, dec_hook=hook)
            fields = _fields[cls] = _known_fields(cls, hook)
    known: dict[str, Any] = {}
    extra: dict[str, Any] = {}
    for name, value in data.items():
        if name not in fields:
            extra[name] = value
        elif decoder := fields[name]:
            # Plain data cannot be converted to raw JSON.
            known[name] = decoder.decode(msgspec.json.encode(value))
        else:
            known[name] = value
    obj: Any = msgspec.convert(known, cls, dec_hook=hook)
    if extra:
        obj.extra_fields = extra
    result: T = obj
    return result


def _known_fields(cls: type[Any], hook: Hook) -> dict[str, msgspec.json.Decoder[Any] | None]:
    kind = type_info(cls)
    assert isinstance(kind, StructType)
    return {
        field.encode_name: msgspec.json.Decoder(info.type, dec_hook=hook) if _holds_raw(field.type, set()) else None
        for field, info in zip(kind.fields, msgspec.structs.fields(cls), strict=True)
        if field.encode_name != EXTRA_FIELDS
    }


def _holds_raw(kind: Type, seen: set[type[Any]]) -> bool:
    """Return True for a type that holds raw JSON outside of open classes."""
    match kind:
        case RawType():
            return True
        case UnionType():
            return any(_holds_raw(member, seen) for member in kind.types)
        case ListType():
            return _holds_raw(kind.item_type, seen)
        case DictType():
            return _holds_raw(kind.value_type, seen)
        case StructType() if kind.cls not in seen:
            seen.add(kind.cls)
            return any(_holds_raw(field.type, seen) for field in kind.fields)
        case _:
            return False
