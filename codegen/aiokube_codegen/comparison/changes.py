"""Changes between two surfaces, as plain data."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Subject(StrEnum):
    """Subject of a change."""

    GROUP_VERSION = "group-version"
    RESOURCE = "resource"
    METHOD = "method"
    PARAMETER = "parameter"
    KIND = "kind"
    CLASS = "class"
    FIELD = "field"

    @property
    def plural(self) -> str:
        """`fields`."""
        return f"{self}es" if self is Subject.CLASS else f"{self}s"


class Action(StrEnum):
    """Kind of change."""

    REMOVED = "removed"
    MOVED = "moved"
    """It has another name, in this module or another."""
    TYPE = "type"
    REQUIRED = "required"
    OPTIONAL = "optional"
    DEFAULT = "default"
    ADDED = "added"
    DEPRECATED = "deprecated"
    UNDEPRECATED = "undeprecated"


@dataclass(frozen=True, kw_only=True)
class Change:
    """A change of something that code can name."""

    subject: Subject
    action: Action
    name: str
    """Python name: `kube.core_v1.pods.list`, `core_v1.PodSpec.host_users`; of a parameter, that of its method."""
    parameter: str = ""
    group_version: str
    """Module of the class, or attribute of the client: `core_v1`."""
    kind: str = ""
    """The kind or resource that it belongs to; empty if it is shared by many."""
    place: str = ""
    """Of a field: where it stands in an object of the kind, `Pod.spec.containers[].image`."""
    breaking: bool = False
    """Code that was right before may fail, or be refused by a type checker."""
    old: str = ""
    """Type, signature or name before; so for `new`."""
    new: str = ""
    note: str = ""
    """Further advice for the reader, as a sentence."""
    includes: tuple[str, ...] = ()
    """The classes that came or went with it."""
    kinds: tuple[str, ...] = ()
    """The kinds among them, lists of objects left out."""
