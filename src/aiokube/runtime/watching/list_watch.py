"""Single list and watch requests for the objects of one resource, in one namespace or all namespaces."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator, Mapping
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from ..errors import DecodeError, RequestTimeout
from ..http.request import JSON, Request, build
from .events import Bookmark, EventReader, UndecodableObject, WatchEvent
from .kept_objects import KeptObjects
from .last_heard import LastHeard
from .line_splitter import LineSplitter
from .list_body import ListBody
from .pages import Page, PlainItems, decode_page

if TYPE_CHECKING:
    from ..client import HttpClient

T = TypeVar("T")

Query = Mapping[str, object]
Batch = Iterator[WatchEvent[T] | Bookmark | UndecodableObject]

# A watch that goes on for this time beyond the server's own timeout, silent or not, is given up.
_GRACE_S = 5.0
# The server sends a bookmark about once a minute.
_SILENCE_S = 200.0

# Chunks of at least this size hold many events: the existing objects, as a rule.
_BLOCK_BYTES = 1 << 14


@dataclass(frozen=True, kw_only=True)
class ListWatch(Generic[T]):
    """A set of objects, selected by resource, namespace and selectors, that can be listed and watched."""

    client: HttpClient
    template: str
    """The path as the OpenAPI document has it, with placeholders in braces."""
    values: Mapping[str, str | None]
    """The values of the placeholders."""
    query: Query
    """The selectors: `labelSelector`, `fieldSelector`."""
    item_type: type[T]
    list_type: type[Any]
    accept_item: str = JSON
    accept_list: str = JSON
    heard: LastHeard = field(default_factory=LastHeard)
    kept: KeptObjects[T] | None = None
    """How a cache reads the objects; None for ordinary objects."""

    @property
    def plural(self) -> str:
        """The plural name of the resource, as in its path: `configmaps`."""
        return self.template.rpartition("/")[2]

    def request(self, query: Query, *, accept: str) -> Request:
        """Return a GET request for the objects.

        Raises:
            InvalidRequest: A value cannot be part of a path or query.
        """
        return build("GET", self.template, self.values, {**self.query, **query}, accept=accept)

    async def page(
        self, query: Query, *, max_retries: int | None = None, on_token: Callable[[str], object] | None = None
    ) -> Page[T]:
        """Send one list request, and decode the list while it arrives.

        Args:
            query: Query parameters besides the selectors.
            max_retries: Maximum number of retries; None for the client's.
            on_token: Called with the continue token before the items arrive, if the server sends it before them.

        Raises:
            ApiError: The server refused the request, or failed.
            ConnectionError: The server did not respond.
            DecodeError: The response is not a list of this resource.
        """
        request = dataclasses.replace(self.request(query, accept=self.accept_list), max_retries=max_retries)
        if self.kept is not None:
            body = ListBody[Any](partial(self.kept.read_items, request, self.list_type), on_token)
            response = await self.client.receive(request, body)
            self.heard.note()
            return await self.kept.page(request, response, self.list_type, body)
        with PlainItems[Any](self.list_type) as items:
            body = ListBody[Any](items.read, on_token)
            response = await self.client.receive(request, body)
            self.heard.note()
            return decode_page(request, response, self.list_type, self.item_type, body)

    @asynccontextmanager
    async def watch(
        self, query: Query, *, seconds: int, max_retries: int | None = 0
    ) -> AsyncIterator[AsyncIterator[Batch[T]]]:
        """Watch over one connection until the server ends it, and yield the events in batches as they arrive.

        Exhaust each batch before the next. A connection counts as ended without data for three bookmarks, and if the
        server does not end it at its timeout.

        Args:
            query: Query parameters besides the selectors.
            seconds: Timeout after which the server ends the watch, in seconds.
            max_retries: Maximum number of retries until the watch starts; None for the client's.

        Raises:
            ApiError: The server refuses the watch, or ends it with an ERROR event.
            ConnectionError: The connection breaks.
            DecodeError: A line is not a watch event.
        """
        get = self.request({**query, "watch": True, "timeoutSeconds": seconds}, accept=self.accept_item)
        request = dataclasses.replace(get, max_retries=max_retries, idle_timeout=min(seconds + _GRACE_S, _SILENCE_S))
        async with (
            self.client.stream(request) as chunks,
            aclosing(
                _batches(self._heard(chunks, seconds + _GRACE_S), EventReader(request, self.item_type, self.kept))
            ) as batches,
        ):
            self.heard.note()
            yield batches

    async def _heard(self, chunks: AsyncIterator[bytes], seconds: float) -> AsyncGenerator[bytes, None]:
        clock = asyncio.get_running_loop().time
        deadline = clock() + seconds
        try:
            async for chunk in chunks:
                self.heard.note()
                yield chunk
                if clock() >= deadline:
                    return
        except RequestTimeout:
            return


async def _batches(chunks: AsyncIterator[bytes], reader: EventReader[T]) -> AsyncGenerator[Batch[T], None]:
    splitter, reads_blocks = LineSplitter(error=reader.error), reader.reads_blocks
    async for chunk in chunks:
        block = splitter.feed_block(chunk) if reads_blocks and len(chunk) >= _BLOCK_BYTES else None
        # Lines are decoded lazily, so that each event can be freed before the next is decoded.
        yield map(reader.read, splitter.feed(chunk)) if block is None else reader.read_block(block)
    if rest := splitter.rest():
        try:
            last = reader.read(rest)
        except DecodeError:
            is_truncated = rest.startswith(b"{") and not rest.endswith(b"}")
            if not (splitter.has_any or is_truncated):
                raise
            # The connection broke in the middle of a line; the next watch delivers the event again.
            return
        yield iter((last,))
