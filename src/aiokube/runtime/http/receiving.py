"""Responses whose body is read while it arrives."""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING, Any, Protocol

from .request import Response
from .responses import MAX_ERROR_BODY

if TYPE_CHECKING:
    from .transport import StreamingResponse


class BodyReader(Protocol):
    """Reads a body while it arrives, and may keep less than all of it."""

    def start(self) -> None:
        """Begin a body: that of the first attempt, or of the one that follows an attempt which failed."""

    async def feed(self, chunk: bytes) -> None:
        """Take the next bytes, and let other tasks run after long work."""

    def rest(self) -> bytes:
        """Return the body at its end, without what has been read already."""
        ...


async def receive(response: StreamingResponse, reader: BodyReader) -> Response:
    """Read a response, whatever its status; of a failure, a limited beginning.

    Raises:
        ConnectionError: The response was interrupted.
        ResponseTooLarge: The response is a success, and larger than the maximum size of a response.
    """
    if not 200 <= response.status <= 206:
        return Response(status=response.status, headers=response.headers, body=await response.read(MAX_ERROR_BODY))
    reader.start()
    chunks: Any = response.bounded_chunks
    async with aclosing(chunks):
        async for chunk in chunks:
            await reader.feed(chunk)
    return Response(status=response.status, headers=response.headers, body=reader.rest())
