"""Other clients for Python, which no one here has written, do with FakeCluster what their examples do."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import kr8s.asyncio
import pytest
from kr8s.asyncio.objects import ConfigMap, Deployment, Namespace, Pod, new_class
from kubernetes_asyncio import client, config, watch
from kubernetes_asyncio.client import ApiClient, ApiException
from kubernetes_asyncio.dynamic import DynamicClient
from kubernetes_asyncio.leaderelection.electionconfig import Config
from kubernetes_asyncio.leaderelection.leaderelection import LeaderElection
from kubernetes_asyncio.leaderelection.resourcelock.leaselock import LeaseLock
from kubernetes_asyncio.stream import WsApiClient

from aiokube.testing import ContainerSession, FakeCluster

pytestmark = pytest.mark.slow

# Manifests and kr8s's objects are `Any`: these clients take and return more than their types say.
Json = dict[str, Any]

CONTAINER: Json = {"name": "web", "image": "nginx:1.27"}


def pod(name: str) -> Any:
    """Return a pod."""
    metadata = {"name": name, "namespace": "default", "labels": {"app": "web"}}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": {"containers": [CONTAINER]}}


def deployment(name: str) -> Any:
    """Return a deployment."""
    labels = {"app": name}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [CONTAINER]}}
    spec = {"replicas": 1, "selector": {"matchLabels": labels}, "template": template}
    metadata = {"name": name, "namespace": "default"}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata, "spec": spec}


def definition() -> Any:
    """Return the definition of a custom resource."""
    properties = {"spec": {"type": "object", "properties": {"size": {"type": "integer", "default": 1}}}}
    schema = {"openAPIV3Schema": {"type": "object", "properties": properties}}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "parcels.shop.example.com"},
        "spec": {
            "group": "shop.example.com",
            "scope": "Namespaced",
            "names": {"plural": "parcels", "singular": "parcel", "kind": "Parcel", "shortNames": ["pc"]},
            "versions": [{"name": "v1", "served": True, "storage": True, "schema": schema}],
        },
    }


PARCEL: Json = {"apiVersion": "shop.example.com/v1", "kind": "Parcel", "metadata": {"name": "a"}}


async def answer(session: ContainerSession) -> int:
    """Answer a command."""
    await session.write(session.command[0])
    await session.write_error("no error")
    return 3


async def run_web(cluster: FakeCluster) -> None:
    """Let a pod run that has a log."""
    async with cluster.client() as kube:
        await kube.api("pods").create(pod("web"))
        await kube.core_v1.pods.wait_for("web", lambda one: one.status.phase == "Running", timeout=10)
    cluster.pods.write_log("web", "one\ntwo\n")
    cluster.on_exec(answer)


class TestKubernetesAsyncio:
    """kubernetes_asyncio."""

    @pytest.fixture
    async def api(self) -> AsyncIterator[ApiClient]:
        async with FakeCluster() as cluster:
            await config.load_kube_config(config_file=str(cluster.kubeconfig))
            async with ApiClient() as api:
                yield api

    async def test_it_lists_the_pods_of_all_namespaces(self, api: ApiClient) -> None:
        core = client.CoreV1Api(api)
        await core.create_namespaced_pod("default", pod("a"))
        found = await core.list_pod_for_all_namespaces()
        assert [(one.metadata.namespace, one.metadata.name, one.status.phase) for one in found.items] == [
            ("default", "a", "Pending")
        ]

    async def test_it_creates_changes_and_deletes_a_deployment(self, api: ApiClient) -> None:
        apps = client.AppsV1Api(api)
        made = await apps.create_namespaced_deployment("default", deployment("web"))
        made.spec.template.spec.containers[0].image = "nginx:1.28"
        changed = await apps.patch_namespaced_deployment("web", "default", made)
        assert changed.metadata.generation == 2
        scaled = await apps.patch_namespaced_deployment_scale("web", "default", {"spec": {"replicas": 3}})
        assert scaled.spec.replicas == 3
        with pytest.raises(ApiException) as conflict:
            await apps.replace_namespaced_deployment("web", "default", made)
        assert conflict.value.status == 409
        options = client.V1DeleteOptions(propagation_policy="Foreground", grace_period_seconds=5)
        await apps.delete_namespaced_deployment("web", "default", body=options)
        assert not (await apps.list_namespaced_deployment("default")).items

    async def test_it_watches(self, api: ApiClient) -> None:
        core = client.CoreV1Api(api)
        seen = []
        async with watch.Watch().stream(core.list_namespaced_pod, "default", timeout_seconds=10) as events:
            await core.create_namespaced_pod("default", pod("a"))
            async for event in events:
                seen.append((event["type"], event["object"].metadata.name))
                if event["type"] == "ADDED":
                    await core.delete_namespaced_pod("a", "default", grace_period_seconds=0)
                if event["type"] == "DELETED":
                    break
        # As on a real server, a pod is marked before it goes.
        assert seen == [("ADDED", "a"), ("MODIFIED", "a"), ("DELETED", "a")]

    async def test_its_dynamic_client_defines_a_kind_and_uses_it(self, api: ApiClient) -> None:
        dynamic = await DynamicClient(api)
        definitions = await dynamic.resources.get(
            api_version="apiextensions.k8s.io/v1", kind="CustomResourceDefinition"
        )
        await definitions.create(definition())
        await dynamic.resources.invalidate_cache()
        parcels = await dynamic.resources.get(api_version="shop.example.com/v1", kind="Parcel")
        made = await parcels.create(PARCEL, namespace="default")
        assert made.spec is None
        await parcels.patch({"spec": {}}, name="a", namespace="default", content_type="application/merge-patch+json")
        applied = await parcels.server_side_apply(
            {**PARCEL, "spec": {"size": 3}}, namespace="default", field_manager="test", force_conflicts=True
        )
        assert applied.spec.size == 3
        assert [one.metadata.name for one in (await parcels.get(namespace="default")).items] == ["a"]
        await parcels.delete(name="a", namespace="default")

    async def test_it_uses_custom_objects(self, api: ApiClient) -> None:
        await client.ApiextensionsV1Api(api).create_custom_resource_definition(definition())
        parcels = client.CustomObjectsApi(api)
        place = ("shop.example.com", "v1", "default", "parcels")
        await parcels.create_namespaced_custom_object(*place, {**PARCEL, "spec": {"size": 2}})
        assert (await parcels.get_namespaced_custom_object(*place, "a"))["spec"] == {"size": 2}

    async def test_it_runs_commands_and_reads_logs(self) -> None:
        async with FakeCluster(pods_run=True) as cluster:
            await run_web(cluster)
            await config.load_kube_config(config_file=str(cluster.kubeconfig))
            async with ApiClient() as api:
                core: Any = client.CoreV1Api(api)
                assert await core.read_namespaced_pod_log("web", "default", tail_lines=1) == "two\n"
                followed = await core.read_namespaced_pod_log("web", "default", follow=True, _preload_content=False)
                assert await followed.content.readline() == b"one\n"
                followed.close()
            async with WsApiClient() as streams:
                options: Json = {"command": ["date"], "stdout": True, "stderr": True, "stdin": False}
                core = client.CoreV1Api(streams)
                assert await core.connect_get_namespaced_pod_exec("web", "default", **options) == "dateno error"
                opened = await core.connect_get_namespaced_pod_exec("web", "default", **options, _preload_content=False)
                async with opened as socket:
                    messages = [message.data async for message in socket]
                assert streams.parse_error_data(messages[-1][1:].decode()) == 3

    async def test_it_elects_a_leader(self, api: ApiClient) -> None:
        led: list[str] = []
        both = asyncio.Event()

        async def lead() -> None:
            led.append("started")
            both.set()

        async def stop() -> None:
            led.append("stopped")

        def candidate(name: str) -> LeaderElection:
            lock = LeaseLock("leader", "default", name, api)
            return LeaderElection(Config(lock, 3, 2, 1, onstarted_leading=lead, onstopped_leading=stop))

        running = [asyncio.create_task(candidate(name).run()) for name in ("one", "two")]
        async with asyncio.timeout(10):
            await both.wait()
        await asyncio.sleep(0.5)
        lease = await client.CoordinationV1Api(api).read_namespaced_lease("leader", "default")
        assert led == ["started"] and lease.spec.holder_identity in ("one", "two")
        for task in running:
            task.cancel()
        await asyncio.wait(running)


@asynccontextmanager
async def connected(cluster: FakeCluster) -> AsyncIterator[Any]:
    """kr8s, which has no way to close its connections."""
    api = await kr8s.asyncio.api(kubeconfig=str(cluster.kubeconfig))
    yield api
    if api._session is not None:
        await api._session.aclose()


@pytest.mark.filterwarnings("ignore:Kubernetes version .* is not supported:UserWarning")
class TestKr8s:
    """kr8s."""

    @pytest.fixture
    async def api(self) -> AsyncIterator[Any]:
        async with FakeCluster() as cluster, connected(cluster) as api:
            yield api

    async def test_it_creates_lists_and_deletes(self, api: Any) -> None:
        await (await Namespace({"metadata": {"name": "shop"}}, api=api)).create()
        one = await Pod(pod("a"), api=api)
        await one.create()
        assert [found.name async for found in api.get("pods", namespace=kr8s.ALL)] == ["a"]
        assert [found.name async for found in api.get("pods", label_selector={"app": "other"})] == []
        assert (await Pod.get("a", api=api)).status.phase == "Pending"
        await one.delete(grace_period=0)
        await one.wait("delete", timeout=10)
        assert not await one.exists()

    async def test_it_scales_labels_and_waits(self, api: Any) -> None:
        web = await Deployment(deployment("web"), api=api)
        await web.create()
        await web.label({"tier": "front"})
        await web.annotate({"note": "x"})
        await web.patch({"spec": {"paused": True}})
        scaling = asyncio.create_task(web.scale(3))
        async with asyncio.timeout(10):
            while (await Deployment.get("web", api=api)).spec.replicas != 3:
                await asyncio.sleep(0.02)
        # A controller that is not there would say so.
        await web.patch({"status": {"replicas": 3, "readyReplicas": 3}}, subresource="status")
        await asyncio.wait_for(scaling, 10)
        await web.wait("jsonpath='{.status.readyReplicas}'=3", timeout=10)
        await web.refresh()
        assert web.labels == {"tier": "front"} and web.annotations["note"] == "x"

    async def test_it_watches(self, api: Any) -> None:
        metadata = {"name": "a", "labels": {"app": "web"}}
        await (await ConfigMap({"metadata": metadata, "data": {"k": "1"}}, api=api)).create()
        seen = []
        async with contextlib.aclosing(api.watch("configmaps", label_selector={"app": "web"})) as events:
            async for type, found in events:
                seen.append((type, found.data.get("k")))
                if type == "ADDED":
                    await found.patch({"data": {"k": "2"}})
                if type == "MODIFIED":
                    break
        assert seen == [("ADDED", "1"), ("MODIFIED", "2")]

    async def test_it_runs_commands_and_reads_logs(self) -> None:
        async with FakeCluster(pods_run=True) as cluster:
            await run_web(cluster)
            async with connected(cluster) as api:
                web = await Pod.get("web", api=api)
                assert await web.ready()
                assert [line async for line in web.logs(tail_lines=1)] == ["two"]
                done = await web.exec(["date"], check=False)
                assert (done.stdout, done.stderr, done.returncode) == (b"date", b"no error", 3)

    async def test_it_uses_a_kind_that_it_does_not_know(self, api: Any) -> None:
        definitions = new_class("CustomResourceDefinition", version="apiextensions.k8s.io/v1", namespaced=False)
        crd = await definitions(definition(), api=api)
        await crd.create()
        await crd.wait("condition=Established", timeout=10)
        parcels = new_class("Parcel", version="shop.example.com/v1")
        await (await parcels({**PARCEL, "spec": {}}, api=api)).create()
        (found,) = [one async for one in api.get("parcels.shop.example.com")]
        assert found.raw["spec"] == {"size": 1}

    async def test_it_asks_for_the_version_the_kinds_and_who_it_is(self, api: Any) -> None:
        assert (await api.version())["gitVersion"].startswith("v1.")
        assert await api.whoami() == "kubernetes-admin"
        assert "pods" in {one["name"] for one in await api.api_resources()}
