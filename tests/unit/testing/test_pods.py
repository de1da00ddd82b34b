"""Pods that run: what the scheduler and the kubelets of a FakeCluster say."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest

from aiokube import Client, Quantity, deleted
from aiokube.errors import ConfigError, InvalidArgument, NotFound
from aiokube.models import core_v1, meta_v1
from aiokube.testing import FakeCluster, Pods
from aiokube.testing.pods.kubelets import Settings


def pod(name: str = "web", *, image: str = "nginx:1", labels: dict[str, str] | None = None, **spec: Any) -> core_v1.Pod:
    containers = spec.pop("containers", None) or [core_v1.Container(name="web", image=image)]
    return core_v1.Pod(
        metadata=meta_v1.ObjectMeta(name=name, labels=labels or {}), spec=core_v1.PodSpec(containers=containers, **spec)
    )


@pytest.fixture
async def cluster() -> AsyncIterator[FakeCluster]:
    async with FakeCluster(pods_run=True) as running:
        yield running


async def run(kube: Client, new: core_v1.Pod) -> core_v1.Pod:
    """Create a pod, and return what has become of it."""
    await kube.core_v1.pods.create(new)
    return await kube.core_v1.pods.get(new.metadata.name)


async def get(kube: Client, name: str = "web") -> core_v1.Pod:
    return await kube.core_v1.pods.get(name)


def conditions(found: core_v1.Pod) -> dict[str, tuple[str, str]]:
    return {one.type: (one.status, one.reason or "") for one in found.status.conditions}


def messages(found: core_v1.Pod) -> dict[str, str]:
    return {one.type: one.message or "" for one in found.status.conditions}


def state(found: core_v1.Pod, name: str = "web") -> core_v1.ContainerState:
    return states(found)[name]


def states(found: core_v1.Pod) -> dict[str, core_v1.ContainerState]:
    statuses = [*found.status.container_statuses, *found.status.init_container_statuses]
    return {one.name: one.state for one in statuses if one.state is not None}


async def steps(kube: Client, count: int) -> list[tuple[str, str]]:
    """Return what a watch has seen of a pod: types of events and phases, and what its containers wait for."""
    seen: list[tuple[str, str]] = []
    async for event in kube.core_v1.pods.watch(resource_version="1"):
        waiting = [one.waiting.reason or "" for one in states(event.object).values() if one.waiting]
        seen.append((f"{event.type} {event.object.status.phase}", " ".join(waiting)))
        if len(seen) == count:
            break
    return seen


async def events(kube: Client) -> list[tuple[str, str, int]]:
    """Return the events of all pods: reasons, fields, and how often they were."""
    found = (await kube.core_v1.events.list()).items
    found.sort(key=lambda one: int(one.metadata.resource_version or ""))
    counts = [one.series.count if one.series is not None else one.count for one in found]
    return [
        (one.reason or "", one.involved_object.field_path or "", count or 1)
        for one, count in zip(found, counts, strict=True)
    ]


# the way of a pod


async def test_a_pod_runs(kube: Client) -> None:
    found = await run(kube, pod())
    status = found.status
    assert found.spec.node_name == "node-1" and status.phase == "Running"
    assert (status.pod_ip, status.host_ip) == ("10.244.1.2", "10.0.0.1") and status.start_time is not None
    assert [one.ip for one in status.pod_ips] == [status.pod_ip]
    names = ("PodScheduled", "PodReadyToStartContainers", "Initialized", "ContainersReady", "Ready")
    assert conditions(found) == dict.fromkeys(names, ("True", ""))
    (container,) = status.container_statuses
    assert container.ready and container.started and container.restart_count == 0
    assert container.image_id.startswith("nginx@sha256:")
    assert container.container_id is not None and container.container_id.startswith("containerd://")
    running = state(found).running
    assert running is not None and running.started_at is not None


async def test_a_watch_sees_each_step(cluster: FakeCluster, kube: Client) -> None:
    await run(kube, pod())
    assert await steps(kube, 4) == [
        ("ADDED Pending", ""),
        ("MODIFIED Pending", ""),
        ("MODIFIED Pending", "ContainerCreating"),
        ("MODIFIED Running", ""),
    ]


async def test_pods_are_spread_and_have_addresses_of_their_own(kube: Client) -> None:
    found = [await run(kube, pod(name)) for name in ("a", "b", "c")]
    assert [one.spec.node_name for one in found] == ["node-1", "node-2", "node-1"]
    assert len({one.status.pod_ip for one in found}) == 3


async def test_the_address_of_a_deleted_pod_is_free(kube: Client) -> None:
    first = [(await run(kube, pod(name))).status.pod_ip for name in ("a", "b", "c")]
    await kube.core_v1.pods.delete("a")
    assert [(await run(kube, pod(name))).status.pod_ip for name in ("d", "e")] == [first[0], "10.244.2.3"]


async def test_a_pod_of_the_network_of_its_node_has_its_address(kube: Client) -> None:
    found = await run(kube, pod(host_network=True))
    assert found.status.pod_ip == found.status.host_ip == "10.0.0.1"


async def test_a_start_takes_time(cluster: FakeCluster, kube: Client) -> None:
    cluster.pods.start_delay = 30
    found = await run(kube, pod())
    assert found.status.phase == "Pending" and not found.status.pod_ip
    waiting = state(found).waiting
    assert waiting is not None and waiting.reason == "ContainerCreating"
    assert conditions(found)["ContainersReady"] == ("False", "ContainersNotReady")
    cluster.advance(30)
    assert (await get(kube)).status.pod_ip


async def test_pods_do_not_run_unless_told() -> None:
    async with FakeCluster() as cluster, cluster.client() as kube:
        assert (await run(kube, pod())).status.phase == "Pending"
        assert not (await kube.core_v1.nodes.list()).items
        with pytest.raises(ConfigError, match="pods_run=True"):
            cluster.pods.finish("web")


# the scheduler


async def test_the_nodes_are_ready(kube: Client) -> None:
    nodes = (await kube.core_v1.nodes.list()).items
    assert [one.metadata.name for one in nodes] == ["node-1", "node-2"]
    for node in nodes:
        assert {one.type: one.status for one in node.status.conditions}["Ready"] == "True"
        assert node.status.allocatable["pods"].value == 110 and node.status.addresses[0].type == "InternalIP"


def asking(name: str, **requests: str) -> core_v1.Pod:
    """Return a pod that requests resources."""
    amounts = {key.replace("_", "-"): Quantity(value) for key, value in requests.items()}
    resources = core_v1.ResourceRequirements(requests=amounts)
    return pod(name, containers=[core_v1.Container(name="web", image="nginx:1", resources=resources)])


@pytest.mark.parametrize(
    ("requests", "reasons"),
    [
        ({"cpu": "99999"}, "2 Insufficient cpu"),
        ({"cpu": "9", "memory": "33Gi"}, "2 Insufficient cpu, 2 Insufficient memory"),
        ({"ephemeral_storage": "101Gi"}, "2 Insufficient ephemeral-storage"),
    ],
)
async def test_a_pod_that_requests_more_than_any_node_has_waits(
    kube: Client, requests: dict[str, str], reasons: str
) -> None:
    found = await run(kube, asking("big", **requests))
    assert conditions(found) == {"PodScheduled": ("False", "Unschedulable")}
    start = "0/2 nodes are available"
    assert messages(found)["PodScheduled"] == (
        f"{start}: {reasons}. preemption: {start}: 2 Preemption is not helpful for scheduling."
    )


async def test_a_pod_waits_until_others_leave_it_what_it_requests(kube: Client) -> None:
    for name in ("a", "b"):
        assert (await run(kube, asking(name, cpu="6"))).spec.node_name
    found = await run(kube, asking("c", cpu="2500m"))
    assert messages(found)["PodScheduled"] == (
        "0/2 nodes are available: 2 Insufficient cpu. preemption: 0/2 nodes are available: "
        "2 No preemption victims found for incoming pod."
    )
    assert (await run(kube, asking("d", cpu="2"))).spec.node_name
    await kube.core_v1.pods.delete("b")
    await kube.core_v1.pods.wait_for("b", deleted, timeout=5)
    assert (await get(kube, "c")).spec.node_name == "node-2"


async def test_a_node_has_room_for_so_many_pods(kube: Client) -> None:
    for name in ("node-1", "node-2"):
        await kube.core_v1.nodes.patch_status(name, {"status": {"allocatable": {"pods": "1"}}})
    for name in ("a", "b"):
        assert (await run(kube, pod(name))).spec.node_name
    found = await run(kube, pod("c"))
    assert messages(found)["PodScheduled"].startswith("0/2 nodes are available: 2 Too many pods.")
    await kube.core_v1.nodes.patch_status("node-1", {"status": {"allocatable": {"pods": "2"}}})
    assert (await get(kube, "c")).spec.node_name == "node-1"


async def test_a_pod_waits_for_a_node_that_fits(kube: Client) -> None:
    found = await run(kube, pod(node_selector={"disk": "ssd"}))
    assert found.status.phase == "Pending" and not found.spec.node_name
    assert conditions(found) == {"PodScheduled": ("False", "Unschedulable")}
    assert messages(found)["PodScheduled"].startswith(
        "0/2 nodes are available: 2 node(s) didn't match Pod's node affinity/selector."
    )
    await kube.core_v1.nodes.create(core_v1.Node(metadata=meta_v1.ObjectMeta(name="fast", labels={"disk": "ssd"})))
    found = await get(kube)
    assert (found.spec.node_name, found.status.phase) == ("fast", "Running")
    node = await kube.core_v1.nodes.get("fast")
    assert node.status.conditions[-1].reason == "KubeletReady" and not node.spec.taints


async def test_a_pod_waits_until_a_cordon_ends(kube: Client) -> None:
    for name in ("node-1", "node-2"):
        await kube.core_v1.nodes.cordon(name)
    found = await run(kube, pod())
    assert "2 node(s) were unschedulable" in messages(found)["PodScheduled"]
    (taint,) = (await kube.core_v1.nodes.get("node-1")).spec.taints
    assert (taint.key, taint.effect) == ("node.kubernetes.io/unschedulable", "NoSchedule")
    await kube.core_v1.nodes.uncordon("node-2")
    assert (await get(kube)).spec.node_name == "node-2"
    assert not (await kube.core_v1.nodes.get("node-2")).spec.taints


async def test_a_node_that_is_not_ready_gets_no_pods(kube: Client) -> None:
    for name in ("node-1", "node-2"):
        node = await kube.core_v1.nodes.get(name)
        node.status.conditions[-1].status = "False"
        await kube.core_v1.nodes.replace_status(node)
    found = await run(kube, pod())
    assert "2 node(s) had untolerated taint(s)" in messages(found)["PodScheduled"]
    node = await kube.core_v1.nodes.get("node-2")
    node.status.conditions[-1].status = "True"
    await kube.core_v1.nodes.replace_status(node)
    assert (await get(kube)).spec.node_name == "node-2"


async def test_a_taint_keeps_pods_away_that_do_not_tolerate_it(kube: Client) -> None:
    taint = core_v1.Taint(key="gpu", value="yes", effect="NoSchedule")
    for name in ("node-1", "node-2"):
        node = await kube.core_v1.nodes.get(name)
        node.spec.taints = [taint]
        await kube.core_v1.nodes.replace(node)
    found = await run(kube, pod("a"))
    assert "2 node(s) had untolerated taint(s)" in messages(found)["PodScheduled"]
    for number, toleration in enumerate(
        [
            core_v1.Toleration(key="gpu", operator="Equal", value="yes", effect="NoSchedule"),
            core_v1.Toleration(key="gpu", operator="Exists"),
            core_v1.Toleration(operator="Exists"),
        ]
    ):
        found = await run(kube, pod(f"b{number}", tolerations=[toleration]))
        assert found.status.phase == "Running"
    other = core_v1.Toleration(key="gpu", operator="Equal", value="no", effect="NoSchedule")
    assert (await run(kube, pod("c", tolerations=[other]))).status.phase == "Pending"


@pytest.mark.parametrize(
    ("operator", "values", "fits"),
    [
        ("In", ["a", "5"], True),
        ("In", ["b"], False),
        ("NotIn", ["b"], True),
        ("NotIn", ["5"], False),
        ("Exists", [], True),
        ("DoesNotExist", [], False),
        ("Gt", ["4"], True),
        ("Gt", ["5"], False),
        ("Lt", ["6"], True),
        ("Lt", ["x"], False),
    ],
)
async def test_node_affinity_chooses(kube: Client, operator: str, values: list[str], fits: bool) -> None:
    await kube.core_v1.nodes.patch("node-1", {"metadata": {"labels": {"size": "5"}}})
    await kube.core_v1.nodes.cordon("node-2")
    requirement = core_v1.NodeSelectorRequirement(key="size", operator=operator, values=values)
    required = core_v1.NodeSelector(node_selector_terms=[core_v1.NodeSelectorTerm(match_expressions=[requirement])])
    affinity = core_v1.NodeAffinity(required_during_scheduling_ignored_during_execution=required)
    found = await run(kube, pod(affinity=core_v1.Affinity(node_affinity=affinity)))
    assert (found.status.phase == "Running") == fits


async def test_a_pod_of_another_scheduler_waits_for_its_binding(kube: Client) -> None:
    assert (await run(kube, pod(scheduler_name="mine"))).status.phase == "Pending"
    target = core_v1.ObjectReference(kind="Node", name="node-2")
    await kube.core_v1.pods.bind("web", core_v1.Binding(metadata=meta_v1.ObjectMeta(name="web"), target=target))
    found = await get(kube)
    assert (found.spec.node_name, found.status.phase) == ("node-2", "Running")


# how it goes on


async def test_a_pod_that_has_finished_succeeds(cluster: FakeCluster, kube: Client) -> None:
    await run(kube, pod(restart_policy="Never"))
    cluster.pods.finish("web")
    found = await get(kube)
    assert found.status.phase == "Succeeded"
    ended = state(found).terminated
    assert ended is not None and (ended.exit_code, ended.reason) == (0, "Completed") and ended.finished_at is not None
    assert conditions(found)["Ready"] == ("False", "PodCompleted")


async def test_a_pod_that_has_failed_says_so(cluster: FakeCluster, kube: Client) -> None:
    await run(kube, pod(restart_policy="Never"))
    cluster.pods.finish("web", exit_code=137, reason="OOMKilled")
    found = await get(kube)
    assert found.status.phase == "Failed" and conditions(found)["Ready"] == ("False", "PodFailed")
    ended = state(found).terminated
    assert ended is not None and (ended.exit_code, ended.reason) == (137, "OOMKilled")


async def test_a_container_that_crashes_is_started_again(cluster: FakeCluster, kube: Client) -> None:
    first = await run(kube, pod())
    cluster.pods.finish("web", exit_code=1)
    (container,) = (await get(kube)).status.container_statuses
    assert container.restart_count == 1 and container.ready
    last = container.last_state
    assert last is not None and last.terminated is not None and last.terminated.exit_code == 1
    assert container.container_id != first.status.container_statuses[0].container_id


async def test_a_container_that_crashes_again_backs_off(cluster: FakeCluster, kube: Client) -> None:
    await run(kube, pod())
    for delay in (0, 10, 20, 40, 80, 160, 300, 300):
        cluster.pods.finish("web", exit_code=1)
        if delay:
            found = await get(kube)
            waiting = state(found).waiting
            minutes, seconds = divmod(delay, 60)
            shown = f"{minutes}m{seconds}s" if minutes else f"{seconds}s"
            assert waiting is not None and waiting.reason == "CrashLoopBackOff"
            text = f"back-off {shown} restarting failed container=web pod=web_default("
            assert waiting.message is not None and waiting.message.startswith(text)
            assert found.status.phase == "Running" and conditions(found)["Ready"] == ("False", "ContainersNotReady")
            cluster.advance(delay - 1)
            assert state(await get(kube)).waiting is not None
            cluster.advance(1)
        assert state(await get(kube)).running is not None
    cluster.advance(600)
    cluster.pods.finish("web", exit_code=1)
    assert state(await get(kube)).running is not None


@pytest.mark.parametrize(("policy", "code", "restarts"), [("OnFailure", 1, 1), ("OnFailure", 0, 0), ("Never", 1, 0)])
async def test_the_restart_policy_decides(
    cluster: FakeCluster, kube: Client, policy: str, code: int, restarts: int
) -> None:
    await run(kube, pod(restart_policy=policy))
    cluster.pods.finish("web", exit_code=code)
    assert (await get(kube)).status.container_statuses[0].restart_count == restarts


async def test_a_pod_runs_until_its_last_container_ends(cluster: FakeCluster, kube: Client) -> None:
    containers = [core_v1.Container(name=name, image="nginx") for name in ("a", "b")]
    await run(kube, pod(containers=containers, restart_policy="Never"))
    cluster.pods.finish("web", container="a")
    found = await get(kube)
    assert found.status.phase == "Running" and messages(found)["Ready"].endswith("unready status: [a]")
    cluster.pods.finish("web", container="b", exit_code=2)
    assert (await get(kube)).status.phase == "Failed"


async def test_a_pod_is_not_ready_while_its_probe_fails(cluster: FakeCluster, kube: Client) -> None:
    await run(kube, pod())
    cluster.pods.set_ready("web", False)
    found = await get(kube)
    assert found.status.phase == "Running" and conditions(found)["Ready"] == ("False", "ContainersNotReady")
    cluster.advance(60)
    cluster.pods.set_ready("web", True)
    later = await get(kube)
    assert conditions(later)["Ready"] == ("True", "")
    changed = {
        one.type for one, was in zip(later.status.conditions, found.status.conditions, strict=True) if one != was
    }
    assert changed == {"Ready", "ContainersReady"}


async def test_a_readiness_gate_is_waited_for(kube: Client) -> None:
    gate = core_v1.PodReadinessGate(condition_type="example.com/lb")
    found = await run(kube, pod(readiness_gates=[gate]))
    assert conditions(found)["Ready"] == ("False", "ReadinessGatesNotReady")
    now = found.status.start_time
    found.status.conditions.append(core_v1.PodCondition(type="example.com/lb", status="True", last_transition_time=now))
    await kube.core_v1.pods.replace_status(found)
    assert conditions(await get(kube))["Ready"] == ("True", "")


async def test_an_image_that_is_missing_is_pulled_again_later(cluster: FakeCluster, kube: Client) -> None:
    cluster.pods.missing_images.add("nope:1")
    found = await run(kube, pod(image="nope:1"))
    waiting = state(found).waiting
    assert found.status.phase == "Pending" and waiting is not None and waiting.reason == "ImagePullBackOff"
    assert (await steps(kube, 5))[3:] == [
        ("MODIFIED Pending", "ErrImagePull"),
        ("MODIFIED Pending", "ImagePullBackOff"),
    ]
    cluster.pods.missing_images.clear()
    cluster.advance(9)
    assert state(await get(kube)).waiting is not None
    cluster.advance(1)
    assert (await get(kube)).status.phase == "Running"


async def test_another_image_restarts_the_container(kube: Client) -> None:
    found = await run(kube, pod())
    await kube.core_v1.pods.set_image("web", {"web": "nginx:2"})
    (container,) = (await get(kube)).status.container_statuses
    assert (container.image, container.restart_count) == ("nginx:2", 1)
    assert found.status.container_statuses[0].image == "nginx:1"


async def test_a_deadline_ends_a_pod(cluster: FakeCluster, kube: Client) -> None:
    await run(kube, pod(active_deadline_seconds=60))
    cluster.advance(60)
    found = await get(kube)
    assert (found.status.phase, found.status.reason) == ("Failed", "DeadlineExceeded")


# init containers and sidecars


def with_init(**options: Any) -> core_v1.Pod:
    first = core_v1.Container(name="migrate", image="tool")
    sidecar = core_v1.Container(name="proxy", image="envoy", restart_policy="Always")
    return pod(init_containers=[first, sidecar], **options)


async def test_init_containers_come_first(cluster: FakeCluster, kube: Client) -> None:
    cluster.pods.completes_init_containers = False
    found = await run(kube, with_init())
    assert found.status.phase == "Pending" and state(found, "migrate").running is not None
    waiting = state(found).waiting
    assert waiting is not None and waiting.reason == "PodInitializing"
    assert conditions(found)["Initialized"] == ("False", "ContainersNotInitialized")
    assert messages(found)["Initialized"] == "containers with incomplete status: [migrate proxy]"
    cluster.pods.finish("web", container="migrate")
    found = await get(kube)
    assert found.status.phase == "Running" and conditions(found)["Initialized"] == ("True", "")
    assert state(found, "proxy").running is not None
    assert [one.ready for one in found.status.init_container_statuses] == [True, True]


async def test_init_containers_complete_at_once(kube: Client) -> None:
    found = await run(kube, with_init())
    assert found.status.phase == "Running"
    ended = state(found, "migrate").terminated
    assert ended is not None and ended.exit_code == 0


async def test_an_init_container_that_fails_ends_the_pod(cluster: FakeCluster, kube: Client) -> None:
    cluster.pods.completes_init_containers = False
    await run(kube, with_init(restart_policy="Never"))
    cluster.pods.finish("web", exit_code=1)
    found = await get(kube)
    assert found.status.phase == "Failed" and state(found).waiting is not None


async def test_an_init_container_that_fails_is_tried_again(cluster: FakeCluster, kube: Client) -> None:
    cluster.pods.completes_init_containers = False
    await run(kube, with_init())
    cluster.pods.finish("web", exit_code=1)
    found = await get(kube)
    assert state(found, "migrate").running is not None and found.status.init_container_statuses[0].restart_count == 1


async def test_a_sidecar_ends_with_the_pod(cluster: FakeCluster, kube: Client) -> None:
    await run(kube, with_init(restart_policy="Never"))
    cluster.pods.finish("web")
    found = await get(kube)
    assert found.status.phase == "Succeeded" and state(found, "proxy").terminated is not None


async def test_a_sidecar_that_crashes_is_started_again(cluster: FakeCluster, kube: Client) -> None:
    await run(kube, with_init(restart_policy="Never"))
    cluster.pods.finish("web", container="proxy", exit_code=1)
    found = await get(kube)
    assert found.status.init_container_statuses[1].restart_count == 1 and found.status.phase == "Running"


# the end


async def test_a_pod_that_is_deleted_stops_at_once(cluster: FakeCluster, kube: Client) -> None:
    await run(kube, pod())
    marked = await kube.core_v1.pods.delete("web")
    assert marked is not None and marked.metadata.deletion_timestamp is not None
    with pytest.raises(NotFound):
        await get(kube)
    assert (await steps(kube, 7))[-3:] == [
        ("MODIFIED Running", ""),
        ("MODIFIED Succeeded", ""),
        ("DELETED Succeeded", ""),
    ]


async def test_a_pod_may_need_its_grace_period(cluster: FakeCluster, kube: Client) -> None:
    cluster.pods.stops_at_once = False
    await run(kube, pod())
    await kube.core_v1.pods.delete("web", grace_period_seconds=20)
    found = await get(kube)
    assert found.status.phase == "Running" and found.metadata.deletion_grace_period_seconds == 20
    cluster.advance(19)
    await get(kube)
    cluster.advance(1)
    with pytest.raises(NotFound):
        await get(kube)


async def test_a_pod_that_is_deleted_before_it_starts_is_gone(cluster: FakeCluster, kube: Client) -> None:
    cluster.pods.start_delay = 30
    await run(kube, pod())
    await kube.core_v1.pods.delete("web")
    with pytest.raises(NotFound):
        await get(kube)
    cluster.advance(30)
    await asyncio.sleep(0)
    assert not (await kube.core_v1.pods.list()).items


async def test_a_finalizer_keeps_a_pod_that_has_stopped(kube: Client) -> None:
    new = pod()
    new.metadata.finalizers = ["example.com/hold"]
    await run(kube, new)
    await kube.core_v1.pods.delete("web")
    found = await get(kube)
    assert found.status.phase == "Succeeded" and found.metadata.deletion_grace_period_seconds == 0
    await kube.core_v1.pods.patch("web", {"metadata": {"finalizers": None}})
    with pytest.raises(NotFound):
        await get(kube)


@pytest.mark.parametrize("own", [0, None, 600])
async def test_the_time_of_a_deletion_is_the_end_of_the_grace(
    cluster: FakeCluster, kube: Client, own: int | None
) -> None:
    cluster.pods.stops_at_once = False
    new = pod(termination_grace_period_seconds=own)
    new.metadata.finalizers = ["example.com/hold"]
    await run(kube, new)
    start = datetime.now(UTC)

    async def after_deletion(seconds: int | None = None) -> tuple[float, int | None]:
        await kube.core_v1.pods.delete("web", grace_period_seconds=seconds)
        metadata = (await get(kube)).metadata
        assert metadata.deletion_timestamp is not None
        return round((metadata.deletion_timestamp - start).total_seconds()), metadata.deletion_grace_period_seconds

    grace = 30 if own is None else own
    passed, seconds = await after_deletion()
    assert (seconds, abs(passed - grace) <= 2) == (grace, True)
    if grace:
        # It counts from the first deletion on, and only shrinks.
        cluster.advance(10)
        for wanted in (20, 25):
            passed, seconds = await after_deletion(wanted)
            assert (seconds, abs(passed - 20) <= 2) == (20, True)
    cluster.advance(20)
    passed, seconds = await after_deletion()
    assert (seconds, abs(passed) <= 2) == (0, True)


def test_help_names_what_may_be_set() -> None:
    assert all(f"`{name}" in (Pods.__doc__ or "") for name in vars(Settings()))


async def test_a_pod_of_another_namespace_is_named(cluster: FakeCluster, kube: Client) -> None:
    await kube.core_v1.namespaces.create(core_v1.Namespace(metadata=meta_v1.ObjectMeta(name="own")))
    await kube.core_v1.pods.create(pod("there"), namespace="own")
    message = r"^name: there is no pod default/there; there is one in own: pass namespace='own'$"
    with pytest.raises(InvalidArgument, match=message):
        cluster.pods.finish("there")
    with pytest.raises(InvalidArgument, match=message):
        cluster.pods.write_log("there", "out of memory")


@pytest.mark.parametrize("owner", ["object", "namespace"])
async def test_a_pod_stops_when_its_owner_is_deleted(kube: Client, owner: str) -> None:
    await kube.core_v1.namespaces.create(core_v1.Namespace(metadata=meta_v1.ObjectMeta(name="own")))
    made = await kube.core_v1.config_maps.create(
        core_v1.ConfigMap(metadata=meta_v1.ObjectMeta(name="owner")), namespace="own"
    )
    new = pod()
    uid, name = made.metadata.uid or "", made.metadata.name or ""
    new.metadata.owner_references = [meta_v1.OwnerReference(api_version="v1", kind="ConfigMap", name=name, uid=uid)]
    await kube.core_v1.pods.create(new, namespace="own")
    if owner == "namespace":
        await kube.core_v1.namespaces.delete("own")
    else:
        await kube.core_v1.config_maps.delete("owner", namespace="own")
    seen = []
    async for event in kube.core_v1.pods.watch(namespace="own", resource_version="1"):
        seen.append((event.type, event.object.status.phase, event.object.metadata.deletion_grace_period_seconds))
        if event.type == "DELETED":
            break
    assert seen[-3:] == [("MODIFIED", "Running", 30), ("MODIFIED", "Succeeded", 30), ("DELETED", "Succeeded", 0)]


async def test_an_evicted_pod_stops(kube: Client) -> None:
    await run(kube, pod())
    await kube.core_v1.pods.evict("web")
    with pytest.raises(NotFound):
        await get(kube)


# events


async def test_events_tell_what_happens_to_a_pod(cluster: FakeCluster, kube: Client) -> None:
    await run(kube, pod())
    web = "spec.containers{web}"
    started = [("Pulled", web, 1), ("Created", web, 1), ("Started", web, 1)]
    assert await events(kube) == [("Scheduled", "", 1), *started]
    for _ in range(2):
        cluster.pods.finish("web", exit_code=1)
    again = [(reason, field, 2) for reason, field, _ in started]
    assert await events(kube) == [("Scheduled", "", 1), *again, ("BackOff", web, 1)]
    await kube.core_v1.pods.delete("web")
    assert await events(kube) == [("Scheduled", "", 1), *again, ("BackOff", web, 1)]


async def test_events_tell_why_a_pod_waits(cluster: FakeCluster, kube: Client) -> None:
    cluster.pods.missing_images.add("nope")
    await run(kube, pod(image="nope"))
    web = "spec.containers{web}"
    assert await events(kube) == [("Scheduled", "", 1), ("Failed", web, 1), ("BackOff", web, 1)]
    await run(kube, pod("other", node_selector={"a": "b"}))
    assert (await events(kube))[3:] == [("FailedScheduling", "", 1)]
    await kube.core_v1.nodes.cordon("node-1")
    # Once for the cordon, and once for the taint that follows.
    assert (await events(kube))[3:] == [("FailedScheduling", "", 1), ("FailedScheduling", "", 2)]


async def test_a_namespace_that_ends_has_no_events(kube: Client) -> None:
    await kube.core_v1.namespaces.create(core_v1.Namespace(metadata=meta_v1.ObjectMeta(name="ends")))
    await kube.core_v1.pods.create(pod(), namespace="ends")
    await kube.core_v1.namespaces.delete("ends")
    await kube.core_v1.namespaces.wait_for("ends", deleted, timeout=5)
    assert not (await kube.core_v1.events.list(namespace="ends")).items


# arguments


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"name": "nope"}, "there is no pod default/nope"),
        ({"name": "web", "container": "nope"}, "pod default/web has no container 'nope'; it has migrate, proxy, web"),
        ({"name": "web", "exit_code": 256}, "exit_code: must be 0 to 255, not 256"),
        ({"name": "web", "container": "migrate"}, "migrate is terminated"),
        ({"name": "other"}, "pod default/other is on no node"),
    ],
)
async def test_what_does_not_run_does_not_finish(
    cluster: FakeCluster, kube: Client, arguments: dict[str, Any], message: str
) -> None:
    await run(kube, with_init())
    await run(kube, pod("other", node_selector={"a": "b"}))
    with pytest.raises(InvalidArgument, match=message):
        cluster.pods.finish(**arguments)


def test_pods_go_on_on_the_thread_of_their_cluster() -> None:
    async def phase(cluster: FakeCluster) -> str | None:
        async with cluster.client() as kube:
            return (await get(kube)).status.phase

    async def start(cluster: FakeCluster) -> None:
        async with cluster.client() as kube:
            await kube.core_v1.pods.create(pod(restart_policy="Never"))

    with FakeCluster(pods_run=True) as cluster:
        asyncio.run(start(cluster))
        assert asyncio.run(phase(cluster)) == "Running"
        cluster.pods.finish("web")
        assert asyncio.run(phase(cluster)) == "Succeeded"


@pytest.mark.parametrize(
    ("problem", "call"),
    [
        ("exit_code: must be 0 to 255, not 'x'", lambda pods: pods.finish("web", exit_code="x")),
        ("exit_code: must be 0 to 255, not True", lambda pods: pods.finish("web", exit_code=True)),
        ("ready: must be True or False, not str", lambda pods: pods.set_ready("web", "no")),
        ("text: must be a string or bytes, not int", lambda pods: pods.write_log("web", 5)),
    ],
)
async def test_an_argument_of_another_type_is_named(cluster: FakeCluster, problem: str, call: Any) -> None:
    with pytest.raises(InvalidArgument, match=f"^{problem}"):
        call(cluster.pods)
