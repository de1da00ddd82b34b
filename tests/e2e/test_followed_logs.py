"""Followed logs through a real API server, whose kubelet fails."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from aiohttp import web

from aiokube import Client
from tests.e2e.streams import nothing_left
from tests.support.kubelet import node_with_logs
from tests.support.logged_pods import send, stamped

pytestmark = pytest.mark.cluster

RUNNING: dict[str, Any] = {
    "phase": "Running",
    "containerStatuses": [
        {"name": "app", "image": "none", "imageID": "", "ready": True, "restartCount": 0, "state": {"running": {}}}
    ],
}


async def create_pod(kube: Client, node: str) -> None:
    """Create a pod that runs on a node of the test."""
    spec: Any = {
        "nodeName": node,
        "containers": [{"name": "app", "image": "none"}],
        "tolerations": [{"operator": "Exists"}],
    }
    pods = kube.core_v1.pods
    await pods.create({"metadata": {"name": "web-0", "labels": {"app": "web"}}, "spec": spec})
    await pods.patch_status("web-0", {"status": RUNNING})


async def test_followed_logs_go_on_when_the_api_server_loses_its_connection_to_the_kubelet(kube: Client) -> None:
    asked: list[dict[str, str]] = []

    async def respond(request: web.Request) -> web.StreamResponse:
        asked.append(dict(request.query))
        if len(asked) == 1:
            return await send(request, stamped(1) + stamped(2)[:-4], "broken", wait=0.3)
        return await send(request, stamped(1, 2, 3), "open")

    node = f"node-of-{kube.namespace}"
    async with node_with_logs(kube, node, respond):
        await create_pod(kube, node)
        async with nothing_left(kube), asyncio.timeout(20):
            lines = kube.core_v1.pods.logs(label_selector="app=web", follow=True, insecure_skip_tls_verify_backend=True)
            assert [(await anext(lines)).text for _ in range(3)] == ["line 1", "line 2", "line 3"]
            await lines.aclose()
        await kube.core_v1.pods.delete("web-0", grace_period_seconds=0)
    # The API server sends whole seconds.
    assert asked[1]["sinceTime"] == "2026-11-27T09:59:59Z"


async def test_the_end_of_a_run_is_not_lost_when_its_container_restarts_while_the_connection_is_broken(
    kube: Client,
) -> None:
    async def respond(request: web.Request) -> web.StreamResponse:
        if "previous" in request.query:
            return await send(request, stamped(1, 2), "closed")
        if "sinceTime" in request.query:
            return await send(request, stamped(3, second=5), "open")
        changes.append(asyncio.create_task(restart()))
        return await send(request, stamped(1), "broken", wait=0.4)

    async def restart() -> None:
        await asyncio.sleep(0.2)
        (status,) = RUNNING["containerStatuses"]
        restarted = {**status, "restartCount": 1, "lastState": {"terminated": {"exitCode": 1, "containerID": "a://b"}}}
        await kube.core_v1.pods.patch_status("web-0", {"status": {"containerStatuses": [restarted]}})

    changes: list[asyncio.Task[None]] = []
    node = f"node-of-{kube.namespace}"
    async with node_with_logs(kube, node, respond):
        await create_pod(kube, node)
        async with asyncio.timeout(20):
            lines = kube.core_v1.pods.logs("web-0", follow=True, insecure_skip_tls_verify_backend=True)
            assert [(await anext(lines)).text for _ in range(3)] == ["line 1", "line 2", "line 3"]
            await lines.aclose()
        await asyncio.gather(*changes)
        await kube.core_v1.pods.delete("web-0", grace_period_seconds=0)
