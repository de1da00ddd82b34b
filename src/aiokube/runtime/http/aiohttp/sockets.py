"""The sockets of a transport, from their creation until they are closed."""

from __future__ import annotations

import asyncio
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary, WeakSet

if TYPE_CHECKING:
    from asyncio.trsock import TransportSocket

_UNWINDING_TURNS = 20
"""Turns of the event loop that a cancelled call may need to close its socket; it needs about three."""


class OpenSockets:
    """The sockets that a transport has opened, and their connections.

    Neither aiohttp nor asyncio keeps track of all of them. A cancelled call leaves its TLS connection in a shutdown
    that waits for the peer, possibly longer than the event loop runs.
    """

    def __init__(self) -> None:
        self._sockets: WeakSet[socket.socket] = WeakSet()
        # A protocol of aiohttp forgets its transport when it begins to close it.
        self._transports: WeakKeyDictionary[asyncio.BaseProtocol, asyncio.Transport] = WeakKeyDictionary()
        self._opened_elsewhere = 0

    def create(self, address: tuple[Any, ...]) -> socket.socket:
        """Return a new socket for an address: the `socket_factory` of aiohttp."""
        created = socket.socket(family=address[0], type=address[1], proto=address[2])
        self.add(created)
        return created

    def add(self, opened: socket.socket) -> None:
        """Add a socket, and make it detect an unreachable peer."""
        self._sockets.add(opened)
        _detect_unreachable_peers(opened)

    @contextmanager
    def opening(self) -> Iterator[None]:
        """Note that a library opens a socket within the block, and closes it if the block is cancelled."""
        self._opened_elsewhere += 1
        try:
            yield
        finally:
            self._opened_elsewhere -= 1

    def add_connection(self, protocol: asyncio.BaseProtocol, transport: asyncio.Transport) -> None:
        """Add a connection, which the transport keeps alive until it is lost."""
        self._transports[protocol] = transport

    async def close(self) -> None:
        """Abort every connection, and wait until the sockets are closed, also those of calls that were cancelled."""
        for _ in range(_UNWINDING_TURNS):
            for transport in list(self._transports.values()):
                transport.abort()
            if not self._opened_elsewhere and all(opened.fileno() == -1 for opened in self._sockets):
                return
            await asyncio.sleep(0)

    def shut_down(self) -> None:
        """Let the peers know of the end, where no event loop runs that could close the sockets."""
        for opened in list(self._sockets):
            with suppress(OSError):
                opened.shutdown(socket.SHUT_RDWR)


# Linux wakes the loop as the mark is lowered below what has arrived; elsewhere, it may wait for more.
_MARKS_WAKE = sys.platform == "linux"


class LowWaterMark:
    """The number of bytes that a socket has to receive before it wakes the event loop.

    Args:
        of: The socket; None for one that is closed.
    """

    def __init__(self, of: TransportSocket | None) -> None:
        self._socket = of if _MARKS_WAKE else None
        self._timer: asyncio.TimerHandle | None = None

    def raise_for(self, seconds: float, size: int) -> None:
        """Raise the mark to a number of bytes for some seconds. The end of the connection wakes the loop at once."""
        if self._timer is None:
            self._set(size)
        else:
            self._timer.cancel()
        # The timer is not bound to a read, so that no later user of the connection ever waits longer.
        self._timer = asyncio.get_running_loop().call_later(seconds, self._lower)

    def _lower(self) -> None:
        self._timer = None
        self._set(1)

    def _set(self, size: int) -> None:
        # It may be closed in the meantime, and be of a kind that has no mark.
        if self._socket is not None and self._socket.fileno() != -1:
            with suppress(OSError):
                self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, size)


def _detect_unreachable_peers(connection: socket.socket) -> None:
    """Make a socket detect an unreachable peer within a minute; by default it takes 15 minutes."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    # TCP_KEEPIDLE and TCP_KEEPINTVL are in seconds, TCP_USER_TIMEOUT in milliseconds.
    for name, value in (("TCP_KEEPIDLE", 30), ("TCP_KEEPINTVL", 10), ("TCP_KEEPCNT", 3), ("TCP_USER_TIMEOUT", 45_000)):
        if hasattr(socket, name):
            connection.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
