"""The objects of an informer, with indices."""

from __future__ import annotations

import logging
from collections.abc import Callable, Hashable, Iterable, Mapping
from typing import Generic, TypeVar

from ..errors import InvalidArgument
from .object_key import ObjectKey, PlainKey
from .slices import free

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
        self._objects: dict[PlainKey, T] = {}
        self._indices = {name: _Index(name, indexer) for name, indexer in indexers.items()}

    def __len__(self) -> int:
        return len(self._objects)

    @property
    def objects(self) -> Mapping[PlainKey, T]:
        """All objects by key."""
        return self._objects

    def get(self, key: PlainKey) -> T | None:
        """Return the object of a key, or None."""
        return self._objects.get(key)

    def find(self, index: str, value: Hashable) -> list[T]:
        """Return the objects with a value in an index.

        Raises:
            InvalidArgument: The index does not exist.
        """
        if index not in self._indices:
            known = ", ".join(sorted(self._indices)) or "none"
            raise InvalidArgument(f"index {index!r} does not exist; existing indices: {known}")
        return [self._objects[key] for key in self._indices[index].keys_of(value)]

    def set(self, key: PlainKey, obj: T) -> None:
        """Set the object of a key."""
        self._objects[key] = obj
        for index in self._indices.values():
            index.set(key, obj)

    def remove(self, key: PlainKey) -> T | None:
        """Remove the object of a key and return it, or None."""
        for index in self._indices.values():
            index.remove(key)
        return self._objects.pop(key, None)

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

    def empty(self) -> Store[T]:
        """Return a store without objects, with the same index functions."""
        return Store({name: index.indexer for name, index in self._indices.items()})

    async def free(self) -> None:
        """Free the objects of a store that nobody reads any longer, slice by slice."""
        self._indices.clear()
        await free(self._objects)


class _Index(Generic[T]):
    def __init__(self, name: str, indexer: IndexFunc[T]) -> None:
        self.indexer = indexer
        self._name = name
        # A value that only one object has, such as an address, needs no dict. Dicts instead of sets keep the order.
        self._keys: dict[Hashable, PlainKey | dict[PlainKey, None]] = {}
        self._values: dict[PlainKey, tuple[Hashable, ...]] = {}

    def keys_of(self, value: Hashable) -> Iterable[PlainKey]:
        keys = self._keys.get(value, {})
        return keys if isinstance(keys, dict) else (keys,)

    def set(self, key: PlainKey, obj: T) -> None:
        values = self._values_of(key, obj)
        if values == self._values.get(key, ()):
            return
        self.remove(key)
        if not values:
            return
        self._values[key] = values
        for value in values:
            keys = self._keys.setdefault(value, key)
            if isinstance(keys, dict):
                keys[key] = None
            elif keys is not key:
                self._keys[value] = {keys: None, key: None}

    def remove(self, key: PlainKey) -> None:
        for value in self._values.pop(key, ()):
            keys = self._keys[value]
            if isinstance(keys, dict):
                del keys[key]
            if keys == key or not keys:
                del self._keys[value]

    def _values_of(self, key: PlainKey, obj: T) -> tuple[Hashable, ...]:
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
            name = ObjectKey.of_plain(key)
            _log.exception("index function %r failed on %s, which is left out of the index", self._name, name)
            return ()
        return (value,)
