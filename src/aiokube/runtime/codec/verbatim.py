"""Scalars of custom resources, whose text the server keeps as it is: times and bytes that are sent back as they came.

Otherwise a time with nanoseconds would be sent with microseconds, and base64 in another spelling: a change to the
server. Built-in kinds do without, since the server itself writes their times and base64.
"""

from __future__ import annotations

import base64
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Self, SupportsIndex, TypeAlias

from msgspec import Meta

from .scalars import BASE64_SCHEMA, TIME_SCHEMA, decode_base64, read_time


class VerbatimTime(datetime):
    """A time of a custom resource, whose text the server keeps as it is: sent back as it was read."""

    __slots__ = ("_text",)
    _text: str

    @classmethod
    def from_wire(cls, value: object) -> Self:
        """Parse a time in RFC 3339 format, and keep its text.

        Raises:
            ValueError: The value is not a time.
        """
        if not isinstance(value, str):
            raise ValueError(f"Expected `datetime`, got `{type(value).__name__}`")
        time = read_time(value)
        kept = cls.combine(time.date(), time.timetz())
        kept._text = value
        return kept

    def to_wire(self) -> str:
        """Return the text that the time was read from; RFC 3339 if it was calculated."""
        return getattr(self, "_text", "") or self.isoformat().replace("+00:00", "Z")

    def __reduce_ex__(self, protocol: SupportsIndex) -> str | tuple[Any, ...]:
        return (type(self).from_wire, (self._text,)) if hasattr(self, "_text") else super().__reduce_ex__(protocol)


class VerbatimBytes(bytes):
    """Bytes of a custom resource, whose base64 the server keeps as it is: sent back as they were read."""

    _text: str

    @classmethod
    def from_wire(cls, value: object) -> Self:
        """Decode base64, and keep its text.

        Raises:
            ValueError: The value is not base64.
        """
        if not isinstance(value, str):
            raise ValueError(f"Expected `bytes`, got `{type(value).__name__}`")
        kept = cls(decode_base64(value))
        kept._text = value
        return kept

    def to_wire(self) -> str:
        """Return the base64 that the bytes were read from."""
        return getattr(self, "_text", "") or base64.b64encode(self).decode()


if TYPE_CHECKING:
    # To type checkers, fields take any time and any bytes.
    TimeField: TypeAlias = datetime
    BytesField: TypeAlias = bytes
else:
    # With their JSON Schemas, which `msgspec.json.schema` asks for.
    TimeField = Annotated[VerbatimTime, Meta(extra_json_schema=TIME_SCHEMA)]
    BytesField = Annotated[VerbatimBytes, Meta(extra_json_schema=BASE64_SCHEMA)]
