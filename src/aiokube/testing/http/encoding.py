"""Responses in the media type that their client accepts: verbs write JSON, which becomes protobuf here."""

from __future__ import annotations

import msgspec

from ..failures import Failure, not_implemented
from ..protobuf.envelope import PROTOBUF, encode, encode_events
from ..protobuf.special import WrongValue
from ..rendering import encode as to_json
from ..rendering import event_line


def encoded(body: bytes, content_type: str) -> bytes:
    """Return a response as its client reads it.

    Args:
        body: The response as JSON.
        content_type: The media type that it is to have.

    Raises:
        Failure: It does not fit into protobuf, as an odd object may not.
    """
    if content_type != PROTOBUF:
        return body
    try:
        return encode(msgspec.json.decode(body))
    except WrongValue as error:
        raise _misfit(error) from None


def encoded_events(lines: bytes, content_type: str) -> bytes:
    """Return lines of a watch as its client reads them; an ERROR event, if an object does not fit into protobuf."""
    if content_type != PROTOBUF:
        return lines
    try:
        return encode_events(lines)
    except WrongValue as error:
        return encode_events(event_line("ERROR", to_json(_misfit(error).status())))


def stream_type(content_type: str) -> str:
    """Return the media type of a watch whose objects have a media type."""
    return f"{PROTOBUF};stream=watch" if content_type == PROTOBUF else content_type


def _misfit(error: WrongValue) -> Failure:
    return not_implemented(f"objects as protobuf that do not fit into it ({error})")
