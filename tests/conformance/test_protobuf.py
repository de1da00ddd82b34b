"""Kubernetes' protobuf: the same bytes are sent to both servers, and their answers mean the same."""

from __future__ import annotations

import json
from typing import Any

import pytest

from aiokube.testing import FakeCluster
from aiokube.testing.protobuf.envelope import PROTOBUF, encode
from aiokube.testing.protobuf.wire import with_length

from .api import GROUP, JSON, MERGE, Api, Endpoint, difference, normal
from .test_create import KINDS
from .test_custom import shared
from .test_discovery import built_in
from .test_subresources import SEEN, deployment, eviction, pod

Json = dict[str, Any]

BOTH_WAYS: dict[str, Any] = {"content_type": PROTOBUF, "accept": PROTOBUF}
METADATA = "as=PartialObjectMetadata;g=meta.k8s.io;v=v1"
METADATA_LIST = "as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
CONFIG_MAP: Json = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, "data": {"x": "1"}}


@pytest.mark.parametrize("kind", KINDS)
async def test_an_object_of_a_kind_is_the_same_as_in_json(api: Api, kind: str) -> None:
    place, content = KINDS[kind]
    group_version, plural = place.split()
    path = api.core(plural) if group_version == "v1" else api.group(group_version, plural)
    body = json.loads(json.dumps({"metadata": {"name": "a"}, **content}).replace("{namespace}", api.namespace))
    body = {"apiVersion": group_version, "kind": kind.split()[0], **body}
    in_protobuf = await api.post(path, body, query={"dryRun": "All"}, **BOTH_WAYS)
    in_json = await api.post(path, body, query={"dryRun": "All"})
    assert in_protobuf.headers["Content-Type"] == PROTOBUF
    assert normal(in_protobuf.body) == normal(in_json.body), difference(kind, in_json.body, in_protobuf.body)


async def test_a_port_without_a_target_is_zero(api: Api) -> None:
    body: Json = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "a"}, "spec": {"ports": [{"port": 80}]}}
    body["spec"]["clusterIP"] = "None"
    created = await api.post(api.core("services"), body, **BOTH_WAYS)
    assert created.body["spec"]["ports"][0]["targetPort"] == 80


async def test_times_with_microseconds(api: Api) -> None:
    times = {"acquireTime": "2026-01-02T03:04:05.000006Z", "renewTime": "2026-01-02T03:04:05.100000Z"}
    spec = {"holderIdentity": "me", "leaseTransitions": 0, **times}
    body = {"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": {"name": "a"}, "spec": spec}
    created = await api.post(api.group("coordination.k8s.io/v1", "leases"), body, **BOTH_WAYS)
    assert created.body["spec"] == spec


async def test_another_version_of_a_kind(api: Api) -> None:
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "none"}
    spec = {"maxReplicas": 3, "scaleTargetRef": target, "targetCPUUtilizationPercentage": 50}
    metadata = {"name": "a"}
    body = {"apiVersion": "autoscaling/v1", "kind": "HorizontalPodAutoscaler", "metadata": metadata, "spec": spec}
    path = api.group("autoscaling/v1", "horizontalpodautoscalers")
    created = await api.post(path, body, query={"dryRun": "All"}, **BOTH_WAYS)
    assert created.body["apiVersion"] == "autoscaling/v1"


async def test_an_object_is_read_changed_and_deleted(api: Api) -> None:
    path = api.core("configmaps", "a")
    created = await api.post(api.core("configmaps"), {**CONFIG_MAP, "binaryData": {"b": "AP8="}}, **BOTH_WAYS)
    read = await api.get(path, accept=PROTOBUF)
    assert read.body == created.body
    await api.put(path, {**read.body, "data": {"x": "2"}}, **BOTH_WAYS)
    patched = await api.patch(path, {"data": {"y": "\u00e4"}}, type=MERGE, accept=PROTOBUF)
    assert patched.body["data"] == {"x": "2", "y": "\u00e4"}
    deleted = await api.delete(path, body=options(preconditions={"uid": read.body["metadata"]["uid"]}), **BOTH_WAYS)
    assert deleted.body["kind"] == "Status"


def options(api_version: str = "v1", **more: Any) -> Json:
    return {"apiVersion": api_version, "kind": "DeleteOptions", **more}


async def test_options_of_a_deletion_are_of_any_group(api: Api) -> None:
    path = api.core("configmaps", "a")
    await api.post(api.core("configmaps"), CONFIG_MAP)
    await api.delete(path, body=options("meta.k8s.io/v1", dryRun=["All"]), **BOTH_WAYS)
    await api.delete(path, body=options("apps/v1", propagationPolicy="Background", gracePeriodSeconds=0), **BOTH_WAYS)
    await api.get(path, 404, accept=PROTOBUF)


async def test_lists_come_in_pages(api: Api) -> None:
    path = api.core("secrets")
    for name in ("a", "b", "c"):
        body = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}}
        await api.post(path, body, **BOTH_WAYS)
    first = await api.get(path, query={"limit": "2"}, accept=PROTOBUF)
    assert first.names == ["a", "b"] and first.body["kind"] == "SecretList"
    query = {"limit": "2", "continue": first.body["metadata"]["continue"]}
    rest = await api.get(path, query=query, accept=PROTOBUF)
    assert rest.names == ["c"]
    await api.delete(path, accept=PROTOBUF)
    assert (await api.get(path, accept=PROTOBUF)).body["items"] is None


async def test_events_of_a_watch(api: Api) -> None:
    query = {"sendInitialEvents": "true", "resourceVersionMatch": "NotOlderThan", "allowWatchBookmarks": "true"}
    await api.post(api.core("secrets"), {"metadata": {"name": "a"}})
    async with api.watch(api.core("secrets"), query, accept=PROTOBUF) as watch:
        assert (await watch.next())["type"] == "ADDED"
        assert (await watch.next())["type"] == "BOOKMARK"
        await api.patch(api.core("secrets", "a"), {"stringData": {"x": "1"}})
        assert (await watch.next())["object"]["data"] == {"x": "MQ=="}
        await api.delete(api.core("secrets", "a"))
        assert (await watch.next())["type"] == "DELETED"


async def test_metadata_alone(api: Api) -> None:
    await api.post(api.core("secrets"), {"metadata": {"name": "a", "labels": {"x": "y"}}})
    one = await api.get(api.core("secrets", "a"), accept=f"{PROTOBUF};{METADATA}")
    assert one.body["kind"] == "PartialObjectMetadata"
    several = await api.get(api.core("secrets"), accept=f"{PROTOBUF};{METADATA_LIST}")
    assert several.body["items"][0]["metadata"]["labels"] == {"x": "y"}
    async with api.watch(api.core("secrets"), accept=f"{PROTOBUF};{METADATA}") as watch:
        assert (await watch.next())["object"]["kind"] == "PartialObjectMetadata"


ACCEPTED = {
    "protobuf, else JSON": (f"{PROTOBUF},{JSON}", PROTOBUF),
    "JSON, else protobuf": (f"{JSON}, {PROTOBUF}", JSON),
    "rather JSON": (f"{PROTOBUF};q=0.5,{JSON};q=0.9", JSON),
    "tables, which are no protobuf": (f"{PROTOBUF};as=Table;g=meta.k8s.io;v=v1,{JSON}", JSON),
    "an unknown type, else protobuf": (f"text/html,{PROTOBUF}", PROTOBUF),
    "anything": ("*/*", JSON),
    "rather protobuf than anything": (f"*/*;q=0.1,{PROTOBUF}", PROTOBUF),
    "with a character set": (f"{JSON};charset=utf-8,{PROTOBUF}", JSON),
    "by default": ("", JSON),
}


@pytest.mark.parametrize("what", ACCEPTED)
async def test_a_client_accepts(api: Api, what: str) -> None:
    header, expected = ACCEPTED[what]
    answer = await api.get(api.core("serviceaccounts", "default"), accept=header, differs=["metadata"])
    assert answer.headers["Content-Type"] == expected
    missing = await api.get(api.core("serviceaccounts", "missing"), 404, accept=header)
    assert missing.headers["Content-Type"] == expected


async def test_tables_alone_are_no_protobuf(api: Api) -> None:
    await api.get(api.core("secrets"), 406, accept=f"{PROTOBUF};as=Table;g=meta.k8s.io;v=v1")
    await api.get(api.core("secrets"), 406, accept="application/*")
    await api.get(api.core("secrets"), 406, accept=f"{PROTOBUF};as=PartialObjectMetadataList;v=v1")


BODIES = {
    "empty": b"",
    "json": b'{"metadata":{"name":"a"}}',
    "a prefix alone": b"k8s\x00",
    "broken": encode(CONFIG_MAP)[:-3],
    "no object": b"k8s\x00\x0a\x0f\x0a\x02v1\x12\x09ConfigMap",
    "another kind": encode({**CONFIG_MAP, "kind": "Secret", "data": {"x": "MQ=="}}),
    "an unknown kind": encode(CONFIG_MAP).replace(b"ConfigMap", b"Confusion"),
    "another version": encode(CONFIG_MAP).replace(b"v1", b"v2"),
}


@pytest.mark.parametrize("what", BODIES)
async def test_a_body_is_refused(api: Api, what: str) -> None:
    # The words are those of Go's parser.
    status = 422 if what == "no object" else 400
    await api.post(api.core("configmaps"), BODIES[what], status, content_type=PROTOBUF, differs=["message"])


async def test_an_envelope_without_a_kind_is_of_the_kind_of_the_path(api: Api) -> None:
    whole = encode(CONFIG_MAP)
    type = b"\x0a\x02v1\x12\x09ConfigMap"
    body = whole.replace(b"\x0a" + bytes([len(type)]) + type, b"")
    assert len(body) < len(whole)
    await api.post(api.core("configmaps"), body, **BOTH_WAYS)


async def test_a_scale(api: Api) -> None:
    path = f"{await deployment(api)}/scale"
    found = await api.get(path, accept=PROTOBUF)
    # Controllers of a real cluster change the object meanwhile.
    metadata = {**found.body["metadata"], "resourceVersion": ""}
    wanted = {**found.body, "metadata": metadata, "spec": {"replicas": 2}}
    scaled = await api.put(path, wanted, differs=SEEN, **BOTH_WAYS)
    assert scaled.body["kind"] == "Scale" and scaled.body["spec"] == {"replicas": 2}


async def test_an_eviction(api: Api) -> None:
    path = await pod(api)
    options = {"preconditions": {"uid": (await api.get(path, differs=["*"])).body["metadata"]["uid"]}}
    await api.post(f"{path}/eviction", eviction(deleteOptions=options), **BOTH_WAYS)
    await api.get(path, 404)


async def test_a_binding(api: Api) -> None:
    path = await pod(api)
    target = {"kind": "Node", "name": "somewhere"}
    body = {"apiVersion": "v1", "kind": "Binding", "metadata": {"name": "a"}, "target": target}
    await api.post(f"{path}/binding", body, **BOTH_WAYS)


async def test_a_token(api: Api) -> None:
    body = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {"expirationSeconds": 700}}
    path = api.core("serviceaccounts", "default", "token")
    differs = ["status.token", "metadata.managedFields"]
    answer = await api.post(path, body, differs=differs, **BOTH_WAYS)
    assert answer.body["status"]["token"].count(".") == 2


async def test_a_review(api: Api) -> None:
    kind = {"apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview"}
    body = {**kind, "spec": {"resourceAttributes": {"verb": "get", "resource": "pods"}}}
    path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
    answer = await api.post(path, body, differs=["metadata.managedFields"], **BOTH_WAYS)
    assert answer.body["status"]["allowed"] is True


@pytest.mark.parametrize("path", ["/api", "/apis", "/apis/apps", "/apis/apps/v1", "/api/v1"])
async def test_discovery(api: Api, path: str) -> None:
    # Only a server knows its address, and how it stores objects.
    differs = ["serverAddressByClientCIDRs.serverAddress", "resources.storageVersionHash"]
    await api.get(path, accept=f"{PROTOBUF},{JSON}", differs=differs, part=built_in)


AGGREGATED = "g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"


@pytest.mark.parametrize("path", ["/api", "/apis"])
async def test_aggregated_discovery(api: Api, path: str) -> None:
    answer = await api.get(path, accept=f"{PROTOBUF};{AGGREGATED},{JSON};{AGGREGATED},{JSON}", part=built_in)
    assert answer.headers["Content-Type"] == f"{PROTOBUF};{AGGREGATED}"
    assert answer.body["kind"] == "APIGroupDiscoveryList" and answer.body["items"]


async def test_a_version_is_json(api: Api) -> None:
    answer = await api.get("/version", accept=f"{PROTOBUF},{JSON}", differs=["*"])
    assert answer.headers["Content-Type"] == JSON


async def test_a_definition_of_a_custom_resource(api: Api) -> None:
    schema = {
        "type": "object",
        "properties": {
            "spec": {
                "type": "object",
                "x-kubernetes-preserve-unknown-fields": True,
                "properties": {
                    "even": {"type": "number", "multipleOf": 2, "minimum": -1.5, "default": 4, "nullable": True},
                    "list": {"type": "array", "items": {"type": "string", "enum": ["a", "b"]}},
                    "map": {"type": "object", "additionalProperties": {"x-kubernetes-int-or-string": True}},
                    "free": {"type": "object", "additionalProperties": True},
                },
            }
        },
    }
    names = {"plural": "shapes", "kind": "Shape", "singular": "shape", "listKind": "ShapeList"}
    version = {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}}
    body = {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"shapes.{GROUP}"},
        "spec": {"group": GROUP, "scope": "Namespaced", "names": names, "versions": [version]},
    }
    path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
    created = await api.post(path, body, query={"dryRun": "All"}, **BOTH_WAYS)
    assert created.body["spec"]["versions"][0]["schema"]["openAPIV3Schema"] == schema


async def test_custom_resources_have_no_protobuf(api: Api) -> None:
    kind = await shared(api)
    await api.post(kind.path, kind.body())
    path = f"{kind.path}/a"
    assert (await api.get(path, accept=f"{PROTOBUF},{JSON}")).headers["Content-Type"] == JSON
    await api.get(path, 406, accept=PROTOBUF)
    await api.get(kind.path, 406, accept=PROTOBUF)
    missing = await api.get(f"{kind.path}/missing", 404, accept=f"{PROTOBUF},{JSON}")
    assert missing.headers["Content-Type"] == PROTOBUF


async def test_metadata_of_custom_resources(api: Api) -> None:
    kind = await shared(api)
    await api.post(kind.path, kind.body())
    await api.get(f"{kind.path}/a", accept=f"{PROTOBUF};{METADATA}")
    await api.get(kind.path, accept=f"{PROTOBUF};{METADATA_LIST}")
    async with api.watch(kind.path, accept=f"{PROTOBUF};{METADATA}") as watch:
        assert (await watch.next())["object"]["metadata"]["name"] == "a"
    await api.delete(f"{kind.path}/a", 406, accept=PROTOBUF)


LISTS = [f"{PROTOBUF};{METADATA}", f"{JSON};{METADATA},{JSON}"]


@pytest.mark.parametrize("accept", LISTS)
async def test_lists_are_not_the_metadata_of_one_object(api: Api, accept: str) -> None:
    # The words name types of Go.
    await api.get(api.core("secrets"), 406, accept=accept, differs=["message"])
    await api.get(
        api.core("serviceaccounts", "default"), 406, accept=accept.replace(METADATA, METADATA_LIST), differs=["message"]
    )


async def test_an_odd_object_does_not_fit() -> None:
    async with FakeCluster() as cluster, Endpoint(cluster.config()) as fake:
        api = Api(fake, None, "default")
        cluster.odd_object("configmaps", "odd", {"data": 5}, namespace="default")
        refused = await api.get(api.core("configmaps", "odd"), 501, accept=PROTOBUF)
        assert "data: 5 is not an object" in refused.message
        query = {"fieldSelector": "metadata.name=odd"}
        async with api.watch(api.core("configmaps"), query, accept=PROTOBUF) as watch:
            event = await watch.next()
        assert event["type"] == "ERROR" and event["object"]["code"] == 501


async def test_a_custom_resource_is_not_sent_as_protobuf() -> None:
    # A real server breaks the connection.
    async with FakeCluster() as cluster, Endpoint(cluster.config()) as fake:
        api = Api(fake, None, "default")
        kind = await shared(api)
        refused = await api.post(kind.path, b"k8s\x00", 501, content_type=PROTOBUF)
        assert "custom resources as protobuf" in refused.message


async def test_bodies_that_do_not_fit(api: Api) -> None:
    path, query = api.core("configmaps"), {"dryRun": "All"}
    body: Json = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a", "generation": -1}}
    await api.post(path, body, 422, content_type=PROTOBUF, query=query)
    type = with_length(1, with_length(1, b"v1") + with_length(2, b"ConfigMap"))
    for wrong in (b"\x08\x05", b"\x0d\x01\x02\x03\x04", b"\x10\x05"):
        sent = b"k8s\x00" + type + with_length(2, wrong)
        await api.post(path, sent, 400, content_type=PROTOBUF, query=query, differs=["message"])
    await api.delete(f"{path}/a", 400, body={"apiVersion": "v1", "kind": "Pod"}, content_type=PROTOBUF)
