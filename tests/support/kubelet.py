"""The kubelet of a node of its own, as far as logs are concerned."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

from aiokube import Client
from tests.support.tls import Authority


@asynccontextmanager
async def node_with_logs(
    kube: Client, name: str, respond: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> AsyncIterator[None]:
    """Create a node whose kubelet responds to requests for logs as a function does, and delete it in the end.

    Args:
        kube: The client of the cluster.
        name: Name of the node.
        respond: Responds to a request of the API server.
    """
    app = web.Application()
    app.router.add_get("/containerLogs/{path:.*}", respond)
    runner = web.AppRunner(app, shutdown_timeout=0.1, handler_cancellation=True)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=Authority().server_context()).start()
        status: Any = {
            "addresses": [{"type": "InternalIP", "address": "127.0.0.1"}],
            "daemonEndpoints": {"kubeletEndpoint": {"Port": runner.addresses[0][1]}},
            # A node that is ready is not made one of kwok's.
            "conditions": [{"type": "Ready", "status": "True"}],
        }
        await kube.core_v1.nodes.create({"metadata": {"name": name}, "status": status})
        try:
            yield
        finally:
            await kube.core_v1.nodes.delete(name)
    finally:
        await runner.cleanup()
