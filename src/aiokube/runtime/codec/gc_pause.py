"""Pausing the cyclic garbage collector while a large body is decoded."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

LARGE_BODY = 1 << 16
"""Size in bytes below which pausing the collector costs more than it saves."""


ALLOWED: ContextVar[bool] = ContextVar("aiokube_gc_pause_allowed", default=True)
"""True if the collector may be paused, which affects the whole process; set by the client of a call."""


@contextmanager
def gc_paused(size: int) -> Iterator[None]:
    """Pause the collector if a body of `size` bytes is large.

    All objects decoded from it are still in use, so the collector would traverse them repeatedly and free nothing.
    """
    pause = size >= LARGE_BODY and ALLOWED.get() and gc.isenabled()
    if pause:
        gc.disable()
    try:
        yield
    finally:
        if pause:
            gc.enable()


_MAX_WAIT_S = 0.1


class LongPause:
    """A pause of the collector while a large body is decoded part by part, as long as the parts come fast."""

    def __init__(self) -> None:
        self._timer: asyncio.TimerHandle | None = None

    def extend(self) -> None:
        """Begin the pause, or let it go on."""
        if self._timer is not None:
            self._timer.cancel()
        elif ALLOWED.get() and gc.isenabled():
            gc.disable()
        else:
            return
        self._timer = asyncio.get_running_loop().call_later(_MAX_WAIT_S, self.end)

    def end(self) -> None:
        """End the pause, if there is one."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
            gc.enable()
