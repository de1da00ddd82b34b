"""A change as a JSON patch: it makes the change, and touches nothing else."""

from __future__ import annotations

import copy
import dataclasses
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiokube import ABSENT_DICT, ABSENT_LIST, UNSET, absent
from aiokube.errors import InvalidRequest
from aiokube.models import apiextensions_v1, apps_v1, core_v1
from aiokube.runtime.verbs.json_patch import JsonPatchBase


def _apply(patch: list[dict[str, Any]], document: Any) -> Any:
    """RFC 6902, as it is written there; a place that an operation needs must exist."""
    document = copy.deepcopy(document)

    def resolve(path: str) -> tuple[Any, Any]:
        target = document
        *parents, last = [part.replace("~1", "/").replace("~0", "~") for part in path.split("/")[1:]]
        for part in parents:
            target = target[int(part)] if isinstance(target, list) else target[part]
        return target, int(last) if isinstance(target, list) else last

    def add(path: str, value: Any) -> None:
        target, key = resolve(path)
        if isinstance(target, list):
            assert key <= len(target)
            target.insert(key, value)
        else:
            target[key] = value

    for operation in patch:
        match operation["op"]:
            case "add":
                add(operation["path"], operation["value"])
            case "remove":
                target, key = resolve(operation["path"])
                del target[key]
            case "replace":
                target, key = resolve(operation["path"])
                assert isinstance(target, list) or key in target
                target[key] = operation["value"]
            case "move":
                target, key = resolve(operation["from"])
                add(operation["path"], target.pop(key))
            case other:
                raise AssertionError(other)
    return document


def _is_same(one: Any, other: Any) -> bool:
    """Return True if two documents are the same JSON."""
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)


_values = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.sampled_from([0.5, 1.0, "", "a", "~/"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["a", "b", "c/d", "~"]), inner),
    max_leaves=30,
)


@given(_values, _values)
@pytest.mark.slow
def test_a_patch_makes_one_document_of_another(before: Any, after: Any) -> None:
    raw = {"revision": 1, "data": before}
    obj = apps_v1.ControllerRevision.from_dict(raw, strict=False)
    base = JsonPatchBase(obj, copy.deepcopy(raw))
    obj.data = after
    patch = base.patch_for(obj)
    assert _is_same(_apply(patch, raw), {"revision": 1, "data": after})
    assert _is_same(before, after) == (not patch)


_items = st.lists(
    st.fixed_dictionaries({}, optional={"key": st.sampled_from("ab"), "value": st.none(), "new": st.integers(0, 3)}),
    max_size=6,
)


@given(_items, st.data())
@pytest.mark.slow
def test_items_keep_all_that_they_hold_however_they_are_ordered(
    items: list[dict[str, Any]], data: st.DataObject
) -> None:
    raw = {**POD, "spec": {"containers": [], "tolerations": items}}
    obj = core_v1.Pod.from_dict(raw, strict=False)
    base = JsonPatchBase(obj, copy.deepcopy(raw))
    order = data.draw(st.lists(st.sampled_from(range(len(items))), unique=True) if items else st.just([]))
    obj.spec.tolerations = [obj.spec.tolerations[index] for index in order]
    expected = [items[index] for index in order]
    for place in data.draw(st.lists(st.integers(0, 6), max_size=3)):
        obj.spec.tolerations.insert(place, core_v1.Toleration(operator="Exists"))
        expected.insert(place, {"operator": "Exists"})
    for place in data.draw(st.sets(st.sampled_from(range(len(expected))))) if expected else ():
        obj.spec.tolerations[place].effect = "NoExecute"
        expected[place] = {**expected[place], "effect": "NoExecute"}
    patch = base.patch_for(obj)
    assert _apply(patch, raw)["spec"]["tolerations"] == expected
    # At most one operation for each item that comes, goes, moves or changes.
    assert len(patch) <= len(items) + 2 * len(expected)


RAW: dict[str, Any] = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {
        "name": "web",
        "resourceVersion": "7",
        "managedFields": [{"manager": "m", "fieldsV1": {"f:spec": {}}}],
        "newInMetadata": 1,
    },
    "spec": {
        "replicas": 1,
        "newInSpec": {"deep": [1, 2]},
        "selector": {},
        "template": {
            "metadata": {"creationTimestamp": None},
            "spec": {
                "containers": [
                    {
                        "name": "main",
                        "image": "a:1",
                        "newInContainer": "m",
                        "ports": [{"containerPort": 80, "new": 1}, {"containerPort": 81, "new": 2}],
                    },
                    {"name": "side", "image": "b:1", "newInContainer": "s"},
                ],
                "volumes": [{"name": "v", "emptyDir": {}, "newVolume": True}],
            },
        },
    },
    "status": {"newInStatus": "x"},
    "newAtTop": True,
}


def _read() -> tuple[JsonPatchBase, apps_v1.Deployment]:
    obj = apps_v1.Deployment.from_dict(RAW, strict=False)
    return JsonPatchBase(obj, copy.deepcopy(RAW)), obj


def _pod_spec(obj: apps_v1.Deployment) -> core_v1.PodSpec:
    return obj.spec.template.spec


def _containers_after(patch: list[dict[str, Any]]) -> list[dict[str, Any]]:
    after = _apply(patch, RAW)
    containers: list[dict[str, Any]] = after["spec"]["template"]["spec"]["containers"]
    return containers


def test_an_unchanged_object_needs_no_patch() -> None:
    base, obj = _read()
    assert base.patch_for(obj) == []
    assert base.patch_for(copy.deepcopy(obj)) == []
    assert base.patch_for(apps_v1.Deployment.from_json(obj.to_json())) == []


def test_only_changed_fields_are_sent() -> None:
    base, obj = _read()
    obj.spec.replicas = 3
    obj.metadata.labels["a"] = "b"
    assert base.patch_for(obj) == [
        {"op": "add", "path": "/metadata/labels", "value": {"a": "b"}},
        {"op": "replace", "path": "/spec/replicas", "value": 3},
    ]


def test_a_removed_field_is_removed() -> None:
    base, obj = _read()
    obj.spec.replicas = None
    assert base.patch_for(obj) == [{"op": "remove", "path": "/spec/replicas"}]


def test_an_emptied_list_or_map_stays_present() -> None:
    raw = {
        **POD,
        "metadata": {"name": "web-0", "labels": {"a": "1", "b": "2"}, "finalizers": ["f"], "ownerReferences": []},
    }
    obj = core_v1.Pod.from_dict(raw, strict=False)
    base = JsonPatchBase(obj, copy.deepcopy(raw))
    assert base.patch_for(copy.deepcopy(obj)) == []
    obj.metadata.labels.clear()
    obj.metadata.finalizers.clear()
    _mounts(obj).clear()
    patch = base.patch_for(obj)
    after = _apply(patch, raw)
    assert after["metadata"] == {"name": "web-0", "labels": {}, "finalizers": [], "ownerReferences": []}
    assert after["spec"]["containers"][0]["volumeMounts"] == []


def test_list_items_keep_unknown_fields() -> None:
    base, obj = _read()
    _pod_spec(obj).containers[0].image = "a:2"
    main, side = _containers_after(base.patch_for(obj))
    assert main == {**RAW["spec"]["template"]["spec"]["containers"][0], "image": "a:2"}
    assert side == RAW["spec"]["template"]["spec"]["containers"][1]


def test_moved_list_items_keep_unknown_fields() -> None:
    base, obj = _read()
    containers = _pod_spec(obj).containers
    containers.insert(0, core_v1.Container(name="new", image="n:1"))
    containers[1], containers[2] = containers[2], containers[1]
    containers[2].name = "renamed"
    new, side, main = _containers_after(base.patch_for(obj))
    assert new == {"name": "new", "image": "n:1"}
    assert (side["name"], side["newInContainer"]) == ("side", "s")
    assert (main["name"], main["newInContainer"]) == ("renamed", "m")
    assert main["ports"] == RAW["spec"]["template"]["spec"]["containers"][0]["ports"]


def test_a_removed_list_item_loses_its_unknown_fields() -> None:
    base, obj = _read()
    del _pod_spec(obj).containers[0]
    assert _containers_after(base.patch_for(obj)) == [RAW["spec"]["template"]["spec"]["containers"][1]]


def test_a_recreated_list_item_keeps_unknown_fields_by_its_name() -> None:
    base, obj = _read()
    _pod_spec(obj).containers[0] = core_v1.Container(name="main", image="a:2")
    main, _ = _containers_after(base.patch_for(obj))
    assert main == {"name": "main", "image": "a:2", "newInContainer": "m"}


def test_list_items_of_a_copy_keep_unknown_fields() -> None:
    base, obj = _read()
    changed = copy.deepcopy(obj)
    _pod_spec(changed).containers[1].image = "b:2"
    _, side = _containers_after(base.patch_for(changed))
    assert (side["image"], side["newInContainer"]) == ("b:2", "s")


def test_list_items_without_names_keep_unknown_fields_in_a_copy() -> None:
    base, obj = _read()
    changed = copy.deepcopy(obj)
    _pod_spec(changed).containers[0].ports[0].container_port = 90
    main, _ = _containers_after(base.patch_for(changed))
    assert main["ports"] == [{"containerPort": 90, "new": 1}, {"containerPort": 81, "new": 2}]


def test_a_new_list_item_does_not_take_unknown_fields_of_a_replaced_one() -> None:
    base, obj = _read()
    _pod_spec(obj).containers[0].ports[0] = core_v1.ContainerPort(container_port=90)
    _pod_spec(obj).containers[1] = core_v1.Container(name="other", image="o:1")
    main, other = _containers_after(base.patch_for(obj))
    assert other == {"name": "other", "image": "o:1"}
    assert main["newInContainer"] == "m"
    assert main["ports"] == [{"containerPort": 90}, {"containerPort": 81, "new": 2}]


def test_a_new_list_item_takes_no_unknown_fields_in_a_shallow_copy() -> None:
    base, obj = _read()
    changed = dataclasses.replace(obj)
    _pod_spec(changed).containers[0].ports[0] = core_v1.ContainerPort(container_port=90)
    main, _ = _containers_after(base.patch_for(changed))
    assert main["ports"] == [{"containerPort": 90}, {"containerPort": 81, "new": 2}]


def test_a_new_list_does_not_take_unknown_fields_of_the_old_one() -> None:
    base, obj = _read()
    _pod_spec(obj).containers[0].ports = [core_v1.ContainerPort(container_port=port) for port in (90, 91)]
    main, _ = _containers_after(base.patch_for(obj))
    assert main["ports"] == [{"containerPort": 90}, {"containerPort": 91}]


def test_a_recreated_object_keeps_unknown_fields() -> None:
    base, obj = _read()
    obj.spec = apps_v1.DeploymentSpec(replicas=1, selector=obj.spec.selector, template=obj.spec.template, paused=True)
    assert base.patch_for(obj) == [{"op": "add", "path": "/spec/paused", "value": True}]


POD: dict[str, Any] = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {"name": "web-0"},
    "spec": {
        "containers": [
            {
                "name": "main",
                "volumeMounts": [
                    {"name": "data", "mountPath": "/a", "new": 1},
                    {"name": "data", "mountPath": "/b"},
                    {"name": "data", "mountPath": "/c", "new": 3},
                ],
            }
        ],
        "tolerations": [{"key": "x", "new": 1}, {"key": "y", "new": 2}, {"key": "z"}],
    },
}
MOUNTS: list[dict[str, Any]] = POD["spec"]["containers"][0]["volumeMounts"]


def _read_pod() -> tuple[JsonPatchBase, core_v1.Pod]:
    obj = core_v1.Pod.from_dict(POD, strict=False)
    return JsonPatchBase(obj, copy.deepcopy(POD)), obj


def _mounts(obj: core_v1.Pod) -> list[core_v1.VolumeMount]:
    return obj.spec.containers[0].volume_mounts


def _mounts_after(patch: list[dict[str, Any]]) -> list[dict[str, Any]]:
    mounts: list[dict[str, Any]] = _apply(patch, POD)["spec"]["containers"][0]["volumeMounts"]
    return mounts


def test_list_items_that_share_a_name_keep_their_own_unknown_fields_in_a_copy() -> None:
    base, obj = _read_pod()
    changed = copy.deepcopy(obj)
    assert base.patch_for(changed) == []
    _mounts(changed)[0].mount_path = "/other"
    assert _mounts_after(base.patch_for(changed)) == [{**MOUNTS[0], "mountPath": "/other"}, *MOUNTS[1:]]
    changed = copy.deepcopy(obj)
    _mounts(changed).reverse()
    assert _mounts_after(base.patch_for(changed)) == MOUNTS[::-1]


def test_a_list_item_added_under_an_existing_name_takes_no_unknown_fields() -> None:
    added = core_v1.VolumeMount(name="data", mount_path="/d")
    expected = [*MOUNTS, {"name": "data", "mountPath": "/d"}]
    base, obj = _read_pod()
    changed = copy.deepcopy(obj)
    _mounts(changed).append(added)
    assert _mounts_after(base.patch_for(changed)) == expected
    _mounts(obj).append(added)
    assert _mounts_after(base.patch_for(obj)) == expected


def test_a_nameless_list_item_removed_from_a_copy_leaves_the_others_unchanged() -> None:
    base, obj = _read_pod()
    changed = copy.deepcopy(obj)
    del changed.spec.tolerations[0]
    assert base.patch_for(changed) == [{"op": "remove", "path": "/spec/tolerations/0"}]


def test_a_list_item_with_the_former_name_of_another_takes_no_unknown_fields() -> None:
    base, obj = _read()
    containers = _pod_spec(obj).containers
    containers[0].name = "renamed"
    containers.append(core_v1.Container(name="main", image="n:1"))
    assert _containers_after(base.patch_for(obj))[2] == {"name": "main", "image": "n:1"}


def test_an_unchanged_null_is_preserved() -> None:
    raw = {"default": None, "allOf": [{"type": "a", "default": None}, {"type": "b"}]}
    schema = apiextensions_v1.JSONSchemaProps.from_dict(raw, strict=False)
    base = JsonPatchBase(schema, raw)
    assert base.patch_for(schema) == []
    schema.all_of[1].type = "c"
    assert base.patch_for(schema) == [{"op": "replace", "path": "/allOf/1/type", "value": "c"}]


def test_what_is_absent_can_be_written_and_untouched_it_stays_absent() -> None:
    raw: dict[str, Any] = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web"}}
    for change, patch in (
        (lambda pod: pod.metadata.labels.update(a="b"), {"path": "/metadata/labels", "value": {"a": "b"}}),
        (lambda pod: pod.metadata.finalizers.append("f"), {"path": "/metadata/finalizers", "value": ["f"]}),
        (lambda pod: setattr(pod.status, "phase", "Failed"), {"path": "/status", "value": {"phase": "Failed"}}),
        (
            lambda pod: pod.spec.containers.append(core_v1.Container(name="main")),
            {"path": "/spec", "value": {"containers": [{"name": "main"}]}},
        ),
    ):
        for is_copy in (False, True):
            obj = core_v1.Pod.from_dict(raw, strict=False)
            base = JsonPatchBase(obj, copy.deepcopy(raw))
            changed = copy.deepcopy(obj) if is_copy else obj
            change(changed)
            assert base.patch_for(changed) == [{"op": "add", **patch}]


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, dataclasses.replace, core_v1.Container.copy])
def test_a_copy_of_an_item_has_nothing_that_the_item_has_not(copied: Callable[[Any], Any]) -> None:
    containers: list[dict[str, Any]] = [{"name": "a", "env": [], "image": "i"}, {"name": "b", "resources": {}}]
    raw = {**POD, "spec": {"containers": containers}}

    def patch(change: Callable[[Any], object]) -> list[dict[str, Any]]:
        obj = core_v1.Pod.from_dict(raw, strict=False)
        base = JsonPatchBase(obj, copy.deepcopy(raw))
        change(obj.spec)
        return base.patch_for(obj)

    def add(spec: core_v1.PodSpec) -> None:
        spec.containers.extend(map(copied, list(spec.containers)))
        spec.containers[2].name, spec.containers[3].name = "c", "d"
        spec.containers[3].args = []

    def replace(spec: core_v1.PodSpec) -> None:
        spec.containers = [copied(item) for item in spec.containers]
        spec.containers[1].image = "j"

    assert patch(add) == [
        {"op": "add", "path": "/spec/containers/2", "value": {**containers[0], "name": "c"}},
        {"op": "add", "path": "/spec/containers/3", "value": {**containers[1], "name": "d", "args": []}},
    ]
    assert patch(replace) == [{"op": "add", "path": "/spec/containers/1/image", "value": "j"}]


def test_a_required_list_of_an_object_that_was_absent_is_sent() -> None:
    raw: dict[str, Any] = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web"}}
    obj = core_v1.Pod.from_dict(raw, strict=False)
    base = JsonPatchBase(obj, copy.deepcopy(raw))
    obj.spec.node_name = "n"
    assert base.patch_for(obj) == [
        {"op": "add", "path": "/spec", "value": {"containers": [], "nodeName": "n"}},
    ]


def test_an_empty_list_or_map_that_is_assigned_where_there_was_none_is_sent() -> None:
    raw: dict[str, Any] = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web"}}
    obj = core_v1.Pod.from_dict(raw, strict=False)
    base = JsonPatchBase(obj, copy.deepcopy(raw))
    obj.metadata.labels, obj.metadata.finalizers, obj.metadata.owner_references = {}, [], ABSENT_LIST
    assert base.patch_for(obj) == [
        {"op": "add", "path": "/metadata/finalizers", "value": []},
        {"op": "add", "path": "/metadata/labels", "value": {}},
    ]


def test_a_field_is_taken_away_by_assigning_the_absent_value() -> None:
    raw: dict[str, Any] = {**POD, "metadata": {"name": "web", "labels": {}, "finalizers": []}, "status": {"phase": "x"}}
    obj = core_v1.Pod.from_dict(raw, strict=False)
    base = JsonPatchBase(obj, copy.deepcopy(raw))
    obj.metadata.labels, obj.metadata.finalizers, obj.status = ABSENT_DICT, ABSENT_LIST, absent(core_v1.PodStatus)
    assert base.patch_for(obj) == [
        {"op": "remove", "path": path} for path in ("/status", "/metadata/finalizers", "/metadata/labels")
    ]


def test_an_item_that_moves_to_another_list_keeps_what_its_class_does_not_know() -> None:
    base, obj = _read()
    spec = _pod_spec(obj)
    moved = spec.containers.pop(0)
    moved.image = "a:2"
    spec.init_containers = [moved]
    after = _apply(base.patch_for(obj), RAW)["spec"]["template"]["spec"]
    containers = RAW["spec"]["template"]["spec"]["containers"]
    assert after["containers"] == containers[1:]
    assert after["initContainers"] == [{**containers[0], "image": "a:2"}]


def test_an_item_that_moves_to_the_front_is_one_operation() -> None:
    raw = {**POD, "metadata": {"name": "web", "finalizers": list("abcdef")}}
    obj = core_v1.Pod.from_dict(raw, strict=False)
    base = JsonPatchBase(obj, copy.deepcopy(raw))
    obj.metadata.finalizers.insert(0, obj.metadata.finalizers.pop())
    assert base.patch_for(obj) == [{"op": "move", "from": "/metadata/finalizers/5", "path": "/metadata/finalizers/0"}]


def test_a_null_is_sent_where_it_means_something() -> None:
    raw: dict[str, Any] = {"revision": 1, "data": {"a": None}}
    for value, patch in (
        (None, [{"op": "replace", "path": "/data", "value": None}]),
        ({"a": None, "b": None}, [{"op": "add", "path": "/data/b", "value": None}]),
        (UNSET, [{"op": "remove", "path": "/data"}]),
    ):
        obj = apps_v1.ControllerRevision.from_dict(raw, strict=False)
        base = JsonPatchBase(obj, copy.deepcopy(raw))
        obj.data = value
        assert base.patch_for(obj) == patch


def test_fields_whose_names_need_escapes() -> None:
    raw = {**POD, "metadata": {"name": "web", "annotations": {"example.com/a~b": "1"}}}
    obj = core_v1.Pod.from_dict(raw, strict=False)
    base = JsonPatchBase(obj, copy.deepcopy(raw))
    obj.metadata.annotations["example.com/a~b"] = "2"
    assert base.patch_for(obj) == [{"op": "replace", "path": "/metadata/annotations/example.com~1a~0b", "value": "2"}]


def test_the_resource_version_is_not_changed() -> None:
    base, obj = _read()
    obj.metadata.resource_version = ""
    assert base.patch_for(obj) == []


def _nested(depth: int, innermost: Any) -> Any:
    for _ in range(depth):
        innermost = {"a": innermost}
    return innermost


def test_a_deep_value_is_sent_from_a_certain_level_on_as_a_whole() -> None:
    raw: dict[str, Any] = {"revision": 1, "data": _nested(200, 1)}
    obj = apps_v1.ControllerRevision.from_dict(raw)
    base = JsonPatchBase(obj, copy.deepcopy(raw))
    obj.revision = 2
    assert [one["path"] for one in base.patch_for(obj)] == ["/revision"]
    obj.data = _nested(200, 2)
    (change,) = (one for one in base.patch_for(obj) if one["path"] != "/revision")
    assert 50 < change["path"].count("/") < 70
    obj.data = _nested(5000, 2)
    with pytest.raises(InvalidRequest, match="nested deeper"):
        base.patch_for(obj)
