"""From a message to JSON data, as Go would write it."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Any

from .special import SCHEMA, SCHEMA_OR, SPECIAL
from .table import Field, message
from .wire import Malformed, Raw, read_double, read_fields, signed

_ZEROS: dict[str, Any] = {"string": "", "bytes": None, "bool": False, "double": 0.0}


def decode_message(data: bytes, name: str) -> Any:
    """Return a message as JSON data.

    Args:
        data: The message.
        name: Its name, such as `core.v1.Pod`.

    Raises:
        Malformed: The bytes are not such a message.
    """
    if name in SPECIAL:
        return SPECIAL[name].decode(data)
    found: dict[int, list[Raw]] = {}
    for number, value in read_fields(data):
        found.setdefault(number, []).append(value)
    if name.startswith(SCHEMA_OR):
        return _schema_or_other(found, name.removeprefix(SCHEMA_OR))
    described = message(name)
    if described.is_list:
        return [_value(value, described.fields[0]) for value in found.get(1, ())]
    decoded: dict[str, Any] = {}
    for field in described.fields:
        values = found.get(field.number, ())
        if not field.name:
            decoded |= decode_message(_joined(values), field.type)
        elif values or field.is_always_written:
            value = _field(values, field)
            if field.is_always_written or field.shape == "pointer" or not _is_zero(value):
                decoded[field.name] = value
    return decoded


def _field(values: Sequence[Raw], field: Field) -> Any:
    if field.shape == "list":
        return [_value(value, field) for value in values] if values else None
    if field.shape == "map":
        return dict(_entry(value, field) for value in values) if values else None
    if field.shape == "pointer" and not values:
        return None
    if field.is_message:
        # Parts of one message, of which the last ones count.
        return decode_message(_joined(values), field.type)
    return _value(values[-1], field) if values else _ZEROS.get(field.type, 0)


def _entry(value: Raw, field: Field) -> tuple[str, Any]:
    found = dict(read_fields(_bytes(value, field)))
    key = _bytes(found.get(1, b""), field).decode("utf-8", "replace")
    if 2 in found:
        return key, _value(found[2], field)
    return key, decode_message(b"", field.type) if field.is_message else ""


def _value(value: Raw, field: Field) -> Any:
    match field.type:
        case "string":
            return _bytes(value, field).decode("utf-8", "replace")
        case "bytes":
            return base64.b64encode(_bytes(value, field)).decode()
        case "bool":
            return bool(value)
        case "double":
            return read_double(_bytes(value, field))
        case "int32" | "int64":
            if not isinstance(value, int):
                raise _wrong_type(field)
            return signed(value)
    return decode_message(_bytes(value, field), field.type)


def _schema_or_other(found: dict[int, list[Raw]], other: str) -> Any:
    """Return a schema of a custom resource, or what may stand in its place."""
    if other == "Bool":
        schema, allows = found.get(2), bool(found.get(1, [0])[-1])
        return decode_message(_joined(schema), SCHEMA) if schema is not None else allows
    schema, several = found.get(1), found.get(2)
    if several:
        parts = [part for part in several if isinstance(part, bytes)]
        is_text = other == "StringArray"
        return [part.decode("utf-8", "replace") if is_text else decode_message(part, SCHEMA) for part in parts]
    return decode_message(_joined(schema), SCHEMA) if schema is not None else None


def _is_zero(value: Any) -> bool:
    """Return True for what Go's `omitempty` and `omitzero` leave out."""
    return value is None or value is False or value in ("", 0) or value == {}


def _joined(values: Sequence[Raw]) -> bytes:
    if not all(isinstance(value, bytes) for value in values):
        raise Malformed("proto: wrong wireType for a message")
    return b"".join(value for value in values if isinstance(value, bytes))


def _bytes(value: Raw, field: Field) -> bytes:
    if not isinstance(value, bytes):
        raise _wrong_type(field)
    return value


def _wrong_type(field: Field) -> Malformed:
    return Malformed(f"proto: wrong wireType for field {field.name}")
