"""A catalog -> the pages of its reference."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from ..contract import SHIPPED, SHIPPED_FOLDER
from ..naming.names import attribute_name
from .addresses import INDEX, Addresses, fragment, relative
from .catalog import Catalog, Kind, NamedType
from .field_views import FieldViews
from .marks import ADDED, CHANGED, Marks
from .method_views import calls_of, groups_of
from .search import search_files
from .text import Block, Span, blocks_of, first_sentence
from .tree import Node, fields_of, walk
from .used_by import UsedBy
from .visible import visible

MARKER: Final = "Made by `aiokube reference`: whatever is changed here is lost when it is made again."
"""A comment in each page, by which folders of pages are known."""
GENERATED: Final = "mycluster"
"""The package of a generated client in examples, as in the README."""
STYLE: Final = "reference.css"
SCRIPT: Final = "reference.js"

_FOLDER: Final = Path(__file__).parent
_ASSETS: Final = _FOLDER / "assets"


class Pages:
    """The pages of a catalog.

    Args:
        catalog: The catalog.
        marks: Marks of what differs from another API; None: nothing is marked.
        documentation: Where the site is that the pages are a part of, from their folder; empty: they stand alone.
    """

    def __init__(self, catalog: Catalog, marks: Marks | None = None, *, documentation: str = "") -> None:
        self._catalog = catalog
        self._marks = marks
        self._trees = {kind.key: self._tree(catalog.type_of(kind)) for kind in catalog.kinds()}
        self._types = self._types_with_pages()
        self.addresses = Addresses(catalog, self._types)
        """Where the pages are."""
        self._used_by = UsedBy(catalog, self.addresses)
        self._print = _Printer(
            title=f"Kubernetes {catalog.version} API" if catalog.version else "Kubernetes API",
            since=marks.since if marks else "",
            documentation=documentation,
        )

    def files(self) -> Iterator[tuple[str, str]]:
        """Yield each file: its path below the folder of the reference, and its text."""
        yield STYLE, _joined("*.css")
        yield SCRIPT, _joined("*.js")
        yield INDEX, self._print.page("index", INDEX, self._index())
        for kind in self._catalog.kinds():
            path = self.addresses.kind(kind)
            yield path, self._print.page("kind", path, self._kind(kind, path))
        for key, nodes in self._types.items():
            path = self.addresses.type(key)
            yield path, self._print.page("type", path, self._type(self._catalog.types[key], nodes, path))
        yield from search_files(self._catalog, self.addresses, self._trees, self._types).items()

    def _tree(self, named: NamedType | None) -> list[Node]:
        return fields_of(self._catalog, named) if named else []

    def _types_with_pages(self) -> dict[str, list[Node]]:
        """The types that have pages of their own, each with its tree: definitions, and what is left out elsewhere."""
        kinds = self._catalog.kind_of_type
        found: dict[str, list[Node]] = {}
        pending = [key for key, named in self._catalog.types.items() if named.is_definition]
        pending += [node.rest for tree in self._trees.values() for node in walk(tree) if node.rest]
        while pending:
            key = pending.pop()
            if key not in found and key not in kinds:
                # A definition inside of another type has a page of its own.
                found[key] = fields_of(
                    self._catalog, self._catalog.types[key], opens=lambda named: not named.is_definition
                )
                pending += [node.rest for node in walk(found[key]) if node.rest]
        return dict(sorted(found.items()))

    def _index(self) -> dict[str, Any]:
        catalog, marks = self._catalog, self._marks
        kinds = list(catalog.kinds())
        versions = [version for group in catalog.groups for version in group.versions]
        found = (_count(len(kinds), "kind"), _count(len(versions), "version"), _count(len(catalog.groups), "group"))
        return {
            "summary": "{} in {} of {}.".format(*found),
            "since": self._since(kinds),
            "removed": marks.gone(kinds) if marks else [],
            "versions": [
                {
                    "title": version.title,
                    "id": version.title,
                    "name": version.name,
                    "deprecated": version.deprecated,
                    "kinds": [self._listed(kind) for kind in version.kinds],
                    "methods": calls_of(version.methods, _package(version.name), marks),
                }
                for version in versions
            ],
            "methods": calls_of(catalog.methods, SHIPPED, marks),
        }

    def _since(self, kinds: list[Kind]) -> str:
        """Say how many kinds differ; nothing where nothing is marked."""
        if self._marks is None:
            return ""
        words = [mark.word for kind in kinds if (mark := self._marks.kind(kind))]
        added, changed = words.count(ADDED.word), words.count(CHANGED.word)
        return f"Since {self._marks.since}: {_count(added, 'kind')} added, {changed} changed."

    def _listed(self, kind: Kind) -> dict[str, Any]:
        return {
            "name": kind.name,
            "href": self.addresses.kind(kind),
            "short_names": " ".join(kind.short_names),
            "sentence": first_sentence(kind.description),
            "deprecated": kind.deprecated,
            "mark": self._marks.kind(kind) if self._marks else None,
        }

    def _kind(self, kind: Kind, path: str) -> dict[str, Any]:
        marks = self._marks
        mark = marks.kind(kind) if marks else None
        # In a new kind, all is new.
        inside = None if mark == ADDED else marks
        version = kind.attribute.partition(".")[0]
        title = f"{kind.group or 'core'}/{kind.version}"
        views = FieldViews(path, kind.name, self.addresses, inside, attribute_name(kind.name))
        return {
            "name": kind.name,
            "api_version": kind.api_version,
            "version_title": title,
            "version_href": relative(path, f"{INDEX}#{fragment(title)}"),
            "mark": mark,
            "deprecated": kind.deprecated,
            "blocks": blocks_of(kind.description),
            "about": list(_about(kind)),
            "others": [(one.version, relative(path, self.addresses.kind(one))) for one in self._others(kind)],
            "fields": views.of(self._trees[kind.key]),
            "groups": groups_of(kind, _package(version), inside),
            "removed": marks.removed(version, kind.name) if marks else [],
            **self._users(kind.type, path),
        }

    def _type(self, named: NamedType, nodes: list[Node], path: str) -> dict[str, Any]:
        views = FieldViews(path, named.name, self.addresses, self._marks, attribute_name(named.name))
        about = [
            ("Python class", _class(named.python)),
            ("in JSON", named.scalar),
            ("Definition", named.key if named.is_definition else ""),
        ]
        return {
            "name": named.name,
            "deprecated": named.deprecated,
            "blocks": blocks_of(named.description),
            "about": [(name, value) for name, value in about if value],
            "fields": views.of(nodes),
            **self._users(named.key, path),
        }

    def _users(self, key: str, path: str) -> dict[str, Any]:
        if not key:
            return {"references": [], "holders": []}
        return {
            "references": [
                {"text": one.text, "target": relative(path, one.target)} for one in self._used_by.references(key)
            ],
            "holders": [
                (f"{kind.name} {kind.api_version}", relative(path, self.addresses.kind(kind)))
                for kind in self._used_by.kinds(key)
            ],
        }

    def _others(self, kind: Kind) -> Iterator[Kind]:
        """Yield the same kind in other versions of its group."""
        for one in self._catalog.kinds():
            if (one.group, one.name) == (kind.group, kind.name) and one.key != kind.key:
                yield one


def _about(kind: Kind) -> Iterator[tuple[str, str]]:
    yield "apiVersion", kind.api_version
    yield "Resource", kind.plural
    if kind.short_names:
        yield "Short name", ", ".join(kind.short_names)
    if kind.categories:
        yield "Category", ", ".join(kind.categories)
    yield "Scope", "in a namespace" if kind.namespaced else "in the cluster"
    yield "Python class", _class(kind.python)
    yield "Methods", f"kube.{kind.attribute}"


def _joined(pattern: str) -> str:
    return "\n".join(path.read_text("utf-8") for path in sorted(_ASSETS.glob(pattern)))


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _class(python: str) -> str:
    """Return a class with its package: `aiokube.models.core_v1.Pod`; what is not of a module stays as it is."""
    module, dot, _ = python.partition(".")
    return f"{_package(module)}.models.{python}" if dot else python


@cache
def _package(module: str) -> str:
    """Return the package of the client in examples: the shipped one where that has the module of a group-version."""
    return SHIPPED if (SHIPPED_FOLDER / "models" / f"{module}.py").exists() else GENERATED


def _shown(value: Any) -> Any:
    """Every text of a page passes through this, and is escaped for HTML afterwards."""
    return visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value


class _Printer:
    def __init__(self, *, title: str, since: str, documentation: str) -> None:
        self._environment = Environment(
            loader=FileSystemLoader(_FOLDER / "templates"),
            autoescape=True,
            finalize=_shown,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._site: Mapping[str, str] = {"title": title, "since": since, "documentation": documentation}
        text = self._environment.get_template("_text.html.jinja2").module
        blocks: Any = text.blocks  # type: ignore[attr-defined] # a macro, as the next one
        spans: Any = text.spans  # type: ignore[attr-defined]

        @cache
        def described(some: tuple[Block, ...]) -> Markup:
            # The same descriptions stand at many places.
            return Markup(blocks(some))  # noqa: S704 # printed by a template, which escapes

        @cache
        def begun(sentence: tuple[Span, ...]) -> Markup:
            return Markup(spans(sentence))  # noqa: S704 # likewise

        self._environment.globals.update(described=described, begun=begun)

    def page(self, template: str, path: str, page: Mapping[str, Any]) -> str:
        """Return a page.

        Args:
            template: Name of its template.
            path: Where it will be.
            page: What it says.
        """
        numbers = count(1)
        return self._environment.get_template(f"{template}.html.jinja2").render(
            site=self._site,
            page=page,
            root="../" * path.count("/"),
            marker=MARKER,
            counter=lambda: next(numbers),
        )
