"""The fixture `api`: each check runs on the fake alone, and on the real server and the fake in lockstep."""

from __future__ import annotations

import itertools
import time
from collections.abc import AsyncIterator, Iterator

import pytest

from aiokube import Config
from aiokube.testing import FakeCluster
from tests.cluster.cluster import Cluster

from .api import GROUP, Api, Endpoint

_numbers = itertools.count(1)


@pytest.fixture(scope="module")
def tidied(cluster: Cluster) -> Iterator[Cluster]:
    """The real cluster, on which other tests find no custom resources of the checks afterwards."""
    yield cluster
    listed = cluster.kubectl("get", "customresourcedefinitions", "--output", "name").split()
    if made := [name for name in listed if name.endswith(f".{GROUP}")]:
        cluster.kubectl("delete", *made)
    deadline = time.monotonic() + 60
    while f"apis/{GROUP}" in cluster.kubectl("get", "--raw", "/openapi/v3"):
        assert time.monotonic() < deadline, f"{GROUP} does not disappear"
        time.sleep(0.2)


@pytest.fixture(params=["fake", pytest.param("both", marks=pytest.mark.cluster)])
async def api(request: pytest.FixtureRequest) -> AsyncIterator[Api]:
    """Requests of a check, which has a namespace of its own."""
    namespace = f"check-{next(_numbers)}"
    real = None
    if request.param == "both":
        running = request.getfixturevalue("tidied")
        real = Endpoint(Config.from_kubeconfig(running.kubeconfig))
    async with FakeCluster(rbac=True) as fake_cluster, Endpoint(fake_cluster.config()) as fake:
        if real is None:
            yield await _with_namespace(Api(fake, None, namespace))
            return
        async with real:
            yield await _with_namespace(Api(fake, real, namespace))


async def _with_namespace(api: Api) -> Api:
    await api.post("/api/v1/namespaces", {"metadata": {"name": api.namespace}}, differs=["*"])
    await api.until(api.core("serviceaccounts", "default"), 200, differs=["*"])
    await api.until(api.core("configmaps", "kube-root-ca.crt"), 200, differs=["*"])
    return api
