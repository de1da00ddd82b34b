"""kubex."""

from __future__ import annotations

import os

from kubex.api import Api
from kubex.client import create_client
from kubex.k8s.v1_36.core.v1.config_map import ConfigMap
from kubex.k8s.v1_36.core.v1.pod import Pod
from kubex.k8s.v1_36.core.v1.secret import Secret
from kubex_core.models.metadata import ObjectMetadata


class Driver:
    async def open(self, kubeconfig, stack):
        os.environ["KUBECONFIG"] = kubeconfig
        self.client = await stack.enter_async_context(await create_client())
        self.config_maps = self.api(ConfigMap)

    def api(self, kind):
        return Api(kind, client=self.client, namespace="default")

    async def names(self):
        return [one.metadata.name for one in (await self.config_maps.list()).items]

    async def create(self):
        await self.config_maps.create(ConfigMap(metadata=ObjectMetadata(name="new")))

    async def watch(self, version):
        async for event in self.config_maps.watch(resource_version=version):
            yield event.object.metadata.name

    async def replace(self):
        found = await self.config_maps.get("settings")
        found.metadata.labels = {"seen": "yes"}
        await self.config_maps.replace("settings", found)

    async def secret(self):
        return repr(await self.api(Secret).get("settings"))

    async def run(self, command, text):
        done = await self.api(Pod).exec.run("web-0", command=command, stdin=text.encode() if text else None)
        return done.stdout.decode(), done.exit_code
