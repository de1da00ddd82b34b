"""Kubernetes' protobuf: the table of messages, and values that are written in another way than in JSON."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from aiokube.testing.document import shipped
from aiokube.testing.protobuf.decoding import decode_message
from aiokube.testing.protobuf.encoding import encode_message
from aiokube.testing.protobuf.envelope import decode, encode
from aiokube.testing.protobuf.special import SCHEMA_OR, SPECIAL, WrongValue
from aiokube.testing.protobuf.table import Field, Message, message, message_of, table
from aiokube.testing.protobuf.wire import Malformed, tag, varint, with_length

Json = dict[str, Any]

HAS_ITS_KIND_IN_THE_ENVELOPE = {"apiVersion", "kind"}
IS_A_LIST_BY_ITS_MESSAGE = {("meta.v1.APIResource", "verbs")}


def schemas() -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Return the schemas of the shipped API, by the last parts of their names."""
    found: dict[str, Mapping[str, Any]] = {}
    for path, part in shipped().parts.items():
        if path.startswith(("api/", "apis/")):
            found.update({short(name): schema for name, schema in part.schemas.items()})
    yield from found.items()


def short(name: str) -> str:
    parts = name.split(".")
    return ".".join(parts[-3:] if parts[-2].startswith("v1") or parts[-2].startswith("v2") else parts[-2:])


def fields(found: Message) -> Iterator[Field]:
    """Return the fields of a message and of those that it inlines."""
    for field in found.fields:
        if field.name:
            yield field
        elif field.shape != "list":
            yield from fields(message(field.type))


def shape(schema: Mapping[str, Any]) -> str:
    if schema.get("type") == "array":
        return "list"
    return "map" if schema.get("type") == "object" and "additionalProperties" in schema else "value"


def test_the_table_agrees_with_the_openapi_documents() -> None:
    compared = 0
    for name, schema in schemas():
        assert name in table().messages, name
        if name in SPECIAL or name.startswith(SCHEMA_OR):
            assert "properties" not in schema, name
            continue
        known = {field.name: field for field in fields(message(name))}
        properties = schema.get("properties", {})
        assert set(properties) - HAS_ITS_KIND_IN_THE_ENVELOPE <= set(known), name
        assert set(known) <= set(properties), name
        for field, described in properties.items():
            if field in known and (name, field) not in IS_A_LIST_BY_ITS_MESSAGE:
                assert shape(described) == known[field].shape.replace("pointer", "value"), (name, field)
        compared += 1
    assert compared > 600


def test_what_go_writes_although_it_is_zero_is_required_or_has_a_zero_as_default() -> None:
    for name, schema in schemas():
        if name in SPECIAL or name.startswith(SCHEMA_OR):
            continue
        for field in fields(message(name)):
            described = schema["properties"][field.name]
            if field.is_always_written and field.shape == "value" and not (field.is_message or field.type == "bytes"):
                assert described.get("default") in ("", 0), (name, field.name)


def test_every_type_of_a_field_is_known() -> None:
    scalars = {"string", "bytes", "bool", "int32", "int64", "double"}
    for name in table().messages:
        for field in message(name).fields:
            assert field.type in scalars or field.type in table().messages, (name, field)


@pytest.mark.parametrize(
    ("api_version", "kind", "expected"),
    [
        ("v1", "Pod", "core.v1.Pod"),
        ("rbac.authorization.k8s.io/v1", "Role", "rbac.v1.Role"),
        ("v1", "Status", "meta.v1.Status"),
        ("apps/v1", "DeleteOptions", "meta.v1.DeleteOptions"),
        ("meta.k8s.io/v1", "PartialObjectMetadata", "meta.v1.PartialObjectMetadata"),
        ("apps.example.com/v1", "Deployment", ""),
        ("meta.k8s.io/v1", "Table", ""),
    ],
)
def test_a_kind_has_a_message(api_version: str, kind: str, expected: str) -> None:
    assert message_of(api_version, kind) == expected


VALUES: list[tuple[str, Any]] = [
    ("meta.v1.Time", "2026-01-02T03:04:05Z"),
    ("meta.v1.Time", "1969-12-31T23:59:59Z"),
    ("meta.v1.MicroTime", "2026-01-02T03:04:05.000006Z"),
    ("meta.v1.Duration", "1h0m0.5s"),
    ("meta.v1.Duration", "-3m2s"),
    ("meta.v1.Duration", "1.5ms"),
    ("meta.v1.Duration", "7ns"),
    ("meta.v1.Duration", "0s"),
    ("resource.Quantity", "100Mi"),
    ("intstr.IntOrString", "50%"),
    ("intstr.IntOrString", 8080),
    ("intstr.IntOrString", -1),
    ("meta.v1.FieldsV1", {"f:metadata": {".": {}}}),
    ("runtime.RawExtension", {"any": ["thing", 1, None]}),
    ("apiextensions.v1.JSON", 4),
    ("apiextensions.v1.JSON", False),
    (f"{SCHEMA_OR}Bool", False),
    (f"{SCHEMA_OR}Bool", True),
    (f"{SCHEMA_OR}Bool", {"type": "string"}),
    (f"{SCHEMA_OR}Array", {"type": "string"}),
    (f"{SCHEMA_OR}Array", [{"type": "string"}, {"type": "integer"}]),
    (f"{SCHEMA_OR}StringArray", ["a", "b"]),
    ("authentication.v1.ExtraValue", ["a", "b"]),
    ("apiextensions.v1.JSONSchemaProps", {"$ref": "#/x", "maximum": 1.5, "x-kubernetes-list-map-keys": ["a"]}),
    ("core.v1.Volume", {"name": "a", "emptyDir": {"sizeLimit": "1Gi"}}),
    ("core.v1.Probe", {"exec": {"command": ["a"]}, "periodSeconds": 3}),
    ("core.v1.Toleration", {"tolerationSeconds": -5}),
]


@pytest.mark.parametrize(("name", "value"), VALUES)
def test_a_value_is_the_same_on_its_way_back(name: str, value: Any) -> None:
    assert decode_message(encode_message(value, name), name) == value


@pytest.mark.parametrize(("sent", "read"), [("90s", "1m30s"), ("1.5h", "1h30m0s"), ("100us", "100µs"), ("0", "0s")])
def test_a_duration_is_read_as_go_writes_it(sent: str, read: str) -> None:
    assert decode_message(encode_message(sent, "meta.v1.Duration"), "meta.v1.Duration") == read


def test_a_time_without_a_value_is_null() -> None:
    assert decode_message(b"", "meta.v1.Time") is None
    assert decode_message(b"", "meta.v1.MicroTime") is None


def test_zeros_that_go_leaves_out_are_left_out() -> None:
    # Go always sends fields that are no pointers: hostNetwork is false, priority a pointer to zero.
    sent = tag(11, 0) + varint(0) + tag(25, 0) + varint(0) + with_length(3, b"")
    assert decode_message(sent, "core.v1.PodSpec") == {"priority": 0, "containers": None}


def test_zeros_that_go_writes_are_there() -> None:
    decoded = decode_message(b"", "core.v1.Service")
    assert decoded == {"metadata": {}, "spec": {}, "status": {"loadBalancer": {}}}
    assert decode_message(b"", "core.v1.EnvVar") == {"name": ""}


def test_pointers_that_go_writes_are_null() -> None:
    decoded = decode_message(b"", "authentication.v1.TokenRequestSpec")
    assert decoded == {"audiences": None, "boundObjectRef": None, "expirationSeconds": None}


def test_parts_of_a_message_are_one() -> None:
    sent = with_length(1, with_length(1, b"a")) + with_length(1, with_length(3, b"b"))
    assert decode_message(sent, "core.v1.ConfigMap") == {"metadata": {"name": "a", "namespace": "b"}}


def test_unknown_fields_are_ignored() -> None:
    sent = with_length(999, b"?") + tag(998, 5) + b"\x00" * 4 + tag(997, 1) + b"\x00" * 8
    assert decode_message(sent, "core.v1.EnvVar") == {"name": ""}


def test_an_entry_of_a_map_may_lack_its_value() -> None:
    sent = with_length(2, with_length(1, b"a"))
    assert decode_message(sent, "core.v1.ConfigMap")["data"] == {"a": ""}
    assert encode_message({"data": {"a": None}}, "core.v1.ConfigMap") == sent


BROKEN = {
    "a number that does not end": b"\x80",
    "a number that is too long": b"\x80" * 11,
    "a value that does not end": b"\x0a\x05ab",
    "the number zero": b"\x00\x01",
    "a group": b"\x0b",
    "a number in place of a message": tag(1, 0) + varint(1) + tag(2, 0) + varint(1),
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_message_is_broken(what: str) -> None:
    with pytest.raises(Malformed):
        decode_message(BROKEN[what], "core.v1.ConfigMap")


WRONG: list[tuple[str, Any]] = [
    ("core.v1.ConfigMap", 5),
    ("core.v1.ConfigMap", {"data": 5}),
    ("core.v1.ConfigMap", {"data": {"a": 5}}),
    ("core.v1.ConfigMap", {"metadata": {"finalizers": "a"}}),
    ("core.v1.ConfigMap", {"immutable": "yes"}),
    ("core.v1.Secret", {"data": {"a": "?"}}),
    ("core.v1.PodSpec", {"priority": True}),
    ("meta.v1.Time", "yesterday"),
    ("meta.v1.Duration", "soon"),
    ("resource.Quantity", []),
    ("intstr.IntOrString", None),
]


@pytest.mark.parametrize(("name", "value"), WRONG)
def test_a_value_does_not_fit(name: str, value: Any) -> None:
    with pytest.raises(WrongValue):
        encode_message(value, name)


def test_a_time_is_out_of_range() -> None:
    with pytest.raises(Malformed, match="out of range"):
        decode_message(tag(1, 0) + varint(1 << 62), "meta.v1.Time")


def test_an_envelope_of_go() -> None:
    # As kubectl sends it for `kubectl create configmap a --from-literal=x=1`, with Go's empty fields.
    sent = base64.b64decode("azhzAAoPCgJ2MRIJQ29uZmlnTWFwEhsKEQoBYRIAGgAiACoAMgA4AEIAEgYKAXgSATEaACIA")
    expected = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, "data": {"x": "1"}}
    assert decode(sent, "", "") == expected
    assert decode(encode(expected), "", "") == expected


def test_a_kind_without_a_message_has_no_envelope() -> None:
    with pytest.raises(WrongValue, match=r"Shape of example\.com/v1 has no protobuf message"):
        encode({"apiVersion": "example.com/v1", "kind": "Shape"})
