"""Sets of the fields of an object, in the form that `managedFields` has."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import msgspec

_encode = msgspec.json.Encoder().encode

Path = tuple[str, ...]
"""Elements as FieldsV1 has them: `f:spec`, `k:{"name":"web"}`, `v:"a"`."""


class FieldSet:
    """A set of paths.

    Args:
        members: Elements that are in the set.
        children: The paths below an element.
    """

    __slots__ = ("children", "members")

    def __init__(self, members: set[str] | None = None, children: dict[str, FieldSet] | None = None) -> None:
        self.members: set[str] = members if members is not None else set()
        self.children: dict[str, FieldSet] = children if children is not None else {}

    def __bool__(self) -> bool:
        return bool(self.members) or any(self.children.values())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, FieldSet) and self.to_fields() == other.to_fields()

    def add(self, path: Path) -> None:
        """Insert a path."""
        where = self
        for element in path[:-1]:
            where = where.children.setdefault(element, FieldSet())
        where.members.add(path[-1])

    def union(self, other: FieldSet) -> FieldSet:
        """Return the paths that are in either."""
        children = dict(self.children)
        for element, child in other.children.items():
            children[element] = children[element].union(child) if element in children else child
        return FieldSet(self.members | other.members, children)

    def difference(self, other: FieldSet) -> FieldSet:
        """Return the paths that are not in the other."""
        children: dict[str, FieldSet] = {}
        for element, child in self.children.items():
            rest = child.difference(other.children[element]) if element in other.children else child
            if rest:
                children[element] = rest
        return FieldSet(self.members - other.members, children)

    def intersection(self, other: FieldSet) -> FieldSet:
        """Return the paths that are in both."""
        children: dict[str, FieldSet] = {}
        for element, child in self.children.items():
            if element in other.children and (common := child.intersection(other.children[element])):
                children[element] = common
        return FieldSet(self.members & other.members, children)

    def paths(self, prefix: Path = ()) -> Iterator[Path]:
        """Return every path, in order."""
        for element in sorted({*self.members, *self.children}, key=_order):
            if element in self.members:
                yield (*prefix, element)
            if element in self.children:
                yield from self.children[element].paths((*prefix, element))

    def to_fields(self) -> dict[str, Any]:
        """Return it as FieldsV1."""
        found: dict[str, Any] = {}
        for element in sorted({*self.members, *self.children}, key=_order):
            below = self.children[element].to_fields() if element in self.children else {}
            if element in self.members:
                found[element] = {".": {}, **below} if below else {}
            elif below:
                found[element] = below
        return found


class InvalidFields(Exception):
    """FieldsV1 that are none."""


def from_fields(fields: Any) -> FieldSet:
    """Return the set of FieldsV1.

    Raises:
        InvalidFields: They are none.
    """
    if not isinstance(fields, dict):
        raise InvalidFields(f"{fields!r:.80} is no object")
    found = FieldSet()
    for element, below in fields.items():
        if element == "." or not _is_known(element):
            continue
        if below is not None and not isinstance(below, dict):
            raise InvalidFields(f"{below!r:.80} is no object")
        if not below or "." in below:
            found.members.add(element)
        if below and any(key != "." for key in below):
            found.children[element] = from_fields(below)
    return found


def _is_known(element: str) -> bool:
    """Return True for an element of a path; False for one of a kind that is not known, which is left out.

    Raises:
        InvalidFields: It is none.
    """
    kind, colon, text = element[:1], element[1:2], element[2:]
    if colon != ":":
        raise InvalidFields(f"{element!r:.80} has no colon")
    try:
        match kind:
            case "k":
                msgspec.json.decode(text, type=dict[str, Any])
            case "v":
                msgspec.json.decode(text)
            case "i":
                int(text)
    except ValueError:
        raise InvalidFields(f"{element!r:.80} is no element of a path") from None
    return kind in ("f", "k", "v", "i")


def field_element(name: str) -> str:
    """Return the element of a field, or of an entry of a map."""
    return f"f:{name}"


def value_element(value: Any) -> str:
    """Return the element of an item of a set."""
    return f"v:{_encode(value).decode()}"


def key_element(keys: dict[str, Any]) -> str:
    """Return the element of an item of a list with keys."""
    return f"k:{_encode(dict(sorted(keys.items()))).decode()}"


def shown(path: Path) -> str:
    """Return a path as conflicts show it: `.spec.containers[name="web"].image`."""
    return "".join(_shown(element) for element in path)


def _shown(element: str) -> str:
    kind, _, text = element.partition(":")
    if kind == "f":
        return f".{text}"
    if kind == "v":
        return f"[={text}]"
    if kind == "i":
        return f"[{text}]"
    keys = json.loads(text)
    return "[" + ",".join(f"{name}={_encode(value).decode()}" for name, value in sorted(keys.items())) + "]"


def _order(element: str) -> tuple[int, str]:
    return "fkvi".index(element[0]), element
