"""A cluster for tests: `FakeCluster`, an API server in the process of the test.

Needs the extra `testing`: `pip install 'aiokube[testing]'`.
"""

from .cluster import FakeCluster
from .http.requests import ReceivedRequest, ReceivedRequests

__all__ = ["FakeCluster", "ReceivedRequest", "ReceivedRequests"]
