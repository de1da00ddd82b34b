"""Objects of kinds without a schema: typed metadata, and everything else by items."""

from __future__ import annotations

import copy
import dataclasses
import json
import pickle
from typing import Any

import msgspec
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from aiokube import DynamicMetadata, DynamicObject, key_of
from aiokube.errors import AbsentValue, DecodeError, InvalidArgument
from aiokube.runtime.codec.model import expected_kind
from aiokube.runtime.codec.object_list import list_of
from aiokube.runtime.codec.partial_metadata import PartialObjectMetadata
from aiokube.runtime.verbs.bodies import metadata_field, without_managed_fields
from aiokube.runtime.verbs.json_patch import JsonPatchBase
from tests.support.open_models import WILD, Wild, WildList

_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.sampled_from([0.5, 1.0, "", "a"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "kind", "*extra_fields"]), inner),
    max_leaves=8,
)


@pytest.mark.parametrize("cls", [DynamicObject, Wild])
def test_nothing_is_lost(cls: type[DynamicObject]) -> None:
    for obj in (cls.from_dict(WILD), cls.from_json(json.dumps(WILD)), cls.from_yaml(yaml.safe_dump(WILD))):
        assert obj.to_dict() == WILD
        assert list(obj.to_dict()) == ["apiVersion", "kind", "metadata", "spec", "status", "words"]
        assert yaml.safe_load(obj.to_yaml()) == WILD
        assert obj.metadata.managed_fields[0].manager == "kubectl"
        assert isinstance(obj.metadata.managed_fields[0].fields_v1, msgspec.Raw)
        assert obj.metadata.extra_fields == {"selfLink": "/apis/flows.example.com/v1/wilds/one"}
        for twin in (copy.deepcopy(obj), pickle.loads(pickle.dumps(obj)), dataclasses.replace(obj)):  # noqa: S301 - made here
            assert twin == obj
            assert twin.to_dict() == WILD


def test_fields_of_newer_servers_are_kept_in_the_metadata() -> None:
    owner = {"apiVersion": "v1", "kind": "Node", "name": "n", "uid": "u", "controller": False, "newer": {"a": [None]}}
    entry = {"manager": "m", "operation": "Apply", "fieldsV1": {"f:spec": {}}, "newer": [1]}
    data = {
        "apiVersion": "a.example.com/v1",
        "kind": "Any",
        "metadata": {"name": "one", "ownerReferences": [owner], "managedFields": [entry], "newer": 1},
    }
    obj = DynamicObject.from_json(json.dumps(data))
    assert obj.to_dict() == data
    assert obj.metadata.owner_references[0].controller is False
    assert obj.metadata.managed_fields[0].extra_fields == {"newer": [1]}
    listed = list_of(DynamicObject).from_json(json.dumps({"items": [data]}))
    for twin in (copy.deepcopy(obj), pickle.loads(pickle.dumps(obj)), listed[0]):  # noqa: S301 - made here
        assert twin.to_dict() == data


@settings(max_examples=40)
@given(
    st.dictionaries(st.sampled_from(["spec", "status", "data", "", "*extra_fields", "extra_fields", "items"]), _JSON)
)
def test_any_json_is_kept(fields: dict[str, Any]) -> None:
    data = {"apiVersion": "a.example.com/v1", "kind": "Any", "metadata": {"name": "one"}, **fields}
    obj = DynamicObject.from_json(msgspec.json.encode(data))
    assert repr(obj.to_dict()) == repr(data)


def test_items_are_read_and_written_like_those_of_a_dict() -> None:
    obj = DynamicObject.from_dict(WILD)
    assert obj["spec"]["replicas"] == 1
    assert ("spec" in obj, "data" in obj, "metadata" in obj, 5 in obj) == (True, False, False, False)
    assert [*obj] == ["spec", "status", "words"]
    assert (obj.get("words"), obj.get("data"), obj.get("data", {})) == (["a"], None, {})
    with pytest.raises(KeyError, match="data"):
        obj["data"]
    with pytest.raises(KeyError, match="data"):
        del obj["data"]

    obj["spec"]["replicas"] += 1
    obj["data"] = {"a": "b"}
    del obj["words"], obj["status"]

    assert obj.to_dict() == {
        **{name: WILD[name] for name in ("apiVersion", "kind", "metadata")},
        "spec": {**WILD["spec"], "replicas": 2},
        "data": {"a": "b"},
    }


def test_the_first_item_of_a_new_object_needs_nothing_else() -> None:
    obj = DynamicObject(api_version="v1", kind="ConfigMap", metadata=DynamicMetadata(name="one"))
    assert obj.get("data") is None
    with pytest.raises(KeyError):
        del obj["data"]
    obj["data"] = {"a": "b"}
    assert obj.to_dict() == {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "one"},
        "data": {"a": "b"},
    }
    assert DynamicObject(kind="Other").get("data") is None


@pytest.mark.parametrize(
    ("name", "attribute"), [("metadata", "metadata"), ("apiVersion", "api_version"), ("kind", "kind")]
)
def test_an_attribute_is_not_an_item(name: str, attribute: str) -> None:
    obj = DynamicObject.from_dict(WILD)
    for use in (obj.__getitem__, obj.__delitem__, obj.get, lambda item: obj.__setitem__(item, 1)):
        with pytest.raises(
            InvalidArgument, match=f"^'{name}' is not an item of DynamicObject; use the attribute {attribute}$"
        ):
            use(name)


def test_an_item_is_not_an_attribute() -> None:
    obj: Any = DynamicObject.from_dict(WILD)
    with pytest.raises(AttributeError, match=r"object has no attribute 'spec'; it is an item: obj\['spec'\]$"):
        _ = obj.spec
    with pytest.raises(AttributeError, match=r"^'DynamicObject' object has no attribute 'data'$"):
        _ = obj.data
    assert not hasattr(obj, "spec")
    assert copy.deepcopy(obj) == obj


def test_a_kind_fills_in_and_checks_its_type() -> None:
    assert expected_kind(DynamicObject) is None
    assert expected_kind(Wild) == ("flows.example.com/v1", "Wild")
    assert Wild().to_dict() == {"apiVersion": "flows.example.com/v1", "kind": "Wild"}
    assert Wild.from_dict({"spec": 1}).kind == "Wild"
    assert DynamicObject.from_dict({"spec": 1}).to_dict() == {"spec": 1}
    with pytest.raises(DecodeError, match=r"expected Wild of flows\.example\.com/v1, got Other"):
        Wild.from_dict({**WILD, "kind": "Other"})
    with pytest.raises(DecodeError, match=r"expected Wild of flows\.example\.com/v1, got Other"):
        Wild.from_json(json.dumps({**WILD, "kind": "Other"}))


def test_a_list_keeps_the_fields_of_its_items() -> None:
    data = {"apiVersion": "flows.example.com/v1", "kind": "WildList", "metadata": {}, "items": [WILD]}
    listed = WildList.from_json(json.dumps(data))
    assert type(listed.items[0]) is Wild
    assert listed.to_dict() == data


def test_metadata_without_values_is_absent_and_frozen() -> None:
    obj = DynamicObject.from_json(b'{"kind":"Any","metadata":null}')
    assert not obj.metadata
    assert (obj.metadata.name, obj.metadata.labels, obj.metadata.generation) == ("", {}, None)
    with pytest.raises(AbsentValue):
        obj.metadata.name = "one"
    with pytest.raises(DecodeError, match=r'^DynamicObject: metadata.labels\["a"\]: expected a string, got an integer'):
        DynamicObject.from_json(b'{"kind":"Any","metadata":{"labels":{"a":1}}}')


def test_the_runtime_finds_its_metadata() -> None:
    obj = DynamicObject.from_dict(WILD)
    assert str(key_of(obj)) == "shop/one"
    assert metadata_field(obj, "name") == "one"
    assert "managedFields" not in json.loads(json.dumps(without_managed_fields(obj)["metadata"]))  # type: ignore[index] # a dict
    assert not hasattr(PartialObjectMetadata.from_dict({}).metadata, "managed_fields")


def test_edit_sends_what_was_changed() -> None:
    obj = Wild.from_dict(WILD)
    base = JsonPatchBase(obj, copy.deepcopy(WILD))
    obj["spec"]["odd"][2]["a"] = "c"
    obj["new"] = 1
    obj.metadata.labels["x"] = "y"
    del obj["words"]
    assert base.patch_for(obj) == [
        {"op": "remove", "path": "/words"},
        {"op": "add", "path": "/metadata/labels/x", "value": "y"},
        {"op": "replace", "path": "/spec/odd/2/a", "value": "c"},
        {"op": "add", "path": "/new", "value": 1},
    ]


def test_the_repr_names_fields_without_their_text() -> None:
    secret = {"kind": "Secret", "metadata": {"name": "one"}, "data": {"password": "czNjcmV0"}, "type": "Opaque"}
    assert repr(DynamicObject.from_dict(secret)) == (
        "DynamicObject(kind='Secret', metadata=DynamicMetadata(name='one'), "
        "extra_fields={'data': <mapping of 1>, 'type': <6 characters>})"
    )
