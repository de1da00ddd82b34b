"""The work of a leader: renewal of its lease, loss of leadership, and release."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from itertools import chain, repeat
from typing import Any

import pytest

from aiokube.errors import InvalidArgument, LeadershipLost
from tests.support.leases import (
    PATH,
    Delivery,
    LeaseNetwork,
    LeaseServer,
    Outcome,
    elector,
    forever,
    held_by,
    lease,
)
from tests.support.virtual import block, now, virtual_time

HANGS = Delivery(Outcome.LOST)


class TestRenew:
    @virtual_time
    async def test_renewal_takes_one_request_per_retry_period(self) -> None:
        server = LeaseServer()
        async with elector(LeaseNetwork(server)):
            server.calls.clear()
            await asyncio.sleep(21)
            assert server.calls == ["PUT"] * 10

    @virtual_time
    async def test_a_change_by_another_client_is_read_and_kept(self) -> None:
        server = LeaseServer()
        candidate = elector(LeaseNetwork(server))
        async with candidate:
            metadata = server.leases[PATH]["metadata"] | {"labels": {"new": "1"}}
            server.put(PATH, lease(**server.spec | {"leaseDurationSeconds": 99}) | {"metadata": metadata})
            server.calls.clear()
            await asyncio.sleep(5)

            assert candidate.is_leader()
            assert server.calls == ["PUT", "GET", "PUT", "PUT"]
            assert server.leases[PATH]["metadata"]["labels"] == {"new": "1"}
            assert server.spec["leaseDurationSeconds"] == 15

    @pytest.mark.parametrize("outcome", [Outcome.FAILED, Outcome.BROKEN, Outcome.NO_RESPONSE, Outcome.LOST])
    @virtual_time
    async def test_a_failed_renewal_is_retried(self, outcome: Outcome, caplog: pytest.LogCaptureFixture) -> None:
        candidate = elector(LeaseNetwork(LeaseServer(), [Delivery(), Delivery(), Delivery(outcome)]))
        async with candidate:
            await asyncio.sleep(60)
            assert candidate.is_leader()
        warnings = [record for record in caplog.records if record.levelno == logging.WARNING]
        assert len(warnings) == 1
        assert "service: failed to renew the lease: " in caplog.text

    @virtual_time
    async def test_a_failure_that_recurs_is_logged_again(self, caplog: pytest.LogCaptureFixture) -> None:
        failed = Delivery(Outcome.FAILED)
        network = LeaseNetwork(LeaseServer(), [Delivery(), Delivery(), failed, failed, Delivery(), failed, failed])
        async with elector(network):
            await asyncio.sleep(60)

        warnings = [record for record in caplog.records if record.levelno == logging.WARNING]
        assert len(warnings) == 2

    @pytest.mark.parametrize(
        ("deliveries", "ends"),
        [
            # Two attempts of five seconds, after two seconds each.
            (repeat(HANGS), 10),
            (repeat(Delivery(Outcome.NO_RESPONSE)), 5 + 5),
            (repeat(Delivery(Outcome.FAILED)), 10),
            # A renewal sent at 2 seconds, whose response arrives at 6: the deadline counts from 2.
            (chain([Delivery(response_delay=4)], repeat(HANGS)), 12),
        ],
    )
    @virtual_time
    async def test_the_work_is_cancelled_at_the_renew_deadline(self, deliveries: Any, ends: float) -> None:
        network = LeaseNetwork(LeaseServer(), chain([Delivery(), Delivery()], deliveries))
        candidate = elector(network)
        led: list[bool] = []

        async def lead() -> None:
            try:
                await asyncio.sleep(ends - 0.01)
                led.append(candidate.is_leader())
                await forever()
            finally:
                led.append(candidate.is_leader())

        with pytest.raises(LeadershipLost, match=r"^service: not renewed for 10 s: ."):
            await candidate.run(lead)
        assert now() == pytest.approx(ends)
        assert led == [True, False]

    @virtual_time
    async def test_the_renew_deadline_counts_from_the_start_of_the_request(self) -> None:
        network = LeaseNetwork(LeaseServer(), [Delivery(), Delivery(request_delay=1, response_delay=3), *[HANGS] * 9])
        candidate = elector(network)

        async def lead() -> None:
            assert now() == 4
            await asyncio.sleep(5.9)
            assert candidate.is_leader()
            block(0.1)
            assert not candidate.is_leader()
            await forever()

        with pytest.raises(LeadershipLost):
            await candidate.run(lead)
        assert now() == 10

    @virtual_time
    async def test_is_leader_is_false_after_the_deadline_even_if_the_loop_was_blocked(self) -> None:
        candidate = elector(LeaseNetwork(LeaseServer()))
        led: list[bool] = []

        async def lead() -> None:
            block(9.9)
            led.append(candidate.is_leader())
            block(0.2)
            led.append(candidate.is_leader())
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            led.append(candidate.is_leader())
            await forever()

        with pytest.raises(LeadershipLost, match="the event loop was blocked"):
            await candidate.run(lead)
        assert led[:2] == [True, False]
        assert not any(led[2:])
        assert now() == pytest.approx(10.1)

    @virtual_time
    async def test_a_replaced_leader_stops_at_its_next_renewal(self) -> None:
        server = LeaseServer()
        candidate = elector(LeaseNetwork(server))
        asyncio.get_running_loop().call_later(3, server.put, PATH, held_by("other"))
        with pytest.raises(LeadershipLost, match="the lease is now held by other"):
            await candidate.run(forever)

        assert now() == 4
        assert not candidate.is_leader()
        assert server.spec["holderIdentity"] == "other"

    @virtual_time
    async def test_a_deleted_lease_ends_leadership(self) -> None:
        server = LeaseServer()
        asyncio.get_running_loop().call_later(3, server.leases.clear)
        with pytest.raises(LeadershipLost, match="the lease was deleted"):
            await elector(LeaseNetwork(server)).run(forever)

        assert now() == 4


class TestRun:
    @virtual_time
    async def test_run_returns_the_result_of_the_work(self) -> None:
        async def lead() -> int:
            await asyncio.sleep(30)
            return 7

        server = LeaseServer()
        candidate = elector(LeaseNetwork(server))
        assert await candidate.run(lead) == 7
        assert not candidate.is_leader()
        assert server.spec["holderIdentity"] == ""

    @virtual_time
    async def test_run_raises_the_error_of_the_work(self) -> None:
        async def lead() -> None:
            raise ZeroDivisionError

        server = LeaseServer()
        with pytest.raises(ZeroDivisionError):
            await elector(LeaseNetwork(server)).run(lead)
        assert server.spec["holderIdentity"] == ""

    @virtual_time
    async def test_a_cancelled_leader_waits_for_its_work_then_releases_the_lease(self) -> None:
        server = LeaseServer()
        candidate = elector(LeaseNetwork(server))
        ended: list[float] = []

        async def lead() -> None:
            try:
                await forever()
            finally:
                # Longer than the duration of the lease, which is renewed in the meantime.
                await asyncio.sleep(30)
                assert candidate.is_leader()
                assert server.spec["holderIdentity"] == "me"
                ended.append(now())

        running = asyncio.create_task(candidate.run(lead))
        await asyncio.sleep(5)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running

        assert ended == [35]
        assert not candidate.is_leader()
        assert (server.spec["holderIdentity"], server.spec["leaseDurationSeconds"]) == ("", 1)
        assert now() == 35

    @virtual_time
    async def test_a_released_lease_is_taken_over_before_it_expires(self) -> None:
        server = LeaseServer()
        first, second = elector(LeaseNetwork(server), "first"), elector(LeaseNetwork(server), "second")
        running = asyncio.create_task(first.run(forever))
        await asyncio.sleep(1)
        waiting = asyncio.create_task(second.run(forever))
        await asyncio.sleep(100)
        running.cancel()
        await asyncio.sleep(4.5)

        assert second.is_leader()
        assert second.transitions == 1
        waiting.cancel()

    @virtual_time
    async def test_release_on_cancel_false_keeps_the_lease(self) -> None:
        server = LeaseServer()
        async with elector(LeaseNetwork(server), release_on_cancel=False):
            pass

        assert server.spec["holderIdentity"] == "me"

    @virtual_time
    async def test_a_release_is_retried_after_a_conflict(self) -> None:
        server = LeaseServer()
        network = LeaseNetwork(server)
        async with elector(network):
            network.deliveries = iter([Delivery(), Delivery(request_delay=1)])
            asyncio.get_running_loop().call_later(
                0.5, lambda: server.put(PATH, {**server.leases[PATH], "spec": {**server.spec, "strategy": "x"}})
            )

        assert server.calls == ["GET", "POST", "GET", "PUT", "GET", "PUT"]
        assert (server.spec["holderIdentity"], server.spec["strategy"]) == ("", "x")

    @virtual_time
    async def test_a_release_takes_no_longer_than_the_renew_deadline(self) -> None:
        server = LeaseServer()
        network = LeaseNetwork(server)
        async with elector(network):
            # Each update conflicts with a faster one.
            network.deliveries = repeat(Delivery(request_delay=2))
            for second in range(1, 60):
                asyncio.get_running_loop().call_later(
                    second, lambda: server.put(PATH, lease(**server.spec | {"strategy": str(now())}))
                )

        assert now() == 10

    @virtual_time
    async def test_a_lease_held_by_another_candidate_is_not_released(self) -> None:
        server = LeaseServer()
        async with elector(LeaseNetwork(server)):
            server.put(PATH, held_by("other"))

        assert server.spec["holderIdentity"] == "other"

    @virtual_time
    async def test_a_release_without_a_response_times_out(self, caplog: pytest.LogCaptureFixture) -> None:
        network = LeaseNetwork(LeaseServer())
        async with elector(network):
            network.deliveries = repeat(HANGS)

        assert now() == 5
        assert "service: failed to release the lease: no response within 5 s" in caplog.text

    @virtual_time
    async def test_a_cancelled_candidate_stops_immediately(self) -> None:
        server = LeaseServer()
        server.put(PATH, held_by("other"))
        candidate = elector(LeaseNetwork(server))
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(7):
                await candidate.run(forever)

        assert now() == 7
        assert server.spec["holderIdentity"] == "other"
        async with candidate:
            assert candidate.is_leader()

    @virtual_time
    async def test_a_task_that_others_cancelled_too_stays_cancelled(self) -> None:
        candidate = elector(LeaseNetwork(LeaseServer(), chain([Delivery(), Delivery()], repeat(HANGS))))

        async def lead() -> None:
            try:
                await forever()
            finally:
                await asyncio.sleep(5)

        with pytest.raises(TimeoutError):
            async with asyncio.timeout(12):
                await candidate.run(lead)
        assert now() == 12

    @virtual_time
    async def test_lost_leadership_does_not_leave_the_task_cancelled(self) -> None:
        candidate = elector(LeaseNetwork(LeaseServer(), chain([Delivery(), Delivery()], repeat(HANGS, 8))))
        with pytest.raises(LeadershipLost):
            await candidate.run(forever)

        task = asyncio.current_task()
        assert task is not None
        assert task.cancelling() == 0
        assert await candidate.run(lambda: asyncio.sleep(1, "led again")) == "led again"

    @virtual_time
    async def test_work_that_ignores_its_cancellation_still_raises_leadership_lost(self) -> None:
        candidate = elector(LeaseNetwork(LeaseServer(), chain([Delivery(), Delivery()], repeat(HANGS))))

        async def lead() -> str:
            with contextlib.suppress(asyncio.CancelledError):
                await forever()
            return "done"

        with pytest.raises(LeadershipLost):
            await candidate.run(lead)

    @virtual_time
    async def test_an_elector_in_use_is_refused(self) -> None:
        candidate = elector(LeaseNetwork(LeaseServer()))
        async with candidate:
            with pytest.raises(
                InvalidArgument,
                match=r"LeaderElector\('service', identity='me'\) is already in use; create one elector per candidate$",
            ):
                await candidate.run(forever)
            assert candidate.is_leader()

    @virtual_time
    async def test_run_leaves_no_task(self) -> None:
        candidate = elector(LeaseNetwork(LeaseServer()))
        await candidate.run(lambda: asyncio.sleep(10))

        assert asyncio.all_tasks() == {asyncio.current_task()}
