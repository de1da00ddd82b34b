"""Schemas of CustomResourceDefinitions: OpenAPI v3 as kube-apiserver takes it, and structural."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import msgspec

from ..failures import Cause
from ..schema.decoding import decode
from ..schema.node import Node
from .patterns import pattern_causes
from .rules import rule_problems
from .structural import value_causes

Schema = Mapping[str, Any]

_TYPES = ("array", "boolean", "integer", "number", "object", "string")
_JUNCTORS = ("allOf", "anyOf", "oneOf")
_OF_OBJECTS = ("metadata", "kind", "apiVersion")
_INT_OR_STRING = [{"type": "integer"}, {"type": "string"}]
_EMBEDDED = "x-kubernetes-embedded-resource"
_KEEPS = "x-kubernetes-preserve-unknown-fields"
_INT_STRING = "x-kubernetes-int-or-string"
_LIST_TYPE = "x-kubernetes-list-type"
_LIST_KEYS = "x-kubernetes-list-map-keys"
_MAP_TYPE = "x-kubernetes-map-type"

_UNSUPPORTED = ("id", "additionalItems", "patternProperties", "definitions", "dependencies", "$ref")
"""Fields that no schema may have."""

# What a part of `allOf` and its like may not have, and how the server says it.
_NOT_NESTED = (
    ("type", "must be empty to be structural"),
    ("additionalProperties", "must be undefined to be structural"),
    ("default", "must be undefined to be structural"),
    ("title", "must be empty to be structural"),
    ("description", "must be empty to be structural"),
    ("nullable", "must be false to be structural"),
    (_KEEPS, "must be false to be structural"),
    (_EMBEDDED, "must be false to be structural"),
    (_INT_STRING, "must be false to be structural"),
    (_LIST_KEYS, "must be empty to be structural"),
    (_LIST_TYPE, "must be undefined to be structural"),
    (_MAP_TYPE, "must be undefined to be structural"),
    ("x-kubernetes-validations", "must be empty to be structural"),
)

_AT_ROOT = {
    "description": "Description",
    "type": "Type",
    "format": "Format",
    "title": "Title",
    "maximum": "Maximum",
    "exclusiveMaximum": "ExclusiveMaximum",
    "minimum": "Minimum",
    "exclusiveMinimum": "ExclusiveMinimum",
    "maxLength": "MaxLength",
    "minLength": "MinLength",
    "pattern": "Pattern",
    "maxItems": "MaxItems",
    "minItems": "MinItems",
    "uniqueItems": "UniqueItems",
    "multipleOf": "MultipleOf",
    "required": "Required",
    "items": "Items",
    "properties": "Properties",
    "externalDocs": "ExternalDocs",
    "example": "Example",
    _KEEPS: "XPreserveUnknownFields",
    "x-kubernetes-validations": "XValidations",
}
"""The fields of a schema beside a subresource `status`, and their names in Go."""


def schema_causes(schema: Schema, where: str, *, has_status: bool) -> list[Cause]:
    """Return what is wrong with a schema of a definition.

    Args:
        schema: The schema.
        where: Its path.
        has_status: The resource has the subresource `status`.

    Raises:
        Failure: A rule in CEL uses something that is not known here.
    """
    causes = list(_root(schema, where, has_status))
    structural: list[Cause] = []
    if not _is_unsupported(schema):
        found = [*_structural(schema, where, "root"), *_complete(schema, schema, where, where)]
        found += pattern_causes(schema, where)
        structural = sorted(found, key=lambda cause: f"{cause.field}: {cause.message}") or list(
            _defaults(schema, where)
        )
    causes += [*structural, *_open_api(schema, where, _Place(is_root=True))]
    return causes or rule_problems(schema, where)


def _root(schema: Schema, where: str, has_status: bool) -> Iterator[Cause]:
    if has_status and any(value and name not in _AT_ROOT for name, value in schema.items()):
        text = "fields are allowed at the root of the schema if the status subresource is enabled"
        yield _invalid(schema, f"only [{' '.join(_AT_ROOT.values())}] {text}", where)
    if schema.get("nullable"):
        yield _forbidden("nullable cannot be true at the root", f"{where}.nullable")


def _children(schema: Schema, where: str) -> Iterator[tuple[Schema, str, str]]:
    """Return the schemas of items, fields and entries, with their paths and what they are."""
    if isinstance(items := schema.get("items"), Mapping):
        yield items, f"{where}.items", "item"
    for name, one in (schema.get("properties") or {}).items():
        yield one, f"{where}.properties[{name}]", "field"
    if isinstance(values := schema.get("additionalProperties"), Mapping):
        yield values, f"{where}.additionalProperties", "field"


def _parts(schema: Schema, where: str) -> Iterator[tuple[Schema, str]]:
    """Return the parts of the junctors of a schema."""
    for name in _JUNCTORS:
        for index, one in enumerate(schema.get(name) or ()):
            yield one, f"{where}.{name}[{index}]"
    if schema.get("not") is not None:
        yield schema["not"], f"{where}.not"


def _is_unsupported(schema: Schema) -> bool:
    """Return True for a schema of which the server makes no structural one."""
    if any(schema.get(name) for name in _UNSUPPORTED) or isinstance(schema.get("items"), list):
        return True
    below = [*(one for one, _, _ in _children(schema, "")), *(one for one, _ in _parts(schema, ""))]
    return any(map(_is_unsupported, below))


# structural schemas


def _structural(schema: Schema, where: str, level: str) -> Iterator[Cause]:
    if schema.get("type") == "array" and schema.get("items") is None:
        yield _required("must be specified", f"{where}.items")
    for child, path, below in _children(schema, where):
        yield from _structural(child, path, below)
    if schema.get("additionalProperties") is not None and level == "root":
        yield _forbidden("must not be used at the root", f"{where}.additionalProperties")
    if schema.get(_INT_STRING):
        for name in (_KEEPS, _EMBEDDED):
            if schema.get(name):
                yield _invalid(True, f"must be false if {_INT_STRING} is true", f"{where}.{name}")
    for part, path in _parts(schema, where):
        is_int_or_string = path.startswith(f"{where}.anyOf") and schema["anyOf"] == _INT_OR_STRING
        if not is_int_or_string:
            yield from _nested(part, path)
    yield from _types(schema, where, level)
    properties = schema.get("properties") or {}
    if schema.get(_EMBEDDED) and not schema.get(_KEEPS) and not properties:
        text = f"must not be empty if {_EMBEDDED} is true without {_KEEPS}"
        yield _required(text, f"{where}.properties")


def _types(schema: Schema, where: str, level: str) -> Iterator[Cause]:
    kind, is_embedded = schema.get("type") or "", bool(schema.get(_EMBEDDED))
    properties = schema.get("properties") or {}
    if is_embedded and kind != "object":
        text = f"must be object if {_EMBEDDED} is true"
        yield _invalid(kind, text, f"{where}.type") if kind else _required(text, f"{where}.type")
    elif not kind and not schema.get(_INT_STRING) and not schema.get(_KEEPS):
        of_level = {"root": "at the root", "item": "for specified array items", "field": "for specified object fields"}
        yield _required(f"must not be empty {of_level[level]}", f"{where}.type")
    if is_embedded and schema.get("additionalProperties") is not None:
        yield _forbidden(f"must not be used if {_EMBEDDED} is set", f"{where}.additionalProperties")
    if level == "root" and kind not in ("", "object"):
        yield _invalid(kind, "must be object at the root", f"{where}.type")
    if level != "root" and not is_embedded:
        return
    for name in ("kind", "apiVersion"):
        if name in properties and properties[name].get("type") != "string":
            found = properties[name].get("type") or ""
            yield _invalid(found, "must be string", f"{where}.properties[{name}].type")
    if (metadata := properties.get("metadata")) is None:
        return
    path = f"{where}.properties[metadata]"
    if metadata.get("type") != "object":
        yield _invalid(metadata.get("type") or "", "must be object", f"{path}.type")
    if level == "root":
        names = set(metadata.get("properties") or ()) - {"name", "generateName"}
        if names or set(_filled(metadata)) - {"type", "default", "properties"}:
            text = "must not specify anything other than name and generateName, but metadata is implicitly specified"
            yield _forbidden(text, path)


def _filled(schema: Schema) -> list[str]:
    """Return the fields of a schema that are not zero."""
    return [name for name, value in schema.items() if value]


def _nested(part: Schema, where: str) -> Iterator[Cause]:
    """Return what makes a part of a junctor not structural."""
    for one, path in _parts(part, where):
        is_first = path == f"{where}.anyOf[0]" or path == f"{where}.anyOf[1]"
        if not (is_first and part["anyOf"] == _INT_OR_STRING and where.endswith(".allOf[0]")):
            yield from _nested(one, path)
    for child, path, _ in _children(part, where):
        if not path.endswith(".additionalProperties"):
            yield from _nested(child, path)
    for name, text in _NOT_NESTED:
        value = part.get(name)
        if value or (value is not None and name in ("additionalProperties", "default")):
            yield _forbidden(text, f"{where}.{name}")
    if "metadata" in (part.get("properties") or {}):
        yield _forbidden("must not be specified in a nested context", f"{where}.properties[metadata]")


def _complete(part: Schema, schema: Schema | None, where: str, path: str) -> Iterator[Cause]:
    """Return the fields that only parts of junctors have."""
    for one, below in _parts(part, path):
        yield from _complete_part(one, schema, where, below)


def _complete_part(part: Schema, schema: Schema | None, where: str, path: str) -> Iterator[Cause]:
    if schema is None:
        yield _required(f"because it is defined in {path}", where)
        return
    yield from _complete(part, schema, where, path)
    if isinstance(items := part.get("items"), Mapping):
        yield from _complete_part(items, schema.get("items"), f"{where}.items", f"{path}.items")
    known = schema.get("properties") or {}
    for name, one in (part.get("properties") or {}).items():
        below = f".properties[{name}]"
        yield from _complete_part(one, known.get(name), f"{where}{below}", f"{path}{below}")


def _defaults(schema: Schema, where: str, *, is_root: bool = True) -> Iterator[Cause]:
    """Return the defaults that are not what their schema says."""
    default = schema.get("default")
    if default is not None:
        place = f"{where}.default"
        whole = Node({"type": "object", "properties": {"default": schema}}, {}, custom=True)
        if decode({"default": default}, whole).problems:
            yield _invalid(default, "must not have unknown fields", place)
        for cause in value_causes(default, Node(schema, {}, custom=True)):
            is_named = cause.field not in ("", "<nil>")
            yield Cause(cause.reason, cause.message, f"{place}.{cause.field}" if is_named else place)
    for child, path, _ in _children(schema, where):
        # Metadata is no part of the schema.
        if not path.endswith(".additionalProperties") and not (is_root and path.endswith("[metadata]")):
            yield from _defaults(child, path, is_root=False)


# what a definition may have of OpenAPI


class _Place(NamedTuple):
    """Where a schema is."""

    is_root: bool = False
    is_meta: bool = False
    """It is a part of metadata, or a version or a kind."""
    no_default: str = ""
    """Why there may be no default."""


def _open_api(schema: Schema, where: str, place: _Place) -> Iterator[Cause]:
    yield from _fields(schema, where, place)
    if schema.get("uniqueItems"):
        text = "uniqueItems cannot be set to true since the runtime complexity becomes quadratic"
        yield _forbidden(text, f"{where}.uniqueItems")
    inside = place._replace(is_root=False)
    values = schema.get("additionalProperties")
    if values is not None and schema.get("properties") and values is not True:
        text = "additionalProperties and properties are mutual exclusive"
        yield _forbidden(text, f"{where}.additionalProperties")
    if isinstance(values, Mapping):
        reason = "inside additionalProperties applying to object metadata"
        below = inside._replace(no_default=reason) if place.is_meta else inside
        yield from _open_api(values, f"{where}.additionalProperties", below)
    for name, one in (schema.get("properties") or {}).items():
        below = inside
        if name in _OF_OBJECTS and (place.is_root or schema.get(_EMBEDDED)):
            below = below._replace(is_meta=True)
            if place.is_root:
                below = below._replace(no_default=f"in top-level {name}")
        yield from _open_api(one, f"{where}.properties[{name}]", below)
    for part, path in _parts(schema, where):
        yield from _open_api(part, path, inside)
    if isinstance(items := schema.get("items"), Mapping):
        yield from _open_api(items, f"{where}.items", inside)
    if schema.get(_KEEPS) is False:
        yield _invalid(False, "must be true or undefined", f"{where}.{_KEEPS}")
    yield from _maps(schema, where)
    yield from _lists(schema, where)


def _fields(schema: Schema, where: str, place: _Place) -> Iterator[Cause]:
    kind = schema.get("type") or ""
    if kind and kind not in _TYPES:
        yield _not_supported(kind, _TYPES, f"{where}.type")
    if schema.get("default") is not None and place.no_default:
        yield _forbidden(f"must not be set {place.no_default}", f"{where}.default")
    for name in _UNSUPPORTED:
        if schema.get(name) or (name in ("additionalItems", "dependencies") and schema.get(name) is not None):
            yield _forbidden(f"{name} is not supported", f"{where}.{name}")
    if kind == "null":
        yield _forbidden("type cannot be set to null, use nullable as an alternative", f"{where}.type")
    if isinstance(items := schema.get("items"), list) and items:
        yield _forbidden("items must be a schema object and not an array", f"{where}.items")
    if place.is_meta and schema.get(_EMBEDDED):
        yield _forbidden("must not be used inside of resource meta", f"{where}.{_EMBEDDED}")


def _maps(schema: Schema, where: str) -> Iterator[Cause]:
    kind, map_type = schema.get("type") or "", schema.get(_MAP_TYPE)
    if map_type is None:
        return
    if kind != "object":
        text = f"must be object if {_MAP_TYPE} is specified"
        yield _invalid(kind, text, f"{where}.type") if kind else _required(text, f"{where}.type")
    if map_type not in ("atomic", "granular"):
        yield _not_supported(map_type, ("atomic", "granular"), f"{where}.{_MAP_TYPE}")


def _lists(schema: Schema, where: str) -> Iterator[Cause]:
    kind, list_type, keys = schema.get("type") or "", schema.get(_LIST_TYPE), schema.get(_LIST_KEYS) or []
    items = schema.get("items") if isinstance(schema.get("items"), Mapping) else None
    if list_type is not None and kind != "array":
        text = f"must be array if {_LIST_TYPE} is specified"
        yield _invalid(kind, text, f"{where}.type") if kind else _required(text, f"{where}.type")
    elif list_type == "set" and items is not None:
        text = f"must be atomic as item of a list with {_LIST_TYPE}=set"
        if items.get("type") == "array" and items.get(_LIST_TYPE) not in (None, "atomic"):
            yield _invalid(items.get(_LIST_TYPE), text, f"{where}.items.{_LIST_TYPE}")
        if items.get("type") == "object" and items.get(_MAP_TYPE) != "atomic":
            yield _invalid(items.get(_LIST_TYPE), text, f"{where}.items.{_MAP_TYPE}")
    if list_type not in (None, "atomic", "set", "map"):
        yield _not_supported(list_type, ("atomic", "set", "map"), f"{where}.{_LIST_TYPE}")
    if keys and list_type != "map":
        text = f"must be map if {_LIST_KEYS} is non-empty"
        path = f"{where}.{_LIST_TYPE}"
        yield _required(text, path) if list_type is None else _invalid(list_type, text, path)
    if list_type == "map":
        yield from _keys(schema, items, keys, where)
    if list_type in ("set", "map") and items is not None and items.get("nullable"):
        yield _forbidden(f"cannot be nullable when {_LIST_TYPE} is {list_type}", f"{where}.items.nullable")
    if list_type == "map" and items is not None:
        for key in keys:
            one, path = (items.get("properties") or {}).get(key), f"{where}.items.properties[{key}]"
            is_key = f"this property is in {_LIST_KEYS}, so it"
            if one is None:
                continue
            if key not in (items.get("required") or ()) and one.get("default") is None:
                yield _required(f"{is_key} must have a default or be a required property", f"{path}.default")
            if one.get("nullable"):
                yield _forbidden(f"{is_key} cannot be nullable", f"{path}.nullable")


def _keys(schema: Schema, items: Schema | None, keys: list[str], where: str) -> Iterator[Cause]:
    path = f"{where}.{_LIST_KEYS}"
    if not keys:
        yield _required(f"must not be empty if {_LIST_TYPE} is map", path)
    if schema.get("items") is None:
        yield _required(f"must have a schema if {_LIST_TYPE} is map", f"{where}.items")
    if items is None:
        return
    if items.get("type") != "object":
        text = f"must be object if parent array's {_LIST_TYPE} is map"
        yield _invalid(items.get("type") or "", text, f"{where}.items.type")
        return
    properties = items.get("properties") or {}
    for index, key in enumerate(keys):
        if key not in properties:
            yield _invalid(keys, "entries must all be names of item properties", path)
        elif properties[key].get("type") in ("array", "object"):
            text = f"must be a scalar type if parent array's {_LIST_TYPE} is map"
            yield _invalid("object", text, f"{where}.items.properties[{key}].type")
        if key in keys[:index]:
            yield _invalid(keys, "must not contain duplicate entries", path)


def _invalid(value: Any, problem: str, field: str) -> Cause:
    shown = msgspec.json.encode(value, order="sorted").decode()
    return Cause("FieldValueInvalid", f"Invalid value: {shown}: {problem}", field)


def _required(problem: str, field: str) -> Cause:
    return Cause("FieldValueRequired", f"Required value: {problem}", field)


def _forbidden(problem: str, field: str) -> Cause:
    return Cause("FieldValueForbidden", f"Forbidden: {problem}", field)


def _not_supported(value: str, known: tuple[str, ...], field: str) -> Cause:
    choices = ", ".join(f'"{one}"' for one in known)
    return Cause("FieldValueNotSupported", f'Unsupported value: "{value}": supported values: {choices}', field)
