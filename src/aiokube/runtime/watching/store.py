"""The objects that an informer keeps, and the ways to find them."""

from __future__ import annotations

import logging
from collections.abc import Callable, Hashable, Iterable, Mapping, ValuesView
from typing import Generic, TypeVar

from ..errors import InvalidArgument
from .object_key import ObjectKey

T = TypeVar("T")

IndexFunc = Callable[[T], object]
"""What an object is found by: a value, several in a list or set, or None for nothing."""

_log = logging.getLogger("aiokube.watching")


class Store(Generic[T]):
    """Objects by key, and by the values that indexers give for them.

    Args:
        indexers: for each index, the function that says what an object is found by.
    """

    def __init__(self, indexers: Mapping[str, IndexFunc[T]]) -> None:
        self._objects: dict[ObjectKey, T] = {}
        self._indices = {name: _Index(name, indexer) for name, indexer in indexers.items()}

    def __len__(self) -> int:
        return len(self._objects)

    def get(self, key: ObjectKey) -> T | None:
        """The object of a key."""
        return self._objects.get(key)

    def items(self) -> Iterable[tuple[ObjectKey, T]]:
        """Every key with its object."""
        return self._objects.items()

    def values(self) -> ValuesView[T]:
        """Every object."""
        return self._objects.values()

    def find(self, index: str, value: Hashable) -> list[T]:
        """The objects for which an indexer gave a value.

        Raises:
            InvalidArgument: there is no such index.
        """
        if index not in self._indices:
            known = ", ".join(sorted(self._indices)) or "none"
            raise InvalidArgument(f"there is no index {index!r}; there are: {known}")
        return [self._objects[key] for key in self._indices[index].keys_of(value)]

    def set(self, key: ObjectKey, obj: T) -> T | None:
        """Put an object in the place of what the key had, which is returned."""
        old = self._objects.get(key)
        self._objects[key] = obj
        for index in self._indices.values():
            index.set(key, obj)
        return old

    def remove(self, key: ObjectKey) -> T | None:
        """Take out the object of a key and return it."""
        for index in self._indices.values():
            index.remove(key)
        return self._objects.pop(key, None)

    def replace(self, objects: dict[ObjectKey, T]) -> dict[ObjectKey, T]:
        """Put other objects in the place of all, in one step, and return those that were there."""
        indices = {name: _Index(name, index.indexer) for name, index in self._indices.items()}
        for index in indices.values():
            for key, obj in objects.items():
                index.set(key, obj)
        old, self._objects, self._indices = self._objects, objects, indices
        return old

    def add_index(self, name: str, indexer: IndexFunc[T]) -> None:
        """Find the objects by something else, too.

        Raises:
            InvalidArgument: the name is taken.
        """
        if name in self._indices:
            raise InvalidArgument(f"there is an index {name!r} already")
        index = _Index(name, indexer)
        for key, obj in self._objects.items():
            index.set(key, obj)
        self._indices[name] = index


class _Index(Generic[T]):
    def __init__(self, name: str, indexer: IndexFunc[T]) -> None:
        self.indexer = indexer
        self._name = name
        # Dicts where sets would do: they keep the order in which objects came.
        self._keys: dict[Hashable, dict[ObjectKey, None]] = {}
        self._values: dict[ObjectKey, tuple[Hashable, ...]] = {}

    def keys_of(self, value: Hashable) -> Iterable[ObjectKey]:
        return self._keys.get(value, ())

    def set(self, key: ObjectKey, obj: T) -> None:
        values = self._values_of(key, obj)
        if values == self._values.get(key, ()):
            return
        self.remove(key)
        if not values:
            return
        self._values[key] = values
        for value in values:
            self._keys.setdefault(value, {})[key] = None

    def remove(self, key: ObjectKey) -> None:
        for value in self._values.pop(key, ()):
            keys = self._keys[value]
            del keys[key]
            if not keys:
                del self._keys[value]

    def _values_of(self, key: ObjectKey, obj: T) -> tuple[Hashable, ...]:
        try:
            found = self.indexer(obj)
            if found is None:
                return ()
            if isinstance(found, (list, set, frozenset)):
                return tuple(dict.fromkeys(found))
            hash(found)
        except Exception:
            # One odd object must not end the cache of all the others.
            _log.exception("the indexer %r failed on %s, which it will not find", self._name, key)
            return ()
        return (found,)
