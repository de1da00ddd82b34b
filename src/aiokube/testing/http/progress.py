"""Waiting for something to happen in a cluster."""

from __future__ import annotations

import asyncio


class Progress:
    """Wakes those who wait for the next event, whatever it is."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def made(self) -> None:
        """Wake everyone who waits now."""
        self._event.set()
        self._event.clear()

    async def wait(self) -> None:
        """Wait for the next event."""
        await self._event.wait()
