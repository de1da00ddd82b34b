"""A local listener whose connections lead to a port of a pod, as `kubectl port-forward` makes one."""

from __future__ import annotations

import asyncio
import logging
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from ..errors import AiokubeError, InvalidRequest, NotFound
from ..public import public
from .port_target import Target

_log = logging.getLogger("aiokube.streams")

_CHUNK = 1 << 16

# Seconds of silence after which a connection ends whose local side has nothing more to say.
_LINGER = 30.0

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@public("aiokube.streams")
class Forwarder:
    """A local listener that is open."""

    def __init__(
        self,
        find: Callable[[], Awaitable[Target]],
        connect: Callable[[Target], AbstractAsyncContextManager[Streams]],
        target: Target,
        on_error: Callable[[Exception], object] | None,
    ) -> None:
        self._find = find
        self._connect = connect
        self._on_error = on_error
        self._connections: set[asyncio.Task[None]] = set()
        self.target: Target = target
        """The pod and the port that connections lead to."""
        self.address = ""
        """The address that it listens on."""
        self.port = 0
        """The port that it listens on."""

    def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Carry one connection, in a task of its own."""
        task = asyncio.create_task(self._carry(reader, writer))
        self._connections.add(task)
        task.add_done_callback(self._connections.discard)

    async def stop(self) -> None:
        """Cut every connection."""
        for task in self._connections:
            task.cancel()
        if self._connections:
            await asyncio.wait(self._connections)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            try:
                await self._join(reader, writer)
            except NotFound:
                # The pod has gone since; behind a service or a deployment stands another one.
                self.target = await self._find()
                await self._join(reader, writer)
        except BaseException as error:
            _reset(writer)
            if not isinstance(error, Exception):
                raise
            # A local side that has gone away knows of it.
            if isinstance(error, AiokubeError) or not isinstance(error, OSError):
                self._report(error)
        finally:
            writer.close()

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async with self._connect(self.target) as (pod_reader, pod_writer):
            progress = _Progress()
            back = asyncio.create_task(_copy(pod_reader, writer, progress))
            there = asyncio.create_task(_copy(reader, pod_writer, progress))
            try:
                await asyncio.wait([back, there], return_when=asyncio.FIRST_COMPLETED)
                if there.done():
                    there.result()
                if not back.done():
                    # The local side has closed, or half of it: nobody can tell. The pod may still answer.
                    await progress.silence(back)
                if back.done():
                    back.result()
            finally:
                back.cancel()
                there.cancel()
                await asyncio.gather(back, there, return_exceptions=True)

    def _report(self, error: Exception) -> None:
        if self._on_error is None:
            _log.warning("a forwarded connection broke: %s", error)
            return
        try:
            self._on_error(error)
        except Exception:
            _log.exception("the handler of forwarding errors failed")


def _reset(writer: asyncio.StreamWriter) -> None:
    """Break a connection, which its other side must not take for the end of what the pod had to say."""
    made: socket.socket | None = writer.get_extra_info("socket")
    if made is not None:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


class _Progress:
    """When bytes last moved."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._moved = self._loop.time()

    def note(self) -> None:
        self._moved = self._loop.time()

    async def silence(self, task: asyncio.Task[None]) -> None:
        """Wait for the end of a task, or until nothing has moved for a while."""
        self.note()
        while not task.done() and (left := self._moved + _LINGER - self._loop.time()) > 0:
            await asyncio.wait([task], timeout=left)


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, progress: _Progress) -> None:
    while data := await reader.read(_CHUNK):
        progress.note()
        writer.write(data)
        await writer.drain()


@asynccontextmanager
async def open_listener(
    find: Callable[[], Awaitable[Target]],
    connect: Callable[[Target], AbstractAsyncContextManager[Streams]],
    *,
    local_port: int,
    address: str,
    on_error: Callable[[Exception], object] | None,
) -> AsyncIterator[Forwarder]:
    """Listen, and carry every connection to the pod."""
    if not 0 <= local_port < 1 << 16:
        raise InvalidRequest(f"local_port is {local_port}: it is 0, for any that is free, or 1 to 65535")
    forwarder = Forwarder(find, connect, await find(), on_error)
    server = await asyncio.start_server(forwarder.accept, address, local_port)
    try:
        forwarder.address, forwarder.port = server.sockets[0].getsockname()[:2]
        yield forwarder
    finally:
        server.close()
        await forwarder.stop()
        await server.wait_closed()
