"""Discovery in both forms, versions, health, and OpenAPI documents."""

from __future__ import annotations

from typing import Any

import pytest

from .api import Api

AGGREGATED = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
OLD = "application/json"

GROUPS = [
    "admissionregistration.k8s.io",
    "apiextensions.k8s.io",
    "apiregistration.k8s.io",
    "apps",
    "authentication.k8s.io",
    "authorization.k8s.io",
    "autoscaling",
    "batch",
    "certificates.k8s.io",
    "coordination.k8s.io",
    "discovery.k8s.io",
    "events.k8s.io",
    "flowcontrol.apiserver.k8s.io",
    "networking.k8s.io",
    "node.k8s.io",
    "policy",
    "rbac.authorization.k8s.io",
    "resource.k8s.io",
    "scheduling.k8s.io",
    "storage.k8s.io",
    "storagemigration.k8s.io",
]


def built_in(body: Any) -> Any:
    """Return discovery without the groups of custom resources, which other tests have left on the real server."""
    names = {"", *GROUPS}
    if "items" in body:
        return {**body, "items": [one for one in body["items"] if one["metadata"].get("name", "") in names]}
    if "groups" in body:
        return {**body, "groups": [one for one in body["groups"] if one["name"] in names]}
    return body


@pytest.mark.parametrize("path", ["/api", "/apis"])
async def test_aggregated_discovery(api: Api, path: str) -> None:
    answer = await api.get(path, accept=f"{AGGREGATED},{OLD}", part=built_in)
    assert answer.body["kind"] == "APIGroupDiscoveryList"
    assert answer.headers["Content-Type"] == AGGREGATED and answer.headers["ETag"]


@pytest.mark.parametrize("path", ["/api", "/apis"])
async def test_groups(api: Api, path: str) -> None:
    # The address of the server is its own.
    await api.get(path, differs=["serverAddressByClientCIDRs.serverAddress"], part=built_in)


@pytest.mark.parametrize("group", GROUPS)
async def test_a_group(api: Api, group: str) -> None:
    await api.get(f"/apis/{group}")


GROUP_VERSIONS = ["/api/v1", "/apis/autoscaling/v2", *(f"/apis/{group}/v1" for group in GROUPS)]


@pytest.mark.parametrize("path", GROUP_VERSIONS)
async def test_the_resources_of_a_group_version(api: Api, path: str) -> None:
    # A hash of the version in which etcd has the objects.
    await api.get(path, differs=["resources.storageVersionHash"])


@pytest.mark.parametrize("path", ["/healthz", "/livez", "/readyz", "/healthz/ping", "/livez/ping", "/readyz/ping"])
async def test_health(api: Api, path: str) -> None:
    assert (await api.get(path)).body == "ok"


async def test_the_version(api: Api) -> None:
    answer = await api.get("/version", differs=["gitCommit", "gitTreeState", "platform"])
    assert answer.body["gitVersion"] == "v1.37.2"


@pytest.mark.parametrize("path", ["api/v1", "apis/apps/v1", "version", "apis/rbac.authorization.k8s.io/v1"])
async def test_a_part_of_openapi_v3(api: Api, path: str) -> None:
    answer = await api.get(f"/openapi/v3/{path}")
    assert answer.body["openapi"].startswith("3.")


async def test_the_parts_of_openapi_v3(api: Api) -> None:
    def is_shared(name: str) -> bool:
        return not name.startswith(".")

    answer = await api.get("/openapi/v3", differs=["*"])
    parts: dict[str, Any] = answer.body["paths"]
    url = parts["apis/apps/v1"]["serverRelativeURL"]
    assert url.startswith("/openapi/v3/apis/apps/v1?hash=") and any(map(is_shared, parts))


async def test_openapi_v2(api: Api) -> None:
    answer = await api.get("/openapi/v2", differs=["*"])
    assert "io.k8s.api.core.v1.Pod" in answer.body["definitions"]


METHODS: list[tuple[str, int, str]] = [
    *((method, 405, path) for method in ("HEAD", "POST", "OPTIONS") for path in ("/version", "/api", "/apis/apps/v1")),
    *((method, 200, path) for method in ("HEAD", "PUT") for path in ("/", "/apis", "/apis/apps", "/healthz")),
    ("HEAD", 405, "/api/v1/namespaces/default"),
    ("HEAD", 405, "/api/v1/namespaces/default/configmaps"),
    ("HEAD", 404, "/api/v1/nope"),
    ("POST", 404, "/apis/authorization.k8s.io/v1/localsubjectaccessreviews"),
    ("POST", 405, "/api/v1/pods"),
    ("DELETE", 405, "/api/v1/pods"),
]


async def test_methods(api: Api) -> None:
    for method, status, path in METHODS:
        await api.send(method, path, status, differs=["*"] if status == 200 else [])


PATHS: list[tuple[int, str]] = [
    (404, "//"),
    (404, "/openapi/v3/"),
    (404, "/livez/nope"),
    (200, "/livez/etcd"),
    (200, "/readyz/log"),
    (200, "/healthz/ping"),
    (404, "/healthz/ping/x"),
    (404, "/api/v1/namespaces/default/pods/x/log/y"),
    (404, "/api/v1/namespaces/default/pods/x/status/y"),
    (400, "/api/v1/namespaces/%2e%2e"),
    (400, "/api/v1/namespaces/default/configmaps/%2e"),
    (400, "/api/v1/namespaces/default/configmaps/a%25b"),
    (400, "/api/v1/namespaces/default/configmaps/%"),
    (500, "/api/v1/watch"),
    (500, "/apis/apps/v1/watch/"),
    (200, "/api/v1/namespaces?continue=%%&limit=1;2&limit=0&limit=x&watch=0"),
    (200, "/apis/apps?x=y/%zz/.."),
]


async def test_odd_paths(api: Api) -> None:
    for status, path in PATHS:
        await api.get(path, status, differs=["*"] if status == 200 else [])
    await api.get("/api/v1/namespaces/default/configmaps/%ff", 404, differs=["message", "details.name"])
    await api.delete("/api/v1/namespaces/default/configmaps/%2e%2e", 400)


ACCEPTED: list[tuple[int, str, str]] = [
    (406, "text/html", "/version"),
    (406, "application/cbor", "/version"),
    (406, "application/vnd.kubernetes.protobuf", "/version"),
    (406, ",", "/version"),
    (406, ";", "/api"),
    (406, "application/*", "/api"),
    (406, "application/cbor", "/api/v1"),
    (406, "application/json;as=Table;v=v1;g=meta.k8s.io", "/api"),
    (406, "application/json;as=Nope;v=v1;g=meta.k8s.io", "/apis/apps/v1"),
    (406, "application/cbor", "/api/v1/namespaces/default"),
    (406, "application/cbor", "/api/v1/namespaces"),
    (406, "application/cbor", "/api/v1/namespaces?watch=true"),
    (406, "text/html", "/apis"),
    (406, "text/html", "/apis/apps"),
    (200, "application/vnd.kubernetes.protobuf", "/api/v1"),
    (200, "application/json;q=0", "/version"),
]


async def test_media_types(api: Api) -> None:
    for status, accept, path in ACCEPTED:
        await api.get(path, status, accept=accept, differs=["*"] if status == 200 else [])
