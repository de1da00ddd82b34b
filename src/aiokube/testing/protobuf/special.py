"""Messages that are no objects in JSON: times, quantities, numbers or strings, and JSON within protobuf."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from .wire import VARINT, Malformed, Raw, read_fields, signed, tag, varint, with_length

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND = timedelta(seconds=1)
_DURATION = re.compile(r"([+-]?)((?:[\d.]+(?:ns|us|µs|ms|h|m|s))+|0)", re.ASCII)
_PART = re.compile(r"([\d.]+)(ns|us|µs|ms|h|m|s)", re.ASCII)
_NANOSECONDS = {"ns": 1, "us": 1_000, "µs": 1_000, "ms": 10**6, "s": 10**9, "m": 60 * 10**9, "h": 3600 * 10**9}


class WrongValue(ValueError):
    """A value does not fit the message that it should become."""


@dataclass(frozen=True)
class Special:
    """The two ways of a message."""

    to_json: Callable[[dict[int, Raw]], Any]
    """Takes the fields by number."""
    from_json: Callable[[Any], bytes]

    def decode(self, data: bytes) -> Any:
        """Return JSON data.

        Raises:
            Malformed: The bytes are not such a message.
        """
        return self.to_json(dict(read_fields(data)))


def _time_to_json(fields: dict[int, Raw]) -> Any:
    return f"{_moment(fields).isoformat(timespec='seconds')}Z" if fields else None


def _micro_time_to_json(fields: dict[int, Raw]) -> Any:
    return f"{_moment(fields).isoformat(timespec='microseconds')}Z" if fields else None


def _moment(fields: dict[int, Raw]) -> datetime:
    seconds, nanoseconds = _number(fields, 1), _number(fields, 2)
    try:
        return _EPOCH.replace(tzinfo=None) + timedelta(seconds=seconds, microseconds=nanoseconds // 1000)
    except OverflowError:
        raise Malformed(f"time: {seconds} seconds since 1970 are out of range") from None


def _time_from_json(value: Any) -> bytes:
    return _integer(1, (_parsed(value) - _EPOCH) // _SECOND)


def _micro_time_from_json(value: Any) -> bytes:
    moment = _parsed(value)
    return _integer(1, (moment - _EPOCH) // _SECOND) + _integer(2, moment.microsecond * 1000)


def _parsed(value: Any) -> datetime:
    try:
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        raise WrongValue(f"{value!r} is no time") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _duration_to_json(fields: dict[int, Raw]) -> str:
    nanoseconds = _number(fields, 1)
    sign, rest = ("-" if nanoseconds < 0 else ""), abs(nanoseconds)
    if rest < _NANOSECONDS["s"]:
        unit = next((unit for unit in ("ms", "µs", "ns") if rest >= _NANOSECONDS[unit]), "s")
        return f"{sign}{_decimal(rest, _NANOSECONDS[unit])}{unit}"
    hours, rest = divmod(rest, _NANOSECONDS["h"])
    minutes, rest = divmod(rest, _NANOSECONDS["m"])
    shown = f"{hours}h{minutes}m" if hours else f"{minutes}m" if minutes else ""
    return f"{sign}{shown}{_decimal(rest, _NANOSECONDS['s'])}s"


def _decimal(value: int, unit: int) -> str:
    whole, rest = divmod(value, unit)
    digits = f"{rest:0{len(str(unit)) - 1}d}".rstrip("0") if rest else ""
    return f"{whole}.{digits}" if digits else str(whole)


def _duration_from_json(value: Any) -> bytes:
    match = _DURATION.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise WrongValue(f"{value!r} is no duration")
    parts = [(number.partition("."), _NANOSECONDS[unit]) for number, unit in _PART.findall(match[2])]
    total = sum(int(whole or 0) * unit + int(rest or 0) * unit // 10 ** len(rest) for (whole, _, rest), unit in parts)
    return _integer(1, -total if match[1] == "-" else total)


def _quantity_to_json(fields: dict[int, Raw]) -> str:
    return _text(fields, 1) or "0"


def _quantity_from_json(value: Any) -> bytes:
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        raise WrongValue(f"{value!r} is no quantity")
    return with_length(1, str(value).encode())


def _int_or_string_to_json(fields: dict[int, Raw]) -> int | str:
    return _text(fields, 3) if _number(fields, 1) == 1 else _number(fields, 2)


def _int_or_string_from_json(value: Any) -> bytes:
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        raise WrongValue(f"{value!r} is neither a number nor a string")
    if isinstance(value, str):
        return _integer(1, 1) + _integer(2, 0) + with_length(3, value.encode())
    return _integer(1, 0) + _integer(2, value) + with_length(3, b"")


def _raw_to_json(fields: dict[int, Raw]) -> Any:
    raw = fields.get(1, b"")
    if not raw:
        return None
    try:
        return msgspec.json.decode(raw if isinstance(raw, bytes) else b"")
    except msgspec.DecodeError as error:
        raise Malformed(f"json parse error: {error}") from None


def _raw_from_json(value: Any) -> bytes:
    return with_length(1, msgspec.json.encode(value))


def _integer(number: int, value: int) -> bytes:
    return tag(number, VARINT) + varint(value)


def _number(fields: dict[int, Raw], number: int) -> int:
    value = fields.get(number, 0)
    if not isinstance(value, int):
        raise Malformed(f"proto: wrong wireType for field {number}")
    return signed(value)


def _text(fields: dict[int, Raw], number: int) -> str:
    value = fields.get(number, b"")
    if not isinstance(value, bytes):
        raise Malformed(f"proto: wrong wireType for field {number}")
    return value.decode("utf-8", "replace")


_RAW = Special(_raw_to_json, _raw_from_json)

SPECIAL: dict[str, Special] = {
    "meta.v1.Time": Special(_time_to_json, _time_from_json),
    "meta.v1.MicroTime": Special(_micro_time_to_json, _micro_time_from_json),
    "meta.v1.Duration": Special(_duration_to_json, _duration_from_json),
    "meta.v1.FieldsV1": _RAW,
    "resource.Quantity": Special(_quantity_to_json, _quantity_from_json),
    "intstr.IntOrString": Special(_int_or_string_to_json, _int_or_string_from_json),
    "runtime.RawExtension": _RAW,
    "apiextensions.v1.JSON": _RAW,
}
"""By name of the message."""

SCHEMA = "apiextensions.v1.JSONSchemaProps"

SCHEMA_OR = f"{SCHEMA}Or"
"""Begins the names of messages that are a schema in JSON, or else a boolean or a list."""
