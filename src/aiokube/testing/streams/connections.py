"""One connection to a port, served by a function of the test."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable

from ..functions import result_of
from .sessions import PortConnection, PortFunction

_log = logging.getLogger("aiokube.testing")


async def serve_connection(
    connection: PortConnection, function: PortFunction, fail: Callable[[bytes], Awaitable[None]]
) -> None:
    """Serve a connection until the function returns; what it raises is sent as an error."""
    try:
        await result_of(function(connection))
    except Exception as error:
        _log.info("a port of a pod refuses a connection: %s", error)
        await fail(f"error forwarding port {connection.port} to pod {connection.pod}, uid : {error}".encode())
