"""The changes as a page that a person reads before an upgrade: a summary, what is breaking, and the rest."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from ..naming.docstrings import printable
from .changes import Action, Change, Subject
from .wording import counts, meanings, sentence

_NOTICES: Final = (Action.DEPRECATED, Action.UNDEPRECATED)
_SECTIONS: Final[tuple[tuple[str, Callable[[Change], bool]], ...]] = (
    ("Breaking", lambda change: change.breaking),
    ("Deprecated", lambda change: change.action in _NOTICES),
    ("New", lambda change: change.action is Action.ADDED and not change.breaking),
    ("Other", lambda change: change.action not in (*_NOTICES, Action.ADDED) and not change.breaking),
)
_MANY: Final = 4
"""Number of resources from which on an equal change of their methods is said once."""
_OF_MANY: Final = "Many resources"
_OF_GROUP_VERSIONS: Final = "Group-versions"


@dataclass(frozen=True, kw_only=True)
class Section:
    """Changes of a sort."""

    title: str
    counts: tuple[str, ...]
    """`5 group-versions gone` and the like."""
    meanings: tuple[str, ...]
    """Effects of breaking changes on code, as sentences."""
    entries: Mapping[str, Mapping[str, Sequence[str]]]
    """Lines by group-version and kind; code in them stands between backticks."""


@dataclass(frozen=True, kw_only=True)
class Page:
    """Everything that the page says."""

    old: str
    """Origin of the changes, in words; so for `new`."""
    new: str
    sections: tuple[Section, ...]
    """Those that have changes."""


def page_of(changes: Sequence[Change], *, old: str, new: str) -> Page:
    """Arrange changes.

    Args:
        changes: The changes.
        old: What they start from, in words.
        new: What they lead to.
    """
    found = ((title, [change for change in changes if belongs(change)]) for title, belongs in _SECTIONS)
    sections = tuple(_section(title, some) for title, some in found if some)
    return Page(old=printable(old), new=printable(new), sections=sections)


@dataclass(frozen=True, kw_only=True)
class _Line:
    """A change of one thing, or the same change of many."""

    heading: str
    kind: str = ""
    action: Action
    text: str


def _section(title: str, changes: Sequence[Change]) -> Section:
    entries: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    actions = list(Action)
    for line in sorted(_lines(changes), key=lambda line: (line.kind, actions.index(line.action))):
        entries[line.heading][line.kind].append(printable(line.text))
    first = (_OF_GROUP_VERSIONS, _OF_MANY)
    return Section(
        title=title,
        counts=tuple(counts(changes)),
        meanings=tuple(meanings(changes)),
        entries={name: entries[name] for name in sorted(entries, key=lambda name: (name not in first, name))},
    )


def _lines(changes: Iterable[Change]) -> Iterator[_Line]:
    methods: list[Change] = []
    for change in changes:
        if change.subject in (Subject.METHOD, Subject.PARAMETER):
            methods.append(change)
        elif change.subject is Subject.GROUP_VERSION:
            yield _Line(heading=_OF_GROUP_VERSIONS, action=change.action, text=sentence(change))
        else:
            yield _line(change, sentence(change))
    yield from _of_methods(methods)


def _of_methods(changes: Iterable[Change]) -> Iterator[_Line]:
    """Say what happened to methods once for all resources, or else once for all methods of a resource."""
    alike: dict[tuple[str, ...], list[Change]] = defaultdict(list)
    for change in changes:
        method = "" if change.parameter else _method(change)
        alike[(*_happened(change), method)].append(change)
    single: dict[tuple[str, ...], list[Change]] = defaultdict(list)
    for some in alike.values():
        first = some[0]
        resources = {_owner(change) for change in some}
        if len(resources) < _MANY:
            for change in some:
                single[(*_happened(change), _owner(change))].append(change)
        else:
            names = ", ".join(f"`{name}`" for name in sorted({_method(change) for change in some}))
            text = sentence(first, f"{names} of {len(resources)} resources")
            yield _Line(heading=_OF_MANY, action=first.action, text=text)
    for some in single.values():
        names = ", ".join([f"`{some[0].name}`", *(f"`.{_method(change)}`" for change in some[1:])])
        yield _line(some[0], sentence(some[0], names))


def _line(change: Change, text: str) -> _Line:
    return _Line(heading=change.group_version, kind=change.kind, action=change.action, text=text)


def _happened(change: Change) -> tuple[str, ...]:
    return (change.action, change.parameter, change.old, change.new, change.note)


def _owner(change: Change) -> str:
    return change.name.rpartition(".")[0]


def _method(change: Change) -> str:
    return change.name.rpartition(".")[2]
