"""Relists of so many objects that they are done in slices, between which the cache is read."""

from __future__ import annotations

import asyncio
import itertools

import pytest

from aiokube import Client
from aiokube.errors import Forbidden
from aiokube.models import core_v1
from tests.support.informers import Consumer, Maps, cached, converge, truth, version_of
from tests.support.local import local
from tests.support.map_cluster import LISTS, MapCluster

_MANY = 250


@local
@pytest.mark.parametrize("streaming", [False, True])
@pytest.mark.slow
async def test_what_reads_and_follows_a_cache_sees_a_large_relist_as_one_step(
    server: MapCluster, kube: Client, streaming: bool
) -> None:
    for number in range(_MANY):
        server.put(f"map-{number}")
    before = truth(server)
    seen: list[dict[str, str | None]] = []
    calls = itertools.count()

    def look(obj: core_v1.ConfigMap) -> None:
        """See the cache from within the merge, as an index function."""
        if next(calls) % 50 == 0:
            seen.append(cached(maps))

    maps: Maps = kube.core_v1.config_maps.informer(streaming_list=streaming)
    consumers = [Consumer(0), Consumer(0), Consumer(0.1)]
    async with maps:
        for consumer, resync in zip(consumers, (None, 1, 1), strict=True):
            maps.add_handler(consumer, resync=resync)
        maps.add_indexer("look", look)
        await server.wait_watches()
        await server.stop()
        _change_most(server)
        after = truth(server)
        seen.clear()
        await server.start()
        await converge(server, maps)
        assert seen
        assert all(state in (before, after) for state in seen)
        late = Consumer(0)
        await maps.add_handler(late).wait_synced()
        for consumer in (*consumers, late):
            async with asyncio.timeout(300):
                while {name: version_of(obj) for name, obj in consumer.objects.items()} != after:
                    await asyncio.sleep(0.5)
            assert not consumer.mistakes


def _change_most(server: MapCluster) -> None:
    for number in range(_MANY):
        if number % 4 == 0:
            server.delete(f"map-{number}")
        elif number % 4 < 3:
            server.put(f"map-{number}", {"changed": "yes"})
        server.put(f"new-{number}")
    server.delete("map-1")
    server.put("map-1")
    server.compact()


@local
@pytest.mark.slow
async def test_a_list_that_fails_halfway_changes_nothing(server: MapCluster, kube: Client) -> None:
    for number in range(_MANY):
        server.put(f"map-{number}")
    before = truth(server)
    listed: list[str] = []

    def spoil(obj: core_v1.ConfigMap) -> None:
        """Let a page fail after the first one with a change, once: not the next one, which has been requested."""
        if obj.metadata.resource_version not in before.values() and not listed:
            server.fail(code=403, verbs=LISTS)
            listed.extend(seen.path for seen in server.lists)

    async with kube.core_v1.config_maps.informer(page_size=50) as maps:
        consumer = Consumer(0)
        await maps.add_handler(consumer).wait_synced()
        maps.add_indexer("spoil", spoil)
        await server.wait_watches()
        await server.stop()
        _change_most(server)
        await server.start()
        async with asyncio.timeout(300):
            while not isinstance(maps.error, Forbidden):
                await asyncio.sleep(0.1)
        assert len(listed) < len(server.lists) <= len(listed) + 2
        assert cached(maps) == before
        await converge(server, maps)
        assert not consumer.mistakes
