"""Leader election on virtual time, against a server in memory that is reached through a bad network."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from itertools import chain, pairwise, repeat
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from aiokube.errors import ClientClosed, Invalid, InvalidArgument, LeadershipLost
from aiokube.runtime.controllers.leader_election import LeaderElector
from aiokube.runtime.http.request import Request, Response
from tests.support.leases import End, Fate, LeaseNetwork, LeaseServer, failure
from tests.support.virtual import block, now, virtual_time

PATH = "/apis/coordination.k8s.io/v1/namespaces/default/leases/service"
HANGS = Fate(End.UNHEARD)


def elector(network: LeaseNetwork, identity: str = "me", **options: Any) -> LeaderElector:
    return LeaderElector(network.client(), "service", identity=identity, clock=now, **options)


def lease(**spec: object) -> dict[str, Any]:
    return {
        "apiVersion": "coordination.k8s.io/v1",
        "kind": "Lease",
        "metadata": {"name": "service", "labels": {"app": "web"}},
        "spec": spec,
    }


def held_by(holder: str, *, age: timedelta = timedelta(0), **spec: object) -> dict[str, Any]:
    """A lease as a leader with the default durations writes it."""
    text = (datetime.now(UTC) - age).isoformat(timespec="microseconds").replace("+00:00", "Z")
    usual = {"leaseDurationSeconds": 15, "acquireTime": text, "renewTime": text, "leaseTransitions": 4}
    return lease(holderIdentity=holder, **{**usual, **spec})


@contextlib.asynccontextmanager
async def renewed_by_another(server: LeaseServer) -> AsyncIterator[None]:
    """Another leader, who renews the lease every two seconds."""

    async def renew() -> None:
        while True:
            server.put(PATH, held_by("other"))
            await asyncio.sleep(2)

    task = asyncio.create_task(renew())
    await asyncio.sleep(0)
    try:
        yield
    finally:
        task.cancel()


async def forever() -> None:
    await asyncio.Event().wait()


class TestDurations:
    @pytest.mark.parametrize(
        "durations",
        [
            {"lease_duration": 10.0},
            {"renew_deadline": 15.0},
            {"renew_deadline": 2.4},
            {"retry_period": 8.4},
            {"retry_period": 0.0},
            {"retry_period": -1.0},
            {"lease_duration": math.inf},
            {"renew_deadline": math.nan},
        ],
    )
    def test_those_that_cannot_work_are_refused(self, durations: dict[str, Any]) -> None:
        ((name, value),) = durations.items()
        with pytest.raises(InvalidArgument, match=f"{name}={value}.*lease_duration > renew_deadline > 1.2"):
            elector(LeaseNetwork(LeaseServer()), **durations)


class TestNames:
    def test_each_candidate_has_an_identity_of_its_own(self) -> None:
        client = LeaseNetwork(LeaseServer()).client()

        assert LeaderElector(client, "service").identity != LeaderElector(client, "service").identity

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            ({"name": "a/b"}, "name: 'a/b' is invalid"),
            ({"name": ""}, "name: is empty"),
            ({"name": "a", "namespace": ".."}, "namespace: '..' is invalid"),
            ({"name": "a", "identity": ""}, "identity is empty"),
        ],
    )
    def test_names_that_cannot_work_are_refused(self, arguments: dict[str, Any], message: str) -> None:
        with pytest.raises(InvalidArgument, match=message):
            LeaderElector(LeaseNetwork(LeaseServer()).client(), **arguments)


class TestAcquire:
    @virtual_time
    async def test_a_lease_that_is_not_there_is_created(self) -> None:
        server = LeaseServer()
        one = elector(LeaseNetwork(server))
        async with one:
            assert one.is_leader()
            assert (one.leader, one.transitions) == ("me", 0)
            assert list(server.leases) == [PATH]
            spec = server.spec
            assert spec["renewTime"] == spec["acquireTime"]
            assert (spec["holderIdentity"], spec["leaseDurationSeconds"], spec["leaseTransitions"]) == ("me", 15, 0)
        assert server.calls[:2] == ["GET", "POST"]

    @pytest.mark.parametrize(
        "free",
        [
            lease(),
            lease(holderIdentity="", leaseDurationSeconds=1, leaseTransitions=4),
            {**lease(), "spec": None},
        ],
    )
    @virtual_time
    async def test_a_lease_that_nobody_holds_is_taken_at_once(self, free: dict[str, Any]) -> None:
        server = LeaseServer()
        server.put(PATH, free)
        one = elector(LeaseNetwork(server))
        async with one:
            assert now() == 0
            assert server.spec["holderIdentity"] == "me"
            assert one.transitions == ((free["spec"] or {}).get("leaseTransitions", 0)) + 1
            assert server.leases[PATH]["metadata"]["labels"] == {"app": "web"}

    @virtual_time
    async def test_a_lease_that_another_renews_is_left_to_it(self) -> None:
        server = LeaseServer()
        times: list[float] = []
        # Each of its requests makes three things happen at the same time.
        one = elector(LeaseNetwork(server, watch=lambda: times.append(now())))
        led = asyncio.Event()

        async def lead() -> None:
            led.set()
            await forever()

        running = asyncio.create_task(one.run(lead))
        async with renewed_by_another(server):
            await asyncio.sleep(601)
            assert not one.is_leader()
            assert one.leader == "other"
            assert set(server.calls) == {"GET"}
            waits = {after - before for before, after in pairwise(times) if after > before}
            assert 2 <= min(waits) < 2.4
            assert 4 < max(waits) <= 4.4

        await led.wait()
        assert 600 + 15 <= now() <= 600 + 4.4 + 15 + 4.4
        running.cancel()

    @virtual_time
    async def test_taking_it_over_counts_as_a_transition_and_keeps_what_others_wrote(self) -> None:
        server = LeaseServer()
        old = held_by("other", strategy="OldestEmulationVersion", preferredHolder="third")
        server.put(PATH, old)
        one = elector(LeaseNetwork(server))
        async with one:
            assert 15 <= now() <= 15 + 4.4
            assert one.transitions == 5
            assert server.spec["acquireTime"] != old["spec"]["acquireTime"]
            assert server.spec["strategy"] == "OldestEmulationVersion"
            assert server.spec["preferredHolder"] == "third"
            assert server.leases[PATH]["metadata"]["labels"] == {"app": "web"}

    @virtual_time
    async def test_the_duration_that_the_leader_wrote_is_the_one_that_counts(self) -> None:
        server = LeaseServer()
        server.put(PATH, held_by("other", leaseDurationSeconds=60))
        async with elector(LeaseNetwork(server)):
            assert 60 <= now() <= 60 + 4.4

    @virtual_time
    async def test_without_a_duration_its_own_is_waited_for(self) -> None:
        server = LeaseServer()
        server.put(PATH, held_by("other", leaseDurationSeconds=None))
        async with elector(LeaseNetwork(server)):
            assert 15 <= now() <= 15 + 4.4

    @virtual_time
    async def test_others_wait_rather_longer_than_its_own_duration(self) -> None:
        server = LeaseServer()
        async with elector(LeaseNetwork(server), lease_duration=10.2):
            assert server.spec["leaseDurationSeconds"] == 11

    @virtual_time
    async def test_a_lease_of_its_own_is_taken_up_again(self) -> None:
        server = LeaseServer()
        old = held_by("me")
        server.put(PATH, old)
        one = elector(LeaseNetwork(server))
        async with one:
            assert now() == 0
            assert one.transitions == 4
            assert server.spec["acquireTime"] == old["spec"]["acquireTime"]
            assert server.spec["renewTime"] != old["spec"]["renewTime"]

    @pytest.mark.parametrize("there_already", [False, True])
    @virtual_time
    async def test_who_is_slower_to_write_has_lost_the_race(self, there_already: bool) -> None:
        server = LeaseServer()
        if there_already:
            server.put(PATH, lease())
        slow = elector(LeaseNetwork(server, [Fate(), Fate(there=0.5)]), "slow")
        fast = elector(LeaseNetwork(server, [Fate(), Fate(there=0.2)]), "fast")
        running = [asyncio.create_task(one.run(forever)) for one in (slow, fast)]
        await asyncio.sleep(10)

        assert fast.is_leader()
        assert not slow.is_leader()
        assert slow.leader == "fast"
        assert server.calls[:4].count("POST" if not there_already else "PUT") == 2
        for task in running:
            task.cancel()

    @virtual_time
    async def test_an_answer_that_comes_too_late_makes_no_leader(self) -> None:
        network = LeaseNetwork(LeaseServer(), [Fate(), Fate(back=0.9)])
        one = elector(network, lease_duration=1, renew_deadline=0.8, retry_period=0.1)
        async with one:
            assert one.is_leader()
            assert network.server.calls == ["GET", "POST", "GET", "PUT"]


class TestClocks:
    @pytest.mark.parametrize("hours", [-1, 1])
    @virtual_time
    async def test_the_time_of_the_leader_means_nothing(self, hours: int) -> None:
        server = LeaseServer()
        server.put(PATH, held_by("other", age=timedelta(hours=hours)))
        async with elector(LeaseNetwork(server)):
            assert 15 <= now() <= 15 + 4.4


class TestRenew:
    @virtual_time
    async def test_it_needs_one_request_every_retry_period(self) -> None:
        server = LeaseServer()
        async with elector(LeaseNetwork(server)):
            server.calls.clear()
            await asyncio.sleep(21)
            assert server.calls == ["PUT"] * 10

    @virtual_time
    async def test_a_change_by_somebody_else_is_read_and_kept(self) -> None:
        server = LeaseServer()
        one = elector(LeaseNetwork(server))
        async with one:
            metadata = server.leases[PATH]["metadata"] | {"labels": {"new": "1"}}
            server.put(PATH, lease(**server.spec | {"leaseDurationSeconds": 99}) | {"metadata": metadata})
            server.calls.clear()
            await asyncio.sleep(5)

            assert one.is_leader()
            assert server.calls == ["PUT", "GET", "PUT", "PUT"]
            assert server.leases[PATH]["metadata"]["labels"] == {"new": "1"}
            assert server.spec["leaseDurationSeconds"] == 15

    @pytest.mark.parametrize("end", [End.FAILED, End.BROKEN, End.UNANSWERED, End.UNHEARD])
    @virtual_time
    async def test_a_failure_is_followed_by_another_attempt(self, end: End, caplog: pytest.LogCaptureFixture) -> None:
        one = elector(LeaseNetwork(LeaseServer(), [Fate(), Fate(), Fate(end)]))
        async with one:
            await asyncio.sleep(60)
            assert one.is_leader()
        warnings = [record for record in caplog.records if record.levelno == logging.WARNING]
        assert len(warnings) == 1
        assert "service: the lease was not renewed: " in caplog.text

    @virtual_time
    async def test_a_failure_that_comes_back_is_reported_again(self, caplog: pytest.LogCaptureFixture) -> None:
        failed = Fate(End.FAILED)
        network = LeaseNetwork(LeaseServer(), [Fate(), Fate(), failed, failed, Fate(), failed, failed])
        async with elector(network):
            await asyncio.sleep(60)

        warnings = [record for record in caplog.records if record.levelno == logging.WARNING]
        assert len(warnings) == 2

    @pytest.mark.parametrize(
        ("fates", "ends"),
        [
            # Two attempts that wait five seconds each, and sleeps of two between them.
            (repeat(HANGS), 10),
            (repeat(Fate(End.UNANSWERED)), 5 + 5),
            (repeat(Fate(End.FAILED)), 10),
            # Renewed at 2, with an answer that came at 6: it counts from 2 on.
            (chain([Fate(back=4)], repeat(HANGS)), 12),
        ],
    )
    @virtual_time
    async def test_the_work_is_cancelled_when_the_deadline_has_passed(self, fates: Any, ends: float) -> None:
        network = LeaseNetwork(LeaseServer(), chain([Fate(), Fate()], fates))
        one = elector(network)
        led: list[bool] = []

        async def lead() -> None:
            try:
                await asyncio.sleep(ends - 0.01)
                led.append(one.is_leader())
                await forever()
            finally:
                led.append(one.is_leader())

        with pytest.raises(LeadershipLost, match=r"^service: not renewed for 10 s: ."):
            await one.run(lead)
        assert now() == pytest.approx(ends)
        assert led == [True, False]

    @virtual_time
    async def test_it_counts_from_the_start_of_the_request(self) -> None:
        network = LeaseNetwork(LeaseServer(), [Fate(), Fate(there=1, back=3), *[HANGS] * 9])
        one = elector(network)

        async def lead() -> None:
            assert now() == 4
            await asyncio.sleep(5.9)
            assert one.is_leader()
            block(0.1)
            assert not one.is_leader()
            await forever()

        with pytest.raises(LeadershipLost):
            await one.run(lead)
        assert now() == 10

    @virtual_time
    async def test_a_blocked_loop_makes_no_false_leader(self) -> None:
        one = elector(LeaseNetwork(LeaseServer()))
        led: list[bool] = []

        async def lead() -> None:
            block(9.9)
            led.append(one.is_leader())
            block(0.2)
            led.append(one.is_leader())
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            led.append(one.is_leader())
            await forever()

        with pytest.raises(LeadershipLost, match="this process was too busy"):
            await one.run(lead)
        assert led[:2] == [True, False]
        assert not any(led[2:])
        assert now() == pytest.approx(10.1)

    @virtual_time
    async def test_who_was_replaced_knows_it_with_the_next_attempt(self) -> None:
        server = LeaseServer()
        one = elector(LeaseNetwork(server))
        asyncio.get_running_loop().call_later(3, server.put, PATH, held_by("other"))
        with pytest.raises(LeadershipLost, match="the lease is held by other now"):
            await one.run(forever)

        assert now() == 4
        assert not one.is_leader()
        assert server.spec["holderIdentity"] == "other"

    @virtual_time
    async def test_a_deleted_lease_ends_the_leadership(self) -> None:
        server = LeaseServer()
        asyncio.get_running_loop().call_later(3, server.leases.clear)
        with pytest.raises(LeadershipLost, match="the lease was deleted"):
            await elector(LeaseNetwork(server)).run(forever)

        assert now() == 4


class TestRun:
    @virtual_time
    async def test_it_returns_what_the_work_returns(self) -> None:
        async def lead() -> int:
            await asyncio.sleep(30)
            return 7

        server = LeaseServer()
        one = elector(LeaseNetwork(server))
        assert await one.run(lead) == 7
        assert not one.is_leader()
        assert server.spec["holderIdentity"] == ""

    @virtual_time
    async def test_it_raises_what_the_work_raises(self) -> None:
        async def lead() -> None:
            raise ZeroDivisionError

        server = LeaseServer()
        with pytest.raises(ZeroDivisionError):
            await elector(LeaseNetwork(server)).run(lead)
        assert server.spec["holderIdentity"] == ""

    @virtual_time
    async def test_cancelled_it_waits_for_the_work_and_frees_the_lease_then(self) -> None:
        server = LeaseServer()
        one = elector(LeaseNetwork(server))
        ended: list[float] = []

        async def lead() -> None:
            try:
                await forever()
            finally:
                # Longer than the lease lasts: it is renewed in the meantime.
                await asyncio.sleep(30)
                assert one.is_leader()
                assert server.spec["holderIdentity"] == "me"
                ended.append(now())

        running = asyncio.create_task(one.run(lead))
        await asyncio.sleep(5)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running

        assert ended == [35]
        assert not one.is_leader()
        assert (server.spec["holderIdentity"], server.spec["leaseDurationSeconds"]) == ("", 1)
        assert now() == 35

    @virtual_time
    async def test_the_next_one_takes_over_a_freed_lease_without_waiting_for_it_to_expire(self) -> None:
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
    async def test_it_keeps_the_lease_if_told_so(self) -> None:
        server = LeaseServer()
        async with elector(LeaseNetwork(server), release_on_cancel=False):
            pass

        assert server.spec["holderIdentity"] == "me"

    @virtual_time
    async def test_freeing_it_is_repeated_after_a_conflict(self) -> None:
        server = LeaseServer()
        network = LeaseNetwork(server)
        async with elector(network):
            network.fates = iter([Fate(), Fate(there=1)])
            asyncio.get_running_loop().call_later(
                0.5, lambda: server.put(PATH, {**server.leases[PATH], "spec": {**server.spec, "strategy": "x"}})
            )

        assert server.calls == ["GET", "POST", "GET", "PUT", "GET", "PUT"]
        assert (server.spec["holderIdentity"], server.spec["strategy"]) == ("", "x")

    @virtual_time
    async def test_freeing_it_takes_no_longer_than_the_deadline(self) -> None:
        server = LeaseServer()
        network = LeaseNetwork(server)
        async with elector(network):
            # Each update comes too late: somebody else has been faster.
            network.fates = repeat(Fate(there=2))
            for second in range(1, 60):
                asyncio.get_running_loop().call_later(
                    second, lambda: server.put(PATH, lease(**server.spec | {"strategy": str(now())}))
                )

        assert now() == 10

    @virtual_time
    async def test_only_a_lease_of_its_own_is_freed(self) -> None:
        server = LeaseServer()
        async with elector(LeaseNetwork(server)):
            server.put(PATH, held_by("other"))

        assert server.spec["holderIdentity"] == "other"

    @virtual_time
    async def test_a_server_that_hangs_doesn_t_keep_it_from_ending(self, caplog: pytest.LogCaptureFixture) -> None:
        network = LeaseNetwork(LeaseServer())
        async with elector(network):
            network.fates = repeat(HANGS)

        assert now() == 5
        assert "service: the lease was not released: no answer within 5 s" in caplog.text

    @virtual_time
    async def test_cancelled_while_it_waits_it_ends_at_once(self) -> None:
        server = LeaseServer()
        server.put(PATH, held_by("other"))
        one = elector(LeaseNetwork(server))
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(7):
                await one.run(forever)

        assert now() == 7
        assert server.spec["holderIdentity"] == "other"
        async with one:
            assert one.is_leader()

    @virtual_time
    async def test_cancelled_by_others_as_well_it_stays_cancelled(self) -> None:
        one = elector(LeaseNetwork(LeaseServer(), chain([Fate(), Fate()], repeat(HANGS))))

        async def lead() -> None:
            try:
                await forever()
            finally:
                await asyncio.sleep(5)

        with pytest.raises(TimeoutError):
            async with asyncio.timeout(12):
                await one.run(lead)
        assert now() == 12

    @virtual_time
    async def test_its_own_cancellation_leaves_no_trace_in_the_task(self) -> None:
        one = elector(LeaseNetwork(LeaseServer(), chain([Fate(), Fate()], repeat(HANGS, 8))))
        with pytest.raises(LeadershipLost):
            await one.run(forever)

        task = asyncio.current_task()
        assert task is not None
        assert task.cancelling() == 0
        assert await one.run(lambda: asyncio.sleep(1, "led again")) == "led again"

    @virtual_time
    async def test_work_that_ignores_its_cancellation_has_lost_all_the_same(self) -> None:
        one = elector(LeaseNetwork(LeaseServer(), chain([Fate(), Fate()], repeat(HANGS))))

        async def lead() -> str:
            with contextlib.suppress(asyncio.CancelledError):
                await forever()
            return "done"

        with pytest.raises(LeadershipLost):
            await one.run(lead)

    @virtual_time
    async def test_one_elector_takes_part_once(self) -> None:
        one = elector(LeaseNetwork(LeaseServer()))
        async with one:
            with pytest.raises(InvalidArgument, match=r"LeaderElector\('service', identity='me'\) is already in use"):
                await one.run(forever)
            assert one.is_leader()

    @virtual_time
    async def test_no_task_is_left(self) -> None:
        one = elector(LeaseNetwork(LeaseServer()))
        await one.run(lambda: asyncio.sleep(10))

        assert asyncio.all_tasks() == {asyncio.current_task()}


class TestOnNewLeader:
    @virtual_time
    async def test_it_hears_of_each_leader(self) -> None:
        server = LeaseServer()
        server.put(PATH, held_by("other"))
        heard: list[tuple[str, bool]] = []

        def hear(leader: str) -> None:
            heard.append((leader, one.is_leader()))

        one = elector(LeaseNetwork(server), on_new_leader=hear)
        asyncio.get_running_loop().call_later(30, server.put, PATH, held_by("third"))
        with pytest.raises(LeadershipLost):
            await one.run(forever)

        await asyncio.sleep(0)
        assert heard == [("other", False), ("me", True), ("third", False)]

    @virtual_time
    async def test_its_failures_are_its_own(self, caplog: pytest.LogCaptureFixture) -> None:
        def fail(leader: str) -> None:
            raise ZeroDivisionError(leader)

        one = elector(LeaseNetwork(LeaseServer()), on_new_leader=fail)
        await one.run(lambda: asyncio.sleep(10))

        assert "service: on_new_leader failed" in caplog.text

    def test_it_is_not_async(self) -> None:
        async def hear(leader: str) -> None:
            raise AssertionError(leader)

        with pytest.raises(InvalidArgument, match="on_new_leader is an async function"):
            elector(LeaseNetwork(LeaseServer()), on_new_leader=hear)


class _Answering(LeaseNetwork):
    """Answers as a test says, in place of the server."""

    def __init__(self, answer: Callable[[Request], Response | None]) -> None:
        super().__init__(LeaseServer())
        self._answer = answer

    async def send(self, request: Request) -> Response:
        return self._answer(request) or await super().send(request)


class TestServerSaysNo:
    @virtual_time
    async def test_a_refusal_that_comes_back_is_reported_again(self, caplog: pytest.LogCaptureFixture) -> None:
        network = _Answering(lambda _: failure(403, "Forbidden") if not 20 < now() < 40 else None)
        network.server.put(PATH, held_by("other", leaseDurationSeconds=100))
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(60):
                await elector(network).run(forever)

        warnings = [record for record in caplog.records if record.levelno == logging.WARNING]
        assert len(warnings) == 2

    @virtual_time
    async def test_while_it_may_not_it_keeps_asking_and_says_so_once(self, caplog: pytest.LogCaptureFixture) -> None:
        network = _Answering(lambda _: failure(403, "Forbidden") if now() < 60 else None)
        await elector(network).run(lambda: asyncio.sleep(0))

        assert 60 <= now() <= 64.4
        warnings = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
        assert warnings == [f"service: the lease cannot be taken: 403 Forbidden: Forbidden (GET {PATH})"]

    @virtual_time
    async def test_what_can_never_work_is_raised(self) -> None:
        network = _Answering(lambda request: failure(422, "Invalid") if request.method == "POST" else None)
        with pytest.raises(Invalid):
            await elector(network).run(forever)

    @virtual_time
    async def test_a_namespace_that_is_not_there_may_come(self, caplog: pytest.LogCaptureFixture) -> None:
        network = _Answering(lambda _: failure(404, "NotFound") if now() < 60 else None)
        async with elector(network):
            assert 60 <= now() <= 64.4
        assert "404 NotFound" in caplog.text

    @virtual_time
    async def test_an_answer_that_is_no_lease_is_a_failure_like_others(self, caplog: pytest.LogCaptureFixture) -> None:
        network = _Answering(lambda _: Response(status=200, headers={}, body=b"<html>") if now() < 60 else None)
        async with elector(network):
            assert 60 <= now() <= 64.4
        assert "cannot be taken: Lease: the data is not valid JSON" in caplog.text

    @virtual_time
    async def test_a_closed_client_ends_the_wait(self) -> None:
        def closed(_: Request) -> Response:
            raise ClientClosed("the client is closed")

        with pytest.raises(ClientClosed):
            await elector(_Answering(closed)).run(forever)

    @pytest.mark.parametrize("error", [ClientClosed("the client is closed"), ZeroDivisionError("a defect")])
    @virtual_time
    async def test_what_ends_the_renewing_ends_the_work(self, error: Exception) -> None:
        def fail(_: Request) -> Response | None:
            if now() > 10:
                raise error
            return None

        with pytest.raises(LeadershipLost, match=f"cannot be renewed any more: {error}") as caught:
            await elector(_Answering(fail)).run(forever)
        assert now() == 12
        assert caught.value.__cause__ is error


FATES = st.lists(
    st.builds(
        Fate,
        st.sampled_from([End.ANSWERED] * 6 + list(End)),
        st.sampled_from([0.0, 0.0, 0.1, 1.0, 3.0, 4.5, 6.0, 12.0, 40.0]),
        st.sampled_from([0.0, 0.0, 0.1, 1.0, 3.0, 4.9]),
    ),
    max_size=40,
)
# Also some that leave no room between the deadline and the end of the lease.
DURATIONS = st.sampled_from([(15.0, 10.0, 2.0), (15.0, 14.9, 2.0), (5.0, 4.9, 1.0), (2.5, 2.4, 0.5)])


@given(
    fates=st.lists(FATES, min_size=2, max_size=3),
    durations=DURATIONS,
    terms=st.lists(st.integers(1, 60), min_size=1, max_size=8),
    blocks=st.lists(st.tuples(st.integers(1, 60), st.sampled_from([1.0, 9.0, 16.0])), max_size=4),
)
@example(
    # The second one sees the lease as soon as it is written, and the first one's answer comes late.
    fates=[[Fate(), Fate(back=2.0)] + [HANGS] * 40, [Fate(there=0.1)]],
    durations=(5.0, 4.9, 1.0),
    terms=[60],
    blocks=[],
)
@example(
    # The answer that shows the lease comes long after it was asked for, and the lease was taken in between.
    fates=[[Fate(there=2.0), Fate()] + [HANGS] * 40, [Fate(there=2.1)]],
    durations=(5.0, 4.9, 1.0),
    terms=[60],
    blocks=[],
)
@example(
    # A duration that is no whole number.
    fates=[[Fate(), Fate()] + [HANGS] * 40, [Fate(there=0.05)]],
    durations=(2.5, 2.4, 0.1),
    terms=[60],
    blocks=[],
)
@settings(deadline=None, max_examples=150)
@pytest.mark.slow
def test_never_two_leaders(
    fates: list[list[Fate]],
    durations: tuple[float, float, float],
    terms: list[int],
    blocks: list[tuple[int, float]],
) -> None:
    @virtual_time
    async def scenario() -> None:
        server = LeaseServer()
        networks: list[LeaseNetwork] = []
        electors: list[LeaderElector] = []
        working: list[str] = []
        tokens: list[int] = []
        violations: list[str] = []
        lengths = iter(terms)

        def check() -> None:
            leaders = [one.identity for one in electors if one.is_leader()]
            # The work ends as soon as it is cancelled: that of two leaders never overlaps either.
            for what in (leaders, working):
                if len(what) > 1:
                    violations.append(f"{now()}: {what}")
            if tokens != sorted(tokens):
                violations.append(f"{now()}: {tokens}")

        async def take_part(one: LeaderElector) -> None:
            async def lead() -> None:
                tokens.append(one.transitions)
                working.append(one.identity)
                check()
                try:
                    await asyncio.sleep(next(lengths, 1e6))
                finally:
                    working.remove(one.identity)

            while True:
                with contextlib.suppress(LeadershipLost):
                    await one.run(lead)
                # The others have a chance, too.
                await asyncio.sleep(5)

        for number, own_fates in enumerate(fates):
            lease_duration, renew_deadline, retry_period = durations
            networks.append(LeaseNetwork(server, own_fates, check))
            electors.append(
                elector(
                    networks[-1],
                    f"candidate {number}",
                    lease_duration=lease_duration,
                    renew_deadline=renew_deadline,
                    retry_period=retry_period,
                )
            )
        tasks = [asyncio.create_task(take_part(one)) for one in electors]
        at = dict(blocks)
        for second in range(100):
            await asyncio.sleep(1)
            check()
            if second in at:
                block(at[second])
                check()
        # One is cut off for good, all is well with the others, and new terms have no end: one of them has to lead.
        lengths = iter(())
        networks[0].fates = repeat(HANGS)
        for network in networks[1:]:
            network.fates = iter(())
        await asyncio.sleep(200)
        check()
        assert violations == []
        assert not any(task.done() for task in tasks), tasks
        (leader,) = working
        assert leader != electors[0].identity
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)

    scenario()
