"""The verbs of workloads beside the real kubectl, on the same cluster."""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any

import pytest

from aiokube import Client, apply
from aiokube.errors import (
    Conflict,
    InvalidArgument,
    InvalidRequest,
    NotFound,
    ObjectDeleted,
    ProgressDeadlineExceeded,
    RolloutError,
    WaitTimeout,
)
from tests.cluster.cluster import Cluster
from tests.support.kubectl import kubectl, read

pytestmark = pytest.mark.cluster

_RESTARTED_AT = "kubectl.kubernetes.io/restartedAt"
_KINDS = {"deployment": "Deployment", "statefulset": "StatefulSet", "daemonset": "DaemonSet"}


def manifest(kind: str, name: str, *, image: str = "nginx:1", **spec: Any) -> dict[str, Any]:
    """A workload with two containers."""
    template = {
        "metadata": {"labels": {"app": name}},
        "spec": {
            "initContainers": [{"name": "prepare", "image": "busybox:1"}],
            "containers": [{"name": "app", "image": image}, {"name": "side-car", "image": "envoy:1"}],
        },
    }
    fields = {"selector": {"matchLabels": {"app": name}}, "template": template, **spec}
    return {"apiVersion": "apps/v1", "kind": kind, "metadata": {"name": name}, "spec": fields}


def resource(kube: Client, kind: str) -> Any:
    """The resource of a kind, as kubectl calls it."""
    return getattr(kube.apps_v1, {"daemonset": "daemon_sets", "statefulset": "stateful_sets"}.get(kind, f"{kind}s"))


async def spec_of(cluster: Cluster, namespace: str, target: str) -> dict[str, Any]:
    """The spec of an object, as kubectl reads it."""
    spec: dict[str, Any] = (await read(cluster, namespace, target))["spec"]
    return spec


async def test_scale_stores_what_kubectl_stores(cluster: Cluster, kube: Client) -> None:
    for name in ("ours", "theirs"):
        await kube.apps_v1.stateful_sets.create(manifest("StatefulSet", name, replicas=1))
    scaled = await kube.apps_v1.stateful_sets.scale("ours", 3)
    await kubectl(cluster, kube.namespace, "scale", "statefulset/theirs", "--replicas=3")
    assert scaled.spec.replicas == 3
    assert [(await spec_of(cluster, kube.namespace, f"sts/{name}"))["replicas"] for name in ("ours", "theirs")] == [
        3,
        3,
    ]
    refused = await kubectl(cluster, kube.namespace, "scale", "statefulset/theirs", "--replicas=-2")
    assert refused.returncode != 0
    with pytest.raises(InvalidRequest, match="replicas: must be 0 or more, not -2"):
        await kube.apps_v1.stateful_sets.scale("ours", -2)


async def test_preconditions_of_a_scale_are_those_of_kubectl(cluster: Cluster, kube: Client) -> None:
    sets = kube.apps_v1.stateful_sets
    for name in ("ours", "theirs"):
        await sets.create(manifest("StatefulSet", name, replicas=1))
    flags = ["scale", "statefulset/theirs", "--replicas=2"]
    for current in (3, 0):
        refused = await kubectl(cluster, kube.namespace, *flags, f"--current-replicas={current}")
        assert f"Expected replicas to be {current}, was 1" in refused.stderr
        with pytest.raises(Conflict, match=f"ours has 1 replicas, and current_replicas is {current}"):
            await sets.scale("ours", 2, current_replicas=current)
    assert (await kubectl(cluster, kube.namespace, *flags, "--resource-version=1")).returncode == 1
    for current_replicas in (None, 1):
        with pytest.raises(Conflict, match="the object has been modified"):
            await sets.scale("ours", 2, current_replicas=current_replicas, resource_version="1")
    assert (await sets.get("ours")).spec.replicas == 1
    assert (await kubectl(cluster, kube.namespace, *flags, "--current-replicas=1")).returncode == 0
    assert (await sets.scale("ours", 2, current_replicas=1)).spec.replicas == 2
    assert not (await sets.scale("ours", 0, current_replicas=2, dry_run=True)).spec.replicas
    # The controller writes the status meanwhile.
    async with asyncio.timeout(10):
        while True:
            try:
                version = (await sets.get("ours")).metadata.resource_version
                scaled = await sets.scale("ours", 5, current_replicas=2, resource_version=version)
                break
            except Conflict:
                continue
    assert scaled.spec.replicas == (await sets.get("ours")).spec.replicas == 5
    with pytest.raises(InvalidRequest, match="resource_version is empty"):
        await sets.scale("ours", 1, resource_version="")
    with pytest.raises(InvalidRequest, match="current_replicas: must be 0 or more, not -1"):
        await sets.scale("ours", 1, current_replicas=-1)


async def test_one_of_many_scales_from_the_same_number_succeeds(kube: Client) -> None:
    await kube.apps_v1.deployments.create(manifest("Deployment", "web", replicas=0, paused=True))
    outcomes = await asyncio.gather(
        *(kube.apps_v1.deployments.scale("web", n, current_replicas=0) for n in range(1, 6)), return_exceptions=True
    )
    assert sum(isinstance(outcome, Conflict) for outcome in outcomes) == 4
    (scaled,) = [outcome for outcome in outcomes if not isinstance(outcome, BaseException)]
    assert (await kube.apps_v1.deployments.get("web")).spec.replicas == scaled.spec.replicas


async def test_scale_as_a_dry_run_changes_nothing(kube: Client) -> None:
    await kube.apps_v1.replica_sets.create(manifest("ReplicaSet", "web", replicas=0))
    assert (await kube.apps_v1.replica_sets.scale("web", 2, dry_run="All")).spec.replicas == 2
    assert (await kube.apps_v1.replica_sets.get("web")).spec.replicas == 0


@pytest.mark.parametrize("kind", _KINDS)
async def test_restart_changes_the_template_as_kubectl_does(cluster: Cluster, kube: Client, kind: str) -> None:
    for name in ("ours", "theirs"):
        await resource(kube, kind).create(manifest(_KINDS[kind], name))
    await resource(kube, kind).restart("ours")
    done = await kubectl(cluster, kube.namespace, "rollout", "restart", f"{kind}/theirs")
    assert done.returncode == 0, done.stderr
    ours, theirs = [(await spec_of(cluster, kube.namespace, f"{kind}/{name}")) for name in ("ours", "theirs")]
    at = ours["template"]["metadata"]["annotations"].pop(_RESTARTED_AT)
    times = [at, theirs["template"]["metadata"]["annotations"].pop(_RESTARTED_AT)]
    earlier, later = (time.mktime(time.strptime(one, "%Y-%m-%dT%H:%M:%SZ")) for one in times)
    assert 0 <= later - earlier < 60
    assert json.loads(json.dumps(theirs).replace("theirs", "ours")) == ours


async def test_a_paused_deployment_is_not_restarted_as_with_kubectl(cluster: Cluster, kube: Client) -> None:
    await kube.apps_v1.deployments.create(manifest("Deployment", "web", paused=True, replicas=0))
    refused = await kubectl(cluster, kube.namespace, "rollout", "restart", "deployment/web")
    assert (refused.returncode, "paused" in refused.stderr) == (1, True)
    with pytest.raises(RolloutError, match="web is paused"):
        await kube.apps_v1.deployments.restart("web")


async def test_a_second_restart_within_a_second_is_refused_as_with_kubectl(kube: Client) -> None:
    await kube.apps_v1.deployments.create(manifest("Deployment", "web", replicas=0))
    # One of three falls into the second of another.
    with pytest.raises(RolloutError, match="within the last second"):
        for _ in range(3):
            await kube.apps_v1.deployments.restart("web")


@pytest.mark.parametrize(
    "images",
    [
        {"app": "nginx:2"},
        {"prepare": "busybox:2", "side-car": "envoy:2"},
        {"*": "one:1"},
        {"app": "nginx:2", "nothing": "x"},
        {"*": "one:1", "app": "nginx:2"},
    ],
    ids=lambda images: ",".join(images),
)
async def test_set_image_stores_what_kubectl_stores(cluster: Cluster, kube: Client, images: dict[str, str]) -> None:
    for name in ("ours", "theirs"):
        await kube.apps_v1.deployments.create(manifest("Deployment", name, replicas=0))
    pairs = [f"{container}={image}" for container, image in images.items()]
    done = await kubectl(cluster, kube.namespace, "set", "image", "deployment/theirs", *pairs)
    try:
        changed = await kube.apps_v1.deployments.set_image("ours", images)
    except InvalidRequest as error:
        assert done.returncode == 1
        what = "nothing" if "nothing" in images else "all containers"
        assert what in str(error)
        assert what in done.stderr
    else:
        assert done.returncode == 0, done.stderr
        assert changed.metadata.generation == 2
    ours, theirs = [(await spec_of(cluster, kube.namespace, f"deployment/{name}")) for name in ("ours", "theirs")]
    if len(images) == 1 or "nothing" not in images:
        assert json.loads(json.dumps(theirs).replace("theirs", "ours")) == ours


async def test_set_image_covers_pods_and_cron_jobs(cluster: Cluster, kube: Client) -> None:
    template: apply.core_v1.PodTemplateSpecApply = {
        "spec": {"restartPolicy": "Never", "containers": [{"name": "app", "image": "a:1"}]}
    }
    spec: apply.batch_v1.CronJobSpecApply = {"schedule": "0 0 1 1 *", "jobTemplate": {"spec": {"template": template}}}
    await kube.batch_v1.cron_jobs.create({"metadata": {"name": "nightly"}, "spec": spec})
    await kube.core_v1.pods.create({"metadata": {"name": "one"}, "spec": template["spec"]})
    await kube.batch_v1.cron_jobs.set_image("nightly", {"app": "a:2"})
    await kube.core_v1.pods.set_image("one", {"app": "a:2"})
    stored = await spec_of(cluster, kube.namespace, "cronjob/nightly")
    assert stored["jobTemplate"]["spec"]["template"]["spec"]["containers"][0]["image"] == "a:2"
    assert (await spec_of(cluster, kube.namespace, "pod/one"))["containers"][0]["image"] == "a:2"


@pytest.mark.parametrize("kind", _KINDS)
async def test_the_end_of_a_rollout_is_that_of_kubectl(cluster: Cluster, kube: Client, kind: str) -> None:
    spec: dict[str, Any] = {} if kind == "daemonset" else {"replicas": 2}
    created = await resource(kube, kind).create(manifest(_KINDS[kind], "web", **spec))
    theirs = asyncio.create_task(kubectl(cluster, kube.namespace, "rollout", "status", f"{kind}/web", "--timeout=30s"))
    steps = [step async for step in resource(kube, kind).rollout("web", timeout=30)]
    lines = (await theirs).stdout.splitlines()
    assert lines[-1] == steps[-1].message
    assert [step.done for step in steps] == [False] * (len(steps) - 1) + [True]
    rolled_out = await resource(kube, kind).wait_rollout("web", timeout=5)
    assert rolled_out.metadata.uid == created.metadata.uid


async def test_a_partitioned_rollout_ends_as_with_kubectl(cluster: Cluster, kube: Client) -> None:
    sets = kube.apps_v1.stateful_sets
    strategy = {"type": "RollingUpdate", "rollingUpdate": {"partition": 1}}
    await sets.create(manifest("StatefulSet", "web", replicas=2, updateStrategy=strategy))
    await sets.wait_rollout("web", timeout=30)
    await sets.set_image("web", {"app": "nginx:2"})
    steps = [step async for step in sets.rollout("web", timeout=30)]
    done = await kubectl(cluster, kube.namespace, "rollout", "status", "statefulset/web", "--timeout=30s")
    assert (
        steps[-1].message
        == done.stdout.splitlines()[-1]
        == "partitioned roll out complete: 1 new pods have been updated..."
    )


async def test_a_rollout_past_its_deadline_fails_as_with_kubectl(cluster: Cluster, kube: Client) -> None:
    stuck = manifest("Deployment", "web", progressDeadlineSeconds=1, minReadySeconds=0, replicas=1)
    stuck["spec"]["template"]["spec"]["nodeSelector"] = {"nowhere": "true"}
    await kube.apps_v1.deployments.create(stuck)
    with pytest.raises(ProgressDeadlineExceeded, match="web exceeded its progress deadline"):
        await kube.apps_v1.deployments.wait_rollout("web", timeout=30)
    done = await kubectl(cluster, kube.namespace, "rollout", "status", "deployment/web", "--timeout=10s")
    assert (done.returncode, "exceeded its progress deadline" in done.stderr) == (1, True)


async def test_an_incomplete_rollout_names_its_state_when_the_time_is_over(kube: Client) -> None:
    stuck = manifest("DaemonSet", "web")
    stuck["spec"]["template"]["spec"]["containers"][0]["resources"] = {"requests": {"cpu": "1000"}}
    await kube.apps_v1.daemon_sets.create(stuck)
    with pytest.raises(WaitTimeout, match="the rollout of web is not complete in time: Waiting for daemon set") as late:
        await kube.apps_v1.daemon_sets.wait_rollout("web", timeout=1)
    assert (late.value.last.metadata.name, late.value.__cause__) == ("web", None)


@pytest.mark.parametrize("kind", _KINDS)
async def test_the_rollout_of_a_name_that_does_not_exist_fails_at_once_as_with_kubectl(
    cluster: Cluster, kube: Client, kind: str
) -> None:
    done = await kubectl(cluster, kube.namespace, "rollout", "status", f"{kind}/nope")
    assert (done.returncode, "NotFound" in done.stderr) == (1, True)
    async with asyncio.timeout(10):
        with pytest.raises(NotFound, match=f"{kind}s {kube.namespace}/nope does not exist"):
            await resource(kube, kind).wait_rollout("nope")
        with pytest.raises(NotFound, match="nope does not exist"):
            async for _ in resource(kube, kind).rollout("nope"):
                pass


async def test_a_rollout_without_time_is_looked_at_once(kube: Client) -> None:
    deployments = kube.apps_v1.deployments
    await deployments.create(manifest("Deployment", "web", replicas=0))
    await deployments.wait_rollout("web", timeout=30)
    assert (await deployments.wait_rollout("web", timeout=0)).metadata.name == "web"
    await deployments.create(manifest("Deployment", "stuck", replicas=1, paused=True))
    with pytest.raises(WaitTimeout, match="the rollout of stuck is not complete in time: Waiting for deployment"):
        await deployments.wait_rollout("stuck", timeout=0)
    with pytest.raises(InvalidArgument, match="timeout: must be 0 seconds or more"):
        await deployments.wait_rollout("web", timeout=-1)


async def test_another_revision_or_strategy_is_refused_as_with_kubectl(cluster: Cluster, kube: Client) -> None:
    await kube.apps_v1.deployments.create(manifest("Deployment", "web", replicas=0))
    await kube.apps_v1.daemon_sets.create(manifest("DaemonSet", "web", updateStrategy={"type": "OnDelete"}))
    await kube.apps_v1.deployments.wait_rollout("web", timeout=10)
    await kube.apps_v1.deployments.wait_rollout("web", revision=1, timeout=10)
    with pytest.raises(RolloutError, match="runs revision 1, not 7"):
        await kube.apps_v1.deployments.wait_rollout("web", revision=7, timeout=10)
    with pytest.raises(RolloutError, match="OnDelete"):
        await kube.apps_v1.daemon_sets.wait_rollout("web", timeout=10)
    for target in (["deployment/web", "--revision=7"], ["daemonset/web"]):
        assert (await kubectl(cluster, kube.namespace, "rollout", "status", *target)).returncode == 1


async def test_the_rollout_of_a_deployment_that_is_deleted_fails_though_another_takes_its_name(kube: Client) -> None:
    stuck = manifest("Deployment", "web")
    stuck["spec"]["template"]["spec"]["nodeSelector"] = {"nowhere": "true"}
    await kube.apps_v1.deployments.create(stuck)
    steps = kube.apps_v1.deployments.rollout("web", timeout=20)
    await anext(steps)
    await kube.apps_v1.deployments.delete("web")
    await kube.apps_v1.deployments.create(stuck)
    with pytest.raises(ObjectDeleted, match="web: the object was deleted, and the rollout was not complete"):
        async for _ in steps:
            pass


async def test_leaving_the_progress_of_a_rollout_ends_its_watch(kube: Client) -> None:
    await kube.apps_v1.deployments.create(manifest("Deployment", "web", replicas=1))
    before = asyncio.all_tasks()
    steps = kube.apps_v1.deployments.rollout("web")
    await anext(steps)
    await steps.aclose()
    assert asyncio.all_tasks() == before


async def _numbers(cluster: Cluster, namespace: str, target: str) -> list[int]:
    """The revisions that kubectl lists."""
    done = await kubectl(cluster, namespace, "rollout", "history", target)
    return [int(line.split()[0]) for line in done.stdout.splitlines() if line[:1].isdigit()]


@pytest.mark.parametrize("kind", _KINDS)
async def test_history_and_undo_are_those_of_kubectl(cluster: Cluster, kube: Client, kind: str) -> None:
    workloads = resource(kube, kind)
    for name in ("ours", "theirs"):
        target = f"{kind}/{name}"
        await workloads.create(manifest(_KINDS[kind], name))
        await workloads.wait_rollout(name, timeout=20)
        for number in (2, 3):
            await workloads.annotate(name, {"kubernetes.io/change-cause": f"to {number}"}, overwrite=True)
            await workloads.set_image(name, {"app": f"nginx:{number}"})
            await workloads.wait_rollout(name, timeout=20)
        history = await workloads.rollout_history(name)
        assert [revision.number for revision in history] == await _numbers(cluster, kube.namespace, target) == [1, 2, 3]
        listed = (await kubectl(cluster, kube.namespace, "rollout", "history", target)).stdout
        assert all(revision.change_cause is None or revision.change_cause in listed for revision in history)
        assert [one.template["spec"]["containers"][0]["image"] for one in history] == ["nginx:1", "nginx:2", "nginx:3"]
    for to_revision in (None, 1, 99):
        await workloads.undo("ours", to_revision=to_revision) if to_revision != 99 else None
        flags = [f"--to-revision={to_revision}"] if to_revision else []
        done = await kubectl(cluster, kube.namespace, "rollout", "undo", f"{kind}/theirs", *flags)
        if to_revision == 99:
            assert done.returncode == 1
            with pytest.raises(RolloutError, match="has no revision 99; it has"):
                await workloads.undo("ours", to_revision=99)
        for name in ("ours", "theirs"):
            await workloads.wait_rollout(name, timeout=20)
        ours, theirs = [(await read(cluster, kube.namespace, f"{kind}/{name}")) for name in ("ours", "theirs")]
        assert json.loads(json.dumps(theirs["spec"]).replace("theirs", "ours")) == ours["spec"]
        assert ours["metadata"].get("annotations") == theirs["metadata"].get("annotations")
        assert await _numbers(cluster, kube.namespace, f"{kind}/ours") == await _numbers(
            cluster, kube.namespace, f"{kind}/theirs"
        )


async def test_there_is_nothing_to_undo_as_with_kubectl(cluster: Cluster, kube: Client) -> None:
    await kube.apps_v1.deployments.create(manifest("Deployment", "web", replicas=0))
    await kube.apps_v1.deployments.wait_rollout("web", timeout=10)
    assert (await kubectl(cluster, kube.namespace, "rollout", "undo", "deployment/web")).returncode == 1
    with pytest.raises(RolloutError, match="has no earlier revision"):
        await kube.apps_v1.deployments.undo("web")
    before = await kube.apps_v1.deployments.get("web")
    unchanged = await kube.apps_v1.deployments.undo("web", to_revision=1)
    assert unchanged.metadata.generation == before.metadata.generation
    await kube.apps_v1.deployments.patch("web", {"spec": {"paused": True}})
    with pytest.raises(RolloutError, match="is paused"):
        await kube.apps_v1.deployments.undo("web", to_revision=1)
    assert (
        await kubectl(cluster, kube.namespace, "rollout", "undo", "deployment/web", "--to-revision=1")
    ).returncode == 1


async def test_the_revision_of_an_adopted_replica_set_is_that_of_kubectl(cluster: Cluster, kube: Client) -> None:
    adopted = manifest("ReplicaSet", "adopted", replicas=0)
    adopted["spec"]["template"]["spec"]["containers"][0]["image"] = "adopted:1"
    adopted["spec"]["template"]["metadata"]["annotations"] = {"kubernetes.io/change-cause": "by hand"}
    labels = adopted["spec"]["selector"]["matchLabels"]
    adopted["metadata"]["labels"] = labels
    await kube.apps_v1.replica_sets.create(adopted)
    web = manifest("Deployment", "web", replicas=0)
    web["spec"]["selector"] = {"matchLabels": labels}
    web["spec"]["template"]["metadata"]["labels"] = labels
    await kube.apps_v1.deployments.create(web)
    await kube.apps_v1.deployments.wait_rollout("web", timeout=20)
    await kube.apps_v1.replica_sets.wait_for("adopted", lambda one: bool(one.metadata.owner_references), timeout=10)
    history = await kube.apps_v1.deployments.rollout_history("web")
    done = await kubectl(cluster, kube.namespace, "rollout", "history", "deployment/web")
    rows = [line.split(maxsplit=1) for line in done.stdout.splitlines() if line[:1].isdigit()]
    assert [[str(one.number), one.change_cause or "<none>"] for one in history] == rows
    assert rows[0][0] == "0"
    undone = await kube.apps_v1.deployments.undo("web", dry_run=True)
    assert undone.spec.template.spec.containers[0].image == "adopted:1"
    theirs = await kubectl(cluster, kube.namespace, "rollout", "undo", "deployment/web")
    assert theirs.returncode == 0, theirs.stderr
    image = (await kube.apps_v1.deployments.get("web")).spec.template.spec.containers[0].image
    assert image == "adopted:1"
