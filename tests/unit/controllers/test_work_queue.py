"""Adding, serving and closing of a work queue, on virtual time."""

from __future__ import annotations

import asyncio
import math
import weakref

import pytest

from aiokube.errors import InvalidArgument, QueueClosed
from aiokube.runtime.controllers.work_queue import WorkQueue
from tests.support.virtual import now, virtual_time


async def take(queue: WorkQueue[str]) -> str:
    """Wait for a key, process it immediately and return it."""
    async with queue.get() as key:
        return key


async def stays_empty_for(queue: WorkQueue[str], seconds: float) -> bool:
    try:
        async with asyncio.timeout(seconds):
            await take(queue)
    except TimeoutError:
        return True
    return False


class TestAdd:
    @virtual_time
    async def test_keys_are_served_once_in_the_order_of_their_addition(self) -> None:
        queue = WorkQueue[str]()
        for key in ("a", "b", "a", "c", "b"):
            queue.add(key)

        assert len(queue) == 3
        assert [await take(queue) for _ in range(3)] == ["a", "b", "c"]
        assert await stays_empty_for(queue, 3600)

    @virtual_time
    async def test_get_waits_for_a_key(self) -> None:
        queue = WorkQueue[str]()
        asyncio.get_running_loop().call_later(5, queue.add, "late")

        assert await take(queue) == "late"
        assert now() == 5

    @virtual_time
    async def test_a_key_added_during_its_processing_is_queued_again_afterwards(self) -> None:
        queue = WorkQueue[str]()
        queue.add("a")
        async with queue.get() as key:
            for _ in range(3):
                queue.add(key)
            assert len(queue) == 0
            assert await stays_empty_for(queue, 60)

        assert await take(queue) == "a"
        assert await stays_empty_for(queue, 3600)

    @virtual_time
    async def test_a_key_added_during_failed_processing_is_queued_again(self) -> None:
        queue = WorkQueue[str]()
        queue.add("a")
        with pytest.raises(ZeroDivisionError):
            async with queue.get() as key:
                queue.add(key)
                raise ZeroDivisionError

        assert await take(queue) == "a"

    @virtual_time
    async def test_a_cancelled_get_loses_no_key(self) -> None:
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
    async def test_a_delayed_key_is_queued_at_its_time(self) -> None:
        queue = WorkQueue[str]()
        queue.add_after("b", 20)
        queue.add_after("a", 10)

        assert (await take(queue), now()) == ("a", 10)
        assert (await take(queue), now()) == ("b", 20)

    @pytest.mark.parametrize("delays", [(10, 3), (3, 10)])
    @virtual_time
    async def test_the_earlier_of_two_delays_applies(self, delays: tuple[float, float]) -> None:
        queue = WorkQueue[str]()
        for delay in delays:
            queue.add_after("a", delay)

        assert (await take(queue), now()) == ("a", 3)
        assert await stays_empty_for(queue, 3600)

    @pytest.mark.parametrize("seconds", [0, -1.5])
    @virtual_time
    async def test_a_delay_of_zero_or_less_adds_immediately(self, seconds: float) -> None:
        queue = WorkQueue[str]()
        queue.add_after("a", seconds)

        assert len(queue) == 1

    @virtual_time
    async def test_a_key_can_be_delayed_again_after_it_was_served(self) -> None:
        queue = WorkQueue[str]()
        queue.add_after("a", 1)
        await take(queue)
        queue.add_after("a", 1)

        assert (await take(queue), now()) == ("a", 2)

    @pytest.mark.parametrize("seconds", [math.nan, math.inf])
    @virtual_time
    async def test_a_delay_that_is_not_finite_is_refused(self, seconds: float) -> None:
        with pytest.raises(InvalidArgument, match=r"^seconds is (nan|inf) for key 'a'; use a finite number$"):
            WorkQueue[str]().add_after("a", seconds)


class TestRateLimit:
    @virtual_time
    async def test_the_backoff_doubles_with_each_failure_up_to_its_maximum(self) -> None:
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
    async def test_ten_thousand_failures_do_not_overflow_the_backoff(self) -> None:
        queue = WorkQueue[str](qps=None)
        for _ in range(10_000):
            queue.add_rate_limited("a")
        await take(queue)
        started = now()
        queue.add_rate_limited("a")
        await take(queue)

        assert now() - started == 1000

    @virtual_time
    async def test_forget_resets_the_failures_of_one_key(self) -> None:
        queue = WorkQueue[str]()
        for _ in range(5):
            queue.add_rate_limited("a")
        queue.add_rate_limited("b")
        queue.forget("a")
        queue.forget("never seen")

        assert (queue.requeues("a"), queue.requeues("b")) == (0, 1)

    @virtual_time
    async def test_all_failed_keys_share_one_rate_limit(self) -> None:
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
    async def test_the_rate_limit_allows_another_burst_after_a_pause(self) -> None:
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
            ({"qps": 0.0}, "qps: 0.0 is out of range"),
            ({"qps": math.nan}, "qps: nan is out of range"),
            ({"burst": 0}, "burst: 0 is out of range"),
        ],
    )
    def test_invalid_limits_are_refused(self, options: dict[str, float], message: str) -> None:
        with pytest.raises(InvalidArgument, match=message):
            WorkQueue[str](**options)  # type: ignore[arg-type] # mypy takes burst for a float


class TestClose:
    @virtual_time
    async def test_queued_keys_are_served_before_every_worker_ends(self) -> None:
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
            with pytest.raises(QueueClosed, match=r"^the work queue is closed and empty$"):
                await take(queue)
        assert now() == 0

    @virtual_time
    async def test_waiting_workers_end(self) -> None:
        queue = WorkQueue[str]()
        workers = [asyncio.create_task(take(queue)) for _ in range(3)]
        await asyncio.sleep(1)
        queue.close()

        results = await asyncio.gather(*workers, return_exceptions=True)
        assert [type(result) for result in results] == [QueueClosed] * 3

    @virtual_time
    async def test_delayed_keys_are_released(self) -> None:
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
    async def test_drain_waits_until_all_keys_are_processed(self) -> None:
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
    async def test_drain_waits_for_keys_that_wait_for_a_worker(self) -> None:
        queue = WorkQueue[str]()
        for key in "abc":
            queue.add(key)
        running = asyncio.create_task(queue.run(lambda key: asyncio.sleep(10), workers=1))
        await queue.drain()

        assert now() == 30
        await running

    @virtual_time
    async def test_drain_waits_for_keys_added_again_before_it(self) -> None:
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
    async def test_an_idle_queue_is_drained_immediately(self) -> None:
        queue = WorkQueue[str]()
        await queue.drain()
        queue.add("too late")

        assert len(queue) == 0

    @virtual_time
    async def test_drain_can_be_cancelled(self) -> None:
        queue = WorkQueue[str]()
        queue.add("nobody works on it")
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(30):
                await queue.drain()

        assert await take(queue) == "nobody works on it"
        await queue.drain()
