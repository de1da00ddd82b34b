"""Manifests of custom resource definitions that the real server never serves, beside objects of their kinds."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from aiokube import Client
from aiokube.errors import ManifestError
from aiokube.manifests import Results
from tests.cluster.cluster import Cluster

pytestmark = pytest.mark.cluster


def definition(
    group: str, plural: str, kind: str, *, singular: str = "", served: bool = True, metadata: str = ""
) -> str:
    return f"""---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {{name: {plural}.{group}{metadata}}}
spec:
  group: {group}
  names: {{kind: {kind}, plural: {plural}, singular: {singular or kind.lower()}}}
  scope: Namespaced
  versions:
  - {{name: v1, served: {str(served).lower()}, storage: true, schema: {{openAPIV3Schema: {{type: object}}}}}}
"""


def resource(group: str, kind: str) -> str:
    return f"---\napiVersion: {group}/v1\nkind: {kind}\nmetadata: {{name: a}}\n"


def actions(results: Results) -> dict[str, str]:
    return {one.kind: one.action for one in results}


async def failed(results: object) -> ManifestError:
    """The error of an apply that ends long before a kind is given up."""
    assert asyncio.iscoroutine(results)
    async with asyncio.timeout(20):
        with pytest.raises(ManifestError) as caught:
            await results
    return caught.value


@pytest.fixture
async def ci(cluster: Cluster, namespace: str) -> AsyncIterator[Client]:
    async with Client(kubeconfig=cluster.kubeconfig, namespace=namespace, field_manager="ci") as client:
        yield client


@pytest.fixture
async def group(ci: Client) -> AsyncIterator[str]:
    """A group whose definitions are deleted after the test."""
    name = f"{ci.namespace}.example.com"
    yield name
    definitions = ci.apiextensions_v1.custom_resource_definitions
    async for one in definitions.iterate():
        if one.spec.group == name:
            await ci.delete(one)
            if "example.com/hold" in one.metadata.finalizers:
                await definitions.patch(one.metadata.name or "", {"metadata": {"finalizers": None}})


async def test_a_definition_whose_names_are_taken_fails_its_objects_at_once(ci: Client, group: str) -> None:
    await ci.apply(definition(group, "crons", "Cron"))
    taken = definition(group, "timers", "Timer", singular="cron")
    error = await failed(ci.apply(taken + resource(group, "Timer") + resource("", "ConfigMap").replace("/v1", "v1")))
    assert actions(error.results) == {
        "CustomResourceDefinition": "created",
        "Timer": "failed",
        "ConfigMap": "created",
    }
    assert (
        f"CustomResourceDefinition timers.{group}: NamesAccepted is False "
        '(SingularConflict: "cron" is already in use)' in str(error)
    )
    error = await failed(ci.apply(taken, wait=60))
    assert "will not become ready: NamesAccepted is False (SingularConflict" in str(error)
    # The way out: names of its own.
    done = await ci.apply(definition(group, "timers", "Timer") + resource(group, "Timer"), wait=20)
    assert actions(done) == {"CustomResourceDefinition": "configured", "Timer": "created"}


async def test_a_version_that_is_not_served_is_not_waited_for(ci: Client, group: str) -> None:
    source = definition(group, "crons", "Cron", served=False) + resource(group, "Cron")
    error = await failed(ci.apply(source))
    assert actions(error.results) == {"CustomResourceDefinition": "created", "Cron": "failed"}
    assert f"the server does not serve kind 'Cron' in '{group}/v1'" in str(error)


async def test_a_definition_that_is_being_deleted_fails_its_objects_at_once(ci: Client, group: str) -> None:
    held = definition(group, "crons", "Cron", served=False, metadata=", finalizers: [example.com/hold]")
    await ci.apply(held)
    await ci.delete(held)
    error = await failed(ci.apply(held.replace("served: false", "served: true") + resource(group, "Cron")))
    assert "it is being deleted, which the finalizers example.com/hold hold up" in str(error) or (
        "create not allowed while custom resource definition is terminating" in str(error)
    )
    error = await failed(ci.apply(held, wait=60))
    assert "will not become ready: it is being deleted" in str(error)


async def test_an_invalid_definition_fails_alone_with_its_objects(ci: Client, group: str) -> None:
    invalid = definition(group, "wrong", "Timer").replace(f"wrong.{group}", f"other.{group}")
    source = invalid + definition(group, "crons", "Cron") + resource(group, "Timer") + resource(group, "Cron")
    error = await failed(ci.apply(source))
    assert [one.action for one in error.results] == ["failed", "created", "failed", "created"]
    assert "metadata.name: Invalid value" in str(error.results[0].error)
    assert "the server does not serve kind 'Timer'" in str(error.results[2].error)


async def test_a_kind_of_the_source_of_a_user_who_may_not_read_definitions(
    ci: Client, cluster: Cluster, group: str, tmp_path: Path
) -> None:
    role = {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRole",
        "metadata": {"name": ci.namespace},
        "rules": [{"apiGroups": ["apiextensions.k8s.io", group], "resources": ["*"], "verbs": ["patch", "create"]}],
    }
    binding = {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRoleBinding",
        "metadata": {"name": ci.namespace},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": ci.namespace},
        "subjects": [{"kind": "User", "apiGroup": "rbac.authorization.k8s.io", "name": "applier"}],
    }
    await ci.apply([role, binding])
    kubeconfig = cluster.write_kubeconfig(tmp_path / "config", certificate=cluster.client_certificate("applier"))
    async with Client(kubeconfig=kubeconfig, namespace=ci.namespace, field_manager="ci") as applier:
        done = await applier.apply(definition(group, "crons", "Cron") + resource(group, "Cron"))
    assert actions(done) == {"CustomResourceDefinition": "created", "Cron": "created"}
    await ci.delete([role, binding])
