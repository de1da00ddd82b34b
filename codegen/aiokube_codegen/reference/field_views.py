"""Fields as the pages print them: every decision is taken."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from .addresses import Addresses, field_id, relative
from .catalog import CelRule, NamedType
from .marks import Mark, Marks
from .text import Block, Span, begun, blocks_of, first_sentence
from .tree import Node

_PREVIEWED: Final = 4
"""Names of fields in the preview of a closed one."""
_LISTED: Final = "Possible enum values:"
_LONGEST_VALUES: Final = 60
"""Characters of the values of an enum in a closed field."""
_WORDS: Final = {
    "format": "format",
    "minimum": "≥",
    "exclusiveMinimum": "exclusive minimum",
    "maximum": "≤",
    "exclusiveMaximum": "exclusive maximum",
    "multipleOf": "multiple of",
    "minLength": "min. length",
    "maxLength": "max. length",
    "pattern": "pattern",
    "minItems": "min. items",
    "maxItems": "max. items",
    "uniqueItems": "unique items",
    "minProperties": "min. entries",
    "maxProperties": "max. entries",
}


@dataclass(frozen=True, kw_only=True)
class FieldView:
    """A field with all that a page says of it."""

    id: str
    name: str
    type: str
    type_name: str
    """The name of its type, where that has a page."""
    type_href: str
    is_required: bool
    sentence: tuple[Span, ...]
    """The beginning of its description, which a closed one shows."""
    preview: str
    """The names of the fields inside, or the values, for a closed one."""
    deprecated: str
    blocks: tuple[Block, ...]
    """The rest of its description."""
    type_sentence: str
    """The beginning of its type's description, whose page has all of it."""
    enum: tuple[str, ...]
    """The values, unless the description lists them."""
    facts: tuple[tuple[str, str], ...]
    """Other facts, each with its name; values are code."""
    immutable: str
    rules: tuple[CelRule, ...]
    paths: str
    """Its path as on the wire, in Python, and as a JSON pointer, in lines that name the spelling first."""
    children: tuple[FieldView, ...]
    rest_href: str
    """Where its fields are, if they are elsewhere."""
    mark: Mark | None


class FieldViews:
    """Makes the views of the fields of a page.

    Args:
        page: Path of the page.
        root: Name of the kind or type that the page is of.
        addresses: The addresses of all pages.
        marks: Marks of what differs; None: nothing is marked.
        variable: Name of an object in Python paths.
    """

    def __init__(self, page: str, root: str, addresses: Addresses, marks: Marks | None, variable: str) -> None:
        self._page = page
        self._root = root
        self._addresses = addresses
        self._marks = marks
        self._variable = variable

    def of(self, nodes: list[Node]) -> tuple[FieldView, ...]:
        """Return the views of a tree of fields."""
        return tuple(self._view(node) for node in nodes)

    def _view(self, node: Node) -> FieldView:
        field, named = node.field, node.type
        page = self._addresses.type(named.key) if named else ""
        described = named.description if named else ""
        own = blocks_of(field.description)
        if not own and not page:
            own = blocks_of(described)
        sentence, blocks = begun(own)
        return FieldView(
            id=field_id(self._root, node.path),
            name=field.name,
            type=field.type.text,
            type_name=named.name if named and page else "",
            # Where the fields are elsewhere, the link to them is enough.
            type_href=relative(self._page, page) if page and not (node.rest and not described) else "",
            is_required=field.is_required,
            sentence=sentence,
            preview=_preview(named) if named and named.fields else _values(field.enum),
            deprecated=field.deprecated,
            blocks=blocks,
            type_sentence=first_sentence(described) if page and described != field.description else "",
            # A description that lists them says what each of them means.
            enum=() if _LISTED in field.description else tuple(map(_shown, field.enum)),
            facts=tuple(_facts(node)),
            immutable=field.immutable,
            rules=(*field.rules, *(named.rules if named else ())),
            paths="\n".join(self._paths(node)),
            children=self.of(node.children),
            rest_href=relative(self._page, self._addresses.type(node.rest)) if node.rest else "",
            mark=self._marks.field(node.owner.python, field.python) if self._marks else None,
        )

    def _paths(self, node: Node) -> Iterator[str]:
        yield f"path    {node.path}"
        if node.python:
            yield f"Python  {self._variable}.{node.python}"
        yield f"pointer {node.pointer}"


def _preview(named: NamedType) -> str:
    names = [one.name for one in sorted(named.fields, key=lambda one: not one.is_required)]
    more = f", +{len(names) - _PREVIEWED}" if len(names) > _PREVIEWED else ""
    return f"{{ {', '.join(names[:_PREVIEWED])}{more} }}"


def _values(enum: tuple[str, ...]) -> str:
    values = " | ".join(map(_shown, enum))
    return values if len(values) <= _LONGEST_VALUES else f"{values[:_LONGEST_VALUES].rpartition(' | ')[0]} | …"


def _shown(value: str) -> str:
    """A JSON value as people write it: a text without quotes, unless it would look like another value."""
    text = json.loads(value) if value.startswith('"') else None
    return text if isinstance(text, str) and text.strip() == text != "" and text.isprintable() else value


def _facts(node: Node) -> Iterator[tuple[str, str]]:
    field = node.field
    if field.constant:
        yield "always", field.constant
    if field.default:
        yield "default", _shown(field.default)
    if field.is_nullable:
        yield "may be", "null"
    for name, value in field.limits:
        base = name.removeprefix("items.")
        yield f"{'items: ' if base != name else ''}{_WORDS.get(base, base)}", _shown(value)
    if field.list_type:
        keys = f" by {', '.join(field.list_keys)}" if field.list_keys else ""
        yield "server-side apply merges as", f"{field.list_type}{keys}"
    if field.patch_strategy:
        key = f" by {field.patch_merge_key}" if field.patch_merge_key else ""
        yield "strategic merge patch", f"{field.patch_strategy}{key}"
    if node.type and node.type.scalar:
        yield "in JSON", node.type.scalar
    if node.type and node.type.keeps_unknown:
        yield "keeps", "unknown fields"
