"""kubesdk, which has no `replace`: it patches what differs."""

from __future__ import annotations

from kube_models.api_v1.io.k8s.api.core.v1 import ConfigMap, Secret
from kube_models.api_v1.io.k8s.apimachinery.pkg.apis.meta.v1 import ObjectMeta
from kubesdk import (
    K8sQueryParams,
    KubeConfig,
    create_k8s_resource,
    get_k8s_resource,
    login,
    watch_k8s_resources,
)


class Driver:
    async def open(self, kubeconfig, stack):
        await login(KubeConfig(path=kubeconfig))

    async def names(self):
        return [one.metadata.name for one in (await get_k8s_resource(ConfigMap, namespace="default")).items]

    async def create(self):
        await create_k8s_resource(ConfigMap(metadata=ObjectMeta(name="new", namespace="default")))

    async def watch(self, version):
        params = K8sQueryParams(resourceVersion=version)
        async for event in watch_k8s_resources(ConfigMap, namespace="default", params=params):
            # The Status of a failure is an event like others.
            yield "ERROR" if event.type == "ERROR" else event.object.metadata.name

    async def secret(self):
        return repr(await get_k8s_resource(Secret, name="settings", namespace="default"))
