"""Finds what a name is: of an operation in another client, a command of kubectl, a method, a kind or a field."""

from __future__ import annotations

import re
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from functools import cached_property
from typing import Final

from aiokube.runtime.discovery.catalog import Catalog as Resources

from ..methods.counterparts import Counterpart
from ..naming.names import snake_case
from ..naming.peers import plain_name
from ..reference.catalog import Catalog, Field, Kind, Method
from ..reference.prominence import distance
from .words import KUBECTL, OTHERS

OFFICIAL: Final = "kubernetes, kubernetes_asyncio"
_OPTIONS: Final = (("-w", "--watch"), ("--filename", "-f"))
"""Options of kubectl that make another command of one."""
_SIMILAR: Final = 5
_CUTOFF: Final = 0.75


@dataclass(frozen=True, kw_only=True)
class Hit:
    """Something that has the name which was looked for."""

    name: str
    """The name as the client has it: `CoreV1Api.list_namespaced_pod`."""
    client: str
    """Whose name it is."""
    kind: Kind | None = None
    methods: tuple[Method, ...] = ()
    """What to call, the best first; empty for a kind, a field, and where `text` says it."""
    fields: tuple[Field, ...] = ()
    """The way to a field."""
    text: str = ""
    """What to write, where it is no method of a resource."""
    note: str = ""

    @property
    def target(self) -> str:
        """What it leads to: `kube.core_v1.pods.list`."""
        if self.methods:
            return self.methods[0].call
        if self.text or self.kind is None:
            return self.text
        return ".".join([self.kind.plural, *(one.name for one in self.fields)]) if self.fields else self.kind.python


@dataclass(frozen=True, kw_only=True)
class Hits:
    """What was found."""

    exact: tuple[Hit, ...] = ()
    """What has the name, the best known first."""
    partial: tuple[Hit, ...] = ()
    """What has all of its words, and more."""
    similar: tuple[Hit, ...] = ()
    """What may have been meant."""


@dataclass
class _Names:
    """Hits by name, in small letters."""

    hits: defaultdict[str, list[Hit]] = field(default_factory=lambda: defaultdict(list))

    def add(self, hit: Hit, *names: str) -> None:
        for name in dict.fromkeys(names):
            self.hits[name.lower()].append(hit)


class Index:
    """The names of an API.

    Args:
        catalog: The API.
        counterparts: Its operations in other clients.
    """

    def __init__(self, catalog: Catalog, counterparts: Iterable[Counterpart]) -> None:
        self._catalog = catalog
        self._kinds = sorted(catalog.kinds(), key=distance)
        self._names = _Names()
        self._by_call = dict(self._methods())
        self._add_operations(counterparts)
        self._add_commands()
        self._add_kinds()
        self._add_methods()

    def find(self, query: str) -> Hits:
        """Find a name, or words of one."""
        query = " ".join(query.split())
        command = query.removeprefix("kubectl ")
        if command != query and (hits := self._commands(command)):
            return Hits(exact=_distinct(hits))
        query = command
        name = plain_name(query)
        exact = list(self._names.hits.get(_call(query), ()))
        if "(" not in query or not exact:
            names = [name.lower(), name.lower().removeprefix("kube."), snake_case(name)]
            exact += [hit for one in dict.fromkeys(names) for hit in self._names.hits.get(one, ())]
            exact += [*self._commands(name), *self._fields_at(name)]
        if exact:
            return Hits(exact=_distinct(exact))
        if elsewhere := list(self._of_other_owners(name)):
            return Hits(exact=_distinct(elsewhere))
        if partial := self._with_words(name):
            return Hits(partial=_distinct(partial))
        known = [*self._names.hits, *self._fields]
        close = [
            one
            for word in dict.fromkeys((snake_case(name), name.lower()))
            for one in get_close_matches(word, known, n=_SIMILAR, cutoff=_CUTOFF)
        ]
        hits = [hit for one in dict.fromkeys(close) for hit in (*self._names.hits.get(one, ()), *self._field_hits(one))]
        return Hits(similar=_distinct(hits)[:_SIMILAR])

    def _methods(self) -> Iterator[tuple[str, tuple[Kind | None, Method]]]:
        for kind in self._kinds:
            yield from ((method.call, (kind, method)) for method in kind.methods)
        for group in self._catalog.groups:
            for version in group.versions:
                yield from ((method.call, (None, method)) for method in version.methods)
        yield from ((method.call, (None, method)) for method in self._catalog.methods)

    def _add_operations(self, counterparts: Iterable[Counterpart]) -> None:
        places = {kind.attribute: place for place, kind in enumerate(self._kinds)}
        for one in sorted(counterparts, key=lambda one: places.get(one.methods[0].rpartition(".")[0], 0)):
            found = [self._by_call[f"kube.{name}"] for name in one.methods if f"kube.{name}" in self._by_call]
            kind = found[0][0] if found else None
            methods = tuple(method for _, method in found)
            text = "" if methods else f"await kube.{one.methods[0]}()"
            peers = {OFFICIAL: one.peers.official, "lightkube": one.peers.lightkube, "kr8s": one.peers.kr8s}
            for client, name in peers.items():
                hit = Hit(name=name, client=client, kind=kind, methods=methods, text=text)
                if name:
                    self._names.add(hit, *_spellings(client, name))

    def _add_commands(self) -> None:
        for command, names in KUBECTL.items():
            for kind in self._kinds:
                if hit := _command(command, names, kind):
                    self._names.add(hit, command)
        for client, entries in OTHERS.items():
            for name, text, note in entries:
                hit = Hit(name=name, client=client, text=text, note=note)
                # Verbs of objects, such as `pod.label`, are verbs of kubectl and of aiokube, too.
                alias = name.rpartition(".")[2] if client == OFFICIAL or name.count(".") > 1 else name
                self._names.add(hit, name, alias)

    def _commands(self, query: str) -> list[Hit]:
        """The commands of kubectl as people type them: `rollout restart deploy/web`, `logs -f web-0`."""
        typed = query.lower().split()
        words = [word for word in typed if not word.startswith("-")]
        for length in range(len(words), 0, -1):
            command = " ".join(words[:length])
            option = next((option for short, option in _OPTIONS if {short, option} & {*typed}), "")
            hits = [
                hit
                for name in (f"{command} {option}", command)
                for hit in self._names.hits.get(name, ())
                if hit.client == "kubectl"
            ]
            if hits:
                resource = words[length].partition("/")[0] if len(words) > length else ""
                return [hit for hit in hits if hit.kind and resource in _names_of(hit.kind)] or hits
        return []

    def _add_kinds(self) -> None:
        for kind in self._kinds:
            hit = Hit(name=kind.name, client="the API", kind=kind)
            of_official = f"{kind.version}{kind.name}"
            attribute = kind.attribute.rpartition(".")[2]
            names = (f"{kind.plural}.{kind.group}", kind.python, kind.attribute, attribute, of_official)
            self._names.add(hit, *_names_of(kind), *names)
        for type in self._catalog.types.values():
            if type.is_definition and type.python and type.key not in self._catalog.kind_of_type:
                hit = Hit(name=type.name, client="the API", text=f"aiokube.models.{type.python}", note=type.description)
                version = type.key.split(".")[-2]
                self._names.add(hit, type.name, f"{version}{type.name}", type.python)

    def _of_other_owners(self, name: str) -> Iterator[Hit]:
        """Yield the operations of a name that follows another one: of a variable, or of a version that is not there."""
        owner, _, method = name.rpartition(".")
        note = f"Of another version: this API has nothing for {owner}." if owner.endswith("Api") else ""
        hits = self._names.hits.get(method.lower(), ())
        return (replace(hit, note=note) for hit in hits if owner and hit.client == OFFICIAL)

    def _add_methods(self) -> None:
        for call, (kind, method) in self._by_call.items():
            name = call.removeprefix("kube.")
            hit = Hit(name=name, client="aiokube", kind=kind, methods=(method,))
            self._names.add(hit, name, name.partition(".")[2], method.name)
            if kind is not None:
                self._names.add(hit, f"{kind.plural}.{method.name}")

    def _with_words(self, query: str) -> list[Hit]:
        wanted = _words(query)
        if not wanted:
            return []
        found: list[tuple[int, int, Hit]] = []
        for name, hits in self._names.hits.items():
            words = _words(name)
            if wanted <= words:
                found += [(len(words - wanted), place, hit) for place, hit in enumerate(hits)]
        return [hit for _, _, hit in sorted(found, key=lambda one: one[:2])]

    @cached_property
    def _fields(self) -> Mapping[str, list[tuple[Kind, tuple[Field, ...]]]]:
        """The places of fields by their names in small letters, the nearest of the best known kinds first."""
        places: defaultdict[str, list[tuple[float, Kind, tuple[Field, ...]]]] = defaultdict(list)
        for kind in self._kinds:
            for way in self._ways(kind):
                for name in {way[-1].name.lower(), way[-1].python}:
                    places[name].append((len(way) * 2 + distance(kind), kind, way))
        return {
            name: [(kind, way) for _, kind, way in sorted(found, key=lambda one: one[0])]
            for name, found in places.items()
        }

    def _ways(self, kind: Kind) -> Iterator[tuple[Field, ...]]:
        seen = {kind.type}
        type = self._catalog.type_of(kind)
        pending: deque[tuple[Field, ...]] = deque((field,) for field in (type.fields if type else ()))
        while pending:
            way = pending.popleft()
            yield way
            if way[-1].type.target not in seen:
                seen.add(way[-1].type.target)
                pending += [(*way, field) for field in self._catalog.fields_of(way[-1])]

    def _fields_at(self, query: str) -> list[Hit]:
        """The fields of a name or a part of a path: `spec.containers.image`."""
        *above, last = query.lower().split(".")
        return [
            hit
            for hit in self._field_hits(last)
            if _is_part(above, [name for one in hit.fields[:-1] for name in (one.name.lower(), one.python)])
        ]

    def _field_hits(self, name: str) -> list[Hit]:
        return [
            Hit(name=way[-1].name, client="the API", kind=kind, fields=way) for kind, way in self._fields.get(name, ())
        ]


def _call(text: str) -> str:
    """Return a call with its first argument alone: `client.list(pod` of `client.list(Pod, namespace="a")`."""
    name, _, arguments = text.removeprefix("await ").partition("(")
    first = re.match(r"[\"'\s]*([\w.]+)", arguments)
    return f"{name}({first[1]}".lower() if first else name.strip().lower()


def likely_groups(resources: Resources, query: str) -> set[str] | None:
    """Return the groups of the resources that a name may be about; None if it names none."""
    words = snake_case(re.sub(r"[^\w]+", "_", query)).split("_")
    text = f"_{'_'.join(words)}_"
    groups = {
        one.group or "core"
        for one in resources.resources
        if f"_{snake_case(one.kind)}_" in text or {one.plural, one.singular, *one.short_names} & {*words}
    }
    return groups or None


def _spellings(client: str, name: str) -> list[str]:
    """The spellings that an operation is found by."""
    if client == OFFICIAL:
        return [name, name.rpartition(".")[2]]
    plain = name.partition("(")[0]
    found = [_call(name), *([plain] if "." in plain else [])]
    if plain == "kr8s.asyncio.get":
        found += [_call(name.replace(plain, other)) for other in ("kr8s.get", "api.get")]
    return found


def _command(command: str, names: Sequence[str], kind: Kind) -> Hit | None:
    found = {method.name: method for method in kind.methods}
    methods = tuple(found[name] for name in names if name in found)
    if not methods or methods[0].name != names[0]:
        return None
    return Hit(name=f"kubectl {command}", client="kubectl", kind=kind, methods=methods)


def _names_of(kind: Kind) -> tuple[str, ...]:
    return (kind.name.lower(), kind.plural, kind.singular, *kind.short_names)


def _words(name: str) -> set[str]:
    return set(snake_case(re.sub(r"[^\w]+", "_", name)).split("_")) - {""}


def _is_part(wanted: Sequence[str], names: Sequence[str]) -> bool:
    """True if some names are among others, in their order."""
    rest = iter(names)
    return all(name in rest for name in wanted)


def _distinct(hits: Iterable[Hit]) -> tuple[Hit, ...]:
    """The hits, without those that lead where one before them leads."""
    return tuple({hit.target: hit for hit in reversed(list(hits))}.values())[::-1]
