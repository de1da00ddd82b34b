"""Repeating a change that others got in the way of."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import TypeVar

from ..errors import Conflict
from ..public import public

T = TypeVar("T")

# client-go's DefaultRetry.
_STEPS = 5
_WAIT = 0.01
_JITTER = 0.1


@public("aiokube")
async def retry_on_conflict(
    change: Callable[[], Awaitable[T]], *, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
) -> T:
    """Make a change that reads the object anew each time, up to five times while it conflicts with somebody else's.

    Args:
        change: reads the object, changes it and sends it; called for each attempt.
        sleep: `asyncio.sleep`, or a virtual one.

    Raises:
        Conflict: the last attempt conflicted, too.
    """
    for _ in range(_STEPS - 1):
        try:
            return await change()
        except Conflict:
            await sleep(_WAIT * (1 + _JITTER * random.random()))  # noqa: S311 - it only spreads the load
    return await change()
