"""Modules of definitions: `io.k8s.api.rbac.v1.Role` -> `rbac_v1`."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from ..document.spec import DEFINITIONS, Schema, Spec, definition_name, references
from ..errors import CodegenError
from ..naming.names import GroupNames, module_name

_GROUP_PATH: Final = re.compile(r"/(?:api|apis/(?P<group>[^/]+))/(?P<version>[^/]+)(?:/|$)")
_GVK: Final = "x-kubernetes-group-version-kind"

# These packages are shared by all groups, although their kinds name single ones.
_SHARED: Final = "io.k8s.apimachinery."


@dataclass(frozen=True, kw_only=True)
class Modules:
    """Modules of a document."""

    groups: GroupNames
    by_definition: Mapping[str, str]
    """Module of every definition."""
    by_group: Mapping[str, frozenset[str]]
    """Modules of each group's own definitions."""


def assign_modules(spec: Spec) -> Modules:
    """Assign every definition of a document to a module.

    The name of a definition starts with its Go package. If the kinds of a package declare a group and version, all its
    definitions belong to that module; any other package gets a module named after its last part.
    """
    packages: dict[str, list[str]] = defaultdict(list)
    for definition in sorted(spec.definitions):
        packages[definition.rpartition(".")[0]].append(definition)
    owners = {
        package: _owner(package, [spec.definitions[name] for name in names]) for package, names in packages.items()
    }
    served = {gv for path in spec.paths if (gv := path_group(path)) is not None}
    groups = GroupNames(served | {owner for owner in owners.values() if owner is not None})

    taken = {groups.name(*gv) for gv in groups}
    by_definition: dict[str, str] = {}
    by_group: dict[str, set[str]] = defaultdict(set)
    for package, names in sorted(packages.items()):
        owner = owners[package]
        if owner is not None:
            module = groups.name(*owner)
            by_group[owner[0]].add(module)
        else:
            module = module_name(package, taken=taken)
            taken.add(module)
        by_definition.update(dict.fromkeys(names, module))
    return Modules(
        groups=groups,
        by_definition=by_definition,
        by_group={group: frozenset(modules) for group, modules in by_group.items()},
    )


def path_group(path: str) -> tuple[str, str] | None:
    """Return the group and version of a path; None for paths of the server as a whole."""
    match = _GROUP_PATH.match(path)
    return (match["group"] or "", match["version"]) if match else None


def group_version_kinds(schema: Schema) -> list[tuple[str, str, str]]:
    """Return the groups, versions and kinds of a definition; some have many."""
    return [
        (str(gvk.get("group", "")), str(gvk.get("version", "")), str(gvk.get("kind", "")))
        for gvk in schema.get(_GVK, ())
        if isinstance(gvk, dict)
    ]


def wanted(spec: Spec, modules: Modules, groups: Collection[str]) -> set[str]:
    """Return the definitions that some groups use directly: their own, and those of their operations and the server's.

    Args:
        spec: The document.
        modules: Its modules.
        groups: Full names of groups; the core group is `core` or empty.

    Raises:
        CodegenError: The document has no such group.
    """
    chosen = {"" if group == "core" else group for group in groups}
    known = {group for group, _ in modules.groups}
    if unknown := sorted(chosen - known):
        names = ", ".join(sorted(group or "core" for group in known))
        raise CodegenError(f"{spec.origin}: the document has no group {unknown[0]!r}; its groups are: {names}")
    of_groups = set[str]().union(*(modules.by_group.get(group, ()) for group in chosen))
    found = {name for name, module in modules.by_definition.items() if module in of_groups}
    for path, item in spec.paths.items():
        gv = path_group(path)
        if gv is None or gv[0] in chosen:
            found.update(_named(item))
    return found


def _named(node: Mapping[str, Any]) -> Iterator[str]:
    return (definition_name(ref) for ref, _ in references(node) if ref.startswith(DEFINITIONS))


def _owner(package: str, schemas: list[Schema]) -> tuple[str, str] | None:
    if package.startswith(_SHARED):
        return None
    kinds = [group_version_kinds(schema) for schema in schemas]
    votes = Counter(gvks[0][:2] for gvks in kinds if len(gvks) == 1)
    return min(votes, key=lambda gv: (-votes[gv], gv)) if votes else None
