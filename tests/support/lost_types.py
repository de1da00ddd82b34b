"""The parts of a CRD that a generated class has no type for, though the CRD gives them one."""

from __future__ import annotations

import types
from collections.abc import Iterator, Mapping
from typing import Any, Union, get_args, get_origin

import msgspec

from aiokube.runtime.codec.open_types import class_of
from aiokube.runtime.codec.partial_metadata import ObjectMetadata

_UNIONS = (Union, types.UnionType)
_NOTHING = (type(None), msgspec.UnsetType)


def typed_nodes(schema: Mapping[str, Any]) -> int:
    """Count the nodes of a CRD's schema that have a type, the metadata of the object left out."""
    return sum(1 for _ in _nodes(schema))


def lost_types(schema: Mapping[str, Any], cls: Any, path: str = "") -> Iterator[str]:
    """Yield the path of each node of a CRD's schema that a class has no type for.

    Args:
        schema: Schema of a version.
        cls: Class of the kind, or the type of what the schema describes.
        path: Where that is.
    """
    kind = class_of(_only(cls))
    if _is_typed(schema) and kind is Any:
        yield path or "."
        return
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        fields = {field.encode_name: field.type for field in msgspec.structs.fields(kind)}
        for name, child in schema.get("properties", {}).items():
            if (path, name) != ("", "metadata") and kind is not ObjectMetadata:
                yield from lost_types(child, fields.get(name, Any), f"{path}.{name}")
        return
    inner = (*get_args(kind), Any)
    if get_origin(kind) is list and "items" in schema:
        yield from lost_types(schema["items"], inner[0], f"{path}[]")
    elif get_origin(kind) is dict and isinstance(schema.get("additionalProperties"), dict):
        yield from lost_types(schema["additionalProperties"], inner[1], f"{path}{{}}")
    elif any(_nodes(child) for child in _children(schema)):
        for child in _children(schema):
            yield from (f"{path}: {place}" for place in lost_types(child, Any))


def _only(kind: Any) -> Any:
    """The type of what is there: neither null nor absent."""
    if get_origin(kind) not in _UNIONS:
        return kind
    members = [one for one in get_args(kind) if one not in _NOTHING]
    return members[0] if len(members) == 1 else kind


def _is_typed(schema: Mapping[str, Any]) -> bool:
    return bool(schema.get("type")) or bool(schema.get("x-kubernetes-int-or-string"))


def _children(schema: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield from schema.get("properties", {}).values()
    # What an object says of items means nothing.
    keys = ("items",) if schema.get("type") == "array" else ("additionalProperties",)
    yield from (schema[key] for key in keys if isinstance(schema.get(key), dict))


def _nodes(schema: Mapping[str, Any], depth: int = 0) -> Iterator[Mapping[str, Any]]:
    if _is_typed(schema):
        yield schema
    for child in _children(schema):
        if depth or child is not schema.get("properties", {}).get("metadata"):
            yield from _nodes(child, depth + 1)
