"""A WebSocket that is kept alive, and known to be dead when it is."""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import Self

from ..errors import ClientClosed, Disconnected
from ..http.websocket import Frame, WebSocket

# Seconds; client-go's.
_PING_INTERVAL = 5.0
_DEADLINE = 61.0


class Connection:
    """A WebSocket with pings; use it with `async with`, which closes it.

    The other side answers pings in the order of what it reads. While a program does not take its input, its server
    reads nothing more, and answers nothing: so silence only counts once everything that was sent has been read.

    Args:
        websocket: an open WebSocket.
        what: what it is, for errors: `exec in web-0`.
        ping_interval: seconds between two pings.
        deadline: seconds without any sign of life after which the other side is taken for dead.
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
        """What the server chose of the subprotocols that were offered."""
        return self._websocket.subprotocol

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
        """The next message, or the close.

        Raises:
            ConnectionError: the connection broke, or the other side gave no sign of life for too long.
            StreamError: the other side broke the protocol.
        """
        loop = asyncio.get_running_loop()
        # Only the time spent waiting counts: what has come is not seen while its reader is busy.
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
        """Send a message; waits while the other side does not take it.

        Raises:
            ConnectionError: the connection broke.
        """
        self._sent += 1
        await self._websocket.send(data)

    async def close(self, code: int = 1000, *, timeout: float = 1.0) -> None:
        """Say goodbye and close the connection; a task that receives is told that it is closed.

        Args:
            code: why.
            timeout: seconds for everything that was sent to be taken, and for the answer.
        """
        await self._websocket.close(code, timeout=timeout)

    async def _ping(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(self._ping_interval)
            if self._heard is not None and self._sent == self._read and loop.time() - self._heard > self._deadline:
                self._failure = Disconnected(f"{self._what}: no sign of life for {self._deadline:g} s")
                await self._websocket.close(1001)
                return
            try:
                await self._websocket.ping(str(self._sent).encode())
            except (ConnectionError, ClientClosed):
                # The task that receives meets the same.
                return
