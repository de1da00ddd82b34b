"""Owners of objects: each is named, and one controls."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from ..failures import Cause

_PATH = "metadata.ownerReferences"
_json = msgspec.json.Encoder().encode


def owner_causes(owners: list[dict[str, Any]]) -> Iterator[Cause]:
    """Return what is wrong with the owners of an object."""
    controller = ""
    for index, owner in enumerate(owners):
        yield from _owner_causes(owner, f"{_PATH}[{index}]")
        if not owner.get("controller"):
            continue
        name = f"{owner.get('kind', '')}/{owner.get('name', '')}"
        if controller:
            text = 'Only one reference can have Controller set to true. Found "true" in references for'
            yield _invalid(owners, f"{text} {controller} and {name}", _PATH)
        controller = controller or name


def _owner_causes(owner: dict[str, Any], path: str) -> Iterator[Cause]:
    for field in ("apiVersion", "kind", "name", "uid"):
        if not owner.get(field):
            yield Cause("FieldValueRequired", "Required value: must not be empty", f"{path}.{field}")
        elif field == "apiVersion" and (owner[field].count("/") > 1 or owner[field].endswith("/")):
            yield _invalid(owner[field], "must be <group>/<version> or <version>", f"{path}.{field}")
    if (owner.get("apiVersion"), owner.get("kind")) == ("v1", "Event"):
        yield _invalid(owner, "/v1, Kind=Event is disallowed from being an owner", path)


def _invalid(value: Any, problem: str, path: str) -> Cause:
    return Cause("FieldValueInvalid", f"Invalid value: {_json(value).decode()}: {problem}", path)
