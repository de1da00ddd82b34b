"""A local listener that forwards each connection to a port of a pod, like `kubectl port-forward`."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager

from ..arguments import types
from ..errors import AiokubeError, InvalidRequest
from ..public import public
from .local_listener import listen, reset
from .port_target import Target, TargetFinder

_log = logging.getLogger("aiokube.streams")

_CHUNK = 1 << 16  # bytes

_KEEPALIVE_S = 30
"""Seconds of silence after which a local end is probed, and between two probes."""

_LINGER_S = 5.0
"""Seconds in which the local end is expected to close, after the pod has."""

_POLL_S = 1.0
"""Seconds between two looks at the result of the probes."""

StreamPair = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@public("aiokube.streams")
class PortForwarder:
    """An open local listener."""

    def __init__(
        self,
        finder: TargetFinder,
        connect: Callable[[Target], AbstractAsyncContextManager[StreamPair]],
        target: Target,
        on_error: Callable[[Exception], object] | None,
        keepalive: int,
    ) -> None:
        self._finder = finder
        self._connect = connect
        self._on_error = on_error
        self._keepalive = keepalive
        self._failed_pod = ""
        self._failures = 0
        self.target: Target = target
        """The pod and the port that connections are forwarded to."""
        self.address = ""
        """The local address."""
        self.port = 0
        """The local port."""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Forward one connection, and report its failure."""
        try:
            if await self._forward(reader, writer):
                await _close(reader, writer)
            else:
                reset(writer)
        except Exception as error:
            # An OSError that is not ours comes from the local end, which needs no report.
            if isinstance(error, AiokubeError) or not isinstance(error, OSError):
                self.report(error)
            # The local end must not mistake a failure for the end of the data.
            reset(writer)

    def report(self, error: Exception) -> None:
        """Report the error of a connection."""
        if self._on_error is None:
            _log.warning("a forwarded connection failed: %s", error)
            return
        try:
            self._on_error(error)
        except Exception:
            _log.exception("the on_error callback raised")

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Forward data until the pod has closed the connection, or the local end has gone; return False for that."""
        async with AsyncExitStack() as stack:
            pod, (pod_reader, pod_writer) = await self._open(stack)
            failures = self._failures
            with self._noting_failures(pod):
                async with stack.pop_all():
                    is_local_open = await self._join(reader, writer, pod_reader, pod_writer)
                # The pod may have failed while the connection was being closed.
                if (failure := pod_reader.exception()) is not None:
                    raise failure
        # A connection that is older than a failure does not show that the pod has recovered.
        if pod == self._failed_pod and failures == self._failures:
            self._failed_pod = ""
        return is_local_open

    async def _open(self, stack: AsyncExitStack) -> tuple[str, StreamPair]:
        """Connect to the pod, or to another one if that fails, and return its name and the connection."""
        await self._select_pod()
        target = self.target
        try:
            return await self._open_to(target, stack)
        except AiokubeError:
            await self._select_pod()
            if self.target == target:
                raise
        return await self._open_to(self.target, stack)

    async def _open_to(self, target: Target, stack: AsyncExitStack) -> tuple[str, StreamPair]:
        with self._noting_failures(target.pod):
            return target.pod, await stack.enter_async_context(self._connect(target))

    @contextlib.contextmanager
    def _noting_failures(self, pod: str) -> Iterator[None]:
        try:
            yield
        except AiokubeError:
            self._failed_pod = pod
            self._failures += 1
            raise

    async def _select_pod(self) -> None:
        """Select another pod if the last connection failed, or if the pod is no longer ready."""
        if not self._finder.has_choice:
            return
        if self._failed_pod == self.target.pod or not await self._finder.is_ready(self.target):
            self.target = await self._finder.find(avoid=self._failed_pod)

    async def _join(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        pod_reader: asyncio.StreamReader,
        pod_writer: asyncio.StreamWriter,
    ) -> bool:
        """Copy data both ways; return False if the local end has gone."""

        async def copy_to_pod() -> None:
            try:
                await _copy(reader, pod_writer)
            except AiokubeError:
                # The pod accepts no more; its reader says whether it failed, after what it has sent.
                return
            # The subprotocol cannot pass the end of the data on. The pod may still respond, however late.
            await _wait_until_gone(writer, self._keepalive)

        to_local = asyncio.create_task(_copy(pod_reader, writer))
        to_pod = asyncio.create_task(copy_to_pod())
        try:
            await asyncio.wait([to_local, to_pod], return_when=asyncio.FIRST_COMPLETED)
            if to_pod.done() and to_pod.exception() is None:
                await asyncio.wait([to_local])
            await (to_local if to_local.done() else to_pod)
        except OSError as error:
            if isinstance(error, AiokubeError):
                raise
            return False
        finally:
            for task in (to_local, to_pod):
                task.cancel()
            await asyncio.gather(to_local, to_pod, return_exceptions=True)
        return True


async def _close(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Close a local connection, once its local end has received everything.

    The kernel resets a connection that is closed before all data was read, and the local end loses its last data.
    """
    writer.write_eof()
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_LINGER_S):
            while await reader.read(_CHUNK):
                pass
    writer.close()
    await writer.wait_closed()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(_CHUNK):
        writer.write(data)
        await writer.drain()


async def _wait_until_gone(writer: asyncio.StreamWriter, keepalive: int) -> None:
    """Wait until the local end, which has sent its last data, can no longer receive any.

    Nothing tells a program that has closed its socket from one that has only sent everything, until the kernel drops
    the closed socket (on Linux after a minute) and resets the connection at the next probe.

    Raises:
        ConnectionResetError: The local end has gone.
    """
    local: socket.socket = writer.get_extra_info("socket")
    local.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name in ("TCP_KEEPIDLE", "TCP_KEEPALIVE", "TCP_KEEPINTVL"):
        if hasattr(socket, name):
            local.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), keepalive)
    while _is_connected(local):  # noqa: ASYNC110 - a socket sets no event
        await asyncio.sleep(_POLL_S)
    raise ConnectionResetError("the local end has gone")


def _is_connected(local: socket.socket) -> bool:
    return local.fileno() != -1 and not local.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)


@asynccontextmanager
async def open_port_forwarder(
    finder: TargetFinder,
    connect: Callable[[Target], AbstractAsyncContextManager[StreamPair]],
    *,
    local_port: int,
    address: str,
    on_error: Callable[[Exception], object] | None,
    keepalive: int = _KEEPALIVE_S,
) -> AsyncIterator[PortForwarder]:
    """Listen on a local port, and forward every connection to a pod.

    Args:
        finder: Finds the pod and its port.
        connect: Opens a connection to a port of a pod.
        local_port: The local port; 0 takes any free one.
        address: The local address.
        on_error: Called with the error of each failed connection; None logs it.
        keepalive: Seconds of silence after which a local end that has sent its last data is probed.

    Raises:
        NotFound: The pod, service or workload does not exist.
        InvalidRequest: The local port is out of range.
        StreamError: The local address or port cannot be listened on.
    """
    types.instance(local_port, int, "an integer", "local_port")
    types.instance(address, str, "a string", "address")
    if not 0 <= local_port < 1 << 16:
        raise InvalidRequest(f"local_port is {local_port}; it must be 0 (any free port) or 1 to 65535")
    target = await finder.find()
    await finder.check_exists()
    forwarder = PortForwarder(finder, connect, target, on_error, keepalive)
    async with listen(address, local_port, forwarder.serve, forwarder.report) as bound:
        forwarder.address, forwarder.port = bound
        yield forwarder
