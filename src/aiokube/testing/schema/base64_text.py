"""Bytes in JSON: base64, as Go reads and writes it."""

from __future__ import annotations

import base64
import binascii
import re

_DIGITS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
_BREAK = re.compile(r"[\r\n]")


class NotBase64(Exception):
    """A text is no base64; the message is that of Go."""


def canonical_base64(text: str) -> str:
    """Return base64 as Go writes it: without line breaks, and with zeros for the bits that mean nothing.

    Raises:
        NotBase64: It is none.
    """
    try:
        if len(text) % 4:
            raise ValueError
        data = binascii.a2b_base64(text, strict_mode=True)
    except ValueError:
        _check(text)
        data = base64.b64decode(_BREAK.sub("", text))
    return base64.b64encode(data).decode()


def _check(text: str) -> None:
    """Find the first byte at which Go gives up."""
    encoded = text.encode()
    places = [place for place in range(len(encoded)) if encoded[place : place + 1] not in (b"\r", b"\n")]
    digits = [chr(encoded[place]) for place in places]
    for index, digit in enumerate(digits):
        if digit in _DIGITS:
            continue
        # Only the last one or two of a group of four can be missing.
        if digit != "=" or index % 4 < 2:
            raise _illegal(places[index])
        padding = digits[index : index - index % 4 + 4]
        if len(padding) < 4 - index % 4:
            raise _illegal(len(encoded))
        if padding != ["="] * len(padding):
            raise _illegal(places[index])
        if len(digits) > index + len(padding):
            raise _illegal(places[index + len(padding)])
        return
    if rest := len(digits) % 4:
        raise _illegal(len(encoded) - rest)


def _illegal(place: int) -> NotBase64:
    return NotBase64(f"illegal base64 data at input byte {place}")
