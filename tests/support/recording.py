"""A transport that records requests, for tests of the requests that calls make."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager

from aiokube.runtime.http.request import Request, Response
from aiokube.runtime.http.transport import StreamingResponse
from aiokube.runtime.http.websocket import Handshake


class RecordingTransport:
    """A transport that sends nothing and returns the same response to every request."""

    def __init__(self, body: bytes = b"{}", status: int = 200, headers: Mapping[str, str] | None = None) -> None:
        self.requests: list[Request] = []
        self._response = Response(status=status, headers=headers or {}, body=body)

    @property
    def last(self) -> Request:
        """The last request."""
        return self.requests[-1]

    async def send(self, request: Request) -> Response:
        """Record a request."""
        self.requests.append(request)
        return self._response

    @asynccontextmanager
    async def stream(self, request: Request) -> AsyncIterator[StreamingResponse]:
        """Record a request, and yield the response; as a stream, it is empty."""
        yield _Streamed(await self.send(request))

    @asynccontextmanager
    async def websocket(
        self, request: Request, *, protocols: Sequence[str], max_message_size: int
    ) -> AsyncIterator[Handshake]:
        """Record a request, and refuse the WebSocket."""
        self.requests.append(request)
        yield Handshake(status=403, headers={})

    async def close(self) -> None:
        """Do nothing; there are no connections."""


class _Streamed:
    def __init__(self, response: Response) -> None:
        self.status = response.status
        self.headers = response.headers
        self._body = bytes(response.body)

    @property
    def chunks(self) -> AsyncIterator[bytes]:
        return _in_one(b"")

    @property
    def bounded_chunks(self) -> AsyncIterator[bytes]:
        return _in_one(self._body)

    async def read(self, limit: int) -> bytes:
        return self._body[:limit]


async def _in_one(body: bytes) -> AsyncIterator[bytes]:
    if body:
        yield body
