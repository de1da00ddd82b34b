"""kr8s, which has no `replace`: it patches."""

from __future__ import annotations

import kr8s.asyncio
from kr8s.asyncio.objects import ConfigMap, Pod, Secret


class Driver:
    async def open(self, kubeconfig, stack):
        self.api = await kr8s.asyncio.api(kubeconfig=kubeconfig)

    async def names(self):
        return [one.name async for one in self.api.get("configmaps")]

    async def create(self):
        await (await ConfigMap({"metadata": {"name": "new", "namespace": "default"}}, api=self.api)).create()

    async def watch(self, version):
        async for _, found in self.api.watch("configmaps", since=version):
            yield found.name

    async def secret(self):
        return repr(await Secret.get("settings", api=self.api))

    async def run(self, command, text):
        pod = await Pod.get("web-0", api=self.api)
        done = await pod.exec(command, stdin=text or None, check=False)
        return done.stdout.decode(), done.returncode
