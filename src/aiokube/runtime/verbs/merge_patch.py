"""A change of an object as the difference that it makes: what a class doesn't know is not touched."""

from __future__ import annotations

from copy import copy
from typing import Any

import msgspec

from ..codec.model import Model, encode

# For `msgspec.structs.fields`, which is slow, once for each class.
_names: dict[type[Any], dict[str, str]] = {}


class MergePatchBase:
    """A typed object together with the JSON that it was read from.

    Remembers which part of the JSON each part of the object came from, so that items of a list keep what their class
    doesn't know wherever they are moved. A merge patch replaces lists whole.

    Args:
        obj: the object, as it was read.
        raw: the JSON of it.
    """

    def __init__(self, obj: Model, raw: dict[str, Any]) -> None:
        self._raw = raw
        self._origins: dict[int, dict[str, Any]] = {}
        # What was read from each part of the JSON. An id is only good as long as its object lives.
        self._read: dict[int, Model] = {}
        self._is_copy = False
        self._remember(obj, raw)
        self._before = self._render(obj)

    def patch_for(self, changed: Model) -> dict[str, Any]:
        """The merge patch that makes the changed object of the original; empty when nothing changed.

        Args:
            changed: the object after the change; itself or a copy.
        """
        self._is_copy = id(changed) not in self._origins
        return merge_patch(self._before, self._render(changed))

    def _render(self, obj: Model) -> dict[str, Any]:
        """The JSON of an object, with what its class doesn't know."""
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
        """Add to the JSON of a value what the raw one had and no class knows."""
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
                    # Left out as the default of the class; the server may have another one for what is absent.
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
        """What each item of a list came from: that of its own, and for one that was not read that of its name.

        In a copy of the object, that of an item that it equals, else of its name, which several may share, or place.
        """
        if not isinstance(raw, list):
            return [None] * len(items)
        pairs: list[object] = [self._origins.get(id(item)) for item in items]
        is_copy = self._is_copy and not any(pair is not None for pair in pairs)
        # Nothing is given to two.
        left = {id(one): one for one in raw}
        for pair in pairs:
            left.pop(id(pair), None)
        if is_copy:
            for place, item in enumerate(items):
                equal = (key for key in left if isinstance(item, Model) and self._read.get(key) == item)
                pairs[place] = left.pop(next(equal, 0), None)
        names, raw_names = [*map(_name_of, items)], [*map(_name_of, raw)]
        keeps_places = is_copy and len(items) == len(raw)
        for place, name in enumerate(names):
            if pairs[place] is not None:
                continue
            if name is not None and names.count(name) == raw_names.count(name) == 1:
                pairs[place] = left.pop(id(raw[raw_names.index(name)]), None)
            elif keeps_places and name == raw_names[place]:
                pairs[place] = left.pop(id(raw[place]), None)
        return pairs


def merge_patch(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    """The JSON merge patch (RFC 7386) that makes one object of another."""
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
    """The wire name of each attribute."""
    if cls not in _names:
        _names[cls] = {one.name: one.encode_name for one in msgspec.structs.fields(cls)}
    return _names[cls]


def _name_of(item: object) -> str | None:
    """What tells an item from the others of its list, mostly."""
    name = item.get("name") if isinstance(item, dict) else getattr(item, "name", None)
    return name if isinstance(name, str) else None


def _same(one: Any, other: Any) -> bool:
    """Whether two values are the same JSON: Python takes `1` and `True` for equal."""
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(_same(value, other[name]) for name, value in one.items())
    if isinstance(one, list):
        return len(one) == len(other) and all(map(_same, one, other))
    return bool(one == other)
