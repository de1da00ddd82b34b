"""Watching a resource: the stream of changes to its objects, over as many connections as it takes."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator
from typing import TypeVar

from ..errors import ApiError, ConnectionError, Disconnected, is_transient
from ..http.backoff import Backoff
from .events import Bookmark, OnUndecodable, UndecodableObject, WatchEvent, report_undecodable
from .list_watch import ListWatch, Query
from .object_key import metadata_of
from .pagination import list_all
from .restart import random_timeout_seconds, restart_delay

T = TypeVar("T")

_log = logging.getLogger("aiokube.watching")

_PAGE_SIZE = 500

_ONLY_FIRST = ("sendInitialEvents", "resourceVersionMatch")


async def watch(
    list_watch: ListWatch[T],
    query: Query,
    *,
    version: str | None,
    seconds: int | None,
    show_bookmarks: bool,
    on_undecodable: OnUndecodable | None,
    connected: bool = False,
) -> AsyncGenerator[WatchEvent[T], None]:
    """Yield the changes to a resource, over as many connections as it takes.

    Args:
        list_watch: what to watch.
        query: what the first request asks for besides the selectors and the resource version.
        version: the resource version to start behind; None, empty or `0` to start with what exists.
        seconds: after which the watch ends; None for never.
        show_bookmarks: whether to yield BOOKMARK events other than the one that ends the initial events.
        on_undecodable: called for each object that does not fit its class, instead of a warning in the log.
        connected: whether the server has just answered, so that its trouble is waited out from the first watch on.

    Raises:
        Gone: the resource version is too old.
        ApiError: the server refuses the watch for another reason than its own trouble.
        ConnectionError: the first request fails, or any before the initial events are complete.
        DecodeError: the server sends something that is no watch.
    """
    clock = asyncio.get_running_loop().time
    deadline = None if seconds is None else clock() + seconds

    def is_over() -> bool:
        return deadline is not None and clock() >= deadline

    position = _Position(version, query, show_bookmarks, on_undecodable)
    if version in (None, "", "0") and query.get("sendInitialEvents") is None:
        page = await list_all(list_watch, version=version, page_size=_PAGE_SIZE)
        for undecodable in page.undecodable:
            report_undecodable(undecodable.error, on_undecodable)
        position.version = page.version
        connected = True
        # They would live as long as the watch.
        items = page.items[::-1]
        del page
        while items:
            yield WatchEvent(type="ADDED", object=items.pop())
            if is_over():
                return
    backoff = Backoff()
    while True:
        left = None if deadline is None else round(deadline - clock())
        if left is not None and left < 1:
            return
        most = random_timeout_seconds()
        began: float | None = None
        failure: ApiError | ConnectionError | None = None
        try:
            async with list_watch.watch(
                position.query(), seconds=min(left or most, most), max_retries=0 if connected else None
            ) as batches:
                connected = True
                began = clock()
                async for batch in batches:
                    for one in batch:
                        event = position.take(one, list_watch)
                        if event is not None:
                            yield event
                            if is_over():
                                return
            if not position.is_known:
                raise Disconnected(f"the watch of {list_watch.plural} ended before the initial events were complete")
        except (ApiError, ConnectionError) as error:
            if not (connected and position.is_known and is_transient(error)):
                raise
            failure = error
        wait = restart_delay(backoff, 0.0 if began is None else clock() - began, failure)
        if deadline is not None:
            wait = min(wait, max(deadline - clock(), 0))
        if failure is not None:
            _log.warning("the watch of %s goes on in %.1f s: %s", list_watch.plural, wait, failure)
        await asyncio.sleep(wait)


class _Position:
    """How far a watch has come, and so what its next request asks for."""

    def __init__(
        self, version: str | None, query: Query, show_bookmarks: bool, on_undecodable: OnUndecodable | None
    ) -> None:
        self.version = version
        self._first = {key: value for key, value in query.items() if value is not None}
        if "sendInitialEvents" in self._first:
            # The server takes no other.
            self._first.setdefault("resourceVersionMatch", "NotOlderThan")
        self._rest = {key: value for key, value in self._first.items() if key not in _ONLY_FIRST}
        self._is_first = True
        self._in_initial_events = query.get("sendInitialEvents") is True
        self._show_bookmarks = show_bookmarks
        self._on_undecodable = on_undecodable

    def query(self) -> Query:
        query = self._first if self._is_first else self._rest
        self._is_first = False
        return {**query, "allowWatchBookmarks": True, "resourceVersion": self.version or None}

    def take(
        self, event: WatchEvent[T] | Bookmark | UndecodableObject, list_watch: ListWatch[T]
    ) -> WatchEvent[T] | None:
        if isinstance(event, WatchEvent):
            self.version = metadata_of(event.object).resource_version
            return event
        self.version = event.version or self.version
        if isinstance(event, UndecodableObject):
            report_undecodable(event.error, self._on_undecodable)
            return None
        self._in_initial_events = self._in_initial_events and not event.ends_initial_events
        is_shown = self._show_bookmarks or event.ends_initial_events
        return event.as_event(list_watch.item_type) if is_shown else None

    @property
    def is_known(self) -> bool:
        """Whether there is a place to go on from; initial events, in no order of their versions, are none."""
        return bool(self.version) and not self._in_initial_events
