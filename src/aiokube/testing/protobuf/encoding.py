"""From JSON data to a message."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Any

from .special import SCHEMA, SCHEMA_OR, SPECIAL, WrongValue
from .table import Field, message
from .wire import FIXED64, VARINT, double, tag, varint, with_length


def encode_message(value: Any, name: str) -> bytes:
    """Return JSON data as a message.

    Args:
        value: The data.
        name: Name of the message, such as `core.v1.Pod`.

    Raises:
        WrongValue: The data does not fit the message.
    """
    if name in SPECIAL:
        return SPECIAL[name].from_json(value)
    if name.startswith(SCHEMA_OR):
        return _schema_or_other(value, name.removeprefix(SCHEMA_OR))
    described = message(name)
    if described.is_list:
        return _list(value, described.fields[0])
    if not isinstance(value, Mapping):
        raise WrongValue(f"{value!r} is not an object, as {name} is")
    parts: list[bytes] = []
    for field in described.fields:
        if not field.name:
            if inlined := encode_message(value, field.type):
                parts.append(with_length(field.number, inlined))
        elif (child := value.get(field.name)) is not None:
            parts.append(_field(child, field))
    return b"".join(parts)


def _field(child: Any, field: Field) -> bytes:
    if field.shape == "list":
        return _list(child, field)
    if field.shape == "map":
        if not isinstance(child, Mapping):
            raise WrongValue(f"{field.name}: {child!r} is not an object")
        return b"".join([_entry(key, item, field) for key, item in child.items()])
    return _value(child, field.number, field)


def _list(value: Any, field: Field) -> bytes:
    if not isinstance(value, list):
        raise WrongValue(f"{field.name}: {value!r} is not a list")
    return b"".join([_value(item, field.number, field) for item in value])


def _entry(key: str, value: Any, field: Field) -> bytes:
    encoded = b"" if value is None else _value(value, 2, field)
    return with_length(field.number, with_length(1, key.encode()) + encoded)


def _value(value: Any, number: int, field: Field) -> bytes:
    match field.type:
        case "string" if isinstance(value, str):
            return with_length(number, value.encode())
        case "bytes" if isinstance(value, str):
            return with_length(number, _from_base64(value))
        case "bool" if isinstance(value, bool):
            return tag(number, VARINT) + varint(value)
        case "int32" | "int64" if isinstance(value, int) and not isinstance(value, bool):
            return tag(number, VARINT) + varint(value)
        case "double" if isinstance(value, (int, float)) and not isinstance(value, bool):
            return tag(number, FIXED64) + double(value)
    if not field.is_message:
        raise WrongValue(f"{field.name}: {value!r} is no {field.type}")
    return with_length(number, encode_message(value, field.type))


def _schema_or_other(value: Any, other: str) -> bytes:
    """Return a schema of a custom resource, or what may stand in its place."""
    if other == "Bool":
        allows = tag(1, VARINT) + varint(value is not False)
        return allows if isinstance(value, bool) else allows + with_length(2, encode_message(value, SCHEMA))
    if isinstance(value, list):
        is_text = other == "StringArray"
        return b"".join([with_length(2, item.encode() if is_text else encode_message(item, SCHEMA)) for item in value])
    return with_length(1, encode_message(value, SCHEMA))


def _from_base64(value: str) -> bytes:
    try:
        return base64.b64decode(value, validate=True)
    except binascii.Error:
        raise WrongValue(f"{value!r} is not base64") from None
