"""A client in a pod: the files that kubelet mounts, and the rotation of their token while the client runs."""

from __future__ import annotations

import asyncio
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from aiokube import Client
from aiokube.errors import Forbidden, Unauthorized
from aiokube.models import authentication_v1, core_v1, meta_v1, rbac_v1
from aiokube.runtime.config.config import Config
from tests.cluster.cluster import Cluster

pytestmark = pytest.mark.cluster

ACCOUNT = "default"

# Seconds. The API server goes on with a token that it has accepted for ten of them.
ACCEPTED = 30.0


class ServiceAccount:
    """Content of a projected volume, changed as kubelet does it: a new directory, and `..data` renamed over to it."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._version = 0

    def publish(self, **files: str) -> None:
        """Change all files at once."""
        self._version += 1
        version = self.directory / f"..{self._version}"
        version.mkdir(parents=True)
        for name, content in files.items():
            (version / name).write_text(content)
            if not (self.directory / name).is_symlink():
                (self.directory / name).symlink_to(f"..data/{name}")
        (self.directory / "..data_tmp").symlink_to(version.name)
        (self.directory / "..data_tmp").rename(self.directory / "..data")


@pytest.fixture
def account(tmp_path: Path) -> ServiceAccount:
    return ServiceAccount(tmp_path / "serviceaccount")


def environment(cluster: Cluster) -> dict[str, str]:
    server = urlsplit(cluster.url)
    return {"KUBERNETES_SERVICE_HOST": str(server.hostname), "KUBERNETES_SERVICE_PORT": str(server.port)}


async def pod_token(kube: Client, pod: str) -> str:
    """A token that is good for as long as the pod is there, as kubelet asks for it."""
    made = await kube.core_v1.pods.create(
        core_v1.Pod(
            metadata=meta_v1.ObjectMeta(name=pod),
            spec=core_v1.PodSpec(containers=[core_v1.Container(name="main", image="none")]),
        )
    )
    request = authentication_v1.TokenRequest(
        spec=authentication_v1.TokenRequestSpec(
            audiences=[],
            expiration_seconds=3607,
            bound_object_ref=authentication_v1.BoundObjectReference(
                api_version="v1", kind="Pod", name=pod, uid=made.metadata.uid
            ),
        )
    )
    answer = await kube.core_v1.service_accounts.create_token_request(ACCOUNT, request)
    assert answer.status.token
    return answer.status.token


async def allow_reading(kube: Client) -> None:
    await kube.rbac_v1.role_bindings.create(
        rbac_v1.RoleBinding(
            metadata=meta_v1.ObjectMeta(name="view"),
            role_ref=rbac_v1.RoleRef(api_group="rbac.authorization.k8s.io", kind="ClusterRole", name="view"),
            subjects=[rbac_v1.Subject(kind="ServiceAccount", name=ACCOUNT, namespace=kube.namespace)],
        )
    )


async def test_a_pod_without_rights_is_known(cluster: Cluster, kube: Client, account: ServiceAccount) -> None:
    account.publish(
        token=await pod_token(kube, "first") + "\n", namespace=kube.namespace, **{"ca.crt": cluster.ca_file.read_text()}
    )
    config = Config.in_cluster(environ=environment(cluster), directory=account.directory)
    assert (config.server, config.namespace) == (cluster.url, kube.namespace)
    async with Client(config) as pod:
        with pytest.raises(Forbidden, match=f'"system:serviceaccount:{kube.namespace}:default" cannot list'):
            await pod.core_v1.config_maps.list()


async def test_the_token_is_rotated_under_a_running_client(
    cluster: Cluster, kube: Client, account: ServiceAccount
) -> None:
    await allow_reading(kube)
    files = {"namespace": kube.namespace, "ca.crt": cluster.ca_file.read_text()}
    account.publish(token=await pod_token(kube, "first"), **files)
    async with Client(Config.in_cluster(environ=environment(cluster), directory=account.directory)) as pod:
        names = {item.metadata.name for item in (await pod.core_v1.config_maps.list()).items}
        assert "kube-root-ca.crt" in names

        second = await pod_token(kube, "second")
        await kube.core_v1.pods.delete("first", grace_period_seconds=0)
        with pytest.raises(Unauthorized):
            async with asyncio.timeout(ACCEPTED):
                while True:
                    await pod.core_v1.config_maps.list()
                    await asyncio.sleep(0.2)
        with pytest.raises(Unauthorized):
            await pod.core_v1.config_maps.list()

        account.publish(token=second, **files)
        assert {item.metadata.name for item in (await pod.core_v1.config_maps.list()).items} == names
