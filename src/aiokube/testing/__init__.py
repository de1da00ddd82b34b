"""Clusters for tests: `FakeCluster`, an API server in the process of the test, and fixtures of pytest.

Needs the extra `testing`: `pip install 'aiokube[testing]'`.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .cluster import FakeCluster
    from .http.requests import ReceivedRequest, ReceivedRequests

__all__ = ["FakeCluster", "ReceivedRequest", "ReceivedRequests"]

# Imported on first use: pytest loads the plugin in every run, also in those without a cluster.
_LAZY = {
    "FakeCluster": ".cluster",
    "ReceivedRequest": ".http.requests",
    "ReceivedRequests": ".http.requests",
}


def __getattr__(name: str) -> object:
    if name in _LAZY:
        return getattr(import_module(_LAZY[name], __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
