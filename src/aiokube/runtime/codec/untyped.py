"""Types of what manifests in Python may hold beside the types of their own kind.

A plain `Mapping[str, Any]` would take every dict that is written down, with whatever mistakes. `UntypedManifest` takes
those mappings alone whose values are `Any` to type checkers: what was loaded, or made by `to_dict`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol, TypeAlias

from .model import Model


class AnyValue:
    """The type of no value. `Any` fits it, and nothing else does."""


class UntypedManifest(Protocol):
    """A mapping whose values are `Any`: `dict[str, Any]`, but not the `dict[str, int]` of a dict that is written down.

    Where a type checker names this type or `AnyValue`, a dict has a key that its kind does not know, or a value of
    another type.
    """

    def __getitem__(self, key: str, /) -> AnyValue:
        """Return the value of a key."""
        ...

    def keys(self) -> Iterable[str]:
        """Return the keys."""
        ...


Untyped: TypeAlias = Model | UntypedManifest | None
"""Whatever a part of a manifest may be besides a dict that is checked: an object, a dict of `Any`, or null."""
