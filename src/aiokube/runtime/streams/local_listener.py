"""A TCP listener on this machine whose connections end with it."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

from ..errors import StreamError

_BACKLOG = 128
_ACCEPT_PAUSE_S = 1.0
"""Pause after a failed accept, such as one for which no file descriptor was left."""

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Coroutine[Any, Any, None]]


@asynccontextmanager
async def listen(
    address: str, port: int, serve: Serve, on_error: Callable[[Exception], object]
) -> AsyncIterator[tuple[str, int]]:
    """Listen on a local address and serve each connection in a task; yield the address and port.

    When the block is left, open connections are reset, so that their local ends do not mistake it for the end of the
    data. `asyncio.start_server` cannot do this: cancelled, it may leave its listener open, and a connection that it
    accepts while it is being closed outlives it, or keeps it from closing.

    Args:
        address: A local address, or a name that resolves to some.
        port: The local port; 0 takes any free one.
        serve: Serves one connection; called with its streams. It handles its own errors.
        on_error: Called with the error when a connection could not be accepted.

    Raises:
        StreamError: The address or port cannot be listened on.
    """
    listeners: list[socket.socket] = []
    connections: set[asyncio.Task[None]] = set()
    accepting: list[asyncio.Task[None]] = []
    try:
        await _open(listeners, address, port)
        accepting += [asyncio.create_task(_accept(one, serve, connections, on_error)) for one in listeners]
        host, bound_port = listeners[0].getsockname()[:2]
        yield host, bound_port
    finally:
        try:
            # No connection is accepted after this: a cancelled task does not start another.
            tasks = [*accepting, *connections]
            for task in tasks:
                task.cancel()
            if tasks:
                await asyncio.wait(tasks)
        finally:
            for listener in listeners:
                listener.close()


async def _open(listeners: list[socket.socket], address: str, port: int) -> None:
    """Open a listener for each address that a name resolves to, all on the same port."""
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(address, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        for family, _, _, _, (host, _, *scope) in dict.fromkeys(found):
            listener = socket.create_server((host, port, *scope), family=family, backlog=_BACKLOG)
            listener.setblocking(False)
            listeners.append(listener)
            port = listener.getsockname()[1]
    except OSError as error:
        raise StreamError(f"cannot listen on {address} port {port}: {error.strerror or error}") from error


async def _accept(
    listener: socket.socket,
    serve: Serve,
    connections: set[asyncio.Task[None]],
    on_error: Callable[[Exception], object],
) -> None:
    loop = asyncio.get_running_loop()
    while True:
        try:
            connection, _ = await loop.sock_accept(listener)
            try:
                reader, writer = await asyncio.open_connection(sock=connection)
            except BaseException:
                connection.close()
                raise
        except OSError as error:
            on_error(error)
            await asyncio.sleep(_ACCEPT_PAUSE_S)
            continue
        task = asyncio.create_task(serve(reader, writer))
        connections.add(task)
        task.add_done_callback(connections.discard)
        # Also for a task that is cancelled before it starts.
        task.add_done_callback(partial(_close, writer))


def _close(writer: asyncio.StreamWriter, task: asyncio.Task[None]) -> None:
    if task.cancelled():
        reset(writer)
    else:
        writer.close()


def reset(writer: asyncio.StreamWriter) -> None:
    """Reset a connection; does nothing if it is closed."""
    local: socket.socket | None = writer.get_extra_info("socket")
    if local is not None and local.fileno() != -1:
        local.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
