"""Sharing of one operation by concurrent callers."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, Generic, TypeVar

from ...errors import ClientClosed

T = TypeVar("T")


class SingleFlight(Generic[T]):
    """A running operation whose result is shared by all callers that wait for it.

    When a caller is cancelled, the operation continues for the others; when all are, it is cancelled, too.

    Args:
        work: The operation, which starts immediately.
    """

    def __init__(self, work: Coroutine[Any, Any, T]) -> None:
        self._task = asyncio.create_task(work)
        self._task.add_done_callback(_retrieve)
        self._waiting = 0
        self._ending = False

    @property
    def is_open(self) -> bool:
        """True if another caller can join."""
        return not self._ending and not self._task.done() and not self._task.get_loop().is_closed()

    async def wait(self) -> T:
        """Wait for the result.

        Raises:
            ClientClosed: `end` was called.
            Exception: The exception of the operation.
        """
        self._waiting += 1
        try:
            # Awaiting the task itself would cancel it with this caller.
            await asyncio.wait({self._task})
        finally:
            self._waiting -= 1
            if not self._waiting:
                await self.end()
        if self._task.cancelled():
            raise ClientClosed("the client was closed while it waited for its credentials")
        return self._task.result()

    async def end(self) -> None:
        """Cancel the operation if it is running, and wait for its end."""
        if not self._task.done() and not self._task.get_loop().is_closed():
            self._ending = True
            # A second cancellation would interrupt the cleanup after the first, possibly that of a loop shutdown.
            if not self._task.cancelling():
                self._task.cancel()
            await asyncio.wait({self._task})


def _retrieve(task: asyncio.Task[Any]) -> None:
    # Without a caller, asyncio would log the exception as never retrieved.
    if not task.cancelled():
        task.exception()
