"""kubernetes_asyncio; kubernetes.aio has the same names."""

from __future__ import annotations

from importlib import import_module


class Driver:
    package = "kubernetes_asyncio"

    async def open(self, kubeconfig, stack):
        client, config, self.watching, self.streams = (
            import_module(f"{self.package}.{name}") for name in ("client", "config", "watch", "stream")
        )
        await config.load_kube_config(kubeconfig)
        self.core = client.CoreV1Api(await stack.enter_async_context(client.ApiClient()))
        self.sockets = client.CoreV1Api(await stack.enter_async_context(self.streams.WsApiClient()))

    async def names(self):
        return [one.metadata.name for one in (await self.core.list_namespaced_config_map("default")).items]

    async def create(self):
        await self.core.create_namespaced_config_map("default", {"metadata": {"name": "new"}})

    async def watch(self, version):
        call = self.core.list_namespaced_config_map
        async for event in self.watching.Watch().stream(call, "default", resource_version=version):
            yield event["object"].metadata.name

    async def replace(self):
        found = await self.core.read_namespaced_config_map("settings", "default")
        found.metadata.labels = {"seen": "yes"}
        await self.core.replace_namespaced_config_map("settings", "default", found)

    async def secret(self):
        return repr(await self.core.read_namespaced_secret("settings", "default"))

    async def exec(self, *args, **kwargs):
        return await self.sockets.connect_get_namespaced_pod_exec(*args, **kwargs, _preload_content=False)

    async def run(self, command, text):
        output, status = b"", b""
        socket = await self.exec("web-0", "default", command=command, stdin=bool(text), stdout=True, stderr=True)
        async with socket as messages:
            if text:
                await messages.send_bytes(b"\x00" + text.encode())
            async for message in messages:
                if message.data[0] == 1:
                    output += message.data[1:]
                elif message.data[0] == 3:
                    status += message.data[1:]
        return output.decode(), self.streams.WsApiClient.parse_error_data(status)
