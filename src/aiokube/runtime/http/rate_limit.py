"""The limit of the request rate: a token bucket with the QPS and burst of client-go."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Awaitable, Callable

from ..config import validation
from ..errors import InvalidArgument


class RateLimiter:
    """Allows `burst` requests at once, and on average `qps` requests per second, in the order of their arrival.

    Args:
        qps: Average number of requests per second.
        burst: Number of requests that are allowed at once.
        sleep: Replacement for `asyncio.sleep` in tests.
        clock: Monotonic clock in seconds.

    Raises:
        InvalidArgument: `qps` or `burst` is out of range.
    """

    def __init__(
        self,
        qps: float,
        burst: int,
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        validation.types.number(qps, "qps")
        validation.types.number(validation.types.instance(burst, int, "an integer", "burst"), "burst")
        if not 0 < qps < math.inf:
            raise InvalidArgument(f"qps: {qps} is out of range; pass a number above zero, or omit it for no limit")
        if burst < 1:
            raise InvalidArgument(f"burst: {burst} is out of range; pass 1 or more")
        self._qps = qps
        self._burst = burst
        self._sleep = sleep
        self._clock = clock
        self._tokens = float(burst)
        self._updated = -math.inf

    async def wait(self) -> None:
        """Take a token, waiting until one is available. A cancelled wait returns its token."""
        seconds = self.reserve()
        if not seconds:
            return
        try:
            await self._sleep(seconds)
        except BaseException:
            self._tokens += 1
            raise

    def reserve(self) -> float:
        """Take a token, and return the seconds until it is available."""
        now = self._clock()
        self._tokens = min(self._burst, self._tokens + (now - self._updated) * self._qps)
        self._updated = now
        self._tokens -= 1
        return max(0.0, -self._tokens / self._qps)
