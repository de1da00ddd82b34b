"""Decoding of lists and their pages; objects that do not fit their class are set apart."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar, get_args

import msgspec

from ..codec.depth import cut, restored
from ..codec.model import check_kind
from ..codec.open_types import class_of
from ..codec.status import ListMeta
from ..errors import DecodeError
from ..http.request import Request, Response
from ..http.responses import decode_response
from .events import EventReader, OnUndecodable, UndecodableObject, report_undecodable

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


class _RawList(msgspec.Struct, rename="camel"):
    api_version: str = ""
    kind: str = ""
    metadata: ListMeta = msgspec.field(default_factory=ListMeta)
    items: list[msgspec.Raw] = msgspec.field(default_factory=list)
