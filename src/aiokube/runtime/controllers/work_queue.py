"""A rate-limited work queue of keys, as in client-go."""

from __future__ import annotations

import asyncio
import logging
import math
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Hashable
from contextlib import asynccontextmanager
from typing import Generic, TypeVar

from ..arguments import types
from ..errors import InvalidArgument, QueueClosed
from ..http.rate_limit import RateLimiter
from ..public import public

K = TypeVar("K", bound=Hashable)

_log = logging.getLogger("aiokube.controllers")


@public("aiokube")
class WorkQueue(Generic[K]):
    """A queue of keys to process, with deduplication and per-key backoff, like client-go's rate-limiting workqueue.

    Add the key of each object that changes, such as its `ObjectKey`, and let workers reconcile it:

    - A key that is already queued is not added again, so that many changes are processed once.
    - A key that is added during its processing is queued again afterwards, never for two workers at the same time.
    - A key whose processing failed is queued again after a delay that doubles with each failure.

        queue = WorkQueue[str]()
        queue.add("shop/web")
        await queue.run(reconcile, workers=4)

    A queue belongs to one event loop; use `loop.call_soon_threadsafe` from other threads.

    Args:
        base_delay: Delay after the first failure of a key, in seconds. Default: 0.005.
        max_delay: Maximum delay in seconds. Default: 1000.
        qps: Maximum rate at which failed keys are queued again, per second. Default: 10. None: no limit.
        burst: Number of failed keys that are queued again before `qps` applies. Default: 100.

    Raises:
        InvalidArgument: A delay or `qps` is not positive, `max_delay` is below `base_delay`, or `burst` is below 1.
    """

    def __init__(
        self, *, base_delay: float = 0.005, max_delay: float = 1000.0, qps: float | None = 10.0, burst: int = 100
    ) -> None:
        types.number(base_delay, "base_delay")
        types.number(max_delay, "max_delay")
        if not 0 < base_delay <= max_delay < math.inf:
            raise InvalidArgument(
                f"base_delay is {base_delay} and max_delay is {max_delay}; "
                "use positive numbers of seconds with base_delay <= max_delay"
            )
        self._base_delay = base_delay
        self._max_delay = max_delay
        # The number of failures after which the delay is at its maximum. Without a cap, 2.0**failures would overflow.
        self._doublings = math.ceil(math.log2(max_delay) - math.log2(base_delay))
        self._bucket = (
            RateLimiter(qps, burst, clock=lambda: asyncio.get_running_loop().time()) if qps is not None else None
        )
        self._queue: deque[K] = deque()
        # All keys to process, including those that are queued once their current processing ends.
        self._dirty: set[K] = set()
        self._processing: set[K] = set()
        self._delayed: dict[K, asyncio.TimerHandle] = {}
        self._failures: dict[K, int] = {}
        self._closed = False
        # One permit per key in the queue, and one more once the queue is closed.
        self._permits = asyncio.Semaphore(0)
        self._idle = asyncio.Event()
        self._idle.set()

    def __len__(self) -> int:
        """Return the number of keys that are ready for a worker."""
        return len(self._queue)

    def add(self, key: K) -> None:
        """Queue a key. Has no effect if the key is already queued, or if the queue is closed."""
        if self._closed or key in self._dirty:
            return
        self._dirty.add(key)
        self._idle.clear()
        if key not in self._processing:
            self._enqueue(key)

    def add_after(self, key: K, seconds: float) -> None:
        """Add a key after a delay. If the key is already waiting for a delay, the earlier time applies.

        Args:
            key: Key to add.
            seconds: Delay in seconds; zero or less adds the key immediately.

        Raises:
            InvalidArgument: `seconds` is infinite or NaN.
        """
        types.number(seconds, "seconds")
        if not math.isfinite(seconds):
            raise InvalidArgument(f"seconds is {seconds} for key {key!r}; use a finite number")
        if seconds <= 0:
            self.add(key)
        elif not self._closed:
            loop = asyncio.get_running_loop()
            earlier = self._delayed.get(key)
            if earlier is not None:
                if earlier.when() <= loop.time() + seconds:
                    return
                earlier.cancel()
            self._delayed[key] = loop.call_later(seconds, self._add_delayed, key)

    def add_rate_limited(self, key: K) -> None:
        """Record a failure of a key, and add the key after its backoff.

        The backoff starts at `base_delay`, doubles with each failure up to `max_delay`, and is reset by `forget`. All
        failed keys together are limited to the rate of `qps`.
        """
        if self._closed:
            return
        failures = self._failures.get(key, 0)
        self._failures[key] = failures + 1
        backoff = min(self._base_delay * 2.0 ** min(failures, self._doublings), self._max_delay)
        self.add_after(key, max(backoff, self._bucket.reserve()) if self._bucket is not None else backoff)

    def forget(self, key: K) -> None:
        """Reset the failures of a key, after success or when giving up. `run` does this after success."""
        self._failures.pop(key, None)

    def requeues(self, key: K) -> int:
        """Return the number of failures of a key since its last `forget`."""
        return self._failures.get(key, 0)

    @asynccontextmanager
    async def get(self) -> AsyncIterator[K]:
        """Wait for a key. Inside `async with queue.get() as key`, no other worker gets the same key.

        Raises:
            QueueClosed: The queue is closed and empty.
        """
        await self._permits.acquire()
        if not self._queue:
            self._permits.release()
            raise QueueClosed("the work queue is closed and empty")
        key = self._queue.popleft()
        self._dirty.remove(key)
        self._processing.add(key)
        try:
            yield key
        finally:
            self._processing.remove(key)
            if key in self._dirty:
                self._enqueue(key)
            elif not self._dirty and not self._processing:
                self._idle.set()

    async def run(self, handler: Callable[[K], Awaitable[object]], *, workers: int = 1) -> None:
        """Call a handler with each key until the queue is closed and empty.

        If the handler raises, the error is logged and the key is added again, rate limited; if it returns, the failures
        of the key are reset. To process a key again after some time, call `add_after` in the handler.

        Args:
            handler: Coroutine function that takes a key.
            workers: Maximum number of keys that are processed concurrently. Default: 1.

        Raises:
            InvalidArgument: `workers` is below 1.
        """
        if workers < 1:
            raise InvalidArgument(f"workers is {workers}; use at least 1")
        async with asyncio.TaskGroup() as group:
            for _ in range(workers):
                group.create_task(self._work(handler))

    def close(self) -> None:
        """Refuse new keys and drop delayed ones. Keys that are already queued are still processed."""
        self._closed = True
        for timer in self._delayed.values():
            timer.cancel()
        self._delayed.clear()
        # A worker that finds no key with this permit passes it on, which ends all workers one by one.
        self._permits.release()

    async def drain(self) -> None:
        """Close the queue, and wait until all queued keys have been processed.

        Without a worker this never ends; limit it with `asyncio.timeout` if that can happen.
        """
        self.close()
        await self._idle.wait()

    def _enqueue(self, key: K) -> None:
        self._queue.append(key)
        self._permits.release()

    def _add_delayed(self, key: K) -> None:
        del self._delayed[key]
        self.add(key)

    async def _work(self, handler: Callable[[K], Awaitable[object]]) -> None:
        while True:
            try:
                async with self.get() as key:
                    await self._handle(handler, key)
            except QueueClosed:
                return
            # Yield to other tasks even if the handler never waits.
            await asyncio.sleep(0)

    async def _handle(self, handler: Callable[[K], Awaitable[object]], key: K) -> None:
        try:
            await handler(key)
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if task is None or task.cancelling():
                raise
            # The handler awaited a task that was cancelled; the handler itself was not.
            self._failed(key)
        except Exception:
            self._failed(key)
        else:
            self.forget(key)

    def _failed(self, key: K) -> None:
        self.add_rate_limited(key)
        _log.exception("the handler failed on %r (failure %d in a row)", key, self.requeues(key))
