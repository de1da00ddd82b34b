"""The state of an informer: its objects, and who is told when they change."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, Generic, TypeVar

from ..errors import DecodeError
from .change_queue import Feed
from .events import WatchEvent
from .object_key import Key, key_of
from .store import Indexer, Store
from .watcher import OnUndecodable, report

T = TypeVar("T")


class Cache(Generic[T]):
    """Objects that a reflector puts in, and the feeds that hear of each change after it has been made.

    Args:
        indexers: of the store.
        keep_managed_fields: whether objects keep what the server notes about field managers.
        on_undecodable: called for each object that does not fit its class, instead of a warning in the log.
    """

    def __init__(
        self,
        indexers: Mapping[str, Indexer[T]],
        *,
        keep_managed_fields: bool,
        on_undecodable: OnUndecodable | None,
    ) -> None:
        self.store = Store[T](indexers)
        self.feeds: list[Feed[T]] = []
        self.version: str | None = None
        self.error: Exception | None = None
        self.filled = asyncio.Event()
        self._keep_managed_fields = keep_managed_fields
        self._on_undecodable = on_undecodable

    def attach(self, feed: Feed[T]) -> None:
        """Tell a feed of what is there and of what changes from now on."""
        self.feeds.append(feed)
        if self.filled.is_set():
            feed.start(self.store.items())

    def detach(self, feed: Feed[T]) -> None:
        """Tell a feed no more."""
        if feed in self.feeds:
            self.feeds.remove(feed)

    def replace(self, objects: list[T], unreadable: set[Key], version: str) -> None:
        """Take these objects in the place of all; keep what is known of the unreadable ones."""
        new: dict[Key, T] = {}
        for obj in objects:
            key = key_of(obj)
            known = self.store.get(key)
            if known is not None and _version(known) == _version(obj):
                new[key] = known
            else:
                self._trim(obj)
                new[key] = obj
        for key in unreadable:
            known = self.store.get(key)
            if known is not None:
                new.setdefault(key, known)
        old = self.store.replace(new)
        self.version = version
        if not self.filled.is_set():
            self.filled.set()
            for feed in self.feeds:
                feed.start(new.items())
            return
        for feed in self.feeds:
            for key, gone in old.items():
                if key not in new:
                    feed.put(key, gone, None, final=gone, is_final_state_unknown=True)
            for key, obj in new.items():
                before = old.get(key)
                if before is not obj:
                    feed.put(key, before, obj)

    def apply(self, event: WatchEvent[T]) -> None:
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
        for feed in self.feeds:
            feed.put(key, known, obj)

    def remove(self, key: Key) -> None:
        """Take out an object whose last state could not be read."""
        self._remove(key, None)

    def left_out(self, error: DecodeError) -> None:
        """Hear of a state that does not fit its class: what was known of the object stays."""
        report(error, self._on_undecodable)

    def failed(self, error: Exception | None) -> None:
        """Hear how the newest list or watch went; None when it goes well."""
        self.error = error

    def _remove(self, key: Key, final: T | None) -> None:
        known = self.store.remove(key)
        if known is None:
            return
        for feed in self.feeds:
            feed.put(key, known, None, final=final or known, is_final_state_unknown=final is None)

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
