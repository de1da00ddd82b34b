"""A TCP proxy that injects network faults between a client and a server.

async with FaultProxy(server.port) as proxy:
    ...  # connections to proxy.port reach the server
    proxy.blackhole()
    ...  # connections stay open, and no data gets through
    proxy.restore()
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Coroutine
from types import TracebackType
from typing import Any, Self

from .server import reset

_CHUNK = 1 << 16


class FaultProxy:
    """A proxy that forwards connections to a port of 127.0.0.1.

    Args:
        target: The port.
    """

    def __init__(self, target: int) -> None:
        self._target = target
        self._server: asyncio.Server | None = None
        self._port = 0
        self._flowing = asyncio.Event()
        self._flowing.set()
        self._delay = 0.0
        self._tasks: set[asyncio.Task[None]] = set()
        self._writers: set[asyncio.StreamWriter] = set()
        self.accepted = 0
        """Number of connections accepted so far."""

    @property
    def port(self) -> int:
        """The port of the proxy, which never changes."""
        return self._port

    @property
    def open_connections(self) -> int:
        """Number of open connections."""
        return len(self._tasks)

    def blackhole(self) -> None:
        """Keep connections open, accept new ones, and forward no data in either direction."""
        self._flowing.clear()

    def slow(self, seconds: float) -> None:
        """Delay each piece of data by some seconds."""
        self._delay = seconds

    def restore(self) -> None:
        """Forward data again, including data that was held back."""
        self._delay = 0.0
        self._flowing.set()

    def reset(self) -> None:
        """Reset every open connection; new ones are accepted."""
        for writer in list(self._writers):
            reset(writer)

    async def refuse(self) -> None:
        """Refuse new connections; open ones stay."""
        assert self._server is not None
        self._server.close()
        # The listener must be closed on return; waiting for its connections as well would take too long.
        await asyncio.sleep(0)

    async def listen(self) -> None:
        """Accept connections; after `refuse`, on the same port as before."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self._port, backlog=256)
        self._port = self._server.sockets[0].getsockname()[1]

    async def __aenter__(self) -> Self:
        await self.listen()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        assert self._server is not None
        self._server.close()
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self._writers.add(writer)
        self.accepted += 1
        out: asyncio.StreamWriter | None = None
        try:
            # A failure of either connection closes both.
            with contextlib.suppress(OSError):
                back, out = await asyncio.open_connection("127.0.0.1", self._target)
                self._writers.add(out)
                await self._both(self._pump(reader, out), self._pump(back, writer))
        finally:
            self._tasks.discard(task)
            for end in (writer, out):
                if end is not None:
                    self._writers.discard(end)
                    end.transport.abort()

    async def _both(self, *pumps: Coroutine[Any, Any, None]) -> None:
        tasks = [asyncio.ensure_future(pump) for pump in pumps]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(_CHUNK):
            if self._delay:
                await asyncio.sleep(self._delay)
            await self._flowing.wait()
            writer.write(data)
            await writer.drain()
        await self._flowing.wait()
        if writer.can_write_eof():
            writer.write_eof()


def unused_port() -> int:
    """Return a port of 127.0.0.1 on which nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
