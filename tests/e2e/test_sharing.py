"""The service of examples/sharing.py: what it copies, what it takes away, and what it leaves alone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from aiokube import Client, deleted
from aiokube.models.core_v1 import ConfigMap
from examples import sharing
from tests.cluster.cluster import Cluster

pytestmark = pytest.mark.cluster


@pytest.fixture
async def team(admin: Client, namespace: str) -> AsyncIterator[Client]:
    """A client of a namespace that asks for the ConfigMaps of `namespace`."""
    name = f"{namespace}-team"
    await admin.core_v1.namespaces.create({"metadata": {"name": name, "labels": {"shared-config": "yes"}}})
    yield admin.in_namespace(name)
    await admin.core_v1.namespaces.delete(name)


@asynccontextmanager
async def running(kube: Client) -> AsyncIterator[sharing.Sharing]:
    """The service, for as long as the block runs."""
    service = sharing.Sharing(kube, kube.namespace)
    task = asyncio.create_task(service.run())
    try:
        yield service
    finally:
        task.cancel()
        await asyncio.wait([task])
    assert task.cancelled()


async def share(kube: Client, name: str, **data: str) -> None:
    await kube.core_v1.config_maps.create({"metadata": {"name": name, "labels": {"shared": "yes"}}, "data": data})


async def copied(team: Client, name: str, **data: str) -> ConfigMap:
    copy: ConfigMap = await team.core_v1.config_maps.wait_for(name, lambda copy: copy.data == data)
    return copy


async def test_a_copy_follows_its_source_and_is_repaired(kube: Client, team: Client) -> None:
    maps = team.core_v1.config_maps
    await share(kube, "colors", primary="blue")
    async with running(kube):
        await copied(team, "colors", primary="blue")
        await kube.core_v1.config_maps.patch("colors", {"data": {"primary": None, "second": "red"}})
        await copied(team, "colors", second="red")
        await maps.patch("colors", {"data": {"second": None, "third": "green"}})
        await copied(team, "colors", second="red")
        await maps.delete("colors")
        await copied(team, "colors", second="red")


async def test_a_copy_goes_with_its_source_or_the_label_of_its_namespace(kube: Client, team: Client) -> None:
    maps, namespaces = team.core_v1.config_maps, team.core_v1.namespaces
    await share(kube, "colors", primary="blue")
    await share(kube, "sizes", large="XL")
    async with running(kube):
        await copied(team, "colors", primary="blue")
        await copied(team, "sizes", large="XL")
        await kube.core_v1.config_maps.label("colors", {"shared": None})
        await maps.wait_for("colors", deleted)
        await copied(team, "sizes", large="XL")
        await namespaces.label(team.namespace, {"shared-config": None})
        await maps.wait_for("sizes", deleted)


async def test_what_is_not_a_copy_is_left_alone(kube: Client, team: Client, caplog: pytest.LogCaptureFixture) -> None:
    maps = team.core_v1.config_maps
    await maps.create({"metadata": {"name": "colors"}, "data": {"own": "yes"}})
    await share(kube, "colors", primary="blue")
    await share(kube, "sizes", large="XL")
    async with running(kube) as service:
        await copied(team, "sizes", large="XL")
        async with asyncio.timeout(10):
            while "colors exists, and is not a copy" not in caplog.text:
                await asyncio.sleep(0.01)
        await kube.core_v1.config_maps.delete("colors")
        await kube.core_v1.config_maps.delete("sizes")
        await maps.wait_for("sizes", deleted)
        assert service.changes == 2
    assert (await maps.get("colors")).data == {"own": "yes"}


async def test_its_health_is_that_of_its_informers(cluster: Cluster, kube: Client, team: Client) -> None:
    service = sharing.Sharing(kube, kube.namespace)
    assert service.silence == 0.0
    async with running(kube) as service:
        async with asyncio.timeout(10):
            while not service.is_running:
                await asyncio.sleep(0.01)
        assert 0.0 < service.silence < sharing.MAX_SILENCE
