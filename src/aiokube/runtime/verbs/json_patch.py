"""A change of a typed object as a JSON patch (RFC 6902) of the touched places, and of nothing else."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict, deque
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from typing import Any, Final, NamedTuple, TypeAlias

import msgspec

from ..codec.absent import ABSENT_DICT, ABSENT_LIST, WritableDict, WritableList, is_absent, zero_values
from ..codec.model import Model, to_plain
from ..codec.open_types import EXTRA_FIELDS, is_open
from ..errors import InvalidRequest

Operation: TypeAlias = dict[str, Any]
"""An operation of a JSON patch."""

Path: TypeAlias = tuple[str | int, ...]

_MAX_DEPTH: Final = 60
"""Levels of an object within which changes are told apart; deeper values are compared, and sent, as a whole."""

RESOURCE_VERSION: Final = "/metadata/resourceVersion"


class _Origin(NamedTuple):
    """A part of the object as it was read."""

    path: Path
    plain: Any
    """Its JSON before the change."""
    raw: Any
    """The JSON that it was read from; None where there was nothing."""
    part: object
    """The part itself, so that its id stays its own."""


class JsonPatchBase:
    """A typed object together with the JSON that it was read from.

    Absent lists, maps and objects are made writable. The patch leaves everything alone that the change left alone:
    unknown fields, nulls, nanoseconds and the spelling of numbers, in items of lists too, which are followed by
    identity, then by equality, then by name.

    Args:
        obj: The object, as it was read. It is changed in place.
        raw: Its JSON.
    """

    def __init__(self, obj: Model, raw: dict[str, Any]) -> None:
        self._thawed: set[Path] = set()
        self._thaw(obj, ())
        self._origins: dict[int, _Origin] = {}
        self._by_path: dict[Path, _Origin] = {}
        self._remember(obj, to_plain(obj), raw, ())
        self._is_copy = False

    def patch_for(self, changed: Model) -> list[Operation]:
        """Return the patch that makes the changed object of the original; empty if nothing changed.

        Args:
            changed: The object after the change: itself, or a copy.

        Raises:
            InvalidRequest: The change cannot be sent.
        """
        self._is_copy = id(changed) not in self._origins
        try:
            operations = [*self._diff(changed, to_plain(changed), self._by_path[()], ())]
        except RecursionError as error:
            raise InvalidRequest(f"the change is nested too deep: {error}") from error
        # Another object may be of another version. What is set by hand in this one is for the caller to see.
        return [
            one for one in operations if one["path"] != RESOURCE_VERSION or not (self._is_copy or one["op"] == "remove")
        ]

    def _thaw(self, value: object, path: Path) -> None:
        """Put writable values in the place of absent ones."""
        if len(path) > _MAX_DEPTH:
            return
        if isinstance(value, Model):
            defaults = _defaults(type(value))
            for attribute, name in _fields(type(value)).items():
                part, here = getattr(value, attribute), (*path, name)
                if is_absent(part):
                    # A required field has no default, and is always sent. Extra fields stand beside the others.
                    is_optional = defaults.get(attribute) is part and name != EXTRA_FIELDS
                    if is_optional:
                        self._thawed.add(here)
                    part = _writable(part, is_optional=is_optional)
                    setattr(value, attribute, part)
                self._thaw(part, here)
        elif isinstance(value, list):
            for index, item in enumerate(value):
                self._thaw(item, (*path, index))
        elif isinstance(value, dict):
            for key, item in value.items():
                self._thaw(item, (*path, key))

    def _remember(self, value: object, plain: Any, raw: Any, path: Path) -> None:
        if not isinstance(plain, (dict, list)) or len(path) > _MAX_DEPTH:
            return
        origin = _Origin(path, plain, raw, value)
        self._by_path[path] = self._origins[id(value)] = origin
        for key, part, part_plain in _children(value, plain):
            self._remember(part, part_plain, _part(raw, key), (*path, key))

    def _diff(self, value: object, plain: Any, origin: _Origin, path: Path) -> Iterator[Operation]:
        """Yield the operations that make a value of its origin.

        Args:
            value: The value after the change.
            plain: Its JSON.
            origin: What stands at its place.
            path: Its place once all operations before have been carried out.
        """
        if isinstance(plain, list):
            yield from self._diff_list(value, plain, origin, path)
            return
        for key in origin.plain:
            if key not in plain and key in origin.raw:
                yield {"op": "remove", "path": pointer((*path, key))}
        for key, part, part_plain in _children(value, plain):
            here = (*path, key)
            if key in origin.raw:
                yield from self._diff_part(part, part_plain, origin, key, here)
            elif not (self._is_untouched(part, part_plain, origin, key) or self._is_zero(part_plain, origin, key)):
                yield {"op": "add", "path": pointer(here), "value": self._render(part, part_plain, origin, key)}

    def _diff_part(self, part: object, plain: Any, origin: _Origin, key: str | int, path: Path) -> Iterator[Operation]:
        """Yield the operations for a part that was there before."""
        before = origin.plain[key] if isinstance(key, int) else origin.plain.get(key)
        own = self._by_path.get((*origin.path, key))
        if own is not None and type(own.raw) is type(plain) is type(before):
            yield from self._diff(part, plain, own, path)
        elif not _same(before, plain) or (isinstance(key, str) and key not in origin.plain):
            yield {"op": "replace", "path": pointer(path), "value": self._render(part, plain, origin, key)}

    def _diff_list(self, value: Any, plain: list[Any], origin: _Origin, path: Path) -> Iterator[Operation]:
        pairs = self._pair(value, plain, origin)
        kept = {index for index in pairs if index is not None}
        for place in reversed(range(len(origin.plain))):
            if place not in kept:
                yield {"op": "remove", "path": pointer((*path, place))}
        # Items by their index before, and new ones by None.
        current: list[int | None] = [index for index in range(len(origin.plain)) if index in kept]
        steady = _longest_rising([index for index in pairs if index is not None])
        last = -1
        for item, item_plain, index in zip(value, plain, pairs, strict=True):
            if index is not None and index in steady:
                last = current.index(index, last + 1)
                continue
            if index is None:
                rendered = self._render(item, item_plain, None, None)
                yield {"op": "add", "path": pointer((*path, last + 1)), "value": rendered}
            else:
                place = current.index(index)
                del current[place]
                last -= place <= last
                if place != last + 1:
                    yield {"op": "move", "from": pointer((*path, place)), "path": pointer((*path, last + 1))}
            last += 1
            current.insert(last, index)
        for place, (item, item_plain, before) in enumerate(zip(value, plain, pairs, strict=True)):
            if before is not None:
                yield from self._diff_part(item, item_plain, origin, before, (*path, place))

    def _pair(self, items: Any, plain: list[Any], origin: _Origin) -> list[int | None]:
        """Return the index before the change of each item of a list; None for a new one."""
        places = {
            id(own.part): index
            for index in range(len(origin.plain))
            if (own := self._by_path.get((*origin.path, index))) is not None
        }
        left = dict.fromkeys(range(len(origin.plain)))
        pairs: list[int | None] = [None] * len(plain)

        def take(place: int, index: int | None) -> None:
            if index is not None and pairs[place] is None and index in left:
                del left[index]
                pairs[place] = index

        for place, item in enumerate(items):
            take(place, places.get(id(item)))
        is_copy = self._is_copy and len(left) == len(origin.plain)
        equal: dict[bytes, deque[int]] = defaultdict(deque)
        for index in left:
            equal[_text(origin.plain[index])].append(index)
        for place, item in enumerate(plain):
            if pairs[place] is None and (same := equal.get(_text(item))):
                take(place, same.popleft())
        names, old_names = [*map(_name, plain)], [*map(_name, origin.plain)]
        for place, name in enumerate(names):
            if pairs[place] is None and name is not None and names.count(name) == old_names.count(name) == 1:
                take(place, old_names.index(name))
            elif is_copy and len(plain) == len(old_names) and name == old_names[place]:
                take(place, place)
        return pairs

    def _is_untouched(self, part: object, plain: Any, origin: _Origin | None, key: str | int) -> bool:
        """Return True for a value that was absent, and that the change left as it was made writable, or copied."""
        if isinstance(part, (WritableList, WritableDict)):
            return not part
        before = self._origins.get(id(part))
        if before is None and self._is_copy and origin is not None:
            # By way of JSON, say: an empty list that was assigned cannot be told from one that was not.
            before = self._by_path.get((*origin.path, key))
        return before is not None and before.path in self._thawed and _same(before.plain, plain)

    def _is_zero(self, plain: Any, origin: _Origin, key: str | int) -> bool:
        """Return True for the zero value of a required field that the server left out."""
        return (*origin.path, key) not in self._thawed and key in origin.plain and _same(origin.plain[key], plain)

    def _render(self, value: object, plain: Any, parent: _Origin | None, key: str | int | None) -> Any:
        """Return the JSON of a value that is sent as a whole, without what was absent and is still untouched."""
        if not isinstance(plain, (dict, list)):
            return plain
        known = self._origins.get(id(value))
        if known is not None and type(known.raw) is type(plain):
            # It stood elsewhere, with fields that its class may not know.
            result = deepcopy(known.raw)
            for operation in self._diff(value, plain, known, ()):
                result = _carry_out(result, operation)
            return result
        here = self._by_path.get((*parent.path, key)) if parent is not None and key is not None else None
        if isinstance(plain, list):
            return [self._render(part, part_plain, None, None) for _, part, part_plain in _children(value, plain)]
        return {
            name: self._render(part, part_plain, here, name)
            for name, part, part_plain in _children(value, plain)
            if not self._is_untouched(part, part_plain, here, name)
        }


def pointer(path: Path) -> str:
    """Return a path as a JSON pointer (RFC 6901)."""
    return "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in path)


def place(operation: Mapping[str, Any]) -> list[str]:
    """Return the path that an operation changes, in parts."""
    return [part.replace("~1", "/").replace("~0", "~") for part in operation["path"].split("/")[1:]]


def _text(plain: Any) -> bytes:
    return msgspec.json.encode(plain, order="deterministic")


def _writable(part: Any, *, is_optional: bool) -> Any:
    if part is ABSENT_LIST:
        return WritableList() if is_optional else []
    if part is ABSENT_DICT:
        return WritableDict() if is_optional else {}
    return part.__class__(**zero_values(part.__class__))


def _fields(cls: type[Any]) -> dict[str, str]:
    """Return the wire name of each attribute."""
    return dict(zip(cls.__struct_fields__, cls.__struct_encode_fields__, strict=True))


def _defaults(cls: type[Any]) -> dict[str, Any]:
    """Return the default of each attribute that has one."""
    fields, defaults = cls.__struct_fields__, cls.__struct_defaults__
    return dict(zip(fields[len(fields) - len(defaults) :], defaults, strict=True))


def _children(value: Any, plain: Any) -> Iterator[tuple[Any, Any, Any]]:
    """Yield the keys of an object, list or map, with the part and the part's JSON; of anything else, the JSON alone."""
    if isinstance(plain, list):
        return zip(range(len(plain)), value if isinstance(value, (list, tuple)) else plain, plain, strict=True)
    parts: Mapping[Any, Any] = plain
    if isinstance(value, Model):
        parts = {name: getattr(value, attribute) for attribute, name in _fields(type(value)).items()}
        if is_open(type(value)):
            parts = {**parts, **parts[EXTRA_FIELDS]}
    elif isinstance(value, Mapping):
        parts = value
    return ((key, parts.get(key, part), part) for key, part in plain.items())


def _part(raw: Any, key: Any) -> Any:
    if isinstance(raw, list):
        return raw[key]
    return raw.get(key) if isinstance(raw, dict) else None


def _name(plain: Any) -> str | None:
    """Return what distinguishes an item from the others of its list, mostly."""
    name = plain.get("name") if isinstance(plain, dict) else None
    return name if isinstance(name, str) else None


def _same(one: Any, other: Any) -> bool:
    """Return True if two values are the same JSON: to Python, `1` and `True` are equal."""
    return one == other and _text(one) == _text(other)


def _longest_rising(numbers: Sequence[int]) -> set[int]:
    """Return the longest rising subsequence of some numbers, each of which is there once."""
    tails: list[int] = []
    before: dict[int, int | None] = {}
    for number in numbers:
        place = bisect_left(tails, number)
        before[number] = tails[place - 1] if place else None
        tails[place : place + 1] = [number]
    found: set[int] = set()
    last = tails[-1] if tails else None
    while last is not None:
        found.add(last)
        last = before[last]
    return found


def _carry_out(document: Any, operation: Operation) -> Any:
    """Carry out an operation of a JSON patch on a document, and return the document."""

    def find(path: str) -> tuple[Any, Any]:
        target = document
        *parents, last = place({"path": path})
        for part in parents:
            target = target[int(part) if isinstance(target, list) else part]
        return target, int(last) if isinstance(target, list) else last

    value = operation.get("value")
    if "from" in operation:
        source, key = find(operation["from"])
        value = source.pop(key)
    target, key = find(operation["path"])
    if operation["op"] == "remove":
        del target[key]
    elif isinstance(target, list) and operation["op"] != "replace":
        target.insert(key, value)
    else:
        target[key] = value
    return document
