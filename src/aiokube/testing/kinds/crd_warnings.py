"""Warnings about schemas of CustomResourceDefinitions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..store import Object
from .formats import is_known_format


def definition_warnings(obj: Object, old: Object | None) -> list[str]:
    """Return the warnings about a definition that are not about its present state, too."""
    before = set() if old is None else {*_formats(old), *_sets(old)}
    return [warning for warning in (*_formats(obj), *sorted(set(_sets(obj)))) if warning not in before]


def _formats(definition: Object) -> Iterator[str]:
    for schema in _schemas(definition):
        name = schema.get("format")
        if name and not is_known_format(name, schema.get("type") or ""):
            yield f'unrecognized format "{name}"'


def _sets(definition: Object) -> Iterator[str]:
    for schema in _schemas(definition):
        items = schema.get("items") or {}
        if schema.get("x-kubernetes-list-type") == "set" and items.get("type") in ("object", "array"):
            shown = f'x-kubernetes-list-type: set for items of type "{items["type"]}"'
            yield f"{shown} is not supported by server-side apply or CEL validation rules"


def _schemas(definition: Object) -> Iterator[Mapping[str, Any]]:
    """Return the schemas of a definition, those in others included; one that all versions have counts once."""
    found = [(one.get("schema") or {}).get("openAPIV3Schema") for one in definition["spec"].get("versions") or ()]
    for schema in found[:1] if all(one == found[0] for one in found) else found:
        if schema:
            yield from _all(schema)


def _all(schema: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield schema
    below = [*(schema.get("properties") or {}).values()]
    for name in ("items", "not", "additionalProperties"):
        below.append(schema.get(name))
    for name in ("allOf", "anyOf", "oneOf"):
        below += schema.get(name) or ()
    for one in below:
        if isinstance(one, Mapping):
            yield from _all(one)
