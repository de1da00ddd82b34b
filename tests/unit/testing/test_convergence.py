"""The cache of an informer converges to the state of a FakeCluster that does everything on purpose."""

from __future__ import annotations

import asyncio
import random

import pytest

from aiokube import Client, Informer
from aiokube.models import core_v1
from aiokube.testing import FakeCluster

pytestmark = pytest.mark.slow

Maps = Informer[core_v1.ConfigMap]


async def state_of(kube: Client) -> dict[str, str | None]:
    """Return the resource versions on the server, by name."""
    listed = await kube.core_v1.config_maps.list()
    return {one.metadata.name or "": one.metadata.resource_version for one in listed.items}


def cached(informer: Maps) -> dict[str, str | None]:
    """Return the resource versions in the cache, by name."""
    found = (informer.get(key) for key in informer)
    return {one.metadata.name or "": one.metadata.resource_version for one in found if one is not None}


async def write(kube: Client, names: list[str], pick: random.Random) -> None:
    """Create, change or delete an object."""
    name = pick.choice(names)
    present = await state_of(kube)
    if name not in present:
        await kube.core_v1.config_maps.create(core_v1.ConfigMap.from_dict({"metadata": {"name": name}}))
    elif pick.random() < 0.4:
        await kube.core_v1.config_maps.delete(name)
    else:
        await kube.core_v1.config_maps.patch(name, {"data": {"n": str(pick.random())}})


async def disturb(cluster: FakeCluster, pick: random.Random) -> None:
    """Do one thing that clusters do to their clients."""
    match pick.choice(["drop", "end", "expire", "compact", "bookmark", "throttle", "fail", "restart", "none"]):
        case "drop":
            cluster.drop_watches()
        case "end":
            cluster.end_watches()
        case "expire":
            cluster.expire()
        case "compact":
            cluster.compact()
        case "bookmark":
            cluster.bookmark()
        case "throttle":
            cluster.throttle(1, retry_after=0, verbs=("watch",))
        case "fail":
            cluster.fail(1, pick.choice([410, 500]), verbs=("watch",))
        case "restart":
            await cluster.restart()


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("streaming", [False, True])
async def test_an_informer_converges(seed: int, streaming: bool) -> None:
    pick = random.Random(seed)
    names = ["a", "b", "c", "d"]
    async with FakeCluster() as cluster, cluster.client() as kube:
        async with kube.core_v1.config_maps.informer(page_size=2, streaming_list=streaming) as informer:
            for _ in range(25):
                # A new client: a restart breaks the connections of the old one under a write.
                async with cluster.client() as writer:
                    await write(writer, names, pick)
                await disturb(cluster, pick)
                await asyncio.sleep(pick.choice([0, 0, 0.02]))
            async with cluster.client() as reader:
                expected = await state_of(reader)
            async with asyncio.timeout(60):
                while cached(informer) != expected:
                    await asyncio.sleep(0.05)
