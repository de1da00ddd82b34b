"""Changes in words; code stands between backticks."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from .changes import Action, Change, Subject

_COUNTED: Final = {
    Action.REMOVED: "gone",
    Action.MOVED: "with another name",
    Action.TYPE: "of another type",
    Action.REQUIRED: "required now",
    Action.OPTIONAL: "optional now",
    Action.DEFAULT: "with another default",
    Action.ADDED: "new",
    Action.DEPRECATED: "deprecated now",
    Action.UNDEPRECATED: "no longer deprecated",
}
_MEANINGS: Final = {
    Action.REMOVED: "Code that uses what is gone raises AttributeError, ImportError or TypeError.",
    Action.MOVED: "Code that uses the old name of what has another name raises AttributeError or ImportError.",
    Action.REQUIRED: "A call without what is required now raises TypeError.",
    Action.OPTIONAL: "What may be absent now is None in objects that lack it.",
    Action.TYPE: "What is of another type fails type checks, or holds other values.",
}
_SHOWN: Final = 10
"""Number of names that a list shows."""


def sentence(change: Change, where: str = "") -> str:
    """Say what happened.

    Args:
        change: The change.
        where: The methods that it happened to, where these are many.
    """
    name = where or f"`{change.name}`"
    if change.parameter:
        name = f"`{change.parameter}` of {name}"
    if change.place and not _is_plain(change):
        name += f" (`{change.place}`)"
    if change.subject is Subject.GROUP_VERSION and change.action is Action.ADDED and change.kinds:
        name += f" with {listed(change.kinds)}"
    return " ".join(filter(None, (f"{_said(change, name)}.", change.note)))


def counts(changes: Iterable[Change]) -> Iterator[str]:
    """Yield `5 group-versions gone` and the like, the most severe first."""
    changes = list(changes)
    every = Counter((change.action, change.subject) for change in changes)
    alike = Counter(essence[:2] for essence in {_essence(change) for change in changes})
    for action in Action:
        for subject in Subject:
            if number := alike[action, subject]:
                noun = subject if number == 1 else subject.plural
                many = f" (in {every[action, subject]} methods)" if every[action, subject] > number else ""
                yield f"{number} {noun} {_COUNTED[action]}{many}"


def meanings(changes: Iterable[Change]) -> list[str]:
    """Return what breaking changes do to code."""
    actions = {change.action for change in changes if change.breaking}
    return [text for action, text in _MEANINGS.items() if action in actions]


def _essence(change: Change) -> tuple[str, ...]:
    """The part of a change that equal ones of other methods share."""
    if change.subject is Subject.PARAMETER:
        return (change.action, change.subject, change.parameter, change.old, change.new, change.note)
    return (change.action, change.subject, change.name)


def listed(names: Sequence[str]) -> str:
    """Return names as `a`, `b` and `c`; of many, the first ones."""
    code = [f"`{name.rpartition('.')[2]}`" for name in names]
    if len(code) > _SHOWN:
        code[_SHOWN - 1 :] = [f"{len(code) - _SHOWN + 1} others"]
    return " and ".join(filter(None, (", ".join(code[:-1]), code[-1])))


def _is_plain(change: Change) -> bool:
    """True if the name of a field says where it stands: in a kind, its spec or its status."""
    _, _, name = change.name.partition(".")
    cls, _, field = name.partition(".")
    kind, part = change.kind, cls.removeprefix(change.kind).lower()
    return change.place in (name, f"{kind}.{part}.{field}")


def _said(change: Change, name: str) -> str:
    own = re.compile(rf"\b{re.escape(change.group_version)}\.(?=\w)")
    declared = f"{change.parameter}: "
    old, new = (f"`{own.sub('', text.removeprefix(declared))}`" for text in (change.old, change.new))
    several = not change.parameter and "`, `" in name
    are, they_were = ("are", "they were") if several else ("is", "it was")
    match change.action:
        case Action.REMOVED:
            return f"{name} {are} gone" + (f": {they_were} {old}" if change.old else "")
        case Action.MOVED:
            return f"{name} is `{change.new}` now"
        case Action.TYPE:
            return f"{name} {are} {new} now: {they_were} {old}"
        case Action.REQUIRED:
            return f"{name} is required now: {new}"
        case Action.OPTIONAL if change.breaking:
            return f"{name} may be absent now: {new}"
        case Action.OPTIONAL:
            return f"{name} may be left out now"
        case Action.DEFAULT:
            return f"{name} is {new} now: it was {old}"
        case Action.ADDED:
            return f"{name}: {new}" if change.new else name
        case Action.DEPRECATED:
            return f"{name}: {change.new.removesuffix('.')}"
        case Action.UNDEPRECATED:
            return f"{name} {are} no longer deprecated"
