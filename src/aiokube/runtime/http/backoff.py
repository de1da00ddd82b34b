"""Exponential backoff with jitter."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable


class Backoff:
    """Delays that double from 0.8 to 30 seconds, each with a random addition of up to 100 %.

    The delay resets after two minutes without a failure. The defaults are those of client-go.

    Args:
        first: First delay in seconds.
        factor: Ratio of each delay to the one before it.
        longest: Maximum delay in seconds, before the random addition.
        reset_after: Seconds without a failure, counted from the end of a delay, after which the delay resets.
        jitter: Source of random numbers from 0 to 1.
    """

    def __init__(
        self,
        *,
        first: float = 0.8,
        factor: float = 2.0,
        longest: float = 30.0,
        reset_after: float = 120.0,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._first = first
        self._factor = factor
        self._longest = longest
        self._reset_after = reset_after
        self._jitter = jitter
        self._delay = first
        self._calm_at = float("inf")

    def next(self) -> float:
        """Return the delay before the next attempt, in seconds."""
        now = asyncio.get_running_loop().time()
        if now >= self._calm_at:
            self._delay = self._first
        wait = self._delay * (1 + self._jitter())
        self._delay = min(self._delay * self._factor, self._longest)
        self._calm_at = now + wait + self._reset_after
        return wait

    def reset(self) -> None:
        """Reset the delay to the first one."""
        self._delay = self._first
