"""lightkube."""

from __future__ import annotations

from lightkube import AsyncClient, KubeConfig
from lightkube.models.meta_v1 import ObjectMeta
from lightkube.resources.core_v1 import ConfigMap, Secret


class Driver:
    async def open(self, kubeconfig, stack):
        self.client = await stack.enter_async_context(AsyncClient(KubeConfig.from_file(kubeconfig)))

    async def names(self):
        return [one.metadata.name async for one in self.client.list(ConfigMap, chunk_size=500)]

    async def create(self):
        await self.client.create(ConfigMap(metadata=ObjectMeta(name="new")))

    async def watch(self, version):
        async for _, found in self.client.watch(ConfigMap, resource_version=version):
            yield found.metadata.name

    async def replace(self):
        found = await self.client.get(ConfigMap, "settings")
        found.metadata.labels = {"seen": "yes"}
        await self.client.replace(found)

    async def secret(self):
        return repr(await self.client.get(Secret, "settings"))

    async def run(self, command, text):
        done = await self.client.exec("web-0", command=command, stdin=text or None, stdout=True, timeout=10)
        return done.stdout, done.exit_code
