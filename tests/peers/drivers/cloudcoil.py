"""cloudcoil, the last version that runs on Python before 3.14."""

from __future__ import annotations

from cloudcoil.apimachinery import ObjectMeta
from cloudcoil.client import Config
from cloudcoil.models.kubernetes.core.v1 import ConfigMap, Secret


class Driver:
    async def open(self, kubeconfig, stack):
        stack.enter_context(Config(kubeconfig=kubeconfig))

    async def names(self):
        return [one.metadata.name async for one in await ConfigMap.async_list(namespace="default")]

    async def create(self):
        await ConfigMap(metadata=ObjectMeta(name="new", namespace="default")).async_create()

    async def watch(self, version):
        async for _, found in await ConfigMap.async_watch(namespace="default", resource_version=version):
            yield found.metadata.name

    async def replace(self):
        found = await ConfigMap.async_get("settings", "default")
        found.metadata.labels = {"seen": "yes"}
        await found.async_update()

    async def secret(self):
        return repr(await Secret.async_get("settings", "default"))
