"""Free ports of 127.0.0.1."""

from __future__ import annotations

import random
import socket
from contextlib import ExitStack

LOOPBACK = "127.0.0.1"
RANGE = range(20000, 32000)
"""Below what systems hand out for outgoing connections (32768 and up): otherwise a client that reconnects to a stopped
server can be given that very port, and so connect to itself and keep the server from starting again."""


def free_ports(count: int) -> list[int]:
    """Return different ports that nothing listens on.

    They are free when this returns; a component that then finds its port taken makes the cluster start again.

    Args:
        count: How many.
    """
    with ExitStack() as stack:
        return [stack.enter_context(reserve()).getsockname()[1] for _ in range(count)]


def reserve() -> socket.socket:
    """Return a socket that keeps a free port from others without listening: connections to it are refused."""
    while True:
        sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        try:
            sock.bind((LOOPBACK, random.choice(RANGE)))  # noqa: S311 - no secret
        except OSError:
            sock.close()
        else:
            # After the bind, which must fail on a port that is in use; it allows `bound`, which sets it as well.
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            return sock


def bound(reserved: socket.socket) -> socket.socket:
    """Return a second socket on a reserved port, ready to listen on."""
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind(reserved.getsockname())
    return sock
