"""A small API server that has metrics of pods and nodes, as metrics-server adds them to a cluster."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

_GROUP_VERSION = "metrics.k8s.io/v1beta1"
_ROOT = f"/apis/{_GROUP_VERSION}"
_RESOURCES = [
    {"name": "nodes", "singularName": "", "namespaced": False, "kind": "NodeMetrics", "verbs": ["get", "list"]},
    {"name": "pods", "singularName": "", "namespaced": True, "kind": "PodMetrics", "verbs": ["get", "list"]},
]
_VERSION = {"groupVersion": _GROUP_VERSION, "version": "v1beta1"}
_GROUP = {"name": "metrics.k8s.io", "versions": [_VERSION], "preferredVersion": _VERSION}
_DISCOVERY: dict[str, Any] = {
    "/api": {"kind": "APIVersions", "versions": ["v1"]},
    "/apis": {"kind": "APIGroupList", "apiVersion": "v1", "groups": [_GROUP]},
    _ROOT: {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": _GROUP_VERSION, "resources": _RESOURCES},
}


def usage(cpu: str, memory: str) -> dict[str, str]:
    """The usage of a container or a node."""
    return {"cpu": cpu, "memory": memory}


def pod_metrics(namespace: str, name: str, **containers: dict[str, str]) -> dict[str, Any]:
    """The metrics of a pod, by container."""
    listed = [{"name": container, "usage": used} for container, used in containers.items()]
    return {"metadata": {"namespace": namespace, "name": name}, "containers": listed}


@asynccontextmanager
async def metrics_server(*, pods: list[dict[str, Any]], nodes: dict[str, dict[str, str]]) -> AsyncIterator[str]:
    """Serve metrics, and yield the URL.

    Args:
        pods: Metrics of pods.
        nodes: The usage of each node; each has 2 cores and 4 GiB for pods.
    """

    def listed(kind: str, version: str, items: list[dict[str, Any]]) -> web.Response:
        typed = [{"kind": kind, "apiVersion": version, **one} for one in items]
        return web.json_response({"kind": f"{kind}List", "apiVersion": version, "metadata": {}, "items": typed})

    async def discover(request: web.Request) -> web.Response:
        return web.json_response(_DISCOVERY[request.path])

    async def list_pods(request: web.Request) -> web.Response:
        namespace = request.match_info.get("namespace")
        found = [one for one in pods if namespace in (None, one["metadata"]["namespace"])]
        return listed("PodMetrics", _GROUP_VERSION, found)

    async def get_pod(request: web.Request) -> web.Response:
        wanted = dict(request.match_info)
        for one in pods:
            if one["metadata"] == wanted:
                return web.json_response({"kind": "PodMetrics", "apiVersion": _GROUP_VERSION, **one})
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

    async def list_node_metrics(request: web.Request) -> web.Response:
        found = [{"metadata": {"name": name}, "usage": used} for name, used in nodes.items()]
        return listed("NodeMetrics", _GROUP_VERSION, found)

    async def list_nodes(request: web.Request) -> web.Response:
        status = {"allocatable": usage("2", "4Gi"), "capacity": usage("2", "4Gi")}
        return listed("Node", "v1", [{"metadata": {"name": name}, "status": status} for name in nodes])

    app = web.Application()
    app.add_routes(
        [
            *(web.get(path, discover) for path in _DISCOVERY),
            web.get(f"{_ROOT}/pods", list_pods),
            web.get(f"{_ROOT}/namespaces/{{namespace}}/pods", list_pods),
            web.get(f"{_ROOT}/namespaces/{{namespace}}/pods/{{name}}", get_pod),
            web.get(f"{_ROOT}/nodes", list_node_metrics),
            web.get("/api/v1/nodes", list_nodes),
        ]
    )
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()
