"""Lists in pages, across expired continue tokens."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import TypeVar

from ..errors import Gone
from .events import OnUndecodable, report_undecodable
from .list_watch import ListWatch, Page, Query
from .object_key import ObjectKey, key_of

T = TypeVar("T")

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
        DecodeError: An object does not fit its class, and there is no callback.
        Expired: The server refuses the first page, or the full list that replaces the remaining pages.
    """
    seen: set[ObjectKey] = set()
    first: dict[str, object] = {**query, "limit": page_size}
    current = first
    while True:
        try:
            page = await list_watch.page(current)
        except Gone as error:
            if current is first or "limit" not in current or query.get("resourceVersionMatch") == "Exact":
                raise
            token = error.status.metadata.continue_
            is_new_token = token and token != current["continue"]
            current = {**current, "continue": token} if is_new_token else dict(query)
            continue
        if page.error is not None and on_undecodable is None:
            raise page.error
        for undecodable in page.undecodable:
            report_undecodable(undecodable.error, on_undecodable)
        for item in page.items:
            key = key_of(item)
            if key not in seen:
                seen.add(key)
                yield item
        if page.next is None:
            return
        current = {**query, **_WITHOUT_VERSION, "limit": page_size, "continue": page.next}


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
        DecodeError: A response is not a list.
    """
    full: Query = {"resourceVersion": version or None}
    page = await list_watch.page({**full, "limit": page_size}, max_retries=max_retries)
    pages = [page]
    while page.next is not None:
        try:
            page = await list_watch.page({"limit": page_size, "continue": page.next}, max_retries=max_retries)
        except Gone:
            # Pages of two snapshots would not be consistent; a single response is.
            page = await list_watch.page(full, max_retries=max_retries)
            pages = []
        pages.append(page)
    return Page(
        items=[item for page in pages for item in page.items],
        metadata=page.metadata,
        undecodable=[undecodable for page in pages for undecodable in page.undecodable],
    )
