"""FakeCluster on a thread of its own."""

from __future__ import annotations

import asyncio
import inspect
import os
import threading
import time
import warnings
from collections.abc import Callable
from typing import Any

import pytest

from aiokube import Client
from aiokube.errors import ConfigError, ConnectionError, Expired, InvalidArgument, NotSupported, WaitTimeout
from aiokube.testing import FakeCluster
from aiokube.testing.threads import Thread, on_its_thread


def names(cluster: FakeCluster) -> list[str]:
    """The names of the config maps of a cluster, as a program sees them."""

    async def program() -> list[str]:
        async with cluster.client() as kube:
            return [one.metadata.name for one in (await kube.core_v1.config_maps.list()).items]

    return asyncio.run(program())


def test_a_cluster_outlives_an_event_loop_and_ends_with_its_block() -> None:
    before = threading.active_count()
    with FakeCluster() as cluster:
        assert names(cluster) == names(cluster) == ["kube-root-ca.crt"]
        assert len(cluster.requests) == 2
        path = cluster.kubeconfig
    assert threading.active_count() == before
    assert not path.exists()


def test_a_cluster_that_cannot_start_leaves_no_thread() -> None:
    before = threading.active_count()
    with FakeCluster() as cluster:
        pass
    with pytest.raises(ConfigError, match="once"):
        cluster.__enter__()
    assert threading.active_count() == before


def test_a_fork_is_told_that_it_is_one() -> None:
    with FakeCluster() as cluster:
        reading, writing = os.pipe()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            child = os.fork()
        if child == 0:
            try:
                cluster.advance(1)
            except NotSupported as error:
                os.write(writing, str(error).encode())
            finally:
                os._exit(0)
        os.close(writing)
        with open(reading, "rb") as told:
            assert told.read().startswith(b"this process is a fork of the one that has entered the FakeCluster")
        assert os.waitpid(child, 0)[1] == 0
        cluster.advance(1)


@pytest.mark.slow
async def test_what_a_test_does_to_the_cluster_happens_on_its_thread() -> None:
    with FakeCluster() as cluster:
        async with cluster.client(max_retries=0, timeout=5) as kube:
            # Each of them wakes somebody in the event loop of the cluster.
            watch = kube.core_v1.config_maps.watch(resource_version=cluster.resource_version)
            event = asyncio.ensure_future(anext(watch))
            while not cluster.watching:
                await asyncio.sleep(0.01)
            cluster.odd_object("configmaps", "odd", {}, namespace="default")
            assert (await event).object.metadata.name == "odd"
            cluster.expire()
            with pytest.raises(Expired):
                await anext(watch)
            await cluster.restart()
            with cluster.partitioned():
                with pytest.raises(ConnectionError):
                    await kube.with_options(timeout=0.1).core_v1.pods.list()
            await kube.core_v1.pods.list()
            waiting = asyncio.ensure_future(
                kube.core_v1.config_maps.wait_for("odd", lambda one: bool(one.data), timeout=0.2)
            )
            cluster.advance(3600)
            with pytest.raises(WaitTimeout):
                await waiting
            with pytest.raises(InvalidArgument):
                cluster.latency(-1)


@pytest.mark.slow
def test_a_thread_that_is_blocked_is_an_error() -> None:
    thread = Thread(timeout=0.2)
    with pytest.raises(NotSupported, match=r"does not answer for 0\.2 s"):
        thread.call(lambda: time.sleep(0.6))
    thread.stop()


def test_methods_run_on_the_thread_whatever_class_they_are_of() -> None:
    methods = {name for name, _ in inspect.getmembers(FakeCluster, inspect.isfunction) if not name.startswith("_")}
    assert {"throttle", "restart", "advance", "kubeconfig_for"} < methods
    seen: dict[str, threading.Thread] = {}

    def note(name: str) -> Callable[..., Any]:
        return lambda self: seen.update({name: threading.current_thread()})

    base = type("Base", (), {"_thread": None, "inherited": note("inherited"), "client": note("client")})
    cls = on_its_thread(type("Cluster", (base,), {"own": note("own")}))
    one: Any = cls()
    one._thread = thread = Thread()
    for name in ("own", "inherited", "client"):
        getattr(one, name)()
    thread.stop()
    assert {name for name, where in seen.items() if where is threading.current_thread()} == {"client"}
    assert len(seen) == 3
    unwrapped = {name for name in methods if not hasattr(getattr(FakeCluster, name), "__wrapped__")}
    assert unwrapped == {"client", "config"}


def test_methods_keep_their_names_and_signatures() -> None:
    assert "retry_after" in inspect.signature(FakeCluster.throttle).parameters
    assert FakeCluster.restart.__name__ == "restart"


async def test_a_client_of_a_cluster_on_a_thread_belongs_to_its_caller() -> None:
    with FakeCluster() as cluster:
        kube: Client = await asyncio.to_thread(cluster.client)
        async with kube:
            await kube.core_v1.pods.list()
