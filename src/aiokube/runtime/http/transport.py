"""The `Transport` protocol: what carries requests to a server, and answers back."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from .request import Request, Response
from .websocket import Handshake


class StreamingResponse(Protocol):
    """The answer of the API server, read as it comes."""

    @property
    def status(self) -> int:
        """The HTTP status code."""
        ...

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers, whatever their case."""
        ...

    @property
    def chunks(self) -> AsyncIterator[bytes]:
        """The body, cut as it arrives."""
        ...

    async def read(self, limit: int) -> bytes:
        """The body as far as `limit` bytes."""
        ...


class Transport(Protocol):
    """What carries requests to the API server."""

    async def send(self, request: Request) -> Response:
        """Send a request and read its answer whole, whatever its status is."""
        ...

    def stream(self, request: Request) -> AbstractAsyncContextManager[StreamingResponse]:
        """Send a request and give its answer as it comes."""
        ...

    def websocket(
        self, request: Request, *, protocols: Sequence[str], max_message_size: int
    ) -> AbstractAsyncContextManager[Handshake]:
        """Ask for a WebSocket, offering subprotocols; it is closed in the end."""
        ...

    async def close(self) -> None:
        """Close every connection."""
        ...
