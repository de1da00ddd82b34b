"""The objects of an informer, with indices."""

from __future__ import annotations

import logging
from collections.abc import Callable, Hashable, Iterable, Mapping, ValuesView
from typing import Generic, TypeVar

from ..errors import InvalidArgument
from .object_key import ObjectKey

T = TypeVar("T")

IndexFunc = Callable[[T], object]
"""Function that returns the index value of an object, a list or set of values, or None to leave the object out."""

_log = logging.getLogger("aiokube.watching")


class Store(Generic[T]):
    """Objects by key and by index value.

    Args:
        indexers: Index functions by name.
    """

    def __init__(self, indexers: Mapping[str, IndexFunc[T]]) -> None:
        self._objects: dict[ObjectKey, T] = {}
        self._indices = {name: _Index(name, indexer) for name, indexer in indexers.items()}

    def __len__(self) -> int:
        return len(self._objects)

    def get(self, key: ObjectKey) -> T | None:
        """Return the object of a key, or None."""
        return self._objects.get(key)

    def items(self) -> Iterable[tuple[ObjectKey, T]]:
        """Return all keys with their objects."""
        return self._objects.items()

    def values(self) -> ValuesView[T]:
        """Return all objects."""
        return self._objects.values()

    def find(self, index: str, value: Hashable) -> list[T]:
        """Return the objects with a value in an index.

        Raises:
            InvalidArgument: The index does not exist.
        """
        if index not in self._indices:
            known = ", ".join(sorted(self._indices)) or "none"
            raise InvalidArgument(f"index {index!r} does not exist; existing indices: {known}")
        return [self._objects[key] for key in self._indices[index].keys_of(value)]

    def set(self, key: ObjectKey, obj: T) -> T | None:
        """Set the object of a key and return the previous one, or None."""
        old = self._objects.get(key)
        self._objects[key] = obj
        for index in self._indices.values():
            index.set(key, obj)
        return old

    def remove(self, key: ObjectKey) -> T | None:
        """Remove the object of a key and return it, or None."""
        for index in self._indices.values():
            index.remove(key)
        return self._objects.pop(key, None)

    def replace(self, objects: dict[ObjectKey, T]) -> dict[ObjectKey, T]:
        """Replace all objects atomically, and return the previous ones."""
        indices = {name: _Index(name, index.indexer) for name, index in self._indices.items()}
        for index in indices.values():
            for key, obj in objects.items():
                index.set(key, obj)
        old, self._objects, self._indices = self._objects, objects, indices
        return old

    def add_index(self, name: str, indexer: IndexFunc[T]) -> None:
        """Add an index over all objects.

        Raises:
            InvalidArgument: An index of this name exists.
        """
        if name in self._indices:
            raise InvalidArgument(f"index {name!r} already exists; choose another name")
        index = _Index(name, indexer)
        for key, obj in self._objects.items():
            index.set(key, obj)
        self._indices[name] = index


class _Index(Generic[T]):
    def __init__(self, name: str, indexer: IndexFunc[T]) -> None:
        self.indexer = indexer
        self._name = name
        # Dicts instead of sets, to keep insertion order.
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
            value = self.indexer(obj)
            if value is None:
                return ()
            if isinstance(value, (list, set, frozenset)):
                return tuple(dict.fromkeys(value))
            hash(value)
        except (KeyboardInterrupt, SystemExit):
            raise
        except BaseException:
            # One malformed object must not stop the cache.
            _log.exception("index function %r failed on %s, which is left out of the index", self._name, key)
            return ()
        return (value,)
