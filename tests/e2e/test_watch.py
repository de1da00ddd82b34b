"""Lists in pages, watches and waits on a real API server, across restarts and compaction."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing
from urllib.parse import urlsplit

import pytest

from aiokube import Client, Config, created, deleted
from aiokube.errors import Gone, WaitTimeout
from aiokube.models import core_v1, meta_v1
from tests.cluster.cluster import Cluster
from tests.support.proxy import FaultProxy

pytestmark = [pytest.mark.cluster, pytest.mark.every_loop]


@pytest.fixture(scope="module")
def own(cluster: Cluster) -> Iterator[Cluster]:
    """A cluster for this module alone, which restarts it."""
    with Cluster() as running:
        yield running


@pytest.fixture
async def client(own: Cluster) -> AsyncIterator[Client]:
    async with Client(kubeconfig=own.kubeconfig) as client:
        yield client


def _map(name: str, **data: str) -> core_v1.ConfigMap:
    return core_v1.ConfigMap(metadata=meta_v1.ObjectMeta(name=name, labels={"test": "watch"}), data=data)


def _pod(name: str) -> core_v1.Pod:
    containers = [core_v1.Container(name="main", image="busybox:1.37")]
    return core_v1.Pod(metadata=meta_v1.ObjectMeta(name=name), spec=core_v1.PodSpec(containers=containers))


async def _expire_versions(own: Cluster) -> None:
    """Expire all resource versions so far: write, compact etcd, and empty the watch cache by a restart."""
    await asyncio.to_thread(own.kubectl, "annotate", "namespace", "default", "test/touched=now", "--overwrite")
    await asyncio.to_thread(own.compact_etcd)
    await asyncio.to_thread(own.restart_apiserver)


async def test_a_watch_yields_typed_events(kube: Client) -> None:
    await kube.core_v1.config_maps.create(_map("before"))
    seen = []
    async with aclosing(kube.core_v1.config_maps.watch(label_selector="test=watch", timeout_seconds=30)) as events:
        async for event in events:
            assert isinstance(event.object, core_v1.ConfigMap)
            seen.append((event.type, event.object.metadata.name, event.object.data))
            if len(seen) == 1:
                await kube.core_v1.config_maps.create(_map("new", a="1"))
                await kube.core_v1.config_maps.patch("new", {"data": {"a": "2"}})
                await kube.core_v1.config_maps.delete("new")
            if event.type == "DELETED":
                break
    assert seen == [
        ("ADDED", "before", {}),
        ("ADDED", "new", {"a": "1"}),
        ("MODIFIED", "new", {"a": "2"}),
        ("DELETED", "new", {"a": "2"}),
    ]


async def test_timeout_seconds_ends_a_watch(kube: Client) -> None:
    loop = asyncio.get_running_loop()
    started = loop.time()
    events = kube.core_v1.config_maps.watch(label_selector="test=watch", timeout_seconds=2)
    assert [event async for event in events] == []
    assert 1.5 <= loop.time() - started <= 4


async def test_streamed_initial_events_end_with_a_bookmark(kube: Client) -> None:
    await kube.core_v1.config_maps.create(_map("first"))
    watch = kube.core_v1.config_maps.watch(
        label_selector="test=watch",
        send_initial_events=True,
        timeout_seconds=20,
    )
    async with aclosing(watch) as events:
        first, bookmark = await anext(events), await anext(events)
    assert (first.type, first.object.metadata.name) == ("ADDED", "first")
    assert bookmark.object.metadata.annotations == {"k8s.io/initial-events-end": "true"}


async def test_a_watch_resumes_after_broken_connections(cluster: Cluster, kube: Client, namespace: str) -> None:
    port = urlsplit(cluster.url).port
    assert port is not None
    async with FaultProxy(port) as proxy:
        config = dataclasses.replace(
            Config.load(kubeconfig=cluster.kubeconfig, namespace=namespace), server=f"https://127.0.0.1:{proxy.port}"
        )
        async with (
            Client(config) as client,
            aclosing(client.core_v1.config_maps.watch(label_selector="test=watch")) as events,
        ):
            for number in range(3):
                next_one = asyncio.ensure_future(anext(events))
                await asyncio.sleep(0.5)
                proxy.reset()
                await kube.core_v1.config_maps.create(_map(f"while-away-{number}"))
                event = await next_one
                assert (event.type, event.object.metadata.name) == ("ADDED", f"while-away-{number}")
            # The first watch may share the connection of the list; each further watch takes a new one.
            assert 4 <= proxy.accepted <= 5


async def test_an_expired_version_raises_gone(own: Cluster, client: Client) -> None:
    version = (await client.core_v1.config_maps.list()).metadata.resource_version
    await client.core_v1.config_maps.create(_map("newer"))
    await _expire_versions(own)
    with pytest.raises(Gone):
        await anext(client.core_v1.config_maps.watch(resource_version=version))
    await client.core_v1.config_maps.delete("newer")


async def test_pages_continue_after_their_snapshot_expired(own: Cluster, client: Client) -> None:
    names = [f"page-{number:02}" for number in range(30)]
    for name in names:
        await client.core_v1.config_maps.create(_map(name))
    seen = []
    async for obj in client.core_v1.config_maps.iterate(page_size=10, label_selector="test=watch"):
        seen.append(obj.metadata.name)
        if len(seen) == 10:
            # The second page has been requested already.
            await client.core_v1.config_maps.delete("page-25")
            await client.core_v1.config_maps.create(_map("page-005"))
            await _expire_versions(own)
    assert seen == [name for name in names if name != "page-25"]
    await client.core_v1.config_maps.delete_collection(label_selector="test=watch")


async def test_wait_for_the_states_of_a_pod(kube: Client) -> None:
    pods = kube.core_v1.pods
    waiting = asyncio.ensure_future(pods.wait_for("web", created))
    await asyncio.sleep(0.3)
    await pods.create(_pod("web"))
    assert (await waiting).metadata.name == "web"
    ready = await pods.wait_for("web", "Ready", timeout=30)
    assert ready.status.phase == "Running"
    assert (await pods.wait_for("web", lambda pod: pod.spec.node_name is not None)).spec
    with pytest.raises(
        WaitTimeout,
        match=r"pods \S+/web: condition 'Ready=False' was not met within 1 s; its phase is Running; "
        r"its conditions are .*Ready=True",
    ):
        await pods.wait_for("web", "Ready=False", timeout=1)
    going = asyncio.ensure_future(pods.wait_for("web", deleted))
    await asyncio.sleep(0.3)
    await pods.delete("web")
    last = await going
    assert last is not None
    assert last.metadata.uid == ready.metadata.uid
    assert await pods.wait_for("web", deleted) is None
