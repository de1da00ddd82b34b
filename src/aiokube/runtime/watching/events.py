"""Decodes the lines of a watch into events."""

import logging
from collections.abc import Callable, Iterator
from typing import Any, Final, Generic, Literal, Protocol, TypeAlias, TypeVar, cast, get_args

import msgspec

from ..arguments import types
from ..codec.depth import cut, decode_deep, restored
from ..codec.model import decode, decoder, expected_kind
from ..codec.open_types import open_type
from ..codec.status import Status
from ..errors import ApiError, DecodeError
from ..failures import api_error
from ..http.echoes import without_echoes
from ..http.request import Request
from ..public import public
from .line_splitter import LineSplitter
from .object_key import Metadata, ObjectKey, metadata_of

T = TypeVar("T")
V = TypeVar("V")

ChangeType: TypeAlias = Literal["ADDED", "MODIFIED", "DELETED"]
EventType: TypeAlias = Literal["ADDED", "MODIFIED", "DELETED", "BOOKMARK"]

_CHANGES: Final = frozenset(get_args(ChangeType))
_ADDED: Final = b'{"type":"ADDED","object":{'
_INITIAL_EVENTS_END = "k8s.io/initial-events-end"


@public("aiokube")
class WatchEvent(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """A change to one object."""

    type: EventType
    """`ADDED`, `MODIFIED`, `DELETED` or `BOOKMARK`."""
    object: T
    """The object after the change; for `DELETED`, its last state; for `BOOKMARK`, only its resource version is set."""


class Bookmark(msgspec.Struct, frozen=True, kw_only=True):
    """A `BOOKMARK` event: the server has sent all changes up to a resource version."""

    version: str
    ends_initial_events: bool
    body: bytes

    def as_event(self, item_type: type[T]) -> WatchEvent[T] | None:
        """Return the bookmark as a `WatchEvent`, or None if its object does not fit the class."""
        try:
            return WatchEvent(type="BOOKMARK", object=decode(self.body, item_type))
        except DecodeError:
            return None


class UndecodableObject(msgspec.Struct, frozen=True, kw_only=True):
    """An object that does not fit its class, and the parts of its metadata that could be read."""

    type: ChangeType
    key: ObjectKey | None
    version: str
    uid: str
    error: DecodeError


class _Envelope(msgspec.Struct):
    type: str
    object: msgspec.Raw


class _Peek(msgspec.Struct):
    metadata: dict[str, msgspec.Raw] = msgspec.field(default_factory=dict)


OnUndecodable = Callable[[DecodeError], object]

_log = logging.getLogger("aiokube.watching")

_UNDECODABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError, OverflowError)

_envelopes = msgspec.json.Decoder(_Envelope)
_peeks = msgspec.json.Decoder(_Peek)


class Reading(Protocol[T]):
    """How objects are read."""

    @property
    def type(self) -> type[T] | None:
        """The class that msgspec reads, before `keep`; None if each object is read by `read`."""
        ...

    @property
    def reads_many(self) -> bool:
        """True if `read_added` reads objects."""
        ...

    def keep(self, obj: T, change: EventType) -> T:
        """Return the object for one that was read from an event.

        Args:
            obj: What was read.
            change: Type of the event.

        Raises:
            ValidationError: A part of it does not fit its type.
            RecursionError: A part of it is nested too deep.
            DecodeError: It does not fit for another reason.
        """
        ...

    def read(self, data: bytes) -> T:
        """Return the object of a JSON text.

        Raises:
            DecodeError: The text does not fit the class.
        """
        ...

    def read_added(self, lines: bytes) -> list[T] | None:
        """Return the objects of `ADDED` events, one a line; None if they cannot be read at once.

        Raises:
            DecodeError: One of them does not fit the class.
        """
        ...


class PlainReading(Generic[T]):
    """Objects that are used as they are read.

    Args:
        item_type: Their class.
    """

    reads_many = False

    def __init__(self, item_type: type[T]) -> None:
        self._item_type = item_type
        self.type: type[T] = open_type(item_type)

    def keep(self, obj: T, change: EventType) -> T:
        """Return the object."""
        return obj

    def read(self, data: bytes) -> T:
        """Return the object of a JSON text.

        Raises:
            DecodeError: The text does not fit the class.
        """
        return decode(data, self._item_type)

    def read_added(self, lines: bytes) -> None:
        """Leave the events to be read one by one, each of which can be freed before the next."""


class EventReader(Generic[T]):
    """Decodes the lines of one watch.

    Args:
        request: The watch request, named in error messages.
        item_type: Class of the objects.
        reading: How the objects are read.
    """

    def __init__(self, request: Request, item_type: type[T], reading: Reading[T] | None = None) -> None:
        self._request = request
        self._reading: Reading[T] = reading or PlainReading(item_type)
        read_type: Any = self._reading.type
        event_type: Any = WatchEvent[read_type]
        self._decode: Callable[[bytes | bytearray], WatchEvent[T]] = decoder(event_type).decode
        self._expected = expected_kind(item_type) if read_type is not None else None

    @property
    def reads_blocks(self) -> bool:
        """True if `read_block` may take less time than `read` for each line."""
        return self._expected is not None and self._reading.reads_many

    def read(self, line: bytes) -> WatchEvent[T] | Bookmark | UndecodableObject:
        """Decode one line.

        Raises:
            ApiError: The line is an ERROR event; `Gone` if the resource version is too old.
            DecodeError: The line is not a watch event.
        """
        if self._expected is None:
            return self._read_piecewise(line)
        try:
            event = decode_deep(self._decode, line)
            obj: Any = event.object
            is_expected = event.type in _CHANGES and (obj.api_version, obj.kind) == self._expected
            if is_expected and obj.metadata.resource_version:
                kept = self._reading.keep(obj, event.type)
                return event if kept is obj else WatchEvent(type=event.type, object=kept)
        except (*_UNDECODABLE, DecodeError):
            pass  # it is read again, for an error that says more
        return self._read_piecewise(line)

    def read_block(self, block: bytes) -> Iterator[WatchEvent[T] | Bookmark | UndecodableObject]:
        """Decode many lines, in one step if all of them are of new objects.

        Raises:
            ApiError: As for `read`, and likewise its other errors.
        """
        count = _count_added(block)
        if self.reads_blocks and count:
            try:
                added = self._reading.read_added(block)
            except (*_UNDECODABLE, DecodeError):
                added = None  # each line is read by itself, for the error of one
            if added is not None and len(added) == count:
                for obj in added:
                    yield WatchEvent(type="ADDED", object=obj)
                return
        yield from map(self.read, LineSplitter().feed(block))

    def error(self, text: str) -> DecodeError:
        """Return a `DecodeError` that names the request."""
        return DecodeError(f"{self._request}: {text}{self._request.outcome}")

    def _read_piecewise(self, line: bytes) -> WatchEvent[T] | Bookmark | UndecodableObject:
        try:
            envelope, body = _open(line)
        except (*_UNDECODABLE, DecodeError) as error:
            raise self.error(f"invalid watch event: {error}") from error
        if envelope.type == "ERROR":
            raise self._error_from_event(body)
        if envelope.type == "BOOKMARK":
            fields = _peek(body)
            ends = fields.get(_INITIAL_EVENTS_END) == "true"
            return Bookmark(version=Metadata.read(fields).resource_version, ends_initial_events=ends, body=body)
        if envelope.type not in _CHANGES:
            raise self.error(f"unknown type of watch event: {envelope.type!r:.80}")
        return self.read_object(cast(ChangeType, envelope.type), body)

    def read_object(self, type: ChangeType, body: bytes) -> WatchEvent[T] | UndecodableObject:
        """Decode the object of an event, which has a resource version to resume from."""
        try:
            obj = self._reading.read(body)
            if not metadata_of(obj).resource_version:
                raise DecodeError("the object has no metadata.resourceVersion")
        except DecodeError as error:
            return self._undecodable(type, body, error, f", {type}")
        return WatchEvent(type=type, object=obj)

    def read_item(self, body: bytes) -> T | UndecodableObject:
        """Decode an item of a list."""
        try:
            return self._reading.read(body)
        except DecodeError as error:
            return self._undecodable("ADDED", body, error, "")

    def _undecodable(self, type: ChangeType, body: bytes, error: DecodeError, suffix: str) -> UndecodableObject:
        metadata = Metadata.read(_peek(body))
        key = ObjectKey(metadata.namespace or None, metadata.name) if metadata.name else None
        full_error = self.error(f"{key or 'an object without a name'}{suffix}: {error}")
        full_error.__cause__ = error
        return UndecodableObject(
            type=type, key=key, version=metadata.resource_version, uid=metadata.uid, error=full_error
        )

    def _error_from_event(self, body: bytes) -> ApiError | DecodeError:
        try:
            status = decode(body, Status)
        except DecodeError as error:
            return self.error(f"the ERROR event of the watch does not hold a Status: {error}")
        path = self._request.path
        return api_error(without_echoes(status, path), method=self._request.method, path=path)


def _count_added(block: bytes) -> int:
    """Return the number of lines if all of them are `ADDED` events; else 0."""
    count = start = 0
    while start < len(block):
        if not block.startswith(_ADDED, start):
            return 0
        start = block.index(b"\n", start) + 1
        count += 1
    return count


def _open(line: bytes) -> tuple[_Envelope, bytes]:
    """Decode the envelope of an event, and return it with the JSON of its object."""
    try:
        envelope = decode_deep(_envelopes.decode, line)
    except RecursionError:
        text, parts = cut(line, 1)
        envelope = _envelopes.decode(text)
        return envelope, restored(bytes(envelope.object), parts)
    return envelope, bytes(envelope.object)


def _peek(body: bytes) -> dict[str, object]:
    """Return the fields of the metadata of an object that can be read, and the annotation of a bookmark."""
    try:
        try:
            fields = decode_deep(_peeks.decode, body).metadata
        except RecursionError:
            # The object, its metadata, and the annotations.
            fields = _peeks.decode(cut(body, 3)[0]).metadata
    except (*_UNDECODABLE, DecodeError):
        return {}
    annotations = _read(fields.pop("annotations", None), dict[str, msgspec.Raw]) or {}
    fields |= {name: annotations[name] for name in (_INITIAL_EVENTS_END,) if name in annotations}
    return {name: _read(value, str) for name, value in fields.items()}


def _read(value: msgspec.Raw | None, into: type[V]) -> V | None:
    try:
        return None if value is None else msgspec.json.decode(value, type=into)
    except _UNDECODABLE:
        return None


def check_on_undecodable(on_undecodable: object) -> None:
    """Check a callback of undecodable objects, which may be None.

    Raises:
        InvalidArgument: It is no function.
    """
    types.callback(on_undecodable, "on_undecodable")


def report_undecodable(error: DecodeError, on_undecodable: OnUndecodable | None) -> None:
    """Pass the error of an undecodable object to the callback, or log it if there is no callback."""
    if on_undecodable is None:
        _log.warning("skipped an undecodable object: %s", error)
        return
    try:
        on_undecodable(error)
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException:
        _log.exception("the on_undecodable callback raised")
