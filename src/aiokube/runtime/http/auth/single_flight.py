"""One piece of work that several callers wait for."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, Generic, TypeVar

from ...errors import ClientClosed

T = TypeVar("T")


class SingleFlight(Generic[T]):
    """Work under way, whose result goes to everyone who waits for it.

    A caller who is cancelled leaves; the work goes on for the others, and is cancelled when nobody is left.

    Args:
        work: the coroutine; it starts at once.
    """

    def __init__(self, work: Coroutine[Any, Any, T]) -> None:
        self._task = asyncio.create_task(work)
        self._task.add_done_callback(_retrieve)
        self._waiting = 0
        self._ending = False

    @property
    def is_open(self) -> bool:
        """Whether another caller may still join."""
        return not self._ending and not self._task.done()

    async def wait(self) -> T:
        """Wait for the result.

        Raises:
            ClientClosed: `end` was called meanwhile.
            Exception: what the work raises.
        """
        self._waiting += 1
        try:
            # Unlike awaiting the task, this doesn't cancel it.
            await asyncio.wait({self._task})
        finally:
            self._waiting -= 1
            if not self._waiting:
                await self.end()
        if self._task.cancelled():
            raise ClientClosed("the client was closed while it waited for its credentials")
        return self._task.result()

    async def end(self) -> None:
        """Cancel the work if it is under way, and wait for its end."""
        if not self._task.done():
            self._ending = True
            # A second time would interrupt how it ends after the first, which may have come with the loop's end.
            if not self._task.cancelling():
                self._task.cancel()
            await asyncio.wait({self._task})


def _retrieve(task: asyncio.Task[Any]) -> None:
    # When everyone has left there is nobody to tell about an error.
    if not task.cancelled():
        task.exception()
