"""A SOCKS5 proxy (RFC 1928, RFC 1929) on 127.0.0.1."""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import Self

from .connect import pump


class SocksProxy:
    """A proxy that connects every host name to 127.0.0.1.

    Args:
        user: The required user and password, as `name:password`; None requires none.
    """

    def __init__(self, *, user: str | None = None) -> None:
        self.targets: list[str] = []
        """The target of each connection, as `host:port`."""
        self._user = user
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def port(self) -> int:
        """The port of the proxy."""
        return int(self._server.sockets[0].getsockname()[1])

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            await self._tunnel(reader, writer)
        except (OSError, asyncio.IncompleteReadError):
            return
        finally:
            self._tasks.discard(task)
            writer.transport.abort()

    async def _tunnel(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        _, count = await reader.readexactly(2)
        methods = await reader.readexactly(count)
        method = 0 if self._user is None else 2
        writer.write(bytes([5, method if method in methods else 0xFF]))
        if method == 2:
            await reader.readexactly(1)
            given = [(await reader.readexactly((await reader.readexactly(1))[0])).decode() for _ in range(2)]
            is_known = ":".join(given) == self._user
            writer.write(bytes([1, 0 if is_known else 1]))
            if not is_known:
                await writer.drain()
                return
        _, _, _, kind = await reader.readexactly(4)
        size = {1: 4, 3: 1}[kind]
        address = await reader.readexactly(size)
        host = ".".join(map(str, address)) if kind == 1 else (await reader.readexactly(address[0])).decode()
        port = int.from_bytes(await reader.readexactly(2))
        self.targets.append(f"{host}:{port}")
        try:
            target_reader, target_writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            writer.write(b"\x05\x05\0\x01" + bytes(6))  # connection refused
            await writer.drain()
            return
        try:
            writer.write(b"\x05\0\0\x01" + bytes(6))
            async with asyncio.TaskGroup() as group:
                group.create_task(pump(reader, target_writer))
                group.create_task(pump(target_reader, writer))
        finally:
            target_writer.transport.abort()
