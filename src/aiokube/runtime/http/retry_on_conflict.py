"""Retry of an update on conflict."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import TypeVar

from ..errors import Conflict
from ..public import public

T = TypeVar("T")

# The values of client-go's DefaultRetry.
_ATTEMPTS = 5
_WAIT_S = 0.01
_JITTER = 0.1


@public("aiokube")
async def retry_on_conflict(
    change: Callable[[], Awaitable[T]], *, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
) -> T:
    """Make a change, and repeat it up to four times if it conflicts with another client's change.

    Args:
        change: Coroutine function that reads the object, changes it and sends it; called for each attempt.
        sleep: Replacement for `asyncio.sleep` in tests.

    Raises:
        Conflict: The last attempt failed as well.
    """
    for _ in range(_ATTEMPTS - 1):
        try:
            return await change()
        except Conflict:
            await sleep(_WAIT_S * (1 + _JITTER * random.random()))  # noqa: S311 - only to spread the load
    return await change()
