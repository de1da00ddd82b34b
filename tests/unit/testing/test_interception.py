"""Requests that webhooks and admission policies have a say in: FakeCluster refuses them, and no others."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from aiokube import Client
from aiokube.errors import ApiError
from aiokube.testing import FakeCluster

Json = dict[str, Any]
GROUP = "/apis/admissionregistration.k8s.io/v1"


@pytest.fixture
async def kube() -> AsyncIterator[Client]:
    async with FakeCluster() as cluster, cluster.client(max_retries=0) as client:
        yield client


def rule(*resources: str, operations: tuple[str, ...] = ("CREATE",), **more: Any) -> Json:
    return {"operations": operations, "apiGroups": [""], "apiVersions": ["v1"], "resources": resources, **more}


async def configure(kube: Client, *rules: Json, **more: Any) -> None:
    """Create a webhook."""
    client = {"url": "https://127.0.0.1:1/"}
    own = {"name": "a.example.com", "sideEffects": "None", "admissionReviewVersions": ["v1"]}
    webhook = {**own, "clientConfig": client, "rules": rules, **more}
    body = {"metadata": {"name": "checks"}, "webhooks": [webhook]}
    await kube.request("POST", f"{GROUP}/validatingwebhookconfigurations", body=body)


async def create(kube: Client, plural: str = "configmaps", namespace: str = "default", name: str = "a") -> int:
    """Create an object; return the code of the answer."""
    try:
        path = f"/api/v1/namespaces/{namespace}/{plural}" if namespace else f"/api/v1/{plural}"
        await kube.request("POST", path, body={"metadata": {"name": name}})
    except ApiError as error:
        assert "FakeCluster does not implement the webhook" in str(error), error
        return error.code
    return 201


async def test_a_webhook_is_named_in_the_refusal(kube: Client) -> None:
    await configure(kube, rule("configmaps"))
    with pytest.raises(ApiError, match=r'the webhook "a\.example\.com" of the ValidatingWebhookConfiguration "checks"'):
        await kube.core_v1.config_maps.create({"metadata": {"name": "a"}})


@pytest.mark.parametrize(
    ("matched", "code"),
    [
        (rule("*"), 501),
        (rule("*/*"), 501),
        (rule("pods", "configmaps"), 501),
        (rule("configmaps", scope="Namespaced", operations=("*",)), 501),
        (rule("configmaps/*"), 501),
        (rule("configmaps/status"), 201),
        (rule("secrets"), 201),
        (rule("configmaps", operations=("UPDATE", "DELETE", "CONNECT")), 201),
        (rule("configmaps", scope="Cluster"), 201),
        ({**rule("configmaps"), "apiGroups": ["apps"]}, 201),
    ],
)
async def test_a_webhook_matches_by_its_rules(kube: Client, matched: Json, code: int) -> None:
    await configure(kube, matched)
    assert await create(kube) == code


async def test_a_webhook_for_some_namespaces(kube: Client) -> None:
    await create(kube, "namespaces", "", "apart")
    labels = {"kubernetes.io/metadata.name": "apart"}
    await configure(kube, rule("configmaps"), namespaceSelector={"matchLabels": labels})
    assert await create(kube) == 201
    assert await create(kube, namespace="apart") == 501


async def test_who_creates_by_an_apply_creates(kube: Client) -> None:
    await create(kube)
    await configure(kube, rule("configmaps"))
    await kube.core_v1.config_maps.apply({"metadata": {"name": "a"}}, field_manager="checks")
    with pytest.raises(ApiError) as caught:
        await kube.core_v1.config_maps.apply({"metadata": {"name": "b"}}, field_manager="checks")
    assert caught.value.code == 501


async def test_a_policy_counts_when_it_is_bound(kube: Client) -> None:
    spec = {"matchConstraints": {"resourceRules": [rule("configmaps")]}, "validations": [{"expression": "false"}]}
    await kube.request(
        "POST", f"{GROUP}/validatingadmissionpolicies", body={"metadata": {"name": "none"}, "spec": spec}
    )
    assert await create(kube) == 201
    binding = {"policyName": "none", "validationActions": ["Deny"]}
    await kube.request(
        "POST", f"{GROUP}/validatingadmissionpolicybindings", body={"metadata": {"name": "none"}, "spec": binding}
    )
    with pytest.raises(ApiError, match='the ValidatingAdmissionPolicy "none"'):
        await kube.core_v1.config_maps.create({"metadata": {"name": "b"}})
    await kube.core_v1.config_maps.list()
    await kube.request("DELETE", f"{GROUP}/validatingadmissionpolicies/none")
    assert await create(kube, name="b") == 201
