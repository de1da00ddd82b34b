"""Conversion of models from and to plain data, JSON and YAML, and errors of invalid data."""

from __future__ import annotations

import copy
import dataclasses
import gc
import json
import pickle
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiokube.errors import DecodeError, InvalidRequest
from aiokube.models import apiextensions_v1, apps_v1, coordination_v1, core_v1, meta_v1
from aiokube.runtime.codec.model import UNSET, Model, decode, encode
from aiokube.runtime.codec.scalars import MicroTime, Quantity

POD = {"apiVersion": "v1", "kind": "Pod"}

# Functions that create a model from a manifest as responses are decoded.
READERS: dict[str, Callable[[type[Model], Any], Model]] = {
    "dict": lambda cls, data: cls.from_dict(data, strict=False),
    "json": lambda cls, data: cls.from_json(json.dumps(data)),
    "bytes": lambda cls, data: cls.from_json(json.dumps(data).encode()),
    "yaml": lambda cls, data: cls.from_yaml(json.dumps(data), strict=False),
}

DEPLOYMENT = apps_v1.Deployment(
    metadata=meta_v1.ObjectMeta(
        name="web",
        labels={"app": "web", "tier": "08"},
        creation_timestamp=datetime(2024, 1, 2, 3, 4, 5, tzinfo=UTC),
        managed_fields=[meta_v1.ManagedFieldsEntry.from_dict({"manager": "kubectl", "fieldsV1": {"f:spec": {}}})],
    ),
    spec=apps_v1.DeploymentSpec(
        replicas=0,
        selector=meta_v1.LabelSelector(match_labels={"app": "web"}),
        template=core_v1.PodTemplateSpec(
            spec=core_v1.PodSpec(
                containers=[
                    core_v1.Container(
                        name="web",
                        image="web@sha256:12e4",
                        args=["on", "1e5", "line\nline\n", ""],
                        resources=core_v1.ResourceRequirements(limits={"memory": Quantity("1.5Gi")}),
                        liveness_probe=core_v1.Probe(http_get=core_v1.HTTPGetAction(port="http")),
                        readiness_probe=core_v1.Probe(http_get=core_v1.HTTPGetAction(port=8080)),
                    )
                ]
            )
        ),
    ),
)


@pytest.mark.parametrize(
    ("write", "read"),
    [
        (apps_v1.Deployment.to_dict, apps_v1.Deployment.from_dict),
        (apps_v1.Deployment.to_json, apps_v1.Deployment.from_json),
        (apps_v1.Deployment.to_yaml, apps_v1.Deployment.from_yaml),
        (apps_v1.Deployment.to_dict, lambda data: apps_v1.Deployment.from_yaml(json.dumps(data))),
        (apps_v1.Deployment.to_json, lambda data: apps_v1.Deployment.from_json(data.decode())),
    ],
    ids=["dict", "json", "yaml", "json as yaml", "json text"],
)
def test_every_format_round_trips(write: Callable[[Model], Any], read: Callable[[Any], apps_v1.Deployment]) -> None:
    read_back = read(write(DEPLOYMENT))
    assert read_back == DEPLOYMENT
    assert read_back.to_json() == DEPLOYMENT.to_json()
    container = read_back.spec.template.spec.containers[0] if read_back.spec.template.spec else None
    assert container is not None
    assert container.args == ["on", "1e5", "line\nline\n", ""]
    assert container.liveness_probe is not None
    assert container.liveness_probe.http_get == core_v1.HTTPGetAction(port="http")


def test_kind_comes_first_and_absent_fields_are_omitted() -> None:
    manifest = DEPLOYMENT.to_dict()
    assert list(manifest) == ["apiVersion", "kind", "metadata", "spec"]
    assert (manifest["apiVersion"], manifest["kind"]) == ("apps/v1", "Deployment")
    assert manifest["spec"]["replicas"] == 0
    assert "status" not in manifest
    assert DEPLOYMENT.to_json().startswith(b'{"apiVersion":"apps/v1","kind":"Deployment",')
    assert DEPLOYMENT.to_yaml().startswith("apiVersion: apps/v1\nkind: Deployment\nmetadata:\n")


@pytest.mark.parametrize("read", READERS.values(), ids=READERS)
def test_a_missing_kind_is_filled_in_and_another_kind_is_rejected(read: Callable[[type[Model], Any], Model]) -> None:
    # Items of a list have neither apiVersion nor kind.
    assert read(core_v1.Pod, {"metadata": {}}) == core_v1.Pod()
    assert read(core_v1.Pod, {"apiVersion": None, "kind": None}) == core_v1.Pod()
    with pytest.raises(DecodeError, match="expected Pod of v1, got Service of v1"):
        read(core_v1.Pod, {"apiVersion": "v1", "kind": "Service"})
    with pytest.raises(DecodeError, match="expected Pod of v1, got Pod of v2"):
        read(core_v1.Pod, {"apiVersion": "v2", "kind": "Pod"})
    with pytest.raises(DecodeError, match="expected Pod of v1, got no kind of v1"):
        read(core_v1.Pod, {"apiVersion": "v1", "kind": ""})
    with pytest.raises(DecodeError, match=r"kind"):
        read(core_v1.Pod, {"apiVersion": "v1", "kind": 5})


@pytest.mark.parametrize("read", READERS.values(), ids=READERS)
@pytest.mark.parametrize(
    ("cls", "data", "expected"),
    [
        (core_v1.Pod, {"metadata": None, "spec": None, "status": None}, core_v1.Pod()),
        (core_v1.PodList, {"items": None}, core_v1.PodList(items=[])),
        (core_v1.PodList, {"items": [None]}, core_v1.PodList(items=[core_v1.Pod()])),
        (core_v1.PodSpec, {}, core_v1.PodSpec(containers=[])),
        (core_v1.PodSpec, {"containers": None, "nodeSelector": None}, core_v1.PodSpec(containers=[])),
        (core_v1.PodSpec, {"containers": [{"args": None}]}, core_v1.PodSpec(containers=[core_v1.Container(name="")])),
        (core_v1.Container, {"name": None, "args": [None]}, core_v1.Container(name="", args=[""])),
        (core_v1.ContainerPort, {"containerPort": None}, core_v1.ContainerPort(container_port=0)),
        (core_v1.HTTPGetAction, {"port": None}, core_v1.HTTPGetAction(port=0)),
        (core_v1.HTTPGetAction, {}, core_v1.HTTPGetAction(port=0)),
        (
            meta_v1.ObjectMeta,
            {"labels": None, "annotations": {"a": None}, "ownerReferences": [{"controller": None}]},
            meta_v1.ObjectMeta(
                annotations={"a": ""},
                owner_references=[meta_v1.OwnerReference(api_version="", kind="", name="", uid="")],
            ),
        ),
        (
            core_v1.ResourceRequirements,
            {"limits": {"cpu": None}},
            core_v1.ResourceRequirements(limits={"cpu": Quantity("0")}),
        ),
        (
            core_v1.VolumeMount,
            {"mountPath": "/a", "name": "a", "readOnly": None},
            core_v1.VolumeMount(mount_path="/a", name="a"),
        ),
        (
            apps_v1.Deployment,
            {"spec": {"selector": None, "template": None}},
            apps_v1.Deployment(
                spec=apps_v1.DeploymentSpec(selector=meta_v1.LabelSelector(), template=core_v1.PodTemplateSpec())
            ),
        ),
    ],
    ids=lambda value: "" if isinstance(value, Model) else getattr(value, "__name__", str(value)),
)
def test_null_and_missing_become_zero_values(
    read: Callable[[type[Model], Any], Model], cls: type[Model], data: Any, expected: Model
) -> None:
    assert read(cls, data) == expected


def test_one_null_does_not_hide_a_wrong_type() -> None:
    with pytest.raises(DecodeError, match=r"^Pod: spec\.containers\[1\]\.name: expected a string, got an integer$"):
        core_v1.Pod.from_json(b'{"metadata": {"labels": null}, "spec": {"containers": [null, {"name": 5}]}}')


@pytest.mark.parametrize("read", READERS.values(), ids=READERS)
@pytest.mark.parametrize(
    ("data", "place"),
    [
        ({"spec": {"containers": [{"name": "a"}, {"name": 5}]}}, "spec.containers[1].name"),
        ({"spec": {"containers": {}}}, "spec.containers"),
        ({"spec": []}, "spec"),
        ({"metadata": {"generation": "3"}}, "metadata.generation"),
        ({"metadata": {"generation": 1.5}}, "metadata.generation"),
        ({"metadata": {"generation": True}}, "metadata.generation"),
        ({"metadata": {"labels": {"a": 1}}}, 'metadata.labels["a"]'),
        ({"metadata": {"creationTimestamp": "yesterday"}}, "metadata.creationTimestamp"),
        ({"metadata": {"creationTimestamp": 5}}, "metadata.creationTimestamp"),
        (
            {"spec": {"containers": [{"name": "a", "resources": {"limits": {"cpu": []}}}]}},
            'spec.containers[0].resources.limits["cpu"]',
        ),
        ({"spec": {"containers": [{"name": "a", "ports": [{"containerPort": "http"}]}]}}, ".ports[0].containerPort"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_error_of_a_wrong_type_contains_its_path(
    read: Callable[[type[Model], Any], Model], data: Any, place: str
) -> None:
    with pytest.raises(DecodeError) as caught:
        read(core_v1.Pod, {**POD, **data})
    assert place in str(caught.value)
    assert str(caught.value).startswith("Pod: ")


@pytest.mark.parametrize(
    "data",
    [
        b"null",
        b"[]",
        b'"Pod"',
        b"5",
        b"true",
        b"",
        b"  \n",
        b"{",
        b'{"apiVersion":"v1","kind":"Pod"',
        b'{"apiVersion":"v1","kind":"Pod"}}',
        b'{"apiVersion":"v1","kind":"Pod"}{}',
        b"\xef\xbb\xbf{}",
        b'{"kind":"\xff"}',
        b'{"metadata":{"name":"\xff"}}',
        b'{"metadata":{"name":"\xed\xa0\x80"}}',
        b'{"metadata":{"name":"\\ud800"}}',
        b'{"metadata":{"name":"\\x"}}',
        b'{"spec":NaN}',
        b'{"spec":{"priority":NaN}}',
        b'{"spec":{"priority":-Infinity}}',
        b'{"metadata":{"generation":1e400}}',
        b"{'kind':'Pod'}",
        b"{kind:1}",
        b"<html>",
        b"[" * 100_000,
        b'{"x":' * 100_000,
        b'{"x":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b'{"metadata":{"managedFields":[{"fieldsV1":' + b"[" * 100_000 + b"]" * 100_000 + b"}]}}",
    ],
    ids=lambda data: repr(data[:40]),
)
def test_invalid_json_and_other_types_are_decode_errors(data: bytes) -> None:
    with pytest.raises(DecodeError, match=r"^Pod: ") as caught:
        core_v1.Pod.from_json(data)
    assert len(str(caught.value)) < 300
    with pytest.raises(DecodeError):
        core_v1.Pod.from_json(data.decode("utf-8", "surrogateescape"))


@pytest.mark.parametrize("data", [None, [], "Pod", 5, [("kind", "Pod")]])
def test_from_dict_rejects_other_types(data: Any) -> None:
    with pytest.raises(DecodeError, match="expected a mapping"):
        core_v1.Pod.from_dict(data)


@pytest.mark.slow
def test_a_deeply_nested_dict_is_a_decode_error() -> None:
    bomb: dict[str, Any] = {}
    for _ in range(100_000):
        bomb = {"x": bomb}
    with pytest.raises(DecodeError, match="nested deeper"):
        core_v1.Pod.from_dict(bomb)


def test_unknown_fields_of_any_size_are_ignored() -> None:
    assert core_v1.Pod.from_json(b'{"x":' + b"9" * 5000 + b',"y":{"z":[1,null]}}') == core_v1.Pod()


def test_a_number_of_a_server_is_sent_back_as_it_came() -> None:
    # More than 64 bits: the server keeps a float, and writes it with all its digits.
    meta = meta_v1.ObjectMeta.from_json(b'{"generation":9223372036854775808}')
    assert meta.generation == 2**63
    assert meta.to_json() == b'{"generation":9223372036854775808}'
    assert meta_v1.ObjectMeta.from_json(b'{"generation":123456789012345678901234567890}').generation == (
        123456789012345678901234567890
    )


def test_the_last_of_repeated_json_keys_wins_as_in_go() -> None:
    assert meta_v1.ObjectMeta.from_json(b'{"name":"a","name":"b"}').name == "b"


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        (meta_v1.ObjectMeta(name="\ud800"), "surrogates"),
        ({"x": 10**5000}, "4300 digits"),
        (meta_v1.ObjectMeta(labels={"a": object()}), "object"),  # type: ignore[dict-item]  # the mistake under test
        (coordination_v1.LeaseSpec(renew_time=MicroTime(2024, 1, 1)), "has no time zone"),
        ({"x": {("a", "b"): 1}}, "tuple"),
        ({"x": {True: 1}}, "bool"),
    ],
    ids=["surrogate", "digits", "object", "naive", "tuple key", "bool key"],
)
def test_values_that_json_cannot_represent_are_invalid_requests(value: object, problem: str) -> None:
    with pytest.raises(InvalidRequest, match=problem) as caught:
        encode(value)
    assert "cannot be written as JSON" in str(caught.value)
    if isinstance(value, Model):
        with pytest.raises(InvalidRequest, match=problem):
            value.to_dict()


def test_times_with_an_offset_keep_their_instant() -> None:
    meta = meta_v1.ObjectMeta.from_json(b'{"creationTimestamp":"2024-01-01T02:00:00+02:00"}')
    assert meta.creation_timestamp == datetime(2024, 1, 1, tzinfo=UTC)
    lease = coordination_v1.LeaseSpec.from_json(b'{"renewTime":"2024-01-01T00:00:00.000001Z"}')
    assert isinstance(lease.renew_time, MicroTime)
    assert lease.to_json() == b'{"renewTime":"2024-01-01T00:00:00.000001Z"}'
    with pytest.raises(DecodeError, match=r"^LeaseSpec: renewTime: .* has no time zone"):
        coordination_v1.LeaseSpec.from_json(b'{"renewTime":"2024-01-01T00:00:00"}')


def test_fields_without_a_schema_keep_their_values() -> None:
    schema = {"type": "object", "default": {"a": None}, "enum": [None, 1, "x"], "additionalProperties": False}
    assert apiextensions_v1.JSONSchemaProps.from_dict(schema).to_dict() == schema


def _copies(model: Model) -> dict[str, Any]:
    return {
        "copy": copy.copy(model),
        "deepcopy": copy.deepcopy(model),
        "pickle": pickle.loads(pickle.dumps(model)),  # noqa: S301 - our own bytes
        "replace": dataclasses.replace(model),
    }


@pytest.mark.parametrize("model", [DEPLOYMENT, meta_v1.ManagedFieldsEntry()], ids=["full", "unset"])
def test_copies_are_equal(model: Model) -> None:
    for twin in _copies(model).values():
        assert type(twin) is type(model)
        assert twin == model
        assert twin is not model
        assert twin.to_json() == model.to_json()
        assert dataclasses.asdict(twin) == dataclasses.asdict(model)


def test_deepcopy_shares_nothing() -> None:
    twin = copy.deepcopy(DEPLOYMENT)
    twin.metadata.labels["app"] = "other"
    assert DEPLOYMENT.metadata.labels["app"] == "web"


def test_models_are_dataclasses() -> None:
    entry = DEPLOYMENT.metadata.managed_fields[0]
    assert dataclasses.is_dataclass(entry)
    assert dataclasses.asdict(entry)["manager"] == "kubectl"
    assert dataclasses.replace(entry, manager="mine").manager == "mine"
    assert dataclasses.replace(entry, manager="mine").to_dict()["fieldsV1"] == {"f:spec": {}}
    assert meta_v1.ManagedFieldsEntry().fields_v1 is UNSET
    with pytest.raises(TypeError, match="colour"):
        dataclasses.replace(entry, colour="red")  # type: ignore[call-arg]  # the mistake under test


def test_decoding_restores_the_state_of_the_garbage_collector() -> None:
    large = b'{"items":[' + b",".join([b'{"metadata":{"name":"a"}}'] * 5000) + b"]}"
    assert gc.isenabled()
    assert len(core_v1.PodList.from_json(large).items) == 5000
    assert gc.isenabled()
    with pytest.raises(DecodeError):
        core_v1.PodList.from_json(large[:-1])
    assert gc.isenabled()
    gc.disable()
    try:
        core_v1.PodList.from_json(large)
        assert not gc.isenabled()
    finally:
        gc.enable()


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=20,
)


@pytest.mark.slow
@given(json_values)
def test_any_json_is_a_model_or_a_decode_error(value: Any) -> None:
    for data in (value, {"metadata": value}, {"spec": {"containers": value}}, {"spec": {"containers": [value]}}):
        try:
            pod = decode(json.dumps(data).encode(), core_v1.Pod)
        except DecodeError:
            continue
        assert core_v1.Pod.from_json(pod.to_json()) == pod
