"""Waiting for several objects and for places in them, beside the real kubectl."""

from __future__ import annotations

import asyncio

import pytest

from aiokube import Client, created, deleted
from aiokube.errors import InvalidArgument, InvalidRequest, NotFound, WaitTimeout
from tests.cluster.cluster import Cluster
from tests.e2e.streams import run_pod
from tests.support.kubectl import kubectl

pytestmark = pytest.mark.cluster

CONDITIONS = [
    "jsonpath={.status.phase}=Running",
    "jsonpath={.status.phase}=Failed",
    "jsonpath={.status.podIP}",
    "jsonpath={.status.nothing}",
    "jsonpath={.metadata.labels.app}=web",
    'jsonpath={.status.conditions[?(@.type=="Ready")].status}=True',
    "jsonpath={.status.containerStatuses[0].ready}=true",
    "jsonpath={.spec.terminationGracePeriodSeconds}=0",
    "jsonpath=.status.phase=Running",
    "jsonpath=status.phase",
    "jsonpath={.status.phase}='Running'",
    "jsonpath={.spec.containers[0:1].name}=main",
    "jsonpath={..nodeName}",
    "jsonpath={.spec['nodeName','nothing']}",
    "jsonpath={.status.containerStatuses[?(@.restartCount<1)].ready}=true",
    "jsonpath={.status.containerStatuses[?(@.ready)].name}=main",
    "jsonpath={.status.containerStatuses[?(@.ready==false)].name}=main",
    "Ready=False",
    "ready=true",
    "condition=Ready",
    "condition=Ready=False",
]


REFUSED = {
    "jsonpath={.status.phase}=": "nothing after '='",
    "jsonpath={.status}=x": "leads to an object or a list",
    "jsonpath={.status.conditions[*].type}=Ready": "leads to . values",
    "jsonpath={.status.containerStatuses[?(@.ready=='true')].name}": "another type",
}


async def test_conditions_are_met_when_kubectl_says_so(cluster: Cluster, kube: Client) -> None:
    await run_pod(kube, "web-0", app="web")
    for condition in CONDITIONS:
        flag = condition if condition.startswith(("jsonpath", "condition")) else f"condition={condition}"
        # A look, without waiting.
        wait = ["wait", "pod/web-0", f"--for={flag}", "--timeout=0"]
        theirs, ours = await asyncio.gather(
            kubectl(cluster, kube.namespace, *wait),
            kube.core_v1.pods.wait_for("web-0", condition, timeout=0),
            return_exceptions=True,
        )
        assert not isinstance(theirs, BaseException)
        assert (theirs.returncode == 0) is not isinstance(ours, WaitTimeout), (condition, theirs.stderr, ours)
    with pytest.raises(WaitTimeout, match=r"its {\.status\.phase} is Running"):
        await kube.core_v1.pods.wait_for("web-0", "jsonpath={.status.phase}=Failed", timeout=0.2)
    for condition, problem in REFUSED.items():
        theirs = await kubectl(cluster, kube.namespace, "wait", "pod/web-0", f"--for={condition}", "--timeout=1s")
        assert (theirs.returncode, "timed out" in theirs.stderr) == (1, False), (condition, theirs.stderr)
        with pytest.raises(InvalidArgument, match=problem):
            await kube.core_v1.pods.wait_for("web-0", condition, timeout=0.2)


async def test_all_and_any_of_several_objects_are_waited_for(cluster: Cluster, kube: Client) -> None:
    pods = kube.core_v1.pods
    names = ["one", "two", "three"]
    waiting = asyncio.create_task(pods.wait_for_all("Ready", names=names, timeout=20))
    first = asyncio.create_task(pods.wait_for_any("Ready", names=names, timeout=20))
    await run_pod(kube, "two", app="many")
    assert (await first).metadata.name == "two"
    assert not waiting.done()
    for name in ("one", "three"):
        await run_pod(kube, name, app="many")
    assert [pod.metadata.name for pod in await waiting] == names
    assert len(await pods.wait_for_all("Ready", label_selector={"app": "many"}, timeout=5)) == 3
    wait = ["wait", "pods", "-l", "app=many", "--for=condition=Ready", "--timeout=5s"]
    assert (await kubectl(cluster, kube.namespace, *wait)).stdout.count("condition met") == 3
    gone = asyncio.create_task(pods.wait_for_all(deleted, label_selector="app=many", timeout=20))
    await asyncio.sleep(0.2)
    await pods.delete_collection(label_selector="app=many")
    assert [pod.metadata.name for pod in await gone if pod] == sorted(names)


async def test_those_that_are_late_are_named(kube: Client) -> None:
    before = asyncio.all_tasks()
    await run_pod(kube, "here")
    with pytest.raises(WaitTimeout, match=r"2 of 3 objects: pods \S+/late-1: .* does not exist; pods \S+/late-2"):
        await kube.core_v1.pods.wait_for_all(created, names=["here", "late-1", "late-2"], timeout=0.5)
    with pytest.raises(WaitTimeout, match="2 of 2 objects"):
        await kube.core_v1.pods.wait_for_any(created, names=["late-1", "late-2"], timeout=0.5)
    assert asyncio.all_tasks() == before


async def test_nothing_to_wait_for_is_an_error_as_with_kubectl(cluster: Cluster, kube: Client) -> None:
    pods = kube.core_v1.pods
    wait = ["wait", "pods", "-l", "app=none", "--timeout=1s"]
    assert (await kubectl(cluster, kube.namespace, *wait, "--for=condition=Ready")).returncode == 1
    with pytest.raises(NotFound, match="no object matches the label selector 'app=none'"):
        await pods.wait_for_all("Ready", label_selector="app=none")
    with pytest.raises(NotFound, match="no object matches"):
        await pods.wait_for_any("Ready", label_selector={"app": "none"})
    assert (await kubectl(cluster, kube.namespace, *wait, "--for=delete")).returncode == 0
    assert await pods.wait_for_all(deleted, label_selector="app=none") == []
    with pytest.raises(InvalidRequest, match="neither names nor a label selector is given; pass one of them: for all"):
        await pods.wait_for_all("Ready")
    with pytest.raises(InvalidRequest, match="names and a selector"):
        await pods.wait_for_all("Ready", names=["one"], label_selector="app=one")
