"""Requests of discovery, and how a client finds resources."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any

import pytest

from aiokube.errors import AmbiguousResource, DecodeError, Forbidden, NotFound, UnknownResource
from aiokube.runtime.discovery.api_resource import ApiResource
from aiokube.runtime.discovery.catalog import Catalog
from aiokube.runtime.discovery.discovery import Discovery
from aiokube.runtime.discovery.documents import read_versions
from tests.support.clients import client_of
from tests.support.server import Answer, ScriptedServer

from .conftest import Documents, documents


def catalog(name: str = "aggregated") -> Catalog:
    """Return the catalog of the recorded documents in aggregated form."""
    by_path = documents(name).by_path
    return Catalog(version for path in ("/api", "/apis") for version in read_versions(by_path[path]))


def paths(server: ScriptedServer) -> list[str]:
    """Return the paths that a server was asked for, sorted."""
    return sorted(request.target for request in server.requests)


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("pods", "v1 pods"),
        ("pod", "v1 pods"),
        ("Pod", "v1 pods"),
        ("po", "v1 pods"),
        ("PODS", "v1 pods"),
        ("pods.v1.", "v1 pods"),
        ("pods.v1", "v1 pods"),
        ("deploy", "apps/v1 deployments"),
        ("deployments.apps", "apps/v1 deployments"),
        ("deploy.apps", "apps/v1 deployments"),
        ("deployments.v1.apps", "apps/v1 deployments"),
        ("hpa", "autoscaling/v2 horizontalpodautoscalers"),
        ("hpa.v1.autoscaling", "autoscaling/v1 horizontalpodautoscalers"),
        # The core group comes first, as for kubectl.
        ("events", "v1 events"),
        ("events.events.k8s.io", "events.k8s.io/v1 events"),
        ("cert", "cert-manager.io/v1 certificates"),
        ("certificates.cert-manager.io", "cert-manager.io/v1 certificates"),
        ("certificates.cert-manager", "cert-manager.io/v1 certificates"),
        ("gateways.networking.istio.io", "networking.istio.io/v1 gateways"),
        ("gateways.v1beta1.networking.istio.io", "networking.istio.io/v1beta1 gateways"),
        ("gateways.gateway", "gateway.networking.k8s.io/v1 gateways"),
    ],
)
def test_a_resource_is_found_by_every_name_that_kubectl_takes(name: str, found: str) -> None:
    resource = catalog().by_name(name)
    assert f"{resource.api_version} {resource.plural}" == found


def test_an_ambiguous_name_is_an_error_that_lists_names_which_are_not() -> None:
    with pytest.raises(AmbiguousResource) as raised:
        catalog().by_name("gateway")
    message = str(raised.value)
    assert (
        message == "'gateway' is ambiguous; use one of gateways.gateway.networking.k8s.io, gateways.networking.istio.io"
    )
    for name in message.partition("use one of ")[2].split(", "):
        assert str(catalog().by_name(name)) == name


def test_a_group_of_which_several_begin_so_is_ambiguous() -> None:
    served = catalog()
    with pytest.raises(AmbiguousResource, match=r"backups\.config\.openshift\.io, backups\.velero\.io"):
        served.by_name("backups")


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("deploymnts", "similar: deployments"),
        ("all", "it is a category, of .*deployments.apps"),
        ("pods/web-0", "pass the name of a resource, or an apiVersion and a kind as two arguments"),
        ("pods.apps", "no resource 'pods.apps'"),
        ("deployments.v9.apps", "no resource"),
        ("", "no resource ''"),
    ],
)
def test_an_unknown_name_is_an_error_with_a_way_out(name: str, hint: str) -> None:
    with pytest.raises(UnknownResource, match=hint):
        catalog().by_name(name)


def test_a_kind_is_found_in_its_version() -> None:
    assert catalog().by_kind("autoscaling/v1", "HorizontalPodAutoscaler").version == "v1"
    with pytest.raises(
        UnknownResource, match="in 'autoscaling/v9'; it serves HorizontalPodAutoscaler in autoscaling/v2, a"
    ):
        catalog().by_kind("autoscaling/v9", "HorizontalPodAutoscaler")
    with pytest.raises(UnknownResource, match="similar: Deployment"):
        catalog().by_kind("apps/v1", "Deploymnet")
    for name in ("deployments", "deploy", "deployment"):
        with pytest.raises(UnknownResource, match=r"; it is a name of the kind Deployment$"):
            catalog().by_kind("apps/v1", name)
    with pytest.raises(UnknownResource, match=r"; the apiVersion comes first: 'apps/v1', 'Deployment'$"):
        catalog().by_kind("Deployment", "apps/v1")


def test_a_resource_has_its_facts_and_paths() -> None:
    deployments = catalog().by_name("deploy")
    assert (deployments.kind, deployments.singular, deployments.namespaced) == ("Deployment", "deployment", True)
    assert (deployments.short_names, deployments.categories) == (("deploy",), ("all",))
    assert deployments.path == "/apis/apps/v1/namespaces/{namespace}/deployments"
    assert deployments.all_namespaces_path == "/apis/apps/v1/deployments"
    assert [one.name for one in deployments.subresources] == ["scale", "status"]
    scale = deployments.subresource("scale")
    assert scale is not None
    assert (scale.api_version, scale.kind, scale.verbs) == ("autoscaling/v1", "Scale", ("get", "patch", "update"))
    status = deployments.subresource("status")
    assert status is not None
    assert (status.api_version, status.kind) == ("apps/v1", "Deployment")
    nodes = catalog().by_name("node")
    assert (nodes.path, nodes.all_namespaces_path) == ("/api/v1/nodes", None)


def rows(resources: list[ApiResource]) -> list[str]:
    """Return facts that both forms of discovery have."""
    return [f"{one} {one.api_version} {one.kind} {one.namespaced} {one.subresources}" for one in resources]


async def test_both_forms_of_discovery_say_the_same(aggregated: Documents, old: Documents) -> None:
    groups = {"apps", "autoscaling", "events.k8s.io"}
    items = aggregated.by_path["/apis"]["items"]
    aggregated.by_path["/apis"]["items"] = [one for one in items if one["metadata"]["name"] in groups]
    async with ScriptedServer(aggregated) as new, ScriptedServer(old) as before:
        async with client_of(new) as kube, client_of(before) as older:
            assert rows(await kube.resources()) == rows(await older.resources())
        assert paths(new) == ["/api", "/apis"]
        assert len(before.requests) == 7


async def test_each_resource_is_listed_once_in_the_preferred_version(old: Documents) -> None:
    for group in old.by_path["/apis"]["groups"]:
        group["versions"].reverse()
    async with ScriptedServer(old) as server, client_of(server) as kube:
        found = [one for one in await kube.resources() if one.group == "autoscaling"]
    assert [one.api_version for one in found] == ["autoscaling/v2"]


async def test_a_group_that_does_not_respond_hides_no_other(old: Documents) -> None:
    old.broken["/apis/apps/v1"] = Answer(503)
    async with ScriptedServer(old) as server, client_of(server) as kube:
        discovery = Discovery()
        assert (await discovery.find(kube, lambda served: served.by_name("po"))).kind == "Pod"
        with pytest.raises(UnknownResource, match="these did not respond: apps/v1"):
            await discovery.find(kube, lambda served: served.by_name("deploy"))


def test_a_stale_group_is_named_by_an_error(aggregated: Documents) -> None:
    version = aggregated.by_path["/apis"]["items"][0]["versions"][0]
    version.update(freshness="Stale", resources=[])
    with pytest.raises(UnknownResource, match="these did not respond: apps/v1"):
        Catalog(read_versions(aggregated.by_path["/apis"])).by_name("deploy")


async def test_the_server_is_asked_once_and_again_on_a_miss(aggregated: Documents) -> None:
    async with ScriptedServer(aggregated) as server, client_of(server) as kube:
        discovery = Discovery()
        for name in ("pods", "deploy", "pods"):
            await discovery.find(kube, partial(Catalog.by_name, name=name))
        assert paths(server) == ["/api", "/apis"]
        with pytest.raises(UnknownResource):
            await discovery.find(kube, lambda served: served.by_name("crontabs"))
        assert paths(server) == ["/api", "/api", "/apis", "/apis"]
        group = {"metadata": {"name": "stable.example.com"}, "versions": [{"version": "v1", "resources": [CRON_TAB]}]}
        aggregated.by_path["/apis"]["items"].append(group)
        found = await discovery.find(kube, lambda served: served.by_name("ct"))
        assert str(found) == "crontabs.stable.example.com"


CRON_TAB: dict[str, Any] = {
    "resource": "crontabs",
    "responseKind": {"kind": "CronTab"},
    "scope": "Namespaced",
    "shortNames": ["ct"],
    "verbs": None,
    "categories": None,
    "subresources": [None, {"subresource": "status", "responseKind": None, "verbs": None}],
}


async def test_misses_at_the_same_time_share_the_requests(aggregated: Documents) -> None:
    async with ScriptedServer(aggregated) as server, client_of(server) as kube:
        discovery = Discovery()

        async def miss(name: str) -> None:
            with pytest.raises(UnknownResource):
                await discovery.find(kube, lambda served: served.by_name(name))

        await discovery.read(kube)
        await asyncio.gather(*(miss(f"nothing{number}") for number in range(20)))
        # The first one asks; the others wait, and their requests follow the last of their calls.
        assert len(server.requests) <= 6


@pytest.mark.parametrize("value", [None, [], {}, "x", 7])
def test_what_is_null_or_malformed_is_left_out(value: object) -> None:
    assert read_versions(value) == []
    for kind, key in (("APIGroupDiscoveryList", "items"), ("APIGroupList", "groups"), ("APIVersions", "versions")):
        assert read_versions({"kind": kind, key: value}) == []
        assert read_versions({"kind": kind, key: [value]}) in ([], read_versions({"kind": kind, key: ["x"]}))
    for key in ("resource", "responseKind", "shortNames", "categories", "verbs", "subresources", "singularResource"):
        document = {
            "kind": "APIGroupDiscoveryList",
            "items": [
                {"metadata": {"name": "g"}, "versions": [{"version": "v1", "resources": [{**CRON_TAB, key: value}]}]}
            ],
        }
        [version] = read_versions(document)
        assert len(version.resources or ()) in (0, 1)


async def test_a_server_without_the_core_group_is_read(aggregated: Documents) -> None:
    del aggregated.by_path["/api"]
    async with ScriptedServer(aggregated) as server, client_of(server) as kube:
        assert "deployments" in [one.plural for one in await kube.resources()]
        aggregated.by_path.clear()
        with pytest.raises(NotFound):
            await kube.resources()


async def test_failures_are_plain_errors(aggregated: Documents) -> None:
    aggregated.broken["/apis"] = Answer(403)
    async with ScriptedServer(aggregated) as server, client_of(server) as kube:
        with pytest.raises(Forbidden):
            await kube.resources()
    aggregated.broken["/apis"] = Answer(200, body=b"<html>")
    async with ScriptedServer(aggregated) as server, client_of(server) as kube:
        with pytest.raises(DecodeError):
            await kube.resources()


async def test_a_view_and_its_client_share_what_was_discovered(aggregated: Documents) -> None:
    async with ScriptedServer(aggregated) as server, client_of(server) as kube:
        for client in (kube, kube.in_namespace("shop"), kube.with_options(timeout=5)):
            await client._discovery.find(client, lambda served: served.by_name("po"))
        assert paths(server) == ["/api", "/apis"]
