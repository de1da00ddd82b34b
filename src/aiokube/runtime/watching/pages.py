"""Decoding of lists and their pages; objects that do not fit their class are set apart."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar, get_args

import msgspec

from ..codec.depth import cut, restored
from ..codec.gc_pause import LongPause
from ..codec.model import check_kind, decode
from ..codec.open_types import class_of
from ..codec.status import ListMeta
from ..errors import DecodeError
from ..http.request import Request, Response
from ..http.responses import decode_response, detach_raw
from .events import EventReader, OnUndecodable, UndecodableObject, report_undecodable
from .list_body import ListBody, ListHead
from .slices import turn

if TYPE_CHECKING:
    from ..client import HttpClient

T = TypeVar("T")
L = TypeVar("L")


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


class PlainItems(Generic[T]):
    """Reads the items of a list as they are.

    Args:
        list_type: Class of the list.
    """

    def __init__(self, list_type: type[Any]) -> None:
        self._list_type = list_type
        self._copies: dict[bytes, msgspec.Raw] = {}
        self._pause = LongPause()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._pause.end()

    async def read(self, data: bytes, head: ListHead) -> list[T]:
        """Return the items of a JSON array, which is a part of a list.

        Raises:
            DecodeError: An item does not fit its class.
        """
        kind: type[list[T]] = items_type(self._list_type)
        self._pause.extend()
        items = decode(data, kind)
        detach_raw(items, self._copies)
        await turn()
        return items


_items_types: dict[type[Any], Any] = {}


def items_type(list_type: type[Any]) -> Any:
    """Return the type of the items of a list: `list[Pod]`."""
    if list_type not in _items_types:
        fields = {field.name: field.type for field in msgspec.structs.fields(list_type)}
        _items_types[list_type] = fields["items"]
    return _items_types[list_type]


async def receive_list(
    client: HttpClient, request: Request, list_type: type[L], on_undecodable: OnUndecodable | None = None
) -> L:
    """Send a list request, and decode the list while it arrives.

    Args:
        client: The client.
        request: The request.
        list_type: Class of the list.
        on_undecodable: Called with the error of each object that does not fit its class, and is left out.

    Raises:
        ApiError: The server refused the request, or failed.
        ConnectionError: The server did not respond.
        DecodeError: The response is not a list of this type, or an object does not fit its class and there is no
            callback.
    """
    with PlainItems[Any](list_type) as items:
        body = ListBody[Any](items.read)
        response = await client.receive(request, body)
        return decode_list(request, response, list_type, on_undecodable, body)


def decode_list(
    request: Request,
    response: Response,
    list_type: type[L],
    on_undecodable: OnUndecodable | None = None,
    body: ListBody[Any] | None = None,
) -> L:
    """Decode a list.

    Args:
        request: The request.
        response: Its response.
        list_type: Class of the list.
        on_undecodable: Called with the error of each object that does not fit its class, and is left out.
        body: The items that were read before, which the response is without.

    Raises:
        DecodeError: The response is not a list of this type, or an object does not fit its class and there is no
            callback.
    """
    cls: type[Any] = list_type
    try:
        return _with_items(decode_response(request, response, list_type), body)
    except DecodeError as error:
        page: Page[Any] = _decode_one_by_one(
            request, response, cls, class_of(get_args(items_type(cls))[0]), error, body
        )
        error = page.error or error
        is_readable = not page.undecodable and _is_of_depth(error)
        if not is_readable and (on_undecodable is None or not page.undecodable):
            raise error from None
    for undecodable in page.undecodable:
        report_undecodable(undecodable.error, on_undecodable)
    result: L = cls(metadata=page.metadata, items=page.items)
    return result


def decode_page(
    request: Request, response: Response, list_type: type[Any], item_type: type[T], body: ListBody[Any]
) -> Page[T]:
    """Decode a list, and set objects apart that do not fit their class.

    Args:
        request: The request.
        response: Its response.
        list_type: Class of the list.
        item_type: Class of its items.
        body: The items that were read before, which the response is without.

    Raises:
        DecodeError: The response is not a list of this type.
    """
    try:
        decoded: Any = _with_items(decode_response(request, response, list_type), body)
    except DecodeError as error:
        return _decode_one_by_one(request, response, list_type, item_type, error, body)
    return Page(items=decoded.items, metadata=decoded.metadata)


def _with_items(decoded: L, body: ListBody[Any] | None) -> L:
    """Return a list with the items that were read before."""
    if body is None or not body.items:
        return decoded
    found: Any = decoded
    # A new one, which gives the items what the list says about them.
    whole: L = msgspec.structs.replace(found, items=[*body.items, *found.items])
    return whole


def _decode_one_by_one(
    request: Request,
    response: Response,
    list_type: type[Any],
    item_type: type[T],
    failure: DecodeError,
    body: ListBody[Any] | None,
) -> Page[T]:
    known = len(body.items) if body is not None else 0
    if body is not None and known:
        response = dataclasses.replace(response, body=body.whole())
        try:
            decode_response(request, response, list_type)
        except DecodeError as error:
            # It counts the items from the first one.
            failure = error
    try:
        raw, bodies = _split(request, response)
    except DecodeError:
        raise failure from None
    reader = EventReader(request, item_type)
    try:
        check_kind(raw, list_type)
    except DecodeError as error:
        raise reader.error(str(error)) from None
    page: Page[T] = Page(items=[*(body.items if body is not None else ())], metadata=raw.metadata, error=failure)
    for data in bodies[known:]:
        item = reader.read_item(data)
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


class _RawList(msgspec.Struct, rename="camel"):
    api_version: str = ""
    kind: str = ""
    metadata: ListMeta = msgspec.field(default_factory=ListMeta)
    items: list[msgspec.Raw] = msgspec.field(default_factory=list)
