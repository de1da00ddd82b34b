"""Waiting for several objects: for all of them, or for the first."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Mapping
from typing import Any, TypeVar

from ..errors import WaitTimeout, first_of

T = TypeVar("T")


async def wait_for_all(waits: Mapping[str, Coroutine[Any, Any, T]]) -> list[T]:
    """Return the results of all waits, in their order.

    Raises:
        WaitTimeout: Some conditions were not met in time; the message names the first twenty objects.
        AiokubeError: The first other failure.
    """
    tasks = {name: asyncio.create_task(wait) for name, wait in waits.items()}
    try:
        done, _ = await asyncio.wait(tasks.values(), return_when=asyncio.FIRST_EXCEPTION)
        if any(isinstance(task.exception(), WaitTimeout) for task in done):
            # The others end at the same moment.
            await asyncio.wait(tasks.values())
        _raise_failures(tasks)
        return [task.result() for task in tasks.values()]
    finally:
        await _end(tasks)


async def wait_for_any(waits: Mapping[str, Coroutine[Any, Any, T]]) -> T:
    """Return the first result, whichever wait has it; a failure counts when all have failed.

    Raises:
        WaitTimeout: No condition was met in time; the message names the first twenty objects.
        AiokubeError: The first other failure.
    """
    tasks = {name: asyncio.create_task(wait) for name, wait in waits.items()}
    try:
        pending = {*tasks.values()}
        while pending:
            done, pending = await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                if task.exception() is None:
                    return task.result()
        _raise_failures(tasks)
        raise AssertionError("all waits have failed")
    finally:
        await _end(tasks)


def _raise_failures(tasks: Mapping[str, asyncio.Task[Any]]) -> None:
    failures = [error for task in tasks.values() if task.done() and (error := task.exception()) is not None]
    late = [error for error in failures if isinstance(error, WaitTimeout)]
    if late and len(late) == len(failures):
        if len(tasks) == 1:
            raise late[0]
        raise WaitTimeout(f"{len(late)} of {len(tasks)} objects: {first_of(list(map(str, late)))}") from late[0]
    for error in failures:
        if not isinstance(error, WaitTimeout):
            raise error


async def _end(tasks: Mapping[str, asyncio.Task[Any]]) -> None:
    for task in tasks.values():
        task.cancel()
    await asyncio.gather(*tasks.values(), return_exceptions=True)
