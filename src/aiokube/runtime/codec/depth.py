"""Reading of deep JSON, whose nesting exceeds what a decoder that recurses can read."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from typing import TypeVar

from ..errors import DecodeError

T = TypeVar("T")

# Levels that need less than the smallest stack of a thread: msgspec takes some 256 bytes for each.
_SHALLOW = 500
_LARGE_STACK = 16 << 20  # bytes; the interpreter allows up to 10,000 levels

# Everything up to the next bracket outside of a string.
_TO_BRACKET = re.compile(rb'[^"{}\[\]]*+(?:"[^"\\]*+(?:\\.[^"\\]*+)*+"[^"{}\[\]]*+)*+([{}\[\]])', re.DOTALL)

_stack_size = threading.Lock()


def decode_deep(decode: Callable[[bytes | bytearray], T], data: bytes | bytearray) -> T:
    """Call a decoder on a stack that is large enough for the deepest JSON which it accepts.

    The interpreter bounds the recursion of a decoder for the stack of the main thread, and a smaller stack overflows.
    """
    if threading.current_thread() is threading.main_thread() or data.count(b"{") + data.count(b"[") <= _SHALLOW:
        return decode(data)
    result: list[T] = []
    errors: list[BaseException] = []

    def run() -> None:
        try:
            result.append(decode(data))
        except BaseException as error:
            errors.append(error)

    thread = threading.Thread(target=run, name="aiokube-decoder")
    with _stack_size:
        # The setting applies to threads that start while it is in place.
        previous = threading.stack_size(_LARGE_STACK)
        try:
            thread.start()
        finally:
            threading.stack_size(previous)
    thread.join()
    if errors:
        raise errors[0]
    return result[0]


def cut(data: bytes | bytearray, levels: int) -> tuple[bytes, list[bytes]]:
    """Cut the deeper parts out of a JSON text, without recursion.

    Args:
        data: The JSON text.
        levels: Number of levels of objects and arrays to keep.

    Returns:
        The text, with a number in place of each object and array below these levels; and the parts, by that number.

    Raises:
        DecodeError: The brackets of the text do not match.
    """
    kept: list[bytes | memoryview] = []
    parts: list[bytes] = []
    depth = position = start = 0
    view = memoryview(data)
    for found in _TO_BRACKET.finditer(data):
        at = found.end()
        if found[1] in b"{[":
            depth += 1
            if depth == levels + 1:
                start = at - 1
                kept += (view[position:start], b"%d" % len(parts))
        else:
            depth -= 1
            if depth == levels:
                parts.append(bytes(view[start:at]))
                position = at
    if depth:
        raise DecodeError("the data is not valid JSON: its brackets do not match")
    kept.append(view[position:])
    return b"".join(kept), parts


def restored(text: bytes, parts: list[bytes]) -> bytes:
    """Return the part that a number in a text from `cut` stands for, or else the text itself."""
    is_number = text.isdigit() and len(text) < 10 and int(text) < len(parts)
    return parts[int(text)] if is_number else text
