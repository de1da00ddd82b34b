"""Lists that are decoded while they arrive: groups of whole items are cut out of the body, which is not kept."""

from __future__ import annotations

import math
import re
from collections.abc import Awaitable, Callable
from typing import Final, Generic, TypeVar

import msgspec

from ..codec.depth import decode_deep
from ..codec.status import ListMeta
from ..errors import DecodeError

T = TypeVar("T")

GROUP_BYTES: Final = 1 << 18
"""Default size of a group, which takes some milliseconds to decode."""
_MAX_HEAD_BYTES: Final = 1 << 16
_MAX_GROUP_BYTES: Final = 1 << 24
_MAX_CUTS: Final = 8

_ITEMS: Final = b'"items":['
# The items of a list begin in the same way: with their kind, if they have one, and the key of the first field.
_BEGINNING: Final = re.compile(rb'\{(?:"(?:apiVersion|kind)":"[^"\\]*",)*"[^"\\]*":[{"\[]?')


class ListHead(msgspec.Struct, rename="camel"):
    """The beginning of a list, before its items; fields that come later have their zero values."""

    api_version: str = ""
    kind: str = ""
    metadata: ListMeta = msgspec.field(default_factory=ListMeta)


_heads = msgspec.json.Decoder(ListHead)
_arrays = msgspec.json.Decoder(list[msgspec.Raw])


class ListBody(Generic[T]):
    """A list, whose items are read while its body arrives.

    No part of the body is parsed to find the end of an item. It is assumed where `},` is followed by the bytes with
    which the first item begins. These may stand inside of an item as well, but then the brackets of the group do not
    match, and it is cut elsewhere. A body that cannot be cut, and all that follows an item which does not fit its
    class, is kept for the end.

    Args:
        read: Returns the items of a JSON array and lets other tasks run, or raises `DecodeError`. Takes what stands
            before the items, too.
        on_token: Called with the continue token, if the list has one before its items.
        group_bytes: Size in bytes from which a group is cut out.
    """

    def __init__(
        self,
        read: Callable[[bytes, ListHead], Awaitable[list[T]]],
        on_token: Callable[[str], object] | None = None,
        *,
        group_bytes: int = GROUP_BYTES,
    ) -> None:
        self._read = read
        self._on_token = on_token
        self._group_bytes = group_bytes
        self.start()

    def start(self) -> None:
        """Begin a body: that of the first attempt, or of the one that follows an attempt which failed."""
        self.items: list[T] = []
        """The items that have been read: the first ones of the list."""
        self._before = b""
        self._head = ListHead()
        self._separator: bytes | None = None
        self._pending: list[bytes] = []
        self._size = 0
        # Without anybody to tell the token to, a small list is left to the end.
        self._next_cut: float = self._group_bytes if self._on_token is None else 0
        self._read_bytes = 0

    async def feed(self, chunk: bytes) -> None:
        """Take the next bytes."""
        for start in range(0, len(chunk), self._group_bytes):
            part = chunk if len(chunk) <= self._group_bytes else chunk[start : start + self._group_bytes]
            self._pending.append(part)
            self._size += len(part)
            if self._separator is None and self._size >= self._next_cut:
                self._begin(self._joined())
            if self._separator is not None and self._size >= self._next_cut:
                await self._cut(self._joined(), self._separator)

    def rest(self) -> bytes:
        """Return the body without the items that have been read."""
        return b"".join((self._before, *self._pending))

    def whole(self) -> bytes:
        """Return the body with empty objects and blanks for the items that have been read.

        Errors name the same places as for the body itself.
        """
        count = len(self.items)
        return b"".join((self._before, b"{}," * count, b" " * (self._read_bytes - 3 * count), *self._pending))

    def _joined(self) -> bytes:
        data = b"".join(self._pending)
        self._pending = [data]
        return data

    def _begin(self, data: bytes) -> None:
        """Read what stands before the items, once the first of them has begun."""
        mark = data.find(_ITEMS)
        start = mark + len(_ITEMS)
        beginning = _BEGINNING.match(data, start) if mark >= 0 else None
        if beginning is None or beginning.end() == len(data):
            if len(data) > _MAX_HEAD_BYTES:
                self._keep()
            return
        before = data[:start]
        try:
            head = decode_deep(_heads.decode, before + b"]}")
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            self._keep()
            return
        has_kinds = b'"kind":"' in beginning[0] and b'"apiVersion":"' in beginning[0]
        if not (has_kinds or (head.kind and head.api_version)):
            # The items are of the kind that follows them.
            self._keep()
            return
        self._before, self._head, self._separator = before, head, b"}," + beginning[0]
        self._pending = [data[start:]]
        self._size -= start
        self._next_cut = self._group_bytes
        if head.metadata.continue_ and self._on_token is not None:
            self._on_token(head.metadata.continue_)

    async def _cut(self, data: bytes, separator: bytes) -> None:
        """Read the items up to the last separator at which the list can be cut."""
        end = len(data)
        for _ in range(_MAX_CUTS):
            cut = data.rfind(separator, 0, end)
            if cut < 0:
                break
            group = b"".join((b"[", memoryview(data)[: cut + 1], b"]"))
            try:
                items = await self._read(group, self._head)
            except DecodeError:
                if _is_array(group):
                    self._keep()
                    return
                end = cut + len(separator) - 1
                continue
            self.items += items
            self._read_bytes += cut + 2
            self._pending = [data[cut + 2 :]]
            self._size = len(self._pending[0])
            self._next_cut = self._group_bytes
            return
        self._next_cut = 2 * self._size
        if self._size > _MAX_GROUP_BYTES:
            self._keep()

    def _keep(self) -> None:
        """Keep all that follows for the end."""
        self._next_cut = math.inf


def _is_array(data: bytes) -> bool:
    """Return True if a text is a JSON array, whatever its items are."""
    try:
        decode_deep(_arrays.decode, data)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return False
    except RecursionError:
        return True
    return True
