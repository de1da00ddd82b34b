"""Values by their schemas: which fields they have, how two differ, how one is merged into another."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from ..schema.node import Node
from .fieldset import FieldSet, field_element, key_element, shown, value_element


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
    if config is None:
        # Null applies no field of a map or list, and takes none away.
        return live if live and _shape(node, live) != "leaf" else None
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
    "integer": (int, float),
    "number": (int, float),
    "boolean": bool,
    "list": list,
    "map": dict,
    "struct": dict,
}


def typed_problems(value: Any, node: Node) -> list[str]:
    """Return why a value has no place in a schema, in the words of structured-merge-diff.

    Types are those of custom resources; others are checked as they are decoded.
    """
    return list(_problems(value, node, ""))


def _problems(value: Any, node: Node, path: str) -> Iterator[str]:
    expected = _TYPES.get(node.kind) if node.custom else None
    is_wrong = expected is not None and not isinstance(value, expected)
    if value is not None and (
        is_wrong or (expected and isinstance(value, bool) and node.kind in ("integer", "number"))
    ):
        kind = {"struct": "map", "integer": "numeric (int or float)", "number": "numeric (int or float)"}
        yield f"{path}: expected {kind.get(node.kind, node.kind)}, got {value!r}"
    elif isinstance(value, dict):
        for name, child in value.items():
            yield from _problems(child, node.child(name), f"{path}.{name}")
    elif isinstance(value, list) and node.relation in ("set", "map"):
        yield from _item_problems(value, node, path)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _problems(item, node.items, f"{path}[{index}]")


def _item_problems(value: list[Any], node: Node, path: str) -> Iterator[str]:
    seen: set[str] = set()
    for index, item in enumerate(value):
        if problem := _no_element(item, node):
            yield f"{path}: element {index}: {problem}"
            return
        element = element_of(item, node)
        if element in seen:
            yield f"{path}: duplicate entries for key {shown((element,))}"
        seen.add(element)
        yield from _problems(item, node.items, path + shown((element,)))


def _no_element(item: Any, node: Node) -> str:
    """Return why an item cannot be told from others; empty if it can."""
    if node.relation == "map":
        if not isinstance(item, dict):
            return f"associative list with keys may not have {'a null element' if item is None else 'non-map elements'}"
        if element_of(item, node) == key_element({}):
            keys = " ".join(f'"{key}"' for key in node.keys)
            text = f"associative list with keys has an element that omits all key fields [{keys}]"
            return f"{text} (and doesn't have default values for any key fields)"
        return ""
    if isinstance(item, list):
        return "not supported: associative list with lists as elements"
    if item is None or isinstance(item, dict):
        what = "an explicit null" if item is None else "a map type"
        return f"associative list without keys has an element that's {what}"
    return ""
