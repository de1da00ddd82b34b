"""The verbs over any kind, against a real server: by class, by name, of kinds that no package was generated for."""

from __future__ import annotations

import asyncio
import json
from base64 import b64encode
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from typing import Any, TypeVar

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from aiokube import AnyObject, Api, Client, DynamicObject, PartialObjectMetadata, created, deleted
from aiokube.errors import (
    AlreadyExists,
    ApplyConflict,
    InvalidRequest,
    NotFound,
    Status,
    UnknownResource,
)
from aiokube.models import apps_v1, authentication_v1, autoscaling_v1, core_v1
from tests.cluster.cluster import Cluster

pytestmark = pytest.mark.cluster

T = TypeVar("T", bound=AnyObject)


def crd(kind: str, *, scope: str = "Namespaced", short: str) -> dict[str, Any]:
    """Return a CRD with a status and a scale."""
    plural = f"{kind.lower()}s"
    free = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    schema = {"type": "object", "properties": {"spec": free, "status": free}}
    scale = {"specReplicasPath": ".spec.replicas", "statusReplicasPath": ".status.replicas"}
    version = {
        "name": "v1",
        "served": True,
        "storage": True,
        "schema": {"openAPIV3Schema": schema},
        "subresources": {"status": {}, "scale": scale},
    }
    names = {"plural": plural, "singular": kind.lower(), "kind": kind, "listKind": f"{kind}List", "shortNames": [short]}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.any.example.com"},
        "spec": {"group": "any.example.com", "scope": scope, "names": names, "versions": [version]},
    }


@pytest.fixture(scope="module")
def own(cluster: Cluster) -> Iterator[Cluster]:
    """A cluster of its own: the CRDs would be in the way of tests that look at all that a cluster serves."""
    with Cluster() as running:
        for manifest in (crd("Widget", short="wd"), crd("Region", short="rg", scope="Cluster")):
            running.kubectl("apply", "-f", "-", stdin=json.dumps(manifest))
            running.kubectl("wait", "--for=condition=Established", f"crd/{manifest['metadata']['name']}")
        yield running


@pytest.fixture
async def kube(own: Cluster) -> AsyncIterator[Client]:
    """A client whose namespace is new."""
    async with Client(kubeconfig=own.kubeconfig, field_manager="tests") as client:
        made = await client.core_v1.namespaces.create({"metadata": {"generateName": "any-"}})
        yield client.in_namespace(made.metadata.name)


def widget(name: str, **spec: Any) -> dict[str, Any]:
    """Return the manifest of a Widget, without its type."""
    return {"metadata": {"name": name, "labels": {"app": "web"}}, "spec": spec}


async def newest(api: Api[T]) -> T:
    """Generic code over any class."""
    # The cluster itself puts a ConfigMap into every new namespace, sooner or later.
    return max(await api.list(label_selector="app=web"), key=lambda obj: int(obj.metadata.resource_version))


async def test_generic_code_serves_every_class(kube: Client) -> None:
    await kube.core_v1.config_maps.create({"metadata": {"name": "one", "labels": {"app": "web"}}, "data": {"k": "v"}})
    typed = await newest(kube.api(core_v1.ConfigMap))
    assert isinstance(typed, core_v1.ConfigMap)
    assert typed.data == {"k": "v"}
    dynamic = await newest(kube.api("cm"))
    assert (dynamic.api_version, dynamic.kind, dynamic["data"]) == ("v1", "ConfigMap", {"k": "v"})
    assert dynamic.as_(core_v1.ConfigMap) == typed
    metadata = await newest(kube.api(PartialObjectMetadata, of="configmaps"))
    assert metadata.metadata.name == "one"


@pytest.mark.parametrize(
    "names",
    [
        ("widgets",),
        ("widget",),
        ("Widget",),
        ("wd",),
        ("widgets.any.example.com",),
        ("wd.any",),
        ("widgets.v1.any.example.com",),
        ("any.example.com/v1", "Widget"),
    ],
)
async def test_a_kind_that_was_not_generated_has_every_name(kube: Client, names: tuple[str, ...]) -> None:
    api: Api[DynamicObject] = kube.api(*names)
    assert (await api.create(widget("one", size=1)))["spec"] == {"size": 1}
    assert str(await api.resource()) == "widgets.any.example.com"


async def test_a_kind_that_was_not_generated_has_every_verb(kube: Client, own: Cluster) -> None:
    widgets = kube.api("wd")
    made = await widgets.create(widget("one", size=1, odd=[None, 1.5, {"a": {}}]))
    with pytest.raises(AlreadyExists):
        await widgets.create(widget("one"))
    assert (await widgets.get("one")).to_dict() == made.to_dict()
    served = json.loads(own.kubectl("get", "wd", "one", "-n", kube.namespace, "-o", "json", "--show-managed-fields"))
    assert made.to_dict() == served

    assert (await widgets.patch("one", {"spec": {"size": 2}}))["spec"]["size"] == 2
    assert (await widgets.patch("one", [{"op": "replace", "path": "/spec/size", "value": 3}]))["spec"]["size"] == 3

    def enlarge(obj: DynamicObject) -> None:
        obj["spec"]["size"] += 1

    edited = await widgets.edit("one", enlarge)
    edited["spec"]["size"] = 5
    assert (await widgets.replace(edited))["spec"]["size"] == 5

    assert (await widgets.apply(widget("two", size=1), field_manager="first"))["spec"] == {"size": 1}
    with pytest.raises(ApplyConflict) as conflict:
        await widgets.apply(widget("two", size=2), field_manager="second")
    assert conflict.value.managers == ["first"]
    assert (await widgets.apply(widget("two", size=2), field_manager="second", force=True))["spec"] == {"size": 2}

    listed = await widgets.list(label_selector={"app": "web"})
    assert [len(listed), *(obj.metadata.name for obj in listed)] == [2, "one", "two"]
    assert listed.metadata.resource_version
    assert [obj.metadata.name async for obj in widgets.iterate(page_size=1)] == ["one", "two"]
    assert len(await widgets.list(all_namespaces=True)) >= 2
    assert len(await kube.in_namespace("default").api("wd").list()) == 0

    gone = await widgets.delete("one", propagation_policy="Background")
    assert gone is None  # custom resources without finalizers are gone at once
    last = await widgets.wait_for("one", deleted)
    assert last is None or last.metadata.name == "one"
    await widgets.delete_collection(label_selector={"app": "web"})
    assert len(await widgets.list()) == 0
    with pytest.raises(NotFound):
        await widgets.get("two")


async def test_subresources_by_name(kube: Client) -> None:
    widgets = kube.api("wd")
    await widgets.create(widget("one", replicas=1))
    assert (await widgets.get_scale("one"))["spec"] == {"replicas": 1}
    assert (await widgets.patch_scale("one", {"spec": {"replicas": 4}}))["spec"] == {"replicas": 4}
    scale = await widgets.get_subresource("one", "scale", cls=autoscaling_v1.Scale)
    assert isinstance(scale, autoscaling_v1.Scale)
    assert scale.spec.replicas == 4
    scale.spec.replicas = 5
    assert (await widgets.replace_subresource("scale", scale)).spec.replicas == 5

    shrunk = await widgets.edit_scale("one", lambda scale: scale["spec"].__setitem__("replicas", 2))
    assert shrunk["spec"] == {"replicas": 2}
    shrunk["spec"]["replicas"] = 5
    assert (await widgets.replace_scale(shrunk))["spec"] == {"replicas": 5}

    with pytest.raises(InvalidRequest, match="patch_status"):
        await widgets.patch("one", {"status": {"replicas": 1}})
    with pytest.raises(InvalidRequest, match=r"^Widget one: status is not stored by edit; change it with edit_status"):
        await widgets.edit("one", lambda obj: obj.__setitem__("status", {"replicas": 1}))
    ready = {"type": "Ready", "status": "True"}
    assert (await widgets.patch_status("one", {"status": {"conditions": [ready]}}))["status"]["conditions"] == [ready]
    edited = await widgets.edit_status("one", lambda obj: obj["status"].__setitem__("replicas", 7))
    assert (edited["status"]["replicas"], edited["spec"]["replicas"]) == (7, 5)
    assert (await widgets.wait_for("one", "Ready", timeout=5))["status"]["replicas"] == 7
    assert (await widgets.get_status("one"))["status"]["replicas"] == 7
    applied = await widgets.apply_status({"metadata": {"name": "one"}, "status": {"applied": True}})
    assert applied["status"]["applied"] is True

    with pytest.raises(UnknownResource, match="has no subresource 'log'; it has scale, status"):
        await widgets.log("one")


async def test_subresources_that_are_created(kube: Client) -> None:
    accounts = kube.api("sa")
    await accounts.create({"metadata": {"name": "builder"}})
    wanted = {"spec": {"expirationSeconds": 3600}}
    token = await accounts.create_subresource("builder", "token", wanted)
    assert isinstance(token, DynamicObject)
    assert (token.kind, token["status"]["token"][:2]) == ("TokenRequest", "ey")
    typed = await accounts.create_subresource("builder", "token", wanted, cls=authentication_v1.TokenRequest)
    assert isinstance(typed, authentication_v1.TokenRequest)
    assert (await accounts.create_token_request("builder", wanted))["spec"]["expirationSeconds"] == 3600

    pods = kube.api("pods")
    await pods.create({"metadata": {"name": "web-0"}, "spec": {"containers": [{"name": "c", "image": "i"}]}})
    await pods.create({"metadata": {"name": "web-1"}, "spec": {"containers": [{"name": "c", "image": "i"}]}})
    assert (await pods.create_subresource("web-0", "eviction"))["status"] == "Success"
    assert (await pods.create_subresource("web-1", "eviction", cls=Status)).status == "Success"
    with pytest.raises(NotFound):
        await pods.log("web-2")


async def test_parts_of_objects(kube: Client) -> None:
    pods = kube.api("pods")
    await pods.create({"metadata": {"name": "web-0"}, "spec": {"containers": [{"name": "c", "image": "i"}]}})
    shell = {"name": "shell", "image": "busybox", "targetContainerName": "c"}
    changed = await pods.patch_ephemeral_containers("web-0", {"spec": {"ephemeralContainers": [shell]}})
    for pod in (changed, await pods.get_ephemeral_containers("web-0")):
        assert [one["name"] for one in pod["spec"]["ephemeralContainers"]] == ["shell"]

    requests = kube.api("csr")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "builder")])
    pem = x509.CertificateSigningRequestBuilder().subject_name(name).sign(key, SHA256()).public_bytes(Encoding.PEM)
    spec = {"request": b64encode(pem).decode(), "signerName": "example.com/tests", "usages": ["client auth"]}
    await requests.create({"metadata": {"name": "builder"}, "spec": spec})
    approved = {"type": "Approved", "status": "True", "reason": "Tested"}
    await requests.patch_approval("builder", {"status": {"conditions": [approved]}})
    assert (await requests.wait_for("builder", "Approved"))["status"]["conditions"][0]["reason"] == "Tested"
    assert (await requests.get_approval("builder"))["status"]["conditions"][0]["type"] == "Approved"
    with pytest.raises(UnknownResource, match="pods has no subresource 'approval'"):
        await pods.get_approval("web-0")


async def test_metadata_alone_replaces_nothing(kube: Client) -> None:
    settings = kube.api("cm")
    await settings.create({"metadata": {"name": "colors"}, "data": {"primary": "blue"}})
    metadata = kube.api(PartialObjectMetadata, of="cm")
    with pytest.raises(InvalidRequest, match="would remove all but the metadata"):
        await metadata.replace(await metadata.get("colors"))
    assert (await settings.get("colors"))["data"] == {"primary": "blue"}


async def test_a_watch_and_an_informer_follow_a_kind_that_was_not_generated(kube: Client) -> None:
    widgets = kube.api("wd")
    watch = widgets.watch()
    async with widgets.informer(indexers={"size": lambda obj: obj["spec"]["size"]}) as cache:
        await widgets.create(widget("one", size=1))
        event = await anext(watch)
        assert (event.type, event.object.metadata.name, event.object["spec"]) == ("ADDED", "one", {"size": 1})
        await widgets.patch("one", {"spec": {"size": 2}})
        assert (await anext(watch)).object["spec"] == {"size": 2}
        await widgets.delete("one")
        assert (await anext(watch)).type == "DELETED"
        await watch.aclose()

        await widgets.create(widget("two", size=9))
        async with asyncio.timeout(10):
            while not cache.by_index("size", 9):
                await asyncio.sleep(0.02)
        found = cache.get("two")
        assert found is not None
        assert (found.api_version, found.kind) == ("any.example.com/v1", "Widget")
    async with widgets.metadata_informer() as names:
        assert "two" in names
        await widgets.create(widget("three", size=1))
        async with asyncio.timeout(10):
            while "three" not in names:
                await asyncio.sleep(0.02)


async def test_a_kind_without_namespaces(kube: Client) -> None:
    regions = kube.api("any.example.com/v1", "Region")
    await regions.apply({"metadata": {"name": "north"}, "spec": {"size": 1}})
    assert [obj.metadata.name for obj in await regions.list(all_namespaces=True, namespace="shop")] == ["north"]
    assert [obj.metadata.name async for obj in regions.iterate()] == ["north"]
    async with regions.informer(all_namespaces=True) as cache:
        assert cache.get("north") is not None
        assert "north" in cache
    async for event in regions.watch(timeout_seconds=1):
        assert event.object.metadata.name == "north"
    assert (await regions.wait_for("north", created)).metadata.namespace == ""
    await regions.delete("north")


async def test_metadata_alone_is_read_and_written(kube: Client) -> None:
    await kube.api("wd").create(widget("one", size=1))
    metadata = kube.api(PartialObjectMetadata, of="wd")
    one = await metadata.get("one")
    assert (one.kind, one.metadata.labels) == ("PartialObjectMetadata", {"app": "web"})

    await metadata.edit("one", lambda obj: obj.metadata.labels.update(tier="front"))
    assert (await metadata.patch("one", {"metadata": {"annotations": {"a": "b"}}})).metadata.annotations == {"a": "b"}
    applied = PartialObjectMetadata.from_dict({"metadata": {"name": "one", "labels": {"owner": "me"}}})
    await metadata.apply(applied, field_manager="labels")
    whole = await kube.api("wd").get("one")
    assert whole.metadata.labels == {"app": "web", "tier": "front", "owner": "me"}
    assert whole["spec"] == {"size": 1}
    assert [obj.metadata.name for obj in await metadata.list()] == ["one"]
    async for event in metadata.watch(timeout_seconds=1):
        assert isinstance(event.object, PartialObjectMetadata)
    assert await metadata.delete("one") is None


async def test_typed_classes_of_a_kind(kube: Client) -> None:
    deployments = kube.api(apps_v1.Deployment)
    template = {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "c", "image": "i"}]}}
    spec = {"selector": {"matchLabels": {"a": "b"}}, "template": template}
    made = await deployments.create(apps_v1.Deployment.from_dict({"metadata": {"name": "web"}, "spec": spec}))
    assert made.spec.template.spec.containers[0].image == "i"

    def scale_up(obj: apps_v1.Deployment) -> None:
        obj.spec.replicas = 3

    assert (await deployments.edit("web", scale_up)).spec.replicas == 3
    assert (await kube.api("deploy").get("web")).as_(apps_v1.Deployment).spec.replicas == 3
    async with deployments.informer() as cache:
        assert isinstance(cache.get("web"), apps_v1.Deployment)


async def test_a_crd_that_is_created_after_the_first_discovery_is_found(kube: Client) -> None:
    late = kube.api("latecomers.any.example.com")
    with pytest.raises(UnknownResource):
        await late.list()
    crds = kube.api("crd")
    await crds.create(crd("Latecomer", short="lc"))
    await crds.wait_for("latecomers.any.example.com", "Established")
    async with asyncio.timeout(10):
        while True:
            # Discovery follows a little later than the condition.
            try:
                assert len(await late.list()) == 0
                break
            except UnknownResource:
                await asyncio.sleep(0.05)
    assert (await kube.api("lc").create(widget("one")))["spec"] == {}
    assert "latecomers" in [resource.plural for resource in await kube.resources()]


async def test_what_is_served_is_what_kubectl_lists(kube: Client, own: Cluster) -> None:
    listed = {line.split()[0] for line in own.kubectl("api-resources", "--no-headers", "-o", "name").splitlines()}
    assert {str(resource) for resource in await kube.resources()} == listed
    for resource in await kube.resources():
        assert await kube.api(str(resource)).resource() == resource
        if "list" in resource.verbs:
            listing = await kube.api(resource).list(all_namespaces=True, limit=1)
            assert all(obj.kind == resource.kind for obj in listing)


async def test_short_names_are_those_of_kubectl(kube: Client, own: Cluster) -> None:
    lines = own.kubectl("api-resources", "--no-headers", "-o", "wide").splitlines()
    resources = {str(resource): resource for resource in await kube.resources()}
    short_names = [(one, name) for name, resource in resources.items() for one in resource.short_names]
    assert len(short_names) > 25
    assert len(lines) == len(resources)
    for short, name in short_names:
        if short != "ev":  # of two groups; kubectl and aiokube take that of the core group
            assert str(await kube.api(short).resource()) == name
    assert (await kube.api("ev").resource()).group == ""


async def test_a_crd_that_is_deleted_is_named_by_the_error_and_found_again_in_another_version(kube: Client) -> None:
    passing = kube.api("passings.any.example.com")
    crds = kube.api("crd")

    async def serve(version: str) -> None:
        manifest = crd("Passing", short="ps")
        manifest["spec"]["versions"][0]["name"] = version
        await crds.create(manifest)
        async with asyncio.timeout(20):
            while True:
                try:
                    await passing.list()
                    return
                except (NotFound, UnknownResource):
                    await asyncio.sleep(0.05)

    await serve("v1")
    resource = await passing.resource()
    await crds.delete("passings.any.example.com")
    await crds.wait_for("passings.any.example.com", deleted)
    async with asyncio.timeout(20):
        while True:
            try:
                await kube.api(resource).list()
            except NotFound as error:
                assert error.is_unserved
                assert "the server does not serve this resource, or no longer: `await kube.resources()`" in str(error)
                break
    with pytest.raises(UnknownResource, match="passings"):
        await passing.list()
    await serve("v2")
    assert (await passing.resource()).version == "v2"
    with pytest.raises(NotFound) as missing:
        await passing.get("none")
    assert not missing.value.is_unserved
    assert "does not serve" not in str(missing.value)


@pytest.mark.parametrize("change", ["version", "scope"])
async def test_calls_follow_a_resource_whose_crd_changes(kube: Client, own: Cluster, change: str) -> None:
    crds, name = kube.api("crd"), f"movers{change}s.any.example.com"
    manifest = crd(f"Movers{change}", short=f"mv{change[0]}")
    first = manifest["spec"]["versions"][0]
    first["name"] = "v1alpha1"
    await crds.create(manifest)
    movers = kube.api(name)

    async def serves(version: str, *, namespaced: bool = True) -> None:
        # Another client looks, so that this one does not learn of it.
        async with asyncio.timeout(20), Client(kubeconfig=own.kubeconfig) as other:
            while True:
                with suppress(NotFound, UnknownResource):
                    await other.api(name).list()
                    found = await other.api(name).resource()
                    if (found.version, found.namespaced) == (version, namespaced):
                        return
                await asyncio.sleep(0.05)

    await serves("v1alpha1")
    await movers.create({"metadata": {"name": "one"}})
    if change == "version":
        versions = [{**first, "name": "v1"}, {**first, "served": False, "storage": False}]
        await crds.patch(name, {"spec": {"versions": versions}})
        await serves("v1")
        assert (await movers.get("one")).api_version == "any.example.com/v1"
    else:
        await crds.delete(name)
        await crds.wait_for(name, deleted)
        await crds.create({**manifest, "spec": {**manifest["spec"], "scope": "Cluster"}})
        await serves("v1alpha1", namespaced=False)
        assert (await movers.create({"metadata": {"name": "two"}})).metadata.namespace == ""
    await crds.delete(name)
