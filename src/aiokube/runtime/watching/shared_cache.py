"""The state of an informer: its objects, and the change queues of its consumers."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, Generic, TypeVar

from ..errors import DecodeError
from .change_queue import ChangeQueue
from .events import OnUndecodable, WatchEvent, report_undecodable
from .object_key import ObjectKey, key_of
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

    def known(self, obj: T) -> T | None:
        """Return the cached object of the same state as another one; None if there is none."""
        known = self.store.get(key_of(obj))
        return known if known is not None and _version(known) == _version(obj) else None

    def attach(self, queue: ChangeQueue[T]) -> None:
        """Feed a queue with the existing objects and with all further changes."""
        self.queues.append(queue)
        if self.filled.is_set():
            queue.start(self.store.items())

    def detach(self, queue: ChangeQueue[T]) -> None:
        """Stop feeding a queue."""
        if queue in self.queues:
            self.queues.remove(queue)

    def replace(self, objects: list[T], undecodable: set[ObjectKey], version: str) -> None:
        """Replace all objects; keep the last known state of undecodable ones."""
        new: dict[ObjectKey, T] = {}
        for obj in objects:
            key = key_of(obj)
            known = self.store.get(key)
            if known is not None and _version(known) == _version(obj):
                new[key] = known
            else:
                new[key] = obj
        for key in undecodable:
            known = self.store.get(key)
            if known is not None:
                new.setdefault(key, known)
        old = self.store.replace(new)
        self.version = version
        if not self.filled.is_set():
            self.filled.set()
            for queue in self.queues:
                queue.start(new.items())
            return
        for queue in self.queues:
            for key, last in old.items():
                if key not in new:
                    queue.put(key, last, None, final=last, is_final_state_unknown=True)
            for key, obj in new.items():
                previous = old.get(key)
                if previous is not obj:
                    _put(queue, key, previous, obj)

    def on_event(self, event: WatchEvent[T]) -> None:
        """Apply one change."""
        obj = event.object
        key = key_of(obj)
        if event.type == "DELETED":
            self._remove(key, obj)
            return
        known = self.store.get(key)
        if known is not None and _version(known) == _version(obj):
            return
        self.store.set(key, obj)
        for queue in self.queues:
            _put(queue, key, known, obj)

    def remove(self, key: ObjectKey) -> None:
        """Remove a deleted object whose final state is undecodable."""
        self._remove(key, None)

    def on_undecodable(self, error: DecodeError) -> None:
        """Report an undecodable state; the last known state of the object stays."""
        report_undecodable(error, self._on_undecodable)

    def on_error(self, error: Exception | None) -> None:
        """Record the outcome of the latest list or watch; None for success."""
        self.error = error

    def _remove(self, key: ObjectKey, final: T | None) -> None:
        known = self.store.remove(key)
        if known is None:
            return
        for queue in self.queues:
            queue.put(key, known, None, final=final or known, is_final_state_unknown=final is None)


def _put(queue: ChangeQueue[T], key: ObjectKey, old: T | None, now: T) -> None:
    if old is not None and _uid(old) != _uid(now):
        # Another object of the same name, whose predecessor was deleted unseen.
        queue.put(key, old, None, final=old, is_final_state_unknown=True)
        old = None
    queue.put(key, old, now)


def _uid(obj: Any) -> object:
    return obj.metadata.uid


def _version(obj: Any) -> object:
    return obj.metadata.resource_version
