"""Other Python clients as `make bench` drives them.

Each source defines a class `Peer`, see `bench.worker.Peer`. The sources are run in processes that import nothing of
the other peers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Source:
    """A client, and how to list and watch pods with it."""

    distribution: str
    code: str
    slow: bool = True
    """True if a list takes so long that it is measured less often, and not at all by `make bench-quick`."""


SOURCES: Mapping[str, Source] = {
    "lightkube": Source(
        distribution="lightkube",
        slow=False,
        code="""
from lightkube import AsyncClient, KubeConfig
from lightkube.resources.core_v1 import Pod

class Peer:
    async def connect(self, kubeconfig, stack):
        self.client = AsyncClient(KubeConfig.from_file(kubeconfig))

    async def list(self):
        return [pod async for pod in self.client.list(Pod, namespace="default")]

    async def watch(self, version):
        async for _, pod in self.client.watch(Pod, namespace="default", resource_version=version):
            yield pod.metadata.name
""",
    ),
    "kubesdk": Source(
        distribution="kubesdk",
        code="""
from kube_models.api_v1.io.k8s.api.core.v1 import Pod
from kubesdk import K8sQueryParams, KubeConfig, get_k8s_resource, login, watch_k8s_resources

class Peer:
    async def connect(self, kubeconfig, stack):
        await login(KubeConfig(path=kubeconfig))

    async def list(self):
        return (await get_k8s_resource(Pod, namespace="default")).items

    async def watch(self, version):
        params = K8sQueryParams(resourceVersion=version)
        async for event in watch_k8s_resources(Pod, namespace="default", params=params):
            yield event.object.metadata.name
""",
    ),
    "kubex": Source(
        distribution="kubex",
        code="""
import os
from kubex.api import Api
from kubex.client import create_client
from kubex.k8s.v1_36.core.v1.pod import Pod

class Peer:
    async def connect(self, kubeconfig, stack):
        os.environ["KUBECONFIG"] = kubeconfig
        client = await stack.enter_async_context(await create_client())
        self.pods = Api(Pod, client=client, namespace="default")

    async def list(self):
        return (await self.pods.list()).items

    async def watch(self, version):
        async for event in self.pods.watch(resource_version=version):
            yield event.object.metadata.name
""",
    ),
    "cloudcoil": Source(
        distribution="cloudcoil",
        code="""
from cloudcoil.client import Config
from cloudcoil.models.kubernetes.core.v1 import Pod

class Peer:
    async def connect(self, kubeconfig, stack):
        # Further pages are read with the settings that are active.
        stack.enter_context(Config(kubeconfig=kubeconfig))

    async def list(self):
        return [pod async for pod in await Pod.async_list(namespace="default")]

    async def watch(self, version):
        async for _, pod in await Pod.async_watch(namespace="default", resource_version=version):
            yield pod.metadata.name
""",
    ),
    "kubernetes_asyncio": Source(
        distribution="kubernetes_asyncio",
        code="""
from kubernetes_asyncio import client, config
from kubernetes_asyncio.watch import Watch

class Peer:
    async def connect(self, kubeconfig, stack):
        await config.load_kube_config(kubeconfig)
        self.api = client.CoreV1Api(await stack.enter_async_context(client.ApiClient()))

    async def list(self):
        return (await self.api.list_namespaced_pod("default")).items

    async def watch(self, version):
        call = self.api.list_namespaced_pod
        async for event in Watch().stream(call, "default", resource_version=version):
            yield event["object"].metadata.name
""",
    ),
    "kubernetes.aio": Source(
        distribution="kubernetes",
        code="""
from kubernetes.aio import client, config
from kubernetes.aio.watch import Watch

class Peer:
    async def connect(self, kubeconfig, stack):
        await config.load_kube_config(kubeconfig)
        self.api = client.CoreV1Api(await stack.enter_async_context(client.ApiClient()))

    async def list(self):
        return (await self.api.list_namespaced_pod("default")).items

    async def watch(self, version):
        call = self.api.list_namespaced_pod
        async for event in Watch().stream(call, "default", resource_version=version):
            yield event["object"].metadata.name
""",
    ),
    "kr8s": Source(
        distribution="kr8s",
        code="""
import kr8s.asyncio

class Peer:
    async def connect(self, kubeconfig, stack):
        self.api = await kr8s.asyncio.api(kubeconfig=kubeconfig)

    async def list(self):
        return [pod async for pod in self.api.get("pods", namespace="default")]

    async def watch(self, version):
        async for _, pod in self.api.watch("pods", namespace="default", since=version):
            yield pod.name
""",
    ),
}
