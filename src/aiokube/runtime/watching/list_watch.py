"""The objects of one resource in one namespace, or everywhere: what lists, watches and informers ask the server for."""

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
from .lines import Lines

if TYPE_CHECKING:
    from ..client import BaseClient

T = TypeVar("T")

Query = Mapping[str, object]
Batch = Iterator[WatchEvent[T] | Bookmark | UndecodableObject]

# Seconds beyond the server's own timeout after which a silent watch is given up.
_GRACE = 5.0


@dataclass(kw_only=True)
class Page(Generic[T]):
    """A list, or a part of one."""

    items: list[T]
    version: str
    """The resource version of the list."""
    next: str | None
    """The continue token of the next page; None behind the last."""
    undecodable: list[UndecodableObject] = field(default_factory=list)
    """Objects that don't fit their class."""


@dataclass(frozen=True, kw_only=True)
class ListWatch(Generic[T]):
    """What a list or watch covers."""

    client: BaseClient
    template: str
    values: Mapping[str, str | None]
    """For the braces of the path."""
    query: Query
    """The part that selects: labels, fields, ..."""
    item_type: type[T]
    list_type: type[Any]
    accept_item: str = JSON
    accept_list: str = JSON

    @property
    def plural(self) -> str:
        """The name of the resource in paths: `configmaps`."""
        return self.template.rpartition("/")[2]

    def request(self, query: Query, *, accept: str) -> Request:
        """A GET of the objects.

        Raises:
            InvalidRequest: a value has no place in a path or query.
        """
        return build("GET", self.template, self.values, {**self.query, **query}, accept=accept)

    async def page(self, query: Query, *, max_retries: int | None = None, strict: bool = False) -> Page[T]:
        """List once.

        Args:
            query: what to ask for besides the selectors.
            max_retries: of the request; None for what the client has.
            strict: whether one object that does not fit its class makes the whole answer an error.

        Raises:
            ApiError: the server answered with a failure.
            ConnectionError: no answer came.
            DecodeError: the answer is no such list.
        """
        request = dataclasses.replace(self.request(query, accept=self.accept_list), max_retries=max_retries)
        response = await self.client.send(request)
        try:
            answer = decode_response(request, response, self.list_type)
        except DecodeError:
            if strict:
                raise
            return self._read_one_by_one(request, response)
        metadata = answer.metadata
        return Page(items=answer.items, version=metadata.resource_version or "", next=metadata.continue_ or None)

    def _read_one_by_one(self, request: Request, response: Response) -> Page[T]:
        """Read a list in which some object does not fit, so that the others are not lost with it."""
        raw = decode_response(request, response, _RawList)
        reader = EventReader(request, self.item_type)
        try:
            check_kind(raw, self.list_type)
        except DecodeError as error:
            raise reader.error(str(error)) from None
        page: Page[T] = Page(items=[], version=raw.metadata.resource_version, next=raw.metadata.continue_ or None)
        for body in raw.items:
            found = reader.read_object("ADDED", bytes(body))
            if isinstance(found, UndecodableObject):
                page.undecodable.append(found)
            else:
                page.items.append(found.object)
        return page

    @asynccontextmanager
    async def watch(
        self, query: Query, *, seconds: int, max_retries: int | None = 0
    ) -> AsyncIterator[AsyncIterator[Batch[T]]]:
        """Watch on one connection, until the server ends it: its events in batches, as they arrive.

        A batch has to be taken to its end before the next.

        Args:
            query: what to ask for besides the selectors.
            seconds: after which the server is to end the watch.
            max_retries: of the request; None for what the client has.

        Raises:
            ApiError: the server refuses the watch, or ends it with an ERROR event.
            ConnectionError: the connection breaks, or stays silent beyond the end of the watch.
            DecodeError: a line is no event, or the answer is no watch at all.
        """
        made = self.request({**query, "watch": True, "timeoutSeconds": seconds}, accept=self.accept_item)
        request = dataclasses.replace(made, max_retries=max_retries, idle_timeout=seconds + _GRACE)
        async with (
            self.client.stream(request) as chunks,
            aclosing(_batches(chunks, EventReader(request, self.item_type))) as batches,
        ):
            yield batches


async def _batches(chunks: AsyncIterator[bytes], reader: EventReader[T]) -> AsyncGenerator[Batch[T], None]:
    lines = Lines(error=reader.error)
    async for chunk in chunks:
        # Each is read when its turn comes, and the one before has left its place in the memory.
        yield map(reader.read, lines.feed(chunk))
    if rest := lines.rest():
        try:
            last = reader.read(rest)
        except DecodeError:
            is_cut = rest.startswith(b"{") and not rest.endswith(b"}")
            if not (lines.has_any or is_cut):
                raise
            # The connection broke in the middle of a line, and the next watch brings it again.
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
