"""A stream pair to a port of a pod, over `v4.channel.k8s.io`: one WebSocket for each connection."""

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
    from ..client import BaseClient

_PROTOCOLS = ("v4.channel.k8s.io",)
_DATA, _ERROR = 0, 1

# Bytes.
_MAX_ERROR = 1 << 16


@asynccontextmanager
async def open_port(
    client: BaseClient, request: Request, what: str, port: int
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """Connect to a port of a pod.

    Args:
        client: what asks.
        request: the GET of the `portforward` subresource, with one port.
        what: what it is, for errors: `port 80 of web-0`.
        port: the port.
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
            channels.lose(None)
            try:
                await connection.close()
            finally:
                task.cancel()
                await asyncio.wait([task])


class _Remote:
    """The other side of one connection."""

    def __init__(self, channels: Channels, what: str, port: int) -> None:
        self._channels = channels
        self._what = what
        self._port = port
        self._announced: set[int] = set()
        self._error = b""

    async def run(self) -> None:
        failure: Exception | None = None
        try:
            await self._channels.run(self._take)
        except Exception as error:
            failure = error
        if self._error:
            failure = StreamError(f"{self._what}: {self._error.decode('utf-8', 'replace').strip()}")
        self._channels.lose(failure)

    def _take(self, number: int, payload: bytes) -> bytes | None:
        if number in (_DATA, _ERROR) and number not in self._announced:
            payload = self._check_port(number, payload)
        if number != _ERROR or not payload:
            return payload
        if len(self._error) < _MAX_ERROR:
            self._error += payload
        return None

    def _check_port(self, number: int, payload: bytes) -> bytes:
        """Each channel begins with the number of its port."""
        if not payload:
            return payload
        if len(payload) < 2:
            raise StreamError(f"{self._what}: the server broke the protocol: channel {number} begins with no port")
        announced = int.from_bytes(payload[:2], "little")
        if announced != self._port:
            raise StreamError(f"{self._what}: the server has connected to port {announced} instead")
        self._announced.add(number)
        return payload[2:]
