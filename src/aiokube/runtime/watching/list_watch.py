"""Single list and watch requests for the objects of one resource, in one namespace or all namespaces."""

from __future__ import annotations

import dataclasses
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Mapping
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import msgspec

from ..codec.model import check_kind
from ..errors import DecodeError
from ..http.request import JSON, Request, Response, build
from ..http.responses import decode_response
from .events import Bookmark, EventReader, UndecodableObject, WatchEvent
from .line_splitter import LineSplitter

if TYPE_CHECKING:
    from ..client import BaseClient

T = TypeVar("T")

Query = Mapping[str, object]
Batch = Iterator[WatchEvent[T] | Bookmark | UndecodableObject]

# A watch that stays silent for this time beyond the server's own timeout is given up.
_GRACE_S = 5.0


@dataclass(kw_only=True)
class Page(Generic[T]):
    """A list, or a page of one."""

    items: list[T]
    version: str
    """The resource version of the list."""
    next: str | None
    """The continue token of the next page; None after the last page."""
    undecodable: list[UndecodableObject] = field(default_factory=list)
    """Objects that do not fit their class."""


@dataclass(frozen=True, kw_only=True)
class ListWatch(Generic[T]):
    """A set of objects, selected by resource, namespace and selectors, that can be listed and watched."""

    client: BaseClient
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

    async def page(self, query: Query, *, max_retries: int | None = None, strict: bool = False) -> Page[T]:
        """Send one list request.

        Args:
            query: Query parameters besides the selectors.
            max_retries: Maximum number of retries; None for the client's.
            strict: Raise an error if any object does not fit its class, instead of setting it apart.

        Raises:
            ApiError: The server refused the request, or failed.
            ConnectionError: The server did not respond.
            DecodeError: The response is not a list of this resource.
        """
        request = dataclasses.replace(self.request(query, accept=self.accept_list), max_retries=max_retries)
        response = await self.client.send(request)
        try:
            decoded = decode_response(request, response, self.list_type)
        except DecodeError:
            if strict:
                raise
            return self._decode_one_by_one(request, response)
        metadata = decoded.metadata
        return Page(items=decoded.items, version=metadata.resource_version or "", next=metadata.continue_ or None)

    def _decode_one_by_one(self, request: Request, response: Response) -> Page[T]:
        """Decode a list with undecodable objects, and keep the others."""
        raw = decode_response(request, response, _RawList)
        reader = EventReader(request, self.item_type)
        try:
            check_kind(raw, self.list_type)
        except DecodeError as error:
            raise reader.error(str(error)) from None
        page: Page[T] = Page(items=[], version=raw.metadata.resource_version, next=raw.metadata.continue_ or None)
        for body in raw.items:
            event = reader.read_object("ADDED", bytes(body))
            if isinstance(event, UndecodableObject):
                page.undecodable.append(event)
            else:
                page.items.append(event.object)
        return page

    @asynccontextmanager
    async def watch(
        self, query: Query, *, seconds: int, max_retries: int | None = 0
    ) -> AsyncIterator[AsyncIterator[Batch[T]]]:
        """Watch over one connection until the server ends it, and yield the events in batches as they arrive.

        Exhaust each batch before the next.

        Args:
            query: Query parameters besides the selectors.
            seconds: Timeout after which the server ends the watch, in seconds.
            max_retries: Maximum number of retries until the watch starts; None for the client's.

        Raises:
            ApiError: The server refuses the watch, or ends it with an ERROR event.
            ConnectionError: The connection breaks, or stays silent for 5 seconds beyond the timeout.
            DecodeError: A line is not a watch event.
        """
        get = self.request({**query, "watch": True, "timeoutSeconds": seconds}, accept=self.accept_item)
        request = dataclasses.replace(get, max_retries=max_retries, idle_timeout=seconds + _GRACE_S)
        async with (
            self.client.stream(request) as chunks,
            aclosing(_batches(chunks, EventReader(request, self.item_type))) as batches,
        ):
            yield batches


async def _batches(chunks: AsyncIterator[bytes], reader: EventReader[T]) -> AsyncGenerator[Batch[T], None]:
    splitter = LineSplitter(error=reader.error)
    async for chunk in chunks:
        # Lines are decoded lazily, so that each event can be freed before the next is decoded.
        yield map(reader.read, splitter.feed(chunk))
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


class _ListMetadata(msgspec.Struct, rename="camel"):
    resource_version: str = ""
    continue_: str | None = None


class _RawList(msgspec.Struct, rename="camel"):
    api_version: str = ""
    kind: str = ""
    metadata: _ListMetadata = msgspec.field(default_factory=_ListMetadata)
    items: list[msgspec.Raw] = msgspec.field(default_factory=list)
