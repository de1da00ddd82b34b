"""Merge patches between two states of an object, which preserve fields that its class does not know."""

from __future__ import annotations

from copy import copy
from typing import Any

import msgspec

from ..codec.model import Model, encode

# Wire names by attribute, cached for each class because `msgspec.structs.fields` is slow.
_names: dict[type[Any], dict[str, str]] = {}


class MergePatchBase:
    """A typed object and the JSON that it was decoded from, as the base of a merge patch.

    A merge patch replaces lists as a whole. So that list items keep their unknown fields when they are moved, the JSON
    that each part of the object was decoded from is remembered.

    Args:
        obj: The decoded object.
        raw: Its JSON.
    """

    def __init__(self, obj: Model, raw: dict[str, Any]) -> None:
        self._raw = raw
        self._origins: dict[int, dict[str, Any]] = {}
        # The model decoded from each part of the JSON. The references also keep the ids in `_origins` valid.
        self._read: dict[int, Model] = {}
        self._is_copy = False
        self._remember(obj, raw)
        self._before = self._render(obj)

    def patch_for(self, changed: Model) -> dict[str, Any]:
        """Return the merge patch from the original to the changed object; empty if nothing has changed.

        Args:
            changed: The object after the change; the original itself or a copy.
        """
        self._is_copy = id(changed) not in self._origins
        return merge_patch(self._before, self._render(changed))

    def _render(self, obj: Model) -> dict[str, Any]:
        """Return the JSON of an object, including the fields that its class does not know."""
        plain: dict[str, Any] = msgspec.json.decode(encode(obj))
        self._restore(obj, plain, self._raw)
        return plain

    def _remember(self, value: object, raw: object) -> None:
        if isinstance(value, Model) and isinstance(raw, dict):
            self._origins[id(value)] = raw
            self._read[id(raw)] = value
            for attribute, name in _fields(type(value)).items():
                self._remember(getattr(value, attribute), raw.get(name))
        elif isinstance(value, list) and isinstance(raw, list) and len(value) == len(raw):
            for item, raw_item in zip(value, raw, strict=True):
                self._remember(item, raw_item)
        elif isinstance(value, dict) and isinstance(raw, dict):
            for key, item in value.items():
                self._remember(item, raw.get(key))

    def _restore(self, value: object, plain: Any, raw: object) -> None:
        """Add the unknown fields of the origin to the JSON of a value."""
        if isinstance(value, Model):
            raw = self._origins.get(id(value), raw)
            if not isinstance(raw, dict):
                return
            fields = _fields(type(value))
            known = set(fields.values())
            plain.update((name, part) for name, part in raw.items() if name not in known)
            for attribute, name in fields.items():
                part = getattr(value, attribute)
                is_default = part in ([], {}) or (part is None and raw.get(name, part) is None)
                if name not in plain and name in raw and is_default:
                    # encode() leaves out the default of the class, but the server may have another default.
                    plain[name] = copy(part)
                elif name in plain:
                    self._restore(part, plain[name], raw.get(name))
        elif isinstance(value, list):
            for item, plain_item, raw_item in zip(value, plain, self._pair(value, raw), strict=True):
                self._restore(item, plain_item, raw_item)
        elif isinstance(value, dict):
            for key, item in value.items():
                self._restore(item, plain[key], raw.get(key) if isinstance(raw, dict) else None)

    def _pair(self, items: list[Any], raw: object) -> list[object]:
        """Return the origin of each item of a list, or None.

        The origin of an item that was decoded is known; another item takes that of its name. In a copy of the object,
        an item takes the origin of an equal item, else of its name, or of its index if several items share the name.
        """
        if not isinstance(raw, list):
            return [None] * len(items)
        pairs: list[object] = [self._origins.get(id(item)) for item in items]
        is_copy = self._is_copy and not any(pair is not None for pair in pairs)
        # Each origin is used once.
        unused = {id(part): part for part in raw}
        for pair in pairs:
            unused.pop(id(pair), None)
        if is_copy:
            for index, item in enumerate(items):
                equal = (key for key in unused if isinstance(item, Model) and self._read.get(key) == item)
                pairs[index] = unused.pop(next(equal, 0), None)
        names, raw_names = [*map(_name_of, items)], [*map(_name_of, raw)]
        keeps_indices = is_copy and len(items) == len(raw)
        for index, name in enumerate(names):
            if pairs[index] is not None:
                continue
            if name is not None and names.count(name) == raw_names.count(name) == 1:
                pairs[index] = unused.pop(id(raw[raw_names.index(name)]), None)
            elif keeps_indices and name == raw_names[index]:
                pairs[index] = unused.pop(id(raw[index]), None)
        return pairs


def merge_patch(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    """Return the JSON merge patch (RFC 7386) from one object to another."""
    patch: dict[str, Any] = {name: None for name in before if name not in after}
    for name, value in after.items():
        old = before.get(name)
        if isinstance(old, dict) and isinstance(value, dict):
            if inner := merge_patch(old, value):
                patch[name] = inner
        elif name not in before or not _same(old, value):
            patch[name] = value
    return patch


def _fields(cls: type[Any]) -> dict[str, str]:
    """Return the wire names of a class by attribute."""
    if cls not in _names:
        _names[cls] = {field.name: field.encode_name for field in msgspec.structs.fields(cls)}
    return _names[cls]


def _name_of(item: object) -> str | None:
    """Return the name of a list item, which usually identifies it."""
    name = item.get("name") if isinstance(item, dict) else getattr(item, "name", None)
    return name if isinstance(name, str) else None


def _same(one: Any, other: Any) -> bool:
    """Return True if two values are the same JSON. In Python, `1 == True`."""
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(_same(value, other[name]) for name, value in one.items())
    if isinstance(one, list):
        return len(one) == len(other) and all(map(_same, one, other))
    return bool(one == other)
