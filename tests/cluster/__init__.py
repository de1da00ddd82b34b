"""A real Kubernetes for the tests: kube-apiserver, etcd, kube-controller-manager, kube-scheduler and kwok's nodes.

`python -m tests.cluster` runs one by hand; `tests.cluster.fixture` holds the pytest fixture.
"""

from tests.cluster.cluster import FORWARDED_PORTS, LOG_CONTAINERS, Cluster
from tests.cluster.errors import ClusterError

__all__ = ["FORWARDED_PORTS", "LOG_CONTAINERS", "Cluster", "ClusterError"]
