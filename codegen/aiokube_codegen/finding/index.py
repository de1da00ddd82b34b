"""Finds what a name is: of an operation in another client, a command of kubectl, a method, a kind or a field."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from difflib import get_close_matches
from functools import cached_property
from typing import Final

from aiokube.runtime.discovery.catalog import Catalog as Resources

from ..methods.counterparts import Counterpart
from ..naming.kubectl_commands import OF_ALL, WITH_VALUE
from ..naming.names import snake_case
from ..naming.peers import plain_name
from ..reference.catalog import Catalog
from ..reference.prominence import distance
from .fields import FieldPlaces
from .hits import Hit, Hits, distinct, names_of
from .names import OFFICIAL, call_key, names_in

_KUBECTL: Final = "kubectl "
_OPTIONS: Final = (("-w", "--watch"), ("--filename", "-f"))
"""Options of kubectl that make another command of one, in two spellings: the second one is that of the names."""
_SIMILAR: Final = 3
_CUTOFF: Final = 0.75


class Index:
    """The names of an API.

    Args:
        catalog: The API.
        counterparts: Its operations in other clients.
    """

    def __init__(self, catalog: Catalog, counterparts: Iterable[Counterpart]) -> None:
        self._catalog = catalog
        self._kinds = sorted(catalog.kinds(), key=distance)
        self.names = names_in(catalog, self._kinds, counterparts)
        """Hits by name, in small letters, but for fields."""

    def find(self, query: str) -> Hits:
        """Find a name, or words of one."""
        query = " ".join(query.split())
        name = plain_name(query.removeprefix(_KUBECTL))
        if exact := distinct(self._exact(query, name)):
            return Hits(exact=exact)
        if partial := distinct(self._with_words(name)):
            return Hits(partial=partial)
        return Hits(similar=distinct(self._similar(name))[:_SIMILAR])

    @cached_property
    def _fields(self) -> FieldPlaces:
        return FieldPlaces(self._catalog, self._kinds)

    def _exact(self, query: str, name: str) -> list[Hit]:
        if query.startswith(_KUBECTL) and (hits := self._commands(query.removeprefix(_KUBECTL))):
            return hits
        if "(" in query and (hits := self.names.get(call_key(query), [])):
            return hits
        spellings = dict.fromkeys([name.lower(), name.lower().removeprefix("kube."), snake_case(name)])
        found = [hit for one in spellings for hit in self.names.get(one, ())]
        return [*found, *self._commands(name), *self._fields.at(name)] or list(self._of_another_owner(name))

    def _commands(self, query: str) -> list[Hit]:
        """The commands of kubectl as people type them: `rollout restart deploy/web`, `logs -f web-0`."""
        typed = query.lower().split()
        words = [
            word
            for before, word in zip(["", *typed], typed, strict=False)
            if not word.startswith("-") and before not in WITH_VALUE
        ]
        option = next((one for other, one in _OPTIONS if {other, one} & {*typed}), "")
        for length in range(len(words), 0, -1):
            command = " ".join(words[:length])
            names = (f"{command} {option}", command)
            hits = [hit for name in names for hit in self.names.get(name, ()) if hit.client == "kubectl"]
            if hits:
                resource, _, name = words[length].partition("/") if len(words) > length else ("", "", "")
                of_resource = [hit for hit in hits if hit.kind and resource in names_of(hit.kind)]
                is_named = bool(name or words[length + 1 :])
                return [hit if is_named else _of_all(hit, command) for hit in of_resource] or hits
        return []

    def _of_another_owner(self, name: str) -> Iterator[Hit]:
        """Yield the operations of a name that follows another one: of a variable, or of a version that is not there."""
        owner, _, method = name.rpartition(".")
        note = f"Of another version: this API has nothing for {owner}." if owner.endswith("Api") else ""
        for hit in self.names.get(method.lower(), ()) if owner else ():
            if hit.client == OFFICIAL:
                yield replace(hit, note=note)

    def _with_words(self, query: str) -> list[Hit]:
        wanted = {*_words(query)}
        found: list[tuple[int, int, Hit]] = []
        for name, hits in self.names.items() if wanted else ():
            words = {*_words(name)}
            if wanted <= words:
                found += [(len(words - wanted), place, hit) for place, hit in enumerate(hits)]
        return [hit for _, _, hit in sorted(found, key=lambda one: one[:2])]

    def _similar(self, query: str) -> Iterator[Hit]:
        known = [*self.names, *self._fields.names()]
        for word in dict.fromkeys((snake_case(query), query.lower())):
            for name in get_close_matches(word, known, n=_SIMILAR, cutoff=_CUTOFF):
                yield from (*self.names.get(name, ()), *self._fields.named(name))


def _of_all(hit: Hit, command: str) -> Hit:
    """The hit with the method for all objects first, if the command has one."""
    best = OF_ALL.get(command)
    return replace(hit, methods=tuple(sorted(hit.methods, key=lambda one: one.name != best)))


def likely_groups(resources: Resources, query: str) -> set[str] | None:
    """Return the groups of the resources that a name may be about; None if it names none."""
    words = _words(query)
    text = f"_{'_'.join(words)}_"
    groups = {
        one.group or "core"
        for one in resources.resources
        if f"_{snake_case(one.kind)}_" in text or {one.plural, one.singular, *one.short_names} & {*words}
    }
    return groups or None


def _words(name: str) -> list[str]:
    return [word for word in snake_case(re.sub(r"[^\w]+", "_", name)).split("_") if word]
