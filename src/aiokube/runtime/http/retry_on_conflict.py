"""Retry of an update on conflict."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterator
from typing import TypeVar

from ..errors import Conflict
from ..public import public

T = TypeVar("T")

# The values of client-go's DefaultRetry.
_ATTEMPTS = 5
_WAIT_S = 0.01
_JITTER = 0.1

_PATIENT_ATTEMPTS = 10
_LONGEST_WAIT_S = 0.64


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
    return await _retry(change, _short_waits(), sleep)


async def retry_past_others(
    change: Callable[[], Awaitable[T]], *, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
) -> T:
    """Make a change that only conflicts with changes of other fields, and repeat it up to nine times.

    A call for which kubectl sends no resource version must not fail because others are busy with the object. The waits
    grow, and are random, so that many callers at a time get out of each other's way.

    Args:
        change: Coroutine function that reads the object and sends the change; called for each attempt.
        sleep: Replacement for `asyncio.sleep` in tests.

    Raises:
        Conflict: The last attempt failed as well.
    """
    return await _retry(change, _growing_waits(), sleep)


async def _retry(
    change: Callable[[], Awaitable[T]], waits: Iterator[float], sleep: Callable[[float], Awaitable[None]]
) -> T:
    for wait in waits:
        try:
            return await change()
        except Conflict:
            await sleep(wait)
    return await change()


def _short_waits() -> Iterator[float]:
    for _ in range(_ATTEMPTS - 1):
        yield _WAIT_S * (1 + _JITTER * random.random())  # noqa: S311 - only to spread the load


def _growing_waits() -> Iterator[float]:
    longest = _WAIT_S
    for _ in range(_PATIENT_ATTEMPTS - 1):
        longest = min(2 * longest, _LONGEST_WAIT_S)
        yield random.uniform(_WAIT_S, longest)  # noqa: S311 - only to spread the load
