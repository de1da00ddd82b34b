"""The cluster of the pages."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.cluster.cluster import Cluster


@pytest.fixture(scope="package")
def docs_cluster() -> Iterator[Cluster]:
    """A cluster for all pages that show the whole of it, or change it: `test_console` shows it, before `test_recipes`
    installs definitions."""
    with Cluster(nodes=2) as running:
        yield running
