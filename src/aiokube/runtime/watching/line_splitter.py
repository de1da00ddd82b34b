"""Splits a stream of bytes into lines."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ..errors import DecodeError

MAX_LINE_BYTES = 16 << 20
"""Default limit of a line, as in client-go."""


class LineSplitter:
    """Splits a stream of chunks into lines. Skips blank lines.

    Args:
        limit: Maximum size of a line in bytes, which also bounds the buffer. Default: 16 MiB.
        error: Creates the error to raise from its message.
    """

    def __init__(self, *, limit: int = MAX_LINE_BYTES, error: Callable[[str], DecodeError] = DecodeError) -> None:
        self._limit = limit
        self._error = error
        self._pending: list[bytes] = []
        self._size = 0
        self.has_any: bool = False
        """True once a complete line was yielded."""

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        """Yield the lines that a chunk completes.

        Raises:
            DecodeError: A line exceeds the limit. The lines before it have been yielded.
        """
        # For lines as long as those of a watch, this is faster than `split`.
        start = 0
        while (end := chunk.find(b"\n", start)) >= 0:
            part = chunk[start:end]
            start = end + 1
            self._grow(part)
            line = part if len(self._pending) == 1 else b"".join(self._pending)
            self._pending.clear()
            self._size = 0
            if line and not line.isspace():
                self.has_any = True
                yield line
        if start < len(chunk):
            self._grow(chunk[start:])

    def feed_block(self, chunk: bytes) -> bytes | None:
        """Return the lines that a chunk completes, in one piece; None if one may exceed the limit, for `feed` to tell.

        Nothing is taken then, and blank lines are not skipped.
        """
        if self._size + len(chunk) > self._limit:
            return None
        end = chunk.rfind(b"\n") + 1
        block = b"".join((*self._pending, memoryview(chunk)[:end])) if end else b""
        if block:
            self.has_any = True
            self._pending.clear()
            self._size = 0
        if end < len(chunk):
            self._grow(chunk[end:])
        return block

    def rest(self) -> bytes:
        """Return the bytes after the last line break: at the end of a stream, an incomplete line."""
        return b"".join(self._pending).strip()

    def _grow(self, part: bytes) -> None:
        self._size += len(part)
        if self._size > self._limit:
            raise self._error(f"a line of the stream exceeds {self._limit} bytes")
        self._pending.append(part)
