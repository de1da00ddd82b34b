"""Absent, empty and null: three things, which decoding and encoding keep apart."""

from __future__ import annotations

import copy
import dataclasses
import json
import operator
import pickle
from collections.abc import Callable
from functools import partial
from typing import Any

import msgspec
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from aiokube import ABSENT_DICT, ABSENT_LIST, UNSET, Model, absent
from aiokube.errors import AbsentValue, AiokubeError
from aiokube.models import apps_v1, core_v1, meta_v1
from aiokube.runtime.codec.absent import is_absent
from aiokube.runtime.codec.model import encode
from aiokube.runtime.verbs import dataclass, field


def _pickled(value: Any, protocol: int = pickle.DEFAULT_PROTOCOL) -> Any:
    return pickle.loads(pickle.dumps(value, protocol))  # noqa: S301 # bytes of this test


_COPIES: tuple[Callable[[Any], Any], ...] = (
    copy.copy,
    copy.deepcopy,
    *(partial(_pickled, protocol=protocol) for protocol in range(pickle.HIGHEST_PROTOCOL + 1)),
)


@dataclass
class Part(Model, kw_only=True):
    """An item of a list."""

    name: str
    tags: list[str] = ABSENT_LIST
    anything: Any = UNSET


@dataclass
class Whole(Model, kw_only=True):
    """Each kind of optional field."""

    texts: list[str] = ABSENT_LIST
    labels: dict[str, str] = field(default=ABSENT_DICT, name="theLabels")
    parts: list[Part] = ABSENT_LIST
    by_name: dict[str, Part] = ABSENT_DICT
    anything: Any = UNSET
    spec: Part = absent(Part)
    number: int | float | None = None


_TEXTS = st.lists(st.sampled_from(["", "a"]), max_size=2)
_ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.sampled_from([0.5, 1.0, 1e300, "", "a"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("ab"), inner),
    max_leaves=8,
)
_PARTS = st.fixed_dictionaries({"name": st.just("p")}, optional={"tags": _TEXTS, "anything": _ANYTHING})
_WHOLES = st.fixed_dictionaries(
    {},
    optional={
        "texts": _TEXTS,
        "theLabels": st.dictionaries(st.sampled_from("ab"), st.just("")),
        "parts": st.lists(_PARTS, max_size=2),
        "byName": st.dictionaries(st.sampled_from("ab"), _PARTS),
        "anything": _ANYTHING,
        "spec": _PARTS,
        "number": st.sampled_from([0, 1, 2**62 + 1, 0.0, 1.0, 1.5]),
    },
)


@given(_WHOLES)
@pytest.mark.slow
def test_what_is_decoded_is_encoded_the_same(document: dict[str, Any]) -> None:
    whole = Whole.from_json(json.dumps(document))
    expected = json.dumps(document, sort_keys=True)
    copies = (whole, copy.deepcopy(whole), _pickled(whole), dataclasses.replace(whole))
    for one in (*copies, Whole.from_dict(document), Whole.from_json(whole.to_json())):
        assert json.dumps(one.to_dict(), sort_keys=True) == expected
        assert one == whole


def test_absent_lists_and_maps_are_shared_and_not_sent() -> None:
    whole = Whole.from_json(b"{}")
    assert all(value is ABSENT_LIST for value in (whole.texts, whole.parts))
    assert all(value is ABSENT_DICT for value in (whole.labels, whole.by_name))
    assert (whole.to_dict(), Whole().to_dict()) == ({}, {})


def test_empty_lists_and_maps_that_came_or_were_assigned_are_sent() -> None:
    document: dict[str, Any] = {"texts": [], "theLabels": {}, "parts": [], "byName": {}}
    whole = Whole.from_json(json.dumps(document))
    assert whole.to_dict() == document
    whole.texts.append("a")
    whole.labels["a"] = "b"
    assert whole.to_dict() == {**document, "texts": ["a"], "theLabels": {"a": "b"}}
    assert Whole(texts=[], labels={}).to_dict() == {"texts": [], "theLabels": {}}


def test_a_null_that_means_nothing_is_read_as_absent() -> None:
    whole = Whole.from_json(b'{"texts": null, "theLabels": null, "spec": null, "number": null}')
    assert whole == Whole()
    assert whole.texts is ABSENT_LIST
    assert whole.spec is absent(Part)
    assert whole.to_dict() == {}


@pytest.mark.parametrize(
    "change",
    [
        lambda: ABSENT_LIST.append(1),
        lambda: ABSENT_LIST.extend([]),
        lambda: ABSENT_LIST.insert(0, 1),
        lambda: ABSENT_LIST.__setitem__(slice(None), [1]),
        lambda: ABSENT_LIST.__iadd__([1]),
    ],
)
def test_an_absent_list_cannot_be_changed(change: Callable[[], object]) -> None:
    with pytest.raises(AbsentValue, match=r"^the list is absent .* assign a new list to the field$"):
        change()
    assert ABSENT_LIST == []


@pytest.mark.parametrize(
    "change",
    [
        lambda: ABSENT_DICT.__setitem__("a", "b"),
        lambda: ABSENT_DICT.update(),
        lambda: ABSENT_DICT.setdefault("a", "b"),
        lambda: ABSENT_DICT.__ior__({"a": "b"}),
    ],
)
def test_an_absent_map_cannot_be_changed(change: Callable[[], object]) -> None:
    with pytest.raises(AbsentValue, match=r"assign a new one, such as labels = \{\*\*labels, 'a': 'b'\}$"):
        change()
    assert ABSENT_DICT == {}


def test_the_error_of_a_change_is_a_type_error_of_aiokube() -> None:
    pod = core_v1.Pod()
    with pytest.raises(AbsentValue) as caught:
        pod.metadata.labels["a"] = "b"
    assert isinstance(caught.value, AiokubeError)
    assert isinstance(caught.value, TypeError)


def test_an_absent_list_reads_as_an_empty_one() -> None:
    assert not ABSENT_LIST
    assert (repr(ABSENT_LIST), len(ABSENT_LIST), [*ABSENT_LIST]) == ("[]", 0, [])
    assert ABSENT_LIST == []
    assert ABSENT_LIST != [1]
    for joined in (ABSENT_LIST + [1], [1] + ABSENT_LIST, [*ABSENT_LIST, 1]):  # noqa: RUF005 # `+` is what is tested
        assert (type(joined), joined) == (list, [1])
    assert type(ABSENT_LIST.copy()) is list
    assert type(ABSENT_LIST[:]) is list
    # Nothing is there to be changed.
    ABSENT_LIST.clear()
    ABSENT_LIST.sort()
    with pytest.raises(IndexError):
        ABSENT_LIST.pop()
    with pytest.raises(ValueError, match="not in list"):
        ABSENT_LIST.remove(1)


def test_an_absent_map_reads_as_an_empty_one() -> None:
    assert not ABSENT_DICT
    assert (repr(ABSENT_DICT), len(ABSENT_DICT), {**ABSENT_DICT}) == ("{}", 0, {})
    assert ABSENT_DICT == {}
    assert ABSENT_DICT != {"a": 1}
    for joined in (ABSENT_DICT | {"a": 1}, {"a": 1} | ABSENT_DICT):
        assert (type(joined), joined) == (dict, {"a": 1})
    assert type(ABSENT_DICT.copy()) is dict
    assert ABSENT_DICT.get("a", "b") == ABSENT_DICT.pop("a", "b") == "b"
    with pytest.raises(KeyError):
        ABSENT_DICT.pop("a")


@pytest.mark.parametrize("copied", _COPIES)
def test_copies_of_absent_values_are_the_absent_values(copied: Callable[[Any], Any]) -> None:
    for value in (ABSENT_LIST, ABSENT_DICT, absent(core_v1.PodSpec), UNSET):
        assert copied(value) is value
    pod = copied(core_v1.Pod())
    assert pod.metadata is absent(meta_v1.ObjectMeta)
    assert pod.metadata.labels is ABSENT_DICT
    assert pod.to_dict() == {"apiVersion": "v1", "kind": "Pod"}


def test_pickles_of_absent_values_name_public_modules() -> None:
    for value in (ABSENT_LIST, ABSENT_DICT, absent(core_v1.PodSpec)):
        assert b"aiokube.runtime" not in pickle.dumps(value)


def test_absent_values_in_other_places_are_sent_as_empty_ones() -> None:
    assert encode([ABSENT_LIST, {"a": ABSENT_DICT}, absent(Part)]) == b'[[],{"a":{}},{"name":""}]'
    assert core_v1.PodSpec(containers=ABSENT_LIST).to_dict() == {"containers": []}
    assert Whole(parts=[absent(Part)]).to_dict() == {"parts": [{"name": ""}]}


def test_an_absent_object_has_zero_values() -> None:
    status = absent(core_v1.PodStatus)
    assert not status
    assert isinstance(status, core_v1.PodStatus)
    assert (status.phase, status.pod_ips, status.allocated_resources) == (None, [], {})
    # Required ones, too.
    spec = absent(apps_v1.DeploymentSpec)
    assert spec.template.spec.containers is ABSENT_LIST
    assert spec.selector is absent(meta_v1.LabelSelector)
    assert absent(core_v1.Container).name == ""
    assert absent(meta_v1.APIResource).namespaced is False
    assert core_v1.Pod().status.phase is None


def test_an_absent_object_equals_and_reads_as_one_without_values() -> None:
    status = absent(core_v1.PodStatus)
    assert status == core_v1.PodStatus()
    assert core_v1.PodStatus() == status
    assert status != core_v1.PodStatus(phase="Running")
    assert core_v1.PodStatus(phase="Running") != status
    others: list[Any] = [absent(core_v1.PodSpec), core_v1.PodSpec(containers=[]), None, {}]
    assert all(status != other for other in others)
    assert not operator.ne(absent(core_v1.PodSpec), core_v1.PodSpec(containers=[]))
    assert not operator.ne(core_v1.PodSpec(containers=[]), absent(core_v1.PodSpec))
    assert core_v1.Pod() == core_v1.Pod(status=core_v1.PodStatus(), metadata=meta_v1.ObjectMeta())
    assert repr(status) == "PodStatus()"
    with pytest.raises(TypeError, match="unhashable"):
        hash(status)


def test_an_absent_object_cannot_be_changed() -> None:
    pod = core_v1.Pod()
    problem = r"^the PodStatus is absent and its phase cannot be set; assign a new one: PodStatus\(phase=...\)$"
    with pytest.raises(AbsentValue, match=problem):
        pod.status.phase = "Running"
    with pytest.raises(AbsentValue, match="the PodStatus is absent"):
        del pod.status.phase
    pod.status = core_v1.PodStatus(phase="Running")
    assert pod.to_dict()["status"] == {"phase": "Running"}
    pod.status = core_v1.PodStatus()
    assert pod.to_dict()["status"] == {}
    pod.status = absent(core_v1.PodStatus)
    assert "status" not in pod.to_dict()


def test_dataclasses_take_absent_values_for_ordinary_ones() -> None:
    plain = dataclasses.asdict(core_v1.Pod())
    assert type(plain["status"]["pod_ips"]) is list
    assert type(plain["metadata"]["labels"]) is dict
    assert type(dataclasses.asdict(absent(core_v1.PodStatus))["conditions"]) is list
    status = dataclasses.replace(absent(core_v1.PodStatus), phase="Running")
    assert type(status) is core_v1.PodStatus
    status.phase = "Failed"
    assert status.to_dict() == {"phase": "Failed"}
    assert dataclasses.replace(core_v1.Pod()).to_dict() == {"apiVersion": "v1", "kind": "Pod"}


def test_absent_values_are_told_from_empty_ones() -> None:
    assert all(map(is_absent, (ABSENT_LIST, ABSENT_DICT, absent(core_v1.PodStatus))))
    assert not any(map(is_absent, ([], {}, core_v1.PodStatus(), None, UNSET)))


@pytest.mark.parametrize(
    "write",
    [
        json.dumps,
        lambda value: json.dumps(msgspec.to_builtins(value)),
        lambda value: msgspec.json.encode(value).decode(),
        lambda value: yaml.safe_dump(value).strip(),
        lambda value: yaml.dump(value).strip(),
        lambda value: yaml.dump(value, Dumper=getattr(yaml, "CSafeDumper", yaml.SafeDumper)).strip(),
        str,
    ],
)
def test_other_writers_take_absent_values_for_empty_ones(write: Callable[[Any], str]) -> None:
    pod = core_v1.Pod.from_yaml("metadata: {name: web}")
    assert (write(pod.metadata.labels), write(pod.metadata.finalizers)) == ("{}", "[]")
