"""Labels, annotations, tokens, logs of many pods, and commands through workloads, beside the real kubectl."""

from __future__ import annotations

import asyncio
import base64
import json
from typing import Any

import pytest

from aiokube import Client
from aiokube.errors import BadRequest, Conflict, Invalid, InvalidRequest, NotFound, StreamError
from aiokube.streams import LogLine
from tests.cluster.cluster import Cluster
from tests.e2e.streams import nothing_left, run_pod
from tests.support.kubectl import kubectl, read

pytestmark = pytest.mark.cluster

_CHANGES: list[tuple[dict[str, str | None], bool]] = [
    ({"tier": "web"}, False),
    ({"tier": "web", "app": "shop"}, False),
    ({"app": None}, False),
    ({"missing": None}, False),
    ({"app": "store"}, False),
    ({"app": "store"}, True),
    ({"app": None, "tier": "back", "new": ""}, True),
]


def as_flags(values: dict[str, str | None], *, overwrite: bool) -> list[str]:
    """Changes as the arguments of kubectl."""
    changes = [f"{key}-" if value is None else f"{key}={value}" for key, value in values.items()]
    return [*changes, *(["--overwrite"] if overwrite else [])]


@pytest.mark.parametrize("field", ["labels", "annotations"])
@pytest.mark.parametrize(("values", "overwrite"), _CHANGES, ids=str)
async def test_labels_and_annotations_are_stored_or_refused_as_by_kubectl(
    cluster: Cluster, kube: Client, field: str, values: dict[str, str | None], overwrite: bool
) -> None:
    maps = kube.core_v1.config_maps
    for name in ("ours", "theirs"):
        metadata: dict[str, Any] = {"name": name, field: {"app": "shop"}}
        await maps.create({"metadata": metadata})
    verb = "label" if field == "labels" else "annotate"
    theirs = await kubectl(cluster, kube.namespace, verb, "cm", "theirs", *as_flags(values, overwrite=overwrite))
    set_values = maps.label if field == "labels" else maps.annotate
    try:
        changed = await set_values("ours", values, overwrite=overwrite)
    except Conflict as error:
        assert (theirs.returncode, "--overwrite is false" in theirs.stderr) == (1, True)
        # An annotation may hold a whole Secret.
        assert ("'app'" in str(error), "shop" in str(error)) == (True, field == "labels")
    else:
        assert theirs.returncode == 0, theirs.stderr
        stored = (await read(cluster, kube.namespace, "cm/theirs"))["metadata"].get(field, {})
        assert dict(getattr(changed.metadata, field)) == stored
    ours, kubectls = [
        (await read(cluster, kube.namespace, f"cm/{name}"))["metadata"].get(field) for name in ("ours", "theirs")
    ]
    assert ours == kubectls


async def test_a_label_that_another_client_sets_at_the_same_time_is_not_overwritten(kube: Client) -> None:
    maps = kube.core_v1.config_maps
    await maps.create({"metadata": {"name": "contested"}})
    outcomes = await asyncio.gather(
        *(maps.label("contested", {"owner": str(number)}) for number in range(5)), return_exceptions=True
    )
    assert [type(outcome).__name__ for outcome in outcomes].count("ConfigMap") == 1
    assert all(isinstance(outcome, Conflict) for outcome in outcomes if isinstance(outcome, BaseException))


async def test_many_set_labels_of_one_object_at_the_same_time(kube: Client) -> None:
    maps = kube.core_v1.config_maps
    await maps.create({"metadata": {"name": "busy"}})
    await asyncio.gather(*(maps.label("busy", {f"of-{number}": "set"}) for number in range(20)))
    assert len((await maps.get("busy")).metadata.labels) == 20


async def test_cluster_scoped_objects_have_labels_and_wrong_values_are_refused(kube: Client) -> None:
    labelled = await kube.core_v1.namespaces.label(kube.namespace, {"team": "shop"})
    assert labelled.metadata.labels["team"] == "shop"
    assert "team" not in (await kube.core_v1.namespaces.label(kube.namespace, {"team": None})).metadata.labels
    with pytest.raises(Invalid):
        await kube.core_v1.namespaces.label(kube.namespace, {"team": "not a label!"})
    with pytest.raises(NotFound):
        await kube.core_v1.config_maps.label("missing", {"a": "b"})
    wrong: Any = {"a": 1}
    with pytest.raises(InvalidRequest, match=r"labels\['a'\] is of the type int"):
        await kube.core_v1.config_maps.label("missing", wrong)


def claims(token: str) -> dict[str, Any]:
    """Claims of a token."""
    payload = token.split(".")[1]
    found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return found


async def test_a_token_says_what_that_of_kubectl_says(cluster: Cluster, kube: Client) -> None:
    await kube.core_v1.service_accounts.create({"metadata": {"name": "builder"}})
    flags = ["--duration=1200s", "--audience=a", "--audience=b"]
    theirs = claims((await kubectl(cluster, kube.namespace, "create", "token", "builder", *flags)).stdout.strip())
    ours = claims(await kube.core_v1.service_accounts.create_token("builder", seconds=1200, audiences=["a", "b"]))
    assert ours["exp"] - ours["iat"] == theirs["exp"] - theirs["iat"] == 1200
    assert {key: ours[key] for key in ("aud", "sub", "iss")} == {key: theirs[key] for key in ("aud", "sub", "iss")}
    default = claims(await kube.core_v1.service_accounts.create_token("builder"))
    assert default["exp"] - default["iat"] == 3600
    with pytest.raises(Invalid, match="10 minutes"):
        await kube.core_v1.service_accounts.create_token("builder", seconds=60)
    assert (await kubectl(cluster, kube.namespace, "create", "token", "builder", "--duration=60s")).returncode == 1


async def test_logs_of_many_pods_are_those_of_kubectl(cluster: Cluster, kube: Client) -> None:
    await run_pod(kube, "one", "log-11", "log-12", app="logs")
    await run_pod(kube, "two", "log-13", app="logs")
    await run_pod(kube, "other", "log-14", app="other")
    for number in range(1, 5):
        cluster.append_log(f"of {number}", container=f"log-1{number}")
    flags = ["logs", "-l", "app=logs", "--all-containers", "--prefix", "--tail=1"]
    theirs = (await kubectl(cluster, kube.namespace, *flags)).stdout.splitlines()
    async with nothing_left(kube):
        found = [line async for line in kube.core_v1.pods.logs(label_selector={"app": "logs"}, tail_lines=1)]
    assert [f"[pod/{line.pod}/{line.container}] {line.text}" for line in found] == sorted(theirs)
    assert [line.pod for line in found] == ["one", "one", "two"]
    (only,) = [
        line async for line in kube.core_v1.pods.logs(label_selector="app=logs", container="log-13", tail_lines=1)
    ]
    assert only == LogLine("log-13", "of 3", "two")
    with pytest.raises(InvalidRequest, match="neither a name nor a selector"):
        await anext(kube.core_v1.pods.logs())


@pytest.mark.parametrize("follow", [False, True])
async def test_logs_of_what_does_not_exist_fail_at_once_as_with_kubectl(
    cluster: Cluster, kube: Client, follow: bool, caplog: pytest.LogCaptureFixture
) -> None:
    await run_pod(kube, "one", "log-18", app="logs")
    await run_pod(kube, "two", "log-19", app="logs")
    flags = ["--follow"] if follow else []
    for name in ("nope", "pod/nope", "deployment/nope"):
        theirs = await kubectl(cluster, kube.namespace, "logs", name, *flags)
        assert (theirs.returncode, "NotFound" in theirs.stderr) == (1, True)
        with pytest.raises(NotFound, match='"nope" not found'):
            await asyncio.wait_for(anext(kube.core_v1.pods.logs(name, follow=follow)), 10)
    theirs = await kubectl(cluster, kube.namespace, "logs", "one", "-c", "nope", *flags)
    assert (theirs.returncode, "not valid for pod one" in theirs.stderr) == (1, True)
    with pytest.raises(BadRequest, match="pod one has no container named 'nope'; there are log-18"):
        await asyncio.wait_for(anext(kube.core_v1.pods.logs("one", container="nope", follow=follow)), 10)
    with pytest.raises(BadRequest, match=r"the 2 pods have no container named 'nope'; there are log-1., log-1."):
        lines = kube.core_v1.pods.logs(label_selector="app=logs", container="nope", follow=follow)
        await asyncio.wait_for(anext(lines), 10)
    assert not caplog.records


async def test_followed_logs_have_the_lines_of_pods_to_come(cluster: Cluster, kube: Client) -> None:
    await run_pod(kube, "old", "log-15", app="follow")
    cluster.append_log("before", container="log-15")
    async with nothing_left(kube), asyncio.timeout(20):
        lines = kube.core_v1.pods.logs(label_selector="app=follow", follow=True, tail_lines=1)
        assert await anext(lines) == LogLine("log-15", "before", "old")
        cluster.append_log("later", container="log-15")
        assert await anext(lines) == LogLine("log-15", "later", "old")
        cluster.append_log("first of new", container="log-16")
        cluster.append_log("second of new", container="log-16")
        await run_pod(kube, "new", "log-16", app="follow")
        # All lines of a container to come, whatever `tail_lines` says of those that exist.
        found = [await anext(lines)]
        while found[-1].text != "second of new":
            found.append(await anext(lines))
        assert LogLine("log-16", "first of new", "new") in found
        await kube.core_v1.pods.delete("old")
        cluster.append_log("still here", container="log-16")
        assert await anext(lines) == LogLine("log-16", "still here", "new")
        await lines.aclose()


async def test_logs_of_a_workload_are_those_of_all_its_pods(cluster: Cluster, kube: Client) -> None:
    template = {
        "metadata": {"labels": {"app": "web"}},
        "spec": {"terminationGracePeriodSeconds": 0, "containers": [{"name": "log-17", "image": "none"}]},
    }
    spec: dict[str, Any] = {"replicas": 2, "selector": {"matchLabels": {"app": "web"}}, "template": template}
    await kube.apps_v1.deployments.create({"metadata": {"name": "web"}, "spec": spec})
    await kube.apps_v1.deployments.wait_rollout("web", timeout=20)
    cluster.append_log("hello", container="log-17")
    found = [line async for line in kube.core_v1.pods.logs("deployment/web", tail_lines=1)]
    assert len({line.pod for line in found}) == 2
    assert {line.text for line in found} == {"hello"}
    async with asyncio.timeout(10):
        stamped = kube.core_v1.pods.logs("deploy/web", tail_lines=1, follow=True, timestamps=True)
        assert (await anext(stamped)).text.endswith("Z hello")
        await stamped.aclose()


async def test_a_command_runs_in_a_pod_of_a_workload_as_with_kubectl(cluster: Cluster, kube: Client) -> None:
    await run_pod(kube, "web-0", app="web")
    labels = {"app": "web"}
    await kube.core_v1.services.create(
        {"metadata": {"name": "web"}, "spec": {"selector": labels, "ports": [{"port": 80}]}}
    )
    theirs = await kubectl(cluster, kube.namespace, "exec", "service/web", "--", "echo", "hello")
    done = await kube.core_v1.pods.run("service/web", ["echo", "hello"])
    assert done.stdout.decode() == theirs.stdout == "hello\n"
    async with kube.core_v1.pods.exec("svc/web", ["cat"], stdin=True) as process:
        assert process.stdin
        assert process.stdout
        process.stdin.write(b"through\n")
        assert await process.stdout.readline() == b"through\n"
    with pytest.raises(NotFound):
        await kube.core_v1.pods.run("deployment/none", ["true"])
    with pytest.raises(InvalidRequest, match="the type before the slash"):
        await kube.core_v1.pods.run("house/web", ["true"])
    await kube.core_v1.pods.delete("web-0")
    with pytest.raises(StreamError, match="service/web has no pods"):
        for _ in range(50):
            await kube.core_v1.pods.run("service/web", ["true"])
            await asyncio.sleep(0.1)


async def test_an_api_of_any_kind_has_the_verbs_of_all_kinds(kube: Client) -> None:
    labels = {"app": "web"}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "app", "image": "none"}]}}
    spec = {"replicas": 0, "selector": {"matchLabels": labels}, "template": template}
    deployments = kube.api("deploy")
    await deployments.create({"metadata": {"name": "web"}, "spec": spec})
    scaled = await deployments.scale("web", 2)
    assert scaled["spec"]["replicas"] == 2
    (available,) = await deployments.wait_for_all("Available", names=["web"], timeout=20)
    assert (await deployments.wait_for_any("Available", names=["web", "none"])).metadata.uid == available.metadata.uid
    labelled = await deployments.label("web", {"tier": "front"})
    assert labelled.metadata.labels["tier"] == "front"
    with pytest.raises(Conflict, match="'tier' is 'front'"):
        await deployments.label("web", {"tier": "back"})
    annotated = await deployments.annotate("web", {"example.com/owner": "shop"})
    assert annotated.metadata.annotations["example.com/owner"] == "shop"
    met = await deployments.wait_for("web", "jsonpath={.status.availableReplicas}=2", timeout=20)
    assert met["status"]["availableReplicas"] == 2
