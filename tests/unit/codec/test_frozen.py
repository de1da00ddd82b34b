"""Frozen objects: read-only twins of models that behave like them in everything else."""

from __future__ import annotations

import copy
import dataclasses
import gc
import operator
import pickle
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from unittest.mock import ANY

import msgspec
import pytest

from aiokube import DynamicObject, Quantity, absent
from aiokube.errors import ReadOnlyObject
from aiokube.models import core_v1, meta_v1
from aiokube.runtime.codec.frozen import frozen, twin_of
from aiokube.runtime.codec.shared_reader import SharedReader

POD = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {
        "name": "web-0",
        "namespace": "shop",
        "uid": "u-0",
        "resourceVersion": "7",
        "creationTimestamp": "2026-01-02T03:04:05Z",
        "labels": {"app": "web"},
        "annotations": {},
        "finalizers": [],
        "managedFields": [{"manager": "kubectl", "fieldsType": "FieldsV1", "fieldsV1": {"f:spec": {}}}],
    },
    "spec": {
        "nodeName": "node-1",
        "containers": [
            {
                "name": "main",
                "image": "web:1",
                "args": ["--verbose"],
                "env": [{"name": "A", "value": "1"}, {"name": "B"}],
                "resources": {"limits": {"cpu": "500m"}},
                "volumeMounts": [{"name": "config", "mountPath": "/etc"}],
            }
        ],
        "volumes": [{"name": "config", "configMap": {"name": "web"}}],
    },
    "status": {"phase": "Running", "podIPs": [{"ip": "10.0.0.1"}], "containerStatuses": []},
}


def reading(cls: Any = core_v1.Pod, *, keep_managed_fields: bool = True) -> Any:
    """A function that reads manifests as frozen objects."""
    reader = SharedReader(cls, keep_managed_fields=keep_managed_fields)
    return lambda manifest: reader.read(msgspec.json.encode(manifest))


def pods() -> list[Any]:
    """The same pod: as it is read by a cache, frozen from an ordinary one, and that one."""
    ordinary = core_v1.Pod.from_dict(POD)
    return [reading()(POD), frozen(ordinary), ordinary]


def test_a_frozen_object_equals_an_ordinary_one() -> None:
    read, made, ordinary = pods()
    for one in (read, made, ordinary):
        for other in (read, made, ordinary):
            assert one == other
            assert not operator.ne(one, other)
    other = core_v1.Pod.from_dict({**POD, "status": {"phase": "Failed"}})
    assert read != other != read
    assert read.spec.containers == ordinary.spec.containers
    assert ordinary.spec.containers == read.spec.containers
    assert read.metadata.labels == {"app": "web"} == made.metadata.labels


def test_a_frozen_object_is_one_of_its_class_and_shows_lists_and_dicts() -> None:
    for pod in pods()[:2]:
        limits = pod.spec.containers[0].resources.limits
        assert isinstance(pod, core_v1.Pod)
        assert pod.__class__ is core_v1.Pod
        assert isinstance(pod.spec.containers, list)
        assert isinstance(pod.metadata.labels, dict)
        assert isinstance(pod.spec.containers[0], core_v1.Container)
        assert [*pod.spec.containers, 1][1:] == [*pod.spec.containers[1:], 1]
        assert limits["cpu"] == Quantity("0.5")
        assert repr(pod) == repr(core_v1.Pod.from_dict(POD))
        match pod:
            case core_v1.Pod(metadata=meta_v1.ObjectMeta(name=name)):
                assert name == "web-0"
            case _:
                pytest.fail("a pattern of the class does not match")


def test_absent_and_empty_stay_apart() -> None:
    for pod in pods():
        assert pod.to_dict() == POD
        assert pod.to_json() == core_v1.Pod.from_dict(POD).to_json()
        assert not pod.spec.init_containers
        assert "initContainers" not in pod.to_dict()["spec"]


@pytest.mark.parametrize(
    "change",
    [
        lambda pod: setattr(pod, "spec", core_v1.PodSpec(containers=[])),
        lambda pod: setattr(pod.metadata, "name", "x"),
        lambda pod: delattr(pod.metadata, "name"),
        lambda pod: setattr(pod.spec, "containers", []),
        lambda pod: setattr(pod.spec.containers[0], "image", "x"),
        lambda pod: pod.spec.containers.append(None),
        lambda pod: pod.spec.containers.extend([]),
        lambda pod: pod.spec.containers.insert(0, None),
        lambda pod: pod.spec.containers.pop(),
        lambda pod: pod.spec.containers.remove(None),
        lambda pod: pod.spec.containers.clear(),
        lambda pod: pod.spec.containers.sort(),
        lambda pod: pod.spec.containers.reverse(),
        lambda pod: pod.spec.containers.__setitem__(0, None),
        lambda pod: pod.spec.containers.__delitem__(0),
        lambda pod: pod.spec.containers.__iadd__([1]),
        lambda pod: pod.spec.containers.__imul__(2),
        lambda pod: pod.metadata.labels.__setitem__("a", "b"),
        lambda pod: pod.metadata.labels.__delitem__("app"),
        lambda pod: pod.metadata.labels.__ior__({"a": "b"}),
        lambda pod: pod.metadata.labels.update(a="b"),
        lambda pod: pod.metadata.labels.setdefault("a", "b"),
        lambda pod: pod.metadata.labels.pop("app"),
        lambda pod: pod.metadata.labels.popitem(),
        lambda pod: pod.metadata.labels.clear(),
        lambda pod: pod.metadata.annotations.update(a="b"),
        lambda pod: pod.metadata.finalizers.append("a"),
        lambda pod: pod.spec.containers[0].resources.limits.update(cpu=Quantity(1)),
        lambda pod: pod.spec.containers[0].env[0].__setattr__("value", "2"),
    ],
)
def test_every_change_is_refused_and_says_what_to_do(change: Any) -> None:
    for pod in pods()[:2]:
        with pytest.raises(ReadOnlyObject, match=r"obj\.copy\(\)"):
            change(pod)
        assert pod == core_v1.Pod.from_dict(POD)


@pytest.mark.parametrize(
    "copied",
    [lambda pod: pod.copy(), copy.deepcopy, lambda pod: pickle.loads(pickle.dumps(pod))],  # noqa: S301 - of this test
    ids=["copy", "deepcopy", "pickle"],
)
def test_a_copy_can_be_changed_and_shares_nothing(copied: Any) -> None:
    for pod in pods():
        other = copied(pod)
        assert type(other) is core_v1.Pod
        assert other == pod
        assert other.to_dict() == POD
        other.spec.containers[0].env[0].value = "2"
        other.spec.containers.append(core_v1.Container(name="proxy"))
        other.metadata.labels["a"] = "b"
        other.metadata.finalizers.append("a")
        config = other.spec.volumes[0].config_map
        assert config is not None
        config.name = "other"
        assert pod == core_v1.Pod.from_dict(POD)


def test_shallow_copies_have_attributes_of_their_own() -> None:
    for pod in pods()[:2]:
        for other in (copy.copy(pod), dataclasses.replace(pod, kind="Pod")):
            other.metadata = meta_v1.ObjectMeta(name="x")
            assert type(other) is core_v1.Pod
            assert other.spec == pod.spec
        assert pod.metadata.name == "web-0"


def test_asdict_gives_ordinary_lists_and_dicts() -> None:
    for pod in pods()[:2]:
        plain = dataclasses.asdict(pod)
        assert type(plain["spec"]["containers"]) is list
        plain["spec"]["containers"].append({})
        plain["metadata"]["labels"]["a"] = "b"
        assert plain["spec"]["containers"][0]["name"] == "main"


def test_parts_of_frozen_objects_can_be_sent_in_others() -> None:
    pod = reading()(POD)
    other = core_v1.Pod(metadata=meta_v1.ObjectMeta(name="other"), spec=pod.spec)
    assert other.to_dict()["spec"] == POD["spec"]
    assert core_v1.Pod.from_dict(other.to_dict()) == other


def test_the_collector_gives_up_tracking_what_typed_objects_hold() -> None:
    read = reading(keep_managed_fields=False)

    def tracked(count: int) -> int:
        kept = [read({**POD, "metadata": {"name": f"web-{n}", "labels": {"n": f"{n}"}}}) for n in range(count)]
        gc.collect()
        gc.collect()
        assert len(kept) == count
        return len(gc.get_objects())

    few = tracked(10)
    assert tracked(1000) - few < 100


def test_objects_without_a_class_are_frozen_all_through() -> None:
    manifest = {"apiVersion": "a/v1", "kind": "A", "metadata": {"name": "a"}, "spec": {"list": [{"b": [1]}], "n": None}}
    obj = reading(DynamicObject)(manifest)
    assert obj.to_dict() == manifest
    assert obj == DynamicObject.from_dict(manifest)
    for change in (
        lambda: obj.__setitem__("spec", {}),
        lambda: obj.__delitem__("spec"),
        lambda: obj["spec"].update(a=1),
        lambda: obj["spec"]["list"].append(1),
        lambda: obj["spec"]["list"][0].clear(),
        lambda: obj["spec"]["list"][0]["b"].append(1),
        lambda: setattr(obj.metadata, "name", "b"),
        lambda: obj.extra_fields.clear(),
    ):
        with pytest.raises(ReadOnlyObject):
            change()
    other = obj.copy()
    other["spec"]["list"][0]["b"].append(2)
    other["status"] = {}
    assert obj.to_dict() == manifest


def test_a_recursive_class_has_a_twin() -> None:
    from aiokube.models import apiextensions_v1

    schema = {"type": "object", "properties": {"a": {"type": "array", "items": {"type": "string"}}}, "allOf": [{}]}
    spec = {"group": "example.com", "names": {"plural": "as", "kind": "A"}, "scope": "Namespaced"}
    versions = [{"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}}]
    manifest = {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "as.example.com"},
        "spec": {**spec, "versions": versions},
    }
    crd = reading(apiextensions_v1.CustomResourceDefinition)(manifest)
    assert crd.to_dict() == apiextensions_v1.CustomResourceDefinition.from_dict(manifest).to_dict()
    assert twin_of(apiextensions_v1.JSONSchemaProps) is twin_of(apiextensions_v1.JSONSchemaProps)


def test_what_is_called_by_way_of_a_cached_object_makes_ordinary_ones() -> None:
    for pod in pods()[:2]:
        for made in (pod.from_dict(POD), pod.from_json(pod.to_json()), pod.from_yaml(pod.to_yaml()), type(pod)()):
            assert type(made) is core_v1.Pod
            made.metadata = meta_v1.ObjectMeta(name="x", labels={"a": "b"})
        assert type(pod).from_dict(POD).metadata.labels == {"app": "web"}
        assert type(pod.spec)(containers=[]) == core_v1.PodSpec(containers=[])


def test_what_equals_anything_equals_a_frozen_object() -> None:
    for pod in (*pods(), absent(core_v1.PodSpec)):
        assert pod == ANY
        assert not operator.ne(pod, ANY)
        assert pod != 1
        assert operator.ne(pod, "text")


def test_large_collections_are_not_copied_at_each_access() -> None:
    manifest = {"metadata": {"name": "a"}, "data": {f"key-{number}": "value" for number in range(1000)}}
    for obj in (reading(core_v1.ConfigMap)(manifest), frozen(core_v1.ConfigMap.from_dict(manifest))):
        assert obj.data is obj.data
        assert obj == core_v1.ConfigMap.from_dict(manifest)
        with pytest.raises(ReadOnlyObject):
            obj.data["new"] = "value"
        with pytest.raises(ReadOnlyObject):
            obj.data.__init__({"a": "b"})


def test_a_copy_of_an_ordinary_object_is_deep() -> None:
    containers = (core_v1.Container(name="main", args=["-v"]),)
    spec = core_v1.PodSpec(containers=containers)  # type: ignore[arg-type] # a tuple, which is sent as a list
    copied = spec.copy()
    copied.containers[0].args.append("-q")
    assert containers[0].args == ["-v"]


def test_threads_make_the_classes_of_cached_objects_once() -> None:
    with ThreadPoolExecutor(8) as threads:
        made = {*threads.map(lambda _: twin_of(core_v1.ReplicationController), range(64))}
    assert len(made) == 1
