"""The verbs over any resource: what they ask for, and what they refuse before they ask."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from aiokube import Api, Client, DynamicObject, Model, ObjectList, PartialObjectMetadata
from aiokube.errors import ConfigError, DecodeError, InvalidArgument, InvalidRequest, UnknownResource
from aiokube.models import apps_v1, core_v1
from aiokube.runtime.codec.object_list import list_of
from tests.support.clients import client_of
from tests.support.open_models import Flow
from tests.support.server import Answer, ScriptedServer
from tests.unit.discovery.conftest import Documents, documents

POD = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web-0", "namespace": "shop", "resourceVersion": "7"}}
NODE = {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "n1", "resourceVersion": "7"}}
PODS = {"apiVersion": "v1", "kind": "PodList", "metadata": {"resourceVersion": "9"}, "items": [POD]}
NODES = {"apiVersion": "v1", "kind": "NodeList", "metadata": {"resourceVersion": "9"}, "items": [NODE]}
METADATA = PartialObjectMetadata.from_dict({"metadata": {"name": "web-0"}})


@pytest.fixture
async def server() -> AsyncIterator[ScriptedServer]:
    """A server with discovery, a pod and a node."""
    served = documents("aggregated")
    served.by_path["/api/v1/namespaces/shop/pods"] = served.by_path["/api/v1/pods"] = PODS
    served.by_path["/api/v1/namespaces/shop/pods/web-0"] = POD
    served.by_path["/api/v1/nodes"] = NODES
    served.by_path["/api/v1/nodes/n1"] = NODE
    async with ScriptedServer(served) as running:
        yield running


@pytest.fixture
async def kube(server: ScriptedServer) -> AsyncIterator[Client]:
    """A client of the server."""
    async with client_of(server, namespace="shop") as client:
        yield client


def asked(server: ScriptedServer) -> list[str]:
    """Return the paths after those of discovery."""
    return [one.target for one in server.requests if one.target not in ("/api", "/apis")]


async def test_nothing_is_asked_before_the_first_call(kube: Client, server: ScriptedServer) -> None:
    api = kube.api("nothing.of.this")
    assert repr(api) == "Api('nothing.of.this', DynamicObject, namespace='shop')"
    watch = api.watch()
    informer = api.informer()
    assert server.requests == []
    with pytest.raises(UnknownResource, match=r"nothing\.of\.this"):
        await anext(watch)
    with pytest.raises(UnknownResource, match=r"nothing\.of\.this"):
        async with informer:
            pass


async def test_a_resource_without_namespaces_takes_no_notice_of_them(kube: Client, server: ScriptedServer) -> None:
    nodes = kube.api("nodes")
    assert (await nodes.get("n1", namespace="shop")).metadata.name == "n1"
    assert [one.metadata.name for one in await nodes.list()] == ["n1"]
    assert [one.metadata.name async for one in nodes.iterate()] == ["n1"]
    assert [one.metadata.name async for one in nodes.iterate(all_namespaces=True)] == ["n1"]
    paths = ["/api/v1/nodes/n1", "/api/v1/nodes", *2 * ["/api/v1/nodes?limit=500"]]
    assert asked(server) == paths


async def test_one_namespace_or_all(kube: Client, server: ScriptedServer) -> None:
    pods = kube.api("po")
    await pods.list()
    assert repr(pods) == "Api('pods', DynamicObject, namespace='shop')"
    await pods.list(all_namespaces=True)
    _ = [pod async for pod in kube.in_namespace("other").api("po").iterate(all_namespaces=True)]
    await kube.api(core_v1.Pod).get("web-0")
    assert asked(server) == [
        "/api/v1/namespaces/shop/pods",
        "/api/v1/pods",
        "/api/v1/pods?limit=500",
        "/api/v1/namespaces/shop/pods/web-0",
    ]


async def test_metadata_is_all_that_is_asked_for(kube: Client, server: ScriptedServer) -> None:
    metadata = kube.api(PartialObjectMetadata, of=core_v1.Pod)
    with pytest.raises(DecodeError, match="PartialObjectMetadata"):
        await metadata.get("web-0")
    await metadata.list()
    assert [pod.metadata.name async for pod in metadata.iterate()] == ["web-0"]
    accepted = [one.headers["Accept"] for one in server.requests if "pods" in one.target]
    kinds = ("PartialObjectMetadata", "PartialObjectMetadataList", "PartialObjectMetadataList")
    assert accepted == [f"application/json;as={kind};g=meta.k8s.io;v=v1" for kind in kinds]


@pytest.mark.parametrize(
    ("arguments", "of", "message"),
    [
        (("pods/web-0",), None, "'pods/web-0' is not the name of a resource"),
        (("",), None, "'' is not the name"),
        (("po ds",), None, "'po ds' is not the name"),
        ((7,), None, "7 is neither a class nor the name of a resource"),
        ((core_v1.PodSpec,), None, r"cls is PodSpec; pass a class of objects, such as core_v1\.Pod"),
        ((core_v1.PodSpec,), "pods", r"cls is PodSpec; pass a class of objects, such as core_v1\.Pod"),
        ((Model,), "pods", "cls is Model; pass a class of objects"),
        ((PartialObjectMetadata,), None, "PartialObjectMetadata is not of one kind"),
        ((DynamicObject,), None, "DynamicObject is not of one kind"),
        (("pods",), "pods", "of is for classes"),
        ((core_v1.Pod, "Pod"), None, "kind cannot be combined with a class"),
        (("v1", None), None, "kind: must be a string, not None"),
        (("v1", 7), None, "'v1', 7 is no apiVersion and kind"),
        ((core_v1.Pod,), "pods/web-0", "'pods/web-0' is not the name"),
    ],
)
async def test_what_names_no_resource_is_refused(
    kube: Client, arguments: tuple[Any, ...], of: str | None, message: str
) -> None:
    with pytest.raises(InvalidArgument, match=message):
        kube.api(*arguments, of=of)


@pytest.mark.parametrize(
    "call",
    [
        lambda api: api.list(),
        lambda api: api.get("web-0"),
        lambda api: anext(api.iterate()),
        lambda api: anext(api.watch()),
        lambda api: api.wait_for("web-0", "Ready"),
        lambda api: api.delete("web-0"),
    ],
)
async def test_a_class_of_another_kind_is_refused_before_anything_is_asked(
    kube: Client, server: ScriptedServer, call: Callable[[Any], Awaitable[Any]]
) -> None:
    with pytest.raises(InvalidArgument, match="the objects of pods are Pod of v1, no Node of v1; leave `of` out"):
        await call(kube.api(core_v1.Node, of="pods"))
    assert asked(server) == []


async def test_arguments_are_refused_by_the_call_itself(kube: Client, server: ScriptedServer) -> None:
    pods = kube.api("pods")
    with pytest.raises(InvalidRequest, match="page_size"):
        pods.iterate(page_size=0)
    with pytest.raises(InvalidRequest, match="all_namespaces"):
        pods.watch(namespace="shop", all_namespaces=True)
    with pytest.raises(InvalidRequest, match="label_selector"):
        pods.informer(label_selector={})
    assert server.requests == []


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda api: api.restart("n1"), r"restart is for deployments\.apps, .*; nodes \(Node\) has none"),
        (lambda api: api.wait_rollout("n1"), "wait_rollout is for deployments.apps"),
        (lambda api: anext(api.rollout("n1")), "rollout is for deployments.apps"),
        (lambda api: api.rollout_history("n1"), "rollout_history is for"),
        (lambda api: api.undo("n1"), "undo is for"),
        (lambda api: api.set_image("n1", {"*": "a"}), "set_image is for .*cronjobs.batch, pods"),
        (lambda api: anext(api.logs(label_selector="a=b")), "nodes has no subresource 'log'; .*; 'log' is of pods$"),
        (lambda api: api.run("n1", "ls"), "nodes has no subresource 'exec'; .*; 'exec' is of pods$"),
        (lambda api: api.evict("n1"), "'eviction' is of pods$"),
        (lambda api: api.bind("n1", {}), "'binding' is of pods$"),
        (lambda api: api.create_token("n1"), "'token' is of serviceaccounts$"),
        (lambda api: api.scale("n1", 1), "nodes has no subresource 'scale'; .*deployments.apps"),
    ],
)
async def test_a_verb_of_other_kinds_is_refused_by_their_names(
    kube: Client, server: ScriptedServer, call: Callable[[Any], Awaitable[Any]], message: str
) -> None:
    with pytest.raises(UnknownResource, match=message):
        await call(kube.api("nodes"))
    assert asked(server) == []


@pytest.mark.parametrize("verb", ["cordon", "uncordon", "drain", "top"])
async def test_a_verb_of_nodes_is_refused_for_other_kinds(kube: Client, server: ScriptedServer, verb: str) -> None:
    with pytest.raises(UnknownResource, match=rf"{verb} is for .*nodes; deployments\.apps \(Deployment\) has none"):
        await getattr(kube.api("deploy"), verb)("web")
    assert asked(server) == []


async def test_what_needs_whole_objects_is_refused_for_their_metadata(kube: Client, server: ScriptedServer) -> None:
    with pytest.raises(InvalidRequest, match=r"restart reads more than the metadata .*; use api\('deployments.apps'\)"):
        await kube.api(PartialObjectMetadata, of="deploy").restart("web")
    with pytest.raises(InvalidRequest, match="field_selector is for pods"):
        await kube.api("nodes").top(field_selector="a=b")
    assert asked(server) == []


@pytest.mark.parametrize(
    ("call", "verb"),
    [
        (lambda api: api.get_status("web-0"), "get_status"),
        (lambda api: api.replace_status(METADATA), "replace_status"),
        (lambda api: api.patch_status("web-0", {"status": {}}), "patch_status"),
        (lambda api: api.edit_status("web-0", print), "edit_status"),
        (lambda api: api.apply_status(METADATA, field_manager="me"), "apply_status"),
        (lambda api: api.get_resize("web-0"), "get_resize"),
        (lambda api: api.replace_ephemeral_containers(METADATA), "replace_ephemeral_containers"),
    ],
)
async def test_parts_other_than_the_metadata_are_refused_for_metadata(
    kube: Client, server: ScriptedServer, call: Callable[[Any], Awaitable[Any]], verb: str
) -> None:
    with pytest.raises(InvalidRequest, match=rf"^{verb} reads more than the metadata of objects; use api\('pods'\)$"):
        await call(kube.api(PartialObjectMetadata, of="pods"))
    assert asked(server) == []


async def test_metadata_alone_does_not_replace_an_object(kube: Client, server: ScriptedServer) -> None:
    apis: list[Api[Any]] = [kube.api(PartialObjectMetadata, of="pods"), kube.api("pods")]
    for api in apis:
        with pytest.raises(InvalidRequest, match="replace would remove all but the metadata; use edit or patch"):
            await api.replace(METADATA)
    with pytest.raises(InvalidRequest, match="replace would remove all but the metadata; use edit or patch"):
        await kube.api(PartialObjectMetadata, of="pods").replace({"metadata": {"name": "web-0"}})
    assert asked(server) == []


async def test_a_resource_of_the_list_of_resources_needs_no_discovery(kube: Client, server: ScriptedServer) -> None:
    nodes = next(one for one in await kube.resources() if one.plural == "nodes")
    async with client_of(server) as other:
        before = len(server.requests)
        assert (await other.api(nodes).get("n1")).kind == "Node"
        assert len(server.requests) == before + 1


@pytest.mark.slow  # it waits a second before it asks again
async def test_an_informer_waits_for_a_discovery_that_fails(server: ScriptedServer) -> None:
    served: Documents = documents("aggregated")
    served.by_path["/api/v1/nodes"] = NODES
    served.broken["/apis"] = Answer(503)

    class Healing:
        """Discovery fails twice."""

        async def play(self, exchange: Any) -> None:
            await served.play(exchange)
            if sum(one.target == "/apis" for one in failing.requests) == 2:
                served.broken.clear()

    async with ScriptedServer(Healing()) as failing, client_of(failing) as kube:
        async with kube.api("nodes").informer(sync_timeout=10) as nodes:
            assert nodes.get("n1") is not None


def test_a_list_has_a_length_and_yields_its_objects() -> None:
    pods = list_of(core_v1.Pod).from_json(json.dumps(PODS).encode())
    assert isinstance(pods, ObjectList)
    assert (len(pods), [pod.metadata.name for pod in pods], pods[0].kind) == (1, ["web-0"], "Pod")
    assert list_of(core_v1.Pod) is list_of(core_v1.Pod)
    assert len(list_of(core_v1.Pod)()) == 0
    assert pods.to_dict()["items"][0]["metadata"] == POD["metadata"]


def test_objects_of_a_list_have_the_kind_that_servers_leave_out() -> None:
    item = {"metadata": {"name": "web-0"}, "spec": {}}
    pods = list_of(DynamicObject).from_json(json.dumps({**PODS, "items": [item]}).encode())
    assert (pods[0].api_version, pods[0].kind, pods[0]["spec"]) == ("v1", "Pod", {})
    own = {"apiVersion": "example.com/v1", "kind": "Thing", "metadata": {"name": "x"}}
    mixed = list_of(DynamicObject).from_json(json.dumps({"kind": "List", "apiVersion": "v1", "items": [own]}).encode())
    assert mixed[0].kind == "Thing"


def test_a_list_of_open_objects_keeps_their_fields() -> None:
    item = {"apiVersion": "flows.example.com/v1", "kind": "Flow", "metadata": {"name": "x"}, "spec": {}, "odd": [1]}
    flows = list_of(Flow).from_json(json.dumps({"items": [item]}).encode())
    assert flows[0].extra_fields == {"odd": [1]}


def test_a_dynamic_object_becomes_typed() -> None:
    obj = DynamicObject.from_dict({**POD, "spec": {"containers": [{"name": "c", "newer": 1}]}})
    assert obj.as_(core_v1.Pod).spec.containers[0].name == "c"
    with pytest.raises(DecodeError, match="Deployment"):
        obj.as_(apps_v1.Deployment)
    wrong: list[Any] = ["Pod", int, None, core_v1, core_v1.PodSpec, Model]
    for cls in wrong:
        with pytest.raises(InvalidArgument, match=r"pass a class of objects, such as core_v1\.Pod"):
            obj.as_(cls)


async def test_a_view_of_another_namespace(kube: Client) -> None:
    shop: Client = kube.in_namespace("other")
    assert (shop.namespace, kube.namespace) == ("other", "shop")
    await shop.close()
    assert (await kube.api("nodes").get("n1")).metadata.name == "n1"
    with pytest.raises(ConfigError, match="not the name of a namespace"):
        kube.in_namespace("a/b")
    wrong: list[Any] = [None, 3, True]
    for namespace in wrong:
        with pytest.raises(ConfigError, match=r"^namespace: must be a string, not (None|int|bool)$"):
            kube.in_namespace(namespace)
