"""`RealCluster` with what our own tests need, and its tests.

`python -m tests.cluster` runs one by hand; `tests.cluster.fixture` holds the pytest fixture.
"""

from aiokube.testing import ClusterError
from tests.cluster.cluster import FORWARDED_PORTS, LOG_CONTAINERS, Cluster

__all__ = ["FORWARDED_PORTS", "LOG_CONTAINERS", "Cluster", "ClusterError"]
