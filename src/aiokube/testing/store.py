"""Objects, by collection and key, with one resource version that grows, and the history that watches and pages need.

Objects are plain JSON data without `apiVersion` and `kind`, which depend on the version that they are read in. What is
stored is never changed: a write stores another object.

A state of the past is the present one with the changes since then undone. So a list of one moment costs nothing until a
client asks for its second page, and both it and a watch end at the same place: where the history was compacted.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from functools import cached_property
from typing import Any, Literal, NamedTuple

import msgspec

Object = dict[str, Any]
ChangeType = Literal["ADDED", "MODIFIED", "DELETED"]

HISTORY = 20_000
HISTORY_SIZE = 64 << 20

FIRST_REVISION = 1

_encode = msgspec.json.Encoder().encode


class Key(NamedTuple):
    """Namespace and name; the namespace is empty for objects of the cluster."""

    namespace: str
    name: str


class Record:
    """A state of an object."""

    def __init__(self, obj: Object, revision: int) -> None:
        self.obj = obj
        self.revision = revision

    @cached_property
    def encoded(self) -> bytes:
        """The object as JSON, encoded once for all lists and watches."""
        return _encode(self.obj)


Place = tuple[str, Key]
"""Collection and key of an object."""


class Change(NamedTuple):
    """A change of an object."""

    revision: int
    type: ChangeType
    key: Key
    old: Record | None
    new: Record
    """The state after the change; of a deleted object, the last one, with the version of its deletion."""


class Compacted(Exception):
    """The history does not reach back to a revision."""


def copied(value: Any) -> Any:
    """Return a copy of JSON data."""
    if isinstance(value, dict):
        return {key: copied(child) for key, child in value.items()}
    return [copied(item) for item in value] if isinstance(value, list) else value


class Store:
    """The state of a cluster.

    Args:
        history: Number of changes that are remembered until they are compacted.
        history_size: Bytes of JSON of the changes that are remembered.
    """

    def __init__(self, *, history: int = HISTORY, history_size: int = HISTORY_SIZE) -> None:
        self.revision: int = FIRST_REVISION
        self.compacted: int = 0
        """Changes up to this revision are forgotten."""
        self._objects: dict[str, dict[Key, Record]] = {}
        self._history: deque[tuple[str, Change]] = deque()
        self._size = 0
        self._most = history
        self._largest = history_size
        self._listeners: dict[str, set[Callable[[Change], None]]] = {}
        self._observers: set[Callable[[str, Change], None]] = set()
        self._places: dict[str, Place] = {}
        self._owned: dict[str, set[Place]] = {}

    def get(self, collection: str, key: Key) -> Record | None:
        """Return an object; None if there is none."""
        return self._objects.get(collection, {}).get(key)

    def place_of(self, uid: str) -> Place | None:
        """Return where the object with a uid is; None if there is none."""
        return self._places.get(uid)

    def owned_by(self, uid: str) -> list[Place]:
        """Return where the objects are that name an owner with a uid."""
        return sorted(self._owned.get(uid, ()))

    def collections(self) -> list[str]:
        """The collections that have objects."""
        return [name for name, records in self._objects.items() if records]

    def records(self, collection: str, *, namespace: str = "", at: int | None = None) -> list[tuple[Key, Record]]:
        """Return the objects of a collection, in the order of their keys.

        Args:
            collection: The collection.
            namespace: Only of this namespace; empty for all.
            at: The revision of the state; None for the present one.

        Raises:
            Compacted: The state is forgotten.
        """
        state = self._objects.get(collection, {})
        if at is not None and at != self.revision:
            state = self._state(collection, at)
        return sorted((key, record) for key, record in state.items() if not namespace or key.namespace == namespace)

    def _state(self, collection: str, at: int) -> dict[Key, Record]:
        if at < self.compacted:
            raise Compacted
        state = dict(self._objects.get(collection, {}))
        for where, change in reversed(self._history):
            if change.revision <= at:
                break
            if where != collection:
                continue
            if change.old is None:
                del state[change.key]
            else:
                state[change.key] = change.old
        return state

    def changes(self, collection: str, since: int) -> Iterator[Change]:
        """Return the changes of a collection after a revision, oldest first.

        Raises:
            Compacted: Some of them are forgotten.
        """
        if since < self.compacted:
            raise Compacted
        return (change for where, change in self._history if where == collection and change.revision > since)

    def put(self, collection: str, key: Key, obj: Object) -> Record:
        """Create or replace an object; its resource version is set."""
        old = self.get(collection, key)
        record = self._next(obj)
        self._objects.setdefault(collection, {})[key] = record
        self._publish(collection, Change(record.revision, "MODIFIED" if old else "ADDED", key, old, record))
        return record

    def remove(self, collection: str, key: Key, last: Object | None = None) -> Record:
        """Delete an object.

        Args:
            collection: The collection.
            key: The key of an object that exists.
            last: Its last state; by default the stored one.
        """
        old = self._objects[collection].pop(key)
        record = self._next(old.obj if last is None else last)
        self._publish(collection, Change(record.revision, "DELETED", key, old, record))
        return record

    def compact(self, revision: int | None = None) -> None:
        """Forget the changes up to a revision; by default, all."""
        self.compacted = max(self.compacted, self.revision if revision is None else revision)
        while self._history and self._history[0][1].revision <= self.compacted:
            self._size -= len(self._history.popleft()[1].new.encoded)

    def subscribe(self, collection: str, listener: Callable[[Change], None]) -> Callable[[], None]:
        """Call a listener with each change of a collection; return what ends that."""
        listeners = self._listeners.setdefault(collection, set())
        listeners.add(listener)
        return lambda: listeners.discard(listener)

    def subscribe_all(self, observer: Callable[[str, Change], None]) -> Callable[[], None]:
        """Call an observer with the collection of each change, and the change; return what ends that."""
        self._observers.add(observer)
        return lambda: self._observers.discard(observer)

    def _index(self, place: Place, change: Change) -> None:
        if change.old is not None:
            uid, owners = _identity(change.old.obj)
            self._places.pop(uid, None)
            for owner in owners:
                self._owned[owner].discard(place)
                if not self._owned[owner]:
                    del self._owned[owner]
        if change.type != "DELETED":
            uid, owners = _identity(change.new.obj)
            self._places[uid] = place
            for owner in owners:
                self._owned.setdefault(owner, set()).add(place)

    def _next(self, obj: Object) -> Record:
        self.revision += 1
        metadata = {**obj["metadata"], "resourceVersion": str(self.revision)}
        return Record({**obj, "metadata": metadata}, self.revision)

    def _publish(self, collection: str, change: Change) -> None:
        self._history.append((collection, change))
        self._size += len(change.new.encoded)
        while len(self._history) > self._most or (self._size > self._largest and len(self._history) > 1):
            self.compact(self._history[0][1].revision)
        self._index((collection, change.key), change)
        for listener in list(self._listeners.get(collection, ())):
            listener(change)
        for observer in list(self._observers):
            observer(collection, change)


def _identity(obj: Object) -> tuple[str, set[str]]:
    """Return the uid of an object, and those of its owners; an odd object may have any other value there."""
    uid, owners = obj["metadata"].get("uid"), obj["metadata"].get("ownerReferences")
    found = {owner["uid"] for owner in owners if isinstance(owner.get("uid"), str)} if isinstance(owners, list) else ()
    return uid if isinstance(uid, str) else "", set(found)
