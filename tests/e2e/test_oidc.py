"""The `oidc` auth-provider from end to end: an identity provider, an API server that trusts it, aiokube and kubectl."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from aiokube import Client
from aiokube.errors import Forbidden
from aiokube.models import authentication_v1
from tests.cluster.cluster import Cluster
from tests.support.children import output_of
from tests.support.identity_provider import CLIENT_ID, IdentityProvider, identity_provider

pytestmark = pytest.mark.cluster

# Seconds. The API server tries every ten of them to reach an identity provider.
REACHED = 40.0


class TrustingCluster(Cluster):
    """A cluster whose API server takes the ID tokens of a provider."""

    def __init__(self, provider: IdentityProvider, ca_file: Path) -> None:
        super().__init__()
        self._flags = [
            f"--oidc-issuer-url={provider.url}",
            f"--oidc-client-id={CLIENT_ID}",
            f"--oidc-ca-file={ca_file}",
            "--oidc-username-prefix=oidc:",
        ]

    def _launch(self, name: str, argv: list[str]) -> None:
        super()._launch(name, argv + (self._flags if name == "kube-apiserver" else []))


@pytest.fixture(scope="module")
def idp() -> Iterator[IdentityProvider]:
    with identity_provider() as provider:
        yield provider


@pytest.fixture(scope="module")
def trusting(
    cluster: Cluster, idp: IdentityProvider, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[TrustingCluster]:
    """A cluster of its own, because of its flags."""
    ca_file = tmp_path_factory.mktemp("idp") / "ca.crt"
    ca_file.write_bytes(idp.ca_pem)
    with TrustingCluster(idp, ca_file) as running:
        deadline = time.monotonic() + REACHED
        while running.request("GET", "/api", token=idp.id_token("alice")).status == 401:
            assert time.monotonic() < deadline, "the API server does not reach the identity provider"
            time.sleep(0.2)
        yield running


@pytest.fixture
def kubeconfig(trusting: TrustingCluster, idp: IdentityProvider, tmp_path: Path) -> Path:
    """A kubeconfig of a user whose ID token has expired."""
    user = {"auth-provider": {"name": "oidc", "config": idp.config("alice", lifetime=0)}}
    idp.forms.clear()
    return trusting.write_kubeconfig(tmp_path / "config", user=user)


def stored(path: Path) -> dict[str, str]:
    tree: Any = yaml.safe_load(path.read_text())
    config: dict[str, str] = tree["users"][0]["user"]["auth-provider"]["config"]
    return config


async def who_am_i(client: Client) -> str | None:
    answer = await client.authentication_v1.self_subject_reviews.create(authentication_v1.SelfSubjectReview())
    assert answer.status.user_info is not None
    return answer.status.user_info.username


async def kubectl_who_am_i(trusting: TrustingCluster, path: Path) -> str:
    """Output of `kubectl auth whoami` with the file: the username."""
    command = [trusting.kubectl_command()[0], f"--kubeconfig={path}", "auth", "whoami"]
    command += ["-o", "jsonpath={.status.userInfo.username}"]
    env = {"HOME": str(path.parent)}
    return await asyncio.to_thread(output_of, *command, env=env)


async def test_renewed_tokens_are_good_for_the_server_and_for_kubectl(
    trusting: TrustingCluster, idp: IdentityProvider, kubeconfig: Path
) -> None:
    before = stored(kubeconfig)
    async with Client(kubeconfig=kubeconfig) as kube:
        assert await who_am_i(kube) == "oidc:alice"
        with pytest.raises(Forbidden, match='User "oidc:alice" cannot list'):
            await kube.core_v1.namespaces.list()
    after = stored(kubeconfig)
    assert {key for key in after if after[key] != before[key]} == {"id-token", "refresh-token"}
    assert await kubectl_who_am_i(trusting, kubeconfig) == "oidc:alice"
    assert idp.refreshes() == 1


async def test_tokens_that_kubectl_has_renewed_are_good_for_a_running_client(
    trusting: TrustingCluster, idp: IdentityProvider, kubeconfig: Path
) -> None:
    async with Client(kubeconfig=kubeconfig) as kube:
        assert await kubectl_who_am_i(trusting, kubeconfig) == "oidc:alice"
        assert await who_am_i(kube) == "oidc:alice"
    assert idp.refreshes() == 1
