"""Values: JSON data, and what formats make of it. Equality, order and arithmetic of CEL."""

from __future__ import annotations

import base64
import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from .errors import CelUnsupported, EvaluationError
from .types import Type

_MOST = (1 << 63) - 1
_DURATION = re.compile(r"[+-]?(?:(?:\d++\.?\d*+|\.\d++)(?:h|ms|us|µs|ns|m|s))+|[+-]?0", re.ASCII)
_UNITS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "ns": 1e-9}


@dataclass(frozen=True)
class TypeName:
    """A type as a value, which `type(x)` returns."""

    name: str


@dataclass(frozen=True)
class Optional:
    """A value that may be missing."""

    present: bool
    value: Any = None


class Quantity(Decimal):
    """A quantity, such as `1Gi`."""


def seen(value: Any, found: Type) -> Any:
    """Return a value of a schema as rules see it."""
    if isinstance(value, str):
        if found.kind == "timestamp":
            return to_timestamp(value)
        if found.kind == "duration":
            return to_duration(value)
        if found.kind == "bytes":
            return to_bytes(value)
    return value


def to_bytes(text: str) -> bytes:
    """Decode what the format `byte` has."""
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        raise EvaluationError("illegal base64 data") from None


def to_timestamp(text: str) -> datetime:
    """Parse a time of RFC 3339, or a date."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise EvaluationError("type conversion error from 'string' to 'google.protobuf.Timestamp'") from None
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)


def to_duration(text: str) -> timedelta:
    """Parse a duration of Go, such as `1h30m`."""
    if not _DURATION.fullmatch(text):
        raise EvaluationError("type conversion error from 'string' to 'google.protobuf.Duration'")
    parts = re.findall(r"(\d+\.?\d*|\.\d+)(h|ms|us|µs|ns|m|s)", text)
    total = timedelta(seconds=sum(float(number) * _UNITS[unit] for number, unit in parts))
    return -total if text.startswith("-") else total


def type_name(value: Any) -> str:
    """Return the name of the type of a value."""
    names: dict[type, str] = {
        bool: "bool",
        int: "int",
        float: "double",
        str: "string",
        list: "list",
        dict: "map",
        datetime: "google.protobuf.Timestamp",
        timedelta: "google.protobuf.Duration",
        TypeName: "type",
        bytes: "bytes",
        Optional: "optional",
        Quantity: "quantity",
    }
    return names.get(type(value), "null_type")


def equal(one: Any, other: Any, found: Type) -> bool:
    """Return True if two values of a type are the same."""
    if isinstance(one, bool) != isinstance(other, bool):
        return False
    if isinstance(one, list) and isinstance(other, list):
        return _equal_lists(one, other, found)
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(equal(one[key], other[key], _part(found, key)) for key in one)
    return bool(one == other)


def _part(found: Type, key: str) -> Type:
    if found.kind == "object":
        in_cel = {name: escaped for escaped, name in found.names.items()}
        return found.fields.get(in_cel.get(key, ""), _ANY)
    return found.parts[-1] if found.parts else _ANY


_ANY = Type("dyn")


def _equal_lists(one: list[Any], other: list[Any], found: Type) -> bool:
    item = found.parts[0] if found.parts else _ANY
    if len(one) != len(other):
        return False
    if not found.relation:
        return all(equal(left, right, item) for left, right in zip(one, other, strict=True))
    return all(any(equal(left, right, item) for right in other) for left in one)


def compare(name: str) -> Callable[[Any, Any], bool]:
    """Return the function of `<`, `<=`, `>` or `>=`."""
    function: Callable[[Any, Any], bool] = {
        "<": operator.lt,
        "<=": operator.le,
        ">": operator.gt,
        ">=": operator.ge,
    }[name]

    def ordered(one: Any, other: Any) -> bool:
        if type_name(one) != type_name(other) and not (_is_number(one) and _is_number(other)):
            raise EvaluationError("no such overload")
        if type_name(one) in ("list", "map", "null_type", "type"):
            raise EvaluationError("no such overload")
        return function(one, other)

    return ordered


def _is_number(value: Any) -> bool:
    return type(value) in (int, float)


def _whole(value: Any) -> Any:
    """Return a result of arithmetic, if it has room in 64 bits."""
    if type(value) is int and not -_MOST - 1 <= value <= _MOST:
        raise EvaluationError("integer overflow")
    return value


def add(one: Any, other: Any) -> Any:
    """Return a sum; of strings and lists, one after the other."""
    return _whole(one + other)


def subtract(one: Any, other: Any) -> Any:
    """Return a difference."""
    return _whole(one - other)


def multiply(one: Any, other: Any) -> Any:
    """Return a product."""
    return _whole(one * other)


def divide(one: Any, other: Any) -> Any:
    """Return a quotient; of integers, without its fraction."""
    if isinstance(one, float):
        if other:
            return one / other
        raise CelUnsupported("a division of a double by zero in CEL")
    if not other:
        raise EvaluationError("division by zero")
    quotient = abs(one) // abs(other)
    return _whole(quotient if (one < 0) == (other < 0) else -quotient)


def remainder(one: int, other: int) -> int:
    """Return the rest of a division, with the sign of the first."""
    if not other:
        raise EvaluationError("modulus by zero")
    rest = abs(one) % abs(other)
    return -rest if one < 0 else rest


def negate(value: Any) -> Any:
    """Return the opposite of a number."""
    return _whole(-value)


def field_of(value: Any, name: str) -> Any:
    """Return a field of an object, or the value of a key."""
    if isinstance(value, Optional):
        return field_if_present(value, name)
    if not isinstance(value, Mapping):
        raise EvaluationError("no such overload")
    if name not in value:
        raise EvaluationError(f"no such key: {name}")
    return value[name]


def field_if_present(value: Any, name: str) -> Optional:
    """Return a field of an object, or of one that may be missing, if it is there."""
    if isinstance(value, Optional):
        return field_if_present(value.value, name) if value.present else value
    if not isinstance(value, Mapping):
        raise EvaluationError("no such overload")
    return Optional(True, value[name]) if name in value else Optional(False)


def item_of(value: Any, index: Any) -> Any:
    """Return an item of a list, or the value of a key."""
    if isinstance(value, list):
        if type(index) is not int:
            raise EvaluationError("no such overload")
        if not 0 <= index < len(value):
            raise EvaluationError(f"index out of bounds: {index}")
        return value[index]
    return field_of(value, index)
