"""Data of a server whose spelling Python's own readers don't take; and errors that name the object and the path."""

from __future__ import annotations

import copy
import dataclasses
import json
import pickle
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from aiokube.errors import DecodeError, InvalidArgument
from aiokube.models import apiextensions_v1, coordination_v1, core_v1, events_v1, meta_v1
from aiokube.runtime.codec.model import Model

# What `base64.StdEncoding` of Go 1.26 decodes, and what it refuses.
BASE64: dict[str, bytes] = {
    "aGVsbG8gd29ybGQ=": b"hello world",
    "aGVs\nbG8g\r\nd29ybGQ=\n": b"hello world",
    "\naGVsbG8=": b"hello",
    "aGVsbG8\n=": b"hello",
    "QQ=\r\n=": b"A",
    "QR==": b"A",
    "QUJ=": b"AB",
    "": b"",
    "\n": b"",
}
NOT_BASE64 = [
    "aGVsbG8",
    "QUJD=",
    "QQ==QQ==",
    "=",
    "====",
    "Q===",
    "aGVs bG8=",
    "aGVs\tbG8=",
    "-_==",
    "é===",
    "QQ==\x00",
]

ODD_TIMES: dict[str, datetime] = {
    "2024-01-01T00:00:00,5Z": datetime(2024, 1, 1, 0, 0, 0, 500000, tzinfo=UTC),
    "2024-01-01t00:00:00z": datetime(2024, 1, 1, tzinfo=UTC),
    "9999-12-31T23:59:59.9999999Z": datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
    "2024-01-01T00:00:00.123456789012Z": datetime(2024, 1, 1, 0, 0, 0, 123456, tzinfo=UTC),
    "2024-01-01T00:00:00,25+05:30": datetime(
        2024, 1, 1, 0, 0, 0, 250000, tzinfo=timezone(timedelta(hours=5, minutes=30))
    ),
}
TIMES_OUT_OF_RANGE = [
    "0000-01-01T00:00:00Z",
    "2024-01-01T00:00:00+99:99",
    "2024-01-01T00:00:00+24:00",
    "2024-01-01T24:00:00Z",
    "2024-12-31T23:59:60Z",
    "2024-02-30T00:00:00Z",
]


@pytest.mark.parametrize(("text", "value"), BASE64.items(), ids=repr)
def test_base64_is_read_as_the_server_reads_it(text: str, value: bytes) -> None:
    assert core_v1.Secret.from_json(json.dumps({"data": {"a": text}})).data == {"a": value}
    assert core_v1.Secret.from_dict({"data": {"a": text}}).data == {"a": value}
    assert core_v1.Secret.from_yaml(json.dumps({"data": {"a": text}})).data == {"a": value}


@pytest.mark.parametrize("text", NOT_BASE64, ids=repr)
def test_text_that_the_server_does_not_decode_is_an_error_that_names_the_key(text: str) -> None:
    data = {"metadata": {"name": "a", "namespace": "shop"}, "data": {"good": "QQ==", "tls.crt": text}}
    for read in (core_v1.Secret.from_dict, lambda data: core_v1.Secret.from_json(json.dumps(data))):
        with pytest.raises(DecodeError, match=r'^Secret shop/a: data\["tls.crt"\]: not base64'):
            read(data)


@pytest.mark.parametrize(("text", "time"), ODD_TIMES.items(), ids=ODD_TIMES)
def test_odd_spellings_of_a_time_are_read(text: str, time: datetime) -> None:
    meta = meta_v1.ObjectMeta.from_json(json.dumps({"creationTimestamp": text}))
    lease = coordination_v1.LeaseSpec.from_json(json.dumps({"renewTime": text}))
    # msgspec rounds more than six digits, and the reader of MicroTime cuts them.
    assert meta.creation_timestamp is not None
    assert abs(meta.creation_timestamp - time) <= timedelta(microseconds=1)
    assert lease.renew_time == time
    assert meta_v1.ObjectMeta.from_dict({"creationTimestamp": text}) == meta


@pytest.mark.parametrize("text", TIMES_OUT_OF_RANGE)
def test_a_time_that_python_cannot_hold_is_an_error_that_names_the_object(text: str) -> None:
    pod = {"metadata": {"name": "web", "namespace": "shop", "creationTimestamp": text}}
    message = rf"metadata\.creationTimestamp: {text.replace('+', '.')} is outside of what Python's datetime holds: ."
    with pytest.raises(DecodeError, match=rf"^Pod shop/web: {message}"):
        core_v1.Pod.from_json(json.dumps(pod))
    with pytest.raises(DecodeError, match=rf"^PodList: items\[1\] \(shop/web\): {message}"):
        core_v1.PodList.from_json(json.dumps({"items": [{"metadata": {"name": "a"}}, pod]}))
    lease = {"metadata": {"name": "web"}, "spec": {"renewTime": text}}
    with pytest.raises(DecodeError, match=r"^Lease web: spec\.renewTime: .* is outside of what"):
        coordination_v1.Lease.from_json(json.dumps(lease))


def test_every_undecodable_item_of_a_list_is_named() -> None:
    pods: list[Any] = [
        {"metadata": {"name": "a", "namespace": "x"}, "spec": {"containers": [{"name": 5}]}},
        {"metadata": {"name": "b"}, "spec": None},
        {"metadata": {"name": "c"}, "spec": {"nodeSelector": {"example.com/zone": 1}}},
        {"spec": "?"},
        None,
    ]
    with pytest.raises(DecodeError) as caught:
        core_v1.PodList.from_json(json.dumps({"items": pods}))
    assert str(caught.value).split("\n  ") == [
        "PodList: 3 problems",
        "items[0] (x/a): spec.containers[0].name: expected a string, got an integer",
        'items[2] (c): spec.nodeSelector["example.com/zone"]: expected a string, got an integer',
        "items[3].spec: expected a mapping, got a string",
    ]


@pytest.mark.parametrize("key", ["a b", 'a"b', "é", "x" * 5000, "[0]"])
def test_any_key_of_a_map_is_named_within_bounds(key: str) -> None:
    with pytest.raises(DecodeError) as caught:
        meta_v1.ObjectMeta.from_json(json.dumps({"labels": {"good": "a", key: 1}}))
    assert f"labels[{json.dumps(key, ensure_ascii=False)[:70]}" in str(caught.value)
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize(
    "data",
    [
        {"metadata": {"name": "\x1b[2J\x9b", "namespace": "\u202e\n"}, "spec": 5},
        {"metadata": {"labels": {"\x1b]0;x\x07\x9b\u202e": 5}}},
        {"apiVersion": "\x1b[31m", "kind": "\x9b"},
        {"metadata": {"creationTimestamp": "\x1b[31m"}},
    ],
    ids=["name", "key", "kind", "time"],
)
def test_an_error_escapes_the_control_characters_of_the_server(data: dict[str, Any]) -> None:
    with pytest.raises(DecodeError) as caught:
        core_v1.Pod.from_json(json.dumps(data))
    assert str(caught.value).isprintable()
    with pytest.raises(DecodeError) as caught:
        core_v1.Pod.from_dict(data)
    assert str(caught.value).isprintable()


def test_deep_data_of_a_server_is_read_or_a_decode_error() -> None:
    schema: Any = {"required": 5}
    for _ in range(300):
        schema = {"properties": {"a": schema}}
    with pytest.raises(DecodeError):
        apiextensions_v1.JSONSchemaProps.from_json(json.dumps(schema))


@pytest.mark.parametrize(
    "data", [None, 5, {"kind": "Pod"}, memoryview(b"{}")], ids=["None", "int", "dict", "memoryview"]
)
def test_from_json_refuses_another_type_than_text(data: Any) -> None:
    with pytest.raises(InvalidArgument, match=r"^data must be bytes or str, got "):
        core_v1.Pod.from_json(data)


def _event() -> events_v1.Event:
    return events_v1.Event.from_json(b'{"metadata":{"name":"a"},"eventTime":null}')


def _condition() -> meta_v1.Condition:
    return meta_v1.Condition.from_json(b'{"type":"Ready","status":"True","reason":"a","message":""}')


def test_a_required_time_that_is_null_or_missing_is_falsy_and_sent_as_null() -> None:
    event, condition = _event(), _condition()
    assert not event.event_time
    assert not condition.last_transition_time
    assert event.event_time == condition.last_transition_time == datetime(1, 1, 1, tzinfo=UTC)
    assert event.to_dict()["eventTime"] is None
    assert condition.to_dict()["lastTransitionTime"] is None


@pytest.mark.parametrize("obj", [_event(), _condition()], ids=["MicroTime", "time"])
def test_a_copy_of_a_time_that_is_null_is_null(obj: Model) -> None:
    copies = [copy.deepcopy(obj), pickle.loads(pickle.dumps(obj)), dataclasses.replace(obj)]  # noqa: S301 - our own bytes
    for twin in (*copies, type(obj).from_json(obj.to_json())):
        assert twin == obj
        assert twin.to_json() == obj.to_json()


def test_null_times_inside_lists_are_found() -> None:
    service = core_v1.Pod.from_json(b'{"spec":{"containers":[null]},"metadata":{"managedFields":[{"time":null}]}}')
    assert service.metadata.managed_fields[0].time is None
    data = {"conditions": [{"type": "a", "lastTransitionTime": "2024-01-01T00:00:00Z"}, {"type": "b"}]}
    conditions = core_v1.ServiceStatus.from_json(json.dumps(data)).conditions
    assert [bool(condition.last_transition_time) for condition in conditions] == [True, False]


def test_a_time_that_is_only_early_is_truthy_and_sent() -> None:
    text = '{"eventTime":"0001-01-01T00:00:00.000000Z","metadata":{}}'
    event = events_v1.Event.from_json(text)
    assert event.event_time
    assert event.to_dict()["eventTime"] == "0001-01-01T00:00:00.000000Z"
