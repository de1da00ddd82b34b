"""Tests of the service of sharing.py: what it does when the API server says no, or forgets, or goes away."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from sharing import Sharing

from aiokube import Client, created
from aiokube.models.core_v1 import ConfigMap
from aiokube.testing import FakeCluster, running


@pytest.fixture
async def copies(kube: Client) -> AsyncIterator[Client]:
    """A client of the namespace of a team, with a copy of the ConfigMap `colors`, while the service runs."""
    await kube.core_v1.namespaces.create({"metadata": {"name": "team", "labels": {"shared-config": "yes"}}})
    source = {"metadata": {"name": "colors", "labels": {"shared": "yes"}}, "data": {"primary": "blue"}}
    await kube.api("configmaps").create(source)
    team = kube.in_namespace("team")
    async with running(Sharing(kube, kube.namespace).run()):
        await team.core_v1.config_maps.wait_for("colors", created, timeout=10)
        yield team


def is_blue(copy: ConfigMap) -> bool:
    """Return True for a copy in line with its source."""
    return copy.data == {"primary": "blue"}


def is_green(copy: ConfigMap) -> bool:
    """Return True for a copy of the source as it is later."""
    return copy.data == {"primary": "green"}


async def test_it_goes_on_after_410(kube: Client, copies: Client, fake_cluster: FakeCluster) -> None:
    before = len(fake_cluster.requests)
    # Every watch ends, and no history is left to go on from.
    fake_cluster.expire()
    await kube.core_v1.config_maps.patch("colors", {"data": {"primary": "green"}})
    await copies.core_v1.config_maps.wait_for("colors", is_green, timeout=10)
    lists = [request.namespace for request in fake_cluster.requests[before:] if request.verb == "list"]
    assert kube.namespace in lists


async def test_it_waits_when_the_server_asks_for_it(kube: Client, copies: Client, fake_cluster: FakeCluster) -> None:
    fake_cluster.throttle(1, retry_after=1, verbs=("update",))
    await kube.core_v1.config_maps.patch("colors", {"data": {"primary": "green"}})
    await copies.core_v1.config_maps.wait_for("colors", is_green, timeout=10)
    updates = [request.status for request in fake_cluster.requests if request.verb == "update"]
    assert updates == [429, 200]


async def test_it_leaves_a_conflict_to_the_next_change(copies: Client, fake_cluster: FakeCluster) -> None:
    conflict = fake_cluster.fail(code=409, verbs=("update",))
    await copies.core_v1.config_maps.patch("colors", {"data": {"primary": "red"}})
    await fake_cluster.wait_until(lambda: conflict.hits)
    # The change that was faster is on its way, and brings the copy back to the service.
    await copies.core_v1.config_maps.patch("colors", {"data": {"primary": "yellow"}})
    await copies.core_v1.config_maps.wait_for("colors", is_blue, timeout=10)


async def test_it_catches_up_after_a_partition(kube: Client, copies: Client, fake_cluster: FakeCluster) -> None:
    with fake_cluster.partitioned():
        await asyncio.sleep(0.1)
    await kube.core_v1.config_maps.patch("colors", {"data": {"primary": "green"}})
    await copies.core_v1.config_maps.wait_for("colors", is_green, timeout=10)
