"""The verbs of nodes beside the real kubectl, on the same cluster."""

from __future__ import annotations

import asyncio
import itertools
import re
from collections.abc import AsyncIterator
from typing import Any

import pytest

from aiokube import Client, deleted
from aiokube.errors import DrainError, InvalidRequest, NotFound, TooManyRequests
from aiokube.models import core_v1
from aiokube.workloads import DrainProgress
from tests.cluster.cluster import Cluster
from tests.support.kubectl import kubectl, read

pytestmark = pytest.mark.cluster

_numbers = itertools.count(1)
_OPTIONS = ("ignore_daemonsets", "force", "delete_emptydir_data")


@pytest.fixture
async def node(kube: Client) -> AsyncIterator[str]:
    """A node for one test, which no other pods are scheduled on."""
    name = f"drained-{next(_numbers)}"
    taint: dict[str, Any] = {"key": "aiokube.test/drained", "effect": "NoSchedule"}
    labels = {"aiokube.test/node": name}
    await kube.core_v1.nodes.create({"metadata": {"name": name, "labels": labels}, "spec": {"taints": [taint]}})
    await kube.core_v1.nodes.wait_for(name, "Ready")
    yield name
    await kube.core_v1.nodes.delete(name)


def pod_spec(node: str, **more: Any) -> dict[str, Any]:
    """The spec of pods on a node."""
    return {
        "nodeSelector": {"aiokube.test/node": node},
        "tolerations": [{"key": "aiokube.test/drained", "operator": "Exists"}],
        "terminationGracePeriodSeconds": 0,
        "containers": [{"name": "app", "image": "none"}],
        **more,
    }


async def run_workload(kube: Client, node: str, kind: str, name: str, **spec: Any) -> None:
    """Create a workload on a node and wait until its pods are available."""
    resource: Any = kube.apps_v1.daemon_sets if kind == "DaemonSet" else kube.apps_v1.deployments
    template = {"metadata": {"labels": {"app": name}}, "spec": pod_spec(node)}
    fields = {"selector": {"matchLabels": {"app": name}}, "template": template, **spec}
    await resource.create({"metadata": {"name": name}, "spec": fields})
    await resource.wait_rollout(name, timeout=20)


async def run_pod(
    kube: Client, node: str, name: str, *, annotations: dict[str, str] | None = None, **more: Any
) -> None:
    """Create a pod on a node and wait until it runs."""
    await kube.core_v1.pods.create(
        {"metadata": {"name": name, "annotations": annotations or {}}, "spec": pod_spec(node, **more)}
    )
    await kube.core_v1.pods.wait_for(name, lambda pod: pod.status.phase == "Running")


async def test_cordon_and_uncordon_store_what_kubectl_stores(cluster: Cluster, kube: Client, node: str) -> None:
    assert (await kube.core_v1.nodes.cordon(node)).spec.unschedulable is True
    assert "already cordoned" in (await kubectl(cluster, "default", "cordon", node)).stdout
    assert (await kube.core_v1.nodes.cordon(node)).spec.unschedulable is True
    await kube.core_v1.nodes.uncordon(node)
    assert "unschedulable" not in (await read(cluster, "default", f"node/{node}"))["spec"]
    assert "already uncordoned" in (await kubectl(cluster, "default", "uncordon", node)).stdout


async def test_a_dry_run_of_cordon_changes_nothing_and_no_node_is_an_error(kube: Client, node: str) -> None:
    assert (await kube.core_v1.nodes.cordon(node, dry_run="All")).spec.unschedulable is True
    assert not (await kube.core_v1.nodes.get(node)).spec.unschedulable
    with pytest.raises(NotFound):
        await kube.core_v1.nodes.cordon("nowhere")
    with pytest.raises(NotFound):
        await kube.core_v1.nodes.drain("nowhere", dry_run=True)


async def test_what_stands_in_the_way_of_a_drain_is_what_kubectl_names(
    cluster: Cluster, kube: Client, node: str
) -> None:
    await run_workload(kube, node, "DaemonSet", "agent")
    await run_workload(kube, node, "Deployment", "web", replicas=1)
    await run_pod(kube, node, "bare")
    await run_pod(kube, node, "scratch", volumes=[{"name": "tmp", "emptyDir": {}}])
    mirror: dict[str, Any] = {"annotations": {"kubernetes.io/config.mirror": "x"}, "nodeName": node}
    await run_pod(kube, node, "mirror", automountServiceAccountToken=False, **mirror)
    for chosen in itertools.product([False, True], repeat=3):
        options: dict[str, Any] = dict(zip(_OPTIONS, chosen, strict=True))
        flags = [f"--{name.replace('_', '-')}={str(value).lower()}" for name, value in options.items()]
        theirs = await kubectl(cluster, kube.namespace, "drain", node, "--dry-run=client", *flags)
        named = set(re.findall(rf"{kube.namespace}/[\w-]+", theirs.stderr.rpartition("pending nodes")[2]))
        try:
            drained = await kube.core_v1.nodes.drain(node, dry_run=True, **options)
        except DrainError as error:
            assert (theirs.returncode, set(error.pods)) == (1, named), options
        else:
            assert theirs.returncode == 0, theirs.stderr
            evicted = {f"{kube.namespace}/{name}" for name in re.findall(r"pod \S+/(\S+) ", theirs.stdout)}
            assert set(drained.evicted) == evicted
            assert len(drained.evicted) == 3
            assert sorted(pod.rpartition("/")[2].partition("-")[0] for pod in drained.ignored) == ["agent", "mirror"]
    assert not (await kube.core_v1.nodes.get(node)).spec.unschedulable


async def test_a_drain_evicts_what_kubectl_would_and_leaves_the_rest(kube: Client, node: str) -> None:
    await run_workload(kube, node, "DaemonSet", "agent")
    await run_workload(kube, node, "Deployment", "web", replicas=3)
    await run_pod(kube, node, "bare")
    steps: list[DrainProgress] = []
    drained = await kube.core_v1.nodes.drain(
        node, ignore_daemonsets=True, force=True, timeout=20, progress=steps.append
    )
    assert len(drained.evicted) == 4
    assert list(drained.ignored.values()) == ["managed by a DaemonSet"]
    left = await kube.core_v1.pods.list(field_selector=f"spec.nodeName={node}")
    assert [pod.metadata.labels["app"] for pod in left.items] == ["agent"]
    assert (await kube.core_v1.nodes.get(node)).spec.unschedulable
    assert sorted(step.pod for step in steps if step.state == "gone") == list(drained.evicted)
    assert steps[-1].remaining == 0


async def test_a_pod_whose_daemon_set_is_gone_needs_force_as_with_kubectl(
    cluster: Cluster, kube: Client, node: str
) -> None:
    owner = {"apiVersion": "apps/v1", "kind": "DaemonSet", "name": "agent", "uid": "0", "controller": True}
    # The garbage collector deletes it at once, but for the finalizer.
    metadata: dict[str, Any] = {"name": "orphan", "ownerReferences": [owner], "finalizers": ["aiokube.test/keep"]}
    await kube.core_v1.pods.create({"metadata": metadata, "spec": pod_spec(node, nodeName=node)})
    flags = ["drain", node, "--ignore-daemonsets", "--dry-run=client"]
    refused = await kubectl(cluster, kube.namespace, *flags)
    assert 'daemonsets.apps "agent" not found' in refused.stderr
    assert (await kubectl(cluster, kube.namespace, *flags, "--force")).returncode == 0
    with pytest.raises(DrainError, match=r'daemonsets\.apps "agent" not found'):
        await kube.core_v1.nodes.drain(node, ignore_daemonsets=True, timeout=10)
    assert len((await kube.core_v1.nodes.drain(node, force=True, dry_run=True)).evicted) == 1
    with pytest.raises(DrainError, match="still terminating, with the finalizers aiokube"):
        await kube.core_v1.nodes.drain(node, force=True, timeout=1)
    await kube.core_v1.pods.patch("orphan", {"metadata": {"finalizers": None}})


async def test_the_budget_that_blocks_a_drain_is_named_and_the_drain_goes_on_when_it_allows(
    kube: Client, node: str
) -> None:
    await run_workload(kube, node, "Deployment", "web", replicas=2)
    selector = {"matchLabels": {"app": "web"}}
    budget: dict[str, Any] = {"metadata": {"name": "calm"}, "spec": {"minAvailable": 2, "selector": selector}}
    await kube.policy_v1.pod_disruption_budgets.create(budget)
    await kube.policy_v1.pod_disruption_budgets.wait_for("calm", lambda found: found.status.current_healthy == 2)
    with pytest.raises(DrainError, match=f"{node} was not drained within 1.5 s: .* budget calm needs 2") as caught:
        await kube.core_v1.nodes.drain(node, timeout=1.5)
    assert len(caught.value.pods) == 2
    assert (await kube.core_v1.nodes.get(node)).spec.unschedulable
    states: list[str] = []
    drain = asyncio.create_task(kube.core_v1.nodes.drain(node, progress=lambda step: states.append(step.state)))
    while states.count("blocked") < 2:
        await asyncio.sleep(0.05)
    await kube.policy_v1.pod_disruption_budgets.delete("calm")
    assert len((await drain).evicted) == 2
    assert states[-1] == "gone"


async def test_a_pod_that_is_created_again_on_another_node_does_not_hold_up_a_drain(kube: Client, node: str) -> None:
    pods = kube.core_v1.pods
    elsewhere = f"{node}-beside"
    await kube.core_v1.nodes.create({"metadata": {"name": elsewhere, "labels": {"aiokube.test/node": elsewhere}}})

    async def run_on(place: str) -> None:
        metadata: dict[str, Any] = {"name": "web-0", "labels": {"app": "web"}}
        await pods.create({"metadata": metadata, "spec": pod_spec(place, nodeName=place)})
        await pods.wait_for("web-0", "Ready")

    await run_on(node)
    budget: dict[str, Any] = {
        "metadata": {"name": "calm"},
        "spec": {"minAvailable": 1, "selector": {"matchLabels": {"app": "web"}}},
    }
    await kube.policy_v1.pod_disruption_budgets.create(budget)
    await kube.policy_v1.pod_disruption_budgets.wait_for("calm", lambda found: found.status.current_healthy == 1)
    blocked = asyncio.Event()
    drain = asyncio.create_task(
        kube.core_v1.nodes.drain(node, force=True, timeout=20, progress=lambda _: blocked.set())
    )
    await blocked.wait()
    await pods.delete("web-0", grace_period_seconds=0)
    await run_on(elsewhere)
    # The budget forbids to evict the new pod, which is of the same name.
    assert (await drain).evicted == (f"{kube.namespace}/web-0",)
    assert (await pods.get("web-0")).spec.node_name == elsewhere
    await pods.delete("web-0", grace_period_seconds=0)
    await kube.core_v1.nodes.delete(elsewhere)


async def test_a_pod_that_does_not_end_is_named_when_the_time_is_over(kube: Client, node: str) -> None:
    annotations = {"aiokube.test/ignores-sigterm": "true"}
    await run_pod(kube, node, "stubborn", annotations=annotations, terminationGracePeriodSeconds=30)
    with pytest.raises(DrainError, match="stubborn: it was evicted, and is still terminating"):
        await kube.core_v1.nodes.drain(node, force=True, timeout=1)
    drained = await kube.core_v1.nodes.drain(node, force=True, timeout=20, grace_period_seconds=0)
    assert drained.evicted == (f"{kube.namespace}/stubborn",)


async def test_a_pod_selector_limits_a_drain(kube: Client, node: str) -> None:
    await run_workload(kube, node, "Deployment", "web", replicas=1)
    await run_pod(kube, node, "bare")
    drained = await kube.core_v1.nodes.drain(node, pod_selector={"app": "web"}, timeout=20)
    assert len(drained.evicted) == 1
    assert (await kube.core_v1.pods.get("bare")).status.phase == "Running"


async def test_a_drain_that_is_cancelled_leaves_no_task(kube: Client, node: str) -> None:
    annotations = {"aiokube.test/ignores-sigterm": "true"}
    await run_pod(kube, node, "stubborn", annotations=annotations, terminationGracePeriodSeconds=3)
    before = asyncio.all_tasks()
    reached = asyncio.Event()
    drain = asyncio.create_task(kube.core_v1.nodes.drain(node, force=True, progress=lambda _: reached.set()))
    await reached.wait()
    drain.cancel()
    with pytest.raises(asyncio.CancelledError):
        await drain
    assert asyncio.all_tasks() == before


async def test_evict_takes_a_grace_period_and_respects_budgets(kube: Client, node: str) -> None:
    annotations = {"aiokube.test/ignores-sigterm": "true"}
    await run_pod(kube, node, "stubborn", annotations=annotations, terminationGracePeriodSeconds=60)
    await kube.core_v1.pods.evict("stubborn", grace_period_seconds=20)
    assert (await kube.core_v1.pods.get("stubborn")).metadata.deletion_grace_period_seconds == 20
    await kube.core_v1.pods.evict("stubborn", grace_period_seconds=0)
    await kube.core_v1.pods.wait_for("stubborn", deleted, timeout=5)
    with pytest.raises(InvalidRequest, match="grace_period_seconds: must be 0 or more, not -1"):
        await kube.core_v1.pods.evict("stubborn", grace_period_seconds=-1)
    await run_workload(kube, node, "Deployment", "web", replicas=1)
    budget: dict[str, Any] = {
        "metadata": {"name": "calm"},
        "spec": {"minAvailable": 1, "selector": {"matchLabels": {"app": "web"}}},
    }
    await kube.policy_v1.pod_disruption_budgets.create(budget)
    (pod,) = (await kube.core_v1.pods.list(label_selector="app=web")).items
    with pytest.raises(TooManyRequests):
        await kube.core_v1.pods.evict(pod.metadata.name, grace_period_seconds=0)
    assert isinstance(pod, core_v1.Pod)


async def test_a_drain_that_deletes_passes_over_budgets_as_with_kubectl(
    cluster: Cluster, kube: Client, node: str
) -> None:
    await run_workload(kube, node, "Deployment", "web", replicas=2)
    budget: dict[str, Any] = {
        "metadata": {"name": "calm"},
        "spec": {"minAvailable": 2, "selector": {"matchLabels": {"app": "web"}}},
    }
    await kube.policy_v1.pod_disruption_budgets.create(budget)
    await kube.policy_v1.pod_disruption_budgets.wait_for("calm", lambda found: found.status.current_healthy == 2)
    with pytest.raises(DrainError, match="budget calm"):
        await kube.core_v1.nodes.drain(node, timeout=0.5)
    drained = await kube.core_v1.nodes.drain(node, disable_eviction=True, grace_period_seconds=0, timeout=20)
    assert len(drained.evicted) == 2
    await kube.core_v1.nodes.uncordon(node)
    await kube.apps_v1.deployments.wait_rollout("web", timeout=20)
    theirs = await kubectl(cluster, kube.namespace, "drain", node, "--disable-eviction", "--timeout=20s")
    assert theirs.stdout.count(" deleted") == 2


async def test_a_pod_that_should_be_gone_for_long_is_not_waited_for_as_with_kubectl(
    cluster: Cluster, kube: Client, node: str
) -> None:
    await kube.core_v1.pods.create(
        {"metadata": {"name": "stuck", "finalizers": ["aiokube.test/keep"]}, "spec": pod_spec(node, nodeName=node)}
    )
    await kube.core_v1.pods.wait_for("stuck", "Ready")
    steps: list[DrainProgress] = []
    drain = kube.core_v1.nodes.drain(
        node, force=True, skip_wait_for_delete_timeout=1, timeout=20, progress=steps.append
    )
    drained = await drain
    reason = "it should have been gone for more than 1 s"
    assert (drained.evicted, drained.ignored) == ((), {f"{kube.namespace}/stuck": reason})
    assert [step.state for step in steps] == ["evicting", "ignored"]
    theirs = await kubectl(
        cluster, kube.namespace, "drain", node, "--force", "--skip-wait-for-delete-timeout=1", "--timeout=20s"
    )
    assert (theirs.returncode, "evicting" in theirs.stdout) == (0, False)
    # The first look finds it now.
    assert (await kube.core_v1.nodes.drain(node, skip_wait_for_delete_timeout=1)).ignored == drained.ignored
    with pytest.raises(DrainError, match="still terminating"):
        await kube.core_v1.nodes.drain(node, force=True, skip_wait_for_delete_timeout=600, timeout=1)
    await kube.core_v1.pods.patch("stuck", {"metadata": {"finalizers": None}})


async def test_a_daemon_set_of_another_group_is_a_controller_like_any_other_as_with_kubectl(
    cluster: Cluster, kube: Client, node: str
) -> None:
    owner = {"apiVersion": "apps.example.com/v1", "kind": "DaemonSet", "name": "agent", "uid": "0", "controller": True}
    metadata: dict[str, Any] = {"name": "own", "ownerReferences": [owner], "finalizers": ["aiokube.test/keep"]}
    await kube.core_v1.pods.create({"metadata": metadata, "spec": pod_spec(node, nodeName=node)})
    theirs = await kubectl(cluster, kube.namespace, "drain", node, "--dry-run=client")
    assert (theirs.returncode, "evicting" in theirs.stdout) == (0, True)
    assert (await kube.core_v1.nodes.drain(node, dry_run=True)).evicted == (f"{kube.namespace}/own",)
    await kube.core_v1.pods.patch("own", {"metadata": {"finalizers": None}})
    await kube.core_v1.pods.delete("own", grace_period_seconds=0)
