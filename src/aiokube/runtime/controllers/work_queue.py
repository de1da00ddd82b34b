"""A queue of keys to work on: each key once, never twice at the same time, and after failures later and later."""

from __future__ import annotations

import asyncio
import logging
import math
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Hashable
from contextlib import asynccontextmanager
from typing import Generic, TypeVar

from ..errors import InvalidArgument, QueueClosed
from ..http.rate_limit import RateLimiter
from ..public import public

K = TypeVar("K", bound=Hashable)

_log = logging.getLogger("aiokube.controllers")


@public("aiokube")
class WorkQueue(Generic[K]):
    """What stands between the events of a cluster and the work they cause: client-go's rate-limiting workqueue.

    Add the key of whatever has changed, such as a `(namespace, name)`, and let workers bring it up to date:

    - A key that waits is not added again: many changes are worked on once.
    - A key that is added while it is worked on is handed out again afterwards, never to two workers at the same time.
    - A key that failed is handed out again after a time that doubles with each failure.

        queue = WorkQueue[str]()
        queue.add("shop/web")
        await queue.run(reconcile, workers=4)

    It belongs to one event loop; other threads reach it through `loop.call_soon_threadsafe`.

    Args:
        base_delay: seconds until a key that failed once is handed out again; 0.005 by default.
        max_delay: seconds that the delay doesn't grow beyond; 1000 by default.
        qps: failed keys of all kinds that come back each second in the long run, 10 by default; None for no limit.
        burst: how many of them may come back before `qps` holds; 100 by default.

    Raises:
        InvalidArgument: a delay or `qps` is not above zero, `max_delay` is below `base_delay`, or `burst` is below 1.
    """

    def __init__(
        self, *, base_delay: float = 0.005, max_delay: float = 1000.0, qps: float | None = 10.0, burst: int = 100
    ) -> None:
        if not 0 < base_delay <= max_delay < math.inf:
            raise InvalidArgument(
                f"base_delay is {base_delay} and max_delay is {max_delay}: "
                "both are seconds above zero, and the second is not below the first"
            )
        self._base_delay = base_delay
        self._max_delay = max_delay
        # Past this many failures the delay has reached its maximum, and 2.0**failures would overflow in the end.
        self._doublings = math.ceil(math.log2(max_delay) - math.log2(base_delay))
        self._bucket = (
            RateLimiter(qps, burst, clock=lambda: asyncio.get_running_loop().time()) if qps is not None else None
        )
        self._queue: deque[K] = deque()
        # The keys to hand out, those too that wait for their worker to be done.
        self._dirty: set[K] = set()
        self._processing: set[K] = set()
        self._delayed: dict[K, asyncio.TimerHandle] = {}
        self._failures: dict[K, int] = {}
        self._closed = False
        # A permit for each key in the queue, and one more when the queue is closed.
        self._permits = asyncio.Semaphore(0)
        self._idle = asyncio.Event()
        self._idle.set()

    def __len__(self) -> int:
        """How many keys could be handed out at once."""
        return len(self._queue)

    def add(self, key: K) -> None:
        """Hand the key out as soon as a worker is free, after those that wait already.

        Nothing happens when it waits already, or when the queue is closed.
        """
        if self._closed or key in self._dirty:
            return
        self._dirty.add(key)
        self._idle.clear()
        if key not in self._processing:
            self._enqueue(key)

    def add_after(self, key: K, seconds: float) -> None:
        """Add the key later. When it is to be added later already, the earlier of the two times holds.

        Args:
            key: what to add.
            seconds: how long to wait; at once when it is zero or less.

        Raises:
            InvalidArgument: `seconds` is infinite or not a number.
        """
        if not math.isfinite(seconds):
            raise InvalidArgument(f"seconds is {seconds}: a finite number says when {key!r} is added")
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
        """Add the key after a failure: after `base_delay`, twice that the next time, ..., `max_delay` at most.

        When many keys fail, the rate of `qps` holds them back further. Each call counts as a failure until `forget`.
        """
        if self._closed:
            return
        failures = self._failures.get(key, 0)
        self._failures[key] = failures + 1
        backoff = min(self._base_delay * 2.0 ** min(failures, self._doublings), self._max_delay)
        self.add_after(key, max(backoff, self._bucket.reserve()) if self._bucket is not None else backoff)

    def forget(self, key: K) -> None:
        """Forget the failures of the key: call it after success, and when giving up. `run` does so by itself."""
        self._failures.pop(key, None)

    def requeues(self, key: K) -> int:
        """How often the key has failed since it was last forgotten."""
        return self._failures.get(key, 0)

    @asynccontextmanager
    async def get(self) -> AsyncIterator[K]:
        """Wait for a key and work on it: inside `async with queue.get() as key`, no other worker gets the same key.

        Raises:
            QueueClosed: the queue is closed and empty.
        """
        await self._permits.acquire()
        if not self._queue:
            self._permits.release()
            raise QueueClosed("the work queue is closed and empty: a worker ends here")
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
        """Call the handler with each key until the queue is closed and empty.

        A handler that raises has its key added again, rate limited, and the error goes to the log; one that returns
        has the key's failures forgotten. To see a key again after a time, call `add_after` in the handler.

        Args:
            handler: called with one key at a time.
            workers: how many keys are worked on at the same time; 1 by default.

        Raises:
            InvalidArgument: `workers` is below 1.
        """
        if workers < 1:
            raise InvalidArgument(f"workers is {workers}: at least one has to do the work")
        async with asyncio.TaskGroup() as group:
            for _ in range(workers):
                group.create_task(self._work(handler))

    def close(self) -> None:
        """Take no more keys; those that wait are still handed out, those that were to be added later are dropped."""
        self._closed = True
        for timer in self._delayed.values():
            timer.cancel()
        self._delayed.clear()
        # Whoever finds no key with it passes it on: it ends all workers, one after the other.
        self._permits.release()

    async def drain(self) -> None:
        """Close the queue, and wait until every key that was in it has been worked on.

        Without a worker it waits for ever: limit it with `asyncio.timeout` where that may happen.
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
            # A handler that never waits for anything would let nothing else run.
            await asyncio.sleep(0)

    async def _handle(self, handler: Callable[[K], Awaitable[object]], key: K) -> None:
        try:
            await handler(key)
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if task is None or task.cancelling():
                raise
            # Something that the handler waited for was cancelled, not the handler.
            self._failed(key)
        except Exception:
            self._failed(key)
        else:
            self.forget(key)

    def _failed(self, key: K) -> None:
        self.add_rate_limited(key)
        _log.exception("work on %r failed (%d in a row)", key, self.requeues(key))
