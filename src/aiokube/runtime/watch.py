"""Watching a resource: the stream of changes to its objects."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import msgspec

from .errors import DecodeError, api_error
from .model import decode
from .request import Request
from .status import Status

if TYPE_CHECKING:
    from .client import BaseClient

T = TypeVar("T")

MAX_LINE = 16 << 20
"""Bytes; the same limit as client-go's."""


class WatchEvent(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """One change to one object."""

    type: str
    """`ADDED`, `MODIFIED`, `DELETED` or `BOOKMARK`."""
    object: T
    """The object after the change; for `DELETED`, as it was last; for `BOOKMARK`, only its resource version."""


class _Envelope(msgspec.Struct):
    type: str
    object: msgspec.Raw


_envelopes = msgspec.json.Decoder(_Envelope)


async def watch_once(client: BaseClient, request: Request, into: type[T]) -> AsyncIterator[WatchEvent[T]]:
    """Send one watch request and yield its events until the server ends the stream.

    Raises:
        ApiError: the server refuses the watch, or ends it with an ERROR event; `Gone` when the resource version is too
            old.
        DecodeError: a line is no event, or its object does not fit.
        ConnectionError: the connection breaks.
    """
    async with client.stream(request) as chunks:
        async for line in lines(chunks):
            yield _event(request, line, into)


def _event(request: Request, line: bytes, into: type[Any]) -> WatchEvent[Any]:
    try:
        envelope = _envelopes.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise DecodeError(f"{request.method} {request.path}: a line of the watch is no event: {error}") from error
    if envelope.type == "ERROR":
        raise api_error(decode(bytes(envelope.object), Status), method=request.method, path=request.path)
    return WatchEvent(type=envelope.type, object=decode(bytes(envelope.object), into))


async def lines(chunks: AsyncIterator[bytes], *, limit: int = MAX_LINE) -> AsyncIterator[bytes]:
    """Cut a stream of bytes into its lines, however it is split into chunks; blank lines are left out.

    Raises:
        DecodeError: a line is longer than `limit` bytes.
    """
    pending: list[bytes] = []
    size = 0
    async for chunk in chunks:
        head, *rest = chunk.split(b"\n")
        pending.append(head)
        size += len(head)
        if size > limit:
            raise DecodeError(f"a line of the stream is longer than {limit} bytes")
        for part in rest:
            if line := b"".join(pending).strip():
                yield line
            pending, size = [part], len(part)
            if size > limit:
                raise DecodeError(f"a line of the stream is longer than {limit} bytes")
    if line := b"".join(pending).strip():
        yield line
