"""Watching a resource: the stream of changes to its objects, over as many connections as it takes."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import AsyncGenerator, Callable
from typing import TypeVar

from ..errors import (
    ApiError,
    ConnectionError,
    DecodeError,
    Disconnected,
    InternalError,
    ServerTimeout,
    ServiceUnavailable,
    TLSError,
    TooManyRequests,
)
from ..http.backoff import Backoff
from ..http.retry import LONGEST_WAIT
from .events import Bookmark, UndecodableObject, WatchEvent
from .list_watch import ListWatch, Query
from .object_key import metadata_of
from .pagination import list_all

T = TypeVar("T")

OnUndecodable = Callable[[DecodeError], object]

_log = logging.getLogger("aiokube.watch")

# Seconds.
_SHORT = 5.0
_MIN_INTERVAL = 1.0
_PAGE_SIZE = 500

_ONLY_FIRST = ("sendInitialEvents", "resourceVersionMatch")

_TRANSIENT = (TooManyRequests, InternalError, ServiceUnavailable, ServerTimeout)


def random_timeout() -> int:
    """Seconds for the server to end a watch after: 5 to 10 minutes, so that the watches of many clients spread."""
    return random.randint(300, 600)  # noqa: S311 - it only spreads the load


def pause(backoff: Backoff, lived: float, failure: Exception | None) -> float:
    """Seconds from the end of a watch to the next one.

    Args:
        backoff: what grows with the watches that don't last, and starts over with one that does.
        lived: seconds from the answer to the end; 0 when there was no answer.
        failure: how it ended; None for in order.
    """
    asked = min(failure.retry_after or 0.0, LONGEST_WAIT) if isinstance(failure, ApiError) else 0.0
    if lived < _SHORT:
        return max(backoff.next(), _MIN_INTERVAL - lived, asked)
    backoff.start_over()
    if failure is None:
        return 0.0
    # What breaks one watch breaks many, and they should not come back all at once.
    return max(random.uniform(0, _MIN_INTERVAL), asked)  # noqa: S311 - it only spreads the load


def report(error: DecodeError, on_undecodable: OnUndecodable | None) -> None:
    """Tell of a state that does not fit its class, and is passed over: to the callback, else to the log."""
    if on_undecodable is None:
        _log.warning("a state of an object could not be read and is passed over: %s", error)
        return
    try:
        on_undecodable(error)
    except Exception:
        _log.exception("on_undecodable failed")


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
            report(undecodable.error, on_undecodable)
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
        most = random_timeout()
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
        except (*_TRANSIENT, ConnectionError) as error:
            if not connected or not position.is_known or isinstance(error, TLSError):
                raise
            failure = error
        wait = pause(backoff, 0.0 if began is None else clock() - began, failure)
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
            report(event.error, self._on_undecodable)
            return None
        self._in_initial_events = self._in_initial_events and not event.ends_initial_events
        is_shown = self._show_bookmarks or event.ends_initial_events
        return event.as_event(list_watch.item_type) if is_shown else None

    @property
    def is_known(self) -> bool:
        """Whether there is a place to go on from; initial events, in no order of their versions, are none."""
        return bool(self.version) and not self._in_initial_events
