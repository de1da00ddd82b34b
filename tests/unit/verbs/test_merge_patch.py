"""Merge patches contain the change only, and preserve fields that the class does not know."""

from __future__ import annotations

import copy
import dataclasses
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiokube.models import apiextensions_v1, apps_v1, core_v1
from aiokube.runtime.verbs.merge_patch import MergePatchBase, merge_patch

_values = st.recursive(
    st.booleans() | st.integers(-3, 3) | st.sampled_from(["", "a", "b"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abcd"), inner, max_size=3),
    max_leaves=50,
)
_documents = st.dictionaries(st.sampled_from("abcd"), _values, max_size=4)


def _apply(patch: Any, target: Any) -> Any:
    """Apply a merge patch by the algorithm in RFC 7386."""
    if not isinstance(patch, dict):
        return patch
    result = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            result.pop(name, None)
        else:
            result[name] = _apply(value, result.get(name))
    return result


def _same(one: Any, other: Any) -> bool:
    """Return True if two documents are the same JSON."""
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)


@given(_documents, _documents)
def test_a_merge_patch_transforms_one_object_into_the_other(before: dict[str, Any], after: dict[str, Any]) -> None:
    patch = merge_patch(before, after)
    assert _same(_apply(patch, before), after)
    assert _same(before, after) == (not patch)


@pytest.mark.parametrize(("before", "after"), [(1, True), (0, False), (1, 1.0), ([1], [True])])
def test_values_that_are_equal_in_python_only_are_patched(before: Any, after: Any) -> None:
    patch = merge_patch({"a": before}, {"a": after})
    assert _same(_apply(patch, {"a": before}), {"a": after})


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


def _read() -> tuple[MergePatchBase, apps_v1.Deployment]:
    obj = apps_v1.Deployment.from_dict(RAW, strict=False)
    return MergePatchBase(obj, copy.deepcopy(RAW)), obj


def _pod_spec(obj: apps_v1.Deployment) -> core_v1.PodSpec:
    assert obj.spec is not None
    assert obj.spec.template.spec is not None
    return obj.spec.template.spec


def _containers_after(patch: dict[str, Any]) -> list[dict[str, Any]]:
    after = _apply(patch, RAW)
    containers: list[dict[str, Any]] = after["spec"]["template"]["spec"]["containers"]
    return containers


def test_an_unchanged_object_needs_no_patch() -> None:
    base, obj = _read()
    assert base.patch_for(obj) == {}
    assert base.patch_for(copy.deepcopy(obj)) == {}
    assert base.patch_for(apps_v1.Deployment.from_json(obj.to_json())) == {}


def test_only_changed_fields_are_sent() -> None:
    base, obj = _read()
    assert obj.spec is not None
    obj.spec.replicas = 3
    obj.metadata.labels["a"] = "b"
    assert base.patch_for(obj) == {"spec": {"replicas": 3}, "metadata": {"labels": {"a": "b"}}}


def test_a_removed_field_is_null() -> None:
    base, obj = _read()
    assert obj.spec is not None
    obj.spec.replicas = None
    assert base.patch_for(obj) == {"spec": {"replicas": None}}


def test_an_emptied_list_or_map_stays_present() -> None:
    raw = {
        **POD,
        "metadata": {"name": "web-0", "labels": {"a": "1", "b": "2"}, "finalizers": ["f"], "ownerReferences": []},
    }
    obj = core_v1.Pod.from_dict(raw, strict=False)
    base = MergePatchBase(obj, copy.deepcopy(raw))
    assert base.patch_for(copy.deepcopy(obj)) == {}
    obj.metadata.labels.clear()
    obj.metadata.finalizers.clear()
    _mounts(obj).clear()
    patch = base.patch_for(obj)
    assert patch["metadata"] == {"labels": {"a": None, "b": None}, "finalizers": []}
    assert _mounts_after(patch) == []


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
    assert (main["image"], main["newInContainer"], main["ports"]) == ("a:2", "m", [])


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
    assert obj.spec is not None
    obj.spec = apps_v1.DeploymentSpec(replicas=1, selector=obj.spec.selector, template=obj.spec.template, paused=True)
    assert base.patch_for(obj) == {"spec": {"paused": True}}


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


def _read_pod() -> tuple[MergePatchBase, core_v1.Pod]:
    obj = core_v1.Pod.from_dict(POD, strict=False)
    return MergePatchBase(obj, copy.deepcopy(POD)), obj


def _mounts(obj: core_v1.Pod) -> list[core_v1.VolumeMount]:
    assert obj.spec is not None
    return obj.spec.containers[0].volume_mounts


def _mounts_after(patch: dict[str, Any]) -> list[dict[str, Any]]:
    mounts: list[dict[str, Any]] = _apply(patch, POD)["spec"]["containers"][0]["volumeMounts"]
    return mounts


def test_list_items_that_share_a_name_keep_their_own_unknown_fields_in_a_copy() -> None:
    base, obj = _read_pod()
    changed = copy.deepcopy(obj)
    assert base.patch_for(changed) == {}
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
    assert changed.spec is not None
    del changed.spec.tolerations[0]
    assert base.patch_for(changed)["spec"]["tolerations"] == POD["spec"]["tolerations"][1:]


def test_a_list_item_with_the_former_name_of_another_takes_no_unknown_fields() -> None:
    base, obj = _read()
    containers = _pod_spec(obj).containers
    containers[0].name = "renamed"
    containers.append(core_v1.Container(name="main", image="n:1"))
    assert _containers_after(base.patch_for(obj))[2] == {"name": "main", "image": "n:1"}


def test_an_unchanged_null_is_preserved() -> None:
    raw = {"default": None, "allOf": [{"type": "a", "default": None}, {"type": "b"}]}
    schema = apiextensions_v1.JSONSchemaProps.from_dict(raw, strict=False)
    base = MergePatchBase(schema, raw)
    assert base.patch_for(schema) == {}
    schema.all_of[1].type = "c"
    assert base.patch_for(schema) == {"allOf": [{"type": "a", "default": None}, {"type": "c"}]}
