"""The calls in flight, which end when the client is closed, or at their deadline."""

from __future__ import annotations

import asyncio
import math
from typing import Any

import msgspec

from ..errors import ClientClosed
from .request import Request


class Call(msgspec.Struct, eq=False):
    """A call in flight, and what has cancelled its task."""

    task: asyncio.Task[Any]
    deadline: float
    """Time of the event loop at which it ends; infinite if it has no timeout."""
    cancelling: int
    """Number of requests to cancel the task that it did not come from."""
    is_late: bool = False
    """True once the deadline has passed."""
    is_closed: bool = False
    """True once the client has been closed."""


class CallsInFlight:
    """The calls that a client has in flight.

    One timer serves them all, because one of its own for each call, which hardly ever fires, would take longer than
    everything else that is done for a timeout.
    """

    def __init__(self) -> None:
        self._calls: dict[asyncio.Task[Any], Call] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._wakes_at = math.inf

    def enter(self, timeout: float | None) -> Call:
        """Add a call of the current task.

        Args:
            timeout: Seconds until its deadline; None for no deadline.
        """
        loop = asyncio.get_running_loop()
        task = asyncio.current_task(loop)
        assert task is not None, "async code runs in a task"
        deadline = math.inf if timeout is None else loop.time() + timeout
        call = self._calls[task] = Call(task, deadline, task.cancelling())
        if deadline < self._wakes_at:
            self._wake_at(deadline, loop)
        return call

    def cancelled(self, call: Call, request: Request) -> bool:
        """Return True if a task was cancelled for the deadline of its call, rather than from elsewhere.

        Raises:
            ClientClosed: `close` has cancelled the task.
        """
        if call.is_closed and not call.task.uncancel():
            raise ClientClosed(f"{request}: the client was closed while the request was in flight") from None
        if not call.is_late:
            return False
        call.is_late = False
        return call.task.uncancel() <= call.cancelling

    def leave(self, call: Call) -> None:
        """Remove a call that has ended."""
        self._calls.pop(call.task, None)
        if call.is_late:
            # It ended in another way.
            call.task.uncancel()

    def close(self) -> None:
        """End every call with `ClientClosed`."""
        self._disarm()
        for call in self._calls.values():
            call.is_closed = call.task.cancel()

    def forget(self) -> None:
        """Forget the calls, whose event loop has been closed."""
        self._calls.clear()
        self._disarm()

    def _disarm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer, self._wakes_at = None, math.inf

    def _wake_at(self, deadline: float, loop: asyncio.AbstractEventLoop) -> None:
        self._disarm()
        self._timer, self._wakes_at = loop.call_at(deadline, self._wake, loop), deadline

    def _wake(self, loop: asyncio.AbstractEventLoop) -> None:
        """Cancel the calls whose deadline has passed, and wait for the next deadline."""
        next_deadline = math.inf
        for call in self._calls.values():
            if call.deadline > self._wakes_at:
                next_deadline = min(next_deadline, call.deadline)
            elif not call.is_late:
                call.is_late = True
                call.task.cancel()
        self._disarm()
        if next_deadline < math.inf:
            self._wake_at(next_deadline, loop)
