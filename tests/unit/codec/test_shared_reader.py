"""Readers of cached objects: equal parts are one, and what does not recur is forgotten."""

from __future__ import annotations

import gc
from typing import Any

import msgspec
import pytest

from aiokube import ABSENT_DICT, ABSENT_LIST, DynamicObject, Model
from aiokube.errors import DecodeError, ReadOnlyObject
from aiokube.models import core_v1, discovery_v1
from aiokube.runtime.codec.frozen import frozen
from aiokube.runtime.codec.shared_reader import SharedReader


def reader_of(cls: Any = core_v1.Pod, *, keep_managed_fields: bool = False) -> Any:
    """A function that reads JSON."""
    reader = SharedReader(cls, keep_managed_fields=keep_managed_fields)
    return lambda manifest: reader.read(msgspec.json.encode(manifest))


def pod(number: int, **spec: Any) -> dict[str, Any]:
    """A pod of a template, with what differs from pod to pod."""
    env = [{"name": "A", "value": "1"}, {"name": "UNIQUE", "value": f"value of {number}"}]
    mounts = [{"name": "config", "mountPath": "/etc"}, {"name": f"token-{number}", "mountPath": "/token"}]
    container = {"name": "main", "image": "web:1", "args": ["-v"], "env": env, "volumeMounts": mounts}
    return {
        "metadata": {
            "name": f"web-{number}",
            "labels": {"app": "web"},
            "annotations": {"n": f"{number}", "all": "one"},
        },
        "spec": {"nodeName": "node-1", "containers": [container], "volumes": [{"name": f"token-{number}"}], **spec},
    }


def test_equal_parts_and_texts_are_one() -> None:
    read = reader_of()
    one, other = read(pod(1)), read(pod(2))
    first, second = one.spec.containers[0], other.spec.containers[0]
    assert first.env[0] is second.env[0]
    assert first.volume_mounts[0] is second.volume_mounts[0]
    assert first.image is second.image
    assert one.spec.node_name is other.spec.node_name
    assert first.args[0] is second.args[0]
    assert one.metadata.annotations["all"] is other.metadata.annotations["all"]
    assert first.env[1] != second.env[1]
    assert (one.metadata.name, other.metadata.name) == ("web-1", "web-2")


def test_an_object_shares_with_its_earlier_state() -> None:
    read = reader_of()
    before, after = read(pod(1)), read({**pod(1), "status": {"phase": "Running"}})
    assert before.spec.containers[0].env[1] is after.spec.containers[0].env[1]
    assert before.spec.volumes[0] == after.spec.volumes[0]


def test_managed_fields_are_dropped_unless_kept() -> None:
    entry = {"manager": "me", "fieldsV1": {"f:data": {}}}
    manifest = {"metadata": {"name": "a", "managedFields": [entry]}}
    assert reader_of(core_v1.ConfigMap)(manifest).metadata.managed_fields == []
    kept = reader_of(core_v1.ConfigMap, keep_managed_fields=True)(manifest)
    assert kept.to_dict()["metadata"]["managedFields"] == [entry]


def test_what_does_not_recur_is_forgotten() -> None:
    reader = SharedReader(core_v1.Pod, keep_managed_fields=False)
    gc.collect()
    for number in range(8_000):
        reader.read(msgspec.json.encode(pod(number)))
    known = reader._known
    held = sum(len(key) for tables in known._tables for table in tables for key in table)
    # Two generations of half a MiB; all parts of these pods together are many times that.
    assert held <= 1 << 20
    # What recurs is still known.
    assert reader.read(msgspec.json.encode(pod(1))).spec.containers[0].env[0] in [
        part for tables in known._tables for table in tables for part in table.values()
    ]


def test_null_is_none_where_a_field_may_be_none() -> None:
    read = reader_of()
    manifest = pod(1)
    manifest["spec"]["securityContext"] = None
    manifest["metadata"]["creationTimestamp"] = None
    manifest["spec"]["containers"][0]["livenessProbe"] = None
    one = read(manifest)
    assert one.spec.security_context is None
    assert one.spec.containers[0].liveness_probe is None
    assert one.spec.containers[0].startup_probe is None


def test_null_is_absent_where_a_field_may_not_be_none() -> None:
    one = reader_of()({"metadata": {"name": "a", "labels": None}, "spec": {"containers": [{"name": "b", "env": None}]}})
    assert one.metadata.labels == {}
    assert one.spec.containers[0].env == []
    assert one.to_dict()["metadata"] == {"name": "a"}


@pytest.mark.parametrize(
    ("place", "value"),
    [("labels", 7), ("labels", {"a": 7}), ("ownerReferences", [7]), ("ownerReferences", {})],
)
def test_what_does_not_fit_is_an_error(place: str, value: Any) -> None:
    read = reader_of(core_v1.ConfigMap)
    for _ in range(2):
        with pytest.raises(DecodeError, match=place):
            read({"metadata": {"name": "a", place: value}})


def test_a_part_that_is_too_deep_is_an_error() -> None:
    from aiokube.models import apiextensions_v1

    schema: dict[str, Any] = {}
    for _ in range(200):
        schema = {"properties": {"a": schema}}
    version = {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}}
    spec = {"group": "a", "names": {"plural": "as", "kind": "A"}, "scope": "Namespaced", "versions": [version]}
    with pytest.raises(DecodeError, match="250 levels"):
        reader_of(apiextensions_v1.CustomResourceDefinition)({"metadata": {"name": "a"}, "spec": spec})


def test_parts_of_objects_without_a_class_are_shared() -> None:
    read = reader_of(DynamicObject)
    spec = {"template": {"a": [1, {"b": "text"}]}, "n": 1}
    one, other = (read({"kind": "A", "metadata": {"name": name}, "spec": {**spec, "own": name}}) for name in ("a", "b"))
    assert one["spec"]["template"] is other["spec"]["template"]
    assert one["spec"]["own"] != other["spec"]["own"]
    assert one.to_dict() == {"kind": "A", "metadata": {"name": "a"}, "spec": {**spec, "own": "a"}}


@pytest.mark.parametrize(
    "text", ["1e3", "1.0", "12345678901234567890", "null", "-0.0", '"\\u0000"', "{}", "[]", "true"]
)
def test_values_without_a_type_are_read_as_by_others(text: str) -> None:
    data = b'{"kind":"A","metadata":{"name":"a"},"spec":{"value":%s}}' % text.encode()
    for _ in range(2):
        assert SharedReader(DynamicObject, keep_managed_fields=False).read(data) == DynamicObject.from_json(data)
        assert SharedReader(DynamicObject, keep_managed_fields=True).read(data).to_json() == (
            DynamicObject.from_json(data).to_json()
        )


class Nested(Model):
    """Collections in one another."""

    lists: list[list[core_v1.EnvVar]] = ABSENT_LIST
    maps: dict[str, dict[str, str]] = ABSENT_DICT
    mixed: list[dict[str, list[int]]] = ABSENT_LIST
    anything: Any = None
    many: list[Any] = ABSENT_LIST


def test_collections_in_one_another_are_lists_and_dicts() -> None:
    manifest = {
        "lists": [[{"name": "a"}], []],
        "maps": {"a": {"b": "c"}, "d": {}},
        "mixed": [{"a": [1, 2]}, {"b": []}],
        "anything": [[1], {"a": [2]}],
        "many": [[1], {"a": [2]}, None, "text"],
    }
    for _ in range(2):
        read = SharedReader(Nested, keep_managed_fields=False).reader(Nested)(msgspec.json.encode(manifest))
        for obj in (read, frozen(Nested.from_dict(manifest))):
            assert obj == Nested.from_dict(manifest) == obj
            assert obj.to_dict() == manifest
            inner = [
                obj.lists[0],
                obj.mixed[0]["a"],
                obj.anything[0],
                obj.anything[1]["a"],
                obj.many[0],
                obj.many[1]["a"],
            ]
            for found in inner:
                assert isinstance(found, list)
                with pytest.raises(ReadOnlyObject):
                    found.append(None)
            for found in (obj.maps["a"], obj.mixed[0], obj.anything[1], obj.many[1]):
                assert isinstance(found, dict)
                with pytest.raises(ReadOnlyObject):
                    found["new"] = None


def test_nulls_of_a_server_cost_no_sharing() -> None:
    read = reader_of(discovery_v1.EndpointSlice)
    ports = [{"name": "http", "port": 80}]
    rest: list[dict[str, Any]] = [
        {"endpoints": None, "ports": ports},
        {"endpoints": [{"addresses": ["10.0.0.1"], "conditions": None}], "ports": ports},
        {"endpoints": None, "ports": None},
    ]
    manifests = [{"metadata": {"name": "a"}, "addressType": "IPv4", **each} for each in rest]
    one, other, empty = map(read, manifests)
    assert one.ports[0] is other.ports[0]
    assert one.endpoints == empty.endpoints == empty.ports == []
    for obj, manifest in zip((one, other, empty), manifests, strict=True):
        assert obj == discovery_v1.EndpointSlice.from_json(msgspec.json.encode(manifest))
        assert obj.to_json() == discovery_v1.EndpointSlice.from_json(msgspec.json.encode(manifest)).to_json()


def test_an_object_that_is_read_leniently_shares_and_drops_as_others() -> None:
    read = reader_of()
    entry = {"manager": "me", "fieldsV1": {"f:spec": {}}}
    first = read(pod(1))
    odd = pod(2, nodeName=None, terminationGracePeriodSeconds=None, hostNetwork=None)
    odd["metadata"]["managedFields"] = [entry]
    odd["metadata"]["name"] = "odd"
    odd["spec"]["containers"].append({"name": None})
    second = read(odd)
    assert second.spec.containers[1].name == ""
    assert second.spec.containers[0].env[0] is first.spec.containers[0].env[0]
    assert second.metadata.managed_fields == []
