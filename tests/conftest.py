"""Fixtures that every kind of test may use."""

from __future__ import annotations

import asyncio
import gc
import itertools
import os
import sys
from collections.abc import AsyncIterator, Callable, Mapping

import pytest
import uvloop
from hypothesis import settings

from aiokube import Client
from aiokube.errors import NotFound
from aiokube.models import core_v1, meta_v1
from tests.cluster.cluster import Cluster
from tests.cluster.fixture import cluster, pytest_collection_finish

__all__ = ["cluster", "pytest_collection_finish"]

# How long an example takes says something about the machine; on CI, hypothesis has a profile of its own.
if "CI" not in os.environ:
    settings.register_profile("local", deadline=None)
    settings.load_profile("local")

_numbers = itertools.count(1)


def pytest_runtestloop() -> None:
    """The garbage collector passes over what was made until now: it stays, and each full collection, of which many
    tests make one to see what they leave, would take a tenth of a second for it."""
    gc.collect()
    gc.freeze()


def pytest_asyncio_loop_factories(item: pytest.Item) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Tests marked `every_loop` run on each kind of event loop that a program may choose, the others on asyncio's."""
    factories: dict[str, Callable[[], asyncio.AbstractEventLoop]] = {"asyncio": asyncio.new_event_loop}
    if item.get_closest_marker("every_loop"):
        factories["uvloop"] = uvloop.new_event_loop
        # Python 3.11 has no eager tasks, so there is nothing to collect.
        if sys.version_info >= (3, 12):
            factories["eager"] = _eager_loop
    return factories


def _eager_loop() -> asyncio.AbstractEventLoop:
    """Return a loop that runs a new task at once, until it waits for something."""
    loop = asyncio.new_event_loop()
    if sys.version_info >= (3, 12):
        loop.set_task_factory(asyncio.eager_task_factory)
    return loop


@pytest.fixture
async def admin(cluster: Cluster) -> AsyncIterator[Client]:
    """A client of the test cluster that may do everything."""
    async with Client(kubeconfig=cluster.kubeconfig) as client:
        yield client


@pytest.fixture
async def namespace(admin: Client) -> AsyncIterator[str]:
    """A namespace for one test, ready for pods."""
    name = f"test-{next(_numbers)}"
    await admin.core_v1.namespaces.create(core_v1.Namespace(metadata=meta_v1.ObjectMeta(name=name)))
    for _ in range(100):
        try:
            # Pods need it, and the controller manager makes it in a moment.
            await admin.core_v1.service_accounts.get("default", namespace=name)
            break
        except NotFound:
            await asyncio.sleep(0.05)
    yield name
    await admin.core_v1.namespaces.delete(name)


@pytest.fixture
async def kube(cluster: Cluster, namespace: str) -> AsyncIterator[Client]:
    """A client of the test cluster whose namespace is the test's own."""
    async with Client(kubeconfig=cluster.kubeconfig, namespace=namespace) as client:
        yield client
