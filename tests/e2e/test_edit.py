"""`edit` of objects that other clients change, and of a kind whose schema is newer than its class."""

from __future__ import annotations

import asyncio
import importlib
import json
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from aiokube import ABSENT_DICT, Client
from aiokube.errors import Conflict, Invalid, InvalidRequest, NotFound
from aiokube.models import apps_v1, autoscaling_v1, core_v1, meta_v1
from tests.cluster.cluster import Cluster
from tests.codegen.command import AIOKUBE
from tests.support.children import output_of

pytestmark = pytest.mark.cluster


def _schema(*, is_new: bool) -> dict[str, Any]:
    text = {"type": "string"}
    time = {"type": "string", "format": "date-time"}
    door: dict[str, Any] = {
        "name": text,
        "color": text,
        "hung": time,
        "weight": {"type": "number"},
        "note": {"type": "string", "nullable": True},
    }
    spec: dict[str, Any] = {"size": {"type": "integer"}, "doors": {"type": "array", "items": {"type": "object"}}}
    if is_new:
        door["lock"] = {"type": "object", "properties": {"kind": text}}
        spec["roof"] = {"type": "object", "properties": {"material": text}}
    spec["doors"]["items"]["properties"] = door
    plants = {"type": "array", "items": text, "default": ["oak"]}
    signs = {"type": "object", "additionalProperties": text, "default": {"gate": "closed"}}
    spec["garden"] = {"type": "object", "properties": {"plants": plants, "signs": signs}}
    return {"type": "object", "properties": {"spec": {"type": "object", "properties": spec}}}


def _crd(*, is_new: bool) -> str:
    version = {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": _schema(is_new=is_new)}}
    names = {"plural": "houses", "singular": "house", "kind": "House", "listKind": "HouseList"}
    manifest = {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "houses.example.com"},
        "spec": {"group": "example.com", "scope": "Namespaced", "names": names, "versions": [version]},
    }
    return json.dumps(manifest)


@pytest.fixture(scope="module")
def own(cluster: Cluster) -> Iterator[Cluster]:
    """A cluster for this module alone, with its CRD."""
    with Cluster() as running:
        running.kubectl("apply", "-f", "-", stdin=_crd(is_new=False))
        _wait_for_schema(running, "doors")
        yield running


def _wait_for_schema(cluster: Cluster, word: str) -> None:
    import time

    deadline = time.monotonic() + 60
    while word not in cluster.kubectl("get", "--raw", "/openapi/v2"):
        assert time.monotonic() < deadline, f"{word} does not appear in /openapi/v2"
        time.sleep(0.2)


@pytest.fixture(scope="module")
def package(own: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A package generated before the schema of its CRD gained fields."""
    folder = tmp_path_factory.mktemp("generated")
    output_of(*AIOKUBE, "generate", "--kubeconfig", own.kubeconfig, "--output", folder / "dated")
    own.kubectl("apply", "-f", "-", stdin=_crd(is_new=True))
    _wait_for_schema(own, "roof")
    sys.path.insert(0, str(folder))
    importlib.invalidate_caches()
    yield importlib.import_module("dated")
    sys.path.remove(str(folder))
    for name in [name for name in sys.modules if name.partition(".")[0] == "dated"]:
        del sys.modules[name]


async def test_edit_preserves_fields_that_the_class_does_not_know(own: Cluster, package: Any) -> None:
    spec = {
        "size": 1,
        "roof": {"material": "slate"},
        "doors": [
            {"name": "front", "color": "red", "lock": {"kind": "bolt"}},
            {"name": "back", "color": "green", "lock": {"kind": "chain"}},
        ],
    }
    manifest = {"apiVersion": "example.com/v1", "kind": "House", "metadata": {"name": "mine"}, "spec": spec}
    await asyncio.to_thread(own.kubectl, "apply", "-f", "-", stdin=json.dumps(manifest))

    def paint(house: Any) -> None:
        assert not hasattr(house.spec, "roof"), "the class knows the new field"
        house.spec.size = 2
        house.spec.doors[1].color = "blue"
        house.spec.doors.reverse()

    async with package.Client(kubeconfig=own.kubeconfig) as kube:
        edited = await kube.example_com_v1.houses.edit("mine", paint)
        assert edited.spec.doors[0].color == "blue"
        stored = json.loads(await asyncio.to_thread(own.kubectl, "get", "house", "mine", "-o", "json"))["spec"]
        assert stored == {
            "size": 2,
            "roof": {"material": "slate"},
            "doors": [{**spec["doors"][1], "color": "blue"}, spec["doors"][0]],  # type: ignore[index] # a list
        }
        # `replace` loses these fields.
        lossy = await kube.example_com_v1.houses.replace(edited)
        assert lossy.spec.size == 2
        after = json.loads(await asyncio.to_thread(own.kubectl, "get", "house", "mine", "-o", "json"))["spec"]
        assert "roof" not in after


async def test_edit_preserves_what_it_does_not_touch_in_the_same_list(own: Cluster, package: Any) -> None:
    door = {"hung": "2024-01-01T12:00:00.123456789Z", "weight": 1, "note": None}
    spec = {"doors": [{"name": "front", **door}, {"name": "back", **door, "weight": 1.5}], "garden": {"plants": []}}
    manifest = {"apiVersion": "example.com/v1", "kind": "House", "metadata": {"name": "old"}, "spec": spec}

    def change(house: Any) -> None:
        assert house.spec.doors[0].note is None
        house.spec.doors[0].weight = 2
        house.spec.doors.append(house.spec.doors.pop(0))

    async with package.Client(kubeconfig=own.kubeconfig) as kube:
        houses, path = kube.example_com_v1.houses, "/apis/example.com/v1/namespaces/default/houses/old"
        await houses.create(manifest)
        before = (await kube.request("GET", path)).json()["spec"]
        assert before["doors"] == spec["doors"]
        await houses.edit("old", change)
        after = (await kube.request("GET", path)).json()["spec"]
    front, back = before["doors"]
    assert after == {**before, "doors": [back, {**front, "weight": 2}]}
    assert json.dumps(after["doors"][1]["weight"]) == "2"


async def test_an_emptied_list_or_map_does_not_return_to_its_default(own: Cluster, package: Any) -> None:
    manifest = {"apiVersion": "example.com/v1", "kind": "House", "metadata": {"name": "green"}, "spec": {"garden": {}}}
    await asyncio.to_thread(own.kubectl, "apply", "-f", "-", stdin=json.dumps(manifest))

    def clear(house: Any) -> None:
        assert (house.spec.garden.plants, house.spec.garden.signs) == (["oak"], {"gate": "closed"})
        house.spec.garden.plants.clear()
        house.spec.garden.signs.clear()

    async with package.Client(kubeconfig=own.kubeconfig) as kube:
        await kube.example_com_v1.houses.edit("green", clear)
        stored = json.loads(await asyncio.to_thread(own.kubectl, "get", "house", "green", "-o", "json"))["spec"]
        assert stored == {"garden": {"plants": [], "signs": {}}}
        # Removing the field restores the default.
        defaults = await kube.example_com_v1.houses.edit(
            "green", lambda house: setattr(house.spec.garden, "plants", None)
        )
        assert (defaults.spec.garden.plants, defaults.spec.garden.signs) == (["oak"], {})


async def _create(kube: Client, **data: str) -> None:
    await kube.core_v1.config_maps.create(core_v1.ConfigMap(metadata=meta_v1.ObjectMeta(name="shared"), data=data))


async def test_edit_is_retried_on_conflict(kube: Client) -> None:
    await _create(kube, count="0")
    attempts = 0

    async def add_one(shared: core_v1.ConfigMap) -> None:
        nonlocal attempts
        attempts += 1
        if attempts <= 2:
            # Another client changes the object first.
            await kube.core_v1.config_maps.patch("shared", {"data": {"count": str(attempts * 10)}})
        shared.data["count"] = str(int(shared.data["count"]) + 1)

    edited = await kube.core_v1.config_maps.edit("shared", add_one)
    assert attempts == 3
    assert edited.data == {"count": "21"}


async def test_edit_raises_the_fifth_conflict(kube: Client) -> None:
    await _create(kube, count="0")
    attempts = 0

    async def hopeless(shared: core_v1.ConfigMap) -> None:
        nonlocal attempts
        attempts += 1
        await kube.core_v1.config_maps.patch("shared", {"data": {"other": str(attempts)}})
        shared.data["count"] = "1"

    with pytest.raises(Conflict):
        await kube.core_v1.config_maps.edit("shared", hopeless)
    assert attempts == 5


async def test_edit_sends_changed_fields_only(kube: Client) -> None:
    await _create(kube, a="1", b="2")
    before = await kube.core_v1.config_maps.get("shared")
    same = await kube.core_v1.config_maps.edit("shared", lambda shared: None)
    assert same == before

    def change(shared: core_v1.ConfigMap) -> core_v1.ConfigMap:
        copy = core_v1.ConfigMap.from_json(shared.to_json())
        del copy.data["a"]
        copy.data["c"] = "3"
        copy.metadata.resource_version = ""
        return copy

    edited = await kube.core_v1.config_maps.edit("shared", change, field_manager="editor")
    assert edited.data == {"b": "2", "c": "3"}
    owned = next(entry for entry in edited.metadata.managed_fields if entry.manager == "editor")
    assert json.loads(bytes(owned.fields_v1)) == {"f:data": {"f:c": {}}}  # type: ignore[arg-type] # it is set

    rehearsed = await kube.core_v1.config_maps.edit("shared", lambda shared: shared.data.clear(), dry_run="All")
    assert rehearsed.data == {}
    assert (await kube.core_v1.config_maps.get("shared")).data == {"b": "2", "c": "3"}


@pytest.mark.parametrize(
    "change",
    [
        lambda shared: shared.data.setdefault("a", "b"),
        lambda shared: shared.metadata,
        lambda shared: {"data": {}},
        lambda shared: core_v1.Secret(),
    ],
)
async def test_a_change_that_returns_another_type_is_refused(kube: Client, change: Any) -> None:
    await kube.core_v1.config_maps.create({"metadata": {"name": "shared"}, "data": {"a": "1"}})
    with pytest.raises(InvalidRequest, match=r"^change returned \w+ for shared; .* or return another ConfigMap$"):
        await kube.core_v1.config_maps.edit("shared", change)


async def test_what_the_server_sets_is_refused_in_the_object_and_ignored_in_another_one(kube: Client) -> None:
    secrets, other = kube.core_v1.secrets, core_v1.Secret(type="Opaque", data={"a": b"1"})
    other.metadata = (await secrets.create({"metadata": {"name": "mine"}})).metadata
    other.metadata.generation, other.metadata.resource_version = 7, "1"

    def set_all(secret: core_v1.Secret) -> None:
        secret.metadata.resource_version = "1"

    with pytest.raises(InvalidRequest, match=r"^Secret mine: metadata.resourceVersion is set by the server; leave it"):
        await secrets.edit("mine", set_all)
    assert (await secrets.edit("mine", lambda _: other)).data == {"a": b"1"}


async def test_edit_of_a_missing_object_raises_not_found(kube: Client) -> None:
    with pytest.raises(NotFound):
        await kube.core_v1.config_maps.edit("nowhere", lambda shared: None)


def _deployment() -> apps_v1.Deployment:
    labels = {"app": "web"}
    template = core_v1.PodTemplateSpec(
        metadata=meta_v1.ObjectMeta(labels=labels),
        spec=core_v1.PodSpec(containers=[core_v1.Container(name="web", image="web:1")]),
    )
    return apps_v1.Deployment(
        metadata=meta_v1.ObjectMeta(name="web"),
        spec=apps_v1.DeploymentSpec(
            replicas=0, selector=meta_v1.LabelSelector(match_labels=labels), template=template, paused=True
        ),
    )


async def test_a_change_of_the_status_is_made_by_edit_status_only(kube: Client) -> None:
    deployments = kube.apps_v1.deployments
    await deployments.create(_deployment())

    def collide(deployment: apps_v1.Deployment) -> None:
        deployment.status.collision_count = 5

    def scale(deployment: apps_v1.Deployment) -> None:
        deployment.spec.replicas = 3

    problem = "Deployment web: status.collisionCount is not stored by edit; change it with edit_status"
    with pytest.raises(InvalidRequest, match=problem):
        await deployments.edit("web", collide)
    problem = "Deployment web: spec.replicas is not stored by edit_status; change it with edit"
    with pytest.raises(InvalidRequest, match=problem):
        await deployments.edit_status("web", scale)
    manifest: dict[str, Any] = {"metadata": {"name": "web"}, "status": {"collisionCount": 5}}
    problem = "Deployment web: status is not stored by apply; change it with apply_status"
    with pytest.raises(InvalidRequest, match=problem):
        await deployments.apply(manifest, field_manager="me")
    with pytest.raises(InvalidRequest, match=problem):
        await kube.api(apps_v1.Deployment).apply(manifest, field_manager="me")
    edited = await deployments.edit_status("web", collide)
    assert (edited.status.collision_count, edited.spec.replicas) == (5, 0)


async def test_edit_scale_changes_the_replicas(kube: Client) -> None:
    deployments = kube.apps_v1.deployments
    await deployments.create(_deployment())

    def grow(scale: autoscaling_v1.Scale) -> None:
        scale.spec.replicas = (scale.spec.replicas or 0) + 2

    assert (await deployments.edit_scale("web", grow)).spec.replicas == 2
    assert (await deployments.get("web")).spec.replicas == 2
    with pytest.raises(InvalidRequest, match=r"Scale web: metadata.labels is not stored by edit_scale"):
        await deployments.edit_scale("web", lambda scale: scale.metadata.labels.update(a="b"))


async def test_absent_fields_can_be_filled_inside_edit(kube: Client) -> None:
    await kube.core_v1.config_maps.create(core_v1.ConfigMap(metadata=meta_v1.ObjectMeta(name="bare")))

    def fill(bare: core_v1.ConfigMap) -> None:
        bare.data["a"] = "1"
        bare.metadata.finalizers.append("example.com/a")
        bare.metadata.finalizers.clear()

    filled = await kube.core_v1.config_maps.edit("bare", fill)
    assert filled.data == {"a": "1"}
    assert (await kube.core_v1.config_maps.edit("bare", lambda bare: None)).metadata.labels is ABSENT_DICT


async def test_a_patch_that_the_server_refuses_is_not_taken_for_a_conflict(kube: Client) -> None:
    await _create(kube, a="1")
    attempts = 0

    def break_it(shared: core_v1.ConfigMap) -> None:
        nonlocal attempts
        attempts += 1
        shared.data["not a key"] = "1"

    with pytest.raises(Invalid, match="not a key"):
        await kube.core_v1.config_maps.edit("shared", break_it)
    assert attempts == 1
