"""The time since the server was last heard."""

from __future__ import annotations

import asyncio


class LastHeard:
    """Measures the time since the last data from the server."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._at = 0.0

    def note(self) -> None:
        """Record that data has arrived."""
        self._loop = asyncio.get_running_loop()
        self._at = self._loop.time()

    @property
    def seconds(self) -> float | None:
        """Seconds since data has arrived; None if none has."""
        return None if self._loop is None else self._loop.time() - self._at
