"""The lines of a watch, as events."""

import logging
from collections.abc import Callable
from typing import Any, Generic, TypeVar

import msgspec

from ..codec.model import decode, decoder, expected_kind
from ..codec.status import Status
from ..errors import ApiError, DecodeError, api_error
from ..http.request import Request
from ..public import public
from .object_key import Metadata, ObjectKey, metadata_of

T = TypeVar("T")

_CHANGES = frozenset(("ADDED", "MODIFIED", "DELETED"))
_INITIAL_EVENTS_END = "k8s.io/initial-events-end"


@public("aiokube")
class WatchEvent(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """One change to one object."""

    type: str
    """`ADDED`, `MODIFIED`, `DELETED` or `BOOKMARK`."""
    object: T
    """The object after the change; for `DELETED`, as it was last; for `BOOKMARK`, only its resource version."""


class Bookmark(msgspec.Struct, frozen=True, kw_only=True):
    """Word from the server that everything up to a resource version has been sent."""

    version: str
    ends_initial_events: bool
    body: bytes

    def as_event(self, item: type[T]) -> WatchEvent[T] | None:
        """The event that it came as; None where its object does not fit the class."""
        try:
            return WatchEvent(type="BOOKMARK", object=decode(self.body, item))
        except DecodeError:
            return None


class UndecodableObject(msgspec.Struct, frozen=True, kw_only=True):
    """An object that does not fit its class, with what could be made out of it."""

    type: str
    key: ObjectKey | None
    version: str
    error: DecodeError


class _Envelope(msgspec.Struct):
    type: str
    object: msgspec.Raw


class _Peek(msgspec.Struct):
    metadata: Metadata = msgspec.field(default_factory=Metadata)


OnUndecodable = Callable[[DecodeError], object]

_log = logging.getLogger("aiokube.watching")

_UNDECODABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError, OverflowError)

_envelopes = msgspec.json.Decoder(_Envelope)
_peeks = msgspec.json.Decoder(_Peek)


class EventReader(Generic[T]):
    """Reads the lines of one watch.

    Args:
        request: the watch, for messages.
        item: the class of its objects.
    """

    def __init__(self, request: Request, item: type[T]) -> None:
        self._request = request
        self._item = item
        self._decode = decoder(WatchEvent[item]).decode  # type: ignore[valid-type] # a class, known at run time only
        self._expected = expected_kind(item)

    def read(self, line: bytes) -> WatchEvent[T] | Bookmark | UndecodableObject:
        """Read one line.

        Raises:
            ApiError: the line is an ERROR event; `Gone` when the resource version is too old.
            DecodeError: the line is no event at all.
        """
        if self._expected is None:
            return self._read_piecewise(line)
        try:
            event = self._decode(line)
        except _UNDECODABLE:
            return self._read_piecewise(line)
        found: Any = event.object
        is_ours = event.type in _CHANGES and (found.api_version, found.kind) == self._expected
        if is_ours and found.metadata.resource_version:
            return event
        return self._read_piecewise(line)

    def error(self, text: str) -> DecodeError:
        """A `DecodeError` that names the watch."""
        return DecodeError(f"{self._request}: {text}")

    def _read_piecewise(self, line: bytes) -> WatchEvent[T] | Bookmark | UndecodableObject:
        try:
            envelope = _envelopes.decode(line)
        except _UNDECODABLE as error:
            raise self.error(f"a line of the watch is no event: {error}") from error
        body = bytes(envelope.object)
        if envelope.type == "ERROR":
            raise self._failure(body)
        if envelope.type == "BOOKMARK":
            metadata = _peek(body)
            ends = (metadata.annotations or {}).get(_INITIAL_EVENTS_END) == "true"
            return Bookmark(version=metadata.resource_version, ends_initial_events=ends, body=body)
        if envelope.type not in _CHANGES:
            raise self.error(f"an event of the watch is of the unknown type {envelope.type!r:.80}")
        return self.read_object(envelope.type, body)

    def read_object(self, type: str, body: bytes) -> WatchEvent[T] | UndecodableObject:
        """Read an object by itself, as an event of a type."""
        try:
            obj = decode(body, self._item)
            if not metadata_of(obj).resource_version:
                raise DecodeError("the object has no metadata.resourceVersion")
        except DecodeError as error:
            metadata = _peek(body)
            key = ObjectKey(metadata.namespace or None, metadata.name) if metadata.name else None
            told = self.error(f"{key or 'an object without a name'}, {type}: {error}")
            told.__cause__ = error
            return UndecodableObject(type=type, key=key, version=metadata.resource_version, error=told)
        return WatchEvent(type=type, object=obj)

    def _failure(self, body: bytes) -> ApiError | DecodeError:
        try:
            status = decode(body, Status)
        except DecodeError as error:
            return self.error(f"the server ends the watch with an ERROR event that holds no Status: {error}")
        return api_error(status, method=self._request.method, path=self._request.path)


def _peek(body: bytes) -> Metadata:
    try:
        return _peeks.decode(body).metadata
    except _UNDECODABLE:
        return Metadata()


def report_undecodable(error: DecodeError, on_undecodable: OnUndecodable | None) -> None:
    """Pass the error of an undecodable object to the callback, or to the log if there is none."""
    if on_undecodable is None:
        _log.warning("an undecodable object is skipped: %s", error)
        return
    try:
        on_undecodable(error)
    except Exception:
        _log.exception("the on_undecodable callback raised")
