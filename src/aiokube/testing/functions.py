"""Functions of a test that a cluster calls."""

import asyncio
import inspect
from collections.abc import Awaitable
from typing import TypeVar

from ..runtime.errors import InvalidArgument

R = TypeVar("R")


class FunctionCancelled(Exception):
    """A function of a test has raised CancelledError, and nobody has cancelled it."""


async def result_of(called: Awaitable[R]) -> R:
    """Wait for a function of a test.

    Raises:
        FunctionCancelled: It has cancelled itself, which is not the end of the request.
    """
    try:
        return await called
    except asyncio.CancelledError:
        task = asyncio.current_task()
        if task is not None and task.cancelling():
            raise
        raise FunctionCancelled("CancelledError") from None


def check_async(name: str, function: object) -> None:
    """Check that a function is async.

    Args:
        name: The name of the argument.
        function: What was given.

    Raises:
        InvalidArgument: It is not an async function, nor an object that is called as one.
    """
    called = function if inspect.isroutine(function) or not callable(function) else type(function).__call__
    if not inspect.iscoroutinefunction(called) and not inspect.iscoroutinefunction(function):
        shown = getattr(function, "__qualname__", None) or repr(function)
        raise InvalidArgument(f"{name}: must be an async function, `async def`; {shown} is none")
