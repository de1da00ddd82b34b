"""The server's side of byte streams over one WebSocket: each message begins with the number of its channel."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from aiohttp import WSMsgType, web

from ..failures import bad_request, not_implemented

CHUNK = 1 << 15
"""Most bytes of a message, as kube-apiserver sends."""
CLOSE = 255
"""The channel whose messages close other channels, in `v5.channel.k8s.io`."""

Connected = Callable[[], Awaitable[None]]
"""Waits while a partition lets nothing pass."""


def check_upgrade(request: web.BaseRequest) -> None:
    """Check that a request asks for a stream.

    Raises:
        Failure: It does not.
    """
    if not request.headers.get("Upgrade"):
        raise bad_request("Upgrade request required")


def choose_protocol(request: web.BaseRequest, known: Sequence[str]) -> str:
    """Return the subprotocol for a WebSocket: the first of the known ones that the client offers.

    Raises:
        Failure: There is none, or it is no WebSocket.
    """
    upgrade = request.headers.get("Upgrade", "")
    if upgrade.lower() != "websocket":
        raise not_implemented(f"streams over {upgrade} (WebSockets work)")
    offered = [one.strip() for one in request.headers.get("Sec-WebSocket-Protocol", "").split(",") if one.strip()]
    for protocol in known:
        if protocol in offered:
            return protocol
    shown = ", ".join(offered) or "a WebSocket without a subprotocol"
    raise not_implemented(f"streams over {shown} (known: {', '.join(known)})")


class Socket:
    """An open WebSocket with channels.

    Args:
        protocol: The subprotocol.
        connected: Waits while a partition lets nothing pass.
    """

    def __init__(self, protocol: str, connected: Connected) -> None:
        self.response: web.WebSocketResponse = web.WebSocketResponse(
            protocols=(protocol,), compress=False, max_msg_size=0, timeout=1.0
        )
        self._connected = connected

    async def send(self, channel: int, data: bytes) -> None:
        """Send bytes on a channel."""
        for start in range(0, len(data) or 1, CHUNK):
            await self.send_message(bytes([channel]) + data[start : start + CHUNK])

    async def send_message(self, message: bytes) -> None:
        """Send a message; it is dropped once the client has left."""
        await self._connected()
        if not self.response.closed:
            await self.response.send_bytes(message)

    async def receive(self) -> bytes | None:
        """Return the next message; None once the client has left."""
        while True:
            message = await self.response.receive()
            if message.type is WSMsgType.BINARY:
                return bytes(message.data)
            if message.type is not WSMsgType.TEXT:
                return None

    async def close(self) -> None:
        """Close it normally."""
        await self._connected()
        await self.response.close()


def plain_failure(code: int, text: str) -> web.Response:
    """Return the answer of a kubelet that refuses, which has no Status."""
    return web.Response(status=code, text=text)
