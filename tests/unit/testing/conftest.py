"""A FakeCluster for each test, and a client of it that repeats nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from aiokube import Client
from aiokube.testing import FakeCluster


@pytest.fixture
async def cluster() -> AsyncIterator[FakeCluster]:
    async with FakeCluster() as running:
        yield running


@pytest.fixture
async def kube(cluster: FakeCluster) -> AsyncIterator[Client]:
    async with cluster.client(max_retries=0, timeout=5) as client:
        yield client
