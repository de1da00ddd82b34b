"""Values by their schemas: which fields they have, how two differ, how one is merged into another."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from ..schema.node import Node
from .fieldset import FieldSet, field_element, key_element, value_element


class DuplicateItem(Exception):
    """A list has two items with the same key, so that no path leads to one of them."""


@dataclass
class Comparison:
    """The difference of two values."""

    added: FieldSet = field(default_factory=FieldSet)
    modified: FieldSet = field(default_factory=FieldSet)
    removed: FieldSet = field(default_factory=FieldSet)

    @property
    def is_same(self) -> bool:
        """True if there is none."""
        return not (self.added or self.modified or self.removed)


def _shape(node: Node, value: Any) -> str:
    """Return how a value is walked: `map`, `list` or `leaf`."""
    if isinstance(value, dict):
        return "map" if node.relation != "atomic" else "leaf"
    if isinstance(value, list):
        return "list" if node.relation in ("set", "map") else "leaf"
    return "leaf"


def element_of(item: Any, node: Node) -> str:
    """Return the path element of an item of a list, by its keys or its value."""
    if node.relation != "map" or not isinstance(item, dict):
        return value_element(item)
    keys = {}
    for name in node.keys:
        value = item.get(name)
        if value is None:
            schema = node.items.field(name)
            value = schema.default if schema is not None else None
        if value is not None:
            keys[name] = value
    return key_element(keys)


def _items(value: list[Any], node: Node) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for item in value:
        found.setdefault(element_of(item, node), item)
    return found


def set_of(value: Any, node: Node) -> FieldSet:
    """Return the fields of a value, as a manager that applies it owns them."""
    found = FieldSet()
    _collect(value, node, found)
    return found


def _collect(value: Any, node: Node, found: FieldSet) -> None:
    for element, child, schema, is_field in _children(value, node):
        if _shape(schema, child) == "leaf":
            found.members.add(element)
            continue
        below = FieldSet()
        _collect(child, schema, below)
        if below:
            found.children[element] = below
        if not is_field or child == {}:
            found.members.add(element)


def _children(value: Any, node: Node) -> Iterator[tuple[str, Any, Node, bool]]:
    shape = _shape(node, value)
    if shape == "map":
        for name, child in value.items():
            yield field_element(name), child, node.child(name), node.field(name) is not None
    elif shape == "list":
        for element, item in _items(value, node).items():
            yield element, item, node.items, False


def compare(old: Any, new: Any, node: Node) -> Comparison:
    """Return how a value differs from the one before."""
    found = Comparison()
    _compare_children(old, new, node, found, ())
    return found


_MISSING = object()


def _compare(old: Any, new: Any, node: Node, found: Comparison, path: tuple[str, ...]) -> None:
    shapes = {_shape(node, value) for value in (old, new) if value is not _MISSING and value is not None}
    both_empty = not _filled(old) and not _filled(new)
    if shapes == {"leaf"} or not shapes or both_empty or len(shapes) == 2:
        if old is _MISSING:
            found.added.add(path)
        elif new is _MISSING:
            found.removed.add(path)
        elif old != new:
            found.modified.add(path)
        if len(shapes) < 2:
            return
    _compare_children(old, new, node, found, path)
    if old is _MISSING:
        found.added.add(path)
    elif new is _MISSING:
        found.removed.add(path)


def _filled(value: Any) -> bool:
    """Return True unless a value is missing, null, or an empty map or list."""
    return value is not _MISSING and value is not None and value != {} and value != []


def _compare_children(old: Any, new: Any, node: Node, found: Comparison, path: tuple[str, ...]) -> None:
    before = {element: (child, schema) for element, child, schema, _ in _children(old, node)}
    after = {element: (child, schema) for element, child, schema, _ in _children(new, node)}
    for element in {**before, **after}:
        was, schema = before.get(element, (_MISSING, node))
        is_now, schema = after.get(element, (_MISSING, schema))
        _compare(was, is_now, schema, found, (*path, element))


def merge(live: Any, config: Any, node: Node) -> Any:
    """Return a value with what a manager applies merged into it."""
    shape = _shape(node, config)
    if shape == "map" and isinstance(live, dict):
        found = dict(live)
        for name, value in config.items():
            found[name] = merge(live[name], value, node.child(name)) if name in live else value
        return found
    if shape == "list" and isinstance(live, list):
        return _merge_lists(live, config, node)
    return config


def _merge_lists(live: list[Any], config: list[Any], node: Node) -> list[Any]:
    """Merge lists by the keys of their items: in the order of the applied one, the others where they were."""
    before, after = _items(live, node), _items(config, node)
    left, right = list(before), list(after)
    shared = [element for element in right if element in before]
    found: list[Any] = []
    i = j = 0
    while i < len(left) or j < len(right):
        if i < len(left) and j < len(right):
            if left[i] == right[j]:
                found.append(merge(before[left[i]], after[right[j]], node.items))
                if shared and shared[0] == right[j]:
                    shared.pop(0)
                i, j = i + 1, j + 1
                continue
            if left[i] in after and shared and shared[0] != left[i]:
                # It comes later, in the order of the other list.
                i += 1
                continue
        if i < len(left):
            if left[i] not in after:
                found.append(before[left[i]])
                i += 1
                continue
            if j >= len(right):
                i += 1
                continue
        element = right[j]
        item = after[element]
        found.append(merge(before[element], item, node.items) if element in before else item)
        if shared and shared[0] == element:
            shared.pop(0)
        j += 1
    return found


def remove(value: Any, node: Node, fields: FieldSet) -> Any:
    """Return a value without some fields; None where nothing is left."""
    shape = _shape(node, value)
    if shape == "map":
        found: dict[str, Any] = {}
        for name, child in value.items():
            element = field_element(name)
            if element in fields.members:
                continue
            if element in fields.children:
                child = remove(child, node.child(name), fields.children[element])
                if child is None:
                    continue
            found[name] = child
        return found or None
    if shape == "list":
        items = [
            remove(item, node.items, fields.children[element]) if element in fields.children else item
            for item in value
            if (element := element_of(item, node)) not in fields.members
        ]
        return [item for item in items if item is not None] or None
    return value


def with_named(fields: FieldSet, node: Node) -> FieldSet:
    """Return a set with the fields of structs that lead to its members: `spec` for `spec.replicas`."""
    members = set(fields.members)
    children: dict[str, FieldSet] = {}
    for element, below in fields.children.items():
        is_field = element.startswith("f:")
        name = element[2:]
        if is_field and node.field(name) is not None:
            members.add(element)
        children[element] = with_named(below, node.child(name) if is_field else node.items)
    return FieldSet(members, children)


_TYPES: dict[str, type | tuple[type, ...]] = {
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
    "list": list,
    "map": dict,
    "struct": dict,
}


def typed_problem(value: Any, node: Node, path: str) -> str:
    """Return the first place where a value has another type than its schema; empty if there is none."""
    expected = _TYPES.get(node.kind)
    is_wrong = expected is not None and not isinstance(value, expected)
    if value is not None and (is_wrong or (isinstance(value, bool) and node.kind in ("integer", "number"))):
        shown = {"struct": "map", "integer": "numeric (int or float)", "number": "numeric (int or float)"}
        return f"{path}: expected {shown.get(node.kind, node.kind)}, got {value!r}"
    if isinstance(value, dict):
        found = (typed_problem(child, node.child(name), f"{path}.{name}") for name, child in value.items())
    elif isinstance(value, list):
        found = (typed_problem(item, node.items, f"{path}[{index}]") for index, item in enumerate(value))
    else:
        return ""
    return next(filter(None, found), "")
