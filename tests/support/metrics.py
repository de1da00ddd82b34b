"""A small API server that has metrics of pods and nodes, as metrics-server adds them to a cluster."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

_RESOURCES = [
    {"name": "nodes", "singularName": "", "namespaced": False, "kind": "NodeMetrics", "verbs": ["get", "list"]},
    {"name": "pods", "singularName": "", "namespaced": True, "kind": "PodMetrics", "verbs": ["get", "list"]},
]


def _discovery(group_version: str, version: str) -> dict[str, Any]:
    served = {"groupVersion": group_version, "version": version}
    group = {"name": "metrics.k8s.io", "versions": [served], "preferredVersion": served}
    resources = {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": group_version, "resources": _RESOURCES}
    return {
        "/api": {"kind": "APIVersions", "versions": ["v1"]},
        "/apis": {"kind": "APIGroupList", "apiVersion": "v1", "groups": [group]},
        f"/apis/{group_version}": resources,
    }


def usage(cpu: str, memory: str) -> dict[str, str]:
    """The usage of a container or a node."""
    return {"cpu": cpu, "memory": memory}


def pod_metrics(namespace: str, name: str, **containers: dict[str, str]) -> dict[str, Any]:
    """The metrics of a pod, by container."""
    listed = [{"name": container, "usage": used} for container, used in containers.items()]
    return {"metadata": {"namespace": namespace, "name": name}, "containers": listed}


@asynccontextmanager
async def metrics_server(
    *, pods: list[dict[str, Any]], nodes: dict[str, dict[str, str]], version: str = "v1beta1"
) -> AsyncIterator[str]:
    """Serve metrics, and yield the URL.

    Args:
        pods: Metrics of pods. They run on nodes of their own names.
        nodes: The usage of each node; each has 2 cores and 4 GiB for pods.
        version: Version of the Metrics API.
    """
    group_version = f"metrics.k8s.io/{version}"
    root = f"/apis/{group_version}"
    discovery = _discovery(group_version, version)

    def listed(kind: str, version: str, items: list[dict[str, Any]]) -> web.Response:
        typed = [{"kind": kind, "apiVersion": version, **one} for one in items]
        return web.json_response({"kind": f"{kind}List", "apiVersion": version, "metadata": {}, "items": typed})

    async def discover(request: web.Request) -> web.Response:
        return web.json_response(discovery[request.path])

    async def list_pods(request: web.Request) -> web.Response:
        namespace = request.match_info.get("namespace")
        found = [one for one in pods if namespace in (None, one["metadata"]["namespace"])]
        return listed("PodMetrics", group_version, found)

    async def get_pod(request: web.Request) -> web.Response:
        wanted = dict(request.match_info)
        for one in pods:
            if one["metadata"] == wanted:
                return web.json_response({"kind": "PodMetrics", "apiVersion": group_version, **one})
        status = {
            "kind": "Status",
            "apiVersion": "v1",
            "status": "Failure",
            "reason": "NotFound",
            "code": 404,
            "message": f"no metrics of {wanted['name']}",
            "details": {"group": "metrics.k8s.io", "kind": "pods", "name": wanted["name"]},
        }
        return web.json_response(status, status=404)

    async def list_core_pods(request: web.Request) -> web.Response:
        _, _, node = request.query["fieldSelector"].partition("spec.nodeName=")
        found = [one for one in pods if one["metadata"]["name"] == node]
        return listed("PartialObjectMetadata", "meta.k8s.io/v1", [{"metadata": one["metadata"]} for one in found])

    async def list_node_metrics(request: web.Request) -> web.Response:
        found = [{"metadata": {"name": name}, "usage": used} for name, used in nodes.items()]
        return listed("NodeMetrics", group_version, found)

    async def list_nodes(request: web.Request) -> web.Response:
        status = {"allocatable": usage("2", "4Gi"), "capacity": usage("2", "4Gi")}
        return listed("Node", "v1", [{"metadata": {"name": name}, "status": status} for name in nodes])

    app = web.Application()
    app.add_routes(
        [
            *(web.get(path, discover) for path in discovery),
            web.get(f"{root}/pods", list_pods),
            web.get(f"{root}/namespaces/{{namespace}}/pods", list_pods),
            web.get(f"{root}/namespaces/{{namespace}}/pods/{{name}}", get_pod),
            web.get(f"{root}/nodes", list_node_metrics),
            web.get("/api/v1/nodes", list_nodes),
            web.get("/api/v1/namespaces/{namespace}/pods", list_core_pods),
        ]
    )
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()
