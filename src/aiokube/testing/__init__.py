"""Clusters for tests: `FakeCluster`, an API server in the process of the test, and fixtures of pytest.

Needs the extra `testing`: `pip install 'aiokube[testing]'`.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .cluster import FakeCluster
    from .http.requests import ReceivedRequest, ReceivedRequests
    from .pods.control import Pods
    from .streams.sessions import ContainerSession, PortConnection, ProxiedRequest, ProxiedResponse, TerminalSize

__all__ = [
    "ContainerSession",
    "FakeCluster",
    "Pods",
    "PortConnection",
    "ProxiedRequest",
    "ProxiedResponse",
    "ReceivedRequest",
    "ReceivedRequests",
    "TerminalSize",
]

# Imported on first use: pytest loads the plugin in every run, also in those without a cluster.
_LAZY = {
    "ContainerSession": ".streams.sessions",
    "FakeCluster": ".cluster",
    "Pods": ".pods.control",
    "PortConnection": ".streams.sessions",
    "ProxiedRequest": ".streams.sessions",
    "ProxiedResponse": ".streams.sessions",
    "ReceivedRequest": ".http.requests",
    "ReceivedRequests": ".http.requests",
    "TerminalSize": ".streams.sessions",
}


def __getattr__(name: str) -> object:
    if name in _LAZY:
        return getattr(import_module(_LAZY[name], __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
