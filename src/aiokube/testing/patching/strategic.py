"""Kubernetes' strategic merge patch: lists are merged by the keys that the document gives them."""

from __future__ import annotations

from typing import Any

from ..schema.node import Node
from ..store import copied
from .json_patch import PatchError

_PATCH = "$patch"
_RETAIN_KEYS = "$retainKeys"
_DELETE_FROM = "$deleteFromPrimitiveList/"
_SET_ORDER = "$setElementOrder/"


def apply(document: Any, patch: Any, node: Node) -> Any:
    """Return a document with a patch applied; the document itself stays as it is.

    Raises:
        PatchError: A directive is invalid, or an item lacks its key.
    """
    if not isinstance(patch, dict):
        raise PatchError("json: cannot unmarshal into Go value of type map[string]interface {}")
    return _merge_map(document if isinstance(document, dict) else {}, patch, node)


def _merge_map(original: dict[str, Any], patch: dict[str, Any], node: Node) -> dict[str, Any]:
    if (directive := patch.get(_PATCH)) is not None:
        rest = {name: value for name, value in patch.items() if name != _PATCH}
        if directive == "replace":
            return dict(_cleaned(rest))
        if directive == "delete":
            return {}
        raise PatchError(f"unknown patch type: {directive} in map: {go_text(patch)}")
    found = dict(original)
    if (kept := patch.get(_RETAIN_KEYS)) is not None:
        found = {name: value for name, value in found.items() if name in kept}
    for name, value in patch.items():
        if name.startswith("$"):
            continue
        schema = node.child(name)
        order = patch.get(_SET_ORDER + name)
        if value is None:
            found.pop(name, None)
        elif isinstance(value, dict) and isinstance(found.get(name), dict):
            found[name] = _merge_map(found[name], value, schema)
        elif isinstance(value, dict):
            found[name] = _merge_map({}, value, schema)
        elif isinstance(value, list) and "merge" in schema.patch_strategies:
            before = found.get(name)
            found[name] = _merge_list(before if isinstance(before, list) else [], value, schema, order)
        else:
            found[name] = copied(value)
    for name, value in patch.items():
        if name.startswith(_DELETE_FROM):
            field = name.removeprefix(_DELETE_FROM)
            found[field] = [item for item in found.get(field) or () if item not in value]
        elif name.startswith(_SET_ORDER) and name.removeprefix(_SET_ORDER) not in patch:
            field = name.removeprefix(_SET_ORDER)
            if isinstance(found.get(field), list):
                found[field] = _ordered(found[field], value, found[field], node.child(field))
    return found


def _merge_list(original: list[Any], patch: list[Any], node: Node, order: list[Any] | None) -> list[Any]:
    key = node.patch_merge_key
    if not key:
        found = [*original, *(item for item in patch if item not in original)]
        return _ordered(found, order if order is not None else patch, original, node)
    if any(isinstance(item, dict) and item.get(_PATCH) == "replace" and set(item) == {_PATCH} for item in patch):
        return [copied(item) for item in patch if _PATCH not in item]
    found = list(original)
    for item in patch:
        if not isinstance(item, dict):
            raise PatchError("expected map in list")
        if key not in item:
            raise PatchError(f"map: {go_text(item)} does not contain declared merge key: {key}")
        places = [index for index, one in enumerate(found) if isinstance(one, dict) and one.get(key) == item[key]]
        if item.get(_PATCH) == "delete":
            found = [one for index, one in enumerate(found) if index not in places]
        elif places:
            # As in Go: the first with the key, though a list may have more keys than this one.
            found[places[0]] = _merge_map(found[places[0]], item, node.items)
        else:
            found.append(_merge_map({}, item, node.items))
    return _ordered(found, order if order is not None else patch, original, node)


def _ordered(items: list[Any], first: list[Any], before: list[Any], node: Node) -> list[Any]:
    """Return items in the order of a patch; the others keep their order, each before the first that it was before.

    Args:
        items: The merged items.
        first: The order of the patch.
        before: The list before it was patched.
        node: Schema of the list.
    """
    key = node.patch_merge_key

    def identity(item: Any) -> Any:
        return item.get(key) if key and isinstance(item, dict) else item

    wanted, known = [identity(item) for item in first], [identity(item) for item in before]
    right = sorted((item for item in items if identity(item) in wanted), key=lambda item: wanted.index(identity(item)))
    left = [item for item in items if identity(item) not in wanted]
    found: list[Any] = []
    while left and right:
        one, other = identity(left[0]), identity(right[0])
        is_before = one in known and other in known and known.index(one) < known.index(other)
        found.append((left if is_before else right).pop(0))
    return [*found, *left, *right]


def _cleaned(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            name: _cleaned(child) for name, child in value.items() if not name.startswith("$") and child is not None
        }
    return copied(value)


def go_text(value: Any) -> str:
    """Return a value as Go prints it in errors: `map[a:1]`."""
    if isinstance(value, dict):
        return "map[" + " ".join(f"{name}:{go_text(child)}" for name, child in sorted(value.items())) + "]"
    if isinstance(value, list):
        return "[" + " ".join(go_text(item) for item in value) + "]"
    return "<nil>" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
