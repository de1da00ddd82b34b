"""Kubernetes' strategic merge patch: lists are merged by the keys that the document gives them.

The algorithm is that of k8s.io/apimachinery/pkg/util/strategicpatch, with what it says of patches that it refuses.
"""

from __future__ import annotations

from typing import Any

from ..schema.node import Node
from ..store import copied
from .json_patch import PatchError

_PATCH = "$patch"
_RETAIN_KEYS = "$retainKeys"
_DELETE_FROM = "$deleteFromPrimitiveList"
_SET_ORDER = "$setElementOrder"
_GO_TYPES = {
    str: "string",
    bool: "bool",
    int: "int64",
    float: "float64",
    dict: "map[string]interface {}",
    list: "[]interface {}",
    type(None): "%!s(<nil>)",
}

Json = dict[str, Any]


class BadFormat(PatchError):
    """A directive has another form."""


class ListOfLists(PatchError):
    """A list has lists as its items."""


def apply(document: Any, patch: Any, node: Node) -> Any:
    """Return a document with a patch applied; the document itself stays as it is.

    Raises:
        PatchError: A directive is invalid, an item lacks its key, or the schema has no such list.
    """
    return _merge_map(copied(document), copied(patch) or {}, node)


def _merge_map(original: Json, patch: Json, node: Node) -> Json:
    """Return the merged map; both are changed."""
    if _PATCH in patch:
        return _by_directive(patch)
    if _RETAIN_KEYS in patch:
        _retain(original, patch)
    for name in [name for name in patch if name.startswith(_SET_ORDER)]:
        _merge_in_order(original, patch, name, node)
    # What is deleted from lists is deleted from what else the patch makes of them.
    for name in sorted(patch, key=lambda name: name.startswith(_DELETE_FROM)):
        if name.startswith(_DELETE_FROM):
            _merge_value(original, _field_of(name, _DELETE_FROM, "primitive"), patch[name], node, is_delete=True)
        else:
            _merge_value(original, name, patch[name], node)
    return original


def _by_directive(patch: Json) -> Json:
    match directive := patch[_PATCH]:
        case "replace":
            return {name: value for name, value in patch.items() if name != _PATCH}
        case "delete":
            return {}
    raise _bad_directive(directive, patch)


def _bad_directive(directive: Any, patch: Json) -> PatchError:
    if not isinstance(directive, str):
        # As Go prints what is no text.
        text = "" if directive is None else f"{_GO_TYPES[type(directive)]}={go_text(directive)}"
        directive = f"%!s({text or '<nil>'})"
    return PatchError(f"unknown patch type: {directive} in map: {go_text(patch)}")


def _retain(original: Json, patch: Json) -> None:
    kept = patch.pop(_RETAIN_KEYS)
    named = [name for name, value in patch.items() if value is not None]
    named = [name for name in named if not name.startswith((_DELETE_FROM, _SET_ORDER))]
    if not isinstance(kept, list) or any(name not in kept for name in named):
        raise BadFormat("invalid patch format of retainKeys")
    for name in [name for name in original if name not in kept]:
        del original[name]


def _field_of(directive: str, prefix: str, what: str) -> str:
    found, slash, field = directive.partition("/")
    if not slash or found != prefix:
        raise BadFormat(f"invalid patch format of {what} list")
    return field


def _merge_in_order(original: Json, patch: Json, directive: str, node: Node) -> None:
    """Merge the list of a directive that gives its order."""
    order = _list(patch.pop(directive))
    field = _field_of(directive, _SET_ORDER, "setElementOrder")
    before = _list(original[field]) if field in original else []
    changes = _list(patch[field]) if field in patch else []
    schema = _list_schema(node, field)
    key = schema.patch_merge_key
    _check_order(changes, order, key)
    if field in original and field in patch:
        merged = _merge_lists(before, changes, schema)
    elif field in patch:
        merged = _without_directives(changes)
    elif field in original:
        merged = before
    else:
        return
    kind = _item_type(before, changes)
    original[field] = _ordered(merged, order, before, key, is_map=kind is dict)
    patch.pop(field, None)


def _check_order(changes: list[Any], order: list[Any], key: str) -> None:
    """Check that an order has the items of a patch, in the patch's order."""
    if not changes or not order:
        return
    waiting = list(changes)
    if key:
        waiting = [item for item in waiting if _map(item).get(_PATCH) != "delete"]
    for item in order:
        while waiting and isinstance(waiting[0], dict) and _PATCH in waiting[0]:
            waiting.pop(0)
        if waiting and _is_same(_key_of(waiting[0], key), _key_of(item, key)):
            waiting.pop(0)
    if waiting:
        lists = go_text(changes), go_text(order)
        raise PatchError(f"The order in patch list:\n{lists[0]}\n doesn't match {_SET_ORDER} list:\n{lists[1]}\n")


def _merge_value(original: Json, name: str, value: Any, node: Node, *, is_delete: bool = False) -> None:
    if value is None:
        original.pop(name, None)
    elif name not in original or type(original[name]) is not type(value):
        if is_delete:
            return
        original.pop(name, None)
        if not (isinstance(value, dict) and _PATCH in value):
            original[name] = _without_directives(_without_nulls(value))
    elif isinstance(value, dict):
        schema = _field(node, name)
        original[name] = value if "replace" in schema.patch_strategies else _merge_map(original[name], value, schema)
    elif isinstance(value, list):
        original[name] = _merge_lists(original[name], value, _list_schema(node, name), is_delete=is_delete)
    else:
        original[name] = value


def _merge_lists(original: list[Any], patch: list[Any], node: Node, *, is_delete: bool = False) -> list[Any]:
    if "merge" not in node.patch_strategies and not is_delete:
        return patch
    if not original and not patch:
        return original
    key = node.patch_merge_key
    if _item_type(original, patch) is not dict:
        if is_delete:
            return [item for item in original if not _is_in(item, patch)]
        merged: list[Any] = []
        for item in [*original, *patch]:
            if not _is_in(item, merged):
                merged.append(item)
        return _ordered(merged, patch, original, key, is_map=False)
    if not key:
        raise PatchError("cannot merge lists without merge key for struct")
    original, patch = _without_special(original, patch, key)
    merged = list(original)
    for item in patch:
        place = _find(merged, key, _key_of(item, key))
        if place is None:
            merged.append(item)
        else:
            # As in Go: the first with the key, though a list may have more keys than this one.
            merged[place] = _merge_map(merged[place], item, node.items)
    return _ordered(merged, patch, original, key, is_map=True)


def _without_special(original: list[Any], patch: list[Any], key: str) -> tuple[list[Any], list[Any]]:
    """Return both lists without the items of a patch that are directives, and what they delete."""
    rest: list[Any] = []
    is_replaced = False
    for item in patch:
        if _PATCH not in item:
            rest.append(item)
            continue
        match item[_PATCH]:
            case "delete":
                gone = _key_of(item, key)
                original = [one for one in original if not (key in one and _is_same(one[key], gone))]
            case "replace":
                is_replaced = True
            case "merge":
                raise PatchError("merging lists cannot yet be specified in the patch")
            case directive:
                raise _bad_directive(directive, item)
    return (rest, []) if is_replaced else (original, rest)


def _ordered(items: list[Any], order: list[Any], before: list[Any], key: str, *, is_map: bool) -> list[Any]:
    """Return items in an order; the others keep theirs, each before the first that it was before.

    Args:
        items: The merged items.
        order: The order of the patch.
        before: The list before it was patched.
        key: The key of items; empty if they have none.
        is_map: The items are maps.
    """
    if key:
        is_wanted = [_find(order, key, _key_of(item, key)) is not None for item in items]
    elif is_map:
        raise PatchError("cannot order maps without merge key")
    else:
        is_wanted = [_is_in(item, order) for item in items]
    if is_map:
        for item in (*order, *before):
            _key_of(item, key)
    wanted, known = ([item.get(key) if is_map else item for item in one] for one in (order, before))

    def index(item: Any, places: list[Any]) -> int:
        identity = item.get(key) if is_map else item
        return next((place for place, one in enumerate(places) if _is_same(one, identity)), -1)

    def is_less(one: Any, other: Any, places: list[Any], *, otherwise: bool) -> bool:
        left, right = index(one, places), index(other, places)
        return left < right if left >= 0 and right >= 0 else otherwise

    def in_order(some: list[Any], places: list[Any]) -> list[Any]:
        found: list[Any] = []
        for item in some:
            # As in Go: what has no place comes first.
            place = len(found)
            while place and is_less(item, found[place - 1], places, otherwise=True):
                place -= 1
            found.insert(place, item)
        return found

    right = in_order([item for item, is_in in zip(items, is_wanted, strict=True) if is_in], wanted)
    left = in_order([item for item, is_in in zip(items, is_wanted, strict=True) if not is_in], known)
    found: list[Any] = []
    while left and right:
        found.append((left if is_less(left[0], right[0], known, otherwise=False) else right).pop(0))
    return [*found, *left, *right]


def _field(node: Node, name: str) -> Node:
    if node.kind == "map":
        raise PatchError("merging an object in json but data type is not struct, instead is: map")
    schema = node.field(name)
    if schema is None:
        raise PatchError(f'unable to find api field in struct {node.go_name} for the json field "{name}"')
    return schema


def _list_schema(node: Node, name: str) -> Node:
    schema = _field(node, name)
    if schema.kind in ("map", "string", "integer", "boolean"):
        raise PatchError("expected slice or array type, but got: struct")
    return schema


def _item_type(*lists: list[Any]) -> type:
    """Return the type of the items of lists."""
    types = [type(item) for one in lists for item in one]
    if types and types[0] is list:
        raise ListOfLists("lists of lists are not supported")
    if len(set(types)) > 1:
        raise PatchError(f"list element types are not identical: {go_text(list(lists))}")
    if not types or types[0] is type(None):
        raise PatchError("no elements in any of the given slices")
    return types[0]


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise PatchError(f"expected a []interface {{}}, but received a {_GO_TYPES[type(value)]}")
    return value


def _map(value: Any) -> Json:
    if not isinstance(value, dict):
        raise PatchError(f"expected a map[string]interface {{}}, but received a {_GO_TYPES[type(value)]}")
    return value


def _key_of(item: Any, key: str) -> Any:
    if not key:
        return item
    if key not in _map(item):
        raise PatchError(f"map: {go_text(item)} does not contain declared merge key: {key}")
    return item[key]


def _find(items: list[Any], key: str, value: Any) -> int | None:
    """Return the place of the first item with a key."""
    for place, item in enumerate(items):
        if not isinstance(item, dict):
            raise PatchError(f"value for key {place} is not a map")
        if key in item and _is_same(item[key], value):
            return place
    return None


def _is_same(one: Any, other: Any) -> bool:
    """Return True for equal values; Go's numbers and booleans are never equal to each other."""
    return type(one) is type(other) and bool(one == other)


def _is_in(item: Any, items: list[Any]) -> bool:
    return any(_is_same(item, one) for one in items)


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_nulls(child) for name, child in value.items() if child is not None}
    return [_without_nulls(item) for item in value] if isinstance(value, list) else value


def _without_directives(value: Any) -> Any:
    """Return a value without the maps below it that are directives."""
    if isinstance(value, dict):
        kept = {name: child for name, child in value.items() if not (isinstance(child, dict) and _PATCH in child)}
        return {name: _without_directives(child) for name, child in kept.items()}
    if isinstance(value, list):
        return [_without_directives(item) for item in value if not (isinstance(item, dict) and _PATCH in item)]
    return value


def go_text(value: Any) -> str:
    """Return a value as Go prints it in errors: `map[a:1]`."""
    if isinstance(value, dict):
        return "map[" + " ".join(f"{name}:{go_text(child)}" for name, child in sorted(value.items())) + "]"
    if isinstance(value, list):
        return "[" + " ".join(go_text(item) for item in value) + "]"
    return "<nil>" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
