"""Long work in slices, between which other tasks run."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, TypeVar

T = TypeVar("T")

# By number, not by time, so that a task takes the same turns in each run. A slice takes about a millisecond.
_SIZE = 100


def slices(items: Iterable[T], size: int = _SIZE) -> Iterator[list[T]]:
    """Yield items in short lists; await `turn` between two of them."""
    iterator = iter(items)
    while part := [*islice(iterator, size)]:
        yield part


async def turn() -> None:
    """Let the other tasks run."""
    await asyncio.sleep(0)


async def free(objects: dict[Any, Any]) -> None:
    """Empty a dict slice by slice: to free 100,000 objects at once takes a second."""
    while objects:
        for _ in range(min(_SIZE, len(objects))):
            objects.popitem()
        await turn()
