"""The bound of the nesting of data, and the reading of JSON that exceeds what a decoder that recurses can read.

Codecs recurse, and crash where a stack is smaller than the bound that the interpreter has for it, which differs between
versions of Python. So the same bound applies to everything that is read and written: in threads of 512 KiB, the first
crashes are at some 1,400 levels, and the deepest CRDs and objects of some 200 operators have 38.
"""

from __future__ import annotations

import re
import sys
import threading
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any, Final, TypeVar, get_args

import msgspec

from ..errors import DecodeError
from ..secret import forget_frames
from .open_types import EXTRA_FIELDS, is_open

T = TypeVar("T")

MAX_DEPTH: Final = 250
"""Maximum number of objects and arrays in one another."""

# Levels that need less than the smallest stack of a thread: msgspec takes some 256 bytes for each.
_SHALLOW = 500
_LARGE_STACK = 16 << 20  # bytes; the interpreter allows up to 10,000 levels

# Before Python 3.12, `sys.setrecursionlimit` changes the bound of decoders, too. This is the default.
_DEFAULT_LIMIT = 1_000

# Everything up to the next bracket outside of a string.
_TO_BRACKET = re.compile(rb'[^"{}\[\]]*+(?:"[^"\\]*+(?:\\.[^"\\]*+)*+"[^"{}\[\]]*+)*+([{}\[\]])', re.DOTALL)

_NO_BRACKETS: Final = bytes(set(range(256)) - set(b"{}[]"))

_stack_size = threading.Lock()


def decode_deep(decode: Callable[[bytes | bytearray], T], data: bytes | bytearray) -> T:
    """Call a decoder on a stack that is large enough for the deepest JSON which it accepts, and check the result.

    The interpreter bounds the recursion of a decoder for the stack of the main thread, and a smaller stack overflows.

    Raises:
        RecursionError: The data is nested deeper than `MAX_DEPTH`.
    """
    if threading.current_thread() is threading.main_thread() or brackets(data) <= _SHALLOW:
        return _decode_here(decode, data)
    result: list[T] = []
    errors: list[BaseException] = []

    def run() -> None:
        try:
            result.append(_decode_here(decode, data))
        except BaseException as error:
            # Freeing deep data recurses, too, so that none must leave this stack with the frames of an error.
            forget_frames(error)
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


def _decode_here(decode: Callable[[bytes | bytearray], T], data: bytes | bytearray) -> T:
    if sys.version_info < (3, 12) and sys.getrecursionlimit() > _DEFAULT_LIMIT:
        shallow(data, _DEFAULT_LIMIT)
    decoded = decode(data)
    if is_too_deep(decoded):
        raise RecursionError
    return decoded


def is_too_deep(value: object) -> bool:
    """Return True if data is nested deeper than `MAX_DEPTH`, without recursion.

    Of an object, only those fields are looked at whose type allows any depth, and most classes have none.
    """
    if type(value) in _bounded:
        return False
    levels: list[Iterator[Any]] = [iter((value,))]
    while levels:
        for item in levels[-1]:
            if type(item) not in _bounded and (parts := _parts(item)):
                if len(levels) > MAX_DEPTH:
                    return True
                levels.append(iter(parts))
                break
        else:
            levels.pop()
    return False


def _parts(value: object) -> Collection[Any]:
    """Return what a container holds, in a form that is true for an empty container too."""
    if type(value) is dict:
        return value.values() or _EMPTY
    if isinstance(value, msgspec.Struct):
        parts = [getattr(value, name) for name in _deep_fields(value.__class__)]
        # In JSON, extra fields stand beside the others.
        extra = value.extra_fields if is_open(value.__class__) else None  # type: ignore[attr-defined] # of open classes
        return [*parts, *extra.values()] if isinstance(extra, Mapping) else parts
    if isinstance(value, Mapping):
        return value.values() or _EMPTY
    return value or _EMPTY if isinstance(value, (list, tuple)) else ()


_EMPTY: Final = (None,)

# The names of the fields of each class that may be of any depth.
_deep: dict[type[Any], tuple[str, ...]] = {}
# The classes whose objects cannot be of any depth.
_bounded: set[type[Any]] = {str, int, float, bool, type(None), bytes}


def _deep_fields(cls: type[Any], within: tuple[type[Any], ...] = ()) -> tuple[str, ...]:
    if cls not in _deep:
        fields = [field for field in msgspec.structs.fields(cls) if field.encode_name != EXTRA_FIELDS]
        _deep[cls] = tuple(field.name for field in fields if _is_deep(field.type, (*within, cls)))
        if not (_deep[cls] or is_open(cls)):
            _bounded.add(cls)
    return _deep[cls]


def _is_deep(kind: Any, within: tuple[type[Any], ...]) -> bool:
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return kind in within or is_open(kind) or bool(_deep_fields(kind, within))
    # A class with a class of its own stands for others.
    is_special = isinstance(kind, TypeVar) or (isinstance(kind, type) and type(kind) is not type)
    return kind is Any or is_special or any(_is_deep(part, within) for part in get_args(kind))


def shallow(data: bytes | bytearray, max_depth: int = MAX_DEPTH) -> bytes | bytearray:
    """Return a JSON text as it is, for a decoder that recurses.

    Raises:
        RecursionError: The text is nested deeper than `max_depth`.
    """
    if len(data) > max_depth and brackets(data) > max_depth and not _is_shallow(data, max_depth):
        depth = 0
        for found in _TO_BRACKET.finditer(data):
            depth += 1 if found[1] in b"{[" else -1
            if depth > max_depth:
                raise RecursionError
    return data


def _is_shallow(data: bytes | bytearray, max_depth: int) -> bool:
    """Return True if a JSON text is certainly no deeper; False if it may be, as where brackets stand in strings."""
    left = bytes(data).translate(None, _NO_BRACKETS)
    # Each turn takes away the innermost level, and that around it where the two are of different kinds.
    for levels in range(0, min(max_depth, MAX_DEPTH), 2):
        less = left.replace(b"{}", b"").replace(b"[]", b"")
        if len(less) == len(left):
            return levels + len(left) <= max_depth
        left = less
    return not left


def brackets(data: bytes | bytearray) -> int:
    """Return a bound of the depth of a JSON text: the number of its opening brackets."""
    return data.count(b"{") + data.count(b"[")


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
