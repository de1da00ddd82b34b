"""Two candidates never lead at the same time, under random faults on virtual time."""

from __future__ import annotations

import asyncio
import contextlib
from itertools import repeat

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from aiokube.errors import LeadershipLost
from aiokube.runtime.controllers.leader_election import LeaderElector
from tests.support.leases import (
    Delivery,
    LeaseNetwork,
    LeaseServer,
    Outcome,
    elector,
)
from tests.support.virtual import block, now, virtual_time

HANGS = Delivery(Outcome.LOST)


DELIVERIES = st.lists(
    st.builds(
        Delivery,
        st.sampled_from([Outcome.OK] * 6 + list(Outcome)),
        st.sampled_from([0.0, 0.0, 0.1, 1.0, 3.0, 4.5, 6.0, 12.0, 40.0]),
        st.sampled_from([0.0, 0.0, 0.1, 1.0, 3.0, 4.9]),
    ),
    max_size=40,
)


# Some leave little time between the renew deadline and the end of the lease.
DURATIONS = st.sampled_from([(15.0, 10.0, 2.0), (15.0, 14.9, 2.0), (5.0, 4.9, 1.0), (2.5, 2.4, 0.5)])


@given(
    deliveries=st.lists(DELIVERIES, min_size=2, max_size=3),
    durations=DURATIONS,
    terms=st.lists(st.integers(1, 60), min_size=1, max_size=8),
    blocks=st.lists(st.tuples(st.integers(1, 60), st.sampled_from([1.0, 9.0, 16.0])), max_size=4),
)
@example(
    # The second candidate sees the lease as soon as it is written, and the response to the first is late.
    deliveries=[[Delivery(), Delivery(response_delay=2.0)] + [HANGS] * 40, [Delivery(request_delay=0.1)]],
    durations=(5.0, 4.9, 1.0),
    terms=[60],
    blocks=[],
)
@example(
    # The lease is acquired between the request of the second candidate and its late response.
    deliveries=[[Delivery(request_delay=2.0), Delivery()] + [HANGS] * 40, [Delivery(request_delay=2.1)]],
    durations=(5.0, 4.9, 1.0),
    terms=[60],
    blocks=[],
)
@example(
    # The duration is not a whole number.
    deliveries=[[Delivery(), Delivery()] + [HANGS] * 40, [Delivery(request_delay=0.05)]],
    durations=(2.5, 2.4, 0.1),
    terms=[60],
    blocks=[],
)
@settings(deadline=None, max_examples=150)
@pytest.mark.slow
def test_never_two_leaders(
    deliveries: list[list[Delivery]],
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
            leaders = [candidate.identity for candidate in electors if candidate.is_leader()]
            # The work ends as soon as it is cancelled, so the work of two leaders must not overlap either.
            for what in (leaders, working):
                if len(what) > 1:
                    violations.append(f"{now()}: {what}")
            if tokens != sorted(tokens):
                violations.append(f"{now()}: {tokens}")

        async def take_part(candidate: LeaderElector) -> None:
            async def lead() -> None:
                tokens.append(candidate.transitions)
                working.append(candidate.identity)
                check()
                try:
                    await asyncio.sleep(next(lengths, 1e6))
                finally:
                    working.remove(candidate.identity)

            while True:
                with contextlib.suppress(LeadershipLost):
                    await candidate.run(lead)
                # Give other candidates a chance.
                await asyncio.sleep(5)

        for number, own_deliveries in enumerate(deliveries):
            lease_duration, renew_deadline, retry_period = durations
            networks.append(LeaseNetwork(server, own_deliveries, check))
            electors.append(
                elector(
                    networks[-1],
                    f"candidate {number}",
                    lease_duration=lease_duration,
                    renew_deadline=renew_deadline,
                    retry_period=retry_period,
                )
            )
        tasks = [asyncio.create_task(take_part(candidate)) for candidate in electors]
        at = dict(blocks)
        for second in range(100):
            await asyncio.sleep(1)
            check()
            if second in at:
                block(at[second])
                check()
        # Cut off one candidate, end all faults of the others, and make terms endless: one of the others must lead.
        lengths = iter(())
        networks[0].deliveries = repeat(HANGS)
        for network in networks[1:]:
            network.deliveries = iter(())
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
