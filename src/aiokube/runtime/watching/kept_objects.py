"""The objects that an informer keeps: frozen, sharing their equal parts, and transformed first if the user says so."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Generic, Literal, TypeVar

import msgspec

from ..codec.change_reader import ChangeReader
from ..codec.depth import decode_deep
from ..codec.gc_pause import gc_paused
from ..codec.model import check_kind, decode, decoder, encode, expected_kind
from ..codec.open_types import is_open
from ..codec.shared_reader import SharedReader
from ..errors import DecodeError, InvalidRequest
from ..http.request import Request, Response
from .events import EventType, UndecodableObject
from .list_body import ListBody, ListHead
from .object_key import key_of, plain_key_of
from .pages import Page, decode_page, items_type
from .slices import slices, turn

T = TypeVar("T")

Transform = Callable[[T], T]
"""Function that drops what nobody reads from an object, and returns it."""

# Some objects take a millisecond each.
_SLICE = 30
_UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, OverflowError, RecursionError, DecodeError)


class KeptObjects(Generic[T]):
    """Reads the objects of a cache.

    Args:
        item_type: Their class.
        known: Returns the object of the cache if it is the same state as one whose metadata has been read.
        keep_managed_fields: Keep `metadata.managed_fields`.
        transform: Applied to each object before it is kept.
    """

    def __init__(
        self,
        item_type: type[T],
        *,
        known: Callable[[T], T | None],
        keep_managed_fields: bool,
        transform: Transform[T] | None = None,
    ) -> None:
        self._item_type = item_type
        self._shared = SharedReader(item_type, keep_managed_fields=keep_managed_fields)
        self._known = known
        self._transform = transform
        has_twin = transform is None and not is_open(item_type)
        self._changes = ChangeReader(item_type, self._shared) if has_twin else None
        self.type: type[T] | None = None if self._changes is None else self._changes.outline
        """The class that msgspec reads from events, before `keep`; None if each object is read by `read`."""
        self.reads_many: bool = has_twin
        """True if `read_added` reads objects."""
        self._list_types: dict[type[Any], Any] = {}
        self._kind = expected_kind(item_type)
        added: Any = _Added[self._shared.shell or msgspec.Raw]  # type: ignore[misc] # a class, known at run time only
        self._added: msgspec.json.Decoder[Any] = decoder(added)

    def keep(self, obj: T, change: EventType) -> T:
        """Return the object to keep for one that was read from an event.

        Raises:
            ValidationError: A part does not fit its type.
            RecursionError: A part is nested too deep.
        """
        assert self._changes is not None
        key = plain_key_of(obj)
        if change == "DELETED":
            self._changes.forget(key)
        # Of new objects, most never change, and the states of changed ones take memory.
        return self._changes.complete(obj, key if change == "MODIFIED" else None)

    def read(self, data: bytes) -> T:
        """Return the object to keep for a JSON text.

        Raises:
            DecodeError: The text does not fit the class, or the transform failed.
        """
        if self._transform is None:
            return self._shared.read(data)
        return self._transformed(decode(data, self._item_type), self._transform)

    def read_added(self, lines: bytes) -> list[T] | None:
        """Return the objects to keep for those of `ADDED` events, one a line; None if they cannot be read at once.

        Objects that are in the cache already are not decoded again.

        Raises:
            ValidationError: A part does not fit its type.
            RecursionError: A part is nested too deep.
        """
        with gc_paused(len(lines)):
            events = self._added.decode_lines(lines)
        kept = []
        for event in events:
            obj = event.object
            if (obj.api_version, obj.kind) != self._kind or not obj.metadata.resource_version:
                return None
            known = self._known(obj)
            kept.append(self._shared.complete(obj) if known is None else known)
        return kept

    def forget_states(self) -> None:
        """Forget the last states of objects, which a relist may have found to be gone."""
        if self._changes is not None:
            self._changes.clear()

    async def read_items(self, request: Request, list_type: type[Any], data: bytes, head: ListHead) -> list[Any]:
        """Return the objects to keep for those of a JSON array, which is a part of a list.

        The loop runs in between. Objects that are in the cache already are not decoded again.

        Args:
            request: The request for the list.
            list_type: Class of the list.
            data: The array.
            head: What stands before the items of the list.

        Returns:
            The objects, and an `UndecodableObject` for each of which the transform failed.

        Raises:
            DecodeError: An object does not fit its class.
        """
        if self._transform is None:
            shells: Any = list[self._shared.shell or msgspec.Raw]  # type: ignore[misc] # a class, known at run time only
            try:
                with gc_paused(len(data)):
                    found = decode_deep(decoder(shells).decode, data)
                return await self._in_slices(found, self._completion(head))
            except _UNREADABLE:
                # What the server leaves out or sends as null, or the error of one object.
                pass
        return await self._in_slices(decode(data, items_type(list_type)), partial(self._keep_item, request))

    async def page(self, request: Request, response: Response, list_type: type[Any], body: ListBody[Any]) -> Page[T]:
        """Decode a list, and set objects apart that do not fit their class.

        The loop runs in between. Objects that are in the cache already are not decoded again.

        Args:
            request: The request.
            response: Its response, without the items that were read while it arrived.
            list_type: Class of the list.
            body: These items, as `read_items` returned them.

        Raises:
            DecodeError: The response is not a list of this type.
        """
        if self._transform is None:
            try:
                shells = self._read_shells(response, list_type)
                complete = self._completion(shells)
                kept = await self._in_slices(shells.items, complete)
                return Page(items=[*body.items, *kept], metadata=shells.metadata)
            except _UNREADABLE:
                # What the server leaves out or sends as null, or the error of one object or of the whole response.
                pass
        page = decode_page(request, response, list_type, self._item_type, body)
        rest = await self._in_slices(page.items[len(body.items) :], partial(self._keep_item, request))
        items: list[Any] = [*body.items, *rest]
        return Page(
            items=[item for item in items if not isinstance(item, UndecodableObject)],
            metadata=page.metadata,
            undecodable=[*page.undecodable, *(item for item in items if isinstance(item, UndecodableObject))],
        )

    def _keep_item(self, request: Request, obj: Any) -> Any:
        """Return the object to keep for an item that was read as a whole; an `UndecodableObject` if that fails."""
        # A transform may change them, and fail.
        key, version, uid = key_of(obj), obj.metadata.resource_version, obj.metadata.uid
        try:
            return self._kept(obj)
        except DecodeError as error:
            problem = DecodeError(f"{request}: {error}{request.outcome}")
            problem.__cause__ = error
            return UndecodableObject(type="ADDED", key=key, version=version, uid=uid, error=problem)

    def _kept(self, obj: T) -> T:
        if self._transform is not None:
            return self._transformed(obj, self._transform)
        return self._shared.share(obj)

    def _completion(self, shells: Any) -> Callable[[Any], T]:
        if self._shared.shell is not None:
            return self._shared.complete
        version, kind = shells.api_version, shells.kind.removesuffix("List")
        return lambda raw: self._shared.read_item(raw, version, kind)

    def _read_shells(self, response: Response, list_type: type[Any]) -> Any:
        if list_type not in self._list_types:
            self._list_types[list_type] = _list_of_shells(list_type, self._shared.shell or msgspec.Raw)
        with gc_paused(len(response.body)):
            shells = decode_deep(decoder(self._list_types[list_type]).decode, response.body)
        check_kind(shells, list_type)
        return shells

    async def _in_slices(self, objects: list[Any], keep: Callable[[Any], Any]) -> list[Any]:
        kept = []
        for part in slices(objects, _SLICE):
            for obj in part:
                known = None if isinstance(obj, msgspec.Raw) else self._known(obj)
                kept.append(keep(obj) if known is None else known)
            await turn()
        return kept

    def _transformed(self, obj: T, transform: Transform[T]) -> T:
        key, metadata = key_of(obj), obj.metadata  # type: ignore[attr-defined] # all objects of the API have some
        identity = (key, metadata.uid, metadata.resource_version)
        try:
            result: Any = transform(obj)
            if not isinstance(result, self._item_type):
                raise DecodeError(f"transform returned a {type(result).__name__}; return a {self._item_type.__name__}")
            metadata = result.metadata  # type: ignore[attr-defined]
            if (key_of(result), metadata.uid, metadata.resource_version) != identity:
                raise DecodeError("transform changed the name, namespace, uid or resource_version, which must stay")
        except (KeyboardInterrupt, SystemExit):
            raise
        except DecodeError as error:
            raise DecodeError(f"{key}: {error}") from error
        except BaseException as error:
            # One malformed object must not stop the cache.
            raise DecodeError(f"{key}: transform failed: {error!r}") from error
        try:
            return self._shared.read(encode(result))
        except (DecodeError, InvalidRequest) as error:
            raise DecodeError(f"{key}: transform returned what cannot be kept: {error}") from error


class _Added(msgspec.Struct, Generic[T], gc=False):
    type: Literal["ADDED"]
    object: T


def _list_of_shells(list_type: type[Any], shell: type[Any]) -> Any:
    metaclass: Any = type(list_type)
    annotations = {"items": list[shell]}  # type: ignore[valid-type] # a class, known at run time only
    namespace = {
        "__annotations__": annotations,
        "__module__": list_type.__module__,
        # Which would complete objects that have not been read yet.
        "__post_init__": lambda shells: None,
        "items": msgspec.field(),
    }
    return metaclass(list_type.__name__, (list_type,), namespace, kw_only=True)
