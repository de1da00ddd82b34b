"""Keeps a cache in sync with the server: list, then watch."""

from __future__ import annotations

import asyncio
import logging
from typing import Any, Generic, Protocol, TypeVar

from ..errors import (
    AiokubeError,
    ApiError,
    BadRequest,
    ClientClosed,
    ConnectionError,
    DecodeError,
    Disconnected,
    Gone,
    Invalid,
    RequestTimeout,
    ResponseTooLarge,
    TooManyRequests,
)
from ..failures import is_transient
from ..http.backoff import Backoff
from .events import Bookmark, UndecodableObject, WatchEvent
from .list_watch import ListWatch, Page, Query
from .object_key import ObjectKey, key_of
from .pagination import list_all
from .restart import is_version_too_large, restart_delay, timeout_seconds

T = TypeVar("T")

_log = logging.getLogger("aiokube.watching")

_VERY_SHORT_S = 1.0
_INITIAL_SILENCE_S = 30.0
_INITIAL_TOTAL_S = 60.0
_MAX_FAILED_LISTS = 3


class Sink(Protocol[T]):
    """The target that a reflector keeps in sync."""

    def replace(self, objects: list[T], undecodable: set[ObjectKey], version: str) -> None:
        """Replace all objects; keep the last known state of undecodable ones."""

    def on_event(self, event: WatchEvent[T]) -> None:
        """Apply one change."""

    def remove(self, key: ObjectKey) -> None:
        """Remove a deleted object whose final state is undecodable."""

    def on_undecodable(self, error: DecodeError) -> None:
        """Report an undecodable state; the last known state of the object stays."""

    def on_error(self, error: Exception | None) -> None:
        """Record the outcome of the latest list or watch; None for success."""


class Reflector(Generic[T]):
    """Keeps a sink in sync with the server's objects.

    Args:
        list_watch: The objects to follow.
        sink: The target to update.
        page_size: Number of objects per page of a list.
        streaming: Receive the existing objects as watch events, where the server supports it.
        watch_timeout: Timeout of a watch in seconds; None for 5 to 10 minutes.
    """

    def __init__(
        self,
        list_watch: ListWatch[T],
        sink: Sink[T],
        *,
        page_size: int,
        streaming: bool,
        watch_timeout: int | None = None,
    ) -> None:
        self._list_watch = list_watch
        self._sink = sink
        self._page_size = page_size
        self._streaming = streaming
        self._watch_timeout = watch_timeout
        self._backoff = Backoff()
        self._lists_next = False
        self._failed_lists = 0
        self._version: str | None = None
        self._is_version_lost = False
        self._is_synced = False
        self._awaits_initial = False
        self._started: float | None = None

    async def run(self) -> None:
        """List and watch until cancelled.

        Raises:
            AiokubeError: A permanent failure before the first list is complete.
            ClientClosed: The client is closed.
        """
        while True:
            try:
                await self._list_and_watch()
            except Exception as error:
                if isinstance(error, ClientClosed) or not (
                    self._is_synced or is_transient(error) or isinstance(error, Gone)
                ):
                    raise
                # A streaming list that failed is replaced by a list.
                self._lists_next = self._awaits_initial
                await self._pause(error, "listed", 0.0)

    async def _list_and_watch(self) -> None:
        if self._streaming and not self._lists_next:
            self._awaits_initial = True
        else:
            await self._list()
        await self._watch()

    async def _list(self) -> None:
        version = "" if self._is_version_lost else self._version or "0"
        try:
            page = await self._fetch(version)
        except AiokubeError as error:
            self._failed_lists += _may_be_caused_by_request(error)
            # The version, or the size without pages, may be at fault even if the error does not say so.
            is_at_fault = _is_version_at_fault(error) or isinstance(error, ResponseTooLarge)
            if is_at_fault or self._failed_lists >= _MAX_FAILED_LISTS:
                self._is_version_lost = True
            if not (is_at_fault and version):
                raise
            page = await self._fetch("")
        for undecodable in page.undecodable:
            self._sink.on_undecodable(undecodable.error)
        keys = {undecodable.key for undecodable in page.undecodable if undecodable.key is not None}
        self._replace(page.items, keys, page.version)

    async def _fetch(self, version: str) -> Page[T]:
        # Pages of a list at a given version come from exactly that version, and soon expire.
        page_size = self._page_size if version in ("", "0") else None
        page = await list_all(self._list_watch, version=version, page_size=page_size, max_retries=0)
        if not page.version:
            raise DecodeError(f"the list of {self._list_watch.plural} has no metadata.resourceVersion to watch from")
        return page

    def _replace(self, objects: list[T], undecodable: set[ObjectKey], version: str) -> None:
        self._sink.replace(objects, undecodable, version)
        self._version = version
        self._is_version_lost = False
        self._failed_lists = 0
        self._lists_next = False
        self._awaits_initial = False
        self._is_synced = True
        self._sink.on_error(None)

    async def _watch(self) -> None:
        """Watch from the current version, over one connection after another; raise failures that require a relist."""
        while True:
            self._started = None
            failure: Exception | None = None
            count = 0
            query = self._watch_query()
            try:
                count = await self._read(query)
            except (ConnectionError, TooManyRequests) as error:
                if self._awaits_initial:
                    raise
                failure = error
            except (ApiError, DecodeError, TimeoutError) as error:
                if _is_version_at_fault(error):
                    self._is_version_lost = True
                    if self._awaits_initial and query["resourceVersion"]:
                        continue
                    raise
                if not self._awaits_initial:
                    raise
                _log.info(
                    "the streaming list of %s failed, falling back to a regular list: %s",
                    self._list_watch.plural,
                    error,
                )
                self._streaming = not isinstance(error, BadRequest | Invalid)
                await self._list()
                continue
            lifetime = 0.0 if self._started is None else self._now() - self._started
            if failure is None and count == 0 and lifetime < _VERY_SHORT_S:
                # An intermediary blocks watches: lists have to do.
                raise Disconnected(f"the watch of {self._list_watch.plural} ended immediately, without an event")
            await self._pause(failure, "watched", lifetime)

    def _watch_query(self) -> Query:
        query: dict[str, object] = {"allowWatchBookmarks": True}
        if not self._awaits_initial:
            return {**query, "resourceVersion": self._version}
        version = None if self._is_version_lost else self._version
        return {**query, "sendInitialEvents": True, "resourceVersionMatch": "NotOlderThan", "resourceVersion": version}

    async def _read(self, query: Query) -> int:
        """Apply the events of one watch until it ends; return their number."""
        count = 0
        initial = _InitialEvents[T]()
        deadline = self._now() + _INITIAL_TOTAL_S
        async with (
            asyncio.timeout(_INITIAL_SILENCE_S if self._awaits_initial else None) as silence,
            self._list_watch.watch(query, seconds=timeout_seconds(self._watch_timeout)) as batches,
        ):
            self._started = self._now()
            if not self._awaits_initial:
                self._sink.on_error(None)
            async for batch in batches:
                for event in batch:
                    count += 1
                    if not self._awaits_initial:
                        self._apply(event)
                    elif isinstance(event, Bookmark) and event.ends_initial_events:
                        self._replace(list(initial.objects.values()), initial.undecodable, event.version)
                    else:
                        initial.add(event, self._sink)
                if silence.when() is not None:
                    limit = min(self._now() + _INITIAL_SILENCE_S, deadline)
                    silence.reschedule(limit if self._awaits_initial else None)
        if self._awaits_initial:
            raise Disconnected(f"the watch of {self._list_watch.plural} ended before the initial events were complete")
        return count

    def _apply(self, event: WatchEvent[T] | Bookmark | UndecodableObject) -> None:
        if isinstance(event, WatchEvent):
            self._sink.on_event(event)
            obj: Any = event.object
            self._version = obj.metadata.resource_version
            return
        if isinstance(event, UndecodableObject):
            if event.key is None:
                # Any object may have changed: only a relist can tell.
                raise event.error
            if event.type == "DELETED":
                self._sink.remove(event.key)
            else:
                self._sink.on_undecodable(event.error)
        self._version = event.version or self._version

    async def _pause(self, failure: Exception | None, next_step: str, lifetime: float) -> None:
        delay = restart_delay(self._backoff, lifetime, failure)
        if failure is not None:
            self._sink.on_error(failure)
            _log.warning("%s will be %s again in %.1f s: %s", self._list_watch.plural, next_step, delay, failure)
        await asyncio.sleep(delay)

    def _now(self) -> float:
        return asyncio.get_running_loop().time()


class _InitialEvents(Generic[T]):
    """The objects of a streaming list, collected from its initial events."""

    def __init__(self) -> None:
        self.objects: dict[ObjectKey, T] = {}
        self.undecodable: set[ObjectKey] = set()

    def add(self, event: WatchEvent[T] | Bookmark | UndecodableObject, sink: Sink[T]) -> None:
        if isinstance(event, Bookmark):
            return
        key = event.key if isinstance(event, UndecodableObject) else key_of(event.object)
        if event.type == "DELETED" and key is not None:
            self.objects.pop(key, None)
            self.undecodable.discard(key)
        elif isinstance(event, WatchEvent):
            self.objects[key_of(event.object)] = event.object
        else:
            sink.on_undecodable(event.error)
            if key is not None:
                self.undecodable.add(key)


def _may_be_caused_by_request(error: Exception) -> bool:
    """Return whether another request may succeed where this one failed: not if the server could not be reached."""
    return not isinstance(error, ConnectionError) or isinstance(error, (Disconnected, RequestTimeout))


def _is_version_at_fault(error: Exception) -> bool:
    return isinstance(error, Gone) or is_version_too_large(error)
