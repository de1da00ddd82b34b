"""Modules of definitions: `io.k8s.api.rbac.v1.Role` -> `rbac_v1`."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from graphlib import CycleError, TopologicalSorter
from typing import Final

from ..document.spec import GVK, Schema, Spec
from ..naming.names import GroupNames, module_name, natural_order
from ..skipped import Skipped

META_MODULE: Final = "meta_v1"


_RING: Final = "modules that need each other: merged into one"

# These packages are shared by all groups, although their kinds name single ones.
_SHARED: Final = "io.k8s.apimachinery."


@dataclass(frozen=True, kw_only=True)
class Modules:
    """Modules of a document."""

    groups: GroupNames
    by_definition: Mapping[str, str]
    """Module of every definition."""
    merged: tuple[Skipped, ...] = ()
    """Modules that are a part of another one, since each needs the other."""


def assign_modules(spec: Spec) -> Modules:
    """Assign every definition of a document to a module.

    The name of a definition starts with its Go package. If the kinds of a package declare a group and version, all its
    definitions belong to that module; any other package gets a module named after its last part. Where the kinds of a
    package were not chosen, its name gives the same module.
    """
    packages: dict[str, list[str]] = defaultdict(list)
    for definition in sorted(spec.definitions):
        packages[definition.rpartition(".")[0]].append(definition)
    owners = {
        package: _owner(package, [spec.definitions[name] for name in names]) for package, names in packages.items()
    }
    groups = GroupNames(spec.group_versions | {owner for owner in owners.values() if owner is not None})

    taken = {groups.name(*owner) for owner in owners.values() if owner is not None}
    by_definition: dict[str, str] = {}
    for package, names in sorted(packages.items()):
        owner = owners[package]
        if owner is not None:
            module = groups.name(*owner)
        else:
            module = module_name(package, taken=taken)
            taken.add(module)
        by_definition.update(dict.fromkeys(names, module))
    return Modules(groups=groups, by_definition=by_definition)


def group_version_kinds(schema: Schema) -> list[tuple[str, str, str]]:
    """Return the groups, versions and kinds of a definition; some have many."""
    return [
        (str(gvk.get("group", "")), str(gvk.get("version", "")), str(gvk.get("kind", "")))
        for gvk in schema.get(GVK, ())
        if isinstance(gvk, dict)
    ]


def merge_rings(modules: Modules, graph: Mapping[str, Collection[str]]) -> Modules | None:
    """Merge the modules that need each other: none of them could be imported first.

    Args:
        modules: Modules of a document.
        graph: The modules that each of them needs.

    Returns:
        The modules with those of each ring as one; None if there is no ring.
    """
    names = {module: module for module in graph}
    while ring := _ring(graph, names):
        kept = min(ring, key=lambda module: (module != META_MODULE, natural_order(module)))
        names = {module: kept if name in ring else name for module, name in names.items()}
    merged = sorted(module for module, name in names.items() if module != name)
    if not merged:
        return None
    return replace(
        modules,
        by_definition={definition: names.get(module, module) for definition, module in modules.by_definition.items()},
        merged=(*modules.merged, *(Skipped(what=f"{module} is in {names[module]}", why=_RING) for module in merged)),
    )


def reached(root: str, needs: Mapping[str, Collection[str]]) -> set[str]:
    """Return a name and those that it needs, directly or not."""
    seen: set[str] = set()
    pending = [root]
    while pending:
        name = pending.pop()
        if name not in seen:
            seen.add(name)
            pending += needs.get(name, ())
    return seen


def _ring(graph: Mapping[str, Collection[str]], names: Mapping[str, str]) -> Collection[str]:
    needed: dict[str, set[str]] = defaultdict(set)
    for module, others in graph.items():
        needed[names[module]].update(names[other] for other in others if names[other] != names[module])
    try:
        TopologicalSorter(needed).prepare()
    except CycleError as error:
        ring: list[str] = error.args[1]
        return ring
    return ()


def _owner(package: str, schemas: list[Schema]) -> tuple[str, str] | None:
    if package.startswith(_SHARED):
        return None
    kinds = [group_version_kinds(schema) for schema in schemas]
    votes = Counter(gvks[0][:2] for gvks in kinds if len(gvks) == 1)
    return min(votes, key=lambda gv: (-votes[gv], gv)) if votes else None
