"""Leader election on a real API server."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from aiokube import Client
from aiokube.errors import Invalid, LeadershipLost
from aiokube.models import coordination_v1, meta_v1
from aiokube.runtime.controllers.leader_election import LeaderElector
from tests.cluster.cluster import Cluster

pytestmark = pytest.mark.cluster

# In seconds.
SHORT: dict[str, Any] = {"lease_duration": 3.0, "renew_deadline": 2.0, "retry_period": 0.3}


class Candidate:
    """A candidate that runs in a task, and its state."""

    def __init__(self, kube: Client, identity: str) -> None:
        self.elector = LeaderElector(kube, "service", identity=identity, **SHORT)
        self.leads = asyncio.Event()
        self.task = asyncio.create_task(self.elector.run(self._lead))

    async def _lead(self) -> None:
        self.leads.set()
        try:
            await asyncio.Event().wait()
        finally:
            self.leads.clear()

    async def stop(self) -> None:
        """Cancel the task and wait until it ends."""
        self.task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self.task


def spec_of(cluster: Cluster, namespace: str) -> dict[str, Any]:
    """Return the spec of the lease by kubectl."""
    lease = json.loads(cluster.kubectl("get", "lease", "service", "-n", namespace, "-o", "json"))
    spec: dict[str, Any] = lease["spec"]
    return spec


async def test_a_cancelled_leader_hands_over(kube: Client, cluster: Cluster, namespace: str) -> None:
    first = Candidate(kube, "first")
    await first.leads.wait()
    second = Candidate(kube, "second")
    await asyncio.sleep(1)
    assert not second.elector.is_leader()
    assert second.elector.leader == "first"

    spec = await asyncio.to_thread(spec_of, cluster, namespace)
    assert spec["holderIdentity"] == "first"
    assert spec["leaseDurationSeconds"] == 3
    assert spec["leaseTransitions"] == 0
    assert spec["renewTime"] > spec["acquireTime"]
    renewed = datetime.fromisoformat(spec["renewTime"])
    assert abs(datetime.now(UTC) - renewed) < timedelta(seconds=30)

    started = time.monotonic()
    await first.stop()
    assert not first.elector.is_leader()
    await second.leads.wait()
    # At its next attempt; waiting for the lease to expire would take three seconds or more.
    assert time.monotonic() - started < 2.4
    assert second.elector.transitions == 1
    assert (await asyncio.to_thread(spec_of, cluster, namespace))["holderIdentity"] == "second"

    await second.stop()
    spec = await asyncio.to_thread(spec_of, cluster, namespace)
    assert (spec["holderIdentity"], spec["leaseDurationSeconds"], spec["leaseTransitions"]) == ("", 1, 1)


async def test_a_leader_with_a_closed_client_is_replaced_when_its_lease_expires(
    kube: Client, cluster: Cluster, namespace: str
) -> None:
    cut_off = Client(kubeconfig=cluster.kubeconfig, namespace=namespace)
    first = Candidate(cut_off, "first")
    await first.leads.wait()
    second = Candidate(kube, "second")
    await asyncio.sleep(1)

    await cut_off.close()
    closed = time.monotonic()
    with pytest.raises(LeadershipLost, match="service: the lease can no longer be renewed: the client is closed"):
        await first.task
    assert not first.elector.is_leader()
    assert time.monotonic() - closed < 2
    await second.leads.wait()
    # Three seconds after the last renewal, which is up to 0.3 seconds old, at the next attempt.
    assert 2 < time.monotonic() - closed < 6
    await second.stop()


async def test_labels_and_annotations_by_other_clients_are_preserved(
    kube: Client, cluster: Cluster, namespace: str
) -> None:
    leader = Candidate(kube, "first")
    await leader.leads.wait()
    await asyncio.to_thread(cluster.kubectl, "label", "lease", "service", "-n", namespace, "team=web")
    await asyncio.to_thread(cluster.kubectl, "annotate", "lease", "service", "-n", namespace, "example.com/note=é")
    await asyncio.sleep(1)
    await leader.stop()

    lease = await kube.coordination_v1.leases.get("service")
    assert lease.metadata.labels == {"team": "web"}
    assert lease.metadata.annotations == {"example.com/note": "é"}
    assert not lease.spec.holder_identity


async def test_a_leader_replaced_by_another_client_gives_up(kube: Client, cluster: Cluster, namespace: str) -> None:
    leader = Candidate(kube, "first")
    await leader.leads.wait()
    patch = json.dumps({"spec": {"holderIdentity": "somebody"}})
    await asyncio.to_thread(cluster.kubectl, "patch", "lease", "service", "-n", namespace, "--type=merge", "-p", patch)

    with pytest.raises(LeadershipLost, match="the lease is now held by somebody"):
        await leader.task
    assert (await asyncio.to_thread(spec_of, cluster, namespace))["holderIdentity"] == "somebody"


async def test_many_candidates_lead_one_after_the_other(kube: Client) -> None:
    electors = [LeaderElector(kube, "service", **SHORT) for _ in range(5)]
    turns: list[int] = []
    working: set[LeaderElector] = set()

    async def take_part(elector: LeaderElector) -> None:
        async with elector:
            assert not working
            working.add(elector)
            turns.append(elector.transitions)
            await asyncio.sleep(0.1)
            assert [other for other in electors if other.is_leader()] == [elector]
            working.remove(elector)

    await asyncio.gather(*map(take_part, electors))
    assert turns == [0, 1, 2, 3, 4]


async def test_a_candidate_without_permission_retries_and_logs_a_warning(
    admin: Client, cluster: Cluster, namespace: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    user = f"elector-of-{namespace}"
    kubeconfig = tmp_path / "kubeconfig"
    cluster.write_kubeconfig(kubeconfig, namespace=namespace, certificate=cluster.client_certificate(user))
    async with Client(kubeconfig=kubeconfig) as kube:
        candidate = Candidate(kube, "first")
        await asyncio.sleep(2)
        assert not candidate.task.done()
        assert not candidate.elector.is_leader()
        (warning,) = [record for record in caplog.records if record.levelno == logging.WARNING]
        assert warning.name == "aiokube.controllers"
        assert warning.getMessage().startswith("service: failed to acquire the lease: 403 Forbidden: ")
        assert user in warning.getMessage()

        # The documented verbs suffice.
        create = ["create", "role", "elector", "--verb=get,create,update", "--resource=leases.coordination.k8s.io"]
        await asyncio.to_thread(cluster.kubectl, *create, "-n", namespace)
        bind = ["create", "rolebinding", "elector", "--role=elector", f"--user={user}"]
        await asyncio.to_thread(cluster.kubectl, *bind, "-n", namespace)
        async with asyncio.timeout(10):
            await candidate.leads.wait()
        await candidate.stop()
    lease = await admin.coordination_v1.leases.get("service", namespace=namespace)
    assert not lease.spec.holder_identity


async def test_an_invalid_lease_name_is_raised(kube: Client) -> None:
    with pytest.raises(Invalid, match=r"Not_A_Name"):
        await LeaderElector(kube, "Not_A_Name", **SHORT).run(lambda: asyncio.sleep(0))


async def test_a_lease_without_a_spec_is_acquired(kube: Client) -> None:
    await kube.coordination_v1.leases.create(coordination_v1.Lease(metadata=meta_v1.ObjectMeta(name="service")))
    async with LeaderElector(kube, "service", **SHORT) as elector:
        assert elector.is_leader()
