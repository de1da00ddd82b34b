"""ApplySets that aiokube and the real kubectl apply by turns."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator

import pytest

from aiokube import Client
from aiokube.errors import InvalidArgument, ManifestError, NotFound
from aiokube.manifests import Results
from aiokube.models import core_v1, meta_v1
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


def actions(results: Results) -> dict[str, str]:
    return {one.name: one.action for one in results}


@pytest.fixture
async def ci(cluster: Cluster, namespace: str) -> AsyncIterator[Client]:
    """A client with kubectl's field manager, whose namespace is the test's own."""
    async with Client(kubeconfig=cluster.kubeconfig, namespace=namespace, field_manager="kubectl") as client:
        yield client


async def kubectl(cluster: Cluster, namespace: str, manifests: str, *options: str, name: str = "app") -> str:
    """Apply and prune a set with kubectl; return what it prints."""
    command = cluster.kubectl_command(
        *("apply", "--server-side", "--prune", f"--applyset={name}", "-n", namespace, *options, "-f", "-")
    )
    environment = {**os.environ, "KUBECTL_APPLYSET": "true"}
    done = await asyncio.to_thread(run, *command, stdin=manifests, env=environment)
    assert done.returncode == 0, done.stderr
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
    other = f"{ci.namespace}-other"
    await ci.core_v1.namespaces.create(core_v1.Namespace(metadata=meta_v1.ObjectMeta(name=other)))
    both = settings("a") + settings("b", namespace=other)
    await ci.apply(both, prune="configmap/ours")
    command = cluster.kubectl_command("apply", "--server-side", "--prune", "--applyset=configmaps/theirs", "-n")
    done = await asyncio.to_thread(
        run,
        *command,
        *(ci.namespace, "-f", "-"),
        stdin=both.replace("name: a", "name: p").replace("name: b", "name: q"),
        env={**os.environ, "KUBECTL_APPLYSET": "true"},
    )
    assert done.returncode == 0, done.stderr
    ours, theirs = [(await ci.core_v1.config_maps.get(name)).metadata for name in ("ours", "theirs")]
    for key in (_KINDS, _NAMESPACES):
        assert ours.annotations[key] == theirs.annotations[key]
    assert ours.annotations[_NAMESPACES] == other
    assert ours.labels.keys() == theirs.labels.keys()
    assert ours.managed_fields[0].manager == theirs.managed_fields[0].manager == "kubectl-applyset"
    assert actions(await ci.apply(settings("a"), prune="configmap/ours")) == {"a": "unchanged", "b": "pruned"}
    await ci.core_v1.namespaces.delete(other)


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
    with pytest.raises(InvalidArgument, match=r"prune: Deployment .* does not exist; create it, or use a Secret"):
        await ci.apply(settings("a"), prune="deploy/app")
    with pytest.raises(NotFound):
        await ci.core_v1.config_maps.get("a")
