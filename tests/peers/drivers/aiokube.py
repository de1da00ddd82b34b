"""aiokube."""

from __future__ import annotations

from aiokube import Client


class Driver:
    async def open(self, kubeconfig, stack):
        self.kube = await stack.enter_async_context(Client(kubeconfig=kubeconfig))

    async def names(self):
        return [one.metadata.name async for one in self.kube.core_v1.config_maps.iterate()]

    async def create(self):
        await self.kube.core_v1.config_maps.create({"metadata": {"name": "new"}})

    async def watch(self, version):
        async for event in self.kube.core_v1.config_maps.watch(resource_version=version):
            yield event.object.metadata.name

    async def replace(self):
        found = await self.kube.core_v1.config_maps.get("settings")
        found.metadata.labels = {"seen": "yes"}
        await self.kube.core_v1.config_maps.replace(found)

    async def secret(self):
        return repr(await self.kube.core_v1.secrets.get("settings"))

    async def run(self, command, text):
        done = await self.kube.core_v1.pods.run("web-0", command, input=text)
        return done.stdout.decode(), done.returncode
