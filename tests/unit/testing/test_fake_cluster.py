"""FakeCluster: how it is reached, the faults that it makes on purpose, its time, and what it remembers."""

from __future__ import annotations

import asyncio
import contextlib
import stat
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from aiokube import Client, Config
from aiokube.errors import (
    ApiError,
    ConfigError,
    Conflict,
    ConnectionError,
    DecodeError,
    Expired,
    Forbidden,
    InvalidArgument,
    NotFound,
    TLSError,
    TooManyRequests,
    Unauthorized,
)
from aiokube.models import core_v1, meta_v1
from aiokube.testing import FakeCluster


def config_map(name: str = "a", **data: str) -> core_v1.ConfigMap:
    return core_v1.ConfigMap(metadata=meta_v1.ObjectMeta(name=name), data=data)


# how it is reached


async def test_the_kubeconfig_is_for_any_client(cluster: FakeCluster) -> None:
    assert stat.S_IMODE(cluster.kubeconfig.stat().st_mode) == 0o600
    async with Client(kubeconfig=cluster.kubeconfig) as kube:
        assert [one.metadata.name for one in (await kube.core_v1.namespaces.list()).items] == [
            "default",
            "kube-node-lease",
            "kube-public",
            "kube-system",
        ]


async def test_the_kubeconfig_ends_with_the_cluster() -> None:
    async with FakeCluster() as cluster:
        path = cluster.kubeconfig
    assert not path.exists()


async def test_a_cluster_that_does_not_run_has_no_clients() -> None:
    with pytest.raises(ConfigError, match="async with"):
        FakeCluster().client()


async def test_a_cluster_is_entered_once() -> None:
    cluster = FakeCluster()
    async with cluster:
        pass
    with pytest.raises(ConfigError, match="once"):
        async with cluster:
            pass


async def test_each_cluster_has_an_authority_of_its_own(cluster: FakeCluster) -> None:
    async with FakeCluster() as other:
        config = Config(
            server=cluster.url, certificate_authority_data=other.config().certificate_authority_data, token="x"
        )
        async with Client(config, max_retries=0) as kube:
            with pytest.raises(TLSError):
                await kube.version()


async def test_a_wrong_token_is_refused(cluster: FakeCluster) -> None:
    config = cluster.config()
    async with Client(
        Config(server=config.server, certificate_authority_data=config.certificate_authority_data, token="wrong")
    ) as kube:
        with pytest.raises(Unauthorized):
            await kube.core_v1.config_maps.list()


async def test_nobody_is_forbidden_everything_but_health(cluster: FakeCluster) -> None:
    config = cluster.config()
    async with Client(
        Config(server=config.server, certificate_authority_data=config.certificate_authority_data)
    ) as kube:
        await kube.version()
        with pytest.raises(Forbidden):
            await kube.core_v1.config_maps.list()


async def test_a_namespace_is_that_of_the_client(cluster: FakeCluster) -> None:
    async with cluster.client(namespace="kube-public") as kube:
        assert (await kube.core_v1.config_maps.create(config_map())).metadata.namespace == "kube-public"


async def test_clusters_are_independent(cluster: FakeCluster, kube: Client) -> None:
    await kube.core_v1.config_maps.create(config_map())
    async with FakeCluster() as other, other.client() as its:
        with pytest.raises(NotFound):
            await its.core_v1.config_maps.get("a")


async def test_many_clusters_run_side_by_side() -> None:
    async def use(number: int) -> None:
        async with FakeCluster() as cluster, cluster.client() as kube:
            await kube.core_v1.config_maps.create(config_map(str(number)))
            assert len((await kube.core_v1.config_maps.list()).items) == 2

    await asyncio.gather(*(use(number) for number in range(20)))


# what it is made of


def test_a_folder_without_documents_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"aiokube_codegen\.fetch"):
        FakeCluster(spec=tmp_path)


async def test_a_document_that_is_none_is_named(tmp_path: Path) -> None:
    (tmp_path / "api__v1_openapi.json").write_text("[]")
    async with FakeCluster(spec=tmp_path) as cluster:
        with pytest.raises(ConfigError, match=r"api__v1_openapi\.json: not an OpenAPI v3 document"):
            cluster.odd_object("configmaps", "a", {})


async def test_only_what_the_document_has_is_served(tmp_path: Path) -> None:
    root = Path(__file__).parents[3] / "spec" / "v3"
    (tmp_path / "api__v1_openapi.json").write_bytes((root / "api__v1_openapi.json").read_bytes())
    async with FakeCluster(spec=tmp_path) as cluster, cluster.client() as kube:
        await kube.core_v1.config_maps.create(config_map())
        with pytest.raises(NotFound):
            await kube.apps_v1.deployments.list()


@pytest.mark.parametrize(
    ("path", "named"),
    [
        ("/api/v1/componentstatuses", "componentstatuses"),
    ],
)
async def test_what_it_does_not_do_is_refused_by_name(kube: Client, path: str, named: str) -> None:
    with pytest.raises(ApiError, match=named) as caught:
        await kube.request("GET", path)
    assert caught.value.code == 501 and "FakeCluster" in str(caught.value)


# faults on purpose


async def test_the_next_requests_are_throttled(cluster: FakeCluster, kube: Client) -> None:
    cluster.throttle(2, retry_after=7)
    for _ in range(2):
        with pytest.raises(TooManyRequests) as caught:
            await kube.core_v1.config_maps.list()
        assert caught.value.status.details is not None and caught.value.status.details.retry_after_seconds == 7
    await kube.core_v1.config_maps.list()


async def test_a_client_waits_and_tries_again(cluster: FakeCluster) -> None:
    cluster.throttle(1, retry_after=0)
    async with cluster.client() as kube:
        await kube.core_v1.config_maps.list()
    assert [request.status for request in cluster.requests] == [429, 200]


async def test_requests_of_a_verb_fail(cluster: FakeCluster, kube: Client) -> None:
    cluster.fail(1, 409, message="not now", verbs=("create",))
    await kube.core_v1.config_maps.list()
    with pytest.raises(Conflict, match="not now"):
        await kube.core_v1.config_maps.create(config_map())
    await kube.core_v1.config_maps.create(config_map())


@pytest.mark.parametrize(("count", "code"), [(0, 500), (1, 200), (1, 600)])
async def test_a_fault_that_is_none_is_refused(cluster: FakeCluster, count: int, code: int) -> None:
    with pytest.raises(InvalidArgument):
        cluster.fail(count, code)


async def test_answers_take_longer(cluster: FakeCluster, kube: Client) -> None:
    cluster.latency(0.05)
    began = asyncio.get_running_loop().time()
    await kube.core_v1.config_maps.list()
    assert asyncio.get_running_loop().time() - began >= 0.05


async def test_no_answer_comes_through_a_partition(cluster: FakeCluster) -> None:
    async with cluster.client(max_retries=0, timeout=0.1) as kube:
        with cluster.partitioned():
            with pytest.raises(ConnectionError):
                await kube.core_v1.config_maps.list()
        await kube.core_v1.config_maps.list()


async def test_a_cluster_that_was_left_stays_so(cluster: FakeCluster) -> None:
    async with FakeCluster() as other:
        path = other.kubeconfig
    for call in (other.start, other.restart):
        with pytest.raises(ConfigError, match="make another FakeCluster"):
            await call()
    for use in (lambda: other.kubeconfig, lambda: other.kubeconfig_for("alice"), other.client, other.config):
        with pytest.raises(ConfigError, match="make another FakeCluster"):
            use()
    await other.stop()
    assert not path.parent.exists()


async def test_a_server_starts_and_stops_in_the_order_of_the_calls(cluster: FakeCluster, kube: Client) -> None:
    for calls in (["stop", "stop", "start", "start"], ["restart", "restart", "stop", "start"], ["restart", "stop"]):
        await asyncio.gather(*(getattr(cluster, call)() for call in calls))
    with pytest.raises(ConnectionError):
        await kube.version()
    await cluster.start()
    await kube.version()


async def test_a_port_that_another_program_has_taken_is_named(cluster: FakeCluster, kube: Client) -> None:
    await cluster.stop()
    port = int(cluster.url.rpartition(":")[2])
    async with await asyncio.start_server(lambda *_: None, "127.0.0.1", port):
        with pytest.raises(ConfigError, match=r"cannot listen on port \d+ of 127.0.0.1: "):
            await cluster.start()
    await cluster.start()
    await kube.version()


async def test_a_function_that_answers_a_request_can_restart_the_server(cluster: FakeCluster, kube: Client) -> None:
    async def answer(_: web.BaseRequest) -> None:
        await cluster.restart()

    cluster.intercept(answer)
    with pytest.raises(ConnectionError):
        await kube.version()
    async with asyncio.timeout(5):
        while True:
            with contextlib.suppress(ConnectionError):
                await kube.version()
                break
            await asyncio.sleep(0.01)


async def test_a_restarted_server_has_its_objects(cluster: FakeCluster, kube: Client) -> None:
    await kube.core_v1.config_maps.create(config_map())
    url = cluster.url
    await cluster.restart()
    assert cluster.url == url
    # A connection of before may be found broken by the first request.
    async with cluster.client() as again:
        await again.core_v1.config_maps.get("a")


async def test_a_version_before_a_compaction_is_expired(cluster: FakeCluster, kube: Client) -> None:
    before = cluster.resource_version
    await kube.core_v1.config_maps.create(config_map())
    cluster.compact()
    with pytest.raises(Expired):
        await kube.core_v1.config_maps.list(resource_version=before, resource_version_match="Exact")


async def test_pages_after_a_compaction_are_expired_and_go_on_with_another_token(
    cluster: FakeCluster, kube: Client
) -> None:
    for name in ("a", "b", "c"):
        await kube.core_v1.config_maps.create(config_map(name))
    page = await kube.core_v1.config_maps.list(limit=1)
    await kube.core_v1.config_maps.delete("b")
    cluster.compact()
    with pytest.raises(Expired) as caught:
        await kube.core_v1.config_maps.list(limit=10, continue_=page.metadata.continue_)
    assert caught.value.status.metadata is not None
    rest = await kube.core_v1.config_maps.list(limit=10, continue_=caught.value.status.metadata.continue_)
    assert [one.metadata.name for one in rest.items] == ["c", "kube-root-ca.crt"]


async def informed(cluster: FakeCluster, kube: Client, fault: Any) -> list[str]:
    """Return the names in an informer's cache that a fault has met, after changes before and after it."""
    async with kube.core_v1.config_maps.informer() as informer:
        await kube.core_v1.config_maps.create(config_map("before"))
        result = fault()
        if asyncio.iscoroutine(result):
            await result
        async with cluster.client() as other:
            await other.core_v1.config_maps.create(config_map("after"))
        async with asyncio.timeout(10):
            while len(informer) < 3:
                await asyncio.sleep(0.01)
        return sorted(key.name for key in informer)


@pytest.mark.slow
@pytest.mark.parametrize("fault", ["drop_watches", "end_watches", "expire", "compact", "restart"])
async def test_an_informer_survives(cluster: FakeCluster, fault: str) -> None:
    async with cluster.client() as kube:
        found = await informed(cluster, kube, getattr(cluster, fault))
    assert found == ["after", "before", "kube-root-ca.crt"]


async def test_expired_watches_get_an_error(cluster: FakeCluster, kube: Client) -> None:
    async def watch() -> None:
        async for _ in kube.core_v1.config_maps.watch():
            pass

    task = asyncio.ensure_future(watch())
    async with asyncio.timeout(5):
        while not cluster.watching:
            await asyncio.sleep(0.01)
        cluster.expire()
        with pytest.raises(Expired):
            await task


async def test_an_odd_object_is_what_a_client_cannot_decode(cluster: FakeCluster, kube: Client) -> None:
    cluster.odd_object("configmaps", "odd", {"data": ["no", "map"]}, namespace="default")
    with pytest.raises(DecodeError, match="data"):
        await kube.core_v1.config_maps.get("odd")


async def test_an_odd_object_of_an_unknown_collection_is_refused(cluster: FakeCluster) -> None:
    with pytest.raises(InvalidArgument, match=r"deployments\.apps"):
        cluster.odd_object("nopes", "odd", {})


# time


async def test_time_moves_on(cluster: FakeCluster, kube: Client) -> None:
    before = await kube.core_v1.config_maps.create(config_map("before"))
    cluster.advance(3600)
    after = await kube.core_v1.config_maps.create(config_map("after"))
    assert before.metadata.creation_timestamp is not None and after.metadata.creation_timestamp is not None
    assert 3600 <= (after.metadata.creation_timestamp - before.metadata.creation_timestamp).total_seconds() < 3610


async def test_a_pod_with_a_node_is_gone_after_its_grace(cluster: FakeCluster, kube: Client) -> None:
    spec = core_v1.PodSpec(node_name="node", containers=[core_v1.Container(name="a", image="a")])
    await kube.core_v1.pods.create(core_v1.Pod(metadata=meta_v1.ObjectMeta(name="a"), spec=spec))
    await kube.core_v1.pods.delete("a", grace_period_seconds=60)
    assert (await kube.core_v1.pods.get("a")).metadata.deletion_grace_period_seconds == 60
    cluster.advance(61)
    await asyncio.sleep(0.01)
    with pytest.raises(NotFound):
        await kube.core_v1.pods.get("a")


async def test_time_does_not_go_back(cluster: FakeCluster) -> None:
    with pytest.raises(InvalidArgument):
        cluster.advance(-1)


# requests


async def test_requests_are_recorded(cluster: FakeCluster, kube: Client) -> None:
    maps = kube.core_v1.config_maps
    await maps.create(config_map())
    await maps.patch("a", {"data": {"x": "1"}})
    await maps.apply({"metadata": {"name": "a"}, "data": {"y": "1"}}, field_manager="me")
    await maps.list()
    await kube.core_v1.secrets.list()
    (patch,) = cluster.requests.of(maps.patch)
    assert patch.json() == {"data": {"x": "1"}} and (patch.name, patch.status) == ("a", 200)
    (apply,) = cluster.requests.of(maps.apply)
    assert apply.is_apply and apply.query["fieldManager"] == "me"
    assert [request.verb for request in cluster.requests] == ["create", "patch", "patch", "list", "list"]
    assert len(cluster.requests.of(maps.list)) == 1 and cluster.requests.of(maps.watch) == []
    cluster.requests.clear()
    assert len(cluster.requests) == 0


async def test_a_method_of_several_calls_is_refused(cluster: FakeCluster, kube: Client) -> None:
    with pytest.raises(InvalidArgument, match="edit"):
        cluster.requests.of(kube.core_v1.config_maps.edit)


async def test_a_request_does_not_show_its_token(cluster: FakeCluster, kube: Client) -> None:
    await kube.core_v1.config_maps.list()
    token = cluster.config().token
    assert token is not None and token not in repr(cluster.requests[0]) and token not in repr(cluster.requests)


# users and budgets


async def test_a_token_of_a_service_account_is_accepted_until_it_expires(cluster: FakeCluster, kube: Client) -> None:
    answer = await kube.request(
        "POST", "/api/v1/namespaces/default/serviceaccounts/default/token", body={"spec": {"expirationSeconds": 600}}
    )
    admin = cluster.config()
    config = Config(
        server=admin.server,
        certificate_authority_data=admin.certificate_authority_data,
        token=answer.json()["status"]["token"],
    )
    async with Client(config, max_retries=0) as account:
        review = await account.request("POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews", body={})
        assert review.json()["status"]["userInfo"]["username"] == "system:serviceaccount:default:default"
        cluster.advance(601)
        with pytest.raises(Unauthorized):
            await account.core_v1.config_maps.list()


async def ready_pod(kube: Client, name: str, owner: meta_v1.OwnerReference | None = None) -> None:
    """Create a pod that is ready."""
    spec = core_v1.PodSpec(containers=[core_v1.Container(name="a", image="a")])
    owners = [owner] if owner else []
    metadata = meta_v1.ObjectMeta(name=name, labels={"app": "web"}, owner_references=owners)
    await kube.core_v1.pods.create(core_v1.Pod(metadata=metadata, spec=spec))
    ready: Any = {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]}
    await kube.core_v1.pods.patch_status(name, {"status": ready})


async def budget(kube: Client, **spec: int | str) -> None:
    """Create a budget for the pods."""
    body = {"metadata": {"name": "a"}, "spec": {**spec, "selector": {"matchLabels": {"app": "web"}}}}
    await kube.request("POST", "/apis/policy/v1/namespaces/default/poddisruptionbudgets", body=body)


@pytest.mark.parametrize(("field", "value"), [("minAvailable", 1), ("minAvailable", "50%"), ("maxUnavailable", 1)])
async def test_a_budget_allows_as_many_evictions_as_it_says(kube: Client, field: str, value: int | str) -> None:
    await budget(kube, **{field: value})
    selector = {"matchLabels": {"app": "web"}}
    template = {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "a", "image": "a"}]}}
    workload: dict[str, Any] = {
        "metadata": {"name": "a"},
        "spec": {"replicas": 2, "selector": selector, "template": template},
    }
    made = await kube.request("POST", "/apis/apps/v1/namespaces/default/replicasets", body=workload)
    owner = meta_v1.OwnerReference(
        api_version="apps/v1", kind="ReplicaSet", name="a", uid=made.json()["metadata"]["uid"], controller=True
    )
    for name in ("a", "b"):
        await ready_pod(kube, name, owner)
    await kube.core_v1.pods.evict("a")
    with pytest.raises(TooManyRequests, match="disruption budget"):
        await kube.core_v1.pods.evict("b")
    await kube.core_v1.pods.get("b")


async def test_a_budget_that_cannot_be_counted_is_refused(kube: Client) -> None:
    await budget(kube, maxUnavailable=1)
    await ready_pod(kube, "a")
    with pytest.raises(ApiError, match="maxUnavailable") as caught:
        await kube.core_v1.pods.evict("a")
    assert caught.value.code == 501


async def test_what_definitions_may_ask_and_is_not_done_is_refused(kube: Client) -> None:
    rule: Any = [{"rule": "semver(self.x).major() > 1"}]
    schema: Any = {
        "type": "object",
        "properties": {
            "spec": {"type": "object", "properties": {"x": {"type": "string"}}, "x-kubernetes-validations": rule}
        },
    }
    version = {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}}
    spec: Any = {"group": "a.b", "scope": "Cluster", "names": {"plural": "cs", "kind": "C"}, "versions": [version]}
    with pytest.raises(ApiError, match=r"the function semver\(\) in CEL") as caught:
        await kube.request(
            "POST",
            "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
            body={"metadata": {"name": "cs.a.b"}, "spec": spec},
        )
    assert caught.value.code == 501
