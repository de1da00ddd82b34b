"""The verbs of kubectl over any kind, on objects without a class."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from aiokube import Client, DynamicObject, deleted
from aiokube.errors import RolloutError, StreamError, UnknownResource, WaitTimeout
from tests.cluster.cluster import Cluster
from tests.support.kubectl import kubectl, read

pytestmark = pytest.mark.cluster


def workload(name: str, **spec: Any) -> dict[str, Any]:
    """The manifest of a workload, without its type."""
    containers = [{"name": "app", "image": "nginx:1"}]
    template = {
        "metadata": {"labels": {"app": name}},
        "spec": {"terminationGracePeriodSeconds": 0, "containers": containers},
    }
    return {
        "metadata": {"name": name},
        "spec": {"selector": {"matchLabels": {"app": name}}, "template": template, **spec},
    }


@pytest.mark.parametrize("kind", ["deploy", "sts", "ds"])
async def test_a_rollout_of_objects_without_a_class_is_that_of_kubectl(
    cluster: Cluster, kube: Client, kind: str
) -> None:
    api = kube.api(kind)
    await api.create(workload("web", **({} if kind == "ds" else {"replicas": 2})))
    theirs = asyncio.create_task(kubectl(cluster, kube.namespace, "rollout", "status", f"{kind}/web", "--timeout=30s"))
    steps = [step async for step in api.rollout("web", timeout=30)]
    assert (await theirs).stdout.splitlines()[-1] == steps[-1].message
    assert [step.done for step in steps] == [False] * (len(steps) - 1) + [True]

    changed = await api.set_image("web", {"*": "nginx:2"})
    assert changed["spec"]["template"]["spec"]["containers"][0]["image"] == "nginx:2"
    rolled_out = await api.wait_rollout("web", timeout=30)
    assert isinstance(rolled_out, DynamicObject)
    assert [one.number for one in await api.rollout_history("web")] == [1, 2]
    undone = await api.undo("web")
    assert undone["spec"]["template"]["spec"]["containers"][0]["image"] == "nginx:1"
    restarted = await api.restart("web")
    assert "kubectl.kubernetes.io/restartedAt" in restarted["spec"]["template"]["metadata"]["annotations"]
    await api.wait_rollout("web", timeout=30)
    stored = await read(cluster, kube.namespace, f"{kind}/web")
    assert stored["spec"]["template"] == (await api.get("web"))["spec"]["template"]


async def test_a_rollout_that_cannot_be_fails_for_objects_without_a_class(kube: Client) -> None:
    deployments = kube.api("deploy")
    await deployments.create(workload("web", replicas=0))
    await deployments.wait_rollout("web", timeout=10)
    with pytest.raises(RolloutError, match="runs revision 1, not 7"):
        await deployments.wait_rollout("web", revision=7, timeout=10)
    await deployments.patch("web", {"spec": {"paused": True}})
    with pytest.raises(RolloutError, match="web is paused"):
        await deployments.restart("web")
    sets = kube.api("ds")
    await sets.create(workload("web", updateStrategy={"type": "OnDelete"}))
    with pytest.raises(RolloutError, match="OnDelete"):
        await sets.wait_rollout("web", timeout=10)
    with pytest.raises(WaitTimeout, match="the rollout of stuck is not complete in time"):
        stuck = workload("stuck", replicas=1)
        stuck["spec"]["template"]["spec"]["nodeSelector"] = {"nowhere": "true"}
        await deployments.create(stuck)
        await deployments.wait_rollout("stuck", timeout=1)
    with pytest.raises(UnknownResource, match=r"deployments\.apps"):
        await kube.api("cm").wait_rollout("web")


async def test_a_node_without_a_class_is_cordoned_and_drained(kube: Client) -> None:
    nodes = kube.api("no")
    made = await nodes.create({"metadata": {"generateName": "any-"}})
    name = made.metadata.name
    try:
        assert (await nodes.cordon(name))["spec"]["unschedulable"] is True
        assert "unschedulable" not in (await nodes.uncordon(name))["spec"]
        drained = await nodes.drain(name, ignore_daemonsets=True, dry_run=True)
        assert drained.evicted == ()
        await nodes.drain(name, ignore_daemonsets=True, timeout=20)
        assert (await nodes.get(name))["spec"]["unschedulable"] is True
    finally:
        await nodes.delete(name)


async def test_pods_and_tokens_of_resources_without_a_class(cluster: Cluster, kube: Client) -> None:
    pods = kube.api("po")
    logging = workload("web", replicas=1)
    logging["spec"]["template"]["spec"]["containers"][0]["name"] = "log-19"
    await kube.api("deploy").create(logging)
    await kube.api("deploy").wait_rollout("web", timeout=30)
    cluster.append_log("hello from web", container="log-19")
    (line,) = [line async for line in pods.logs("deployment/web", tail_lines=1)]
    (same,) = [line async for line in pods.logs(label_selector={"app": "web"}, tail_lines=1)]
    assert (line.container, line.text, same.pod) == ("log-19", "hello from web", line.pod)
    with pytest.raises(StreamError, match="deployment/none has no pods"):
        await kube.api("deploy").create(workload("none", replicas=0))
        await pods.run("deployment/none", ["ls"])

    (pod,) = [pod.metadata.name for pod in await pods.list(label_selector="app=web")]
    await pods.evict(pod, grace_period_seconds=0)
    await pods.wait_for(pod, deleted, timeout=30)
    await kube.api("sa").create({"metadata": {"name": "builder"}})
    assert (await kube.api("sa").create_token("builder", seconds=600)).startswith("ey")

    await pods.create({"metadata": {"name": "manual"}, "spec": {"schedulerName": "nobody", **_containers()}})
    await pods.bind("manual", {"target": {"apiVersion": "v1", "kind": "Node", "name": cluster.nodes[0]}})
    assert (await pods.wait_for("manual", "PodScheduled", timeout=30))["spec"]["nodeName"] == cluster.nodes[0]


def _containers() -> dict[str, Any]:
    return {"containers": [{"name": "app", "image": "nginx:1"}]}
