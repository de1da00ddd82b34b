"""Compares the classes of two surfaces."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Final

from .changes import Action, Change, Subject
from .places import Place, needed, places_of
from .surface import Class, Field
from .types import alternatives, renamed, without_none

_NOWHERE: Final = Place()


def compare_classes(old: Mapping[str, Class], new: Mapping[str, Class], moves: Mapping[str, str]) -> list[Change]:
    """Return the changes of classes and fields.

    Args:
        old: Classes before.
        new: Classes after.
        moves: Names after, of classes that have another name than before.
    """
    return list(_Comparison(old, new, moves).changes())


def find_moves(old: Mapping[str, Class], new: Mapping[str, Class]) -> dict[str, str]:
    """Return the new names of classes that have another name, or are in another module.

    A class that went is one that came if the two have the same name and fields, or are the only two of their module
    with the same fields and types. A kind never moves: in another module, it is another version of the API.
    """
    moves: dict[str, str] = {}
    places = places_of(old)
    kept = needed([name for name, cls in old.items() if cls.kind and name in new], old)
    modules = {_module(name) for name in new}
    gone = [
        name
        for name in sorted(old.keys() - new.keys())
        if old[name].fields and not old[name].kind
        # What went with its kinds did not move.
        if name in kept or (not places[name].kind and _module(name) in modules)
    ]
    came = [name for name in sorted(new.keys() - old.keys()) if new[name].fields and not new[name].kind]
    for name in gone:
        same = [
            one for one in came if _short(one) == _short(name) and new[one].fields.keys() == old[name].fields.keys()
        ]
        if len(same) == 1:
            moves[name] = same[0]
    while found := _same_shapes(old, new, moves, gone, came):
        moves |= found
    return moves


def _same_shapes(
    old: Mapping[str, Class], new: Mapping[str, Class], moves: Mapping[str, str], gone: list[str], came: list[str]
) -> dict[str, str]:
    before, after = defaultdict(list), defaultdict(list)
    for name in gone:
        if name not in moves:
            before[_shape(name, old[name], moves)].append(name)
    for name in set(came).difference(moves.values()):
        after[_shape(name, new[name], {})].append(name)
    return {
        names[0]: after[shape][0]
        for shape, names in before.items()
        if len(names) == 1 and len(after.get(shape, ())) == 1
    }


def _shape(name: str, cls: Class, moves: Mapping[str, str]) -> tuple[object, ...]:
    fields = ((field, renamed(one.annotation, moves), one.required) for field, one in cls.fields.items())
    return (_module(name), *sorted(fields))


class _Comparison:
    def __init__(self, old: Mapping[str, Class], new: Mapping[str, Class], moves: Mapping[str, str]) -> None:
        self._old = old
        self._new = new
        self._moves = moves
        self._old_places = places_of(old)
        self._new_places = places_of(new)

    def changes(self) -> Iterator[Change]:
        for name, cls in self._old.items():
            target = self._moves.get(name, name)
            if target not in self._new:
                yield self._of_class(name, cls, Action.REMOVED, breaking=True)
                continue
            if target != name:
                yield self._of_class(name, cls, Action.MOVED, breaking=True, new=target)
            yield from self._notices(name, cls, self._new[target])
            yield from self._fields(name, target)
        for name in self._new.keys() - self._old.keys() - set(self._moves.values()):
            yield self._of_class(name, self._new[name], Action.ADDED)

    def _of_class(
        self, name: str, cls: Class, action: Action, *, breaking: bool = False, old: str = "", new: str = ""
    ) -> Change:
        place = self._old_places.get(name) or self._new_places.get(name) or _NOWHERE
        return Change(
            subject=Subject.KIND if cls.kind else Subject.CLASS,
            action=action,
            name=name,
            group_version=_module(name),
            kind=place.kind,
            place=place.path,
            breaking=breaking,
            old=old,
            new=new,
        )

    def _notices(self, name: str, old: Class, new: Class) -> Iterator[Change]:
        if new.deprecated and not old.deprecated:
            yield self._of_class(name, new, Action.DEPRECATED, new=new.deprecated)
        elif old.deprecated and not new.deprecated:
            yield self._of_class(name, new, Action.UNDEPRECATED, old=old.deprecated)

    def _fields(self, old_name: str, new_name: str) -> Iterator[Change]:
        old, new = self._old[old_name].fields, self._new[new_name].fields
        for name, field in old.items():
            if name not in new:
                yield self._of_field(old_name, name, Action.REMOVED, breaking=True, old=field)
                continue
            if change := _difference(field, new[name], self._moves):
                action, breaking, note = change
                yield self._of_field(new_name, name, action, breaking=breaking, old=field, new=new[name], note=note)
            if new[name].deprecated and not field.deprecated:
                yield self._of_field(new_name, name, Action.DEPRECATED, text=new[name].deprecated)
            elif field.deprecated and not new[name].deprecated:
                yield self._of_field(new_name, name, Action.UNDEPRECATED)
        for name in new.keys() - old.keys():
            note = "It is required." if new[name].required else ""
            yield self._of_field(new_name, name, Action.ADDED, breaking=new[name].required, new=new[name], note=note)

    def _of_field(
        self,
        cls: str,
        name: str,
        action: Action,
        *,
        breaking: bool = False,
        old: Field | None = None,
        new: Field | None = None,
        text: str = "",
        note: str = "",
    ) -> Change:
        places = self._old_places if action is Action.REMOVED else self._new_places
        place = places.get(cls, _NOWHERE)
        was_deprecated = old is not None and bool(old.deprecated) and action is Action.REMOVED
        return Change(
            subject=Subject.FIELD,
            action=action,
            name=f"{cls}.{name}",
            group_version=_module(cls),
            kind=place.kind,
            place=f"{place.path}.{name}" if place.path else "",
            breaking=breaking,
            old=old.annotation if old else "",
            new=new.annotation if new else text,
            note="It was deprecated." if was_deprecated else note,
        )


def _difference(old: Field, new: Field, moves: Mapping[str, str]) -> tuple[Action, bool, str] | None:
    """The action, whether it is breaking, and a note; None if code sees no difference."""
    before = renamed(old.annotation, moves)
    if (alternatives(before), old.required) == (alternatives(new.annotation), new.required):
        return None
    if without_none(before) != without_none(new.annotation):
        return Action.TYPE, True, "It is required now." if new.required and not old.required else ""
    if new.required and not old.required:
        return Action.REQUIRED, True, ""
    if old.required and not new.required:
        # Absent lists and maps are empty, and absent parts of a kind are falsy objects: reading needs no check.
        return Action.OPTIONAL, before != new.annotation, ""
    return Action.TYPE, True, ""


def _module(name: str) -> str:
    return name.partition(".")[0]


def _short(name: str) -> str:
    return name.partition(".")[2]
