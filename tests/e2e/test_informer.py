"""Informers on a real API server, across restarts and compaction."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest

from aiokube import Attempt, Client, Informer, InformerChange
from aiokube.models import core_v1, meta_v1
from tests.cluster.cluster import Cluster

pytestmark = pytest.mark.cluster


@pytest.fixture(scope="module")
def own(cluster: Cluster) -> Iterator[Cluster]:
    """A cluster for this module alone, which restarts it."""
    with Cluster() as running:
        yield running


@pytest.fixture
async def client(own: Cluster) -> AsyncIterator[Client]:
    async with Client(kubeconfig=own.kubeconfig) as client:
        yield client


def _pod(name: str) -> core_v1.Pod:
    containers = [core_v1.Container(name="main", image="busybox:1.37")]
    metadata = meta_v1.ObjectMeta(name=name, labels={"app": name})
    return core_v1.Pod(metadata=metadata, spec=core_v1.PodSpec(containers=containers))


def _map(name: str) -> core_v1.ConfigMap:
    return core_v1.ConfigMap(metadata=meta_v1.ObjectMeta(name=name, labels={"test": "informer"}), data={"a": "b"})


async def _until(condition: object, seconds: float = 60.0) -> None:
    assert callable(condition)
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.1)


@pytest.mark.parametrize("streaming", [False, True])
async def test_an_informer_follows_pods(kube: Client, streaming: bool) -> None:
    await kube.core_v1.pods.create(_pod("before"))
    received = []

    def handler(change: InformerChange[core_v1.Pod]) -> None:
        received.append(f"{change.type} {change.key.name}")

    indexers = {"node": lambda pod: pod.spec.node_name}
    async with kube.core_v1.pods.informer(indexers=indexers, streaming_list=streaming) as pods:
        found = pods.get("before")
        assert found is not None
        assert found.metadata.managed_fields == []
        subscription = pods.add_handler(handler)
        await subscription.wait_synced()
        assert received == ["ADDED before"]
        await kube.core_v1.pods.create(_pod("later"))
        await kube.core_v1.pods.wait_for("later", "Ready")
        await _until(lambda: len(pods.by_index("node", "node-0")) == 2)
        await kube.core_v1.pods.delete("later")
        await _until(lambda: pods.get("later") is None)
        assert pods.error is None
        await _until(lambda: received[-1] == "DELETED later")


async def test_a_streaming_list_takes_one_request(cluster: Cluster, namespace: str) -> None:
    attempts: list[Attempt] = []
    async with Client(kubeconfig=cluster.kubeconfig, namespace=namespace, on_request=attempts.append) as kube:
        async with kube.core_v1.config_maps.informer(streaming_list=True) as maps:
            assert maps.is_synced
            assert len(attempts) == 1
            await kube.core_v1.config_maps.create(_map("a"))
            await _until(lambda: maps.get("a") is not None)
            assert len(attempts) == 2


async def test_a_metadata_informer_follows_metadata(kube: Client) -> None:
    await kube.core_v1.config_maps.create(_map("a"))
    for streaming in (False, True):
        async with kube.core_v1.config_maps.metadata_informer(streaming_list=streaming) as maps:
            found = maps.get("a")
            assert found is not None
            assert (found.kind, found.metadata.labels) == ("PartialObjectMetadata", {"test": "informer"})
            await kube.core_v1.config_maps.create(_map("b"))
            await _until(lambda: maps.get("b") is not None)
            await kube.core_v1.config_maps.delete("b")
            await _until(lambda: maps.get("b") is None)


@pytest.mark.parametrize("streaming", [False, True])
async def test_an_informer_converges_after_restart_and_compaction(
    own: Cluster, client: Client, streaming: bool
) -> None:
    maps_of = client.core_v1.config_maps
    await maps_of.create(_map("stays"))
    await maps_of.create(_map("goes"))
    informer = maps_of.informer(label_selector="test=informer", streaming_list=streaming)
    async with informer as maps:
        followed: dict[str, str | None] = {}

        def handler(change: InformerChange[core_v1.ConfigMap]) -> None:
            if change.type == "DELETED":
                del followed[change.key.name]
            else:
                followed[change.key.name] = change.object.metadata.resource_version

        maps.add_handler(handler)
        await asyncio.to_thread(own.restart_apiserver)
        await asyncio.to_thread(own.kubectl, "delete", "configmap", "goes")
        await asyncio.to_thread(own.kubectl, "annotate", "configmap", "stays", "a=b")
        await maps_of.create(_map("comes"))
        await asyncio.to_thread(own.compact_etcd)
        await asyncio.to_thread(own.restart_apiserver)
        truth = await _truth(client)
        await _until(lambda: _cached(maps) == truth == followed)
        assert set(truth) == {"stays", "comes"}
    await maps_of.delete_collection(label_selector="test=informer")


async def _truth(client: Client) -> dict[str, str | None]:
    listed = await client.core_v1.config_maps.list(label_selector="test=informer")
    return {obj.metadata.name: obj.metadata.resource_version for obj in listed.items}


def _cached(maps: Informer[core_v1.ConfigMap]) -> dict[str, str | None]:
    return {obj.metadata.name: obj.metadata.resource_version for obj in maps.list()}
