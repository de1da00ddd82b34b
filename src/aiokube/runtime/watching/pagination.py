"""Lists too long for one answer: page after page, over expired continue tokens."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import TypeVar

from ..errors import Gone
from .list_watch import ListWatch, Page, Query
from .object_key import ObjectKey, key_of

T = TypeVar("T")

# A continue token carries the resource version of its list; the server refuses the two together.
_WITHOUT_VERSION = {"resourceVersion": None, "resourceVersionMatch": None}


async def iterate(list_watch: ListWatch[T], query: Query, *, page_size: int) -> AsyncGenerator[T, None]:
    """Yield every object of a list, in pages.

    The server forgets the state that the pages come from after some minutes (410 Expired). What is left then comes from
    a newer state: by the token that the server offers for it, else by a list of everything without a limit. Either way,
    no name is yielded twice, and no object that exists from the first request to the last is left out. With
    `resourceVersionMatch=Exact` only that one state will do, and the error is raised.

    Args:
        list_watch: what to list.
        query: what to ask for besides the selectors.
        page_size: how many objects to ask for at a time.

    Raises:
        Expired: the first page, or the list that replaces the pages, is refused.
    """
    seen: set[ObjectKey] = set()
    first: dict[str, object] = {**query, "limit": page_size}
    ask = first
    while True:
        try:
            page = await list_watch.page(ask, strict=True)
        except Gone as error:
            if ask is first or "limit" not in ask or query.get("resourceVersionMatch") == "Exact":
                raise
            offered = error.status.metadata.continue_
            has_offer = offered and offered != ask["continue"]
            ask = {**ask, "continue": offered} if has_offer else dict(query)
            continue
        for item in page.items:
            key = key_of(item)
            if key not in seen:
                seen.add(key)
                yield item
        if page.next is None:
            return
        ask = {**query, **_WITHOUT_VERSION, "limit": page_size, "continue": page.next}


async def list_all(
    list_watch: ListWatch[T], *, version: str | None, page_size: int | None, max_retries: int | None = None
) -> Page[T]:
    """List everything as it was at one moment; objects that don't fit their class are set apart.

    Args:
        list_watch: what to list.
        version: the resource version to ask for: None or empty for the newest, `0` for any, else at least this one.
        page_size: how many objects to ask for at a time; None for all.
        max_retries: of each request; None for what the client has.

    Raises:
        Expired: the resource version is too old.
        DecodeError: an answer is no list, or says of no resource version.
    """
    whole: Query = {"resourceVersion": version or None}
    page = await list_watch.page({**whole, "limit": page_size}, max_retries=max_retries)
    parts = [page]
    while page.next is not None:
        try:
            page = await list_watch.page({"limit": page_size, "continue": page.next}, max_retries=max_retries)
        except Gone:
            # Pages of two states would not be a state. One answer is.
            page = await list_watch.page(whole, max_retries=max_retries)
            parts = []
        parts.append(page)
    return Page(
        items=[item for part in parts for item in part.items],
        version=page.version,
        next=None,
        undecodable=[one for part in parts for one in part.undecodable],
    )
