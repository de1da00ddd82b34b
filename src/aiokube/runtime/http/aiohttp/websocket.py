"""The part of the transport that speaks WebSocket."""

from __future__ import annotations

import asyncio
import select
import socket
from collections.abc import Callable, Mapping
from typing import Literal

import aiohttp

from ...errors import StreamError
from ..request import Request
from ..responses import MAX_ERROR_BODY
from ..websocket import Frame, Handshake
from .body import abort, read_up_to

CLOSE_TIMEOUT = 1.0
"""Seconds that the other side has to answer a goodbye."""

# Of the event loop, in which what has arrived is read; a reader that does not want it yet leaves it there.
_TURNS = 3

_KINDS: Mapping[aiohttp.WSMsgType, Literal["binary", "text", "ping", "pong"]] = {
    aiohttp.WSMsgType.BINARY: "binary",
    aiohttp.WSMsgType.TEXT: "text",
    aiohttp.WSMsgType.PING: "ping",
    aiohttp.WSMsgType.PONG: "pong",
}


class RawWebSocket(aiohttp.ClientWebSocketResponse[Literal[True]]):
    """aiohttp's WebSocket, which otherwise keeps the headers of its handshake to itself."""

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers of the answer."""
        return self._response.headers

    @property
    def transport(self) -> asyncio.Transport | None:
        """What carries it."""
        connection = self._response.connection
        return None if connection is None else connection.transport


class AiohttpWebSocket:
    """A `WebSocket` over aiohttp's.

    Args:
        opened: aiohttp's.
        request: what it was opened by.
        error_of: what makes an error of aiohttp's one of ours.
    """

    def __init__(
        self,
        opened: RawWebSocket,
        request: Request,
        error_of: Callable[[Exception, Request, str], Exception],
    ) -> None:
        self._socket = opened
        self._request = request
        self._error_of = error_of
        self._transport = opened.transport
        connection = opened.get_extra_info("socket")
        if connection is not None and hasattr(socket, "TCP_USER_TIMEOUT"):
            # A program may leave its input unread for longer than a request may go unanswered.
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, 0)

    @property
    def subprotocol(self) -> str | None:
        """What the server chose of the subprotocols that were offered."""
        return self._socket.protocol

    async def receive(self) -> Frame:
        """The next frame."""
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
        """Answer a ping."""
        await self._send(data, aiohttp.WSMsgType.PONG)

    async def close(self, code: int = 1000, *, timeout: float = CLOSE_TIMEOUT) -> None:
        """Say goodbye, and close the connection."""
        transport, self._transport = self._transport, None
        try:
            async with asyncio.timeout(timeout):
                await self._socket.close(code=code)
        except TimeoutError:
            # The other side does not answer.
            return
        finally:
            # What it never takes, or a TLS farewell that never comes, would keep the socket open.
            if transport is not None:
                transport.abort()

    async def _send(self, data: bytes, kind: aiohttp.WSMsgType) -> None:
        # A write that fails takes with it what has arrived and was not read, such as why the other side has left.
        for _ in range(_TURNS):
            if not self._has_arrived():
                break
            await asyncio.sleep(0)
        try:
            await self._socket.send_frame(data, kind)
        except (aiohttp.ClientError, OSError) as error:
            raise self._error(error) from error

    def _has_arrived(self) -> bool:
        connection = self._socket.get_extra_info("socket")
        if connection is None or connection.fileno() == -1 or not hasattr(select, "poll"):
            return False
        poll = select.poll()
        poll.register(connection.fileno(), select.POLLIN)
        return bool(poll.poll(0))

    def _error(self, error: BaseException | None) -> Exception:
        if not isinstance(error, (aiohttp.ClientError, OSError)):
            error = aiohttp.ServerDisconnectedError("the connection was closed without a goodbye")
        return self._error_of(error, self._request, "the stream broke off")


class UpgradeRefused(Exception):
    """An answer to a request for a WebSocket that is none; aiohttp would drop its body, or follow a redirect."""

    def __init__(self, handshake: Handshake) -> None:
        self.handshake = handshake


async def raise_refused_upgrade(
    request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
) -> aiohttp.ClientResponse:
    """A middleware that raises `UpgradeRefused`."""
    response = await handler(request)
    if response.status == 101 or "Sec-WebSocket-Key" not in request.headers:
        return response
    try:
        body = await read_up_to(response.content.iter_any(), MAX_ERROR_BODY)
    finally:
        abort(response)
    raise UpgradeRefused(Handshake(status=response.status, headers=response.headers, body=body))
