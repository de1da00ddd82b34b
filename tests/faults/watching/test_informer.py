"""Entering, leaving and reading an informer."""

from __future__ import annotations

import asyncio
import itertools
import sys
from collections.abc import Callable

import pytest

from aiokube import Client, ObjectKey
from aiokube.errors import (
    ClientClosed,
    Forbidden,
    InformerStopped,
    InternalError,
    InvalidArgument,
    WaitTimeout,
)
from aiokube.models import core_v1
from tests.support.informers import converge
from tests.support.local import local
from tests.support.map_cluster import LISTS, MapCluster


@local
async def test_a_forbidden_list_is_raised_at_once(server: MapCluster, kube: Client) -> None:
    server.fail(code=403, verbs=LISTS)
    informer = kube.core_v1.config_maps.informer()
    with pytest.raises(Forbidden):
        async with informer:
            pass
    with pytest.raises(InformerStopped):
        async with informer:
            pass
    assert len(server.requests) == 1


@local
async def test_transient_failures_are_retried_until_the_list_succeeds(server: MapCluster, kube: Client) -> None:
    server.put("a")
    server.drop(verbs=LISTS)
    server.respond(code=503, headers={"Retry-After": "0"}, verbs=LISTS)
    server.fail(code=429, verbs=LISTS)
    async with server.client() as client, client.core_v1.config_maps.informer() as maps:
        assert len(maps) == 1
        # The delays are those of the informer, not the retries of single calls.
        assert all(later.at - earlier.at >= 0.79 for earlier, later in itertools.pairwise(server.lists))


@local
async def test_transient_failures_are_retried_until_sync_timeout(server: MapCluster, kube: Client) -> None:
    server.fail(100, 500, verbs=LISTS)
    started = asyncio.get_running_loop().time()
    with pytest.raises(WaitTimeout, match=r"informer of configmaps did not sync within 30 s: 500") as caught:
        async with kube.core_v1.config_maps.informer(sync_timeout=30):
            pass
    assert isinstance(caught.value.__cause__, InternalError)
    assert asyncio.get_running_loop().time() - started == pytest.approx(30, abs=0.5)


@local
async def test_entering_can_be_cancelled(server: MapCluster, kube: Client) -> None:
    await server.stop()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(5), kube.core_v1.config_maps.informer():
            pass


@local
async def test_several_tasks_can_enter_an_informer(server: MapCluster, kube: Client) -> None:
    server.put("a")
    informer = kube.core_v1.config_maps.informer()
    leave_first, leave_second = asyncio.Event(), asyncio.Event()

    async def enter(leave: asyncio.Event) -> int:
        async with informer as maps:
            await leave.wait()
            return len(maps)

    first, second = asyncio.ensure_future(enter(leave_first)), asyncio.ensure_future(enter(leave_second))
    await server.wait_watches()
    leave_first.set()
    assert await first == 1
    server.put("b")
    await asyncio.sleep(1)
    leave_second.set()
    assert await second == 2
    assert len(server.requests) == 2


@local
async def test_closing_the_client_stops_the_informer(server: MapCluster, kube: Client) -> None:
    server.put("a")
    async with kube.core_v1.config_maps.informer() as maps:
        changes = maps.changes()
        assert (await anext(changes)).type == "ADDED"
        await kube.close()
        with pytest.raises(ClientClosed):
            await anext(changes)
        assert isinstance(maps.error, ClientClosed)
        with pytest.raises(InformerStopped):
            maps.add_handler(print)


@local
async def test_a_consumer_slower_than_its_resyncs_is_stopped(server: MapCluster, kube: Client) -> None:
    server.put("a")

    async def consume() -> None:
        async for _ in maps.changes(resync=1):
            await asyncio.sleep(2)

    async with kube.core_v1.config_maps.informer() as maps:
        consumer = asyncio.ensure_future(consume())
        await asyncio.sleep(5)
        await kube.close()
        with pytest.raises(ClientClosed):
            await asyncio.wait_for(consumer, 10)


@local
async def test_get_list_and_iteration_read_the_cache(server: MapCluster, kube: Client) -> None:
    server.put("a", namespace="one")
    server.put("a", namespace="two")
    async with kube.core_v1.config_maps.informer(all_namespaces=True) as maps:
        assert maps.get("a") is None
        found = maps.get("a", namespace="one")
        assert found is not None
        assert found.metadata.namespace == "one"
        assert ObjectKey("two", "a") in maps
        assert ObjectKey("three", "a") not in maps
        assert [obj.metadata.namespace for obj in maps.list()] == ["one", "two"]
        assert [obj.metadata.namespace for obj in maps.list(namespace="two")] == ["two"]
        assert [str(key) for key in maps] == ["one/a", "two/a"]
        assert [maps.get(key) for key in maps] == maps.list()
        assert maps.get(ObjectKey("three", "a")) is None
        with pytest.raises(
            InvalidArgument, match=r"^'one/a' is not a name; pass the name and the namespace, or an ObjectKey$"
        ):
            maps.get("one/a")
    async with kube.core_v1.config_maps.informer(namespace="two") as maps:
        assert maps.get("a") is not None
        assert len(maps) == 1


@local
async def test_an_informer_that_was_left_holds_no_objects(server: MapCluster, kube: Client) -> None:
    server.put("a")
    async with kube.core_v1.config_maps.informer(indexers={"name": lambda obj: obj.metadata.name}) as maps:
        found = maps.get("a")
        assert found is not None
        held = sys.getrefcount(found)
    assert sys.getrefcount(found) == held - 1


def _by_owner(obj: core_v1.ConfigMap) -> object:
    return (obj.data or {})["owner"]


@local
async def test_indices_follow_the_cache(server: MapCluster, kube: Client, caplog: pytest.LogCaptureFixture) -> None:
    server.put("a", {"owner": "x", "tags": "1,2"})
    server.put("b", {"owner": "x", "tags": "2"})
    server.put("bad")
    indexers: dict[str, Callable[[core_v1.ConfigMap], object]] = {"owner": _by_owner}
    async with kube.core_v1.config_maps.informer(indexers=indexers) as maps:
        maps.add_indexer("tag", lambda obj: (obj.data or {}).get("tags", "").split(","))

        def names(index: str, value: str) -> list[str | None]:
            return [obj.metadata.name for obj in maps.by_index(index, value)]

        assert names("owner", "x") == ["a", "b"]
        assert names("tag", "2") == ["a", "b"]
        assert names("tag", "1") == ["a"]
        assert names("owner", "nobody") == []
        assert "default/bad" in caplog.text
        await server.wait_watches()
        server.put("a", {"owner": "y", "tags": "3"})
        server.delete("b")
        await converge(server, maps)
        assert names("owner", "x") == names("tag", "1") == names("tag", "2") == []
        assert names("owner", "y") == names("tag", "3") == ["a"]
        server.put("c", {"owner": "y"})
        server.compact()
        server.drop_watches()
        server.put("d", {"owner": "y"})
        server.compact()
        await converge(server, maps)
        assert names("owner", "y") == ["a", "c", "d"]
        with pytest.raises(InvalidArgument, match=r"^index 'nose' does not exist; existing indices: owner, tag$"):
            maps.by_index("nose", 1)
        with pytest.raises(InvalidArgument, match=r"^index 'tag' already exists; choose another name$"):
            maps.add_indexer("tag", _by_owner)


@local
async def test_managed_fields_are_dropped_unless_kept(server: MapCluster, kube: Client) -> None:
    entry = {"manager": "m", "operation": "Update", "fieldsType": "FieldsV1", "fieldsV1": {"f:data": {}}}
    server.put("a", managedFields=[entry])
    for keep in (False, True):
        async with kube.core_v1.config_maps.informer(keep_managed_fields=keep) as maps:
            await server.wait_watches()
            server.put("b", managedFields=[entry])
            await converge(server, maps)
            for name in ("a", "b"):
                found = maps.get(name)
                assert found is not None
                kept = found.to_dict()["metadata"].get("managedFields", [])
                assert kept == ([entry] if keep else [])


@local
async def test_a_metadata_informer_requests_metadata_only(server: MapCluster, kube: Client) -> None:
    server.put("a", {"secret": "x"}, labels={"app": "web"})
    async with kube.core_v1.config_maps.metadata_informer(indexers={"app": lambda o: o.metadata.labels["app"]}) as maps:
        found = maps.get("a")
        assert found is not None
        assert (found.kind, found.metadata.labels) == ("PartialObjectMetadata", {"app": "web"})
        await server.wait_watches()
        server.put("b", {"secret": "x"}, labels={"app": "web"})
        while len(maps.by_index("app", "web")) < 2:
            await asyncio.sleep(0.1)
        assert "secret" not in repr(maps.list())
    assert server.lists[0].headers["Accept"] == "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
    assert server.watches[0].headers["Accept"] == "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"
