"""Back references: where a type is used."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from .addresses import Addresses, field_id, fragment
from .catalog import Catalog, Kind

_MOST: Final = 60
"""References that are listed."""


@dataclass(frozen=True)
class Reference:
    """A field that holds a type."""

    text: str
    """`PodSpec.containers[]`."""
    target: str
    """Page and fragment, below the folder of the reference."""


class UsedBy:
    """The references to all types of a catalog."""

    def __init__(self, catalog: Catalog, addresses: Addresses) -> None:
        self._catalog = catalog
        self._addresses = addresses
        self._holders: dict[str, list[tuple[str, str, str]]] = defaultdict(list)
        for key, named in catalog.types.items():
            for field in named.fields:
                if field.type.target:
                    self._holders[field.type.target].append((key, field.name, field.type.suffix))

    def references(self, key: str) -> list[Reference]:
        """Return the fields that hold a type, as far as pages show them, at most some dozens."""
        found: dict[Reference, None] = {}
        for reference in self._climb(key, "", "", frozenset()):
            found[reference] = None
            if len(found) == _MOST:
                break
        return sorted(found, key=lambda one: one.text)

    def kinds(self, key: str) -> list[Kind]:
        """Return the kinds that hold a type, directly or not."""
        found, pending = {key}, [key]
        while pending:
            for holder, _, _ in self._holders[pending.pop()]:
                if holder not in found:
                    found.add(holder)
                    pending.append(holder)
        kinds = self._catalog.kind_of_type
        return sorted((kinds[one] for one in found - {key} if one in kinds), key=lambda kind: (kind.name, kind.key))

    def _climb(self, key: str, text: str, id: str, passed: frozenset[str]) -> Iterator[Reference]:
        """Yield the fields that lead to a type, from the nearest types that have pages.

        Args:
            key: The type.
            text: What was passed already, with what leads to items: `containers[]`.
            id: The same as the end of an id: `containers`.
            passed: Types without pages that were passed.
        """
        for holder, name, suffix in self._holders[key]:
            text_there = f"{name}{suffix}.{text}" if text else f"{name}{suffix}"
            id_there = f"{name}{suffix}.{id}" if id else name
            if page := self._addresses.type(holder):
                root = self._catalog.types[holder].name
                yield Reference(f"{root}.{text_there}", f"{page}#{fragment(field_id(root, id_there))}")
            elif holder not in passed:
                yield from self._climb(holder, text_there, id_there, passed | {holder})
