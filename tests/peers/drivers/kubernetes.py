"""kubernetes, the official client, which has no coroutines here."""

from __future__ import annotations

from kubernetes import client, config, watch
from kubernetes.stream import stream


class Driver:
    async def open(self, kubeconfig, stack):
        config.load_kube_config(kubeconfig)
        self.core = client.CoreV1Api()

    async def names(self):
        return [one.metadata.name for one in self.core.list_namespaced_config_map("default").items]

    async def create(self):
        self.core.create_namespaced_config_map("default", {"metadata": {"name": "new"}})

    async def watch(self, version):
        call = self.core.list_namespaced_config_map
        for event in watch.Watch().stream(call, "default", resource_version=version):
            yield event["object"].metadata.name

    async def replace(self):
        found = self.core.read_namespaced_config_map("settings", "default")
        found.metadata.labels = {"seen": "yes"}
        self.core.replace_namespaced_config_map("settings", "default", found)

    async def secret(self):
        return repr(self.core.read_namespaced_secret("settings", "default"))

    async def run(self, command, text):
        call = self.core.connect_get_namespaced_pod_exec
        socket = stream(
            call,
            "web-0",
            "default",
            command=command,
            stdin=bool(text),
            stdout=True,
            stderr=True,
            _preload_content=False,
        )
        if text:
            socket.write_stdin(text)
            socket.close_channel(0)
        socket.run_forever(timeout=10)
        return socket.read_stdout(), socket.returncode
