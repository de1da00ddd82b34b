"""The indices of a store are always consistent with its objects."""

from __future__ import annotations

import gc

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from aiokube.runtime.watching.object_key import ObjectKey, PlainKey
from aiokube.runtime.watching.store import Store

_keys = st.builds(ObjectKey, st.sampled_from(["one", "two"]), st.sampled_from("abcd")).map(lambda key: key.plain)
_objects = st.text("xyz", max_size=3)
_VALUES = "xyz"


class Stores(RuleBasedStateMachine):
    """A store of strings, indexed by their letters and by their first letter."""

    def __init__(self) -> None:
        super().__init__()
        self.store = Store[str]({"letters": list, "first": lambda text: text[0] if text else None})
        self.model: dict[PlainKey, str] = {}

    @rule(key=_keys, obj=_objects)
    def set(self, key: PlainKey, obj: str) -> None:
        self.store.set(key, obj)
        self.model[key] = obj

    @rule(key=_keys)
    def remove(self, key: PlainKey) -> None:
        assert self.store.remove(key) == self.model.pop(key, None)

    @rule()
    def empty(self) -> None:
        self.store = self.store.empty()
        self.model = {}

    @invariant()
    def indices_agree(self) -> None:
        assert self.store.objects == self.model
        assert len(self.store) == len(self.model)
        for value in _VALUES:
            with_letter = [text for text in self.model.values() if value in text]
            assert sorted(self.store.find("letters", value)) == sorted(with_letter)
            with_first_letter = [text for text in self.model.values() if text.startswith(value)]
            assert sorted(self.store.find("first", value)) == sorted(with_first_letter)

    @invariant()
    def indices_hold_no_stale_entries(self) -> None:
        for index in self.store._indices.values():
            assert set(index._keys) == {value for values in index._values.values() for value in values}
            assert all(index._keys.values())


TestStores = pytest.mark.slow(Stores.TestCase)


def test_an_index_added_later_covers_existing_objects() -> None:
    store = Store[str]({})
    store.set(ObjectKey(None, "a").plain, "x")
    store.add_index("text", lambda text: text)
    assert store.find("text", "x") == ["x"]
    store.set(ObjectKey(None, "a").plain, "y")
    assert (store.find("text", "x"), store.find("text", "y")) == ([], ["y"])


def test_the_garbage_collector_tracks_nothing_per_object() -> None:
    indexers = {"name": lambda text: text, "letters": list, "all": lambda _: "everything"}
    store = Store[str](indexers)
    for number in range(10):
        store.set(ObjectKey("default", f"object-{number}").plain, f"{number}")
    gc.collect()
    inside: list[object] = [*store.objects, *store.objects.values()]
    for index in store._indices.values():
        inside += [*index._keys, *index._values, *index._values.values()]
        inside += [keys for keys in index._keys.values() if not isinstance(keys, dict)]
    assert len(inside) > 100
    assert not [each for each in inside if gc.is_tracked(each)]


def test_a_value_of_one_object_needs_no_dict() -> None:
    store = Store[str]({"text": lambda text: text})
    store.set(ObjectKey("default", "a").plain, "x")
    keys = store._indices["text"]._keys
    assert keys == {"x": ObjectKey("default", "a").plain}
    store.set(ObjectKey("default", "b").plain, "x")
    store.remove(ObjectKey("default", "a").plain)
    assert store.find("text", "x") == ["x"]
    store.remove(ObjectKey("default", "b").plain)
    assert not keys
