"""Pods: what admission adds, binding, resize, ephemeral containers, and streams that are refused."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from aiokube import Client
from aiokube.testing import FakeCluster

from .api import JSON_PATCH, MERGE, STRATEGIC, Api

Json = dict[str, Any]

MANAGED = ["metadata.managedFields"]


async def pod(api: Api, *names: str, metadata: Json | None = None, **spec: Any) -> str:
    """Create a pod that no scheduler takes, and return its path."""
    containers = spec.pop("containers", None) or [{"name": name, "image": "a"} for name in names or ("a",)]
    body = {"schedulerName": "nobody", "containers": containers, **spec}
    await api.post(api.core("pods"), {"metadata": {"name": "a", **(metadata or {})}, "spec": body})
    return api.core("pods", "a")


# admission: the token of the service account


async def test_a_pod_gets_a_token(api: Api) -> None:
    path = await pod(api, initContainers=[{"name": "i", "image": "i"}])
    found = await api.get(path)
    (volume,) = found.body["spec"]["volumes"]
    assert volume["name"].startswith("kube-api-access-")
    (mount,) = found.body["spec"]["initContainers"][0]["volumeMounts"]
    assert mount == {
        "name": volume["name"],
        "readOnly": True,
        "mountPath": "/var/run/secrets/kubernetes.io/serviceaccount",
    }


async def test_a_mount_in_the_place_of_the_token_stays(api: Api) -> None:
    mount = {"name": "own", "mountPath": "/var/run/secrets/kubernetes.io/serviceaccount"}
    containers = [{"name": "a", "image": "a", "volumeMounts": [mount]}]
    path = await pod(api, containers=containers, volumes=[{"name": "own", "emptyDir": {}}])
    assert len((await api.get(path)).body["spec"]["volumes"]) == 1


async def test_a_volume_of_the_name_of_a_token_is_taken(api: Api) -> None:
    await pod(api, volumes=[{"name": "kube-api-access-mine", "emptyDir": {}}])


@pytest.mark.parametrize("where", ["pod", "account"])
async def test_a_token_is_declined(api: Api, where: str) -> None:
    if where == "account":
        path = api.core("serviceaccounts", "default")
        await api.patch(path, {"automountServiceAccountToken": False})
        path = await pod(api)
    else:
        path = await pod(api, automountServiceAccountToken=False)
    assert "volumes" not in (await api.get(path)).body["spec"]


async def test_the_image_pull_secrets_of_the_account_are_those_of_the_pod(api: Api) -> None:
    account = api.core("serviceaccounts", "default")
    await api.patch(account, {"imagePullSecrets": [{"name": "registry"}]})
    path = await pod(api)
    assert (await api.get(path)).body["spec"]["imagePullSecrets"] == [{"name": "registry"}]
    await api.delete(path)
    path = await pod(api, imagePullSecrets=[{"name": "own"}])
    assert (await api.get(path)).body["spec"]["imagePullSecrets"] == [{"name": "own"}]


async def test_a_watch_sees_the_end_of_a_pod_without_a_node(api: Api) -> None:
    path = await pod(api)
    version = (await api.get(path)).version
    async with api.watch(api.core("pods"), {"resourceVersion": version}) as events:
        await api.delete(path)
        assert [(await events.next())["type"], (await events.next())["type"]] == ["MODIFIED", "DELETED"]


async def test_a_watch_sees_the_end_of_a_pod_with_its_owner(api: Api) -> None:
    owner = (await api.post(api.core("configmaps"), {"metadata": {"name": "owner"}})).body["metadata"]
    reference = {"apiVersion": "v1", "kind": "ConfigMap", "name": "owner", "uid": owner["uid"]}
    path = await pod(api, metadata={"ownerReferences": [reference]})
    version = (await api.get(path)).version
    async with api.watch(api.core("pods"), {"resourceVersion": version}) as events:
        await api.delete(api.core("configmaps", "owner"))
        assert [(await events.next())["type"], (await events.next())["type"]] == ["MODIFIED", "DELETED"]


@pytest.mark.parametrize("field", ["containers", "initContainers"])
async def test_a_container_needs_an_image(api: Api, field: str) -> None:
    spec = {"containers": [{"name": "a", "image": "a"}], field: [{"name": "b"}]}
    await api.post(api.core("pods"), {"metadata": {"name": "a"}, "spec": spec}, 422)


# binding


def binding(name: str = "a", node: str = "n", **more: Any) -> Json:
    metadata = {"name": name, **more.pop("metadata", {})}
    return {"metadata": metadata, "target": {"kind": "Node", "name": node}, **more}


async def test_a_pod_is_bound(api: Api) -> None:
    path = await pod(api)
    labels = {"topology.kubernetes.io/zone": "z"}
    body = binding(metadata={"labels": labels, "annotations": {"note": "x"}})
    await api.post(f"{path}/binding", body)
    found = await api.get(path)
    assert found.body["spec"]["nodeName"] == "n" and found.body["metadata"]["annotations"] == {"note": "x"}
    assert found.body["status"]["conditions"][0]["type"] == "PodScheduled"
    again = await api.post(f"{path}/binding", binding(), 409)
    assert "already assigned" in again.message


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (binding("b"), 400),
        (binding(target={"kind": "Pod", "name": "n"}), 500),
        (binding(target={"kind": "Node"}), 500),
        (binding(target={"name": "N_N"}), 500),
        (binding(metadata={"uid": "00000000-0000-0000-0000-000000000000"}), 409),
        (binding(metadata={"resourceVersion": "1"}), 409),
    ],
)
async def test_an_invalid_binding_is_refused(api: Api, body: Json, status: int) -> None:
    path = await pod(api)
    await api.post(f"{path}/binding", body, status)
    assert "nodeName" not in (await api.get(path)).body["spec"]


async def test_a_pod_that_waits_for_gates_is_not_bound(api: Api) -> None:
    path = await pod(api, schedulingGates=[{"name": "example.com/wait"}])
    assert (await api.get(path)).body["status"]["conditions"][0]["reason"] == "SchedulingGated"
    await api.post(f"{path}/binding", binding(), 409)


async def test_a_pod_that_is_missing_or_being_deleted_is_not_bound(api: Api) -> None:
    await api.post(api.core("pods", "a", "binding"), binding(), 404)
    path = await pod(api, metadata={"finalizers": ["example.com/hold"]})
    await api.delete(path)
    await api.post(f"{path}/binding", binding(), 409)
    await api.patch(path, {"metadata": {"finalizers": None}})


async def test_a_dry_run_binds_nothing(api: Api) -> None:
    path = await pod(api)
    await api.post(f"{path}/binding", binding(), query={"dryRun": "All"})
    assert "nodeName" not in (await api.get(path)).body["spec"]


async def test_a_pod_is_bound_by_the_old_path(api: Api) -> None:
    path = await pod(api)
    await api.post(api.core("bindings"), binding())
    assert (await api.get(path)).body["spec"]["nodeName"] == "n"


# ephemeral containers


async def test_an_ephemeral_container_is_added(api: Api) -> None:
    path = await pod(api)
    change = {"spec": {"ephemeralContainers": [{"name": "e", "image": "e", "targetContainerName": "a"}]}}
    changed = await api.patch(f"{path}/ephemeralcontainers", change, type=STRATEGIC)
    assert changed.body["metadata"]["generation"] == 2
    await api.get(f"{path}/ephemeralcontainers")
    await api.patch(f"{path}/ephemeralcontainers", change, type=STRATEGIC)


async def test_only_ephemeral_containers_are_changed(api: Api) -> None:
    path = await pod(api)
    found = (await api.get(path)).body
    found["spec"]["ephemeralContainers"] = [{"name": "e", "image": "e"}]
    found["spec"]["containers"][0]["image"] = "other"
    found["metadata"]["labels"] = {"a": "b"}
    changed = await api.put(f"{path}/ephemeralcontainers", found)
    assert changed.body["spec"]["containers"][0]["image"] == "a" and "labels" not in changed.body["metadata"]


@pytest.mark.parametrize(
    "container",
    [
        {"name": "a", "image": "e"},
        {"name": "e"},
        {"name": "e", "image": "e", "targetContainerName": "b"},
        {"name": "e", "image": "e", "ports": [{"containerPort": 80}]},
    ],
)
async def test_an_invalid_ephemeral_container_is_refused(api: Api, container: Json) -> None:
    path = await pod(api)
    await api.patch(f"{path}/ephemeralcontainers", {"spec": {"ephemeralContainers": [container]}}, 422, type=MERGE)


async def test_an_ephemeral_container_stays(api: Api) -> None:
    path = await pod(api)
    added = {"spec": {"ephemeralContainers": [{"name": "e", "image": "e"}]}}
    await api.patch(f"{path}/ephemeralcontainers", added)
    await api.patch(f"{path}/ephemeralcontainers", {"spec": {"ephemeralContainers": []}}, 422)
    # The message ends with a diff of Go.
    change = [{"op": "replace", "path": "/spec/ephemeralContainers/0/image", "value": "f"}]
    differs = ["message", "details.causes"]
    await api.patch(f"{path}/ephemeralcontainers", change, 422, type=JSON_PATCH, differs=differs)


async def test_a_new_pod_has_no_ephemeral_containers(api: Api) -> None:
    spec = {
        "containers": [{"name": "a", "image": "a"}],
        "ephemeralContainers": [{"name": "e", "image": "e"}],
    }
    await api.post(api.core("pods"), {"metadata": {"name": "a"}, "spec": spec}, 422)


# resize


def limited(cpu: str = "1", memory: str = "1Gi", **more: Any) -> Json:
    amounts = {"cpu": cpu, "memory": memory, **more}
    return {"name": "a", "image": "a", "resources": {"requests": amounts, "limits": amounts}}


async def test_a_pod_is_resized(api: Api) -> None:
    path = await pod(api, containers=[limited()])
    change = {"spec": {"containers": [{"name": "a", "resources": limited("2")["resources"]}]}}
    changed = await api.patch(f"{path}/resize", change, type=STRATEGIC)
    assert changed.body["metadata"]["generation"] == 2
    assert changed.body["spec"]["containers"][0]["resources"]["limits"]["cpu"] == "2"
    await api.get(f"{path}/resize")


async def test_only_resources_are_changed_by_a_resize(api: Api) -> None:
    path = await pod(api, containers=[limited()])
    found = (await api.get(path)).body
    found["spec"]["containers"][0] |= {"image": "other", "resources": limited(memory="2Gi")["resources"]}
    found["metadata"]["labels"] = {"a": "b"}
    changed = await api.put(f"{path}/resize", found)
    assert changed.body["spec"]["containers"][0]["image"] == "a" and "labels" not in changed.body["metadata"]


@pytest.mark.parametrize(
    "containers",
    [
        [{"name": "a", "image": "a"}],
        [limited(), {"name": "b", "image": "b"}],
        [{**limited(), "name": "b"}],
        [{"name": "a", "image": "a", "resources": {**limited()["resources"], "requests": {"cpu": "1", "memory": "1"}}}],
        [limited(**{"ephemeral-storage": "1Gi"})],
    ],
)
async def test_an_invalid_resize_is_refused(api: Api, containers: list[Json]) -> None:
    path = await pod(api, containers=[limited()])
    await api.patch(f"{path}/resize", {"spec": {"containers": containers}}, 422, type=MERGE)


async def test_resources_are_changed_by_a_resize_alone(api: Api) -> None:
    path = await pod(api, containers=[limited()])
    change = [{"op": "replace", "path": "/spec/containers/0/resources", "value": limited("2")["resources"]}]
    await api.patch(path, change, 422, type=JSON_PATCH, differs=["message", "details.causes"])


# namespaces/finalize


async def test_a_namespace_is_finalized(api: Api) -> None:
    name = f"{api.namespace}-ends"
    path = f"/api/v1/namespaces/{name}"
    body = {"metadata": {"name": name}, "spec": {"finalizers": ["example.com/hold"]}}
    await api.post("/api/v1/namespaces", body)
    found = (await api.get(path)).body
    found["spec"]["finalizers"] = ["kubernetes", "example.com/other"]
    found["status"] = {"phase": "Terminating"}
    await api.put(f"{path}/finalize", found)
    found = (await api.get(path)).body
    assert found["spec"]["finalizers"] == ["kubernetes", "example.com/other"] and found["status"] == {"phase": "Active"}
    found["spec"]["finalizers"] = ["wrong"]
    await api.put(f"{path}/finalize", found, 422)
    await api.delete(path)
    found = (await api.get(path, differs=["status", "spec", "metadata"])).body
    found["spec"]["finalizers"] = []
    found["metadata"].pop("resourceVersion")
    await api.put(f"{path}/finalize", found, differs=["*"])
    await api.until(path, 404)


# pods that run


@pytest.mark.cluster
async def test_a_real_server_accepts_the_statuses_of_pods_that_run(kube: Client) -> None:
    spec: Json = {
        "restartPolicy": "OnFailure",
        "initContainers": [
            {"name": "migrate", "image": "i:1"},
            {"name": "proxy", "image": "p:1", "restartPolicy": "Always"},
        ],
        "containers": [limited(), {"name": "b", "image": "b@sha256:" + "0" * 64}],
    }
    manifest: Json = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}, "spec": spec}
    unscheduled: Json = {**manifest, "spec": {**spec, "schedulerName": "nobody"}}
    real = await kube.core_v1.pods.create(unscheduled)
    async with FakeCluster(pods_run=True) as cluster, cluster.client() as fake:
        await fake.core_v1.pods.create(manifest)
        seen = []
        steps: list[Callable[[], None]] = [
            lambda: None,
            lambda: cluster.pods.set_ready("a", False, container="b"),
            lambda: cluster.pods.finish("a", container="a", exit_code=1),
            lambda: cluster.pods.finish("a", container="a", exit_code=1),
            lambda: cluster.pods.finish("a", container="b"),
            lambda: cluster.advance(10),
            lambda: cluster.pods.finish("a", container="a"),
        ]
        for step in steps:
            step()
            status = (await fake.core_v1.pods.get("a")).status
            real.status = status
            real = await kube.core_v1.pods.replace_status(real)
            assert real.status == status
            seen.append(status.phase)
    assert seen == [*["Running"] * 6, "Succeeded"]


@pytest.mark.cluster
async def test_a_pod_that_no_node_fits_waits_as_with_a_real_scheduler(kube: Client) -> None:
    spec: Json = {"nodeSelector": {"a": "b"}, "containers": [{"name": "a", "image": "a"}]}
    manifest: Json = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}, "spec": spec}
    found = []
    async with FakeCluster(pods_run=True) as cluster, cluster.client() as fake:
        for client in (kube, fake):
            await client.core_v1.pods.create(manifest)
            waiting = await client.core_v1.pods.wait_for("a", "PodScheduled=False")
            (condition,) = waiting.status.conditions
            condition.last_transition_time = None
            condition.message = re.sub(r"\d+", "N", condition.message or "")
            found.append((waiting.status, condition))
    assert found[0] == found[1]


@pytest.mark.parametrize("taints", [[], [{"key": "gpu", "effect": "NoSchedule"}]])
async def test_a_new_node_is_tainted_until_it_is_ready(api: Api, taints: list[Json]) -> None:
    name = f"{api.namespace}-node"
    answer = await api.post("/api/v1/nodes", {"metadata": {"name": name}, "spec": {"taints": taints}})
    assert {"key": "node.kubernetes.io/not-ready", "effect": "NoSchedule"} in answer.body["spec"]["taints"]
    await api.delete(f"/api/v1/nodes/{name}", differs=["*"])


# streams: what is refused before there is one


@pytest.mark.parametrize("stream", ["exec", "attach", "portforward", "log"])
async def test_a_stream_of_a_missing_pod(api: Api, stream: str) -> None:
    await api.get(api.core("pods", "a", stream), 404, query={"command": "x"})


@pytest.mark.parametrize("stream", ["exec", "attach", "log"])
async def test_a_stream_needs_one_container(api: Api, stream: str) -> None:
    path = await pod(api, "a", "b", initContainers=[{"name": "i", "image": "i"}])
    await api.get(f"{path}/{stream}", 400)
    await api.get(f"{path}/{stream}", 400, query={"container": "c"})


@pytest.mark.parametrize("stream", ["exec", "attach", "portforward"])
async def test_a_stream_needs_a_node(api: Api, stream: str) -> None:
    path = await pod(api)
    await api.get(f"{path}/{stream}", 400)
    await api.post(f"{path}/{stream}", None, 400)
    await api.post(f"{path}/binding", binding(node="missing"))
    await api.get(f"{path}/{stream}", 404)


async def test_a_log_needs_a_node(api: Api) -> None:
    path = await pod(api)
    await api.get(f"{path}/log", 204)
    await api.post(f"{path}/binding", binding(node="missing"))
    await api.get(f"{path}/log", 404)


@pytest.mark.parametrize(
    "query",
    [
        {"tailLines": "-1"},
        {"limitBytes": "0"},
        {"sinceSeconds": "0"},
        {"sinceSeconds": "1", "sinceTime": "2020-01-01T00:00:00Z"},
        {"stream": "Stdout"},
    ],
)
async def test_options_of_a_log_are_checked(api: Api, query: dict[str, str]) -> None:
    path = await pod(api)
    await api.get(f"{path}/log", 422, query=query)


@pytest.mark.parametrize("query", [{"tailLines": "x"}, {"sinceTime": "x"}])
async def test_options_of_a_log_are_parsed(api: Api, query: dict[str, str]) -> None:
    path = await pod(api)
    await api.get(f"{path}/log", 400, query=query)


async def test_a_proxy_needs_a_target(api: Api) -> None:
    await api.get(api.core("pods", "a", "proxy"), 404)
    path = await pod(api)
    await api.get(f"{path}/proxy/", 400)
    await api.get(f"{path}:80/proxy", 400)
    await api.get(api.core("pods", "a:b:c:d", "proxy"), 400)
    await api.get("/api/v1/nodes/missing/proxy/healthz", 404)


async def test_a_proxy_needs_endpoints(api: Api) -> None:
    await api.get(api.core("services", "a", "proxy"), 503)
    await api.get(api.core("services", "a:80", "proxy"), 404)
    spec = {"selector": {"a": "b"}, "ports": [{"name": "http", "port": 80}]}
    await api.post(api.core("services"), {"metadata": {"name": "a"}, "spec": spec}, differs=["spec"])
    await api.get(api.core("services", "a:81", "proxy"), 503)
    await api.get(api.core("services", "a:80", "proxy"), 503)
    await api.get(api.core("services", "a:http", "proxy", "x"), 503)
    await api.get(api.core("services", "a:b:c:d", "proxy"), 400)
