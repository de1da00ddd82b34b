"""Validation of custom resources by their schema, in the words of kube-openapi's validator."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any

import msgspec

from ..failures import Cause, quoted
from ..regular.program import compiled
from ..schema.node import Node
from .formats import has_format

_json = msgspec.json.Encoder(order="sorted").encode

_OF_OBJECTS = ("apiVersion", "kind", "metadata")
_NAMES = {str: "string", bool: "boolean", int: "integer", float: "number", dict: "object", list: "array"}


_NOTHING = object()
"""There was no value before."""

# Numbers that a float has exactly.
_MAX_EXACT = (1 << 53) - 1


def validate_custom(obj: Mapping[str, Any], node: Node, old: Mapping[str, Any] | None = None) -> list[Cause]:
    """Return what is wrong with a custom resource; its metadata has rules of its own.

    Args:
        obj: The object.
        node: Its schema.
        old: Its present state: what is wrong with a value that stays is no failure.
    """
    new = _without_metadata(obj)
    was = _NOTHING if old is None else _without_metadata(old)
    found = [cause for cause in _struct(new, node, "", was) if cause.field not in _OF_OBJECTS]
    # What every object has may be required, too.
    if old is None or not any(_duplicates(was, node, "")):
        found += _duplicates(new, node, "")
    return found


def value_causes(value: Any, node: Node) -> list[Cause]:
    """Return what is wrong with a value by its schema, such as a default."""
    return [*_value(value, node, ""), *_duplicates(value, node, "")]


def _without_metadata(obj: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in obj.items() if name != "metadata"}


def _value(value: Any, node: Node, path: str, old: Any = _NOTHING) -> Iterator[Cause]:
    """Return what is wrong with a value, unless it stays as it was."""
    found = list(_checked(value, node, path, old))
    if found and old is not _NOTHING and _shown(old) == _shown(value):
        return
    yield from found


def _checked(value: Any, node: Node, path: str, old: Any) -> Iterator[Cause]:
    if value is None and node.nullable:
        return
    raw = node.raw
    if (wrong := _type_problem(value, node)) is not None:
        found = _name(value)
        if isinstance(value, float) and raw.get("format"):
            wrong, found = str(raw["format"]), "float64"
        text = f"{path} in body must be of type {wrong}"
        yield Cause("FieldValueTypeInvalid", f'Invalid value: "{found}": {text}: "{found}"', path)
        if isinstance(value, float) and raw.get("type") == "integer":
            yield _out_of_format(raw, path)
    elif isinstance(value, dict):
        yield from _struct(value, node, path, old)
    elif isinstance(value, list):
        yield from _list(value, node, path, old)
    elif isinstance(value, str):
        yield from _string(value, raw, path)
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        yield from _number(value, raw, path)
    if "enum" in raw and _shown(value) not in map(_shown, raw["enum"]):
        choices = ", ".join(_json(one).decode() for one in raw["enum"])
        yield Cause("FieldValueNotSupported", f"Unsupported value: {_shown(value)}: supported values: {choices}", path)
    if value is not None:
        yield from _combined(value, node, path, old)


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


def _struct(value: dict[str, Any], node: Node, path: str, old: Any) -> Iterator[Cause]:
    raw = node.raw
    prefix = f"{path}." if path else ""
    for name in raw.get("required", ()):
        # An embedded object is checked for these on its own.
        if name not in value and not (node.is_embedded and name in ("apiVersion", "kind")):
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
        if schema is not None and schema.custom:
            yield from _value(value[name], schema, f"{prefix}{name}", _before(old, name, node))


def _list(value: list[Any], node: Node, path: str, old: Any) -> Iterator[Cause]:
    raw = node.raw
    if "maxItems" in raw and len(value) > raw["maxItems"]:
        yield Cause("FieldValueTooMany", f"Too many: {len(value)}: must have at most {raw['maxItems']} items", path)
    if "minItems" in raw and len(value) < raw["minItems"]:
        text = f"{path} in body should have at least {raw['minItems']} items"
        yield Cause("FieldValueInvalid", f"Invalid value: {len(value)}: {text}", path)
    for index, item in enumerate(value):
        yield from _value(item, node.items, f"{path}[{index}]", _item_before(old, item, node))


def _before(old: Any, name: str, node: Node) -> Any:
    """Return the value of a field before."""
    is_known = isinstance(old, dict) and node.relation != "atomic"
    return old.get(name, _NOTHING) if is_known else _NOTHING


def _item_before(old: Any, item: Any, node: Node) -> Any:
    """Return the item of a list before that has the same keys."""
    if node.relation != "map" or not isinstance(old, list) or not isinstance(item, dict):
        return _NOTHING
    keys = {name: item.get(name) for name in node.keys}
    found = (one for one in old if isinstance(one, dict) and {name: one.get(name) for name in node.keys} == keys)
    return next(found, _NOTHING)


def _duplicates(value: Any, node: Node, path: str) -> Iterator[Cause]:
    """Return the items that a list of unique ones has twice."""
    if isinstance(value, dict):
        for name in sorted(value):
            if (schema := node.field(name)) is not None and schema.custom:
                yield from _duplicates(value[name], schema, f"{path}.{name}" if path else name)
            elif node.kind == "map":
                yield from _duplicates(value[name], node.values, f"{path}[{name}]")
    elif isinstance(value, list):
        seen: list[Any] = []
        for index, item in enumerate(value):
            key = item
            if node.relation == "map" and isinstance(item, dict):
                key = {name: item[name] for name in node.keys if name in item}
            if node.relation in ("set", "map"):
                if _shown(key) in seen:
                    yield Cause("FieldValueDuplicate", f"Duplicate value: {_shown(key)}", f"{path}[{index}]")
                seen.append(_shown(key))
            yield from _duplicates(item, node.items, f"{path}[{index}]")


def _string(value: str, raw: Mapping[str, Any], path: str) -> Iterator[Cause]:
    if "maxLength" in raw and len(value) > raw["maxLength"]:
        yield Cause("FieldValueTooLong", f"Too long: may not be more than {raw['maxLength']} bytes", path)
    if "minLength" in raw and len(value) < raw["minLength"]:
        yield _invalid(value, f"{path} in body should be at least {raw['minLength']} chars long", path)
    if "pattern" in raw and not compiled(raw["pattern"]).matches(value):
        yield _invalid(value, f"{path} in body should match '{raw['pattern']}'", path)
    if not has_format(value, name := raw.get("format", "")):
        text = f"{path} in body must be of type {name}"
        yield Cause("FieldValueTypeInvalid", f"Invalid value: {_shown(value)}: {text}: {_shown(value)}", path)


_BITS = {"int32": 31, "int64": 63}


def _out_of_format(raw: Mapping[str, Any], path: str) -> Cause:
    format_ = f"with format {raw['format']}" if raw.get("format") else "(default format)"
    text = f"Checked value must be of type {raw['type']} {format_} in {path}"
    return Cause("FieldValueInvalid", f'Invalid value: "": {text}', "<nil>")


def _number(value: float, raw: Mapping[str, Any], path: str) -> Iterator[Cause]:
    bits = _BITS.get(raw.get("format", ""))
    if bits is not None and not -(1 << bits) <= value < 1 << bits:
        yield _out_of_format(raw, path)
    if "maximum" in raw and (value >= raw["maximum"] if raw.get("exclusiveMaximum") else value > raw["maximum"]):
        text = "less than" if raw.get("exclusiveMaximum") else "less than or equal to"
        yield _invalid(value, f"{path} in body should be {text} {raw['maximum']}", path)
    if "minimum" in raw and (value <= raw["minimum"] if raw.get("exclusiveMinimum") else value < raw["minimum"]):
        text = "greater than" if raw.get("exclusiveMinimum") else "greater than or equal to"
        yield _invalid(value, f"{path} in body should be {text} {raw['minimum']}", path)
    if "multipleOf" in raw and not _is_multiple(value, raw["multipleOf"]):
        yield _invalid(value, f"{path} in body should be a multiple of {raw['multipleOf']}", path)


def _is_multiple(value: float, factor: float) -> bool:
    """Return True for a multiple, as far as floats can tell."""
    if isinstance(value, int) and isinstance(factor, int):
        return value % factor == 0
    quotient = 1 / factor * value if factor < 1 else value / factor
    if not math.isfinite(quotient) or abs(quotient) > _MAX_EXACT:
        return False
    whole = math.trunc(quotient)
    return quotient == whole or abs(quotient - whole) / abs(quotient + whole) < 1e-9


def _combined(value: Any, node: Node, path: str, old: Any) -> Iterator[Cause]:
    """The logical parts of a schema; those of an int-or-string only say that."""
    if node.kind == "int-or-string":
        return
    raw = node.raw
    passing = {
        name: sum(not any(_part(value, node, part, path, old)) for part in raw.get(name, ()))
        for name in ("anyOf", "oneOf")
    }
    if raw.get("anyOf") and not passing["anyOf"]:
        text = f'"{path}" must validate at least one schema (anyOf)'
        yield Cause("FieldValueInvalid", f'Invalid value: "": {text}', "<nil>")
        yield from _part(value, node, raw["anyOf"][0], path, old)
    if raw.get("oneOf") and passing["oneOf"] != 1:
        found = "Found none valid" if not passing["oneOf"] else f"Found {passing['oneOf']} valid alternatives"
        text = f'"{path}" must validate one and only one schema (oneOf). {found}'
        yield Cause("FieldValueInvalid", f'Invalid value: "": {text}', "<nil>")
    failing = [causes for part in raw.get("allOf", ()) if (causes := list(_part(value, node, part, path, old)))]
    if failing:
        yield from chain.from_iterable(failing)
        none = ". None validated" if len(failing) == len(raw["allOf"]) else ""
        text = f'"{path}" must validate all the schemas (allOf){none}'
        yield Cause("FieldValueInvalid", f'Invalid value: "": {text}', "<nil>")
    if "not" in raw and not any(_part(value, node, raw["not"], path, old)):
        yield Cause("FieldValueInvalid", f'Invalid value: "": "{path}" must not validate the schema (not)', "<nil>")


def _part(value: Any, node: Node, part: Mapping[str, Any], path: str, old: Any) -> Iterator[Cause]:
    return _checked(value, Node(part, {}, custom=node.custom), path, old)


def _invalid(value: Any, text: str, path: str) -> Cause:
    return Cause("FieldValueInvalid", f"Invalid value: {_shown(value)}: {text}", path)


def _shown(value: Any) -> str:
    if isinstance(value, str):
        return quoted(value)
    text = _json(value).decode()
    # As Go writes large numbers.
    return re.sub(r"e(?=\d)", "e+", text) if isinstance(value, float) else text


def _name(value: Any) -> str:
    return _NAMES.get(type(value), "null")
