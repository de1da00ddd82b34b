"""A TCP proxy that a test can make fail: the network between a client and a server.

async with FaultProxy(server.port) as proxy:
    ...  # connections to proxy.port reach the server
    proxy.blackhole()
    ...  # connections stay open, and nothing comes through
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
    """Passes connections on to a port of 127.0.0.1 until it is told otherwise.

    Args:
        target: the port.
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
        """How many connections there have been."""

    @property
    def port(self) -> int:
        """Where it listens; the same for its whole life."""
        return self._port

    @property
    def open_connections(self) -> int:
        """How many connections there are now."""
        return len(self._tasks)

    def blackhole(self) -> None:
        """Keep connections open, take new ones, and let no byte through in either direction."""
        self._flowing.clear()

    def slow(self, seconds: float) -> None:
        """Hold each piece of data back for some time."""
        self._delay = seconds

    def restore(self) -> None:
        """Pass everything on again, with what was held back."""
        self._delay = 0.0
        self._flowing.set()

    def reset(self) -> None:
        """End every connection there is with a RST; new ones are passed on as before."""
        for writer in list(self._writers):
            reset(writer)

    async def refuse(self) -> None:
        """Refuse new connections; those there are stay."""
        assert self._server is not None
        self._server.close()
        # Nobody may listen before this returns; waiting for its connections as well would take too long.
        await asyncio.sleep(0)

    async def listen(self) -> None:
        """Take connections, after `refuse` at the same port as before."""
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
            # A failure of one side is passed on to the other by the end of both.
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
    """A port of 127.0.0.1 at which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
