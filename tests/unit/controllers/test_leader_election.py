"""Candidates for leadership: arguments, acquisition of a lease, refusals and callbacks."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest

from aiokube.errors import ClientClosed, Invalid, InvalidArgument, LeadershipLost
from aiokube.runtime.controllers.leader_election import LeaderElector
from aiokube.runtime.http.request import Request, Response
from tests.support.leases import (
    PATH,
    Delivery,
    LeaseNetwork,
    LeaseServer,
    elector,
    failure,
    forever,
    held_by,
    lease,
)
from tests.support.virtual import now, virtual_time


@contextlib.asynccontextmanager
async def renewed_by_another(server: LeaseServer) -> AsyncIterator[None]:
    """Have another leader renew the lease every two seconds."""

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
    def test_invalid_durations_are_refused(self, durations: dict[str, Any]) -> None:
        ((name, value),) = durations.items()
        with pytest.raises(InvalidArgument, match=f"{name}={value}.*lease_duration > renew_deadline > 1.2"):
            elector(LeaseNetwork(LeaseServer()), **durations)


class TestNames:
    def test_the_default_identity_is_unique(self) -> None:
        client = LeaseNetwork(LeaseServer()).client()

        assert LeaderElector(client, "service").identity != LeaderElector(client, "service").identity

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            ({"name": "a/b"}, "name: 'a/b' is invalid"),
            ({"name": ""}, "name: is empty"),
            ({"name": "a", "namespace": ".."}, "namespace: '..' is invalid"),
            ({"name": "a", "identity": ""}, "^identity is empty, which means no holder; omit it for a generated one$"),
        ],
    )
    def test_invalid_names_are_refused(self, arguments: dict[str, Any], message: str) -> None:
        with pytest.raises(InvalidArgument, match=message):
            LeaderElector(LeaseNetwork(LeaseServer()).client(), **arguments)


class TestAcquire:
    @virtual_time
    async def test_a_missing_lease_is_created(self) -> None:
        server = LeaseServer()
        candidate = elector(LeaseNetwork(server))
        async with candidate:
            assert candidate.is_leader()
            assert (candidate.leader, candidate.transitions) == ("me", 0)
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
    async def test_a_free_lease_is_acquired_immediately(self, free: dict[str, Any]) -> None:
        server = LeaseServer()
        server.put(PATH, free)
        candidate = elector(LeaseNetwork(server))
        async with candidate:
            assert now() == 0
            assert server.spec["holderIdentity"] == "me"
            assert candidate.transitions == ((free["spec"] or {}).get("leaseTransitions", 0)) + 1
            assert server.leases[PATH]["metadata"]["labels"] == {"app": "web"}

    @virtual_time
    async def test_a_lease_that_another_candidate_renews_is_not_acquired(self) -> None:
        server = LeaseServer()
        times: list[float] = []
        # Each request is recorded several times at the same moment.
        candidate = elector(LeaseNetwork(server, on_step=lambda: times.append(now())))
        led = asyncio.Event()

        async def lead() -> None:
            led.set()
            await forever()

        running = asyncio.create_task(candidate.run(lead))
        async with renewed_by_another(server):
            await asyncio.sleep(601)
            assert not candidate.is_leader()
            assert candidate.leader == "other"
            assert set(server.calls) == {"GET"}
            waits = {after - before for before, after in pairwise(times) if after > before}
            assert 2 <= min(waits) < 2.4
            assert 4 < max(waits) <= 4.4

        await led.wait()
        assert 600 + 15 <= now() <= 600 + 4.4 + 15 + 4.4
        running.cancel()

    @virtual_time
    async def test_a_takeover_counts_as_a_transition_and_keeps_other_fields(self) -> None:
        server = LeaseServer()
        old = held_by("other", strategy="OldestEmulationVersion", preferredHolder="third")
        server.put(PATH, old)
        candidate = elector(LeaseNetwork(server))
        async with candidate:
            assert 15 <= now() <= 15 + 4.4
            assert candidate.transitions == 5
            assert server.spec["acquireTime"] != old["spec"]["acquireTime"]
            assert server.spec["strategy"] == "OldestEmulationVersion"
            assert server.spec["preferredHolder"] == "third"
            assert server.leases[PATH]["metadata"]["labels"] == {"app": "web"}

    @virtual_time
    async def test_the_duration_in_the_lease_applies(self) -> None:
        server = LeaseServer()
        server.put(PATH, held_by("other", leaseDurationSeconds=60))
        async with elector(LeaseNetwork(server)):
            assert 60 <= now() <= 60 + 4.4

    @virtual_time
    async def test_without_a_duration_in_the_lease_the_own_one_applies(self) -> None:
        server = LeaseServer()
        server.put(PATH, held_by("other", leaseDurationSeconds=None))
        async with elector(LeaseNetwork(server)):
            assert 15 <= now() <= 15 + 4.4

    @virtual_time
    async def test_the_duration_in_the_lease_is_rounded_up(self) -> None:
        server = LeaseServer()
        async with elector(LeaseNetwork(server), lease_duration=10.2):
            assert server.spec["leaseDurationSeconds"] == 11

    @virtual_time
    async def test_a_lease_already_held_by_this_identity_is_resumed(self) -> None:
        server = LeaseServer()
        old = held_by("me")
        server.put(PATH, old)
        candidate = elector(LeaseNetwork(server))
        async with candidate:
            assert now() == 0
            assert candidate.transitions == 4
            assert server.spec["acquireTime"] == old["spec"]["acquireTime"]
            assert server.spec["renewTime"] != old["spec"]["renewTime"]

    @pytest.mark.parametrize("exists", [False, True])
    @virtual_time
    async def test_the_slower_of_two_writers_does_not_become_the_leader(self, exists: bool) -> None:
        server = LeaseServer()
        if exists:
            server.put(PATH, lease())
        slow = elector(LeaseNetwork(server, [Delivery(), Delivery(request_delay=0.5)]), "slow")
        fast = elector(LeaseNetwork(server, [Delivery(), Delivery(request_delay=0.2)]), "fast")
        running = [asyncio.create_task(candidate.run(forever)) for candidate in (slow, fast)]
        await asyncio.sleep(10)

        assert fast.is_leader()
        assert not slow.is_leader()
        assert slow.leader == "fast"
        assert server.calls[:4].count("POST" if not exists else "PUT") == 2
        for task in running:
            task.cancel()

    @virtual_time
    async def test_a_response_after_the_deadline_does_not_make_a_leader(self) -> None:
        network = LeaseNetwork(LeaseServer(), [Delivery(), Delivery(response_delay=0.9)])
        candidate = elector(network, lease_duration=1, renew_deadline=0.8, retry_period=0.1)
        async with candidate:
            assert candidate.is_leader()
            assert network.server.calls == ["GET", "POST", "GET", "PUT"]


class TestClocks:
    @pytest.mark.parametrize("hours", [-1, 1])
    @virtual_time
    async def test_timestamps_of_the_leader_are_never_compared(self, hours: int) -> None:
        server = LeaseServer()
        server.put(PATH, held_by("other", age=timedelta(hours=hours)))
        async with elector(LeaseNetwork(server)):
            assert 15 <= now() <= 15 + 4.4


class TestOnNewLeader:
    @virtual_time
    async def test_on_new_leader_is_called_for_each_leader(self) -> None:
        server = LeaseServer()
        server.put(PATH, held_by("other"))
        leaders: list[tuple[str, bool]] = []

        def record(leader: str) -> None:
            leaders.append((leader, candidate.is_leader()))

        candidate = elector(LeaseNetwork(server), on_new_leader=record)
        asyncio.get_running_loop().call_later(30, server.put, PATH, held_by("third"))
        with pytest.raises(LeadershipLost):
            await candidate.run(forever)

        await asyncio.sleep(0)
        assert leaders == [("other", False), ("me", True), ("third", False)]

    @virtual_time
    async def test_an_exception_of_on_new_leader_is_logged(self, caplog: pytest.LogCaptureFixture) -> None:
        def fail(leader: str) -> None:
            raise ZeroDivisionError(leader)

        candidate = elector(LeaseNetwork(LeaseServer()), on_new_leader=fail)
        await candidate.run(lambda: asyncio.sleep(10))

        assert "service: the on_new_leader callback raised" in caplog.text

    def test_an_async_on_new_leader_is_refused(self) -> None:
        async def record(leader: str) -> None:
            raise AssertionError(leader)

        with pytest.raises(InvalidArgument, match=r"^on_new_leader is an async function; pass a regular one$"):
            elector(LeaseNetwork(LeaseServer()), on_new_leader=record)


class _ScriptedNetwork(LeaseNetwork):
    """A network that responds in place of the server unless the function returns None."""

    def __init__(self, respond: Callable[[Request], Response | None]) -> None:
        super().__init__(LeaseServer())
        self._respond = respond

    async def send(self, request: Request) -> Response:
        return self._respond(request) or await super().send(request)


class TestFailures:
    @virtual_time
    async def test_a_refusal_that_recurs_is_logged_again(self, caplog: pytest.LogCaptureFixture) -> None:
        network = _ScriptedNetwork(lambda _: failure(403, "Forbidden") if not 20 < now() < 40 else None)
        network.server.put(PATH, held_by("other", leaseDurationSeconds=100))
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(60):
                await elector(network).run(forever)

        warnings = [record for record in caplog.records if record.levelno == logging.WARNING]
        assert len(warnings) == 2

    @virtual_time
    async def test_a_refusal_is_retried_and_logged_once(self, caplog: pytest.LogCaptureFixture) -> None:
        network = _ScriptedNetwork(lambda _: failure(403, "Forbidden") if now() < 60 else None)
        await elector(network).run(lambda: asyncio.sleep(0))

        assert 60 <= now() <= 64.4
        warnings = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
        assert warnings == [f"service: failed to acquire the lease: 403 Forbidden: Forbidden (GET {PATH})"]

    @virtual_time
    async def test_an_invalid_lease_is_raised(self) -> None:
        network = _ScriptedNetwork(lambda request: failure(422, "Invalid") if request.method == "POST" else None)
        with pytest.raises(Invalid):
            await elector(network).run(forever)

    @virtual_time
    async def test_a_missing_namespace_is_retried(self, caplog: pytest.LogCaptureFixture) -> None:
        network = _ScriptedNetwork(lambda _: failure(404, "NotFound") if now() < 60 else None)
        async with elector(network):
            assert 60 <= now() <= 64.4
        assert "404 NotFound" in caplog.text

    @virtual_time
    async def test_a_response_that_is_not_a_lease_is_retried(self, caplog: pytest.LogCaptureFixture) -> None:
        network = _ScriptedNetwork(lambda _: Response(status=200, headers={}, body=b"<html>") if now() < 60 else None)
        async with elector(network):
            assert 60 <= now() <= 64.4
        assert "failed to acquire the lease: Lease: the data is not valid JSON" in caplog.text

    @virtual_time
    async def test_a_closed_client_ends_a_waiting_candidate(self) -> None:
        def closed(_: Request) -> Response:
            raise ClientClosed("the client is closed")

        with pytest.raises(ClientClosed):
            await elector(_ScriptedNetwork(closed)).run(forever)

    @pytest.mark.parametrize("error", [ClientClosed("the client is closed"), ZeroDivisionError("a defect")])
    @virtual_time
    async def test_an_unexpected_error_of_the_renewal_ends_the_work(self, error: Exception) -> None:
        def fail(_: Request) -> Response | None:
            if now() > 10:
                raise error
            return None

        with pytest.raises(LeadershipLost, match=f"can no longer be renewed: {error}") as caught:
            await elector(_ScriptedNetwork(fail)).run(forever)
        assert now() == 12
        assert caught.value.__cause__ is error
