"""watch: the history, and then each change as it comes, as events of what the client selects."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator

from ..call import Call
from ..failures import Failure, expired
from ..rendering import View, encode, event_line
from ..store import Change, Compacted, Object, Record
from .reading import InvalidVersion, Selection, check_future, check_match, limits, parse_version, selection
from .state import State
from .views import view_of

BOOKMARK_INTERVAL = 60.0
"""Seconds between bookmarks."""

_LONGEST = 1 << 31
"""Seconds after which the longest watch ends."""

_INITIAL_EVENTS_END = {"k8s.io/initial-events-end": "true"}


class Dropped(Exception):
    """The connection of a watch is to be broken."""


class Watch:
    """An open watch.

    Args:
        state: The cluster.
        call: The request.

    Raises:
        Failure: The request is invalid.
    """

    def __init__(self, state: State, call: Call) -> None:
        self._view: View = view_of(state, call)
        self.content_type: str = self._view.content_type
        self.call = call
        self._state = state
        timeout, _ = limits(call)
        self._selected: Selection = selection(call)
        self._with_bookmarks = call.flag("allowWatchBookmarks")
        self._lines: list[bytes | Dropped | None] = []
        self._is_silent = False
        self._waiting = asyncio.Event()
        check_match(call.query, is_watch=True)
        if timeout < 0:
            self.end()
        self._begin()
        self._unsubscribe = state.store.subscribe(call.resource.collection, self._on_change)
        self._timers = [state.clock.call_later(_timeout(timeout), self.end)]
        if self._with_bookmarks:
            self._timers.append(state.clock.call_later(BOOKMARK_INTERVAL, self._bookmark_regularly))

    def close(self) -> None:
        """Let go of the store and the clock."""
        self._unsubscribe()
        for timer in self._timers:
            timer.cancel()

    async def chunks(self) -> AsyncIterator[bytes]:
        """Return the lines, as many at once as there are.

        Raises:
            Dropped: The connection is to be broken.
        """
        while True:
            await self._waiting.wait()
            self._waiting.clear()
            lines, self._lines = self._lines, []
            ready: list[bytes] = []
            for line in lines:
                if not isinstance(line, bytes):
                    if ready:
                        yield b"".join(ready)
                    if line is None:
                        return
                    raise line
                ready.append(line)
            yield b"".join(ready)

    # what faults do to it

    def end(self) -> None:
        """End it, as its timeout does."""
        self._add(None)

    def drop(self) -> None:
        """Break its connection."""
        self._add(Dropped())

    def fail(self, failure: Failure) -> None:
        """Send an ERROR event, and end it."""
        self._add(event_line("ERROR", encode(failure.status())))
        self._add(None)

    def send(self, data: bytes) -> None:
        """Send bytes, whatever they are."""
        self._add(data)

    def silence(self) -> None:
        """Say nothing any more, and do not end; its connection can still break."""
        self._is_silent = True

    def bookmark(self) -> None:
        """Send a bookmark, if the client has asked for bookmarks."""
        if self._with_bookmarks:
            self._add(self._bookmark({}))

    # events

    def _begin(self) -> None:
        query, store = self.call.query, self._state.store
        try:
            version = parse_version(query.get("resourceVersion", ""))
        except InvalidVersion as error:
            raise Failure(500, "", str(error)) from None
        collection = self.call.resource.collection
        initial = query.get("sendInitialEvents")
        if self.call.flag("sendInitialEvents"):
            try:
                check_future(self._state, query.get("resourceVersion", ""))
            except Failure as failure:
                self.fail(failure)
                return
        if version == 0 or initial is not None:
            if self.call.flag("sendInitialEvents") or (version == 0 and initial is None):
                for key, record in store.records(collection, namespace=self.call.namespace):
                    if self._selected.covers(key, record):
                        self._event("ADDED", record)
            if self.call.flag("sendInitialEvents") and self._with_bookmarks:
                self._add(self._bookmark(_INITIAL_EVENTS_END))
            if version == 0 or self.call.flag("sendInitialEvents"):
                return
        try:
            for change in store.changes(collection, version):
                self._on_change(change)
        except Compacted:
            # A real server, too, has sent its status by now.
            self.fail(expired(f"too old resource version: {version} ({store.compacted})"))

    def _on_change(self, change: Change) -> None:
        if self._selected.namespace and change.key.namespace != self._selected.namespace:
            return
        was = change.old is not None and self._selected.covers(change.key, change.old)
        is_now = change.type != "DELETED" and self._selected.covers(change.key, change.new)
        if is_now:
            self._event("MODIFIED" if was else "ADDED", change.new)
        elif was and change.old is not None:
            if change.type == "DELETED":
                self._event("DELETED", change.new)
            else:
                # It leaves the selection: the client knows the old state, at the version of the change.
                metadata = {**change.old.obj["metadata"], "resourceVersion": str(change.revision)}
                self._event("DELETED", Record({**change.old.obj, "metadata": metadata}, change.revision))

    def _event(self, type: str, record: Record) -> None:
        self._add(event_line(type, self._view.of(record)))

    def _bookmark(self, annotations: dict[str, str]) -> bytes:
        metadata: Object = {"resourceVersion": str(self._state.store.revision)}
        if annotations:
            metadata["annotations"] = annotations
        return event_line("BOOKMARK", self._view.of_object({"metadata": metadata}))

    def _bookmark_regularly(self) -> None:
        self.bookmark()
        self._timers[1] = self._state.clock.call_later(BOOKMARK_INTERVAL, self._bookmark_regularly)

    def _add(self, line: bytes | Dropped | None) -> None:
        if self._is_silent and not isinstance(line, Dropped):
            return
        self._lines.append(line)
        self._waiting.set()


def _timeout(seconds: int) -> float:
    """Return when a watch ends, in seconds."""
    if seconds:
        return min(seconds, _LONGEST)
    return random.randint(1800, 3600)  # noqa: S311 - as the real one
