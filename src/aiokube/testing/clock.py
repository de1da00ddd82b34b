"""The cluster's time: the machine's, until a test moves it on."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

_LAST = datetime(9000, 1, 1, tzinfo=UTC).timestamp()


class Timer:
    """A call that is to be made later."""

    def __init__(self, clock: Clock, due: float, call: Callable[[], Any]) -> None:
        self._clock = clock
        self._handle: asyncio.TimerHandle | None = None
        self.due = due
        self.call = call
        self.schedule()

    def schedule(self) -> None:
        """Set the event loop's timer, by the clock as it stands now."""
        if self._handle is not None:
            self._handle.cancel()
        delay = max(0.0, self.due - self._clock.seconds())
        self._handle = asyncio.get_running_loop().call_later(delay, self._run)

    def cancel(self) -> None:
        """Do not make the call."""
        if self._handle is not None:
            self._handle.cancel()
        self._clock.timers.discard(self)

    def _run(self) -> None:
        self._clock.timers.discard(self)
        self.call()


class Clock:
    """Time that a test can move on."""

    def __init__(self) -> None:
        self._ahead = 0.0
        self.timers: set[Timer] = set()

    def seconds(self) -> float:
        """Seconds of the event loop's clock, which may be a virtual one."""
        return asyncio.get_running_loop().time() + self._ahead

    def now(self) -> datetime:
        """The time of day, in UTC."""
        return datetime.now(UTC) + timedelta(seconds=self._ahead)

    def timestamp(self) -> str:
        """The time of day, as objects have it: in whole seconds."""
        return self.now().strftime("%Y-%m-%dT%H:%M:%SZ")

    def call_later(self, delay: float, call: Callable[[], Any]) -> Timer:
        """Make a call after a delay in seconds of this clock."""
        timer = Timer(self, self.seconds() + delay, call)
        self.timers.add(timer)
        return timer

    def advance(self, seconds: float) -> None:
        """Move on; what becomes due is called by the event loop, in order."""
        self._ahead += seconds
        for timer in sorted(self.timers, key=lambda timer: timer.due):
            timer.schedule()

    def has_in(self, seconds: float) -> bool:
        """Return True if there is a time in so many seconds, and many years after it."""
        return seconds < _LAST - self.now().timestamp()

    def stop(self) -> None:
        """Cancel what is still to come."""
        for timer in list(self.timers):
            timer.cancel()
