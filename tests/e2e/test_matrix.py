"""The checks of `make matrix` on the test cluster, with the shipped client."""

from __future__ import annotations

import pytest

from tests.cluster.cluster import Cluster
from tests.matrix.checks import CHECKS
from tests.matrix.target import Target

pytestmark = pytest.mark.cluster


@pytest.mark.filterwarnings("ignore::aiokube.ApiWarning")
@pytest.mark.parametrize("check", sorted(CHECKS.keys() - {"CRDs"}))
async def test_the_shipped_client_passes(check: str, cluster: Cluster, namespace: str) -> None:
    found = await CHECKS[check](Target(package="aiokube", cluster=cluster, namespace=namespace))
    assert found is None or len(set(found.split(" of "))) == 1
