"""Watches that resume after broken connections."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator
from typing import Any, TypeVar

from ..errors import ApiError, ConnectionError, Disconnected, Unauthorized
from ..http.backoff import Backoff
from ..public import public
from .events import Bookmark, OnUndecodable, UndecodableObject, WatchEvent, report_undecodable
from .last_heard import LastHeard
from .list_watch import ListWatch, Query
from .object_key import metadata_of
from .pagination import list_all
from .restart import Connection, Refusals, check_end, restart_delay, timeout_seconds

T = TypeVar("T")

Events = AsyncGenerator[WatchEvent[T] | UndecodableObject, None]

_log = logging.getLogger("aiokube.watching")

_PAGE_SIZE = 500

# A connection of this duration shows that the server accepts the request, even if no event came.
_ACCEPTED_S = 60.0

# Parameters of the first request alone.
_INITIAL_PARAMETERS = ("sendInitialEvents", "resourceVersionMatch")


@public("aiokube")
class Watch(AsyncGenerator[WatchEvent[T], None]):
    """The events of a watch: an async generator that knows when the server was last heard."""

    def __init__(self, events: Events[T], heard: LastHeard, on_undecodable: OnUndecodable | None) -> None:
        self._events = events
        self._heard = heard
        self._on_undecodable = on_undecodable

    @property
    def last_heard(self) -> float | None:
        """Seconds since the server was last heard, by a response, an event or a bookmark; None before the first.

        The server sends bookmarks about once a minute, so a higher age shows that the watch may be behind.
        """
        return self._heard.seconds

    async def __anext__(self) -> WatchEvent[T]:
        return await self._decodable(await anext(self._events))

    async def asend(self, value: None) -> WatchEvent[T]:
        """Return the next event."""
        return await self._decodable(await self._events.asend(value))

    async def athrow(self, *error: Any) -> WatchEvent[T]:
        """Raise an exception in the watch."""
        return await self._decodable(await self._events.athrow(*error))

    async def aclose(self) -> None:
        """End the watch."""
        await self._events.aclose()

    async def _decodable(self, event: WatchEvent[T] | UndecodableObject) -> WatchEvent[T]:
        while isinstance(event, UndecodableObject):
            report_undecodable(event.error, self._on_undecodable)
            event = await anext(self._events)
        return event


async def watch(
    list_watch: ListWatch[T],
    query: Query,
    *,
    version: str | None,
    seconds: int | None,
    show_bookmarks: bool,
    watch_timeout: int | None = None,
    connected: bool = False,
    lists_again: bool = False,
) -> Events[T]:
    """Yield the changes to a resource, undecodable ones too, and resume after broken connections and failures.

    Args:
        list_watch: The objects to watch.
        query: Query parameters of the first request besides the selectors and the resource version.
        version: Resource version to start after. If None, empty or `0`, existing objects come first, as `ADDED`.
        seconds: Duration of the watch in seconds; None for no limit.
        show_bookmarks: Yield BOOKMARK events other than the one that ends the initial events.
        watch_timeout: Timeout of each connection in seconds; None for 5 to 10 minutes.
        connected: True if a request has just succeeded, so that transient failures of the first watch are retried.
        lists_again: True if the caller lists again after an error, so that a connection in vain is one at once.

    Raises:
        Gone: The resource version is too old.
        Unauthorized: The server refuses the credential, and then a renewed one.
        ServerTimeout: The server has not reached the resource version within five attempts.
        ApiError: The server refuses the watch permanently, or fails at the same resource version five times in a row.
        ConnectionError: The first request fails, or any before the initial events are complete; or watches at the same
            resource version fail or end at once, while the server lists.
        DecodeError: The server sends a line that is not a watch event, or a list without a resource version.
    """
    clock = asyncio.get_running_loop().time
    deadline = None if seconds is None else clock() + seconds

    def is_over() -> bool:
        return deadline is not None and clock() >= deadline

    progress = _Progress(version, query, show_bookmarks)
    if version in (None, "", "0") and query.get("sendInitialEvents") is None:
        try:
            page = await list_all(list_watch, version=version, page_size=_PAGE_SIZE)
        except Unauthorized:
            # A credential is renewed after it was refused.
            page = await list_all(list_watch, version=version, page_size=_PAGE_SIZE)
        for undecodable in page.undecodable:
            yield undecodable
        progress.version = page.version
        connected = True
        # Objects are freed as they are yielded, instead of living as long as the watch.
        items = page.items[::-1]
        del page
        while items:
            yield WatchEvent(type="ADDED", object=items.pop())
            if is_over():
                return
    backoff = Backoff()
    refusals = Refusals()
    while True:
        await refusals.probe(list_watch)
        remaining = None if deadline is None else round(deadline - clock())
        if remaining is not None and remaining < 1:
            return
        timeout = timeout_seconds(watch_timeout)
        connection = Connection(min(remaining or timeout, timeout))
        failure: ApiError | ConnectionError | None = None
        try:
            async with list_watch.watch(
                progress.query(), seconds=connection.seconds, max_retries=0 if connected else None
            ) as batches:
                connected = True
                connection.start()
                async for batch in batches:
                    for received in batch:
                        connection.has_events = True
                        event = progress.advance(received, list_watch)
                        if event is not None:
                            yield event
                            if is_over():
                                return
                    # Bookmarks, and what is no event, arrive even if the server ignores the timeout.
                    if is_over():
                        return
            if not progress.is_resumable:
                raise Disconnected(f"the watch of {list_watch.plural} ended before the initial events were complete")
            check_end(connection, list_watch.plural)
            refusals.clear()
        except (ApiError, ConnectionError) as error:
            in_vain = connection.is_in_vain
            if connection.lifetime >= _ACCEPTED_S:
                refusals.clear()
            may_retry = refusals.may_retry(error, progress.version, in_vain=in_vain)
            may_resume = (connected or isinstance(error, Unauthorized)) and progress.is_resumable
            lists_now = lists_again and in_vain and not isinstance(error, Unauthorized)
            if lists_now or not (may_retry and may_resume):
                raise
            failure = error
        delay = restart_delay(backoff, connection, failure)
        if deadline is not None:
            delay = min(delay, max(deadline - clock(), 0))
        if failure is not None:
            _log.warning("%s will be watched again in %.1f s: %s", list_watch.plural, delay, failure)
        await asyncio.sleep(delay)


class _Progress:
    """The resource version that a watch has reached, and the query of its next request."""

    def __init__(self, version: str | None, query: Query, show_bookmarks: bool) -> None:
        self.version = version
        self._first = {key: value for key, value in query.items() if value is not None}
        if "sendInitialEvents" in self._first:
            # The only value that the server accepts.
            self._first.setdefault("resourceVersionMatch", "NotOlderThan")
        self._rest = {key: value for key, value in self._first.items() if key not in _INITIAL_PARAMETERS}
        self._is_first = True
        self._in_initial_events = query.get("sendInitialEvents") is True
        self._show_bookmarks = show_bookmarks

    def query(self) -> Query:
        query = self._first if self._is_first else self._rest
        self._is_first = False
        return {**query, "allowWatchBookmarks": True, "resourceVersion": self.version or None}

    def advance(
        self, event: WatchEvent[T] | Bookmark | UndecodableObject, list_watch: ListWatch[T]
    ) -> WatchEvent[T] | UndecodableObject | None:
        if isinstance(event, WatchEvent):
            self.version = metadata_of(event.object).resource_version
            return event
        self.version = event.version or self.version
        if isinstance(event, UndecodableObject):
            return event
        self._in_initial_events = self._in_initial_events and not event.ends_initial_events
        is_shown = self._show_bookmarks or event.ends_initial_events
        return event.as_event(list_watch.item_type) if is_shown else None

    @property
    def is_resumable(self) -> bool:
        """True if another request can continue here; initial events come in no order of resource versions."""
        return bool(self.version) and not self._in_initial_events
