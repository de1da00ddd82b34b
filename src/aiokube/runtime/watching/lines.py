"""A stream of bytes, cut into its lines."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ..errors import DecodeError

MAX_LINE = 16 << 20
"""Bytes; the same limit as client-go's."""


class Lines:
    """Cuts a stream into its lines, however it is split into chunks; blank lines are left out.

    Args:
        limit: bytes that a line may have. No more than that is ever kept.
        error: makes an error of a text.
    """

    def __init__(self, *, limit: int = MAX_LINE, error: Callable[[str], DecodeError] = DecodeError) -> None:
        self._limit = limit
        self._error = error
        self._pending: list[bytes] = []
        self._size = 0
        self.has_any: bool = False
        """Whether a line has come out."""

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        """The lines that a chunk completes.

        Raises:
            DecodeError: a line is longer than the limit; the lines before it came out.
        """
        *complete, rest = chunk.split(b"\n")
        for part in complete:
            self._grow(part)
            line = part if len(self._pending) == 1 else b"".join(self._pending)
            self._pending.clear()
            self._size = 0
            if line and not line.isspace():
                self.has_any = True
                yield line
        if rest:
            self._grow(rest)

    def rest(self) -> bytes:
        """What came behind the last line; at the end of a stream, a line that was never finished."""
        return b"".join(self._pending).strip()

    def _grow(self, part: bytes) -> None:
        self._size += len(part)
        if self._size > self._limit:
            raise self._error(f"a line of the stream is longer than {self._limit} bytes")
        self._pending.append(part)
