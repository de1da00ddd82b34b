"""The pytest fixture: one cluster for the whole session. A conftest imports both names."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from aiokube.testing.real.binaries import locate
from aiokube.testing.real.errors import ClusterError
from tests.cluster.cluster import PROGRAMS, Cluster


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """A running test cluster, shared by all tests of the session: each works in a namespace of its own."""
    with Cluster() as running:
        yield running


def pytest_collection_finish(session: pytest.Session) -> None:
    """Builds the programs before the first test, when any test is marked as needing them: no test's timeout is spent
    on that, and progress is seen, which pytest captures once tests run."""
    needed = any(item.get_closest_marker(name) for item in session.items for name in ("cluster", "kubectl"))
    if not needed or session.config.option.collectonly:
        return
    try:
        locate(PROGRAMS)
    except ClusterError as error:
        pytest.exit(str(error), returncode=1)
