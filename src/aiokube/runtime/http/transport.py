"""The `Transport` protocol, the interface to an HTTP library."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from .request import Request, Response
from .websocket import Handshake

MAX_RESPONSE_BYTES = 1 << 28
"""Default of the maximum size of a response: a list of some 28,000 pods, whose objects take 530 MB."""


class StreamingResponse(Protocol):
    """A response of the API server whose body is streamed."""

    @property
    def status(self) -> int:
        """The HTTP status code."""
        ...

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers, case-insensitive."""
        ...

    @property
    def chunks(self) -> AsyncIterator[bytes]:
        """The body, in pieces as they arrive."""
        ...

    @property
    def bounded_chunks(self) -> AsyncIterator[bytes]:
        """The body, in pieces as they arrive; `ResponseTooLarge` beyond the maximum size of a response."""
        ...

    async def read(self, limit: int) -> bytes:
        """Return the first `limit` bytes of the body."""
        ...


class Transport(Protocol):
    """The connection to the API server."""

    async def send(self, request: Request) -> Response:
        """Send a request and read the whole response, whatever its status."""
        ...

    def stream(self, request: Request) -> AbstractAsyncContextManager[StreamingResponse]:
        """Send a request and stream the response."""
        ...

    def websocket(
        self, request: Request, *, protocols: Sequence[str], max_message_size: int
    ) -> AbstractAsyncContextManager[Handshake]:
        """Open a WebSocket, offering subprotocols; it is closed when the context ends."""
        ...

    async def close(self) -> None:
        """Close every connection."""
        ...
