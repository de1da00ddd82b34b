"""Clusters for tests: `FakeCluster`, in the process of the test, and `RealCluster`, of the programs of Kubernetes.

Needs the extra `testing`: `pip install 'aiokube[testing]'`.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .cluster import FakeCluster
    from .http.faults import Fault
    from .http.requests import ReceivedRequest, ReceivedRequests
    from .pods.control import Pods
    from .real.cluster import RealCluster
    from .real.errors import ClusterError
    from .services import running
    from .streams.sessions import ContainerSession, PortConnection, ProxiedRequest, ProxiedResponse, TerminalSize

__all__ = [
    "ClusterError",
    "ContainerSession",
    "FakeCluster",
    "Fault",
    "Pods",
    "PortConnection",
    "ProxiedRequest",
    "ProxiedResponse",
    "RealCluster",
    "ReceivedRequest",
    "ReceivedRequests",
    "TerminalSize",
    "running",
]

# Imported on first use: who needs one cluster need not load the other, and the real one is for POSIX only.
_LAZY = {
    "ClusterError": ".real.errors",
    "ContainerSession": ".streams.sessions",
    "FakeCluster": ".cluster",
    "Fault": ".http.faults",
    "Pods": ".pods.control",
    "PortConnection": ".streams.sessions",
    "ProxiedRequest": ".streams.sessions",
    "ProxiedResponse": ".streams.sessions",
    "RealCluster": ".real.cluster",
    "ReceivedRequest": ".http.requests",
    "ReceivedRequests": ".http.requests",
    "TerminalSize": ".streams.sessions",
    "running": ".services",
}


def __getattr__(name: str) -> object:
    if name in _LAZY:
        return getattr(import_module(_LAZY[name], __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
