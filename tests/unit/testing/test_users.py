"""Users of FakeCluster: how they authenticate, what they may do without RBAC and with it, and when tokens end."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from aiokube import Client, Config
from aiokube.config import Impersonation
from aiokube.errors import ApiError, Forbidden, InvalidArgument, Unauthorized
from aiokube.models import core_v1, meta_v1, rbac_v1
from aiokube.testing import FakeCluster


@pytest.fixture
async def cluster() -> AsyncIterator[FakeCluster]:
    async with FakeCluster(rbac=True) as running:
        yield running


async def who(kube: Client) -> tuple[str, list[str]]:
    """Return name and groups of the user of a client."""
    review = await kube.authentication_v1.self_subject_reviews.create({})
    assert review.status is not None and review.status.user_info is not None
    return review.status.user_info.username or "", review.status.user_info.groups or []


async def may(kube: Client, verb: str, resource: str) -> bool:
    """Ask whether the user of a client may do something in its namespace."""
    review = await kube.authorization_v1.self_subject_access_reviews.create(
        {"spec": {"resourceAttributes": {"namespace": "default", "verb": verb, "resource": resource}}}
    )
    return review.status is not None and review.status.allowed


async def test_a_client_is_that_of_a_user(cluster: FakeCluster) -> None:
    async with cluster.client(user="jane", groups=["readers"]) as kube:
        assert await who(kube) == ("jane", ["readers", "system:authenticated"])
    async with Client(kubeconfig=cluster.kubeconfig_for("jane")) as kube:
        assert await who(kube) == ("jane", ["system:authenticated"])
    async with cluster.client() as kube:
        assert await who(kube) == ("kubernetes-admin", ["system:masters", "system:authenticated"])


async def test_a_service_account_has_its_groups(cluster: FakeCluster) -> None:
    name = "system:serviceaccount:default:robot"
    async with cluster.client(user=name) as kube:
        groups = ["system:serviceaccounts", "system:serviceaccounts:default", "system:authenticated"]
        assert await who(kube) == (name, groups)


async def test_a_user_has_one_token(cluster: FakeCluster) -> None:
    assert cluster.kubeconfig_for("jane") == cluster.kubeconfig_for("jane", [])
    assert cluster.config(user="jane").token != cluster.config(user="jane", groups=["a"]).token
    assert cluster.kubeconfig_for("jane") != cluster.kubeconfig


async def test_groups_are_those_of_a_user(cluster: FakeCluster) -> None:
    with pytest.raises(InvalidArgument, match="user: "):
        cluster.config(groups=["readers"])
    with pytest.raises(InvalidArgument, match="user: "):
        cluster.kubeconfig_for("")


async def test_a_client_impersonates(cluster: FakeCluster) -> None:
    async with Client(replace(cluster.config(), impersonate=Impersonation(user="jane", groups=("a",)))) as kube:
        assert await who(kube) == ("jane", ["a", "system:authenticated"])


async def test_without_rbac_every_user_may_do_everything() -> None:
    async with FakeCluster() as cluster, cluster.client(user="jane") as kube:
        await kube.core_v1.config_maps.create(core_v1.ConfigMap(metadata=meta_v1.ObjectMeta(name="a")))
        assert await may(kube, "delete", "secrets")
        role = rbac_v1.Role(
            metadata=meta_v1.ObjectMeta(name="all"),
            rules=[rbac_v1.PolicyRule(verbs=["*"], api_groups=["*"], resources=["*"])],
        )
        await kube.rbac_v1.roles.create(role)


async def test_with_rbac_roles_decide(cluster: FakeCluster) -> None:
    async with cluster.client() as admin, cluster.client(user="jane") as kube:
        with pytest.raises(Forbidden, match='User "jane" cannot list resource "configmaps"'):
            await kube.core_v1.config_maps.list()
        assert not await may(kube, "list", "configmaps")
        await admin.rbac_v1.role_bindings.create(
            {
                "metadata": {"name": "jane"},
                "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "view"},
                "subjects": [{"kind": "User", "name": "jane"}],
            }
        )
        await kube.core_v1.config_maps.list()
        assert await may(kube, "list", "configmaps")
        assert not await may(kube, "list", "secrets")


async def test_nobody_is_forbidden_with_rbac(cluster: FakeCluster) -> None:
    config = Config(server=cluster.url, certificate_authority_data=cluster.config().certificate_authority_data)
    async with Client(config) as kube:
        await kube.version()
        with pytest.raises(Forbidden, match="system:anonymous"):
            await kube.core_v1.config_maps.list()


async def test_the_token_of_a_service_account_expires(cluster: FakeCluster) -> None:
    async with cluster.client() as admin:
        token = await admin.core_v1.service_accounts.create_token("default", seconds=600)
        config = Config(
            server=cluster.url, certificate_authority_data=cluster.config().certificate_authority_data, token=token
        )
        async with Client(config) as kube:
            cluster.advance(590)
            assert (await who(kube))[0] == "system:serviceaccount:default:default"
            cluster.advance(10)
            with pytest.raises(Unauthorized):
                await who(kube)
        review = await admin.authentication_v1.token_reviews.create({"spec": {"token": token}})
        assert review.status is not None and review.status.error is not None
        assert "expired" in review.status.error


async def test_a_node_is_refused(cluster: FakeCluster) -> None:
    async with cluster.client(user="system:node:a", groups=["system:nodes"]) as kube:
        with pytest.raises(ApiError, match="authorizer of nodes") as caught:
            await kube.core_v1.pods.list()
    assert caught.value.code == 501
