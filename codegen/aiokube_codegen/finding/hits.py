"""Hits of a search, as plain data."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ..reference.catalog import Field, Kind, Method


@dataclass(frozen=True, kw_only=True)
class Hit:
    """Something that has the name which was looked for."""

    name: str
    """The name as the client has it: `CoreV1Api.list_namespaced_pod`."""
    client: str
    """Whose name it is."""
    kind: Kind | None = None
    methods: tuple[Method, ...] = ()
    """The methods to call, the best first; empty for a kind, a field, and where `text` says it."""
    fields: tuple[Field, ...] = ()
    """The way to a field."""
    text: str = ""
    """The code to write, where it is not a method of a resource."""
    note: str = ""

    @property
    def target(self) -> str:
        """The target: `kube.core_v1.pods.list`."""
        if self.methods:
            return self.methods[0].call
        if self.text or self.kind is None:
            return self.text
        return ".".join([self.kind.plural, *(one.name for one in self.fields)]) if self.fields else self.kind.python


@dataclass(frozen=True, kw_only=True)
class Hits:
    """The hits of a search."""

    exact: tuple[Hit, ...] = ()
    """Hits with that name, the best known first."""
    partial: tuple[Hit, ...] = ()
    """Hits with all of its words, and more."""
    similar: tuple[Hit, ...] = ()
    """Similar names."""


def distinct(hits: Iterable[Hit]) -> tuple[Hit, ...]:
    """Return the hits without those that lead where one before them leads."""
    found: dict[str, Hit] = {}
    for hit in hits:
        found.setdefault(hit.target, hit)
    return tuple(found.values())


def names_of(kind: Kind) -> tuple[str, ...]:
    """Return the names of a kind that kubectl takes, in small letters."""
    return (kind.name.lower(), kind.plural, kind.singular, *kind.short_names)
