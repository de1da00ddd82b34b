"""How long to wait before the next try: longer and longer, never in step with other clients."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable


class Backoff:
    """Delays that double from 0.8 to 30 s, each made longer by up to its own length at random.

    After two minutes without a new failure they start over. The numbers are client-go's.

    Args:
        first: seconds of the first delay.
        factor: what the next delay is longer by.
        longest: seconds that no delay exceeds, before the random part.
        reset_after: seconds of calm behind a delay after which the next one is the first again.
        jitter: a random number from 0 up to 1.
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
        """Seconds to wait now."""
        now = asyncio.get_running_loop().time()
        if now >= self._calm_at:
            self._delay = self._first
        wait = self._delay * (1 + self._jitter())
        self._delay = min(self._delay * self._factor, self._longest)
        self._calm_at = now + wait + self._reset_after
        return wait

    def reset(self) -> None:
        """Make the next delay the first again."""
        self._delay = self._first
