"""kubernetes.aio, the asyncio client in the official package."""

from __future__ import annotations

from . import kubernetes_asyncio


class Driver(kubernetes_asyncio.Driver):
    package = "kubernetes.aio"

    async def exec(self, *args, **kwargs):
        return await self.sockets.connect_get_namespaced_pod_exec_without_preload_content(*args, **kwargs)
