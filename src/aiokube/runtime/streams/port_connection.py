"""One connection to a port of a pod, over one WebSocket (`v4.channel.k8s.io`)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING

from ..errors import StreamError
from ..http.request import Request
from .channel import FLUSH_TIMEOUT, Channels
from .keepalive import Connection
from .process import negotiate

if TYPE_CHECKING:
    from ..client import HttpClient

_PROTOCOLS = ("v4.channel.k8s.io",)
_DATA, _ERROR = 0, 1

_MAX_ERROR = 1 << 16  # bytes


@asynccontextmanager
async def open_port(
    client: HttpClient, request: Request, what: str, port: int
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """Connect to a port of a pod, and yield the connection as a stream pair.

    Args:
        client: The client that connects.
        request: The GET request for the `portforward` subresource, with one port.
        what: Name of the stream in error messages: `port 80 of web-0`.
        port: The port number, which the server must confirm.

    Raises:
        ApiError: The server refused the connection.
        ConnectionError: The server could not be reached.
        StreamError: The server does not support `v4.channel.k8s.io`.
    """
    async with AsyncExitStack() as stack:
        websocket = await negotiate(stack, client, request, what, _PROTOCOLS)
        connection = await stack.enter_async_context(Connection(websocket, what))
        channels = Channels(connection, what, closes_all=True)
        reader, writer = channels.streams(_DATA)
        remote = _Remote(channels, what, port)
        task = asyncio.create_task(remote.run())
        try:
            yield reader, writer
            writer.close()
            await asyncio.wait([task], timeout=FLUSH_TIMEOUT)
        finally:
            channels.terminate(None)
            try:
                await connection.close()
            finally:
                task.cancel()
                await asyncio.wait([task])


class _Remote:
    """The messages of the server on one connection."""

    def __init__(self, channels: Channels, what: str, port: int) -> None:
        self._channels = channels
        self._what = what
        self._port = port
        self._announced: set[int] = set()
        self._error = b""

    async def run(self) -> None:
        failure: Exception | None = None
        try:
            await self._channels.run(self._on_message)
        except Exception as error:
            failure = error
        if self._error:
            failure = StreamError(f"{self._what}: {self._error.decode('utf-8', 'replace').strip()}")
        self._channels.terminate(failure)

    def _on_message(self, number: int, payload: bytes) -> bytes | None:
        if number in (_DATA, _ERROR) and number not in self._announced:
            payload = self._check_port(number, payload)
        if number != _ERROR or not payload:
            return payload
        if len(self._error) < _MAX_ERROR:
            self._error += payload
        return None

    def _check_port(self, number: int, payload: bytes) -> bytes:
        """Check and remove the port number that each channel begins with."""
        if not payload:
            return payload
        if len(payload) < 2:
            raise StreamError(f"{self._what}: protocol error: channel {number} does not begin with a port number")
        announced = int.from_bytes(payload[:2], "little")
        if announced != self._port:
            raise StreamError(f"{self._what}: protocol error: the server connected to port {announced}")
        self._announced.add(number)
        return payload[2:]
