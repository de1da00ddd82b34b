"""The handlers of an informer: each hears of the changes in a task of its own."""

from __future__ import annotations

import asyncio
import inspect
import logging
from collections.abc import Callable, Iterable
from typing import Generic, TypeVar

from ..errors import InformerStopped, InvalidArgument
from ..public import public
from .change_queue import ChangeQueue, InformerChange
from .object_key import ObjectKey

T = TypeVar("T")

Handler = Callable[[InformerChange[T]], object]

_log = logging.getLogger("aiokube.watching")

# Seconds that a running call of a handler may take to end when nobody wants to hear more.
_GRACE = 10.0
_MIN_RESYNC = 1.0


class ResyncTimer(Generic[T]):
    """Brings up every object of a store again, once in a while.

    Args:
        queue: where to.
        objects: gives the objects.
        period: seconds, at least 1; None for never.

    Raises:
        InvalidArgument: the period is too short.
    """

    def __init__(
        self, queue: ChangeQueue[T], objects: Callable[[], Iterable[tuple[ObjectKey, T]]], period: float | None
    ) -> None:
        if period is not None and period < _MIN_RESYNC:
            raise InvalidArgument(f"resync is {period}: the shortest period is {_MIN_RESYNC:g} s; None means never")
        self._queue = queue
        self._objects = objects
        self._period = period
        self._timer: asyncio.TimerHandle | None = None
        self._set()

    def stop(self) -> None:
        """Bring up nothing more."""
        if self._timer is not None:
            self._timer.cancel()

    def _set(self) -> None:
        if self._period is not None:
            self._timer = asyncio.get_running_loop().call_later(self._period, self._resync)

    def _resync(self) -> None:
        self._queue.resync(self._objects())
        self._set()


@public("aiokube")
class Subscription(Generic[T]):
    """A handler that hears of the changes of an informer, made by `Informer.add_handler`."""

    def __init__(
        self,
        queue: ChangeQueue[T],
        handler: Handler[T],
        resync_timer: ResyncTimer[T],
        *,
        name: str,
        forget: Callable[[], None],
    ) -> None:
        self._queue = queue
        self._handler = handler
        self._resync_timer = resync_timer
        self._name = name
        self._forget = forget
        self._task = asyncio.create_task(self._run(), name=f"a handler of the {name}")

    @property
    def backlog(self) -> int:
        """How many changes wait for the handler."""
        return len(self._queue)

    async def wait_synced(self) -> None:
        """Wait until the handler has been called for every object that was there at its start.

        Raises:
            InformerStopped: the handler or its informer was closed before.
        """
        if not await self._queue.wait_synced():
            raise InformerStopped(f"the {self._name} ended before this handler had seen every object")

    async def close(self) -> None:
        """End the handler: no call begins any more, and none is under way when this returns.

        A call that is under way gets ten seconds before it is cancelled. A handler may close itself.
        """
        self._resync_timer.stop()
        self._queue.close()
        self._forget()
        if asyncio.current_task() is self._task:
            return
        try:
            await asyncio.wait([self._task], timeout=_GRACE)
        finally:
            self._task.cancel()
        await asyncio.wait([self._task])

    async def _run(self) -> None:
        while (change := await self._queue.next()) is not None:
            await self._call(change)
            self._queue.task_done(change)

    async def _call(self, change: InformerChange[T]) -> None:
        try:
            result = self._handler(change)
            if inspect.isawaitable(result):
                await result
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if task is None or task.cancelling():
                raise
            # Something that the handler waited for was cancelled, not the handler.
            _log.exception("a handler of the %s failed on %s %s", self._name, change.type, change.key)
        except Exception:
            _log.exception("a handler of the %s failed on %s %s", self._name, change.type, change.key)
