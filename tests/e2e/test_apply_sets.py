"""ApplySets that aiokube and the real kubectl apply by turns."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator

import pytest

from aiokube import Client
from aiokube.errors import InvalidArgument, ManifestError, NotFound, UnknownResource
from aiokube.manifests import Results
from aiokube.models import core_v1, meta_v1
from aiokube.runtime.manifests.apply_set import Parent
from tests.cluster.cluster import Cluster
from tests.support.children import run

pytestmark = pytest.mark.cluster

_PART_OF = "applyset.kubernetes.io/part-of"
_KINDS = "applyset.kubernetes.io/contains-group-kinds"
_NAMESPACES = "applyset.kubernetes.io/additional-namespaces"


def settings(*names: str, namespace: str = "") -> str:
    inside = f", namespace: {namespace}" if namespace else ""
    return "".join(
        f"---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}{inside}}}\ndata: {{a: b}}\n" for name in names
    )


SERVICE = "---\napiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {ports: [{port: 80}]}\n"

PARENT_KIND = """
apiVersion: v1
kind: Namespace
metadata: {{name: {namespace}}}
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {{name: applysets.{group}, labels: {{applyset.kubernetes.io/is-parent-type: "true"}}}}
spec:
  group: {group}
  names: {{kind: ApplySet, plural: applysets, singular: applyset}}
  scope: Cluster
  versions:
  - {{name: v1, served: true, storage: true, schema: {{openAPIV3Schema: {{type: object}}}}}}
---
apiVersion: {group}/v1
kind: ApplySet
metadata:
  name: {parent}
  labels: {{applyset.kubernetes.io/id: {id}}}
  annotations:
    applyset.kubernetes.io/tooling: kubectl/v1.37.0
    applyset.kubernetes.io/contains-group-kinds: ""
"""


def parent_kind(group: str, *, namespace: str, parent: str) -> str:
    """The manifests of a kind of parents, of a parent, and of another namespace."""
    of_set = Parent(api_version=f"{group}/v1", kind="ApplySet", namespace="", name=parent)
    return PARENT_KIND.format(group=group, namespace=namespace, parent=parent, id=of_set.id)


def actions(results: Results) -> dict[str, str]:
    return {one.name: one.action for one in results}


@pytest.fixture
async def ci(cluster: Cluster, namespace: str) -> AsyncIterator[Client]:
    """A client with kubectl's field manager, whose namespace is the test's own."""
    async with Client(kubeconfig=cluster.kubeconfig, namespace=namespace, field_manager="kubectl") as client:
        yield client


class KubectlError(Exception):
    """kubectl has ended with an error."""


async def kubectl(cluster: Cluster, namespace: str | None, manifests: str, *, name: str = "app") -> str:
    """Apply and prune a set with kubectl; return what it prints."""
    inside = ["-n", namespace] if namespace else []
    command = cluster.kubectl_command(*("apply", "--server-side", "--prune", f"--applyset={name}", *inside, "-f", "-"))
    environment = {**os.environ, "KUBECTL_APPLYSET": "true"}
    done = await asyncio.to_thread(run, *command, stdin=manifests, env=environment)
    if done.returncode:
        raise KubectlError(done.stderr)
    return done.stdout


async def names(kube: Client) -> set[str]:
    maps = await kube.core_v1.config_maps.list()
    return {one.metadata.name or "" for one in maps.items} - {"kube-root-ca.crt"}


async def test_kubectl_prunes_what_aiokube_applied(ci: Client, cluster: Cluster) -> None:
    await ci.apply(settings("a", "b") + SERVICE, prune="app")
    printed = await kubectl(cluster, ci.namespace, settings("a", "c"))
    assert {"configmap/b pruned", "service/web pruned"} <= set(printed.splitlines())
    assert await names(ci) == {"a", "c"}
    # kubectl has left what aiokube goes on with.
    assert actions(await ci.apply(settings("a", "c"), prune="app")) == {"a": "unchanged", "c": "unchanged"}


async def test_aiokube_prunes_what_kubectl_applied(ci: Client, cluster: Cluster) -> None:
    await kubectl(cluster, ci.namespace, settings("a", "b") + SERVICE)
    tooling = "applyset.kubernetes.io/tooling"
    before = (await ci.core_v1.secrets.get("app")).metadata
    done = await ci.apply(settings("a"), prune="app")
    assert actions(done) == {"a": "unchanged", "b": "pruned", "web": "pruned"}
    assert await names(ci) == {"a"}
    after = (await ci.core_v1.secrets.get("app")).metadata
    assert after.labels == before.labels and after.annotations[tooling] == before.annotations[tooling]
    assert (before.annotations[_KINDS], after.annotations[_KINDS]) == ("ConfigMap,Service", "ConfigMap")
    assert "pruned" not in await kubectl(cluster, ci.namespace, settings("a"))


async def test_both_write_the_same_parent(ci: Client, cluster: Cluster) -> None:
    await ci.apply(settings("a") + SERVICE, prune="configmap/ours")
    await kubectl(cluster, ci.namespace, settings("c"), name="configmaps/theirs")
    await ci.apply(settings("a"), prune="configmap/ours")
    ours, theirs = [(await ci.core_v1.config_maps.get(name)).metadata for name in ("ours", "theirs")]
    for key in (_KINDS, _NAMESPACES):
        assert ours.annotations[key] == theirs.annotations[key]
    assert ours.annotations.keys() == theirs.annotations.keys()
    assert ours.labels.keys() == theirs.labels.keys() == {"applyset.kubernetes.io/id"}
    managers = [{entry.manager for entry in one.managed_fields} for one in (ours, theirs)]
    assert managers == [{"kubectl-applyset"}, {"kubectl-applyset"}]


async def test_a_set_over_namespaces_has_a_parent_of_a_custom_kind(ci: Client, cluster: Cluster) -> None:
    group, other = f"{ci.namespace}.example.com", f"{ci.namespace}-other"
    await ci.apply(parent_kind(group, namespace=other, parent=ci.namespace))
    name = f"applysets.{group}/{ci.namespace}"
    both = settings("a", "b", namespace=ci.namespace) + settings("c", "d", namespace=other)
    assert set(actions(await ci.apply(both, prune=name)).values()) == {"created"}
    parent = await ci.api(f"applysets.{group}").get(ci.namespace)
    assert parent.metadata.annotations[_NAMESPACES] == f"{ci.namespace},{other}"
    fewer = settings("a", namespace=ci.namespace) + settings("c", namespace=other)
    printed = await kubectl(cluster, None, fewer, name=name)
    assert {"configmap/b pruned", "configmap/d pruned"} <= set(printed.splitlines())
    last = settings("a", namespace=ci.namespace)
    assert actions(await ci.apply(last, prune=name)) == {"a": "unchanged", "c": "pruned"}
    with pytest.raises(InvalidArgument, match=r"prune: ApplySet missing does not exist; create it, or use a Secret"):
        await ci.apply(last, prune=f"applysets.{group}/missing")
    definitions = ci.apiextensions_v1.custom_resource_definitions
    await definitions.patch(f"applysets.{group}", {"metadata": {"labels": None}})
    with pytest.raises(InvalidArgument, match=r"no kind for the parent .* label applyset.kubernetes.io/is-parent-type"):
        await ci.apply(last, prune=name)
    with pytest.raises(KubectlError, match="is not permitted as an ApplySet parent"):
        await kubectl(cluster, None, last, name=name)
    await ci.delete(parent_kind(group, namespace=other, parent=ci.namespace))


async def test_definitions_and_their_objects_are_applied_and_pruned_by_turns(ci: Client, cluster: Cluster) -> None:
    group = f"{ci.namespace}.example.com"
    # The definition of PARENT_KIND, with an object that is no parent.
    definition = parent_kind(group, namespace="", parent="a").split("---")[1].replace("is-parent-type", "is-other")
    thing = f"---\napiVersion: {group}/v1\nkind: ApplySet\nmetadata: {{name: thing}}\n"
    source = settings("a") + "---" + definition + thing
    everything = {"a", f"applysets.{group}", "thing"}
    trial = await ci.apply(source, prune="app", dry_run=True)
    assert actions(trial) == dict.fromkeys(everything, "created")
    assert actions(await ci.apply(source, prune="app")) == dict.fromkeys(everything, "created")
    printed = await kubectl(cluster, ci.namespace, source)
    assert printed.count("serverside-applied") == 3 and "pruned" not in printed
    assert actions(await ci.apply(source, prune="app")) == dict.fromkeys(everything, "unchanged")
    done = await ci.apply(settings("a"), prune="app")
    # The objects of the definition before the definition.
    assert [(one.name, one.action) for one in done] == [
        ("a", "unchanged"),
        ("thing", "pruned"),
        (f"applysets.{group}", "pruned"),
    ]
    assert "configmap/a pruned" in await kubectl(cluster, ci.namespace, SERVICE)


async def test_a_dry_run_and_a_diff_show_what_would_be_pruned(ci: Client) -> None:
    await ci.apply(settings("a", "b"), prune="app")
    trial = await ci.apply(settings("a"), prune="app", dry_run=True)
    assert actions(trial) == {"a": "unchanged", "b": "pruned"}
    assert str(trial).splitlines()[-1] == f"configmap/b in {ci.namespace} pruned (dry run)"
    same, gone = await ci.diff(settings("a"), prune="app")
    assert not same and gone.name == "b"
    assert {line[0] for line in gone.text.splitlines()[3:]} == {"-"} and "-kind: ConfigMap" in gone.text
    assert await names(ci) == {"a", "b"}


async def test_only_members_in_declared_kinds_and_namespaces_are_pruned(ci: Client) -> None:
    await ci.apply(settings("a", "b"), prune="app")
    label = {_PART_OF: (await ci.core_v1.config_maps.get("a")).metadata.labels[_PART_OF]}
    # Of a kind that the set did not declare; and no member at all.
    await ci.core_v1.secrets.create(core_v1.Secret(metadata=meta_v1.ObjectMeta(name="stray", labels=label)))
    await ci.core_v1.config_maps.create(core_v1.ConfigMap(metadata=meta_v1.ObjectMeta(name="foreign")))
    assert actions(await ci.apply(settings("a"), prune="app")) == {"a": "unchanged", "b": "pruned"}
    assert await names(ci) == {"a", "foreign"}
    await ci.core_v1.secrets.get("stray")


async def test_nothing_is_pruned_after_a_failure_and_the_set_keeps_its_kinds(ci: Client) -> None:
    await ci.apply(settings("a"), prune="app")
    with pytest.raises(ManifestError, match=r"web in \S+ failed: 422"):
        await ci.apply(SERVICE.replace("80", "100000"), prune="app")
    assert await names(ci) == {"a"}
    parent = await ci.core_v1.secrets.get("app")
    assert parent.metadata.annotations[_KINDS] == "ConfigMap,Service"
    assert actions(await ci.apply(SERVICE, prune="app")) == {"web": "created", "a": "pruned"}


async def test_members_of_an_api_that_is_away_are_not_forgotten(ci: Client) -> None:
    group = f"{ci.namespace}.example.com"
    service = {"name": "nowhere", "namespace": ci.namespace}
    spec = {"group": group, "version": "v1", "service": service, "insecureSkipTLSVerify": True}
    away = {
        "apiVersion": "apiregistration.k8s.io/v1",
        "kind": "APIService",
        "metadata": {"name": f"v1.{group}"},
        "spec": {**spec, "groupPriorityMinimum": 100, "versionPriority": 100},
    }
    await ci.apply(settings("a", "b"), prune="app")
    await ci.core_v1.secrets.patch("app", {"metadata": {"annotations": {_KINDS: f"ConfigMap,Widget.{group}"}}})
    await ci.apply(away)
    try:
        problem = rf"prune: the members of kind 'Widget' in '{group}' cannot be listed, .* respond: {group}/v1"
        for is_trial in (True, False):
            with pytest.raises(ManifestError, match=problem):
                await ci.apply(settings("a"), prune="app", dry_run=is_trial)
        with pytest.raises(UnknownResource, match=problem):
            await ci.diff(settings("a"), prune="app")
        assert await names(ci) == {"a", "b"}
        parent = await ci.core_v1.secrets.get("app")
        assert parent.metadata.annotations[_KINDS] == f"ConfigMap,Widget.{group}"
    finally:
        await ci.delete(away)
    assert actions(await ci.apply(settings("a"), prune="app")) == {"a": "unchanged", "b": "pruned"}
    parent = await ci.core_v1.secrets.get("app")
    assert parent.metadata.annotations[_KINDS] == "ConfigMap"


async def test_the_namespace_of_the_parent_may_be_in_the_source(ci: Client) -> None:
    namespace = f"{ci.namespace}-new"
    source = f"{settings('a')}---\napiVersion: v1\nkind: Namespace\nmetadata: {{name: {namespace}}}\n"
    there = ci.in_namespace(namespace)
    assert actions(await there.apply(source, prune="app", dry_run=True)) == {"a": "created", namespace: "created"}
    assert actions(await there.apply(source, prune="app")) == {"a": "created", namespace: "created"}
    assert actions(await there.apply(source, prune="app")) == {"a": "unchanged", namespace: "unchanged"}
    await ci.delete(source)


async def test_the_parent_of_another_is_left_alone(ci: Client) -> None:
    plain = core_v1.Secret(metadata=meta_v1.ObjectMeta(name="app"))
    await ci.core_v1.secrets.create(plain)
    with pytest.raises(InvalidArgument, match=r"prune: Secret \S+/app exists, and is no ApplySet"):
        await ci.apply(settings("a"), prune="app")
    with pytest.raises(InvalidArgument, match="prune: Deployment is no kind for the parent of an ApplySet; use"):
        await ci.apply(settings("a"), prune="deploy/app")
    with pytest.raises(NotFound):
        await ci.core_v1.config_maps.get("a")
