"""The places of fields in an API, by their names."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Sequence

from ..reference.catalog import Catalog, Field, Kind
from ..reference.prominence import distance
from .hits import Hit, names_of

_LEVEL = 2.0
"""The distance of a field from one above it, as that of kinds is measured."""


class FieldPlaces:
    """The places of the fields of kinds. What a type holds is listed at its first place in each kind.

    Args:
        catalog: The API.
        kinds: The kinds.
    """

    def __init__(self, catalog: Catalog, kinds: Iterable[Kind]) -> None:
        self._catalog = catalog
        self._places: defaultdict[str, list[tuple[float, Kind, tuple[Field, ...]]]] = defaultdict(list)
        for kind in kinds:
            for way in self._ways(kind):
                for name in {way[-1].name.lower(), way[-1].python}:
                    self._places[name].append((len(way) * _LEVEL + distance(kind), kind, way))

    def names(self) -> Iterator[str]:
        """Yield the names of all fields, on the wire in small letters and in Python."""
        return iter(self._places)

    def named(self, name: str) -> list[Hit]:
        """Return the fields of a name, the nearest of the best known kinds first."""
        places = sorted(self._places.get(name, ()), key=lambda one: one[0])
        return [Hit(name=way[-1].name, client="the API", kind=kind, fields=way) for _, kind, way in places]

    def at(self, path: str) -> list[Hit]:
        """Return the fields at a path or a part of one: `spec.containers.image`, `pods.spec.image`."""
        *above, last = path.lower().split(".")
        return [hit for hit in self.named(last) if _is_part(above, _names_above(hit))]

    def _ways(self, kind: Kind) -> Iterator[tuple[Field, ...]]:
        type = self._catalog.type_of(kind)
        seen = {kind.type}
        pending: deque[tuple[Field, ...]] = deque((field,) for field in (type.fields if type else ()))
        while pending:
            way = pending.popleft()
            yield way
            if way[-1].type.target not in seen:
                seen.add(way[-1].type.target)
                pending += [(*way, field) for field in self._catalog.fields_of(way[-1])]


def _names_above(hit: Hit) -> list[str]:
    kinds = names_of(hit.kind) if hit.kind else ()
    return [*sorted(kinds), *(name for one in hit.fields[:-1] for name in (one.name.lower(), one.python))]


def _is_part(wanted: Sequence[str], names: Sequence[str]) -> bool:
    """True if some names are among others, in their order."""
    rest = iter(names)
    return all(name in rest for name in wanted)
