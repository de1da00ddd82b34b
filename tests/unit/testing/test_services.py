"""`running`: a service that runs while a test does, and whose failure the test shows."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import pytest

from aiokube.errors import InvalidArgument, WaitTimeout
from aiokube.testing import running


async def forever() -> None:
    await asyncio.Event().wait()


async def fails(after: float = 0.0) -> None:
    await asyncio.sleep(after)
    raise RuntimeError("boom")


async def test_a_service_is_cancelled_at_the_end_of_the_block() -> None:
    ended = asyncio.Event()

    async def service() -> None:
        try:
            await forever()
        finally:
            ended.set()

    async with running(service()):
        await asyncio.sleep(0)
        assert not ended.is_set()
    assert ended.is_set()


@pytest.mark.parametrize("stacked", [False, True], ids=["with", "stack"])
async def test_a_failing_service_ends_the_block_with_its_error(stacked: bool) -> None:
    task = asyncio.current_task()
    assert task is not None
    async with asyncio.timeout(5):
        with pytest.raises(RuntimeError, match="boom"):
            async with AsyncExitStack() as stack:
                if stacked:
                    await stack.enter_async_context(running(fails()))
                    await forever()
                async with running(fails()):
                    await forever()
    assert not task.cancelling()


async def test_a_service_that_fails_as_the_block_ends_is_an_error() -> None:
    failing = asyncio.Event()

    async def service() -> None:
        failing.set()
        raise RuntimeError("boom")

    task = asyncio.current_task()
    assert task is not None
    with pytest.raises(RuntimeError, match="boom"):
        async with running(service()):
            await failing.wait()
    assert not task.cancelling()


async def test_the_error_of_a_block_is_raised_unchanged() -> None:
    with pytest.raises(KeyError):
        async with running(forever()):
            raise KeyError


async def test_a_service_that_ends_leaves_the_block_alone() -> None:
    async with running(asyncio.sleep(0)):
        await asyncio.sleep(0.01)


async def test_a_block_that_is_cancelled_from_outside_is_cancelled() -> None:
    async def block(service: Any) -> None:
        async with running(service):
            await forever()

    for service in (forever(), fails(0.01)):
        task = asyncio.create_task(block(service))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


async def test_a_yield_is_not_interrupted_and_the_error_comes_after_it() -> None:
    async def fixture() -> AsyncIterator[None]:
        async with running(fails()):
            yield

    made = fixture()
    await anext(made)
    # Whoever runs the task now is not in the block.
    await asyncio.sleep(0.01)
    with pytest.raises(RuntimeError, match="boom"):
        await anext(made)


async def test_a_service_that_does_not_end_is_an_error() -> None:
    released = asyncio.Event()

    async def stubborn() -> None:
        while not released.is_set():
            try:
                await released.wait()
            except asyncio.CancelledError:
                continue

    with pytest.raises(WaitTimeout, match=r"^the service was cancelled, and has not ended within 0\.01 s"):
        async with running(stubborn(), timeout=0.01):
            await asyncio.sleep(0)
    released.set()


async def test_a_function_that_is_not_called_is_refused() -> None:
    service: Any = forever
    with pytest.raises(InvalidArgument, match=r"^service: must be a call of an async function, .* not function"):
        async with running(service):
            pass
