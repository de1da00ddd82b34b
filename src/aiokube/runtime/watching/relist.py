"""The next state of a cache, built from a list while the current state is read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Generic, TypeVar

from .object_key import PlainKey, plain_key_of
from .slices import slices, turn
from .store import Store

T = TypeVar("T")


class Relist(Generic[T]):
    """The objects of a list, received in any number of parts.

    An object whose resource version is known stays the known object, so the received one can be freed at once.

    Args:
        known: The current state, which does not change in the meantime.
    """

    def __init__(self, known: Store[T]) -> None:
        self.store: Store[T] = known.empty()
        self._known = known
        self._undecodable: dict[PlainKey, str] = {}

    async def add(self, objects: list[T]) -> None:
        """Move objects out of a list, slice by slice."""
        for part in slices(_drained(objects)):
            for obj in part:
                self.set(obj)
            await turn()

    def set(self, obj: T) -> None:
        """Add an object, or replace it by a newer state."""
        key = plain_key_of(obj)
        known = self._known.get(key)
        if known is not None and is_same_state(known, obj):
            obj = known
        self.store.set(key, obj)

    def remove(self, key: PlainKey) -> None:
        """Remove an object that was deleted since."""
        self._undecodable.pop(key, None)
        self.store.remove(key)

    def add_undecodable(self, key: PlainKey, uid: str) -> None:
        """Add an object whose state is undecodable: the last known state stays, unless another one comes.

        Args:
            key: Key of the object.
            uid: Its UID; empty if unknown. What is known of another object of this name does not stay.
        """
        self._undecodable[key] = uid

    async def restart(self) -> None:
        """Drop what was received."""
        received, self.store = self.store, self.store.empty()
        self._undecodable.clear()
        await received.free()

    async def finish(self) -> list[PlainKey]:
        """Complete the state, and return the keys that differ from the current one: first those that are gone."""
        for key, uid in self._undecodable.items():
            known = self._known.get(key)
            if known is not None and self.store.get(key) is None and not is_other(known, uid):
                self.store.set(key, known)
        changed: list[PlainKey] = []
        for gone in slices(self._known.objects):
            changed += [key for key in gone if self.store.get(key) is None]
            await turn()
        for part in slices(self.store.objects.items()):
            changed += [key for key, obj in part if self._known.get(key) is not obj]
            await turn()
        return changed


def is_same_state(known: Any, obj: Any) -> bool:
    """Return whether two objects of one name are the same object, at the same resource version."""
    one, other = known.metadata, obj.metadata
    return one.resource_version == other.resource_version and one.uid == other.uid  # type: ignore[no-any-return]


def is_other(obj: Any, uid: str) -> bool:
    """Return whether a UID is that of another object; not if one of the two is unknown."""
    return bool(uid and obj.metadata.uid and obj.metadata.uid != uid)


def _drained(objects: list[T]) -> Iterator[T]:
    objects.reverse()
    while objects:
        yield objects.pop()
