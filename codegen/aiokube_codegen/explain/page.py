"""The explanation of a kind, a field or a method, as plain data: every decision is taken, and nothing is printed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from ..naming.names import attribute_name
from ..reference.catalog import Catalog, CelRule, Field, Kind, Method, NamedType, Rule
from ..reference.python_examples import snippet
from ..reference.roles import rule_lines
from .lookup import Found

_CALL: Final = re.compile(r"[A-Z]+ /|\w+:$")
"""An HTTP call, or the heading of a section."""

_FIRST: Final = ("apiVersion", "kind", "metadata")
_MOST: Final = 20_000
"""Fields listed by `--recursive`, after which no type is opened: types that hold each other have endless ones."""


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A field or a method in a list of them."""

    name: str
    type: str = ""
    """With what stands between the name and it."""
    marks: tuple[str, ...] = ()
    """`required`, `default: 30`, `deprecated`."""
    text: str = ""
    depth: int = 0
    """How deep it is below what the page is about."""


@dataclass(frozen=True, kw_only=True)
class Page:
    """The description."""

    facts: tuple[tuple[str, str], ...]
    """Where it is, and what it is called."""
    deprecated: str = ""
    signature: str = ""
    """The call of a method, an argument in each line."""
    description: str = ""
    limits: tuple[tuple[str, str], ...] = ()
    """The values that it takes."""
    fields: tuple[Entry, ...] = ()
    methods: tuple[Entry, ...] = ()
    example: str = ""
    """Lines of a program that calls a method."""
    rules: str = ""
    """The RBAC rules that a method needs, in YAML."""


def page_of(catalog: Catalog, found: Found, *, origin: str, recursive: bool, python: bool) -> Page:
    """Say what there is to say.

    Args:
        catalog: The API.
        found: What it is about.
        origin: Where the API was read from, in words.
        recursive: Show the fields below the fields, too, without their descriptions.
        python: Use the names and types of Python.
    """
    kind = found.kind
    scope = "namespaced" if kind.namespaced else "cluster-scoped"
    short = ", ".join(kind.short_names)
    about_kind = f"{kind.name} ({kind.api_version}), {scope}" + (f", short: {short}" if short else "")
    if found.method is not None:
        return _of_method(kind, found.method, about_kind, origin)
    tree = _Tree(catalog, recursive=recursive, python=python)
    if found.fields:
        return _of_field(catalog, found, about_kind, origin, tree)
    type = catalog.type_of(kind)
    return Page(
        facts=(
            ("KIND", about_kind),
            ("PYTHON", f"kube.{kind.attribute}, objects of {kind.python}"),
            ("FROM", origin),
        ),
        deprecated=kind.deprecated,
        description=kind.description,
        limits=tuple(_of_rules(type.rules)) if type else (),
        fields=tuple(tree.below(type)),
        methods=() if recursive else tuple(_methods(kind.methods, python=python)),
    )


def _of_field(catalog: Catalog, found: Found, about_kind: str, origin: str, tree: _Tree) -> Page:
    field = found.fields[-1]
    type = catalog.types.get(field.type.target)
    wire = "".join(f".{one.name}{one.type.suffix}" for one in found.fields[:-1])[1:]
    if all(one.python for one in found.fields):
        above = "".join(f".{one.python}{'[...]' * len(one.type.containers)}" for one in found.fields[:-1])
        python = f"{attribute_name(found.kind.name)}{above}.{field.python}: {_annotation(field)}"
    else:
        python = "no attribute can have this name"
    described = [field.description] if field.description else []
    if type is not None and type.description and type.description != field.description:
        described.append(type.description)
    return Page(
        facts=(
            ("KIND", about_kind),
            ("FIELD", f"{wire}{'.' if wire else ''}{field.name} <{field.type.text}>"),
            ("PYTHON", python),
            ("FROM", origin),
        ),
        deprecated=field.deprecated or (type.deprecated if type else ""),
        description="\n\n".join(described),
        limits=tuple(_limits(field, type)),
        fields=tuple(tree.below(type)),
    )


def _of_method(kind: Kind, method: Method, about_kind: str, origin: str) -> Page:
    return Page(
        facts=(("KIND", about_kind), ("FROM", origin)),
        deprecated=method.deprecated,
        signature=_signature(method),
        description=unwrapped(method.docstring),
        example=snippet(kind, method),
        rules="\n".join(rule_lines(method)),
    )


def _signature(method: Method) -> str:
    arguments = "".join(f"\n    {argument}," for argument in method.arguments)
    end = "\n" if arguments else ""
    return f"{method.usage} {method.call}({arguments}{end}) -> {method.returns}"


def unwrapped(docstring: str) -> str:
    """Return a docstring whose paragraphs and items are a line each, to be wrapped anew."""
    lines: list[str] = []
    for line in docstring.splitlines():
        continues = line.startswith(" " * 8) or (line[:1].isalnum() and not _CALL.match(line))
        if lines and lines[-1] and continues and not _CALL.match(lines[-1]):
            lines[-1] += f" {line.strip()}"
        else:
            lines.append(line)
    return "\n".join(lines)


class _Tree:
    """Lists fields."""

    def __init__(self, catalog: Catalog, *, recursive: bool, python: bool) -> None:
        self._catalog = catalog
        self._recursive = recursive
        self._python = python
        self._listed = 0

    def below(self, type: NamedType | None, depth: int = 0, above: tuple[str, ...] = ()) -> Iterator[Entry]:
        """Yield the fields of a type, the required ones first, and those below them if all are shown."""
        if type is None or type.key in above:
            return
        for field in _sorted(type):
            self._listed += 1
            target = self._catalog.types.get(field.type.target)
            is_cut = self._recursive and self._listed >= _MOST and target is not None and bool(target.fields)
            yield self._entry(field, depth, is_cut=is_cut)
            if self._recursive and not is_cut:
                yield from self.below(target, depth + 1, (*above, type.key))

    def _entry(self, field: Field, depth: int, *, is_cut: bool) -> Entry:
        other = field.name if self._python else field.python
        name = field.python if self._python else field.name
        marks = ["required"] if field.is_required else []
        if other and other != name:
            marks.append(other)
        if field.default:
            marks.append(f"default: {field.default}")
        if field.enum and not self._recursive and "Possible enum values" not in field.description:
            marks.append(f"enum: {', '.join(field.enum)}")
        if field.immutable:
            marks.append("immutable")
        if field.deprecated:
            marks.append("deprecated")
        if is_cut:
            marks.append("has fields that are not listed")
        return Entry(
            name=name or field.name,
            type=f": {_annotation(field)}" if self._python else f"  <{field.type.text}>",
            marks=tuple(marks),
            text="" if self._recursive else field.description or self._of_type(field),
            depth=depth,
        )

    def _of_type(self, field: Field) -> str:
        type = self._catalog.types.get(field.type.target)
        return type.description if type else ""


def _sorted(type: NamedType) -> list[Field]:
    """The fields by name, those that every object has first."""
    first = _FIRST if "metadata" in type.by_name else ()
    return sorted(type.fields, key=lambda one: (one.name not in first, one.name))


def _annotation(field: Field) -> str:
    return field.type.python or "no class"


def _limits(field: Field, type: NamedType | None) -> Iterator[tuple[str, str]]:
    if field.is_required:
        yield "required", "yes"
    if field.default:
        yield "default", field.default
    if field.constant:
        yield "always", field.constant
    if field.enum:
        yield "one of", ", ".join(field.enum)
    if field.is_nullable:
        yield "null", "is a value of its own"
    if field.immutable:
        yield "immutable", field.immutable
    yield from field.limits
    yield from _of_rules((*field.rules, *(type.rules if type else ())))
    if field.list_type:
        keys = f", by {', '.join(field.list_keys)}" if field.list_keys else ""
        yield "server-side apply", f"{field.list_type}{keys}"
    if field.patch_strategy:
        key = f", by {field.patch_merge_key}" if field.patch_merge_key else ""
        yield "strategic merge", f"{field.patch_strategy}{key}"
    if type is not None and type.keeps_unknown:
        yield "unknown fields", "are kept"


def _of_rules(rules: Iterable[CelRule]) -> Iterator[tuple[str, str]]:
    for rule in rules:
        yield "rule", f"{rule.expression}{f'  # {rule.message}' if rule.message else ''}"


def _methods(methods: Iterable[Method], *, python: bool) -> Iterator[Entry]:
    for method in methods:
        needs = "; ".join(short_rule(rule) for rule in method.rules if not rule.when) or "nothing"
        yield Entry(
            name=f"{method.usage} {method.signature}" if python else method.name,
            marks=(f"RBAC: {needs}",),
            text=method.summary,
        )


def short_rule(rule: Rule) -> str:
    """Return a rule in a line: `get, list pods`."""
    resources = [
        f"{resource}.{group}" if group else resource for group in rule.api_groups for resource in rule.resources
    ]
    return f"{', '.join(rule.verbs)} {', '.join([*resources, *rule.non_resource_urls])}"
