"""The wire format of protobuf: tags, variable-length integers, and bytes with their length."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from functools import cache

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5

_UINT64 = 1 << 64
_MAX_VARINT = 10
"""Bytes of the largest integer."""

_SMALL = [bytes([value]) for value in range(0x80)]
"""Integers that are one byte."""

Raw = int | bytes
"""A value: a variable-length integer, or what any other type has as bytes."""


class Malformed(ValueError):
    """Bytes are not a protobuf message."""


def varint(value: int) -> bytes:
    """Encode an integer; a negative one as its two's complement in 64 bits."""
    if 0 <= value < len(_SMALL):
        return _SMALL[value]
    value %= _UINT64
    encoded = bytearray()
    while value > 0x7F:
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    encoded.append(value)
    return bytes(encoded)


@cache
def tag(number: int, type: int) -> bytes:
    """Encode what precedes the value of a field."""
    return varint(number << 3 | type)


def with_length(number: int, value: bytes) -> bytes:
    """Encode a field of bytes, of text, or of a message."""
    return tag(number, BYTES) + varint(len(value)) + value


def double(value: float) -> bytes:
    """Encode a number of 64 bits."""
    return struct.pack("<d", value)


def signed(value: int) -> int:
    """Return a decoded integer with its sign."""
    return value - _UINT64 if value >= 1 << 63 else value


def read_double(value: bytes) -> float:
    """Decode a number of 64 bits."""
    found: float = struct.unpack("<d", value)[0]
    return found


def read_fields(data: bytes) -> Iterator[tuple[int, Raw]]:
    """Return the fields of a message, by number.

    Raises:
        Malformed: It is none.
    """
    position = 0
    while position < len(data):
        key, position = _read_varint(data, position)
        number, type = key >> 3, key & 7
        if number == 0:
            raise Malformed("proto: illegal tag 0")
        if type == VARINT:
            value, position = _read_varint(data, position)
            yield number, value
            continue
        if type == BYTES:
            length, position = _read_varint(data, position)
        elif type in (FIXED64, FIXED32):
            length = 8 if type == FIXED64 else 4
        else:
            raise Malformed(f"proto: illegal wireType {type}")
        if position + length > len(data):
            raise Malformed("unexpected EOF")
        yield number, data[position : position + length]
        position += length


def _read_varint(data: bytes, position: int) -> tuple[int, int]:
    """Return an integer, and where it ends."""
    value = 0
    for index in range(_MAX_VARINT):
        if position + index >= len(data):
            raise Malformed("unexpected EOF")
        byte = data[position + index]
        value |= (byte & 0x7F) << 7 * index
        if byte < 0x80:
            return value % _UINT64, position + index + 1
    raise Malformed("proto: integer overflow")
