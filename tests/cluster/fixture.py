"""The pytest fixture: one cluster for the whole session."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.cluster.cluster import Cluster


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """A running test cluster, shared by all tests of the session: each works in a namespace of its own."""
    with Cluster() as running:
        yield running
