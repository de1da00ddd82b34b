"""Pings that keep a WebSocket alive and detect a dead peer."""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import Self

from ..errors import ClientClosed, Disconnected
from ..http.websocket import Frame, WebSocket

# The values of client-go.
_PING_INTERVAL = 5.0  # seconds
_DEADLINE = 61.0  # seconds


class Connection:
    """A WebSocket with pings; an async context manager that closes it on exit.

    The peer answers a ping after reading everything sent before it. While a command does not read its input, its server
    stops reading, and so stops answering pings. Silence therefore counts only when everything sent has been read.

    Args:
        websocket: An open WebSocket.
        what: Name of the stream in error messages: `exec in web-0`.
        ping_interval: Seconds between two pings.
        deadline: Seconds without any frame after which the peer is considered dead.
    """

    def __init__(
        self,
        websocket: WebSocket,
        what: str,
        *,
        ping_interval: float = _PING_INTERVAL,
        deadline: float = _DEADLINE,
    ) -> None:
        self._websocket = websocket
        self._what = what
        self._ping_interval = ping_interval
        self._deadline = deadline
        self._sent = 0
        self._read = 0
        self._heard: float | None = None
        self._failure: Disconnected | None = None
        self._pings: asyncio.Task[None] | None = None

    @property
    def subprotocol(self) -> str | None:
        """The subprotocol that the server chose; None if it chose none."""
        return self._websocket.subprotocol

    @property
    def close_code(self) -> int | None:
        """The status code in the close frame of the peer; None while the connection is open; 1006 if it
        ended without a close frame."""
        return self._websocket.close_code

    async def __aenter__(self) -> Self:
        self._pings = asyncio.create_task(self._ping())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        assert self._pings is not None
        self._pings.cancel()
        await asyncio.wait([self._pings])
        await self._websocket.close()

    async def receive(self) -> Frame:
        """Return the next message or close frame.

        Raises:
            ConnectionError: The connection broke, or the peer was silent past the deadline.
            StreamError: The peer violated the protocol.
        """
        loop = asyncio.get_running_loop()
        # Only time spent waiting counts: frames that arrive while the caller is busy are not seen.
        self._heard = loop.time()
        try:
            while True:
                frame = await self._websocket.receive()
                self._heard = loop.time()
                if frame.kind == "ping":
                    await self._websocket.pong(frame.data)
                elif frame.kind == "pong":
                    self._read = int(frame.data) if frame.data.isdigit() else self._read
                else:
                    return frame
        except ConnectionError as error:
            raise self._failure or error from error
        finally:
            self._heard = None

    async def send(self, data: bytes | str) -> None:
        """Send a message; wait until the peer accepts it.

        Raises:
            ConnectionError: The connection broke.
        """
        self._sent += 1
        await self._websocket.send(data)

    async def close(self, code: int = 1000, *, timeout: float = 1.0) -> None:
        """Send a close frame and close the connection; a task in `receive` gets the close.

        Args:
            code: The close code.
            timeout: Seconds for the peer to accept everything that was sent, and to answer the close frame.
        """
        await self._websocket.close(code, timeout=timeout)

    async def _ping(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(self._ping_interval)
            if self._heard is not None and self._sent == self._read and loop.time() - self._heard > self._deadline:
                self._failure = Disconnected(f"{self._what}: nothing was received for {self._deadline:g} s")
                await self._websocket.close(1001)
                return
            try:
                await self._websocket.ping(str(self._sent).encode())
            except (ConnectionError, ClientClosed):
                # The task in `receive` gets the same error.
                return
