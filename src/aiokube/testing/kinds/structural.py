"""Validation of custom resources by their schema, in the words of kube-openapi's validator."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import msgspec

from ..failures import Cause
from ..schema.node import Node

_json = msgspec.json.Encoder().encode

_OF_OBJECTS = ("apiVersion", "kind", "metadata")
_NAMES = {str: "string", bool: "boolean", int: "integer", float: "number", dict: "object", list: "array"}


def validate_custom(obj: Mapping[str, Any], node: Node) -> list[Cause]:
    """Return what is wrong with a custom resource; its metadata has rules of its own."""
    found = _struct({name: value for name, value in obj.items() if name != "metadata"}, node, "")
    # What every object has may be required, too.
    return [cause for cause in found if cause.field not in _OF_OBJECTS]


def _value(value: Any, node: Node, path: str) -> Iterator[Cause]:
    if value is None and node.nullable:
        return
    raw = node.raw
    if (wrong := _type_problem(value, node)) is not None:
        text = f"{path} in body must be of type {wrong}"
        yield Cause("FieldValueTypeInvalid", f'Invalid value: "{_name(value)}": {text}: "{_name(value)}"', path)
        return
    if isinstance(value, dict):
        yield from _struct(value, node, path)
    elif isinstance(value, list):
        yield from _list(value, node, path)
    elif isinstance(value, str):
        yield from _string(value, raw, path)
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        yield from _number(value, raw, path)
    if "enum" in raw and value not in raw["enum"]:
        choices = ", ".join(_json(one).decode() for one in raw["enum"])
        yield Cause("FieldValueNotSupported", f"Unsupported value: {_shown(value)}: supported values: {choices}", path)
    yield from _combined(value, node, path)


def _type_problem(value: Any, node: Node) -> str | None:
    """Return the type that a value should have, if it has another."""
    if node.kind == "int-or-string":
        is_one = isinstance(value, (int, str)) and not isinstance(value, bool)
        return None if is_one else "integer,string"
    wanted = node.raw.get("type")
    found = _name(value)
    if wanted is None or wanted == found or (wanted == "number" and found == "integer"):
        return None
    return str(wanted)


def _struct(value: dict[str, Any], node: Node, path: str) -> Iterator[Cause]:
    raw = node.raw
    prefix = f"{path}." if path else ""
    of_embedded = ("apiVersion", "kind") if node.is_embedded else ()
    for name in dict.fromkeys((*raw.get("required", ()), *of_embedded)):
        if name not in value:
            yield Cause("FieldValueRequired", "Required value", f"{prefix}{name}")
    if "maxProperties" in raw and len(value) > raw["maxProperties"]:
        yield Cause(
            "FieldValueTooMany", f"Too many: {len(value)}: must have at most {raw['maxProperties']} items", path
        )
    if "minProperties" in raw and len(value) < raw["minProperties"]:
        text = f"{path} in body should have at least {raw['minProperties']} properties"
        yield Cause("FieldValueInvalid", f"Invalid value: {len(value)}: {text}", path)
    for name in sorted(value):
        schema = node.field(name) or (node.values if node.kind == "map" else None)
        if schema is not None:
            yield from _value(value[name], schema, f"{prefix}{name}")


def _list(value: list[Any], node: Node, path: str) -> Iterator[Cause]:
    raw = node.raw
    if "maxItems" in raw and len(value) > raw["maxItems"]:
        yield Cause("FieldValueTooMany", f"Too many: {len(value)}: must have at most {raw['maxItems']} items", path)
    if "minItems" in raw and len(value) < raw["minItems"]:
        text = f"{path} in body should have at least {raw['minItems']} items"
        yield Cause("FieldValueInvalid", f"Invalid value: {len(value)}: {text}", path)
    for index, item in enumerate(value):
        yield from _value(item, node.items, f"{path}[{index}]")
    if node.relation not in ("set", "map"):
        return
    seen: list[Any] = []
    for index, item in enumerate(value):
        key = item
        if node.relation == "map" and isinstance(item, dict):
            key = {name: item[name] for name in node.keys if name in item}
        if key in seen:
            yield Cause("FieldValueDuplicate", f"Duplicate value: {_shown(key)}", f"{path}[{index}]")
        seen.append(key)


def _string(value: str, raw: Mapping[str, Any], path: str) -> Iterator[Cause]:
    if "maxLength" in raw and len(value) > raw["maxLength"]:
        yield Cause("FieldValueTooLong", f"Too long: may not be more than {raw['maxLength']} bytes", path)
    if "minLength" in raw and len(value) < raw["minLength"]:
        yield _invalid(value, f"{path} in body should be at least {raw['minLength']} chars long", path)
    if "pattern" in raw and not re.search(raw["pattern"], value):
        yield _invalid(value, f"{path} in body should match '{raw['pattern']}'", path)
    if raw.get("format") == "date-time" and not _is_time(value):
        text = f"{path} in body must be of type date-time"
        yield Cause("FieldValueTypeInvalid", f'Invalid value: "{value}": {text}: "{value}"', path)


def _number(value: float, raw: Mapping[str, Any], path: str) -> Iterator[Cause]:
    bits = {"int32": 31, "int64": 63}.get(raw.get("format", ""))
    if bits is not None and not -(1 << bits) <= value < 1 << bits:
        text = f"Checked value must be of type {raw['type']} with format {raw['format']} in {path}"
        yield Cause("FieldValueInvalid", f'Invalid value: "": {text}', "<nil>")
    if "maximum" in raw and (value >= raw["maximum"] if raw.get("exclusiveMaximum") else value > raw["maximum"]):
        text = "less than" if raw.get("exclusiveMaximum") else "less than or equal to"
        yield _invalid(value, f"{path} in body should be {text} {raw['maximum']}", path)
    if "minimum" in raw and (value <= raw["minimum"] if raw.get("exclusiveMinimum") else value < raw["minimum"]):
        text = "greater than" if raw.get("exclusiveMinimum") else "greater than or equal to"
        yield _invalid(value, f"{path} in body should be {text} {raw['minimum']}", path)
    if "multipleOf" in raw and value % raw["multipleOf"]:
        yield _invalid(value, f"{path} in body should be a multiple of {raw['multipleOf']}", path)


def _combined(value: Any, node: Node, path: str) -> Iterator[Cause]:
    """The logical parts of a schema; those of an int-or-string only say that."""
    if node.kind == "int-or-string":
        return
    raw = node.raw
    for part in raw.get("allOf", ()):
        yield from _part(value, node, part, path)
    passing = {
        name: sum(not any(_part(value, node, part, path)) for part in raw.get(name, ())) for name in ("anyOf", "oneOf")
    }
    if raw.get("anyOf") and not passing["anyOf"]:
        text = f'"{path}" must validate at least one schema (anyOf)'
        yield Cause("FieldValueInvalid", f'Invalid value: "": {text}', "<nil>")
        yield from _part(value, node, raw["anyOf"][0], path)
    if raw.get("oneOf") and passing["oneOf"] != 1:
        found = "Found none valid" if not passing["oneOf"] else f"Found {passing['oneOf']} valid alternatives"
        text = f'"{path}" must validate one and only one schema (oneOf). {found}'
        yield Cause("FieldValueInvalid", f'Invalid value: "": {text}', "<nil>")
    if "not" in raw and not any(_part(value, node, raw["not"], path)):
        yield Cause("FieldValueInvalid", f'Invalid value: "": "{path}" must not validate the schema (not)', "<nil>")


def _part(value: Any, node: Node, part: Mapping[str, Any], path: str) -> Iterator[Cause]:
    return _value(value, Node(part, {}, custom=node.custom), path)


def _is_time(value: str) -> bool:
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return "T" in value


def _invalid(value: Any, text: str, path: str) -> Cause:
    return Cause("FieldValueInvalid", f"Invalid value: {_shown(value)}: {text}", path)


def _shown(value: Any) -> str:
    return _json(value).decode()


def _name(value: Any) -> str:
    return _NAMES.get(type(value), "null")
