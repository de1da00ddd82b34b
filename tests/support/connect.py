"""An HTTP proxy that tunnels CONNECT, like one between a service and its cluster."""

from __future__ import annotations

import asyncio
import ssl
from base64 import b64encode
from types import TracebackType
from typing import Self


class ConnectProxy:
    """A proxy on 127.0.0.1.

    Args:
        tls: The TLS context; None serves plain HTTP.
        user: The required user and password, as `name:password`; None requires none.
    """

    def __init__(self, *, tls: ssl.SSLContext | None = None, user: str | None = None) -> None:
        self.targets: list[str] = []
        """The target of each tunnel, as `host:port`."""
        self.heads: list[bytes] = []
        """The head of each request."""
        self._tls = tls
        self._user = user
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def port(self) -> int:
        """The port of the proxy."""
        return int(self._server.sockets[0].getsockname()[1])

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=self._tls)
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
        head = await reader.readuntil(b"\r\n\r\n")
        self.heads.append(head)
        method, target, _ = head.split(b"\r\n")[0].decode().split(" ")
        required = f"Proxy-Authorization: Basic {b64encode((self._user or '').encode()).decode()}"
        if self._user is not None and required.lower() not in head.decode().lower():
            writer.write(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
            await writer.drain()
            return
        if method != "CONNECT":
            writer.write(b"HTTP/1.1 405 Method Not Allowed\r\nContent-Length: 0\r\n\r\n")
            await writer.drain()
            return
        self.targets.append(target)
        host, _, port = target.rpartition(":")
        target_reader, target_writer = await asyncio.open_connection(host, int(port))
        try:
            writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            async with asyncio.TaskGroup() as group:
                group.create_task(pump(reader, target_writer))
                group.create_task(pump(target_reader, writer))
        finally:
            target_writer.transport.abort()


async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Copy bytes until their end, and pass it on."""
    while data := await reader.read(1 << 16):
        writer.write(data)
        await writer.drain()
    if writer.can_write_eof():
        writer.write_eof()
