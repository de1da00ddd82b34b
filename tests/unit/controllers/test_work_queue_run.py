"""`WorkQueue.run` and its handlers, on virtual time."""

from __future__ import annotations

import asyncio
import logging

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aiokube.errors import InvalidArgument
from aiokube.runtime.controllers.work_queue import WorkQueue
from tests.support.virtual import now, virtual_time


async def take(queue: WorkQueue[str]) -> str:
    """Wait for a key, process it immediately and return it."""
    async with queue.get() as key:
        return key


class TestRun:
    @virtual_time
    async def test_a_failing_handler_gets_the_key_again_with_backoff(self, caplog: pytest.LogCaptureFixture) -> None:
        queue = WorkQueue[str](base_delay=1)
        calls: list[float] = []

        async def handle(key: str) -> None:
            calls.append(now())
            if len(calls) < 4:
                raise ValueError(f"not yet: {len(calls)}")
            assert queue.requeues(key) == 3
            queue.close()

        queue.add("a")
        await queue.run(handle)

        assert calls == [0, 1, 3, 7]
        assert queue.requeues("a") == 0
        messages = [record.getMessage() for record in caplog.records if record.levelno == logging.ERROR]
        assert messages == [f"the handler failed on 'a' (failure {n} in a row)" for n in (1, 2, 3)]
        assert "not yet: 3" in caplog.text

    @virtual_time
    async def test_queue_closed_from_another_queue_is_a_failure(self) -> None:
        queue, other = WorkQueue[str](base_delay=1), WorkQueue[str]()
        other.close()
        calls: list[float] = []

        async def handle(key: str) -> None:
            calls.append(now())
            if len(calls) == 2:
                queue.close()
            await take(other)

        queue.add("a")
        await queue.run(handle)

        assert calls == [0, 1]

    @virtual_time
    async def test_a_cancelled_task_inside_a_handler_is_a_failure(self, caplog: pytest.LogCaptureFixture) -> None:
        queue = WorkQueue[str](base_delay=1)
        calls: list[tuple[str, float]] = []

        async def handle(key: str) -> None:
            calls.append((key, now()))
            if len(calls) == 1:
                helper = asyncio.create_task(asyncio.sleep(100))
                helper.cancel()
                await helper

        for key in ("a", "b"):
            queue.add(key)
        running = asyncio.create_task(queue.run(handle))
        await asyncio.sleep(5)
        await queue.drain()
        await running

        assert calls == [("a", 0), ("b", 0), ("a", 1)]
        assert "the handler failed on 'a' (failure 1 in a row)" in caplog.text

    @virtual_time
    async def test_cancelling_run_cancels_the_handlers(self) -> None:
        queue = WorkQueue[str]()
        cancelled: list[str] = []

        async def handle(key: str) -> None:
            try:
                await asyncio.sleep(100)
            except asyncio.CancelledError:
                cancelled.append(key)
                raise

        for key in ("a", "b", "c"):
            queue.add(key)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(5):
                await queue.run(handle, workers=2)

        assert sorted(cancelled) == ["a", "b"]
        assert await take(queue) == "c"

    @virtual_time
    async def test_handlers_that_never_wait_yield_to_other_tasks(self) -> None:
        queue = WorkQueue[str]()

        async def handle(key: str) -> None:
            queue.add(key)

        queue.add("a")
        running = asyncio.create_task(queue.run(handle))
        for _ in range(10):
            await asyncio.sleep(0)
        queue.close()
        await running

    @virtual_time
    async def test_less_than_one_worker_is_refused(self) -> None:
        queue = WorkQueue[str]()
        with pytest.raises(InvalidArgument, match=r"^workers is 0; use at least 1$"):
            await queue.run(asyncio.sleep, workers=0)  # type: ignore[arg-type]  # never called


STEPS = st.one_of(
    st.tuples(st.just("add"), st.sampled_from("abcd"), st.just(0.0)),
    st.tuples(st.just("after"), st.sampled_from("abcd"), st.integers(0, 40).map(float)),
    st.tuples(st.just("rate"), st.sampled_from("abcd"), st.just(0.0)),
    st.tuples(st.just("sleep"), st.just(""), st.integers(1, 20).map(float)),
)


@given(
    steps=st.lists(STEPS, max_size=40),
    durations=st.lists(st.integers(0, 12).map(float), min_size=1, max_size=20),
    failures=st.lists(st.booleans(), max_size=10),
    workers=st.integers(1, 4),
)
@settings(deadline=None, max_examples=300)
@pytest.mark.slow
def test_every_added_key_is_processed_and_never_twice_at_once(
    steps: list[tuple[str, str, float]], durations: list[float], failures: list[bool], workers: int
) -> None:
    @virtual_time
    async def scenario() -> None:
        queue = WorkQueue[str](base_delay=1, max_delay=60)
        working: set[str] = set()
        last_added: dict[str, float] = {}
        last_begun: dict[str, float] = {}
        handled = added = 0
        fails = iter(failures)

        async def handle(key: str) -> None:
            nonlocal handled
            assert key not in working
            working.add(key)
            assert len(working) <= workers
            last_begun[key] = now()
            handled += 1
            await asyncio.sleep(durations[handled % len(durations)])
            working.remove(key)
            if next(fails, False):
                raise ValueError(key)

        running = asyncio.create_task(queue.run(handle, workers=workers))
        for what, key, seconds in steps:
            if what == "sleep":
                await asyncio.sleep(seconds)
                continue
            added += 1
            last_added[key] = now()
            if what == "add":
                queue.add(key)
            elif what == "after":
                queue.add_after(key, seconds)
            else:
                queue.add_rate_limited(key)
        # Long enough for all delays and retries.
        await asyncio.sleep(10_000)
        assert len(queue) == 0
        assert not working
        assert last_begun.keys() == last_added.keys()
        for key, at in last_added.items():
            assert last_begun[key] >= at
        assert handled <= added + sum(failures)
        await queue.drain()
        await running

    scenario()
