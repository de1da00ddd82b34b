"""The state of an informer: its objects, and the change queues of its consumers."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping
from typing import Any, Generic, TypeVar

from ..errors import DecodeError
from .change_queue import ChangeQueue
from .events import OnUndecodable, WatchEvent, report_undecodable
from .object_key import PlainKey, plain_key_of
from .relist import Relist, is_other, is_same_state
from .slices import slices, turn
from .store import IndexFunc, Store

T = TypeVar("T")


class SharedCache(Generic[T]):
    """A store that a reflector fills, with queues that receive each change after the store has changed.

    Args:
        indexers: Index functions of the store, by name.
        on_undecodable: Called with the error of each object that does not fit its class; None logs a warning.
    """

    def __init__(
        self,
        indexers: Mapping[str, IndexFunc[T]],
        *,
        on_undecodable: OnUndecodable | None,
    ) -> None:
        self.store: Store[T] = Store[T](indexers)
        self.queues: list[ChangeQueue[T]] = []
        self.version: str | None = None
        self.error: Exception | None = None
        self.filled: asyncio.Event = asyncio.Event()
        self._on_undecodable = on_undecodable
        self._relist: Relist[T] | None = None
        self._unannounced: Collection[PlainKey] = ()

    def known(self, obj: T) -> T | None:
        """Return the cached object of the same state as another one; None if there is none."""
        if not self.store:
            return None
        known = self.store.get(plain_key_of(obj))
        return known if known is not None and is_same_state(known, obj) else None

    def attach(self, queue: ChangeQueue[T]) -> None:
        """Feed a queue with the existing objects and with all further changes."""
        self.queues.append(queue)
        if self.filled.is_set():
            queue.start(self.store.objects)

    def detach(self, queue: ChangeQueue[T]) -> None:
        """Stop feeding a queue."""
        if queue in self.queues:
            self.queues.remove(queue)

    def announced(self) -> Mapping[PlainKey, T]:
        """Return the objects but for those whose latest change has not reached every queue."""
        if not self._unannounced:
            return self.store.objects
        objects = dict(self.store.objects)
        for key in self._unannounced:
            objects.pop(key, None)
        return objects

    def add_index(self, name: str, indexer: IndexFunc[T]) -> None:
        """Add an index over all objects.

        Raises:
            InvalidArgument: An index of this name exists.
        """
        self.store.add_index(name, indexer)
        if self._relist is not None:
            self._relist.store.add_index(name, indexer)

    def relist(self) -> Relist[T]:
        """Begin a new state, to be passed to `replace` once it is complete."""
        self._relist = Relist(self.store)
        return self._relist

    async def replace(self, relist: Relist[T], version: str) -> None:
        """Replace all objects, in one step; what takes long is done before and after it, slice by slice."""
        changed = await relist.finish()
        old, self.store, self._relist = self.store, relist.store, None
        self.version = version
        if not self.filled.is_set():
            self.filled.set()
            for queue in self.queues:
                queue.start(self.store.objects)
            return
        # Queues that are attached from now on start from the new state.
        queues = [*self.queues]
        self._unannounced = changed
        for keys in slices(changed):
            for queue in queues:
                for key in keys:
                    _announce(queue, key, old.get(key), self.store.get(key))
            await turn()
        self._unannounced = ()
        await old.free()

    def on_event(self, event: WatchEvent[T]) -> None:
        """Apply one change."""
        obj = event.object
        key = plain_key_of(obj)
        if event.type == "DELETED":
            self._remove(key, obj)
            return
        known = self.store.get(key)
        if known is not None and is_same_state(known, obj):
            return
        self.store.set(key, obj)
        for queue in self.queues:
            _announce(queue, key, known, obj)

    def remove(self, key: PlainKey) -> None:
        """Remove a deleted object whose final state is undecodable."""
        self._remove(key, None)

    def remove_other(self, key: PlainKey, uid: str) -> None:
        """Remove the object of this name if it has another UID: it was deleted unseen."""
        known = self.store.get(key)
        if known is not None and is_other(known, uid):
            self._remove(key, None)

    def on_undecodable(self, error: DecodeError) -> None:
        """Report an undecodable state; the last known state of the object stays."""
        report_undecodable(error, self._on_undecodable)

    def on_error(self, error: Exception | None) -> None:
        """Record the outcome of the latest list or watch; None for success."""
        self.error = error

    def _remove(self, key: PlainKey, final: T | None) -> None:
        known = self.store.remove(key)
        if known is None:
            return
        for queue in self.queues:
            queue.put(key, known, None, final=final or known, is_final_state_unknown=final is None)


def _announce(queue: ChangeQueue[T], key: PlainKey, old: T | None, now: T | None) -> None:
    """Add the difference between two states to a queue; a deletion between them was missed."""
    if old is not None and (now is None or _uid(old) != _uid(now)):
        # Another object of the same name has a predecessor that was deleted unseen.
        queue.put(key, old, None, final=old, is_final_state_unknown=True)
        old = None
    if now is not None:
        queue.put(key, old, now)


def _uid(obj: Any) -> object:
    return obj.metadata.uid
