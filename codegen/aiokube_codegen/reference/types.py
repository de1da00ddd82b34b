"""Schemas as named types and fields: each type once; objects inside of definitions as they are described there."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from ..comparison.types import as_read
from ..document.spec import TYPE_KEY, Schema, definition_name, is_dynamic, is_open
from ..models.build import ModelSet
from ..models.plan import ClassPlan
from ..models.types import ClassName, is_int_or_string, is_optional, is_quantity, union_of, values_of
from ..naming.deprecations import deprecation, mark_deprecated
from ..naming.names import attribute_name
from .catalog import CelRule, Field, FieldType, NamedType

_QUANTITY: Final = "io.k8s.apimachinery.pkg.api.resource.Quantity"
_LIMITS: Final = (
    "format",
    "minimum",
    "exclusiveMinimum",
    "maximum",
    "exclusiveMaximum",
    "multipleOf",
    "minLength",
    "maxLength",
    "pattern",
    "minItems",
    "maxItems",
    "uniqueItems",
    "minProperties",
    "maxProperties",
)
_FIXED: Final = re.compile(r"\s*(?:self\s*==\s*oldSelf|oldSelf\s*==\s*self)\s*")
"""The rule of a field that never changes."""
_SAID_FIXED: Final = re.compile(
    r"(?:\A|(?<=[.!?])\s+)(?P<said>(?:[^.!?]|\.(?=\S))*?(?:\b(?:is|are) immutable\b|\bimmutable field\b|"
    r"\b(?:can(?:not|'t)|can not|may not|must not) be (?:updated|changed|modified)\b)"
    r"(?:[^.!?]|\.(?=\S))*[.!?]?)",
    re.IGNORECASE,
)
"""A sentence that says so."""
_SENTENCE: Final = 250
"""Characters of a sentence; what is longer is a list without full stops."""


class TypeReader:
    """Reads the types of a document.

    Args:
        models: The classes of the document, for the names in Python.
    """

    def __init__(self, models: ModelSet) -> None:
        self._models = models
        self._definitions = models.types.definitions
        self._classes = models.types.classes
        self._read: dict[str, NamedType] = {}
        self._pending: list[str] = []
        # Objects inside of definitions, which are the same object in the catalog where they are described alike.
        self._inline: dict[NamedType, str] = {}
        self._variants: dict[str, int] = {}
        self._planned: dict[ClassName, Mapping[str, tuple[str, str, ClassName | None]]] = {}

    def types(self) -> dict[str, NamedType]:
        """Return every type that was asked for, and all that they hold, by key."""
        while self._pending:
            key = self._pending.pop()
            if key not in self._read:
                self._read[key] = self._definition(key)
        inline = {key: replace(named, key=key) for named, key in self._inline.items()}
        return dict(sorted((self._read | inline).items(), key=lambda one: one[0]))

    def key_of(self, definition: str) -> str:
        """Return the key of a definition's type; empty if there is no such definition."""
        if definition not in self._definitions:
            return ""
        self._pending.append(definition)
        return definition

    def description(self, key: str) -> tuple[str, str]:
        """Return the description of a definition, and the notice if it is deprecated; nothing without a key."""
        return _described(self._definitions[key]) if key else ("", "")

    def of(self, schema: Schema) -> FieldType:
        """Return the type of a schema of an operation."""
        return self._type(schema, None, self._models.reference(schema).text)

    def _definition(self, name: str) -> NamedType:
        schema = self._definitions[name]
        cls = self._classes.get(name)
        described, deprecated = _described(schema)
        return NamedType(
            key=name,
            name=name.rpartition(".")[2],
            is_definition=True,
            python=str(cls) if cls else "",
            description=described,
            deprecated=deprecated,
            scalar="" if schema.get("properties") or cls else self._scalar(schema),
            fields=tuple(self._fields(schema, cls)),
            rules=_rules(schema),
            keeps_unknown=is_open(schema) or (not schema.get("properties") and cls is not None),
        )

    def _fields(self, schema: Schema, cls: ClassName | None) -> Iterator[Field]:
        properties = schema.get("properties", {})
        planned = self._fields_in_python(cls)
        order = [wire for wire in planned if wire in properties]
        for wire in [*order, *(wire for wire in properties if wire not in planned)]:
            attribute, annotation, inner = planned.get(wire, ("", "", None))
            if not attribute and cls is not None and self._models.plans[cls].runtime_name:
                attribute, annotation = attribute_name(wire), self._models.types.of(properties[wire]).text
            elif not attribute and is_dynamic(schema):
                attribute, annotation = wire, "DynamicMetadata"  # Its class has `apiVersion` and `kind` itself.
            constant = self._constant(cls, wire)
            yield self._field(schema, wire, attribute, annotation, inner, constant)

    def _fields_in_python(self, cls: ClassName | None) -> Mapping[str, tuple[str, str, ClassName | None]]:
        """The attribute, the annotation and the class of each field of a class, by name on the wire."""
        if cls is None:
            return {}
        if cls not in self._planned:
            plan: ClassPlan = self._models.plans[cls]
            self._planned[cls] = {
                one.wire: (one.name, one.value, next(iter(one.classes), None)) for one in plan.fields.values()
            }
        return self._planned[cls]

    def _constant(self, cls: ClassName | None, wire: str) -> str:
        if cls is None or wire not in ("apiVersion", "kind"):
            return ""
        return next((one.constant for one in self._models.plans[cls].fields.values() if one.wire == wire), "")

    def _field(
        self, owner: Schema, wire: str, attribute: str, annotation: str, cls: ClassName | None, constant: str
    ) -> Field:
        schema: Schema = owner["properties"][wire]
        described, deprecated = _described(schema)
        innermost = _innermost(schema)
        rules = _rules(schema)
        if innermost is not schema and not innermost.get("properties"):
            rules += _rules(innermost)
        elif schema.get("properties"):
            # Those of an object are its type's.
            rules = ()
        return Field(
            name=wire,
            python=attribute,
            type=self._type(schema, cls, annotation),
            is_required=not is_optional(owner, wire),
            description=described,
            deprecated=deprecated,
            default=_json(schema["default"]) if schema.get("default") is not None else "",
            enum=tuple(map(_json, values_of(schema))),
            constant=constant,
            is_nullable=bool(schema.get("nullable")),
            immutable="" if constant else _immutable(_rules(schema), described),
            rules=rules,
            limits=tuple(_limits(schema, innermost)),
            list_type=_list_type(schema),
            list_keys=_texts(schema.get("x-kubernetes-list-map-keys")),
            patch_strategy=str(schema.get("x-kubernetes-patch-strategy") or ""),
            patch_merge_key=str(schema.get("x-kubernetes-patch-merge-key") or ""),
        )

    def _type(self, schema: Schema, cls: ClassName | None, annotation: str) -> FieldType:
        containers: list[str] = []
        while True:
            if "$ref" in schema:
                key = self.key_of(definition_name(schema["$ref"]))
                name, target = key.rpartition(".")[2], key
                break
            if len(schema.get("allOf", ())) == 1 and "properties" not in schema:
                schema = schema["allOf"][0]
            elif schema.get("properties"):
                name, target = self._inline_type(schema, cls)
                break
            elif (inner := _inner(schema)) is not None:
                containers.append("list" if schema.get("type") == "array" else "map")
                schema = inner
            elif is_quantity(schema) and _QUANTITY in self._definitions:
                name, target = "Quantity", self.key_of(_QUANTITY)
                break
            else:
                name, target = self._scalar(schema), ""
                break
        return FieldType(name=name, containers=tuple(containers), target=target, python=as_read(annotation))

    def _inline_type(self, schema: Schema, cls: ClassName | None) -> tuple[str, str]:
        """Return the name and the key of an object inside of a definition."""
        name = cls.name if cls else "object"
        named = NamedType(
            key="",
            name=name,
            python=str(cls) if cls else "",
            fields=tuple(self._fields(schema, cls)),
            rules=_rules(schema),
            keeps_unknown=is_open(schema),
        )
        if named not in self._inline:
            key = base = str(cls) if cls else name
            number = self._variants.get(base, 1)
            while key in self._definitions or key in self._variants:
                number += 1
                key = f"{base}~{number}"
            self._variants[base] = number
            self._variants[key] = 1
            self._inline[named] = key
        return name, self._inline[named]

    def _scalar(self, schema: Schema) -> str:
        """The type that a schema has in JSON."""
        if is_int_or_string(schema):
            return "integer or string"
        if union := union_of(schema):
            return " or ".join(union)
        if TYPE_KEY in schema and "type" not in schema:
            return "object" if schema[TYPE_KEY] == "raw" else "string"
        if (inner := _inner(schema)) is not None:
            found = self._type(schema, None, self._models.types.of(schema).text)
            return found.text if inner else "any"
        return str(schema.get("type") or "any")


def _inner(schema: Schema) -> Schema | None:
    """The schema of the items of a list or a map; None for anything else."""
    if schema.get("type") == "array":
        items: Schema = schema.get("items", {})
        return items
    values = schema.get("additionalProperties")
    return values if schema.get("type") == "object" and isinstance(values, dict) else None


def _innermost(schema: Schema) -> Schema:
    """The schema of the items of the innermost list or map; the schema itself if it is none."""
    while "$ref" not in schema and not schema.get("properties") and (inner := _inner(schema)) is not None:
        schema = inner
    return schema


def _described(schema: Schema) -> tuple[str, str]:
    """Return a description without its notice of deprecation, and that notice."""
    text = str(schema.get("description") or "").strip()
    marked = mark_deprecated(text, flagged=schema.get("deprecated") is True)
    notice = deprecation(marked)
    if not notice:
        return text, ""
    return marked.partition("\n\n")[2].strip(), notice


def _rules(schema: Schema) -> tuple[CelRule, ...]:
    declared = schema.get("x-kubernetes-validations")
    return tuple(
        CelRule(expression=str(one["rule"]), message=str(one.get("message") or one.get("messageExpression") or ""))
        for one in (declared if isinstance(declared, list) else ())
        if isinstance(one, dict) and one.get("rule")
    )


def _immutable(rules: tuple[CelRule, ...], description: str) -> str:
    for rule in rules:
        if _FIXED.fullmatch(rule.expression):
            return rule.message or rule.expression
    found = _SAID_FIXED.search(description)
    said = " ".join(found["said"].split()) if found else ""
    # The field `immutable` of a Secret or ConfigMap says it of others.
    return said if len(said) <= _SENTENCE and "if set to true" not in said else ""


def _limits(schema: Schema, innermost: Schema) -> Iterator[tuple[str, str]]:
    for prefix, one in (("", schema), *([("items.", innermost)] if innermost is not schema else [])):
        for name in _LIMITS:
            if one.get(name) not in (None, False):
                yield f"{prefix}{name}", _json(one[name])


def _list_type(schema: Schema) -> str:
    for key in ("x-kubernetes-list-type", "x-kubernetes-map-type"):
        if isinstance(schema.get(key), str):
            return str(schema[key])
    return ""


def _texts(value: object) -> tuple[str, ...]:
    return tuple(map(str, value)) if isinstance(value, list) else ()


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
