"""The work queue, on virtual time."""

from __future__ import annotations

import asyncio
import logging
import math
import weakref

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aiokube.errors import InvalidArgument, QueueClosed
from aiokube.runtime.controllers.work_queue import WorkQueue
from tests.support.virtual import now, virtual_time


async def take(queue: WorkQueue[str]) -> str:
    """The next key, done with at once."""
    async with queue.get() as key:
        return key


async def nothing_for(queue: WorkQueue[str], seconds: float) -> bool:
    try:
        async with asyncio.timeout(seconds):
            await take(queue)
    except TimeoutError:
        return True
    return False


class TestAdd:
    @virtual_time
    async def test_keys_come_in_the_order_they_were_added_and_each_once(self) -> None:
        queue = WorkQueue[str]()
        for key in ("a", "b", "a", "c", "b"):
            queue.add(key)

        assert len(queue) == 3
        assert [await take(queue) for _ in range(3)] == ["a", "b", "c"]
        assert await nothing_for(queue, 3600)

    @virtual_time
    async def test_get_waits_for_a_key(self) -> None:
        queue = WorkQueue[str]()
        asyncio.get_running_loop().call_later(5, queue.add, "late")

        assert await take(queue) == "late"
        assert now() == 5

    @virtual_time
    async def test_a_key_added_while_it_is_worked_on_comes_again_when_that_is_done(self) -> None:
        queue = WorkQueue[str]()
        queue.add("a")
        async with queue.get() as key:
            for _ in range(3):
                queue.add(key)
            assert len(queue) == 0
            assert await nothing_for(queue, 60)

        assert await take(queue) == "a"
        assert await nothing_for(queue, 3600)

    @virtual_time
    async def test_a_key_comes_again_after_work_that_failed_half_way(self) -> None:
        queue = WorkQueue[str]()
        queue.add("a")
        with pytest.raises(ZeroDivisionError):
            async with queue.get() as key:
                queue.add(key)
                raise ZeroDivisionError

        assert await take(queue) == "a"

    @virtual_time
    async def test_a_cancelled_get_takes_no_key_with_it(self) -> None:
        queue = WorkQueue[str]()
        cancelled = asyncio.create_task(take(queue))
        other = asyncio.create_task(take(queue))
        await asyncio.sleep(1)
        queue.add("a")
        cancelled.cancel()

        assert await other == "a"
        assert cancelled.cancelled()


class TestAddAfter:
    @virtual_time
    async def test_the_key_comes_when_its_time_has_come(self) -> None:
        queue = WorkQueue[str]()
        queue.add_after("b", 20)
        queue.add_after("a", 10)

        assert (await take(queue), now()) == ("a", 10)
        assert (await take(queue), now()) == ("b", 20)

    @pytest.mark.parametrize("delays", [(10, 3), (3, 10)])
    @virtual_time
    async def test_of_two_times_the_earlier_holds(self, delays: tuple[float, float]) -> None:
        queue = WorkQueue[str]()
        for delay in delays:
            queue.add_after("a", delay)

        assert (await take(queue), now()) == ("a", 3)
        assert await nothing_for(queue, 3600)

    @pytest.mark.parametrize("seconds", [0, -1.5])
    @virtual_time
    async def test_no_delay_adds_at_once(self, seconds: float) -> None:
        queue = WorkQueue[str]()
        queue.add_after("a", seconds)

        assert len(queue) == 1

    @virtual_time
    async def test_it_comes_again_after_it_came(self) -> None:
        queue = WorkQueue[str]()
        queue.add_after("a", 1)
        await take(queue)
        queue.add_after("a", 1)

        assert (await take(queue), now()) == ("a", 2)

    @pytest.mark.parametrize("seconds", [math.nan, math.inf])
    @virtual_time
    async def test_a_time_that_never_comes_is_refused(self, seconds: float) -> None:
        with pytest.raises(InvalidArgument, match=r"seconds is (nan|inf): a finite number says when 'a' is added"):
            WorkQueue[str]().add_after("a", seconds)


class TestRateLimit:
    @virtual_time
    async def test_the_delay_doubles_with_each_failure_up_to_its_maximum(self) -> None:
        queue = WorkQueue[str]()
        delays = []
        for _ in range(20):
            started = now()
            queue.add_rate_limited("a")
            await take(queue)
            delays.append(now() - started)

        assert delays == pytest.approx([0.005 * 2**n for n in range(18)] + [1000, 1000])
        assert queue.requeues("a") == 20

    @virtual_time
    async def test_ten_thousand_failures_overflow_nothing(self) -> None:
        queue = WorkQueue[str](qps=None)
        for _ in range(10_000):
            queue.add_rate_limited("a")
        await take(queue)
        started = now()
        queue.add_rate_limited("a")
        await take(queue)

        assert now() - started == 1000

    @virtual_time
    async def test_forget_starts_over(self) -> None:
        queue = WorkQueue[str]()
        for _ in range(5):
            queue.add_rate_limited("a")
        queue.add_rate_limited("b")
        queue.forget("a")
        queue.forget("never seen")

        assert (queue.requeues("a"), queue.requeues("b")) == (0, 1)

    @virtual_time
    async def test_many_failing_keys_share_a_bucket(self) -> None:
        queue = WorkQueue[int](base_delay=0.001)
        for key in range(150):
            queue.add_rate_limited(key)
        times = []
        for _ in range(150):
            async with queue.get():
                times.append(now())

        assert times[99] == pytest.approx(0.001)
        assert times[100:] == pytest.approx([n / 10 for n in range(1, 51)])

    @virtual_time
    async def test_the_bucket_fills_again_but_not_beyond_its_size(self) -> None:
        queue = WorkQueue[int](base_delay=0.001, qps=1, burst=2)
        for key in range(3):
            queue.add_rate_limited(key)
        await asyncio.sleep(1000)
        assert len(queue) == 3
        started = now()
        for key in range(3, 6):
            queue.add_rate_limited(key)
        times = []
        for _ in range(6):
            async with queue.get():
                times.append(now() - started)

        assert times == pytest.approx([0, 0, 0, 0.001, 0.001, 1])

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            ({"base_delay": 0.0}, "base_delay is 0.0 and max_delay is 1000.0"),
            ({"base_delay": math.nan}, "base_delay is nan"),
            ({"base_delay": 2.0, "max_delay": 1.0}, "max_delay is 1.0"),
            ({"max_delay": math.inf}, "max_delay is inf"),
            ({"qps": 0.0}, "qps is 0.0"),
            ({"qps": math.nan}, "qps is nan"),
            ({"burst": 0}, "burst is 0"),
        ],
    )
    def test_limits_that_make_no_sense_are_refused(self, options: dict[str, float], message: str) -> None:
        with pytest.raises(InvalidArgument, match=message):
            WorkQueue[str](**options)  # type: ignore[arg-type]  # burst is an int wherever it is given


class TestClose:
    @virtual_time
    async def test_what_waits_is_handed_out_and_then_every_worker_ends(self) -> None:
        queue = WorkQueue[str]()
        queue.add("a")
        queue.add_after("later", 1)
        queue.close()
        queue.close()
        queue.add("too late")
        queue.add_after("too late", 1)
        queue.add_rate_limited("too late")

        assert await take(queue) == "a"
        assert queue.requeues("too late") == 0
        for _ in range(3):
            with pytest.raises(QueueClosed, match="closed and empty"):
                await take(queue)
        assert now() == 0

    @virtual_time
    async def test_workers_that_wait_already_end_as_well(self) -> None:
        queue = WorkQueue[str]()
        workers = [asyncio.create_task(take(queue)) for _ in range(3)]
        await asyncio.sleep(1)
        queue.close()

        results = await asyncio.gather(*workers, return_exceptions=True)
        assert [type(result) for result in results] == [QueueClosed] * 3

    @virtual_time
    async def test_no_timer_outlives_it(self) -> None:
        class Key:
            pass

        queue = WorkQueue[Key]()
        keys = [Key(), Key()]
        queue.add_after(keys[0], 10)
        queue.close()
        queue.add_after(keys[1], 10)
        references = [weakref.ref(key) for key in keys]
        keys.clear()

        assert [reference() for reference in references] == [None, None]


class TestDrain:
    @virtual_time
    async def test_it_waits_for_the_work_on_what_was_added(self) -> None:
        queue = WorkQueue[str]()
        done: list[tuple[str, float]] = []

        async def work(key: str) -> None:
            await asyncio.sleep(seconds[key])
            done.append((key, now()))

        seconds = {"a": 10, "b": 30, "c": 10}
        for key in seconds:
            queue.add(key)
        running = asyncio.create_task(queue.run(work, workers=2))
        await asyncio.sleep(5)
        await queue.drain()

        assert done == [("a", 10), ("c", 20), ("b", 30)]
        await running

    @virtual_time
    async def test_it_waits_for_keys_added_again_before_it_while_worked_on(self) -> None:
        queue = WorkQueue[str]()
        queue.add("a")
        async with queue.get():
            queue.add("a")
            draining = asyncio.create_task(queue.drain())
            await asyncio.sleep(5)
            queue.add("too late")
        await asyncio.sleep(5)
        assert not draining.done()
        async with queue.get() as key:
            assert key == "a"
            await asyncio.sleep(5)
            assert not draining.done()

        await draining
        assert now() == 15

    @virtual_time
    async def test_an_idle_queue_is_drained_at_once(self) -> None:
        queue = WorkQueue[str]()
        await queue.drain()
        queue.add("too late")

        assert len(queue) == 0

    @virtual_time
    async def test_it_can_be_given_up(self) -> None:
        queue = WorkQueue[str]()
        queue.add("nobody works on it")
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(30):
                await queue.drain()

        assert await take(queue) == "nobody works on it"
        await queue.drain()


class TestRun:
    @virtual_time
    async def test_a_handler_that_fails_gets_the_key_again_later_and_later(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
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
        assert messages == [f"work on 'a' failed ({n} in a row)" for n in (1, 2, 3)]
        assert "not yet: 3" in caplog.text

    @virtual_time
    async def test_a_handler_may_fail_with_another_queue_closed(self) -> None:
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
    async def test_a_handler_for_which_something_was_cancelled_has_failed(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
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
        assert "work on 'a' failed (1 in a row)" in caplog.text

    @virtual_time
    async def test_cancelling_it_cancels_the_work(self) -> None:
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
    async def test_handlers_that_wait_for_nothing_leave_room_for_others(self) -> None:
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
    async def test_it_needs_a_worker(self) -> None:
        queue = WorkQueue[str]()
        with pytest.raises(InvalidArgument, match="workers is 0"):
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
def test_every_add_is_worked_on_and_no_key_twice_at_once(
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
        # Long enough for what is delayed, rate limited or failing.
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
