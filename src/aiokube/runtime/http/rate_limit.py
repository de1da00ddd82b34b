"""Keeping the rate of requests down: a token bucket, as client-go's QPS and burst."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Awaitable, Callable

from ..errors import InvalidArgument


class RateLimiter:
    """Lets `burst` requests through at once, and `qps` each second in the long run, in the order they came.

    Args:
        qps: requests for each second.
        burst: how many may go before the rate holds.
        sleep: `asyncio.sleep`, or a virtual one.
        clock: seconds that only go up.
    """

    def __init__(
        self,
        qps: float,
        burst: int,
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        if not 0 < qps < math.inf:
            raise InvalidArgument(f"qps is {qps}: leave it out for no limit")
        if burst < 1:
            raise InvalidArgument(f"burst is {burst}: at least one request must pass")
        self._qps = qps
        self._burst = burst
        self._sleep = sleep
        self._clock = clock
        self._tokens = float(burst)
        self._updated = -math.inf

    async def wait(self) -> None:
        """Wait for a turn. A wait that is cancelled gives its turn back."""
        seconds = self.reserve()
        if not seconds:
            return
        try:
            await self._sleep(seconds)
        except BaseException:
            self._tokens += 1
            raise

    def reserve(self) -> float:
        """Take a turn; the answer is the seconds until it comes."""
        now = self._clock()
        self._tokens = min(self._burst, self._tokens + (now - self._updated) * self._qps)
        self._updated = now
        self._tokens -= 1
        return max(0.0, -self._tokens / self._qps)
