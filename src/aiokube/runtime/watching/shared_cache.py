"""The state of an informer: its objects, and who is told when they change."""

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
    """Objects that a reflector puts in, and the queues that hear of each change after it has been made.

    Args:
        indexers: of the store.
        keep_managed_fields: whether objects keep what the server notes about field managers.
        on_undecodable: called for each object that does not fit its class, instead of a warning in the log.
    """

    def __init__(
        self,
        indexers: Mapping[str, IndexFunc[T]],
        *,
        keep_managed_fields: bool,
        on_undecodable: OnUndecodable | None,
    ) -> None:
        self.store: Store[T] = Store[T](indexers)
        self.queues: list[ChangeQueue[T]] = []
        self.version: str | None = None
        self.error: Exception | None = None
        self.filled: asyncio.Event = asyncio.Event()
        self._keep_managed_fields = keep_managed_fields
        self._on_undecodable = on_undecodable

    def attach(self, queue: ChangeQueue[T]) -> None:
        """Tell a queue of what is there and of what changes from now on."""
        self.queues.append(queue)
        if self.filled.is_set():
            queue.start(self.store.items())

    def detach(self, queue: ChangeQueue[T]) -> None:
        """Tell a queue no more."""
        if queue in self.queues:
            self.queues.remove(queue)

    def replace(self, objects: list[T], undecodable: set[ObjectKey], version: str) -> None:
        """Take these objects in the place of all; keep what is known of the unreadable ones."""
        new: dict[ObjectKey, T] = {}
        for obj in objects:
            key = key_of(obj)
            known = self.store.get(key)
            if known is not None and _version(known) == _version(obj):
                new[key] = known
            else:
                self._trim(obj)
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
            for key, gone in old.items():
                if key not in new:
                    queue.put(key, gone, None, final=gone, is_final_state_unknown=True)
            for key, obj in new.items():
                before = old.get(key)
                if before is not obj:
                    queue.put(key, before, obj)

    def on_event(self, event: WatchEvent[T]) -> None:
        """Take one change."""
        obj = event.object
        key = key_of(obj)
        self._trim(obj)
        if event.type == "DELETED":
            self._remove(key, obj)
            return
        known = self.store.get(key)
        if known is not None and _version(known) == _version(obj):
            return
        self.store.set(key, obj)
        for queue in self.queues:
            queue.put(key, known, obj)

    def remove(self, key: ObjectKey) -> None:
        """Take out an object whose last state could not be read."""
        self._remove(key, None)

    def on_undecodable(self, error: DecodeError) -> None:
        """Hear of a state that does not fit its class: what was known of the object stays."""
        report_undecodable(error, self._on_undecodable)

    def on_error(self, error: Exception | None) -> None:
        """Hear how the newest list or watch went; None when it goes well."""
        self.error = error

    def _remove(self, key: ObjectKey, final: T | None) -> None:
        known = self.store.remove(key)
        if known is None:
            return
        for queue in self.queues:
            queue.put(key, known, None, final=final or known, is_final_state_unknown=final is None)

    def _trim(self, obj: Any) -> None:
        """Let go of the bytes that an object was read from, all of which its managed fields would keep in memory."""
        metadata = obj.metadata
        if not getattr(metadata, "managed_fields", None):
            return
        if not self._keep_managed_fields:
            metadata.managed_fields = []
            return
        for entry in metadata.managed_fields:
            if entry.fields_v1:
                entry.fields_v1 = entry.fields_v1.copy()


def _version(obj: Any) -> object:
    return obj.metadata.resource_version
