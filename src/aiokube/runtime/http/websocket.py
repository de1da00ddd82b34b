"""The interface of WebSockets (RFC 6455), independent of an HTTP library."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple, Protocol


class Frame(NamedTuple):
    """A received message or control frame."""

    kind: Literal["binary", "text", "ping", "pong", "close"]
    data: bytes
    """The payload: UTF-8 for a text, the reason for a close."""
    code: int = 0
    """The status code of a close; 1000 for a normal one."""


class WebSocket(Protocol):
    """An open WebSocket. One task may receive while others send."""

    @property
    def subprotocol(self) -> str | None:
        """The subprotocol that the server chose from those offered; None if it chose none."""
        ...

    @property
    def close_code(self) -> int | None:
        """The status code in the close frame of the server; None while the connection is open; 1006 if it
        ended without a close frame."""
        ...

    async def receive(self) -> Frame:
        """Return the next frame. No frame follows a close.

        Raises:
            ConnectionError: The connection was interrupted.
            StreamError: The server violated the protocol, or sent a message that is too large.
        """
        ...

    async def send(self, data: bytes | str) -> None:
        """Send a binary or text message; waits while the server does not accept data.

        Raises:
            ConnectionError: The connection was interrupted.
        """
        ...

    async def ping(self, data: bytes) -> None:
        """Send a ping, to which the server responds, in order, with a pong of the same data.

        Raises:
            ConnectionError: The connection was interrupted.
        """
        ...

    async def pong(self, data: bytes) -> None:
        """Respond to a ping.

        Raises:
            ConnectionError: The connection was interrupted.
        """
        ...

    async def close(self, code: int = 1000, *, timeout: float = ...) -> None:
        """Send a close frame and close the connection, even if the server does not respond in time.

        Args:
            code: Status code of the close frame.
            timeout: Seconds for sending pending data and receiving the close frame of the server.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Handshake:
    """The response to a WebSocket request."""

    status: int
    """The HTTP status code; 101 for an opened WebSocket."""
    headers: Mapping[str, str]
    """The headers, case-insensitive."""
    body: bytes = b""
    """The beginning of the body of a refusal."""
    websocket: WebSocket | None = None
    """The WebSocket; None if the server refused it."""
