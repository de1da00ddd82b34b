"""Objects as requests and responses have them: four bytes, and a message with the version, the kind and the object."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Any

import msgspec

from .decoding import decode_message
from .encoding import encode_message
from .special import WrongValue
from .table import message_of
from .wire import Malformed, Raw, read_fields, with_length

PROTOBUF = "application/vnd.kubernetes.protobuf"
"""The media type."""

_PREFIX = b"k8s\x00"
_TYPE, _RAW = 1, 2
"""Fields of the envelope."""
_API_VERSION, _KIND = 1, 2
"""Fields of the type."""


def decode(body: bytes, api_version: str, kind: str) -> dict[str, Any]:
    """Return an object as JSON data, with its version and kind.

    Args:
        body: The object in its envelope.
        api_version: The version, unless the envelope has one.
        kind: The kind, unless the envelope has one.

    Raises:
        Malformed: It is not an object in protobuf.
    """
    if not body.startswith(_PREFIX):
        shown = " ".join(str(byte) for byte in _PREFIX)
        raise Malformed(f"provided data does not appear to be a protobuf message, expected prefix [{shown}]")
    if len(body) == len(_PREFIX):
        raise Malformed("empty body")
    envelope = dict(read_fields(body[len(_PREFIX) :]))
    type = dict(read_fields(_bytes(envelope, _TYPE)))
    api_version = _bytes(type, _API_VERSION).decode() or api_version
    kind = _bytes(type, _KIND).decode() or kind
    found: dict[str, Any] = {"apiVersion": api_version, "kind": kind}
    if name := message_of(api_version, kind):
        found |= decode_message(_bytes(envelope, _RAW), name)
    return found


def encode(obj: dict[str, Any]) -> bytes:
    """Return an object with its version and kind in its envelope.

    Raises:
        WrongValue: The kind has no message, or the object does not fit it.
    """
    api_version, kind = obj.get("apiVersion", ""), obj.get("kind", "")
    name = message_of(api_version, kind)
    if not name:
        raise WrongValue(f"{kind} of {api_version} has no protobuf message")
    type = with_length(_API_VERSION, api_version.encode()) + with_length(_KIND, kind.encode())
    return _PREFIX + with_length(_TYPE, type) + with_length(_RAW, encode_message(obj, name))


def encode_events(lines: bytes) -> bytes:
    """Return the lines of a watch as frames: the length in four bytes, and an event.

    Raises:
        WrongValue: An object does not fit its message.
    """
    return b"".join(_frames(lines))


def _frames(lines: bytes) -> Iterator[bytes]:
    for line in lines.splitlines():
        event = msgspec.json.decode(line)
        # An event is a plain message; the object in it has an envelope.
        frame = with_length(1, event["type"].encode()) + with_length(2, with_length(1, encode(event["object"])))
        yield struct.pack(">I", len(frame)) + frame


def _bytes(fields: dict[int, Raw], number: int) -> bytes:
    value = fields.get(number, b"")
    if not isinstance(value, bytes):
        raise Malformed(f"proto: wrong wireType for field {number}")
    return value
