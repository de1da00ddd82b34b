"""A local listener that forwards each connection to a port of a pod, like `kubectl port-forward`."""

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

_CHUNK = 1 << 16  # bytes

_LINGER = 30.0
"""Seconds of silence after which a connection ends, once the local end has closed its half."""

StreamPair = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@public("aiokube.streams")
class PortForwarder:
    """An open local listener."""

    def __init__(
        self,
        find: Callable[[], Awaitable[Target]],
        connect: Callable[[Target], AbstractAsyncContextManager[StreamPair]],
        target: Target,
        on_error: Callable[[Exception], object] | None,
    ) -> None:
        self._find = find
        self._connect = connect
        self._on_error = on_error
        self._connections: set[asyncio.Task[None]] = set()
        self.target: Target = target
        """The pod and the port that connections are forwarded to."""
        self.address = ""
        """The local address."""
        self.port = 0
        """The local port."""

    def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Forward one connection, in a new task."""
        task = asyncio.create_task(self._forward(reader, writer))
        self._connections.add(task)
        task.add_done_callback(self._connections.discard)

    async def stop(self) -> None:
        """Cancel every connection."""
        for task in self._connections:
            task.cancel()
        if self._connections:
            await asyncio.wait(self._connections)

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            try:
                await self._join(reader, writer)
            except NotFound:
                # The pod has been deleted; a service or a deployment may have another.
                self.target = await self._find()
                await self._join(reader, writer)
        except BaseException as error:
            _reset(writer)
            if not isinstance(error, Exception):
                raise
            # An OSError that is not ours comes from the local end, which needs no report.
            if isinstance(error, AiokubeError) or not isinstance(error, OSError):
                self._report(error)
        finally:
            writer.close()

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async with self._connect(self.target) as (pod_reader, pod_writer):
            activity = _Activity()
            to_local = asyncio.create_task(_copy(pod_reader, writer, activity))
            to_pod = asyncio.create_task(_copy(reader, pod_writer, activity))
            try:
                await asyncio.wait([to_local, to_pod], return_when=asyncio.FIRST_COMPLETED)
                if to_pod.done():
                    to_pod.result()
                if not to_local.done():
                    # The local end has closed, perhaps only its half: the pod may still respond.
                    await activity.wait_for_silence(to_local)
                if to_local.done():
                    to_local.result()
            finally:
                to_local.cancel()
                to_pod.cancel()
                await asyncio.gather(to_local, to_pod, return_exceptions=True)

    def _report(self, error: Exception) -> None:
        if self._on_error is None:
            _log.warning("a forwarded connection failed: %s", error)
            return
        try:
            self._on_error(error)
        except Exception:
            _log.exception("the on_error callback raised")


def _reset(writer: asyncio.StreamWriter) -> None:
    """Reset a connection, so that the local end does not mistake a failure for the end of the data."""
    local: socket.socket | None = writer.get_extra_info("socket")
    if local is not None:
        local.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


class _Activity:
    """The time at which data was last forwarded."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._last = self._loop.time()

    def record(self) -> None:
        self._last = self._loop.time()

    async def wait_for_silence(self, task: asyncio.Task[None]) -> None:
        """Wait until a task is done, or no data has been forwarded for `_LINGER` seconds."""
        self.record()
        while not task.done() and (left := self._last + _LINGER - self._loop.time()) > 0:
            await asyncio.wait([task], timeout=left)


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, activity: _Activity) -> None:
    while data := await reader.read(_CHUNK):
        activity.record()
        writer.write(data)
        await writer.drain()


@asynccontextmanager
async def open_port_forwarder(
    find: Callable[[], Awaitable[Target]],
    connect: Callable[[Target], AbstractAsyncContextManager[StreamPair]],
    *,
    local_port: int,
    address: str,
    on_error: Callable[[Exception], object] | None,
) -> AsyncIterator[PortForwarder]:
    """Listen on a local port, and forward every connection to a pod.

    Args:
        find: Finds the pod and its port; called first, and again when the pod no longer exists.
        connect: Opens a connection to a port of a pod.
        local_port: The local port; 0 takes any free one.
        address: The local address.
        on_error: Called with the error of each failed connection; None logs it.

    Raises:
        InvalidRequest: The local port is out of range.
        OSError: The local address or port cannot be listened on.
    """
    if not 0 <= local_port < 1 << 16:
        raise InvalidRequest(f"local_port is {local_port}; it must be 0 (any free port) or 1 to 65535")
    forwarder = PortForwarder(find, connect, await find(), on_error)
    server = await asyncio.start_server(forwarder.accept, address, local_port)
    try:
        forwarder.address, forwarder.port = server.sockets[0].getsockname()[:2]
        yield forwarder
    finally:
        server.close()
        await forwarder.stop()
        await server.wait_closed()
