"""WebSockets as the rest of the runtime sees them (RFC 6455), whatever carries them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple, Protocol


class Frame(NamedTuple):
    """One message of the other side, or one of its control frames."""

    kind: Literal["binary", "text", "ping", "pong", "close"]
    data: bytes
    """The payload; of a text, its UTF-8; of a close, its reason."""
    code: int = 0
    """Of a close: why, 1000 when all is well."""


class WebSocket(Protocol):
    """An open WebSocket. One task may receive while others send."""

    @property
    def subprotocol(self) -> str | None:
        """What the server chose of the subprotocols that were offered; None when it chose none of them."""
        ...

    async def receive(self) -> Frame:
        """The next frame. After a close there is none.

        Raises:
            ConnectionError: the connection broke.
            StreamError: the other side broke the protocol, or sent a message that is too large.
        """
        ...

    async def send(self, data: bytes | str) -> None:
        """Send a message, binary or text; waits while the other side does not take it.

        Raises:
            ConnectionError: the connection broke.
        """
        ...

    async def ping(self, data: bytes) -> None:
        """Send a ping: the other side answers it, in order, with a pong of the same data.

        Raises:
            ConnectionError: the connection broke.
        """
        ...

    async def pong(self, data: bytes) -> None:
        """Answer a ping.

        Raises:
            ConnectionError: the connection broke.
        """
        ...

    async def close(self, code: int = 1000, *, timeout: float = ...) -> None:
        """Say goodbye and close the connection, whether or not the other side answers in time.

        Args:
            code: why.
            timeout: seconds for everything that was sent to be taken, and for the answer.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Handshake:
    """The answer to a request for a WebSocket."""

    status: int
    """The HTTP status code: 101 when there is a WebSocket."""
    headers: Mapping[str, str]
    """The headers, whatever their case."""
    body: bytes = b""
    """The beginning of the body of a refusal."""
    websocket: WebSocket | None = None
    """None when the server refused it."""
