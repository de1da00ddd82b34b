"""Compares two surfaces."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Final

from .changes import Action, Change, Subject
from .classes import compare_classes, find_moves
from .methods import compare_groups
from .places import Place, needed, places_of
from .surface import Surface
from .types import named_classes
from .wording import listed

_VERSION: Final = re.compile(r"_v[0-9]+(?:(?:alpha|beta)[0-9]+)?$")
_PARTS: Final = (Subject.KIND, Subject.CLASS)
_LARGEST_FIRST: Final = (
    Subject.GROUP_VERSION,
    Subject.RESOURCE,
    Subject.KIND,
    Subject.FIELD,
    Subject.METHOD,
    Subject.PARAMETER,
    Subject.CLASS,
)


def compare(old: Surface, new: Surface) -> list[Change]:
    """Return what is different for code that uses a package, sorted by name.

    Classes that came or went with something larger are no changes of their own: that of the larger includes them.
    """
    moves = find_moves(old.classes, new.classes)
    changes = [*compare_groups(old.groups, new.groups, moves), *compare_classes(old.classes, new.classes, moves)]
    changes = _folded(_folded(changes, Action.REMOVED, old), Action.ADDED, new)
    changes = [_with_successors(change, old, new) for change in changes]
    return sorted(changes, key=lambda change: (change.name, change.parameter, change.action))


def _folded(changes: Iterable[Change], action: Action, surface: Surface) -> list[Change]:
    """Put the classes that came (or went) into the changes that they belong to."""
    by_size = sorted(changes, key=lambda change: (_LARGEST_FIRST.index(change.subject), change.name))
    places = places_of(surface.classes)
    parts = {change.name for change in by_size if change.action is action and change.subject in _PARTS}
    folded = []
    for change in by_size:
        if change.action is action and change.subject in _PARTS:
            if change.name not in parts:
                continue
            parts.remove(change.name)
        found = sorted(parts & _contents(change, action, surface, places))
        parts.difference_update(found)
        kinds = [name for name in found if (kind := surface.classes[name].kind) and not kind.endswith("List")]
        folded.append(replace(change, includes=(*change.includes, *found), kinds=(*change.kinds, *kinds)))
    return folded


def _contents(change: Change, action: Action, surface: Surface, places: Mapping[str, Place]) -> set[str]:
    """The classes that a change speaks for."""
    classes = surface.classes
    if change.subject in (Subject.FIELD, Subject.METHOD, Subject.PARAMETER):
        return needed(named_classes(change.old if action is Action.REMOVED else change.new), classes)
    if change.action is not action:
        return set()
    if change.subject is Subject.CLASS:
        return needed([change.name], classes)
    of_module = {name for name in classes if name.startswith(f"{change.group_version}.")}
    if change.subject is Subject.GROUP_VERSION:
        return of_module
    return {name for name in of_module if places[name].kind in (change.kind, f"{change.kind}List")}


def _with_successors(change: Change, old: Surface, new: Surface) -> Change:
    """Say which other versions of the same group have the kinds that went."""
    gone = [name for name in (change.name, *change.kinds) if name in old.classes and old.classes[name].kind]
    if change.action is not Action.REMOVED or not gone:
        return change
    stem = _VERSION.sub("", change.group_version)
    modules = {name.partition(".")[0] for name in new.classes}
    versions = sorted(module for module in modules if _VERSION.sub("", module) == stem != module)
    kinds: defaultdict[tuple[str, ...], list[str]] = defaultdict(list)
    for name in gone:
        cls = name.rpartition(".")[2]
        kinds[tuple(module for module in versions if f"{module}.{cls}" in new.classes)].append(cls)
    notes = [
        f"{listed(found)} {'have' if len(found) > 1 else 'has'} {listed(names)}."
        if found
        else f"No other version has {listed(names)}."
        for found, names in sorted(kinds.items(), reverse=True)
    ]
    return replace(change, note=" ".join(filter(None, (change.note, *notes))))
