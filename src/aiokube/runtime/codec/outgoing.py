"""Checks of Python values before they are sent, where the server would take them for something else.

Text in a `bytes` field would be sent as if it were base64, NaN as null, and a time without a zone as text that no
server reads. Only fields of such types are looked at; they are worked out once for each class.
"""

from __future__ import annotations

import json
import math
import types
from collections.abc import Callable, Iterable, Mapping
from copy import copy
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Union, get_args, get_origin

import msgspec

from .absent import ABSENT_DICT, ABSENT_LIST
from .open_types import EXTRA_FIELDS, OpenType, is_open
from .scalars import MicroTime, Quantity, is_exact_integer
from .verbatim import VerbatimBytes, VerbatimTime

_Check = Callable[[Any], Any]


class Refused(ValueError):
    """A value must not be sent; `path` leads to it, from the outside in."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.path: str = ""

    def inside(self, step: str) -> Refused:
        """Add the step that led to the place where this was raised."""
        self.path = step + self.path
        return self

    def __str__(self) -> str:
        problem = super().__str__()
        return f"{self.path.removeprefix('.')}: {problem}" if self.path else problem


def check_outgoing(value: Any) -> Any:
    """Check a model, or plain data that may hold models.

    Returns:
        The value, or a copy in which each time of a `MicroTime` field, and of whole seconds in plain data, is a
        `MicroTime`, and each object of an open class with extra fields is a dict of these and its known fields.

    Raises:
        Refused: A value would be sent as something else.
    """
    # The class is that of the model, for a frozen object.
    cls = value.__class__
    plan = _plans.get(cls)
    if plan is None:
        if not isinstance(value, msgspec.Struct):
            return _check_plain(value)
        plan = _plans[cls] = _plan(cls)
    checks, finish = plan
    sent = value
    for name, check in checks:
        part = getattr(value, name)
        # Most are absent; to ask an absent object whether it is true takes longer.
        if part is None or part is ABSENT_LIST or (not part and part is not False):
            continue
        try:
            checked = check(part)
        except Refused as error:
            raise error.inside(f".{name}")  # noqa: B904 - the same error
        if checked is not part:
            if sent is value:
                sent = copy(value)
            setattr(sent, name, checked)
    return sent if finish is None else finish(sent)


# The fields of each class that need a check, and what makes a dict of an object of an open class.
_Plan = tuple[list[tuple[str, _Check]], _Check | None]
_plans: dict[type[Any], _Plan] = {}


def _plan(cls: type[Any]) -> _Plan:
    fields = [field for field in msgspec.structs.fields(cls) if field.encode_name != EXTRA_FIELDS]
    found = [(field.name, _check_of(field.type)) for field in fields]
    checks = [(name, check) for name, check in found if check is not None]
    return checks, _joining(fields) if is_open(cls) else None


def _joining(fields: list[msgspec.structs.FieldInfo]) -> _Check:
    """Return a function that makes a dict of the fields and the extra fields of an object that has some."""
    places = [(field.name, field.encode_name, field.default) for field in fields]
    attributes = {field.encode_name: field.name for field in fields}

    def join(obj: Any) -> Any:
        if obj.extra_fields is ABSENT_DICT:
            return obj
        values = ((name, getattr(obj, attribute), absent) for attribute, name, absent in places)
        # msgspec leaves the same ones out.
        sent = {name: value for name, value, absent in values if value is not absent and value is not msgspec.UNSET}
        try:
            if not isinstance(obj.extra_fields, Mapping):
                raise Refused(f"expected a dict, got {type(obj.extra_fields).__name__}")
            if known := attributes.keys() & obj.extra_fields.keys():
                name = min(known)
                raise Refused(f"assign to {attributes[name]} instead").inside(_at_key(name))
            return {**sent, **_check_plain(obj.extra_fields)}
        except Refused as error:
            raise error.inside(".extra_fields")  # noqa: B904 - the same error

    return join


def _check_of(kind: Any) -> _Check | None:
    """The check of the values of a type; None if it needs none."""
    origin, arguments = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType):
        members = [member for member in arguments if member not in (type(None), msgspec.UnsetType)]
        return _check_of_union(members)
    if origin is Annotated:
        return _check_of(arguments[0])
    if origin is list:
        return _check_list(_check_of(arguments[0]))
    if origin is dict:
        return _check_dict(_check_of(arguments[1]))
    if isinstance(kind, OpenType) or (isinstance(kind, type) and issubclass(kind, msgspec.Struct)):
        return check_outgoing
    return _SCALARS.get(kind)


def _check_of_union(members: list[Any]) -> _Check | None:
    if len(members) == 1:
        return _check_of(members[0])
    if set(members) == {int, float}:
        return _check_number
    if set(members) == {int, str}:
        return lambda value: value if isinstance(value, str) else _check_integer(value)
    checks = [check for check in map(_check_of, members) if check is not None]
    return check_outgoing if checks else None


def _check_list(check: _Check | None) -> _Check:
    def check_list(values: Any) -> Any:
        if isinstance(values, (str, bytes)):
            raise Refused(f"expected a list, got {type(values).__name__}; put it in [...]")
        if check is None or not isinstance(values, (list, tuple)):
            return values
        sent: Any = values
        for index, value in enumerate(values):
            if value is None:
                continue
            try:
                checked = check(value)
            except Refused as error:
                raise error.inside(f"[{index}]")  # noqa: B904 - the same error
            if checked is not value:
                sent = [*sent] if sent is values else sent
                sent[index] = checked
        return sent

    return check_list


def _check_dict(check: _Check | None) -> _Check | None:
    if check is None:
        return None

    def check_dict(values: Any) -> Any:
        if not isinstance(values, Mapping):
            return values
        sent: Any = values
        for key, value in values.items():
            if value is None:
                continue
            try:
                checked = check(value)
            except Refused as error:
                raise error.inside(_at_key(key))  # noqa: B904 - the same error
            if checked is not value:
                sent = {**sent} if sent is values else sent
                sent[key] = checked
        return sent

    return check_dict


def _check_integer(value: Any) -> Any:
    if type(value) is int and -(2**63) <= value < 2**63:
        return value
    if isinstance(value, bool) or not isinstance(value, int):
        raise Refused(f"expected int, got {type(value).__name__}")
    if not is_exact_integer(value):
        raise Refused("larger than 64 bits: the server would store another number")
    return value


def _check_number(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise Refused(f"expected int or float, got {type(value).__name__}")
    return _check_finite(value) if isinstance(value, float) else _check_integer(value)


def _check_finite(value: float) -> float:
    if not math.isfinite(value):
        raise Refused(f"{value} has no form in JSON")
    return value


def _check_bytes(value: Any) -> Any:
    if not isinstance(value, (bytes, bytearray, memoryview)):
        advice = "; encode it: text.encode()" if isinstance(value, str) else ""
        raise Refused(f"expected bytes, got {type(value).__name__}{advice}")
    return value


def _check_time(value: Any) -> Any:
    if isinstance(value, datetime) and value.tzinfo is not UTC:
        offset = _offset_of(value)
        # RFC 3339 has offsets of whole minutes.
        if offset % timedelta(minutes=1):
            raise Refused(f"its offset {offset} has seconds; convert it: time.astimezone(timezone.utc)")
    return value


def _offset_of(time: datetime) -> timedelta:
    offset = time.utcoffset()
    if offset is None:
        raise Refused(f"{time.isoformat()} has no time zone; give it one, as in datetime.now(timezone.utc)")
    return offset


def _check_micro_time(value: Any) -> Any:
    if isinstance(value, datetime):
        _offset_of(value)
    return MicroTime.from_datetime(value) if type(value) is datetime else value


def _check_quantity(value: Any) -> Any:
    if not isinstance(value, Quantity):
        try:
            Quantity(value)
        except (ValueError, TypeError) as error:
            raise Refused(str(error)) from None
    return value


def _check_plain(value: Any) -> Any:
    """Check a value of a field without a type, or a whole manifest, of any depth."""
    try:
        if _is_harmless((value,)):
            return value
    except RecursionError:
        pass  # too deep for the fast look
    places: list[tuple[Any, _Place | None]] = [(value, None)]
    is_exact = True
    while places:
        item, place = places.pop()
        try:
            if isinstance(item, msgspec.Struct):
                is_exact = check_outgoing(item) is item and is_exact
            elif isinstance(item, float):
                _check_finite(item)
            elif isinstance(item, datetime):
                _check_time(item)
                is_exact = is_exact and not _lacks_digits(item)
            elif isinstance(item, Mapping):
                places.extend((inner, (place, key)) for key, inner in item.items() if type(inner) not in _HARMLESS)
            elif isinstance(item, (list, tuple)):
                places.extend(
                    (inner, (place, index)) for index, inner in enumerate(item) if type(inner) not in _HARMLESS
                )
        except Refused as error:
            while place is not None:
                place, step = place
                error.inside(_at(step))
            raise
    return value if is_exact else _corrected(value)


def _is_harmless(values: Iterable[Any]) -> bool:
    """Return True if values hold nothing but dicts, lists, text, whole numbers, booleans and null."""
    for value in values:
        kind = type(value)
        if kind in _HARMLESS:
            continue
        if kind is dict:
            if not _is_harmless(value.values()):
                return False
        elif kind is not list or not _is_harmless(value):
            return False
    return True


# The place of the container and the key or index in it: as a path it would be made for each value, and seldom used.
_Place = tuple[Any, Any]
_HARMLESS = frozenset({str, int, bool, type(None), bytes, msgspec.UnsetType})


def _corrected(value: Any) -> Any:
    if isinstance(value, msgspec.Struct):
        return check_outgoing(value)
    if _lacks_digits(value):
        return MicroTime.from_datetime(value)
    if isinstance(value, Mapping):
        return {key: _corrected(item) for key, item in value.items()}
    return [*map(_corrected, value)] if isinstance(value, (list, tuple)) else value


def _lacks_digits(value: Any) -> bool:
    """Return True for a time of whole seconds: it gets six digits, which a `MicroTime` needs and any field takes."""
    return type(value) is datetime and not value.microsecond


def place_of(value: Any, is_wrong: Callable[[Any], bool]) -> str:
    """Return the path to the innermost part of a wrong value that is wrong by itself; empty if that is the whole."""
    if isinstance(value, msgspec.Struct):
        parts: Iterable[tuple[Any, Any]] = ((name, getattr(value, name, None)) for name in value.__struct_fields__)
    elif isinstance(value, Mapping):
        parts = value.items()
    else:
        parts = enumerate(value) if isinstance(value, (list, tuple)) else ()
    for step, part in parts:
        if part is not msgspec.UNSET and is_wrong(part):
            return _at(step) + place_of(part, is_wrong)
    return ""


def _at(step: Any) -> str:
    """Return a key or an index as a part of a path."""
    if isinstance(step, str) and step.isidentifier():
        return f".{step}"
    return f"[{step}]" if isinstance(step, int) else _at_key(step)


def _at_key(key: Any) -> str:
    return f"[{json.dumps(key, ensure_ascii=False, default=str):.80}]"


_SCALARS: dict[Any, _Check] = {
    int: _check_integer,
    float: _check_number,
    bytes: _check_bytes,
    datetime: _check_time,
    MicroTime: _check_micro_time,
    VerbatimBytes: _check_bytes,
    VerbatimTime: _check_time,
    Quantity: _check_quantity,
    Any: check_outgoing,
}
