"""The places of classes: the kind that a class belongs to, and the way to it."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from .surface import Class
from .types import named_classes


@dataclass(frozen=True)
class Place:
    """Where a class stands in the objects of a kind."""

    kind: str = ""
    """Name of the kind, in the class's own module; empty if no kind of it has the class."""
    path: str = ""
    """`Pod.spec.containers[]`."""


def places_of(classes: Mapping[str, Class]) -> dict[str, Place]:
    """Return the place of each class: the nearest in a kind of its own module."""
    found: dict[str, Place] = {}
    # All kinds at once, so that the nearest comes first; lists of objects after the objects.
    kinds = sorted((name for name, cls in classes.items() if cls.kind), key=lambda name: (name.endswith("List"), name))
    pending = deque((kind, Place(classes[kind].kind, classes[kind].kind)) for kind in kinds)
    while pending:
        name, place = pending.popleft()
        if found.setdefault(name, place) is not place:
            continue
        for step, target in _steps(classes[name]):
            if target in classes and target.partition(".")[0] == name.partition(".")[0]:
                pending.append((target, Place(place.kind, f"{place.path}.{step}")))
    return {name: found.get(name, Place()) for name in classes}


def needed(names: Iterable[str], classes: Mapping[str, Class]) -> set[str]:
    """Return the classes of these names, and those that their fields need."""
    found: set[str] = set()
    pending = list(names)
    while pending:
        name = pending.pop()
        if name in classes and name not in found:
            found.add(name)
            for field in classes[name].fields.values():
                pending += named_classes(field.annotation)
    return found


def _steps(cls: Class) -> Iterator[tuple[str, str]]:
    for name, field in cls.fields.items():
        for target in named_classes(field.annotation):
            yield f"{name}{'[]' if 'list[' in field.annotation or 'dict[' in field.annotation else ''}", target
