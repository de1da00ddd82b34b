"""Values that would be sent as something else are refused before sending; times of six digits are sent with six."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from types import MappingProxyType
from typing import Any

import pytest
import yaml

from aiokube.errors import InvalidRequest
from aiokube.models import apiextensions_v1, apps_v1, coordination_v1, core_v1, events_v1, meta_v1
from aiokube.runtime.codec.model import Model, encode, encode_as_yaml
from aiokube.runtime.codec.outgoing import Refused, check_outgoing
from aiokube.runtime.codec.scalars import MicroTime, Quantity

NAIVE = datetime(2026, 1, 2)


class Nowhere(tzinfo):
    """A zone that doesn't know how far it is from UTC."""

    def utcoffset(self, when: datetime | None) -> None:
        return None

    def dst(self, when: datetime | None) -> None:
        return None

    def tzname(self, when: datetime | None) -> None:
        return None


def _anything(value: Any) -> Any:
    """A value of a wrong type, as a caller without a type checker gives it."""
    return value


def _with_limits(**limits: Any) -> core_v1.ResourceRequirements:
    """Limits that are set one by one, and so are not converted."""
    resources = core_v1.ResourceRequirements(limits={})
    resources.limits.update(limits)
    return resources


REFUSED: dict[str, tuple[Callable[[], object], str]] = {
    "text for bytes in a map": (
        lambda: core_v1.Secret(
            metadata=meta_v1.ObjectMeta(name="a", namespace="shop"), data=_anything({"tls.crt": "hunter22"})
        ),
        'Secret shop/a cannot be written as JSON: data["tls.crt"]: expected bytes, got str; encode it: text.encode()',
    ),
    "a number for bytes": (
        lambda: core_v1.ConfigMap(binary_data=_anything({"a": 5})),
        'ConfigMap cannot be written as JSON: binary_data["a"]: expected bytes, got int',
    ),
    "a naive time": (
        lambda: core_v1.PodList(items=[core_v1.Pod(metadata=meta_v1.ObjectMeta(creation_timestamp=NAIVE))]),
        "PodList cannot be written as JSON: items[0].metadata.creation_timestamp: 2026-01-02T00:00:00 has no time zone",
    ),
    "a naive MicroTime": (
        lambda: coordination_v1.LeaseSpec(renew_time=MicroTime(2026, 1, 2)),
        "LeaseSpec cannot be written as JSON: renew_time: 2026-01-02T00:00:00 has no time zone",
    ),
    "a naive time for a MicroTime": (
        lambda: coordination_v1.LeaseSpec(renew_time=_anything(NAIVE)),
        "LeaseSpec cannot be written as JSON: renew_time: 2026-01-02T00:00:00 has no time zone",
    ),
    "a zone without an offset": (
        lambda: meta_v1.ObjectMeta(creation_timestamp=NAIVE.replace(tzinfo=Nowhere())),
        "ObjectMeta cannot be written as JSON: creation_timestamp: 2026-01-02T00:00:00 has no time zone",
    ),
    "an offset with seconds": (
        lambda: meta_v1.ObjectMeta(
            creation_timestamp=NAIVE.replace(tzinfo=timezone(timedelta(minutes=53, seconds=28)))
        ),
        "ObjectMeta cannot be written as JSON: creation_timestamp: its offset 0:53:28 has seconds; convert it: ",
    ),
    "an offset with seconds in a manifest": (
        lambda: {"time": NAIVE.replace(tzinfo=timezone(-timedelta(minutes=53, seconds=28)))},
        "dict cannot be written as JSON: time: its offset -1 day, 23:06:32 has seconds; convert it: ",
    ),
    "a naive time in a manifest": (
        lambda: {"spec": {"times": [1, {"tls.crt": NAIVE}]}},
        'dict cannot be written as JSON: spec.times[1]["tls.crt"]: 2026-01-02T00:00:00 has no time zone',
    ),
    "a naive time before an object whose times get six digits": (
        lambda: {"a": NAIVE, "b": coordination_v1.LeaseSpec(renew_time=_anything(NAIVE.replace(tzinfo=UTC)))},
        "dict cannot be written as JSON: a: 2026-01-02T00:00:00 has no time zone",
    ),
    "NaN in a manifest": (
        lambda: [{"op": "add", "path": "/a", "value": float("nan")}],
        "list cannot be written as JSON: [0].value: nan has no form in JSON",
    ),
    "infinity in a field without a type": (
        lambda: apiextensions_v1.JSONSchemaProps(default={"a": [float("-inf")]}),
        "JSONSchemaProps cannot be written as JSON: default.a[0]: -inf has no form in JSON",
    ),
    "NaN in a number": (
        lambda: apiextensions_v1.JSONSchemaProps(maximum=float("nan")),
        "JSONSchemaProps cannot be written as JSON: maximum: nan has no form in JSON",
    ),
    "NaN for a quantity": (
        lambda: _with_limits(cpu=float("nan")),
        'ResourceRequirements cannot be written as JSON: limits["cpu"]: nan is not a quantity',
    ),
    "text that is not a quantity": (
        lambda: _with_limits(memory="1GB"),
        "ResourceRequirements cannot be written as JSON: limits[\"memory\"]: '1GB' is not a quantity",
    ),
    "a bool for an int": (
        lambda: apps_v1.Deployment(
            metadata=meta_v1.ObjectMeta(name="web"),
            spec=apps_v1.DeploymentSpec(
                replicas=True, selector=meta_v1.LabelSelector(), template=core_v1.PodTemplateSpec()
            ),
        ),
        "Deployment web cannot be written as JSON: spec.replicas: expected int, got bool",
    ),
    "False for an int": (
        lambda: core_v1.ServicePort(port=False),
        "ServicePort cannot be written as JSON: port: expected int, got bool",
    ),
    "a bool for an int or text": (
        lambda: core_v1.ServicePort(port=1, target_port=True),
        "ServicePort cannot be written as JSON: target_port: expected int, got bool",
    ),
    "text for an int": (
        lambda: core_v1.ServicePort(port=_anything("80")),
        "ServicePort cannot be written as JSON: port: expected int, got str",
    ),
    "an int that the server would round": (
        lambda: meta_v1.ObjectMeta(generation=2**63 + 1),
        "ObjectMeta cannot be written as JSON: generation: larger than 64 bits: the server would store another number",
    ),
    "a lone surrogate": (
        lambda: {"metadata": {"name": "a"}, "data": {"x": "", "a.b": ["x", "\ud800"]}},
        "dict a cannot be written as JSON: data[\"a.b\"][1]: 'utf-8' codec can't encode",
    ),
    "a lone surrogate in an object": (
        lambda: core_v1.Pod(
            metadata=meta_v1.ObjectMeta(name="a"), spec=core_v1.PodSpec(containers=[core_v1.Container(name="\ud800")])
        ),
        "Pod a cannot be written as JSON: spec.containers[0].name: 'utf-8' codec can't encode",
    ),
    "a value that JSON does not have": (
        lambda: {"spec": {"x": object()}},
        "dict cannot be written as JSON: spec.x: a value of type object cannot be represented in JSON",
    ),
    "text for a list": (
        lambda: core_v1.Container(name="a", args=_anything("serve")),
        "Container cannot be written as JSON: args: expected a list, got str; put it in [...]",
    ),
    "a model inside a manifest": (
        lambda: {"spec": core_v1.ServicePort(port=False)},
        "dict cannot be written as JSON: spec.port: expected int, got bool",
    ),
}


@pytest.mark.parametrize(("make", "message"), REFUSED.values(), ids=REFUSED)
def test_a_value_that_would_be_sent_as_another_is_refused(make: Callable[[], object], message: str) -> None:
    value = make()
    with pytest.raises(InvalidRequest) as caught:
        encode(value)
    assert str(caught.value).startswith(message)
    if isinstance(value, Model):
        for write in (value.to_dict, value.to_yaml, value.to_json):
            with pytest.raises(InvalidRequest):
                write()


def test_no_value_of_a_secret_is_in_an_error() -> None:
    with pytest.raises(InvalidRequest) as caught:
        core_v1.Secret(data=_anything({"password": "hunter22"})).to_json()
    assert "hunter22" not in str(caught.value)


@pytest.mark.parametrize(
    ("time", "text"),
    [
        (datetime(2026, 1, 2, tzinfo=UTC), "2026-01-02T00:00:00.000000Z"),
        (datetime(2026, 1, 2, 3, 4, 5, 600000, tzinfo=UTC), "2026-01-02T03:04:05.600000Z"),
        (datetime(2026, 1, 2, 3, tzinfo=timezone(timedelta(hours=5, minutes=30))), "2026-01-01T21:30:00.000000Z"),
        (MicroTime(2026, 1, 2, tzinfo=UTC), "2026-01-02T00:00:00.000000Z"),
        (datetime(2026, 1, 2, 1, tzinfo=timezone(timedelta(minutes=53, seconds=28))), "2026-01-02T00:06:32.000000Z"),
    ],
)
def test_a_micro_time_field_is_sent_with_six_digits_whatever_it_was_given(time: Any, text: str) -> None:
    lease = coordination_v1.Lease(spec=coordination_v1.LeaseSpec(renew_time=time))
    before = copy.deepcopy(lease)
    leases = coordination_v1.LeaseList(items=[coordination_v1.Lease(), lease, coordination_v1.Lease()])

    assert json.loads(encode(lease))["spec"]["renewTime"] == text
    assert json.loads(encode({"items": [lease, {"lease": MappingProxyType({"a": lease})}]}))["items"] == [
        lease.to_dict(),
        {"lease": {"a": lease.to_dict()}},
    ]
    assert leases.to_dict()["items"][1]["spec"] == {"renewTime": text}
    # Nobody's object was changed.
    assert lease.spec.renew_time is time
    assert lease == before
    assert leases.items[1] is lease


def test_a_micro_time_field_may_be_required() -> None:
    event = events_v1.Event(
        metadata=meta_v1.ObjectMeta(name="a"), event_time=_anything(datetime(2026, 1, 2, tzinfo=UTC))
    )
    assert event.to_dict()["eventTime"] == "2026-01-02T00:00:00.000000Z"


ACCEPTED: dict[str, tuple[object, str]] = {
    "bytes of all kinds": (
        core_v1.Secret(data=_anything({"a": b"hi", "b": bytearray(b"hi"), "c": memoryview(b"hi"), "d": b""})),
        '{"apiVersion":"v1","kind":"Secret","data":{"a":"aGk=","b":"aGk=","c":"aGk=","d":""}}',
    ),
    "text and numbers for quantities": (
        _with_limits(cpu=1, memory="1Gi", x=0.5, y=Quantity("1")),
        '{"limits":{"cpu":1,"memory":"1Gi","x":0.5,"y":"1"}}',
    ),
    "the smallest and the largest int": (
        meta_v1.ObjectMeta(generation=-(2**63), deletion_grace_period_seconds=2**63 - 1),
        '{"deletionGracePeriodSeconds":9223372036854775807,"generation":-9223372036854775808}',
    ),
    "numbers that the server has rounded to a float": (
        [apiextensions_v1.JSONSchemaProps(maximum=9223372036854776000, minimum=-12345678901234567000)],
        '[{"maximum":9223372036854776000,"minimum":-12345678901234567000}]',
    ),
    "a tuple for a list": (core_v1.Container(name="a", args=_anything(("b",))), '{"args":["b"],"name":"a"}'),
    "a dict for a model": (
        core_v1.Container(name="a", liveness_probe=_anything({"httpGet": {"port": 80}})),
        '{"livenessProbe":{"httpGet":{"port":80}},"name":"a"}',
    ),
    "a manifest": (
        {"a": [1, 1.5, None, True, {"b": 2**64}], "t": datetime(2026, 1, 2, tzinfo=UTC)},
        '{"a":[1,1.5,null,true,{"b":18446744073709551616}],"t":"2026-01-02T00:00:00.000000Z"}',
    ),
}


@pytest.mark.parametrize(("value", "text"), ACCEPTED.values(), ids=ACCEPTED)
def test_other_values_are_sent_as_they_are(value: object, text: str) -> None:
    assert encode(value).decode().replace('"metadata":{},', "") == text


@pytest.mark.parametrize(
    "code", [0x1, 0x22, 0x5C, 0x7F, 0x80, 0x85, 0x9F, 0xA0, 0x2028, 0x2029, 0xFEFF, 0xFFFE, 0x1F600]
)
def test_json_for_readers_of_yaml_has_the_same_text(code: int) -> None:
    data = {f"key {chr(code)}": f"a {chr(code)} b\\{chr(code)}"}
    text = encode_as_yaml(data)
    assert json.loads(text) == data
    assert yaml.safe_load(text) == data
    # Most of them are refused; these three are line breaks.
    assert not set(text.decode()) & {chr(code) for code in (0x7F, *range(0x80, 0xA0), 0x2028, 0x2029, 0xFFFE, 0xFFFF)}


def test_a_value_of_any_depth_is_checked() -> None:
    inner: dict[str, Any] = {}
    deep: Any = inner
    for _ in range(5000):
        deep = {"a": [deep]}
    assert check_outgoing(deep) is deep
    inner["time"] = NAIVE
    with pytest.raises(Refused, match="has no time zone"):
        check_outgoing(deep)


def test_yaml_that_is_too_deep_is_an_invalid_request() -> None:
    deep: dict[str, Any] = {}
    for _ in range(700):
        deep = {"a": deep}
    with pytest.raises(InvalidRequest, match="cannot be written as JSON: nested deeper than 250 levels"):
        apiextensions_v1.JSONSchemaProps(default=deep).to_yaml()


def test_a_field_that_was_deleted_is_named() -> None:
    spec = core_v1.PodSpec(containers=[], node_name="a")
    del spec.node_name
    assert repr(spec) == "PodSpec(containers=[])"
    with pytest.raises(InvalidRequest, match=r"^PodSpec cannot be written as JSON: .*node_name"):
        spec.to_json()
