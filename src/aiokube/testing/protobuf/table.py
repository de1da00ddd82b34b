"""The table of messages, which `make messages` writes: which message a kind has, and the fields of each message."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

import msgspec

Shape = Literal["value", "pointer", "list", "map"]

_PREFIXES: tuple[tuple[str, Shape], ...] = (("*", "pointer"), ("[]", "list"), ("map:", "map"))
_META = "meta.v1"
"""The package of what every group has, such as DeleteOptions and Status."""


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a message."""

    number: int
    name: str
    """In JSON; empty if what it holds stands in the place of its message."""
    is_always_written: bool
    """True if Go writes it into JSON even where it is zero."""
    shape: Shape
    type: str
    """A scalar such as `int32`, or the name of a message."""

    @property
    def is_message(self) -> bool:
        """True if its values are messages."""
        return "." in self.type


@dataclass(frozen=True, slots=True)
class Message:
    """A message."""

    name: str
    """With the last parts of its package: `core.v1.Pod`."""
    fields: tuple[Field, ...]

    @property
    def is_list(self) -> bool:
        """True for what is a list in JSON."""
        return len(self.fields) == 1 and not self.fields[0].name and self.fields[0].shape == "list"


class Table(msgspec.Struct):
    """The file."""

    groups: dict[str, str]
    messages: dict[str, dict[str, str]]


@cache
def table() -> Table:
    """Return the table."""
    return msgspec.json.decode(Path(__file__).with_name("messages.json").read_bytes(), type=Table)


@cache
def message(name: str) -> Message:
    """Return a message by its name."""
    found = table().messages[name]
    return Message(name, tuple(_field(int(number), text) for number, text in found.items()))


@cache
def message_of(api_version: str, kind: str) -> str:
    """Return the name of the message of a kind; empty if it has none."""
    group, _, version = api_version.rpartition("/")
    package = table().groups.get(f"{group}/{version}", _META)
    names = (f"{package}.{kind}", f"{_META}.{kind}")
    return next((name for name in names if name in table().messages), "")


def _field(number: int, text: str) -> Field:
    name, _, type = text.partition(" ")
    shape: Shape = "value"
    for prefix, of_prefix in _PREFIXES:
        if type.startswith(prefix):
            shape, type = of_prefix, type.removeprefix(prefix)
    return Field(number, name.removesuffix("!"), name.endswith("!"), shape, type)
