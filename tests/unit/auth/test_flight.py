"""An operation that concurrent callers share: results, errors and cancellations."""

from __future__ import annotations

import asyncio
import gc
from typing import Any

import pytest

from aiokube.runtime.errors import ClientClosed
from aiokube.runtime.http.auth.single_flight import SingleFlight


class Work:
    """An operation whose end, and whose cleanup, the test controls."""

    def __init__(self) -> None:
        self.finish = asyncio.Event()
        self.clean = asyncio.Event()
        self.log: list[str] = []

    async def __call__(self) -> str:
        try:
            await self.finish.wait()
            return "result"
        finally:
            self.log.append("cleaning")
            await self.clean.wait()
            self.log.append("cleaned")


async def turns(count: int = 5) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


async def test_all_callers_get_the_result() -> None:
    work = Work()
    work.clean.set()
    flight = SingleFlight(work())
    waiters = [asyncio.create_task(flight.wait()) for _ in range(3)]
    await turns()
    assert flight.is_open
    work.finish.set()
    assert await asyncio.gather(*waiters) == ["result"] * 3
    assert not flight.is_open
    assert await flight.wait() == "result"


async def test_a_cancelled_operation_cannot_be_joined() -> None:
    work = Work()
    flight = SingleFlight(work())
    waiter = asyncio.create_task(flight.wait())
    await turns()
    waiter.cancel()
    await turns()
    assert work.log == ["cleaning"]
    assert not flight.is_open
    assert not waiter.done()  # it waits for the cleanup
    work.clean.set()
    with pytest.raises(asyncio.CancelledError):
        await waiter
    assert work.log == ["cleaning", "cleaned"]


async def test_the_cleanup_of_a_cancelled_operation_is_not_interrupted() -> None:
    """The shutdown of an event loop cancels both the operation and its callers."""
    work = Work()
    others = asyncio.all_tasks()
    flight = SingleFlight(work())
    (task,) = asyncio.all_tasks() - others
    waiter = asyncio.create_task(flight.wait())
    await turns()
    task.cancel()
    await turns()
    waiter.cancel()
    await turns()
    await asyncio.wait({asyncio.create_task(flight.end())}, timeout=0.05)
    assert work.log == ["cleaning"]
    work.clean.set()
    with pytest.raises(asyncio.CancelledError):
        await waiter
    assert work.log == ["cleaning", "cleaned"]


async def test_end_raises_client_closed_in_the_callers() -> None:
    work = Work()
    work.clean.set()
    flight = SingleFlight(work())
    waiter = asyncio.create_task(flight.wait())
    await turns()
    await flight.end()
    with pytest.raises(ClientClosed):
        await waiter
    await flight.end()


async def test_an_error_without_callers_is_not_logged() -> None:
    complaints: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context))

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            raise OSError("while cleaning up")

    flight = SingleFlight(work())
    waiter = asyncio.create_task(flight.wait())
    await turns()
    waiter.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiter
    del flight, waiter
    gc.collect()
    await turns()
    assert complaints == []
