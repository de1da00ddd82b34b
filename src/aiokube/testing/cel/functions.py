"""The functions that expressions may call, by their signatures."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from itertools import islice, pairwise
from typing import Any, NamedTuple

from ..regular.errors import ExpressionError, ExpressionUnsupported
from ..regular.program import Program, compiled
from .errors import CelUnsupported, EvaluationError
from .library import LIBRARY
from .types import Type
from .values import (
    TypeName,
    add,
    compare,
    divide,
    equal,
    multiply,
    negate,
    remainder,
    subtract,
    to_duration,
    to_timestamp,
)
from .values import type_name as name_of_type

_ANY = Type("dyn")

# Zeros aside, no more digits are in a number of 64 bits.
_INTEGER = re.compile(r"[+-]?0{0,999}[0-9]{1,19}")
_DIGITS = "[0-9](?:_?[0-9])*+"
_DECIMAL = re.compile(
    rf"[+-]?(?:{_DIGITS}\.?(?:{_DIGITS})?|\.{_DIGITS})(?:e[+-]?{_DIGITS})?|[+-]?inf(?:inity)?|nan", re.IGNORECASE
)
_INFINITY = re.compile(r"[+-]?inf(?:inity)?", re.IGNORECASE)
_HEXADECIMAL = re.compile(r"[+-]?0[xX]")
_SPACES = "".join(chr(code) for code in range(0x3001) if chr(code).isspace() and not 0x1C <= code <= 0x1F)
"""White space as Unicode defines it; Python also strips separators of ASCII."""


class Overload(NamedTuple):
    """A function for some types of arguments; of a method, the first one is what it belongs to."""

    arguments: tuple[Type, ...]
    result: Type
    call: Callable[..., Any]
    style: str
    """`global`, `method`, or `both`."""


def _signature(text: str) -> tuple[tuple[Type, ...], Type]:
    arguments, _, result = text.partition("->")
    found = re.findall(r"\w+(?:\([^()]*\))?", arguments)
    return tuple(_type(one) for one in found), _type(result.strip())


def _type(text: str) -> Type:
    kind, _, inner = text.partition("(")
    if inner:
        # Only the last part may have parts itself.
        parts = tuple(_type(part.strip()) for part in inner.removesuffix(")").split(",", 1))
        return Type(kind, parts=parts)  # type: ignore[arg-type] # the texts below
    return Type("variable", text) if len(text) == 1 else Type(text)  # type: ignore[arg-type] # as above


def regular_expression(text: str) -> Program:
    """Return the program of a regular expression.

    Raises:
        ExpressionError: It is wrong.
        CelUnsupported: It uses something that is not known here.
    """
    try:
        return compiled(text)
    except ExpressionUnsupported as error:
        raise CelUnsupported(f"{error} in CEL") from None


def _to_int(value: Any) -> int:
    if isinstance(value, str) and not (_INTEGER.fullmatch(value) and -(1 << 63) <= int(value) < 1 << 63):
        raise EvaluationError("type conversion error from 'string' to 'int'")
    if isinstance(value, float) and not -(2.0**63) < value < 2.0**63:
        raise EvaluationError("integer overflow")
    return int(value)


def _to_double(value: Any) -> float:
    if not isinstance(value, str):
        return float(value)
    if _HEXADECIMAL.match(value):
        raise CelUnsupported("double() of a hexadecimal number in CEL")
    found = float(value) if _DECIMAL.fullmatch(value) else math.inf
    if math.isinf(found) and not _INFINITY.fullmatch(value):
        raise EvaluationError("type conversion error from 'string' to 'double'")
    return found


def _to_string(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (int, str)):
        return str(value)
    if isinstance(value, bytes):
        return _text_of(value)
    raise CelUnsupported(f"string() of a {name_of_type(value)} in CEL")


def _text_of(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        raise EvaluationError("invalid UTF-8 in bytes, cannot convert to string") from None


def _size(value: Any) -> int:
    if not isinstance(value, (str, list, dict, bytes)):
        raise EvaluationError("no such overload")
    return len(value)


def _is_in(value: Any, values: Any) -> bool:
    if isinstance(values, dict):
        return value in values
    return any(equal(value, one, _ANY) for one in values)


def _substring(text: str, start: int, end: int | None = None) -> str:
    stop = len(text) if end is None else end
    for index in (start, stop):
        if not 0 <= index <= len(text):
            raise EvaluationError(f"index out of range: {index}")
    if start > stop:
        raise EvaluationError(f"invalid substring range. start: {start}, end: {stop}")
    return text[start:stop]


def _char_at(text: str, index: int) -> str:
    if not 0 <= index <= len(text):
        raise EvaluationError(f"index out of range: {index}")
    return text[index : index + 1]


def _index(values: Sequence[Any], value: Any) -> int:
    return next((number for number, one in enumerate(values) if equal(one, value, _ANY)), -1)


def _last_index(values: Sequence[Any], value: Any) -> int:
    return next((number for number in range(len(values) - 1, -1, -1) if equal(values[number], value, _ANY)), -1)


def _is_sorted(values: list[Any]) -> bool:
    return all(compare("<=")(one, other) for one, other in pairwise(values))


def _extreme(name: str, function: Callable[[list[Any]], Any]) -> Callable[[list[Any]], Any]:
    def extreme(values: list[Any]) -> Any:
        if not values:
            raise EvaluationError(f"{name} called on empty list")
        return function(values)

    return extreme


def _sum(values: list[Any]) -> Any:
    total: Any = 0
    for value in values:
        total = add(total, value)
    return total


def _contains_all(values: list[Any], others: list[Any]) -> bool:
    return all(_is_in(other, values) for other in others)


def _split(text: str, separator: str, limit: int = -1) -> list[str]:
    if limit == 0:
        return []
    parts = text.split(separator) if separator else list(text)
    if 0 < limit < len(parts):
        return [*parts[: limit - 1], separator.join(parts[limit - 1 :])]
    return parts


def _trim(text: str) -> str:
    return text.strip(_SPACES)


def _lower(text: str) -> str:
    return "".join(one.lower() if one.isascii() else one for one in text)


def _upper(text: str) -> str:
    return "".join(one.upper() if one.isascii() else one for one in text)


def _matches(text: str, wanted: str) -> bool:
    try:
        return regular_expression(wanted).matches(text)
    except ExpressionError as error:
        raise EvaluationError(str(error)) from None


def _find_all(text: str, wanted: str, limit: int = -1) -> list[str]:
    try:
        found = regular_expression(wanted).find_all(text)
    except ExpressionError as error:
        raise EvaluationError(f"Illegal regex: {error}") from None
    return list(islice(found, limit if limit >= 0 else None))


def _find(text: str, wanted: str) -> str:
    return "".join(_find_all(text, wanted, 1))


# Each with its style, its signature, and what it does. A single letter stands for any type.
_TABLE: tuple[tuple[str, str, str, Callable[..., Any]], ...] = (
    ("_+_", "global", "int, int -> int", add),
    ("_+_", "global", "double, double -> double", add),
    ("_+_", "global", "string, string -> string", add),
    ("_+_", "global", "list(A), list(A) -> list(A)", add),
    ("_+_", "global", "timestamp, duration -> timestamp", add),
    ("_+_", "global", "duration, timestamp -> timestamp", add),
    ("_+_", "global", "duration, duration -> duration", add),
    ("_-_", "global", "int, int -> int", subtract),
    ("_-_", "global", "double, double -> double", subtract),
    ("_-_", "global", "timestamp, timestamp -> duration", subtract),
    ("_-_", "global", "timestamp, duration -> timestamp", subtract),
    ("_-_", "global", "duration, duration -> duration", subtract),
    ("_*_", "global", "int, int -> int", multiply),
    ("_*_", "global", "double, double -> double", multiply),
    ("_/_", "global", "int, int -> int", divide),
    ("_/_", "global", "double, double -> double", divide),
    ("_%_", "global", "int, int -> int", remainder),
    ("-_", "global", "int -> int", negate),
    ("-_", "global", "double -> double", negate),
    ("!_", "global", "bool -> bool", lambda value: not value),
    ("@in", "global", "A, list(A) -> bool", _is_in),
    ("@in", "global", "A, map(A, B) -> bool", _is_in),
    *(
        (f"_{name}_", "global", f"{one}, {other} -> bool", compare(name))
        for name in ("<", "<=", ">", ">=")
        for one, other in (
            ("int", "int"),
            ("double", "double"),
            ("int", "double"),
            ("double", "int"),
            ("string", "string"),
            ("bool", "bool"),
            ("timestamp", "timestamp"),
            ("duration", "duration"),
        )
    ),
    *(("size", "both", f"{one} -> int", _size) for one in ("string", "list(A)", "map(A, B)", "bytes")),
    ("type", "global", "A -> type", lambda value: TypeName(name_of_type(value))),
    *(("int", "global", f"{one} -> int", _to_int) for one in ("int", "double", "string")),
    *(("double", "global", f"{one} -> double", _to_double) for one in ("double", "int", "string")),
    *(("string", "global", f"{one} -> string", _to_string) for one in ("string", "int", "bool", "double", "bytes")),
    ("dyn", "global", "A -> dyn", lambda value: value),
    ("timestamp", "global", "string -> timestamp", to_timestamp),
    ("timestamp", "global", "timestamp -> timestamp", lambda value: value),
    ("duration", "global", "string -> duration", to_duration),
    ("duration", "global", "duration -> duration", lambda value: value),
    ("matches", "both", "string, string -> bool", _matches),
    ("contains", "method", "string, string -> bool", lambda text, part: part in text),
    ("startsWith", "method", "string, string -> bool", str.startswith),
    ("endsWith", "method", "string, string -> bool", str.endswith),
    ("lowerAscii", "method", "string -> string", _lower),
    ("upperAscii", "method", "string -> string", _upper),
    ("trim", "method", "string -> string", _trim),
    ("replace", "method", "string, string, string -> string", str.replace),
    ("replace", "method", "string, string, string, int -> string", str.replace),
    ("split", "method", "string, string -> list(string)", _split),
    ("split", "method", "string, string, int -> list(string)", _split),
    ("substring", "method", "string, int -> string", _substring),
    ("substring", "method", "string, int, int -> string", _substring),
    ("charAt", "method", "string, int -> string", _char_at),
    ("indexOf", "method", "string, string -> int", str.find),
    ("lastIndexOf", "method", "string, string -> int", str.rfind),
    ("join", "method", "list(string) -> string", "".join),
    ("join", "method", "list(string), string -> string", lambda values, between: between.join(values)),
    ("find", "method", "string, string -> string", _find),
    ("findAll", "method", "string, string -> list(string)", _find_all),
    ("findAll", "method", "string, string, int -> list(string)", _find_all),
    ("indexOf", "method", "list(A), A -> int", _index),
    ("lastIndexOf", "method", "list(A), A -> int", _last_index),
    *(
        ("isSorted", "method", f"list({one}) -> bool", _is_sorted)
        for one in ("int", "double", "string", "bool", "timestamp", "duration")
    ),
    *(("min", "method", f"list({one}) -> {one}", _extreme("min", min)) for one in ("int", "double", "string")),
    *(("max", "method", f"list({one}) -> {one}", _extreme("max", max)) for one in ("int", "double", "string")),
    ("sum", "method", "list(int) -> int", _sum),
    ("sets.contains", "global", "list(A), list(A) -> bool", _contains_all),
    (
        "sets.equivalent",
        "global",
        "list(A), list(A) -> bool",
        lambda one, other: _contains_all(one, other) and _contains_all(other, one),
    ),
    (
        "sets.intersects",
        "global",
        "list(A), list(A) -> bool",
        lambda one, other: any(_is_in(value, one) for value in other),
    ),
)

FUNCTIONS: dict[str, list[Overload]] = {}
"""The overloads of each function, by its name."""

for _name, _style, _text, _call in (*_TABLE, *LIBRARY):
    _arguments, _result = _signature(_text)
    FUNCTIONS.setdefault(_name, []).append(Overload(_arguments, _result, _call, _style))
