"""JSON Schema of classes, and models as types of pydantic."""

from __future__ import annotations

import json
import traceback
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from jsonschema import Draft202012Validator
from pydantic import BaseModel, TypeAdapter, ValidationError

from aiokube import DynamicObject, Model, PartialObjectMetadata, Quantity, schema
from aiokube.errors import DecodeError, InvalidArgument
from aiokube.models import apiextensions_v1, coordination_v1, core_v1, meta_v1
from tests.support.open_models import Flow

GOOD: list[tuple[type[Model], dict[str, Any]]] = [
    (core_v1.Pod, {"spec": {"containers": [{"name": "a", "resources": {"limits": {"cpu": 1, "memory": "1.5Gi"}}}]}}),
    (core_v1.Pod, {"apiVersion": "v1", "kind": "Pod", "metadata": {"creationTimestamp": "2026-01-02T03:04:05Z"}}),
    (core_v1.Secret, {"data": {"key": "AAE="}}),
    (core_v1.ServicePort, {"port": 80, "targetPort": "web"}),
    (coordination_v1.Lease, {"spec": {"renewTime": "2026-01-02T03:04:05.000006Z"}}),
    (apiextensions_v1.JSONSchemaProps, {"properties": {"a": {"$ref": "x", "default": None, "maximum": 1.5}}}),
    (DynamicObject, {"apiVersion": "a/v1", "kind": "A", "spec": {"any": [None]}}),
    (core_v1.PodList, {"metadata": {}, "items": []}),
    # As `kubectl create --dry-run=client -o yaml` prints them, and as templates leave them.
    (core_v1.Pod, {"metadata": {"creationTimestamp": None, "labels": None}, "spec": {"containers": None}}),
    (core_v1.Container, {"name": "a", "env": None, "resources": None, "imagePullPolicy": None}),
    (core_v1.Pod, {"apiVersion": None, "status": {"conditions": [{"type": "Ready"}], "containerStatuses": [{}]}}),
]
BAD: list[tuple[type[Model], dict[str, Any]]] = [
    (core_v1.Pod, {"spec": {"containers": [{"name_": "a"}]}}),
    (core_v1.Pod, {"spec": {"containers": [{"name": "a", "resources": {"limits": {"cpu": "many"}}}]}}),
    (core_v1.Pod, {"apiVersion": "v1", "kind": "Node"}),
    (core_v1.ServicePort, {"port": "80"}),
    (core_v1.ServicePort, {"port": 80, "targetPort": 1.5}),
    (core_v1.PodSpec, {}),
    (core_v1.Container, {"name": "a", "args": [None]}),
    (core_v1.Volume, {"name": "a", "configMap": {"items": [{"key": None, "path": "a"}]}}),
    (core_v1.Pod, {"status": {"phase": 5}}),
    (apiextensions_v1.JSONSchemaProps, {"properties": {"a": {"maximum": "1.5"}}}),
]


@pytest.mark.parametrize(("cls", "manifest"), GOOD)
def test_the_schema_takes_what_from_dict_takes(cls: type[Model], manifest: dict[str, Any]) -> None:
    Draft202012Validator(schema(cls)).validate(manifest)
    obj = cls.from_dict(manifest)
    Draft202012Validator(schema(cls)).validate(obj.to_dict())


@pytest.mark.parametrize(("cls", "manifest"), BAD)
def test_the_schema_refuses_what_from_dict_refuses(cls: type[Model], manifest: dict[str, Any]) -> None:
    assert list(Draft202012Validator(schema(cls)).iter_errors(manifest))
    with pytest.raises(DecodeError):
        cls.from_dict(manifest)


@pytest.mark.parametrize(
    "cls", [core_v1.ServiceList, coordination_v1.Lease, PartialObjectMetadata, DynamicObject, Flow]
)
def test_it_is_a_schema_of_its_draft(cls: type[Model]) -> None:
    found = schema(cls)
    Draft202012Validator.check_schema(found)
    assert found["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert found["$ref"].removeprefix("#/$defs/") in found["$defs"]
    assert json.loads(json.dumps(found)) == found


def test_open_classes_have_other_fields_and_no_field_for_them() -> None:
    (flow,) = (one for one in schema(Flow)["$defs"].values() if one["title"] == "Flow")
    assert "additionalProperties" not in flow
    assert not any("extra" in name for name in flow["properties"])


def test_classes_of_one_name_keep_apart() -> None:
    class Pair(Model, kw_only=True):
        one: core_v1.Event
        other: meta_v1.Condition

    names = schema(Pair)["$defs"]
    assert {"core_v1.Event", "meta_v1.Condition"} <= names.keys()


@pytest.mark.parametrize("cls", [dict, 7, Quantity])
def test_something_else_is_refused(cls: Any) -> None:
    with pytest.raises(InvalidArgument, match=r"pass a class of the models, such as core_v1\.Pod"):
        schema(cls)


@pytest.mark.parametrize(("cls", "manifest"), [one for one in GOOD if one[0] is not DynamicObject])
def test_msgspec_s_own_function_describes_what_is_sent(cls: type[Model], manifest: dict[str, Any]) -> None:
    found = msgspec.json.schema(cls)
    Draft202012Validator.check_schema(found)
    Draft202012Validator(found).validate(cls.from_dict(manifest).to_dict())


@pytest.mark.parametrize(
    "manifest",
    [
        {"spec": {"containers": [{"name": "a", "resources": {"limits": {"cpu": "many"}}}]}},
        {"spec": {"containers": [{"name": 5}]}},
    ],
)
def test_msgspec_s_own_function_knows_quantities(manifest: dict[str, Any]) -> None:
    assert list(Draft202012Validator(msgspec.json.schema(core_v1.Pod)).iter_errors(manifest))


@pytest.mark.parametrize("cls", [DynamicObject, Flow])
def test_msgspec_s_own_function_refuses_open_classes(cls: type[Model]) -> None:
    with pytest.raises(TypeError, match="is not supported"):
        msgspec.json.schema(cls)


class Order(BaseModel):
    """A model of pydantic that holds ours, as the body of a request does."""

    pods: list[core_v1.Pod]
    props: apiextensions_v1.JSONSchemaProps | None = None
    other: DynamicObject | None = None


@pytest.mark.parametrize(("cls", "manifest"), GOOD)
def test_pydantic_reads_and_writes_manifests(cls: type[Model], manifest: dict[str, Any]) -> None:
    adapter: TypeAdapter[Model] = TypeAdapter(cls)
    obj = adapter.validate_python(manifest)
    assert obj == cls.from_dict(manifest)
    assert adapter.validate_python(obj) is obj
    assert adapter.dump_python(obj) == obj.to_dict()
    assert adapter.validate_json(adapter.dump_json(obj)) == obj


@pytest.mark.parametrize(("cls", "manifest"), [*BAD, (core_v1.Pod, [])])
def test_pydantic_refuses_what_from_dict_refuses(cls: type[Model], manifest: Any) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(cls).validate_python(manifest)


@pytest.mark.parametrize("manifest", [{"stringData": {"p": "hunter2"}, "x": 1}, "hunter2", ["hunter2"]])
def test_an_error_of_pydantic_names_the_class_and_shows_no_secret(manifest: Any) -> None:
    class Holder(BaseModel):
        secret: core_v1.Secret

    validations: list[Callable[[], Any]] = [
        lambda: TypeAdapter(core_v1.Secret).validate_python(manifest),
        lambda: TypeAdapter(core_v1.Secret).validate_json(json.dumps(manifest)),
        lambda: TypeAdapter(list[core_v1.Secret]).validate_python([manifest]),
        lambda: Holder.model_validate({"secret": manifest}),
    ]
    for validate in validations:
        with pytest.raises(
            ValidationError, match=r"Secret: x: unknown field|must be a Secret or its manifest, not"
        ) as caught:
            validate()
        shown = "".join(traceback.format_exception(caught.value)) + caught.value.json() + repr(caught.value.errors())
        assert "hunter2" not in shown


class Request(BaseModel):
    """A model of pydantic with a quantity."""

    cpu: Quantity


@pytest.mark.parametrize("given", ["500m", 2, 1.5, "1.5Gi", Decimal("0.1"), Quantity("1k")])
def test_pydantic_reads_and_writes_quantities(given: Any) -> None:
    request = Request(cpu=given)
    assert request.cpu == (given if isinstance(given, Quantity) else Quantity(given))
    assert Request.model_validate_json(request.model_dump_json()) == request
    Draft202012Validator(Request.model_json_schema()).validate(json.loads(request.model_dump_json()))


@pytest.mark.parametrize("given", ["lots", None, True, ["1"]])
def test_pydantic_refuses_what_is_no_quantity(given: Any) -> None:
    with pytest.raises(ValidationError, match="quantity"):
        Request(cpu=given)


@pytest.mark.slow
def test_pydantic_describes_models_inside_its_own() -> None:
    found = Order.model_json_schema()
    Draft202012Validator.check_schema(found)
    validator = Draft202012Validator(found)
    for cls, manifest in GOOD:
        if cls is core_v1.Pod:
            validator.validate({"pods": [manifest]})
    assert not validator.is_valid({"pods": [BAD[0][1]]})
    assert not validator.is_valid({"pods": [BAD[1][1]]})
    order = Order(pods=[core_v1.Pod(spec=core_v1.PodSpec(containers=[]))])
    assert Order.model_validate_json(order.model_dump_json()) == order
