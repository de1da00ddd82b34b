"""The calls in flight, which end when the client is closed."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Any, TypeVar

from ..errors import ClientClosed
from .request import Request

T = TypeVar("T")


class CallsInFlight:
    """The tasks in which a client has calls in flight."""

    def __init__(self) -> None:
        # True once `cancel` has cancelled the task.
        self._tasks: dict[asyncio.Task[Any], bool] = {}

    def cancel(self) -> None:
        """End every call with `ClientClosed`."""
        for task in self._tasks:
            self._tasks[task] = task.cancel()

    def forget(self) -> None:
        """Forget the calls, whose event loop has been closed."""
        self._tasks.clear()

    async def run(self, request: Request, call: Awaitable[T]) -> T:
        """Await a call that `cancel` can end.

        Raises:
            ClientClosed: `cancel` was called.
        """
        task = asyncio.current_task()
        assert task is not None, "async code runs in a task"
        self._tasks[task] = False
        try:
            return await call
        except asyncio.CancelledError:
            # A cancellation from elsewhere is passed on.
            if self._tasks.get(task) and not task.uncancel():
                raise ClientClosed(f"{request}: the client was closed while the request was in flight") from None
            raise
        finally:
            self._tasks.pop(task, None)
