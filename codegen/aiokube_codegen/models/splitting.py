"""The parts of a module that is too large for type checkers, one for each kind."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Final

from ..naming.names import attribute_name
from .modules import reached
from .plan import ClassPlan

MAX_CLASSES: Final = 4000
"""Classes of one file. Pyright gives up on 5,500 of some size ("too complex to analyze"), and bears 5,000."""

_COMMON: Final = "common"
"""The part for classes that several kinds need."""


def parts_of(plans: Mapping[str, ClassPlan], *, limit: int = MAX_CLASSES) -> dict[str, list[str]]:
    """Distribute the classes of a module over parts that import each other in one direction only.

    Args:
        plans: The classes by name.
        limit: Largest number of classes in a part, unless more of them need each other.

    Returns:
        The names of the classes by part: those that belong to one kind alone, and common ones. A part that is too large
        is followed by `thing_2` and so on.
    """
    needs = {
        name: sorted(cls.name for cls in plan.classes() if cls.module == plan.name.module and cls.name in plans)
        for name, plan in plans.items()
    }
    needed = {name for names in needs.values() for name in names}
    owners: defaultdict[str, set[str]] = defaultdict(set)
    for root in sorted(plans.keys() - needed):
        for name in reached(root, needs):
            owners[name].add(root)
    grouped: defaultdict[str, list[str]] = defaultdict(list)
    for name in plans:
        owner = next(iter(owners[name])) if len(owners[name]) == 1 else ""
        grouped[attribute_name(owner.removesuffix("List")) if owner else _COMMON].append(name)
    return {
        part if number == 1 else f"{part}_{number}": names
        for part, group in sorted(grouped.items())
        for number, names in enumerate(_pieces(group, needs, limit), start=1)
    }


def _pieces(names: list[str], needs: Mapping[str, list[str]], limit: int) -> Iterator[list[str]]:
    """Cut a group into pieces of which each needs none but those before it."""
    if len(names) <= limit:
        yield names
        return
    inside, done = set(names), set[str]()
    piece: list[str] = []
    missing: set[str] = set()
    for name in _needed_first(names, needs):
        piece.append(name)
        done.add(name)
        missing = {one for one in missing.union(needs[name]) if one in inside and one not in done}
        if len(piece) >= limit and not missing:
            yield piece
            piece = []
    if piece:
        yield piece


def _needed_first(names: list[str], needs: Mapping[str, list[str]]) -> Iterator[str]:
    inside, seen = set(names), set[str]()
    for root in names:
        stack = [(root, iter(needs[root]))] if root not in seen else []
        seen.add(root)
        while stack:
            name, rest = stack[-1]
            following = next((one for one in rest if one in inside and one not in seen), None)
            if following is None:
                stack.pop()
                yield name
            else:
                seen.add(following)
                stack.append((following, iter(needs[following])))
