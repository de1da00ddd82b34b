"""OpenAPI v2 documents as protobuf, which is all that client-go reads of `/openapi/v2`.

The messages are those of gnostic's `openapi.v2`, as far as documents of Kubernetes need them. A value of any type is
YAML there, which JSON is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache, partial
from typing import Any

import msgspec

from .wire import VARINT, double, tag, varint, with_length

CONTENT_TYPE = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf"

OLD_CONTENT_TYPE = "application/com.github.proto-openapi.spec.v2@v1.0+protobuf"
"""By this name, clients ask for it."""

Encode = Callable[[int, Any], bytes]
"""Encodes a value as a field with a number."""

_FIXED64 = 1


@lru_cache(maxsize=2)
def document(body: bytes) -> bytes:
    """Return an OpenAPI v2 document as protobuf.

    Args:
        body: The document as JSON.
    """
    return _content(_DOCUMENT, msgspec.json.decode(body))


# values


def _text(number: int, value: str) -> bytes:
    return with_length(number, value.encode()) if value else b""


def _flag(number: int, value: bool) -> bytes:
    return tag(number, VARINT) + varint(1) if value else b""


def _integer(number: int, value: int) -> bytes:
    return tag(number, VARINT) + varint(value) if value else b""


def _double(number: int, value: float) -> bytes:
    return tag(number, _FIXED64) + double(value) if value else b""


def _any(number: int, value: Any) -> bytes:
    return with_length(number, with_length(2, msgspec.json.encode(value)))


def _list(encode: Encode, number: int, values: Iterable[Any]) -> bytes:
    return b"".join(encode(number, value) for value in values)


def _named(encode: Encode, number: int, value: Mapping[str, Any]) -> bytes:
    """Encode a map as messages with a name and a value each, within a message of their own."""
    return with_length(number, _entries(1, encode, value.items()))


def _entries(number: int, encode: Encode, items: Iterable[tuple[str, Any]]) -> bytes:
    return b"".join(with_length(number, _text(1, name) + encode(2, value)) for name, value in items)


def _within(number: int, encode: Encode, outer: int, value: Any) -> bytes:
    """Encode a value as the field of a message that has no other."""
    return with_length(outer, encode(number, value))


# messages


class _Message:
    """A message.

    Args:
        extensions: Number of the field with the extensions.
        fields: Number and encoding of each field, by its name in JSON.
    """

    def __init__(self, extensions: int, **fields: tuple[int, Encode]) -> None:
        self.extensions = extensions
        self.fields = {{"ref": "$ref", "in_": "in"}.get(name, name): field for name, field in fields.items()}

    def __call__(self, number: int, value: Mapping[str, Any]) -> bytes:
        """Encode a message as a field."""
        return with_length(number, _content(self, value))


def _content(message: _Message, value: Mapping[str, Any]) -> bytes:
    parts = []
    for name, part in value.items():
        if name in message.fields:
            number, encode = message.fields[name]
            parts.append(encode(number, part))
        elif name.startswith("x-"):
            parts.append(_entries(message.extensions, _any, [(name, part)]))
    return b"".join(parts)


_texts = partial(_list, _text)
_INFO = _Message(7, title=(1, _text), version=(2, _text), description=(3, _text))
_DOCS = _Message(3, description=(1, _text), url=(2, _text))
_API_KEY = _Message(5, type=(1, _text), name=(2, _text), in_=(3, _text), description=(4, _text))

_SCHEMA = _Message(
    31,
    ref=(1, _text),
    format=(2, _text),
    title=(3, _text),
    description=(4, _text),
    default=(5, _any),
    multipleOf=(6, _double),
    maximum=(7, _double),
    exclusiveMaximum=(8, _flag),
    minimum=(9, _double),
    exclusiveMinimum=(10, _flag),
    maxLength=(11, _integer),
    minLength=(12, _integer),
    pattern=(13, _text),
    maxItems=(14, _integer),
    minItems=(15, _integer),
    uniqueItems=(16, _flag),
    maxProperties=(17, _integer),
    minProperties=(18, _integer),
    required=(19, _texts),
    enum=(20, partial(_list, _any)),
    type=(22, partial(_within, 1, _text)),
    externalDocs=(29, _DOCS),
    example=(30, _any),
)


def _additional(number: int, value: Any) -> bytes:
    is_flag = isinstance(value, bool)
    # Of two fields that exclude each other, also false is written.
    return with_length(number, tag(2, VARINT) + varint(value) if is_flag else _SCHEMA(1, value))


_SCHEMA.fields |= {
    "additionalProperties": (21, _additional),
    "items": (23, partial(_within, 1, _SCHEMA)),
    "allOf": (24, partial(_list, _SCHEMA)),
    "properties": (25, partial(_named, _SCHEMA)),
}

_BODY = _Message(6, description=(1, _text), name=(2, _text), in_=(3, _text), required=(4, _flag), schema=(5, _SCHEMA))
_SHARED: dict[str, tuple[int, Encode]] = {
    "required": (1, _flag),
    "in_": (2, _text),
    "description": (3, _text),
    "name": (4, _text),
}
_QUERY = _Message(23, **_SHARED, type=(6, _text), format=(7, _text), uniqueItems=(20, _flag))
_PATH = _Message(22, **_SHARED, type=(5, _text), format=(6, _text), uniqueItems=(19, _flag))


def _parameter(number: int, value: Mapping[str, Any]) -> bytes:
    match value["in"]:
        case "body":
            content = _BODY(1, value)
        case "query":
            content = _within(3, _QUERY, 2, value)
        case _:
            content = _within(4, _PATH, 2, value)
    return with_length(number, content)


def _parameter_or_reference(number: int, value: Mapping[str, Any]) -> bytes:
    is_reference = "$ref" in value
    return with_length(number, _within(1, _text, 2, value["$ref"]) if is_reference else _parameter(1, value))


_PARAMETERS = partial(_list, _parameter_or_reference)
_RESPONSE = _Message(5, description=(1, _text), schema=(2, partial(_within, 1, _SCHEMA)))
_OPERATION = _Message(
    13,
    tags=(1, _texts),
    description=(3, _text),
    operationId=(5, _text),
    produces=(6, _texts),
    consumes=(7, _texts),
    parameters=(8, _PARAMETERS),
    responses=(9, partial(_named, partial(_within, 1, _RESPONSE))),
    schemes=(10, _texts),
    deprecated=(11, _flag),
)
_METHODS = ("get", "put", "post", "delete", "options", "head", "patch")
_PATH_ITEM = _Message(
    10, **{name: (number, _OPERATION) for number, name in enumerate(_METHODS, 2)}, parameters=(9, _PARAMETERS)
)


def _text_list(number: int, values: Iterable[str]) -> bytes:
    return with_length(number, _texts(1, values))


def _paths(number: int, value: Mapping[str, Any]) -> bytes:
    return with_length(number, _entries(2, _PATH_ITEM, value.items()))


_DOCUMENT = _Message(
    16,
    swagger=(1, _text),
    info=(2, _INFO),
    paths=(8, _paths),
    definitions=(9, partial(_named, _SCHEMA)),
    parameters=(10, partial(_named, _parameter)),
    security=(12, partial(_list, partial(_named, _text_list))),
    securityDefinitions=(13, partial(_named, partial(_within, 2, _API_KEY))),
)
