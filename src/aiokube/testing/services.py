"""A service that runs while a test does."""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import sys
from collections.abc import AsyncIterator, Coroutine
from types import FrameType
from typing import Any

from ..runtime.errors import InvalidArgument, WaitTimeout
from ..runtime.public import public


@public("aiokube.testing")
@contextlib.asynccontextmanager
async def running(service: Coroutine[Any, Any, object], *, timeout: float = 10.0) -> AsyncIterator[None]:
    """Run a service while a block runs: an async context manager that cancels the service at the end of the block.

        async with running(service.run()):
            await kube.core_v1.config_maps.wait_for("copy", created)

    If the service fails, the block is cancelled, as by an `asyncio.TaskGroup`, and ends with the error of the service.
    A `yield` of an async generator, such as a fixture, is not interrupted; there the error is raised after it.

    Args:
        service: A call of an async function.
        timeout: Seconds that the service may take to end when it is cancelled.

    Raises:
        InvalidArgument: It is not a call of an async function.
        WaitTimeout: The service does not end.
    """
    if not asyncio.iscoroutine(service):
        raise InvalidArgument(
            f"service: must be a call of an async function, such as service.run(), not {type(service).__name__}"
        )
    block = None if _is_in_a_generator(sys._getframe(1)) else asyncio.current_task()
    is_open, is_cancelled_here = True, False

    def on_end(ended: asyncio.Task[object]) -> None:
        nonlocal is_cancelled_here
        if is_open and block is not None and not ended.cancelled() and ended.exception() is not None:
            is_cancelled_here = block.cancel()

    task = asyncio.create_task(service)
    task.add_done_callback(on_end)
    try:
        yield
    finally:
        is_open = False
        if is_cancelled_here and block is not None:
            block.uncancel()
        task.cancel()
        await asyncio.wait([task], timeout=timeout)
        if not task.done():
            raise WaitTimeout(f"the service was cancelled, and has not ended within {timeout:g} s")
        if not task.cancelled():
            task.result()


def _is_in_a_generator(frame: FrameType | None) -> bool:
    """Return True if a block may be left by a `yield`: who runs the task then is not in the block."""
    while frame is not None:
        if frame.f_code.co_flags & inspect.CO_ASYNC_GENERATOR:
            return True
        frame = frame.f_back
    return False
