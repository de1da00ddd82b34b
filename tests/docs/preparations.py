"""Preparations for some recipes, beside the objects that all of them have, by their titles."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

from aiokube import Client
from tests.cluster.cluster import FORWARDED_PORTS, Cluster

Prepare = Callable[[Cluster, Client], AbstractAsyncContextManager[None]]

CRON_TAB = Path(__file__).parents[1] / "codegen" / "crds" / "crontab.yaml"
_OF_METRICS = """
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: pods.metrics.k8s.io
  annotations: {api-approved.kubernetes.io: "unapproved, in the place of metrics-server"}
spec:
  group: metrics.k8s.io
  scope: Namespaced
  names: {kind: PodMetrics, plural: pods, singular: pod}
  versions:
  - name: v1beta1
    served: true
    storage: true
    schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
"""


@asynccontextmanager
async def _node(shop: Client, name: str) -> AsyncIterator[None]:
    """A node that the pods of other recipes do not go to."""
    metadata = {"name": name, "labels": {"kubernetes.io/hostname": name}}
    taint = {"key": "recipe", "effect": "NoSchedule"}
    node: dict[str, Any] = {"metadata": metadata, "spec": {"taints": [taint]}}
    await shop.core_v1.nodes.create(node)
    await shop.core_v1.nodes.wait_for(name, "Ready")
    try:
        yield
    finally:
        await shop.core_v1.nodes.delete(name)


@asynccontextmanager
async def _empty_node(_: Cluster, shop: Client) -> AsyncIterator[None]:
    async with _node(shop, "worker-8"):
        yield


@asynccontextmanager
async def _node_with_a_pod(_: Cluster, shop: Client) -> AsyncIterator[None]:
    """A node with one pod, which belongs to a Deployment."""
    name = "worker-7"
    labels = {"app": "edge"}
    pod = {
        "terminationGracePeriodSeconds": 0,
        "nodeSelector": {"kubernetes.io/hostname": name},
        "tolerations": [{"operator": "Exists"}],
        "containers": [{"name": "edge", "image": "nginx:1.29"}],
    }
    spec: dict[str, Any] = {
        "selector": {"matchLabels": labels},
        "template": {"metadata": {"labels": labels}, "spec": pod},
    }
    async with _node(shop, name):
        await shop.apps_v1.deployments.create({"metadata": {"name": "edge"}, "spec": spec})
        await shop.apps_v1.deployments.wait_rollout("edge", timeout=30)
        yield


@asynccontextmanager
async def _slow_deployment(_: Cluster, shop: Client) -> AsyncIterator[None]:
    """A Deployment that becomes available while the recipe waits for it."""
    deployments = shop.apps_v1.deployments
    web = await deployments.get("web")
    await deployments.delete("web")
    spec = {**web.spec.to_dict(), "minReadySeconds": 2}
    await deployments.create({"metadata": {"name": "web"}, "spec": spec})
    yield


@asynccontextmanager
async def _restarted_deployment(_: Cluster, shop: Client) -> AsyncIterator[None]:
    """A Deployment whose pods are being replaced."""
    await shop.apps_v1.deployments.restart("web")
    yield


@asynccontextmanager
async def _slow_pods(_: Cluster, shop: Client) -> AsyncIterator[None]:
    """Pods that take two seconds to end, so that a deletion is waited for."""
    metadata = {"annotations": {"aiokube.test/ignores-sigterm": "true"}}
    template = {"metadata": metadata, "spec": {"terminationGracePeriodSeconds": 2}}
    await shop.api("deployments").patch("web", {"spec": {"template": template}})
    await shop.apps_v1.deployments.wait_rollout("web", timeout=30)
    yield


@asynccontextmanager
async def _metrics(_: Cluster, shop: Client) -> AsyncIterator[None]:
    """A Metrics API: a custom resource of its name, in the place of an aggregated server."""
    await shop.apply(_OF_METRICS, field_manager="setup", wait=30)
    for pod in await shop.core_v1.pods.list(label_selector="app=web"):
        usage = {"name": "web", "usage": {"cpu": "12m", "memory": "24Mi"}}
        metadata = {"name": pod.metadata.name, "labels": pod.metadata.labels}
        await shop.api("pods.metrics.k8s.io").create({"metadata": metadata, "containers": [usage]})
    yield


@asynccontextmanager
async def _cron_tabs(_: Cluster, shop: Client) -> AsyncIterator[None]:
    await shop.apply(CRON_TAB, field_manager="setup", wait=30)
    tabs = shop.api("crontabs.stable.example.com")
    await tabs.create({"metadata": {"name": "nightly"}, "spec": {"cronSpec": "@daily"}})
    yield


@asynccontextmanager
async def _log(cluster: Cluster, _: Client) -> AsyncIterator[None]:
    for line in ("listening on port 8000", "GET / 200"):
        cluster.append_log(line)
    yield


@asynccontextmanager
async def _web_server(cluster: Cluster, _: Client) -> AsyncIterator[None]:
    """Something that listens in the pods."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.0 200 OK\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(answer, sock=cluster.listener(FORWARDED_PORTS[0])):
        yield


PREPARATIONS: dict[str, Prepare] = {
    "Drain a node, and bring it back": _node_with_a_pod,
    "Cordon a node": _empty_node,
    "Wait for a rollout": _restarted_deployment,
    "Wait for a condition": _slow_deployment,
    "Delete a folder": _slow_pods,
    "Show the usage of pods": _metrics,
    "Watch a custom resource without a class": _cron_tabs,
    "Read the log of a pod": _log,
    "Follow the logs of many pods": _log,
    "Forward a port": _web_server,
}
