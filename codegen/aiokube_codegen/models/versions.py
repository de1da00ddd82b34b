"""The classes that a version of a group shares with an earlier one: inline objects that have not changed since.

A shared class is imported under its own name, so that code does not depend on where a structure is the same.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from itertools import combinations

from ..naming.names import GroupNames, natural_order
from .modules import reached
from .plan import ClassPlan, FieldPlan
from .types import ClassName


def earlier_modules(
    plans: Mapping[ClassName, ClassPlan],
    candidates: Collection[ClassName],
    groups: GroupNames,
    graph: Mapping[str, Collection[str]],
) -> dict[ClassName, str]:
    """Return the module of an earlier version that has the same class, with the same parts and descriptions.

    Args:
        plans: The classes of the package.
        candidates: Those that may be shared.
        groups: The group-versions of the package.
        graph: The modules that each module needs.
    """
    by_module: dict[str, set[ClassName]] = defaultdict(set)
    for name in candidates:
        by_module[name.module].add(name)
    needed = {module: set(others) for module, others in graph.items()}
    found: dict[ClassName, str] = {}
    for earlier, later in _pairs(groups):
        there = {name: replace(name, module=earlier) for name in by_module[later] - found.keys()}
        same = {
            name
            for name, other in there.items()
            if other in by_module[earlier] - found.keys() and _contents(plans[name]) == _contents(plans[other])
        }
        # Parts may both be those of a version that is earlier still.
        shared = {name for name in found if found[name] == found.get(replace(name, module=earlier))}
        while odd := {name for name in same if not _own_parts(plans[name]) <= same | shared}:
            same -= odd
        # A module that needs this one cannot be imported by it.
        if same and later not in reached(earlier, needed):
            needed.setdefault(later, set()).add(earlier)
            found.update(dict.fromkeys(same, earlier))
    return found


def _pairs(groups: GroupNames) -> Iterator[tuple[str, str]]:
    """Yield the modules of each two versions of a group, the earlier one first."""
    versions: dict[str, list[str]] = defaultdict(list)
    for group, version in groups:
        versions[group].append(groups.name(group, version))
    for _, modules in sorted(versions.items()):
        yield from combinations(sorted(modules, key=natural_order), 2)


def _contents(plan: ClassPlan) -> tuple[object, ...]:
    """All of a class but its module."""
    return (
        plan.docstring,
        plan.bases,
        plan.atomic,
        [_content(field, plan.name.module) for field in plan.fields.values()],
    )


def _content(field: FieldPlan, module: str) -> FieldPlan:
    classes = (replace(cls, module="") if cls.module == module else cls for cls in field.classes)
    return replace(field, classes=frozenset(classes), value=re.sub(rf"\b{re.escape(module)}\.", ".", field.value))


def _own_parts(plan: ClassPlan) -> set[ClassName]:
    return {cls for cls in plan.classes() if cls.module == plan.name.module}
