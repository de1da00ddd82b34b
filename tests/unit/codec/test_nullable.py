"""Fields that may be null: null, absent and a value are three things, for every type and in every form."""

from __future__ import annotations

import copy
import dataclasses
import json
import pickle
from collections.abc import Callable
from typing import Any, NamedTuple

import msgspec
import pytest
import yaml

from aiokube import ABSENT_DICT, ABSENT_LIST, UNSET, Model, Quantity, absent
from aiokube.errors import DecodeError, InvalidRequest
from aiokube.models import core_v1
from aiokube.runtime.codec.scalars import MicroTime
from aiokube.runtime.verbs import BytesField, Open, OpenModel, QuantityModel, Raw, TimeField, UnsetType, dataclass
from aiokube.runtime.verbs.json_patch import JsonPatchBase
from tests.support.open_models import STEP, Step


class Kind(NamedTuple):
    """A type, a value of it in JSON, and a value in JSON that it does not take."""

    type: Any
    json: Any
    wrong: Any


KINDS: dict[str, Kind] = {
    "str": Kind(str, "a", 1),
    "int": Kind(int, 1, "a"),
    "number": Kind(int | float, 1.5, "a"),
    "bool": Kind(bool, True, 1),
    "int or string": Kind(int | str, "a", True),
    "struct": Kind(core_v1.ConfigMapKeySelector, {"key": "a", "name": "b"}, []),
    "open": Kind(Open[Step], STEP, []),
    "time": Kind(TimeField, "2026-01-02T03:04:05.123456789Z", "now"),
    "micro time": Kind(MicroTime, "2026-01-02T03:04:05.000001Z", 5),
    "bytes": Kind(BytesField, "aGVsbG8=", "?"),
    "plain bytes": Kind(bytes, "aGVsbG8=", "?"),
    "quantity": Kind(Quantity, "500m", []),
    "quantity as a number": Kind(Quantity, 2, True),
    "list": Kind(list[str], ["a"], {}),
    "list of nullable": Kind(list[Open[Step] | None], [None, STEP], [1]),
    "map": Kind(dict[str, int], {"a": 1}, []),
    "map of nullable": Kind(dict[str, Quantity | None], {"a": None, "b": 1}, {"a": []}),
    "map of open": Kind(dict[str, Open[Step]], {"a": STEP}, {"a": 1}),
    "list of maps": Kind(list[dict[str, list[Open[Step]]]], [{"a": [STEP]}], [{"a": {}}]),
}
BASES = {"closed": (Model,), "open": (OpenModel,), "quantity": (QuantityModel,), "both": (OpenModel, QuantityModel)}
OPTIONAL, REQUIRED = "optional", "required"


def model(kind: Kind, form: str, bases: tuple[type, ...] = (Model,)) -> Any:
    """A class as the generator writes it, with the field `value`, and `other` that forces the second pass."""
    annotation: Any = kind.type | UnsetType | None
    default: Any = UNSET
    if getattr(kind.type, "__origin__", None) in (list, dict):
        annotation = kind.type | None
        default = ABSENT_LIST if kind.type.__origin__ is list else ABSENT_DICT
    namespace: dict[str, Any] = {
        "__module__": __name__,
        "__doc__": "A class with a nullable field.",
        "__annotations__": {"value": kind.type | None if form == REQUIRED else annotation, "other": int},
    }
    if form == OPTIONAL:
        namespace["value"] = default
    return dataclass(type(bases[-1])("Holder", bases, namespace, kw_only=True))


def readers(cls: Any) -> list[Callable[[dict[str, Any]], Any]]:
    """Every way to read, the second pass too."""
    return [
        cls.from_dict,
        lambda data: cls.from_dict(data, strict=False),
        lambda data: cls.from_json(json.dumps(data)),
        lambda data: cls.from_json(json.dumps({**data, "other": None})),
        lambda data: cls.from_yaml(yaml.safe_dump(data)),
    ]


@pytest.mark.parametrize("bases", BASES.values(), ids=BASES)
@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_null_absent_and_a_value_are_read_and_sent_as_they_are(kind: Kind, bases: tuple[type, ...]) -> None:
    cls = model(kind, OPTIONAL, bases)
    default = {one.name: one.default for one in msgspec.structs.fields(cls)}["value"]
    for data in ({"other": 0}, {"other": 0, "value": None}, {"other": 0, "value": kind.json}):
        for read in readers(cls):
            obj = read(data)
            # To Python, 1 and True are equal.
            assert json.dumps(obj.to_dict(), sort_keys=True) == json.dumps(data, sort_keys=True)
            assert yaml.safe_load(obj.to_yaml()) == data
            assert (obj.value is default) == ("value" not in data)
            assert (obj.value is None) == (data.get("value", 0) is None)
            for twin in (copy.copy(obj), copy.deepcopy(obj), dataclasses.replace(obj)):
                assert twin == obj
                assert twin.to_dict() == data
            assert dataclasses.asdict(obj)["other"] == 0
            assert ("value=" in repr(obj)) == ("value" in data)
            assert ("value=None" in repr(obj)) == (data.get("value", 0) is None)


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_a_required_field_is_always_sent_and_null_stays_null(kind: Kind) -> None:
    cls = model(kind, REQUIRED)
    for data in ({"other": 0, "value": None}, {"other": 0, "value": kind.json}):
        for read in readers(cls):
            obj = read(data)
            assert obj.to_dict() == data
            assert (obj.value is None) == (data["value"] is None)
            assert ("value=None" in repr(obj)) == (data["value"] is None)
    assert cls(value=None, other=1).to_dict() == {"value": None, "other": 1}
    assert cls.from_json("{}").value is absent(cls).value is None
    with pytest.raises(DecodeError, match="value: missing, but required"):
        cls.from_dict({"other": 1})


@pytest.mark.parametrize("form", [OPTIONAL, REQUIRED])
@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_a_wrong_type_is_an_error_of_the_field(kind: Kind, form: str) -> None:
    for read in readers(model(kind, form)):
        with pytest.raises(DecodeError, match=r"^Holder: value"):
            read({"other": 0, "value": kind.wrong})


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_edit_sends_each_change_between_the_three(kind: Kind) -> None:
    cls = model(kind, OPTIONAL)
    default = {one.name: one.default for one in msgspec.structs.fields(cls)}["value"]
    value = cls.from_dict({"other": 0, "value": kind.json}).value

    def patch(before: dict[str, Any], *after: Any) -> list[dict[str, Any]]:
        obj = cls.from_json(json.dumps(before))
        base = JsonPatchBase(obj, before)
        for one in after:
            obj.value = one
        return base.patch_for(obj)

    absent, null, full = {"other": 0}, {"other": 0, "value": None}, {"other": 0, "value": kind.json}
    assert patch(absent) == patch(null) == patch(full) == patch(absent, default) == patch(null, None) == []
    assert patch(absent, None) == [{"op": "add", "path": "/value", "value": None}]
    assert patch(absent, value) == [{"op": "add", "path": "/value", "value": kind.json}]
    assert patch(null, value) == [{"op": "replace", "path": "/value", "value": kind.json}]
    assert patch(full, None) == [{"op": "replace", "path": "/value", "value": None}]
    assert patch(null, default) == patch(full, default) == [{"op": "remove", "path": "/value"}]


@pytest.mark.parametrize(
    ("kind", "wrong", "problem"),
    [
        ("int", True, "value: expected int, got bool"),
        ("number", float("nan"), "value: nan has no form in JSON"),
        ("bytes", "text", "value: expected bytes, got str"),
        ("time", MicroTime(2026, 1, 1), "value: .* has no time zone"),
        ("quantity", "5x", "value: '5x' is not a quantity"),
        ("open", Step(step_name="a", key="text"), r"value\.key: expected bytes, got str"),  # type: ignore[arg-type] # the mistake under test
        ("list", "text", "value: expected a list, got str"),
        (
            "list of nullable",
            [None, Step(step_name="a", extra_fields={"b": float("inf")})],
            r"value\[1\]\.extra_fields",
        ),
    ],
)
@pytest.mark.parametrize("form", [OPTIONAL, REQUIRED])
def test_what_cannot_be_sent_is_named(kind: str, wrong: Any, problem: str, form: str) -> None:
    with pytest.raises(InvalidRequest, match=problem):
        model(KINDS[kind], form)(value=wrong, other=0).to_dict()


@dataclass
class Untyped(Model, kw_only=True):
    """Raw JSON and values of any type, which hold null themselves."""

    raw: Raw | UnsetType = UNSET
    anything: Any = UNSET
    needed: Any
    other: int


def test_raw_and_untyped_fields_hold_null_themselves() -> None:
    for data in (
        {"needed": None, "other": 0},
        {"raw": None, "anything": None, "needed": None, "other": 0},
        {"raw": {"a": [None]}, "anything": {"a": [None]}, "needed": 1, "other": 0},
    ):
        for read in readers(Untyped):
            obj = read(data)
            assert obj.to_dict() == data
            assert pickle.loads(pickle.dumps(obj)).to_dict() == data  # noqa: S301 - made here


def test_a_nullable_field_of_an_open_class_is_as_in_a_closed_one() -> None:
    kind = KINDS["open"]
    cls = model(kind, OPTIONAL, BASES["open"])
    data = {"other": 0, "value": None, "more": {"value": None}}
    assert cls.from_dict(data).to_dict() == data
    assert cls.from_json(json.dumps({**data, "other": None})).to_dict() == data
