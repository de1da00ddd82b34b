"""WebSockets over aiohttp."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Mapping
from typing import Literal

import aiohttp

from ...errors import StreamError
from ..request import Request
from ..responses import MAX_ERROR_BODY
from ..websocket import Frame, Handshake
from .body import read_up_to
from .internals import RawWebSocket, abort, has_unread_data, is_websocket_request

CLOSE_TIMEOUT_S = 1.0
"""Seconds that the server has for its close frame."""

# Iterations of the event loop in which data that has arrived is read, unless the reader applies backpressure.
_READ_ITERATIONS = 3

_KINDS: Mapping[aiohttp.WSMsgType, Literal["binary", "text", "ping", "pong"]] = {
    aiohttp.WSMsgType.BINARY: "binary",
    aiohttp.WSMsgType.TEXT: "text",
    aiohttp.WSMsgType.PING: "ping",
    aiohttp.WSMsgType.PONG: "pong",
}


class AiohttpWebSocket:
    """A `WebSocket` over aiohttp's WebSocket.

    Args:
        websocket: The WebSocket of aiohttp.
        request: The request that opened it, for errors.
        translate: Translates an exception of aiohttp; takes the exception, the request and a description.
    """

    def __init__(
        self,
        websocket: RawWebSocket,
        request: Request,
        translate: Callable[[Exception, Request, str], Exception],
    ) -> None:
        self._socket = websocket
        self._request = request
        self._translate = translate
        self._transport = websocket.transport
        connection = websocket.get_extra_info("socket")
        if connection is not None and hasattr(socket, "TCP_USER_TIMEOUT"):
            # A remote program may leave its input unread for longer than this timeout, which is meant for requests.
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, 0)

    @property
    def subprotocol(self) -> str | None:
        """The subprotocol that the server chose from those offered; None if it chose none."""
        return self._socket.protocol

    @property
    def close_code(self) -> int | None:
        """The status code in the close frame of the server; None while the connection is open; 1006 if it
        ended without a close frame."""
        return self._socket.close_code

    async def receive(self) -> Frame:
        """Return the next frame."""
        message = await self._socket.receive()
        if message.type in _KINDS:
            return Frame(_KINDS[message.type], bytes(message.data))
        if message.type is aiohttp.WSMsgType.CLOSE:
            return Frame("close", (message.extra or "").encode(), message.data)
        if message.type is aiohttp.WSMsgType.ERROR and isinstance(message.data, aiohttp.WebSocketError):
            raise StreamError(f"{self._request}: {message.data}") from message.data
        raise self._error(self._socket.exception())

    async def send(self, data: bytes | str) -> None:
        """Send a message."""
        kind = aiohttp.WSMsgType.TEXT if isinstance(data, str) else aiohttp.WSMsgType.BINARY
        await self._send(data.encode() if isinstance(data, str) else data, kind)

    async def ping(self, data: bytes) -> None:
        """Send a ping."""
        await self._send(data, aiohttp.WSMsgType.PING)

    async def pong(self, data: bytes) -> None:
        """Respond to a ping."""
        await self._send(data, aiohttp.WSMsgType.PONG)

    async def close(self, code: int = 1000, *, timeout: float = CLOSE_TIMEOUT_S) -> None:
        """Send a close frame and close the connection."""
        transport, self._transport = self._transport, None
        try:
            async with asyncio.timeout(timeout):
                await self._socket.close(code=code)
        except TimeoutError:
            # The server does not respond.
            return
        finally:
            # Data that the server never reads, or a TLS shutdown that it never sends, would keep the socket open.
            if transport is not None:
                transport.abort()

    async def _send(self, data: bytes, kind: aiohttp.WSMsgType) -> None:
        # A failed write discards data that has arrived but was not read, such as the server's reason for closing.
        for _ in range(_READ_ITERATIONS):
            if not has_unread_data(self._transport):
                break
            await asyncio.sleep(0)
        try:
            await self._socket.send_frame(data, kind)
        except (aiohttp.ClientError, OSError) as error:
            raise self._error(error) from error

    def _error(self, error: BaseException | None) -> Exception:
        if not isinstance(error, (aiohttp.ClientError, OSError)):
            error = aiohttp.ServerDisconnectedError("the connection was closed without a close frame")
        return self._translate(error, self._request, "the stream was interrupted")


class UpgradeRefused(Exception):
    """A response that refuses a WebSocket.

    aiohttp itself would discard the body of the response, or follow a redirect.
    """

    def __init__(self, handshake: Handshake) -> None:
        self.handshake = handshake


async def raise_refused_upgrade(
    request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
) -> aiohttp.ClientResponse:
    """Raise `UpgradeRefused` for a WebSocket request that the server refuses: a middleware."""
    response = await handler(request)
    if response.status == 101 or not is_websocket_request(request):
        return response
    try:
        body = await read_up_to(response.content.iter_any(), MAX_ERROR_BODY)
    finally:
        abort(response)
    raise UpgradeRefused(Handshake(status=response.status, headers=response.headers, body=body))
