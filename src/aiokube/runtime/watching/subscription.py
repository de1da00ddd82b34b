"""The handlers of an informer, each called in its own task."""

from __future__ import annotations

import asyncio
import inspect
import logging
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from typing import Generic, TypeVar

from ..arguments import types
from ..errors import InformerStopped, InvalidArgument
from ..public import public
from .change_queue import ChangeQueue, InformerChange
from .object_key import PlainKey

T = TypeVar("T")

Handler = Callable[[InformerChange[T]], object]

_log = logging.getLogger("aiokube.watching")

# A running call of a handler is cancelled this time after its subscription was closed.
_GRACE_S = 10.0
_MIN_RESYNC_S = 1.0


class ResyncTimer(Generic[T]):
    """Resyncs a queue periodically.

    Args:
        queue: The queue to resync.
        objects: Returns the objects that the queue knows, by key.
        period: Time between resyncs in seconds, at least 1; None for never.

    Raises:
        InvalidArgument: The period is no number, or too short.
    """

    def __init__(
        self, queue: ChangeQueue[T], objects: Callable[[], Mapping[PlainKey, T]], period: float | None
    ) -> None:
        types.seconds(period, "resync")
        if period is not None and period < _MIN_RESYNC_S:
            raise InvalidArgument(f"resync is {period}; use at least {_MIN_RESYNC_S:g} second, or None for never")
        self._queue = queue
        self._objects = objects
        self._period = period
        self._timer: asyncio.TimerHandle | None = None
        self._schedule()

    def stop(self) -> None:
        """Stop resyncing."""
        if self._timer is not None:
            self._timer.cancel()

    def _schedule(self) -> None:
        if self._period is not None:
            self._timer = asyncio.get_running_loop().call_later(self._period, self._resync)

    def _resync(self) -> None:
        self._queue.resync(self._objects())
        self._schedule()


class _Call:
    """A call of a handler."""

    is_running = True


# The running calls of handlers that this code is part of. The tasks that a handler creates inherit them.
_calls: ContextVar[tuple[_Call, ...]] = ContextVar("aiokube_handler_calls", default=())


@public("aiokube")
class Subscription(Generic[T]):
    """A handler of an informer, added by `Informer.add_handler`."""

    def __init__(
        self,
        queue: ChangeQueue[T],
        handler: Handler[T],
        resync_timer: ResyncTimer[T],
        *,
        name: str,
        detach: Callable[[], None],
    ) -> None:
        self._queue = queue
        self._handler = handler
        self._resync_timer = resync_timer
        self._name = name
        self._detach = detach
        self._call: _Call | None = None
        self._task = asyncio.create_task(self._run(), name=f"a handler of the {name}")

    @property
    def is_current(self) -> bool:
        """True in the running call of the handler, and in the tasks that it has created."""
        return asyncio.current_task() is self._task or self._call in _calls.get()

    @property
    def backlog(self) -> int:
        """Number of changes pending for the handler."""
        return len(self._queue)

    async def wait_synced(self) -> None:
        """Wait until the handler has been called for every object that existed when it was added.

        Raises:
            InformerStopped: The handler or its informer was closed first.
        """
        if not await self._queue.wait_synced():
            raise InformerStopped(f"the {self._name} was closed before this handler had seen all initial objects")

    async def close(self) -> None:
        """Stop calling the handler, and wait until a running call ends.

        A running call is cancelled after 10 seconds. A handler may close its own subscription, or leave its informer,
        also in a task that it has created, such as that of `asyncio.wait_for`; this does not wait for the handler then.
        """
        if self._task.get_loop().is_closed():
            # Nothing of it runs any more.
            self._detach()
            return
        self._stop()
        if self.is_current:
            return
        try:
            await asyncio.wait([self._task], timeout=_GRACE_S)
        finally:
            self._task.cancel()
        await asyncio.wait([self._task])

    def _stop(self) -> None:
        self._resync_timer.stop()
        self._queue.close()
        self._detach()

    async def _run(self) -> None:
        try:
            while (change := await self._queue.next()) is not None:
                await self._handle(change)
                self._queue.task_done(change)
        finally:
            # Nobody waits for a handler that was ended by an exception.
            self._stop()

    async def _handle(self, change: InformerChange[T]) -> None:
        self._call = call = _Call()
        # Calls that have ended are dropped here: the context need not be that of this task when it is finalized.
        _calls.set((*(outer for outer in _calls.get() if outer.is_running), call))
        try:
            result = self._handler(change)
            if inspect.isawaitable(result):
                await result
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if task is None or task.cancelling():
                raise
            # The handler awaited a task that was cancelled; the handler itself was not.
            _log.exception("a handler of the %s failed on %s %s", self._name, change.type, change.key)
        except (KeyboardInterrupt, SystemExit, GeneratorExit):
            raise
        except BaseException:
            _log.exception("a handler of the %s failed on %s %s", self._name, change.type, change.key)
        finally:
            self._call = None
            call.is_running = False
