"""The event loop of a client, to which its connections and pending calls belong."""

from __future__ import annotations

import asyncio

from ..errors import NotSupported


class HomeLoop:
    """The event loop of the first call; when it has been closed, that of the next call."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None

    def enter(self) -> bool:
        """Check that the running event loop is that of the client, and return True if it replaces a closed one.

        Raises:
            NotSupported: The client belongs to another event loop, which has not been closed.
        """
        last, running = self._loop, asyncio.get_running_loop()
        if last is running:
            return False
        if last is not None and not last.is_closed():
            raise NotSupported(
                "the client is in use in another event loop; create a client in each event loop, or close that loop "
                "first"
            )
        self._loop = running
        return last is not None
