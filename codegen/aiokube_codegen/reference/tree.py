"""The fields of a type as a tree: as deep as a page can show, and never in a circle."""

from __future__ import annotations

import dataclasses
import re
from collections import deque
from collections.abc import Callable, Iterator
from typing import Final

from .catalog import Catalog, Field, NamedType

MOST_FIELDS: Final = 1500
"""Fields of a page; what a page of more would have further down is on pages of its own."""
_SMALL: Final = 10
"""Fields of a type, those below it included, that is shown wherever it is; a larger one is shown once in a page."""
_DEEPEST: Final = 40
"""Levels of a tree; real ones have 18."""


@dataclasses.dataclass(kw_only=True, eq=False)
class Node:
    """A field in the tree of a page."""

    field: Field
    owner: NamedType
    """The type that it is a field of."""
    path: str
    """In an object of the page: `spec.containers[].livenessProbe`."""
    python: str
    """The same in Python: `spec.containers[0].liveness_probe`; empty where a part has no name there."""
    pointer: str
    """The same as a JSON pointer: `/spec/containers/0/livenessProbe`."""
    type: NamedType | None
    """Its type, or that of its items, where that has a name."""
    children: list[Node] = dataclasses.field(default_factory=list)
    """The fields of the type; empty where it has none, or where they are elsewhere: see `rest`."""
    rest: str = ""
    """Key of the type whose page has the fields: it is in a circle, or there were too many for this page."""


def fields_of(
    catalog: Catalog,
    root: NamedType,
    most: int = MOST_FIELDS,
    opens: Callable[[NamedType], bool] = lambda type: True,
) -> list[Node]:
    """Return the tree of the fields of a type, the upper levels first where there are too many.

    A type is shown once, at the highest place that it has, unless it is small: Pod has 1,418 fields, half of them in
    types that it has several times.

    Args:
        catalog: The catalog.
        root: The type.
        most: Maximum number of fields.
        opens: The types whose fields are in the tree; those of others are elsewhere.
    """
    nodes = list(_children(catalog, root, "", "", ""))
    count = len(nodes)
    pending: deque[tuple[Node, tuple[str, ...]]] = deque((node, (root.key,)) for node in nodes)
    shown = {root.key}
    while pending:
        node, above = pending.popleft()
        if node.type is None or not node.type.fields:
            continue
        is_circle = node.type.key in above or len(above) >= _DEEPEST
        is_again = node.type.key in shown and not _is_small(catalog, node.type)
        if is_circle or is_again or not opens(node.type) or count + len(node.type.fields) > most:
            node.rest = node.type.key
            continue
        shown.add(node.type.key)
        type = node.field.type
        node.children = list(
            _children(
                catalog,
                node.type,
                f"{node.path}{type.suffix}.",
                f"{node.python}{_PYTHON.sub(_indexed, type.suffix)}." if node.python else "",
                f"{node.pointer}{_PYTHON.sub(_stepped, type.suffix)}",
            )
        )
        count += len(node.children)
        pending.extend((child, (*above, node.type.key)) for child in node.children)
    return nodes


def walk(nodes: list[Node]) -> Iterator[Node]:
    """Yield the nodes of a tree, each before those below it."""
    for node in nodes:
        yield node
        yield from walk(node.children)


def _is_small(catalog: Catalog, named: NamedType) -> bool:
    """True if a type has few fields, those of the types inside included."""
    pending, count = [named], 0
    while pending:
        fields = pending.pop().fields
        count += len(fields)
        if count > _SMALL:
            return False
        pending += [catalog.types[field.type.target] for field in fields if field.type.target]
    return True


_PYTHON: Final = re.compile(r"\[\]|\{\}")


def _indexed(step: re.Match[str]) -> str:
    return "[0]" if step[0] == "[]" else '["key"]'


def _stepped(step: re.Match[str]) -> str:
    return "/0" if step[0] == "[]" else "/key"


def _children(catalog: Catalog, owner: NamedType, path: str, python: str, pointer: str) -> Iterator[Node]:
    is_root = not path
    is_kind = any(one.constant for one in owner.fields)
    # A kind is read as a manifest is written; elsewhere, what a manifest must have comes first.
    for one in owner.fields if is_kind else sorted(owner.fields, key=lambda one: not one.is_required):
        step = one.name.replace("~", "~0").replace("/", "~1")
        yield Node(
            field=one,
            owner=owner,
            path=path + one.name,
            python=python + one.python if one.python and (python or is_root) else "",
            pointer=f"{pointer}/{step}",
            type=catalog.types.get(one.type.target),
        )
