"""Names of CustomResourceDefinitions: which of them a definition gets, as kube-apiserver's naming controller says."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from ..store import Object


class NameConflict(NamedTuple):
    """Why a definition does not get all of its names."""

    reason: str
    message: str


def accepted_names(definition: Object, others: Iterable[Object]) -> tuple[Object, NameConflict | None]:
    """Return the names that a definition gets, and why not all of those that it wants.

    Args:
        definition: The definition.
        others: The other definitions of its group.
    """
    wanted, has = definition["spec"]["names"], _accepted(definition)
    resources, kinds = _taken(others)
    found: dict[str, Any] = {"plural": has.get("plural", ""), "kind": has.get("kind", "")}
    found |= {name: has[name] for name in ("singular", "shortNames", "listKind") if has.get(name)}
    conflict: NameConflict | None = None
    for name, reason in _RULES:
        taken = kinds if name in ("kind", "listKind") else resources
        values = wanted.get(name) or ()
        texts = [values] if isinstance(values, str) else list(values)
        own = has.get(name) or ()
        known = {own} if isinstance(own, str) else set(own)
        used = [f'"{text}" is already in use' for text in texts if text not in known and text in taken]
        if used:
            conflict = NameConflict(reason, used[0] if len(used) == 1 else f"[{', '.join(used)}]")
        elif texts:
            found[name] = wanted[name]
        else:
            found.pop(name, None)
    if categories := wanted.get("categories"):
        found["categories"] = categories
    return (wanted if conflict is None else found), conflict


_RULES = (
    ("plural", "PluralConflict"),
    ("singular", "SingularConflict"),
    ("shortNames", "ShortNamesConflict"),
    ("kind", "KindConflict"),
    ("listKind", "ListKindConflict"),
)


def _accepted(definition: Object) -> Object:
    names: Object = (definition.get("status") or {}).get("acceptedNames") or {}
    return names


def _taken(others: Iterable[Object]) -> tuple[set[str], set[str]]:
    """Return the names of resources and of kinds that others have."""
    resources: set[str] = set()
    kinds: set[str] = set()
    for one in others:
        names = _accepted(one)
        resources |= {names.get("plural", ""), names.get("singular", ""), *(names.get("shortNames") or ())}
        kinds |= {names.get("kind", ""), names.get("listKind", "")}
    return resources - {""}, kinds - {""}
