"""Lists in pages, across expired continue tokens."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass
from typing import Generic, TypeVar

from ..errors import DecodeError, Gone
from ..http.backoff import Backoff
from .events import OnUndecodable, report_undecodable
from .list_watch import ListWatch, Query
from .object_key import ObjectKey, PlainKey, plain_key_of
from .page_requests import PageRequests
from .pages import Page

T = TypeVar("T")

_MIN_INTERVAL_S = 1.0
_MAX_FRUITLESS = 5

# A continue token carries the resource version of its list; the server refuses the two together.
_WITHOUT_VERSION = {"resourceVersion": None, "resourceVersionMatch": None}


async def iterate(
    list_watch: ListWatch[T], query: Query, *, page_size: int, on_undecodable: OnUndecodable | None = None
) -> AsyncGenerator[T, None]:
    """Yield all objects of a list, requested in pages.

    All pages come from one snapshot, which the server discards after some minutes (410 Expired). The remaining objects
    then come from a newer one: with the continue token that the server offers for it, or from a full list without a
    limit. Objects that exist throughout are yielded exactly once, and no name is yielded twice. With
    `resourceVersionMatch=Exact` no other snapshot is acceptable, so the error is raised.

    Args:
        list_watch: The objects to list.
        query: Query parameters besides the selectors.
        page_size: Number of objects per page.
        on_undecodable: Called with the error of each object that does not fit its class, and is left out.

    Raises:
        DecodeError: An object does not fit its class, and there is no callback; or the pages do not come to an end.
        Expired: The server refuses the first page, or the full list that replaces the remaining pages.
    """
    seen: set[PlainKey] = set()
    reported: set[ObjectKey] = set()
    progress = _Progress(list_watch.plural)
    first: dict[str, object] = {**query, "limit": page_size}
    current = first

    def following(token: str) -> dict[str, object]:
        return {**query, **_WITHOUT_VERSION, "limit": page_size, "continue": token}

    async with aclosing(PageRequests(list_watch, progress.ahead(following))) as requests:
        while True:
            try:
                page = await requests.page(current)
            except Gone as error:
                if current is first or "limit" not in current or query.get("resourceVersionMatch") == "Exact":
                    raise
                await progress.expire(error)
                token = error.status.metadata.continue_
                is_new_token = token and token != current["continue"]
                current = {**current, "continue": token} if is_new_token else dict(query)
                continue
            if page.error is not None and on_undecodable is None:
                raise page.error
            known = len(seen) + len(reported)
            for undecodable in page.undecodable:
                if undecodable.key is None or undecodable.key not in reported:
                    report_undecodable(undecodable.error, on_undecodable)
                if undecodable.key is not None:
                    reported.add(undecodable.key)
            for item in page.items:
                key = plain_key_of(item)
                if key not in seen:
                    seen.add(key)
                    yield item
            if page.next is None:
                return
            await progress.advance(page.next, has_new_objects=len(seen) + len(reported) > known)
            current = following(page.next)


async def list_all(
    list_watch: ListWatch[T], *, version: str | None, page_size: int | None, max_retries: int | None = None
) -> Page[T]:
    """List all objects, in one consistent snapshot.

    Args:
        list_watch: The objects to list.
        version: Resource version of the snapshot: None or empty for the newest, `0` for any, else at least this one.
        page_size: Number of objects per page; None for a single request without a limit.
        max_retries: Maximum number of retries per request; None for the client's.

    Raises:
        Expired: The resource version is too old.
        DecodeError: A response is not a list, or has no resource version; or the pages do not come to an end.
    """
    parts = snapshot(list_watch, version=version, page_size=page_size, max_retries=max_retries)
    async with aclosing(parts):
        whole = (await anext(parts)).page
        async for part in parts:
            if part.is_first:
                whole = part.page
                continue
            whole.items += part.page.items
            whole.undecodable += part.page.undecodable
            whole.metadata = part.page.metadata
    return whole


@dataclass(frozen=True, kw_only=True)
class Part(Generic[T]):
    """A page of a snapshot."""

    page: Page[T]
    is_first: bool
    """True for the first page. If another one came before, its snapshot has expired, and all of its pages are void."""


async def snapshot(
    list_watch: ListWatch[T], *, version: str | None, page_size: int | None, max_retries: int | None = None
) -> AsyncGenerator[Part[T], None]:
    """Yield the pages of `list_all` as they come; it keeps none of them.

    Raises:
        Expired: The resource version is too old.
        DecodeError: A response is not a list, or has no resource version; or the pages do not come to an end.
    """
    full: Query = {"resourceVersion": version or None}
    progress = _Progress(list_watch.plural)
    starts: set[PlainKey] = set()

    def following(token: str) -> dict[str, object]:
        return {"limit": page_size, "continue": token}

    pages = PageRequests(list_watch, progress.ahead(following), max_retries=max_retries)
    async with aclosing(pages) as requests:
        part = Part(page=await requests.page({**full, "limit": page_size}), is_first=True)
        while (token := part.page.next) is not None:
            # The keys are in order, so a page of objects that came before starts like an earlier one.
            known = len(starts)
            starts.update(plain_key_of(item) for item in part.page.items[:1])
            starts.update(item.key.plain for item in part.page.undecodable[:1] if item.key is not None)
            yield part
            await progress.advance(token, has_new_objects=len(starts) > known)
            try:
                part = Part(page=await requests.page(following(token)), is_first=False)
            except Gone as error:
                await progress.expire(error)
                # Pages of two snapshots would not be consistent; a single response is.
                part = Part(page=await requests.page(full), is_first=True)
        if not part.page.version:
            raise DecodeError(f"the list of {list_watch.plural} has no metadata.resourceVersion to watch from")
        yield part


class _Progress:
    """The progress of a list through its pages. Slows down, and finally ends, a list that makes none."""

    def __init__(self, plural: str) -> None:
        self._plural = plural
        self._tokens: set[str] = set()
        self._backoff = Backoff()
        self._has_advanced = True
        self._fruitless = 0

    def ahead(self, following: Callable[[str], Query]) -> Callable[[str], Query | None]:
        """Return a function that returns the query of a token; None without progress, or for an earlier one."""

        def query_of(token: str) -> Query | None:
            return following(token) if self._has_advanced and token not in self._tokens else None

        return query_of

    async def advance(self, token: str, *, has_new_objects: bool) -> None:
        """Continue after a page.

        Raises:
            DecodeError: The token has come before, or several pages in a row had no new objects.
        """
        if token in self._tokens:
            raise DecodeError(f"the list of {self._plural} repeats a continue token, and would not end")
        self._tokens.add(token)
        self._has_advanced = has_new_objects
        if has_new_objects:
            self._fruitless = 0
            self._backoff.reset()
        else:
            await self._wait(DecodeError(f"the list of {self._plural} does not end: its pages have no new objects"))

    async def expire(self, error: Gone) -> None:
        """Continue after an expired token, at once if there was progress before it."""
        if self._has_advanced:
            self._has_advanced = False
        else:
            await self._wait(error)

    async def _wait(self, error: DecodeError | Gone) -> None:
        self._fruitless += 1
        if self._fruitless > _MAX_FRUITLESS:
            raise error
        await asyncio.sleep(max(self._backoff.next(), _MIN_INTERVAL_S))
