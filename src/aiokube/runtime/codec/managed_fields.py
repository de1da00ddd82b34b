"""`extract`: the part of an object that a field manager owns by server-side apply.

`metadata.managedFields` has a tree of fields for each manager, in the format `FieldsV1`: `f:NAME` is a field,
`k:{...}` the item of a list with these keys, `v:VALUE` a value of a set, `i:NUMBER` an item by its index, and `.` the
place itself.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import lru_cache
from importlib import import_module
from typing import Any

from msgspec.inspect import AnyType, DictType, ListType, StructType, Type, UnionType

from ..arguments import kind_of, types
from ..errors import InvalidArgument
from ..public import public
from .any_object import AnyObject
from .model import Model
from .open_types import is_open
from .zero_values import fields_of, structure, type_info

_Fields = dict[str, Any]
"""A tree of fields; a leaf is empty."""


@public("aiokube")
def extract(obj: Model | AnyObject | Mapping[str, Any], field_manager: str, *, subresource: str = "") -> dict[str, Any]:
    """Return what a field manager has applied, as a manifest: changed and applied again, the rest stays as it is.

        manifest = extract(await deployments.get("web"), "ci")
        manifest["spec"]["replicas"] = 5
        await deployments.apply(manifest, field_manager="ci")

    The manifest has the kind and the name of the object, and the fields that the manager owns by `apply`. Applied as it
    is, it changes nothing. What `create`, `replace` and `patch` have set is not a part of it. A map that was applied
    empty is empty if the object is of the class of a built-in kind. Of other objects nothing tells it from a map that
    has one owner as a whole, so that it comes with what the server has filled in. For a manager
    that has applied nothing, there are the kind and the name only, as from client-go.

    Args:
        obj: The object, as `get` returns it. Informers leave out managed fields, unless they are told to keep them.
        field_manager: Name of the manager.
        subresource: `status` or `scale` for the fields that were applied there. Default: those of the object itself.

    Raises:
        InvalidArgument: The object has no managed fields; the name of the manager is empty; the subresource is neither
            of these, nor one that somebody has changed the object by; or the manager owns a field that the class does
            not know, and would lose: get it as a `DynamicObject`.
    """
    if not types.instance(field_manager, str, "a string", "field_manager"):
        raise InvalidArgument("field_manager: is empty; pass the name that the fields were applied under")
    types.instance(subresource, str, "a string", "subresource")
    if not isinstance(obj, (Model, Mapping)):
        raise InvalidArgument(f"obj: must be an object, or its manifest as a mapping, not {kind_of(obj)}")
    manifest = obj.to_dict() if isinstance(obj, Model) else dict(obj)
    metadata = manifest.get("metadata") or {}
    entries = metadata.get("managedFields")
    if not entries:
        raise InvalidArgument(
            "obj has no managed_fields; get it from the server, or use an informer with keep_managed_fields=True"
        )
    subresources = {"", "status", "scale", *(entry.get("subresource") or "" for entry in entries)}
    if subresource not in subresources:
        raise InvalidArgument(
            f"subresource: {subresource!r:.80} has no fields; use {', '.join(sorted(subresources - {''}))}"
        )
    owned: _Fields = {}
    others: list[_Fields] = []
    for entry in entries:
        fields = entry.get("fieldsV1") or {}
        key = entry.get("manager"), entry.get("operation"), entry.get("subresource") or ""
        if key == (field_manager, "Apply", subresource):
            owned = fields
        else:
            others.append(fields)
    kind = type_info(obj.__class__) if isinstance(obj, Model) else None
    # Custom resources share classes with built-in kinds, whatever the owners of their fields are.
    extractor = _Extractor(knows_owners=_atomic_fields(obj.__class__.__module__) is not None)
    found = extractor.owned(manifest, owned, others, kind, "") if owned else {}
    names = {name: metadata[name] for name in ("name", "namespace") if metadata.get(name)}
    kinds = {name: manifest[name] for name in ("apiVersion", "kind") if name in manifest}
    return {**kinds, "metadata": {**names, **found.pop("metadata", {})}, **found}


class _Extractor:
    """Takes what a tree of fields covers out of an object.

    Args:
        knows_owners: True if the classes of the object tell which of its maps have one owner.
    """

    def __init__(self, *, knows_owners: bool) -> None:
        self._knows_owners = knows_owners

    def owned(self, value: Any, owned: _Fields, others: list[_Fields], kind: Type | None, path: str) -> Any:
        """The part of a value that a tree of fields covers.

        Args:
            value: The value in the object.
            owned: The fields of the manager, at this place.
            others: The fields of other managers, at this place.
            kind: Type of the value; None where that is unknown.
            path: The place, for messages.
        """
        if _is_leaf(owned):
            return _without(value, others)
        if isinstance(value, Mapping):
            return self._fields(value, owned, others, kind, path)
        return self._items(value, owned, others, kind, path) if isinstance(value, list) else value

    def _fields(
        self, value: Mapping[str, Any], owned: _Fields, others: list[_Fields], kind: Type | None, path: str
    ) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for step, inside in owned.items():
            if step == ".":
                continue
            name = step.removeprefix("f:")
            child = _type_of_field(kind, name, f"{path}.{name}")
            if name in value:
                inner = value[name]
                if isinstance(inner, Mapping) and _is_leaf(inside) and self._is_granular(kind, name, child):
                    found[name] = {}
                else:
                    found[name] = self.owned(inner, inside, _at(others, step), child, f"{path}.{name}")
        # In the order of the object.
        return {name: found[name] for name in value if name in found}

    def _items(
        self, value: list[Any], owned: _Fields, others: list[_Fields], kind: Type | None, path: str
    ) -> list[Any]:
        item_type = next((member.item_type for member in _members(kind) if isinstance(member, ListType)), None)
        found = []
        for index, item in enumerate(value):
            for step, inside in owned.items():
                if _is_at(step, index, item):
                    found.append(self._item(step, item, inside, _at(others, step), item_type, f"{path}[{index}]"))
                    break
        return found

    def _item(self, step: str, item: Any, owned: _Fields, others: list[_Fields], kind: Type | None, path: str) -> Any:
        result = self.owned(item, owned, others, kind, path)
        if step.startswith("k:") and isinstance(result, dict):
            keys = json.loads(step[2:])
            # A key that is not owned is one that the server filled in, such as the protocol of a port.
            if not keys.keys() & result.keys():
                return {**{name: item[name] for name in keys if name in item}, **result}
        return result

    def _is_granular(self, kind: Type | None, name: str, child: Type | None) -> bool:
        """Return True if the map in a field has owners of its keys for sure, so that one may own it and no key."""
        if not (self._knows_owners and any(map(_has_typed_values, _members(child)))):
            return False
        classes = [member.cls for member in _members(kind) if isinstance(member, StructType)]
        tables = [(cls, _atomic_fields(cls.__module__)) for cls in classes]
        return any(table is not None and f"{cls.__name__}.{name}" not in table for cls, table in tables)


def _is_at(step: str, index: int, item: Any) -> bool:
    """Return True if a step leads to an item of a list."""
    sort, _, text = step.partition(":")
    match sort:
        case "k":
            return isinstance(item, Mapping) and all(
                name in item and _is_same(item[name], wanted) for name, wanted in json.loads(text).items()
            )
        case "v":
            return _is_same(item, json.loads(text))
        case "i":
            return int(text) == index
        case _:
            return False


def _is_same(one: Any, other: Any) -> bool:
    # To Python, True is 1.
    return bool(one == other) and isinstance(one, bool) == isinstance(other, bool)


def _without(value: Any, others: list[_Fields]) -> Any:
    """A value that is owned as a whole, without the parts that others have added to it.

    An empty map that was applied is owned like this, and so is a map that nobody can own parts of.
    """
    if isinstance(value, Mapping):
        return {
            name: _without(inner, _at(others, f"f:{name}"))
            for name, inner in value.items()
            if not any(f"f:{name}" in fields for fields in others)
        }
    if isinstance(value, list):
        steps = {step for fields in others for step in fields}
        return [item for index, item in enumerate(value) if not any(_is_at(step, index, item) for step in steps)]
    return value


def _at(trees: list[_Fields], step: str) -> list[_Fields]:
    return [fields[step] for fields in trees if step in fields]


def _type_of_field(kind: Type | None, name: str, path: str) -> Type | None:
    """Return the type of a field; None where no class says it.

    Raises:
        InvalidArgument: The class has no such field, so that its value is lost.
    """
    for member in _members(kind):
        if isinstance(member, DictType):
            return member.value_type
        if isinstance(member, StructType):
            field = fields_of(member).get(name)
            if field is None and not is_open(member.cls):
                raise InvalidArgument(
                    f"{path.removeprefix('.')} is owned by the manager, and {member.cls.__name__} has no such field; "
                    "get the object as a DynamicObject"
                )
            return field.type if field else None
    return None


def _has_typed_values(kind: Type) -> bool:
    return isinstance(kind, StructType) or (isinstance(kind, DictType) and not isinstance(kind.value_type, AnyType))


def _is_leaf(owned: _Fields) -> bool:
    return not any(step != "." for step in owned)


@lru_cache(maxsize=256)
def _atomic_fields(module: str) -> frozenset[str] | None:
    """Return the fields whose maps have one owner, of the classes of a module; None where nothing tells."""
    package, has_models, name = module.partition(".models.")
    try:
        types = import_module(f"{package}.apply.{name.partition('.')[0]}") if has_models else None
    except ModuleNotFoundError:
        return None
    return getattr(types, "ATOMIC", None)


def _members(kind: Type | None) -> Iterator[Type]:
    if isinstance(kind, UnionType):
        yield from map(structure, kind.types)
    elif kind is not None:
        yield structure(kind)
