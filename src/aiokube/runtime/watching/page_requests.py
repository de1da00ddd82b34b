"""The requests for the pages of a list: each leaves while the page before it is received."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Generic, TypeVar

from .list_watch import ListWatch, Query
from .pages import Page

T = TypeVar("T")


class PageRequests(Generic[T]):
    """Requests the pages of one list, one page ahead. Close it with `aclose`.

    Args:
        list_watch: The objects to list.
        following: Returns the query for the page of a continue token; None if it must not be requested ahead.
        max_retries: Maximum number of retries per request; None for the client's.
    """

    def __init__(
        self, list_watch: ListWatch[T], following: Callable[[str], Query | None], *, max_retries: int | None = None
    ) -> None:
        self._list_watch = list_watch
        self._following = following
        self._max_retries = max_retries
        self._current: _Request[T] | None = None
        self._ahead: _Request[T] | None = None
        self._dropped: set[asyncio.Task[Page[T]]] = set()

    async def page(self, query: Query) -> Page[T]:
        """Return the page of a query, which may have been requested ahead.

        Raises:
            ApiError: As for `ListWatch.page`, and likewise its other errors.
        """
        request = self._ahead
        if request is None or request.query != query:
            self._drop()
            self._current = request = _Request(query)
            return await self._send(request)
        self._ahead, self._current = None, request
        if request.token is not None:
            self._ask(request.token)
        assert request.task is not None, "a request that is ahead has a task"
        return await request.task

    async def aclose(self) -> None:
        """Cancel what was requested ahead."""
        self._current = None
        self._drop()
        if self._dropped:
            await asyncio.wait([*self._dropped])

    async def _send(self, request: _Request[T]) -> Page[T]:
        return await self._list_watch.page(
            request.query, max_retries=self._max_retries, on_token=partial(self._on_token, request)
        )

    def _on_token(self, request: _Request[T], token: str) -> None:
        request.token = token
        if request is self._current:
            self._ask(token)

    def _ask(self, token: str) -> None:
        """Request the page of a token, unless that has been done, or the token is from an attempt that failed."""
        query = self._following(token)
        if self._ahead is not None and self._ahead.query == query:
            return
        self._drop()
        if query is not None:
            self._ahead = _Request(query)
            self._ahead.task = asyncio.create_task(self._send(self._ahead))

    def _drop(self) -> None:
        ahead, self._ahead = self._ahead, None
        if ahead is not None and ahead.task is not None:
            self._dropped.add(ahead.task)
            ahead.task.add_done_callback(self._on_dropped)
            ahead.task.cancel()

    def _on_dropped(self, task: asyncio.Task[Page[T]]) -> None:
        self._dropped.discard(task)
        if not task.cancelled():
            # It failed while it was cancelled, and nobody has asked for it.
            task.exception()


class _Request(Generic[T]):
    def __init__(self, query: Query) -> None:
        self.query = query
        self.token: str | None = None
        self.task: asyncio.Task[Page[T]] | None = None
