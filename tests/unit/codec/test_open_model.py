"""Open classes: typed fields, and all other fields kept, through every form and every change."""

from __future__ import annotations

import copy
import dataclasses
import json
import math
import pickle
from collections.abc import Callable
from datetime import datetime
from typing import Any

import msgspec
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from aiokube import ABSENT_DICT, UNSET, MicroTime, Model, OpenModel, Quantity, absent
from aiokube.errors import AbsentValue, DecodeError, InvalidRequest
from aiokube.models import core_v1
from aiokube.runtime.codec.depth import MAX_DEPTH
from aiokube.runtime.codec.model import encode
from aiokube.runtime.verbs import BytesField, TimeField, dataclass
from aiokube.runtime.verbs.json_patch import JsonPatchBase
from tests.support.open_models import FLOW, STEP, Closed, Flow, FlowList, FlowSpec, RawHolder, RequiringStep, Step

_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.sampled_from([0.5, 1.0, 1e300, "", "a"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "stepName", "*extra_fields", ""]), inner)
    ),
    max_leaves=8,
)
_UNKNOWN = st.dictionaries(
    st.sampled_from(["a", "extraFields", "extra_fields", "step_name", "*extra_fields", "", "ü"]), _JSON
)


def reads(data: dict[str, Any]) -> dict[str, Flow]:
    """The flow read in every way."""
    return {
        "from_dict": Flow.from_dict(data),
        "liberal": Flow.from_dict(data, strict=False),
        "from_json": Flow.from_json(json.dumps(data)),
        "from_yaml": Flow.from_yaml(yaml.safe_dump(data)),
        "load_all": Flow.load_all(yaml.safe_dump({"apiVersion": "v1", "kind": "List", "items": [data]}))[0],
    }


@pytest.mark.parametrize("way", reads(FLOW))
def test_every_way_to_read_keeps_what_is_known_and_what_is_not(way: str) -> None:
    flow = reads(FLOW)[way]

    assert flow.to_dict() == FLOW
    assert json.loads(flow.to_json()) == FLOW
    assert yaml.safe_load(flow.to_yaml()) == FLOW
    assert list(flow.to_dict())[:4] == ["apiVersion", "kind", "metadata", "spec"]
    assert flow.extra_fields == {"status": FLOW["status"], "extraFields": [1]}
    for step in (
        flow.spec.first,
        flow.spec.steps[0],
        (flow.spec.by_name or {})["d"],
        flow.spec.nested[0]["e"][0],
        flow.spec.closed.inner,
    ):
        assert type(step) is Step
        assert step.extra_fields == {"x": STEP["x"]}
        assert step.size == Quantity("1.5")
        assert isinstance(step.started, datetime)
        assert step.key == b"hello"
        assert step.steps == [Step(step_name="b", extra_fields={"x": None})]
    assert flow.spec.maybe is None
    assert isinstance(flow.metadata.managed_fields[0].fields_v1, msgspec.Raw)


def test_nothing_unknown_is_the_shared_absent_map() -> None:
    step = Step.from_json(b'{"stepName": "a"}')
    assert step.extra_fields is ABSENT_DICT
    assert Step(step_name="a").extra_fields is ABSENT_DICT
    with pytest.raises(AbsentValue, match="assign a new one"):
        step.extra_fields["a"] = 1
    step.extra_fields = {"a": 1}
    assert step.to_dict() == {"stepName": "a", "a": 1}


@settings(max_examples=40)
@given(known=st.fixed_dictionaries({"stepName": st.sampled_from(["", "a"])}), unknown=_UNKNOWN)
def test_any_json_is_kept(known: dict[str, Any], unknown: dict[str, Any]) -> None:
    data = {**unknown, **known}
    for step in (Step.from_json(msgspec.json.encode(data)), Step.from_dict(data)):
        assert step.extra_fields == unknown
        assert msgspec.json.decode(step.to_json()) == data
        # To Python, 1 and True and 1.0 are equal.
        assert repr(dict(sorted(step.to_dict().items()))) == repr(dict(sorted(data.items())))


def test_copies_have_the_extra_fields_too() -> None:
    flow = Flow.from_dict(FLOW)
    copies: list[Callable[[Flow], Flow]] = [copy.copy, copy.deepcopy, _pickled, dataclasses.replace]
    for make in copies:
        twin = make(flow)
        assert twin == flow
        assert twin.to_dict() == FLOW
    deep = copy.deepcopy(flow)
    deep.spec.first.extra_fields["x"]["w"] = 2
    deep.extra_fields["status"] = {}
    assert deep != flow
    assert flow.to_dict() == FLOW
    assert dataclasses.replace(flow.spec.first, step_name="z").extra_fields == {"x": STEP["x"]}


def _pickled(value: Any) -> Any:
    return pickle.loads(pickle.dumps(value))  # noqa: S301 # bytes of this test


def test_extra_fields_are_compared() -> None:
    assert Step(step_name="a", extra_fields={"b": 1}) == Step.from_dict({"stepName": "a", "b": 1})
    assert Step(step_name="a", extra_fields={"b": 1}) != Step(step_name="a", extra_fields={"b": 2})
    assert Step(step_name="a", extra_fields={}) == Step(step_name="a")


def test_an_open_class_is_a_dataclass() -> None:
    names = {one.name for one in dataclasses.fields(Step)}
    assert names == {"extra_fields", "step_name", "size", "started", "key", "steps"}
    fields = dataclasses.asdict(Step.from_dict({"stepName": "a", "b": [1], "steps": [{"stepName": "c", "d": 2}]}))
    assert (fields["step_name"], fields["extra_fields"]) == ("a", {"b": [1]})
    assert fields["steps"][0]["extra_fields"] == {"d": 2}


def test_the_repr_has_no_text_of_extra_fields() -> None:
    step = Step(step_name="a", extra_fields={"token": "s3cret", "n": 1, "m": {"s3cret": 1}, "l": ["s3cret"], "b": b"x"})
    assert repr(step) == (
        "Step(step_name='a', extra_fields={'token': <6 characters>, 'n': 1, 'm': <mapping of 1>, 'l': <list of 1>, "
        "'b': <1 bytes>})"
    )
    assert repr(Step(step_name="a")) == "Step(step_name='a')"
    assert "s3cret" not in repr(Closed(inner=step))


def test_an_absent_object_of_an_open_class_is_empty_and_frozen() -> None:
    spec = Flow().spec
    assert not spec
    assert spec is absent(FlowSpec)
    assert spec.first.step_name == ""
    assert spec.extra_fields.get("a") is None
    with pytest.raises(AbsentValue):
        spec.extra_fields["a"] = 1
    assert Flow().to_dict() == {"apiVersion": "flows.example.com/v1", "kind": "Flow"}
    assert spec.to_dict() == {}
    assert encode([spec, absent(Step)]) == b'[{},{"stepName":""}]'
    assert copy.deepcopy(spec) is _pickled(spec) is spec


def test_strict_reading_refuses_unknown_fields_outside_of_open_classes_only() -> None:
    closed = {"odd": 1, "stepName": "a", "inner": {"odd": 1}}
    data = {
        "metadata": {"name": "one"},
        "spec": {"odd": 1, "first": {"odd": 1, "stepName": "a"}, "closed": closed},
    }
    problems = [
        "spec.closed.odd: unknown field",
        "spec.closed.stepName: unknown field; inner.stepName?",
        "spec.closed.inner.stepName: missing, but required",
    ]
    with pytest.raises(DecodeError) as caught:
        Flow.from_dict(data)
    assert str(caught.value).split("\n  ") == ["Flow one: 3 problems", *problems]
    with pytest.raises(DecodeError) as caught:
        FlowList.from_dict({"metadata": {}, "items": [data]})
    assert str(caught.value).split("\n  ")[1:] == [f"items[0] (one): {problem}" for problem in problems]


@pytest.mark.parametrize(
    ("spec", "problem"),
    [
        ({"first": {"stepName": 1}}, "spec.first.stepName: expected a string, got an integer"),
        ({"first": []}, "spec.first: expected a mapping, got a list"),
        ({"maybe": "a"}, "spec.maybe: expected a mapping, got a string"),
        ({"steps": [{"stepName": "a"}, 5]}, "spec.steps[1]: expected a mapping, got an integer"),
        ({"steps": {}}, "spec.steps: expected a list, got a mapping"),
        (
            {"byName": {"a": {"stepName": "a", "started": "now"}}},
            'spec.byName["a"].started: not a time; write it like 2026-01-02T03:04:05Z',
        ),
        ({"nested": [{"a": [{"stepName": "", "key": "?"}]}]}, 'spec.nested[0]["a"][0].key: not base64'),
        ({"first": {"stepName": "a", "size": []}}, "spec.first.size: expected a quantity, got a list"),
        (5, "spec: expected a mapping, got an integer"),
    ],
)
@pytest.mark.parametrize("strict", [True, False])
def test_a_wrong_type_is_named_with_its_path(spec: Any, problem: str, strict: bool) -> None:
    with pytest.raises(DecodeError, match=r"^Flow: ") as caught:
        Flow.from_dict({"spec": spec}, strict=strict)
    assert problem in str(caught.value)


def test_responses_are_read_with_zero_values_around_extra_fields() -> None:
    data = {
        "metadata": {"name": None, "odd": 1},
        "spec": {
            "first": {"x": None, "size": None},
            "maybe": {"stepName": None},
            "steps": [None, {"stepName": None, "y": [None]}],
            "byName": None,
        },
        "z": None,
    }
    flow = Flow.from_json(json.dumps(data))
    assert flow.extra_fields == {"z": None}
    assert flow.spec.first == Step(step_name="", extra_fields={"x": None})
    assert flow.spec.steps == [Step(step_name=""), Step(step_name="", extra_fields={"y": [None]})]
    assert flow.spec.maybe == Step(step_name="")
    assert flow.spec.by_name is None


def test_a_list_of_an_open_kind_keeps_extra_fields_of_its_items() -> None:
    data = {"apiVersion": "flows.example.com/v1", "kind": "FlowList", "metadata": {}, "items": [FLOW, FLOW]}
    listed = FlowList.from_json(json.dumps(data))
    assert [type(one) for one in listed.items] == [Flow, Flow]
    assert listed.to_dict() == data


@pytest.mark.parametrize(
    ("make", "problem"),
    [
        (lambda: {"a": math.nan}, r"spec\.first\.extra_fields\.a: nan has no form in JSON"),
        (lambda: {"a": [{"b": datetime(2026, 1, 1)}]}, r"spec\.first\.extra_fields\.a\[0\]\.b: .* has no time zone"),
        (lambda: {"stepName": "b"}, r'spec\.first\.extra_fields\["stepName"\]: assign to step_name instead'),
        (lambda: [1], r"spec\.first\.extra_fields: expected a dict, got list"),
        (lambda: {"a": object()}, "object"),
    ],
)
def test_what_cannot_be_sent_is_named_with_its_path(make: Callable[[], Any], problem: str) -> None:
    flow = Flow(spec=FlowSpec(first=Step(step_name="a", extra_fields=make())))
    for write in (flow.to_dict, flow.to_json, flow.to_yaml):
        with pytest.raises(InvalidRequest, match=problem):
            write()


def test_known_fields_of_an_open_class_are_checked_and_corrected() -> None:
    with pytest.raises(InvalidRequest, match=r"steps\[0\]\.key: expected bytes, got str"):
        encode(FlowSpec(steps=[Step(step_name="a", key="text")]))  # type: ignore[arg-type] # the mistake under test
    sent = encode({"plain": [Step(step_name="a", size="1", extra_fields={"b": Step(step_name="c")})]})
    assert sent == b'{"plain":[{"stepName":"a","size":"1","b":{"stepName":"c"}}]}'


def test_an_unset_field_of_an_open_class_is_not_sent() -> None:
    step = Step(step_name="a", extra_fields={"b": 1})
    step.started = UNSET  # type: ignore[assignment] # as in a closed class
    assert step.to_dict() == {"stepName": "a", "b": 1}


def test_raw_json_in_any_place_of_an_open_class_stays_raw() -> None:
    data = {
        "byName": {"a": {"b": [1.0]}, "c": None},
        "all": [None, "d"],
        "validation": {"openAPIV3Schema": {"default": {"e": None}, "properties": {"f": {"type": "string"}}}},
        "more": {},
    }
    holder = RawHolder.from_json(json.dumps(data))
    assert all(isinstance(one, msgspec.Raw) for one in [*(holder.by_name or {}).values(), *holder.all])
    assert holder.to_dict() == data
    assert RawHolder.from_dict({"byName": None}).to_dict() == {"byName": None}


def test_an_absent_object_has_absent_objects_of_open_classes() -> None:
    assert absent(RequiringStep).step is absent(Step)


def test_an_object_of_a_closed_class_in_extra_fields_is_sent() -> None:
    step = Step(
        step_name="a", extra_fields={"pod": core_v1.Pod(), "steps2": [Step(step_name="b", extra_fields={"c": 1})]}
    )
    assert step.to_dict() == {
        "stepName": "a",
        "pod": {"apiVersion": "v1", "kind": "Pod"},
        "steps2": [{"stepName": "b", "c": 1}],
    }


def _patch(change: Callable[[Flow], object]) -> list[dict[str, Any]]:
    flow = Flow.from_dict(FLOW)
    base = JsonPatchBase(flow, copy.deepcopy(FLOW))
    change(flow)
    return base.patch_for(flow)


def _set(flow: Flow, **attributes: Any) -> None:
    for name, value in attributes.items():
        setattr(flow, name, value)


@pytest.mark.parametrize(
    ("change", "patch"),
    [
        (lambda flow: None, []),
        (
            lambda flow: flow.extra_fields["status"].update(phase="Done"),
            [{"op": "replace", "path": "/status/phase", "value": "Done"}],
        ),
        (lambda flow: flow.extra_fields.update(new={"a": 1}), [{"op": "add", "path": "/new", "value": {"a": 1}}]),
        (lambda flow: flow.extra_fields.pop("status"), [{"op": "remove", "path": "/status"}]),
        (
            lambda flow: _set(flow, extra_fields={"status": flow.extra_fields["status"], "b": 1}),
            [{"op": "remove", "path": "/extraFields"}, {"op": "add", "path": "/b", "value": 1}],
        ),
        (
            lambda flow: flow.spec.steps[0].extra_fields["x"]["w"].append(2),
            [{"op": "add", "path": "/spec/steps/0/x/w/4", "value": 2}],
        ),
        (
            lambda flow: flow.spec.steps[1].extra_fields.update({"*extra_fields": 1}),
            [{"op": "add", "path": "/spec/steps/1/*extra_fields", "value": 1}],
        ),
        (
            lambda flow: setattr(flow.spec.first, "step_name", "z"),
            [{"op": "replace", "path": "/spec/first/stepName", "value": "z"}],
        ),
        (
            lambda flow: flow.spec.steps.reverse(),
            [{"op": "move", "from": "/spec/steps/0", "path": "/spec/steps/1"}],
        ),
        (
            lambda flow: setattr(flow.spec, "maybe", Step(step_name="n", extra_fields={"o": 1})),
            [{"op": "replace", "path": "/spec/maybe", "value": {"stepName": "n", "o": 1}}],
        ),
    ],
)
def test_edit_sends_what_was_changed(change: Callable[[Flow], object], patch: list[dict[str, Any]]) -> None:
    found = _patch(change)
    if any(one["op"] == "move" for one in patch):
        assert [one["op"] for one in found] == ["move"]
    else:
        assert found == patch


def test_edit_of_a_copy_sends_what_was_changed() -> None:
    flow = Flow.from_dict(FLOW)
    base = JsonPatchBase(flow, copy.deepcopy(FLOW))
    twin = copy.deepcopy(flow)
    twin.spec.first.extra_fields["x"]["w"][0] = 7
    assert base.patch_for(twin) == [{"op": "replace", "path": "/spec/first/x/w/0", "value": 7}]


def _deep(depth: int) -> bytes:
    return b'{"stepName":"a","x":' + b"[" * (depth - 1) + b"]" * (depth - 1) + b"}"


def test_extra_fields_are_read_up_to_the_bound() -> None:
    assert Step.from_json(_deep(MAX_DEPTH)).to_json() == _deep(MAX_DEPTH)
    for depth in (MAX_DEPTH + 1, 100_000):
        with pytest.raises(DecodeError, match=r"^Step: the data is nested deeper than 250 levels$"):
            Step.from_json(_deep(depth))


def test_open_classes_in_one_another_are_read_up_to_the_bound() -> None:
    half = MAX_DEPTH // 2
    data = b'{"stepName":"a","steps":[' * (half - 1) + b'{"stepName":"a","x":{}}' + b"]}" * (half - 1)
    assert Step.from_json(data).to_json() == data
    with pytest.raises(DecodeError, match=r"^Step: the data is nested deeper than 250 levels$"):
        Step.from_json(b'{"stepName":"a","steps":[' + data + b"]}")


_TYPES = (str, int, int | float, bool, int | str, bytes, datetime, MicroTime, TimeField, BytesField, Quantity, Any)
_TEXTS = (
    *("1.0", "1", "1e2", "1.5", "-0", "-0.0", "9223372036854775808", "-9223372036854775809", "1e400", "true", "null"),
    *('""', '"1"', '"YQ=="', '"YR=="', '"YQ"', r'"YQ==\n"', r'"\ud83d\ude00"', "[]", "[1.0]", "{}", '{"1":1.0}'),
    *('"2026-01-01T00:00:00Z"', '"2026-01-01t00:00:00z"', '"2026-01-01 00:00:00Z"', '"2026-01-01T00:00:00"'),
    *('"2026-01-01"', '"2026-01-01T00:00:00.1234567+02:00"', '"2026-01-01T00:00:60Z"'),
)


@pytest.mark.parametrize("kind", _TYPES, ids=str)
def test_a_field_of_an_open_class_is_read_as_that_of_a_closed_one(kind: Any) -> None:
    for value in (kind, list[kind], dict[str, kind]):
        namespace = {"__module__": __name__, "__doc__": "A class.", "__annotations__": {"value": value}}
        make: Any = type(Model)
        closed, opened = (
            dataclass(make("Holder", (base,), {**namespace}, kw_only=True)) for base in (Model, OpenModel)
        )
        for text in _TEXTS:
            for place in (text, f"[{text}]", f'{{"a":{text}}}'):
                assert _outcome(opened, f'{{"value":{place}}}') == _outcome(closed, f'{{"value":{place}}}')


def _outcome(cls: type[Model], text: str) -> tuple[str, bytes | None] | None:
    """The value as it is read, and as it is sent."""
    try:
        obj: Any = cls.from_json(text)
    except DecodeError:
        return None
    try:
        return repr(obj.value), obj.to_json()
    except InvalidRequest:
        return repr(obj.value), None
