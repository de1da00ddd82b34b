"""The usage of pods and nodes beside the real kubectl, from a Metrics API of the tests' own."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from aiokube import Client, Quantity
from aiokube.errors import InvalidRequest, NotFound
from tests.cluster.cluster import Cluster
from tests.support.children import output_of
from tests.support.clients import client_of
from tests.support.metrics import metrics_server, pod_metrics, usage

pytestmark = pytest.mark.cluster

PODS = [
    pod_metrics("default", "two", main=usage("250m", "64Mi"), side=usage("1", "16Mi")),
    pod_metrics("default", "one", main=usage("5000000n", "2048Ki")),
    pod_metrics("elsewhere", "three", main=usage("1m", "1Mi")),
]


async def shown(cluster: Cluster, home: Path, url: str, what: str) -> list[list[str]]:
    """The cells of what kubectl shows, without the head of the table."""
    binary = cluster.kubectl_command()[0]
    output = await asyncio.to_thread(output_of, binary, "--server", url, "top", what, env={"HOME": str(home)})
    return [line.split() for line in output.splitlines()[1:]]


async def test_usage_is_what_kubectl_shows(cluster: Cluster, tmp_path: Path) -> None:
    nodes = {"node-0": usage("500m", "1Gi"), "node-1": usage("1900m", "3Gi")}
    async with metrics_server(pods=PODS, nodes=nodes) as url, client_of(url) as kube:
        used = await kube.core_v1.pods.top()
        assert await shown(cluster, tmp_path, url, "pods") == [
            [one.name, f"{int(one.cpu.value * 1000)}m", f"{int(one.memory.value / 2**20)}Mi"] for one in used
        ]
        assert [(one.name, one.cpu) for one in used] == [("one", Quantity("5m")), ("two", Quantity("1250m"))]
        assert used[1].containers["side"]["memory"] == Quantity("16Mi")
        everywhere = await kube.core_v1.pods.top(all_namespaces=True)
        assert [one.name for one in everywhere] == ["one", "two", "three"]
        (only,) = await kube.core_v1.pods.top("one")
        assert only == used[0]
        # The server of the metrics has no discovery of pods and nodes.
        async with Client(kubeconfig=cluster.kubeconfig) as served:
            pods, found = [await served.api(name).resource() for name in ("pods", "nodes")]
        assert await kube.api(pods).top() == used
        assert await kube.api(found).top() == await kube.core_v1.nodes.top()
        with pytest.raises(NotFound, match="no metrics of none"):
            await kube.core_v1.pods.top("none")
        with pytest.raises(InvalidRequest, match="cannot be combined with all_namespaces"):
            await kube.core_v1.pods.top("one", all_namespaces=True)
        assert await shown(cluster, tmp_path, url, "nodes") == [
            [
                one.name,
                f"{int(one.cpu.value * 1000)}m",
                f"{int(100 * (one.cpu / one.allocatable_cpu))}%",
                f"{int(one.memory.value / 2**20)}Mi",
                f"{int(100 * (one.memory / one.allocatable_memory))}%",
            ]
            for one in await kube.core_v1.nodes.top()
        ]


@pytest.mark.parametrize("version", ["v1beta1", "v1"])
async def test_usage_comes_from_any_version_that_kubectl_knows(cluster: Cluster, tmp_path: Path, version: str) -> None:
    async with metrics_server(pods=PODS, nodes={}, version=version) as url, client_of(url) as kube:
        used = await kube.core_v1.pods.top()
        assert [row[0] for row in await shown(cluster, tmp_path, url, "pods")] == [one.name for one in used]
        assert len(used) == 2


async def test_a_field_selector_chooses_among_pods_as_with_kubectl(cluster: Cluster, tmp_path: Path) -> None:
    async with metrics_server(pods=PODS, nodes={}) as url, client_of(url) as kube:
        used = await kube.core_v1.pods.top(field_selector={"spec.nodeName": "two"})
        assert [one.name for one in used] == ["two"]


async def test_a_server_without_metrics_says_so(kube: Client) -> None:
    for top in (kube.core_v1.pods.top, kube.core_v1.nodes.top):
        with pytest.raises(NotFound, match="the server has no Metrics API"):
            await top()
