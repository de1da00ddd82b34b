"""Keeps a cache in sync with the server: list, then watch."""

from __future__ import annotations

import asyncio
import logging
from contextlib import aclosing
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
from .list_watch import ListWatch, Query
from .object_key import PlainKey, plain_key_of
from .pagination import snapshot
from .relist import Relist
from .restart import Connection, Refusals, check_end, is_version_too_large, restart_delay, timeout_seconds

T = TypeVar("T")

_log = logging.getLogger("aiokube.watching")

_INITIAL_SILENCE_S = 30.0
_INITIAL_TOTAL_S = 60.0
_MAX_FAILED_LISTS = 3


class Sink(Protocol[T]):
    """The target that a reflector keeps in sync."""

    def relist(self) -> Relist[T]:
        """Begin a new state."""
        ...

    async def replace(self, relist: Relist[T], version: str) -> None:
        """Replace all objects by those of a complete list."""

    def on_event(self, event: WatchEvent[T]) -> None:
        """Apply one change."""

    def remove(self, key: PlainKey) -> None:
        """Remove a deleted object whose final state is undecodable."""

    def remove_other(self, key: PlainKey, uid: str) -> None:
        """Remove the object of this name if it has another UID: it was deleted unseen."""

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
        self._refusals = Refusals()

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
                await self._pause(error, "listed", None)

    async def _list_and_watch(self) -> None:
        if self._streaming and not self._lists_next:
            self._awaits_initial = True
        else:
            await self._list()
        await self._watch()

    async def _list(self) -> None:
        version = "" if self._is_version_lost else self._version or "0"
        try:
            await self._fetch(version)
        except AiokubeError as error:
            self._failed_lists += _may_be_caused_by_request(error)
            # The version, or the size without pages, may be at fault even if the error does not say so.
            is_at_fault = _is_version_at_fault(error) or isinstance(error, ResponseTooLarge)
            if is_at_fault or self._failed_lists >= _MAX_FAILED_LISTS:
                self._is_version_lost = True
            if not (is_at_fault and version):
                raise
            await self._fetch("")

    def _relist(self) -> Relist[T]:
        if self._list_watch.kept is not None:
            self._list_watch.kept.forget_states()
        return self._sink.relist()

    async def _fetch(self, version: str) -> None:
        # Pages of a list at a given version come from exactly that version, and soon expire.
        page_size = self._page_size if version in ("", "0") else None
        relist = self._relist()
        try:
            found, undecodable = await self._receive(relist, version, page_size)
        except Exception:
            await relist.restart()
            raise
        for each in undecodable:
            self._sink.on_undecodable(each.error)
            if each.key is not None:
                relist.add_undecodable(each.key.plain, each.uid)
        await self._replace(relist, found)

    async def _receive(
        self, relist: Relist[T], version: str, page_size: int | None
    ) -> tuple[str, list[UndecodableObject]]:
        """Add the objects of a list, and return its resource version with what is undecodable."""
        found, undecodable = "", list[UndecodableObject]()
        parts = snapshot(self._list_watch, version=version, page_size=page_size, max_retries=0)
        async with aclosing(parts):
            async for part in parts:
                if part.is_first:
                    undecodable.clear()
                    await relist.restart()
                found = part.page.version
                undecodable += part.page.undecodable
                await relist.add(part.page.items)
        return found, undecodable

    async def _replace(self, relist: Relist[T], version: str) -> None:
        await self._sink.replace(relist, version)
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
            await self._refusals.probe(self._list_watch)
            connection = Connection(timeout_seconds(self._watch_timeout))
            failure: Exception | None = None
            query = self._watch_query()
            try:
                await self._read(query, connection)
            except (ConnectionError, TooManyRequests) as error:
                may_retry = self._refusals.may_retry(error, self._version, in_vain=connection.is_in_vain)
                if self._awaits_initial or (is_transient(error) and not may_retry):
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
            else:
                # Where an intermediary blocks watches, lists have to do.
                check_end(connection, self._list_watch.plural)
                self._refusals.clear()
            await self._pause(failure, "watched", connection)

    def _watch_query(self) -> Query:
        query: dict[str, object] = {"allowWatchBookmarks": True}
        if not self._awaits_initial:
            return {**query, "resourceVersion": self._version}
        version = None if self._is_version_lost else self._version
        return {**query, "sendInitialEvents": True, "resourceVersionMatch": "NotOlderThan", "resourceVersion": version}

    async def _read(self, query: Query, connection: Connection) -> None:
        """Apply the events of one watch until it ends."""
        if not self._awaits_initial:
            await self._read_events(query, connection, None)
            return
        relist = self._relist()
        try:
            await self._read_events(query, connection, relist)
        except Exception:
            if self._awaits_initial:
                await relist.restart()
            raise

    async def _read_events(self, query: Query, connection: Connection, relist: Relist[T] | None) -> None:
        deadline = self._now() + _INITIAL_TOTAL_S
        async with (
            asyncio.timeout(None if relist is None else _INITIAL_SILENCE_S) as silence,
            self._list_watch.watch(query, seconds=connection.seconds) as batches,
        ):
            connection.start()
            if relist is None:
                self._sink.on_error(None)
            async for batch in batches:
                for event in batch:
                    connection.has_events = True
                    if relist is None:
                        self._apply(event)
                    elif isinstance(event, Bookmark) and event.ends_initial_events:
                        # The consumers of a list that was cut off here would miss changes.
                        silence.reschedule(None)
                        await self._replace(relist, event.version)
                        relist = None
                    else:
                        self._collect(event, relist)
                if relist is not None:
                    silence.reschedule(min(self._now() + _INITIAL_SILENCE_S, deadline))
        if relist is not None:
            raise Disconnected(f"the watch of {self._list_watch.plural} ended before the initial events were complete")

    def _collect(self, event: WatchEvent[T] | Bookmark | UndecodableObject, relist: Relist[T]) -> None:
        """Add an initial event to a streaming list."""
        if isinstance(event, Bookmark):
            return
        key = _key_of_event(event)
        if event.type == "DELETED" and key is not None:
            relist.remove(key)
        elif isinstance(event, WatchEvent):
            relist.set(event.object)
        else:
            self._sink.on_undecodable(event.error)
            if key is not None:
                relist.add_undecodable(key, event.uid)

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
                self._sink.remove(event.key.plain)
            else:
                self._sink.remove_other(event.key.plain, event.uid)
                self._sink.on_undecodable(event.error)
        self._version = event.version or self._version

    async def _pause(self, failure: Exception | None, next_step: str, connection: Connection | None) -> None:
        delay = restart_delay(self._backoff, connection, failure)
        if failure is not None:
            self._sink.on_error(failure)
            _log.warning("%s will be %s again in %.1f s: %s", self._list_watch.plural, next_step, delay, failure)
        await asyncio.sleep(delay)

    def _now(self) -> float:
        return asyncio.get_running_loop().time()


def _key_of_event(event: WatchEvent[T] | UndecodableObject) -> PlainKey | None:
    if isinstance(event, WatchEvent):
        return plain_key_of(event.object)
    return event.key.plain if event.key else None


def _may_be_caused_by_request(error: Exception) -> bool:
    """Return whether another request may succeed where this one failed: not if the server could not be reached."""
    return not isinstance(error, ConnectionError) or isinstance(error, (Disconnected, RequestTimeout))


def _is_version_at_fault(error: Exception) -> bool:
    return isinstance(error, Gone) or is_version_too_large(error)
