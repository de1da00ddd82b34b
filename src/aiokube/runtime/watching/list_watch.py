"""Single list and watch requests for the objects of one resource, in one namespace or all namespaces."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Mapping
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, TypeVar, get_args

import msgspec

from ..codec.depth import cut, restored
from ..codec.model import check_kind
from ..codec.open_types import class_of
from ..codec.status import ListMeta
from ..errors import DecodeError, RequestTimeout
from ..http.request import JSON, Request, Response, build
from ..http.responses import decode_response
from .events import Bookmark, EventReader, OnUndecodable, UndecodableObject, WatchEvent, report_undecodable
from .last_heard import LastHeard
from .line_splitter import LineSplitter

if TYPE_CHECKING:
    from ..client import HttpClient

T = TypeVar("T")
L = TypeVar("L")

Query = Mapping[str, object]
Batch = Iterator[WatchEvent[T] | Bookmark | UndecodableObject]

# A watch that goes on for this time beyond the server's own timeout, silent or not, is given up.
_GRACE_S = 5.0
# The server sends a bookmark about once a minute.
_SILENCE_S = 200.0


@dataclass(kw_only=True)
class Page(Generic[T]):
    """A list, or a page of one."""

    items: list[T]
    metadata: ListMeta
    undecodable: list[UndecodableObject] = field(default_factory=list)
    """Objects that do not fit their class."""
    error: DecodeError | None = None
    """The error of the whole list, if some objects do not fit their class."""

    @property
    def version(self) -> str:
        """The resource version of the list."""
        return self.metadata.resource_version or ""

    @property
    def next(self) -> str | None:
        """The continue token of the next page; None after the last page."""
        return self.metadata.continue_ or None


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

    async def page(self, query: Query, *, max_retries: int | None = None) -> Page[T]:
        """Send one list request.

        Args:
            query: Query parameters besides the selectors.
            max_retries: Maximum number of retries; None for the client's.

        Raises:
            ApiError: The server refused the request, or failed.
            ConnectionError: The server did not respond.
            DecodeError: The response is not a list of this resource.
        """
        request = dataclasses.replace(self.request(query, accept=self.accept_list), max_retries=max_retries)
        response = await self.client.send(request)
        self.heard.note()
        return decode_page(request, response, self.list_type, self.item_type)

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
                _batches(self._heard(chunks, seconds + _GRACE_S), EventReader(request, self.item_type))
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


def decode_list(
    request: Request, response: Response, list_type: type[L], on_undecodable: OnUndecodable | None = None
) -> L:
    """Decode a list.

    Args:
        request: The request.
        response: Its response.
        list_type: Class of the list.
        on_undecodable: Called with the error of each object that does not fit its class, and is left out.

    Raises:
        DecodeError: The response is not a list of this type, or an object does not fit its class and there is no
            callback.
    """
    try:
        return decode_response(request, response, list_type)
    except DecodeError as error:
        cls: type[Any] = list_type
        fields = {field.name: field.type for field in msgspec.structs.fields(cls)}
        page: Page[Any] = _decode_one_by_one(request, response, cls, class_of(get_args(fields["items"])[0]), error)
        is_readable = not page.undecodable and _is_of_depth(error)
        if not is_readable and (on_undecodable is None or not page.undecodable):
            raise page.error or error from None
    for undecodable in page.undecodable:
        report_undecodable(undecodable.error, on_undecodable)
    decoded: L = cls(metadata=page.metadata, items=page.items)
    return decoded


def decode_page(request: Request, response: Response, list_type: type[Any], item_type: type[T]) -> Page[T]:
    """Decode a list, and set objects apart that do not fit their class.

    Raises:
        DecodeError: The response is not a list of this type.
    """
    try:
        decoded = decode_response(request, response, list_type)
    except DecodeError as error:
        return _decode_one_by_one(request, response, list_type, item_type, error)
    return Page(items=decoded.items, metadata=decoded.metadata)


def _decode_one_by_one(
    request: Request, response: Response, list_type: type[Any], item_type: type[T], failure: DecodeError
) -> Page[T]:
    try:
        raw, bodies = _split(request, response)
    except DecodeError:
        raise failure from None
    reader = EventReader(request, item_type)
    try:
        check_kind(raw, list_type)
    except DecodeError as error:
        raise reader.error(str(error)) from None
    page: Page[T] = Page(items=[], metadata=raw.metadata, error=failure)
    for body in bodies:
        item = reader.read_item(body)
        if isinstance(item, UndecodableObject):
            page.undecodable.append(item)
        else:
            page.items.append(item)
    if page.undecodable and _is_of_depth(failure):
        # Decoding a list that is too deep fails before any object is named.
        page.error = page.undecodable[0].error
    return page


def _is_of_depth(failure: DecodeError) -> bool:
    """Return True if a list, which is deeper than its items, was nested too deep."""
    return isinstance(failure.__cause__ and failure.__cause__.__cause__, RecursionError)


def _split(request: Request, response: Response) -> tuple[_RawList, list[bytes]]:
    """Decode a list without its items, and return it with the JSON of each item."""
    try:
        raw = decode_response(request, response, _RawList)
    except DecodeError:
        # One deep item is enough.
        text, parts = cut(response.body, 2)
        raw = decode_response(request, dataclasses.replace(response, body=text), _RawList)
        return raw, [restored(bytes(item), parts) for item in raw.items]
    return raw, [bytes(item) for item in raw.items]


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


class _RawList(msgspec.Struct, rename="camel"):
    api_version: str = ""
    kind: str = ""
    metadata: ListMeta = msgspec.field(default_factory=ListMeta)
    items: list[msgspec.Raw] = msgspec.field(default_factory=list)
