"""A schema, resolved step by step: what a value is, and how it is merged.

References are followed when a field is first asked for, so that a kind costs what its objects use.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any, Literal

from ..document import Schemas
from ..protobuf.table import Field
from .go import fields_of, written_zero

Kind = Literal["struct", "map", "list", "string", "integer", "number", "boolean", "int-or-string", "quantity", "any"]
Relation = Literal["atomic", "set", "map", "granular"]

_ANY: Mapping[str, Any] = {}
_QUANTITY = "io.k8s.apimachinery.pkg.api.resource.Quantity"


class Node:
    """A schema.

    Args:
        raw: The schema in the document.
        schemas: The definitions that references name.
        name: Name of the definition.
        custom: It is part of the schema of a custom resource.
        fields: Schemas of fields that the document does not describe here.
    """

    def __init__(
        self,
        raw: Mapping[str, Any],
        schemas: Schemas,
        name: str = "",
        *,
        custom: bool = False,
        fields: Mapping[str, Node] | None = None,
    ) -> None:
        self._schemas = schemas
        self._properties: dict[str, Node | None] = dict(fields or {})
        self._items: Node | None = None
        self._values: Node | None = None
        self.outer = raw
        """The schema of the field, with the extensions that are its own."""
        resolved = _resolve(raw, schemas, name)
        self.name: str = resolved[0]
        self.raw: Mapping[str, Any] = resolved[1]
        self.custom = custom
        self.kind: Kind = _kind(self.name, self.raw)
        self.required: frozenset[str] = frozenset(self.raw.get("required", ()))
        self.keeps_unknown: bool = bool(self.raw.get("x-kubernetes-preserve-unknown-fields"))
        self.is_embedded: bool = bool(self.raw.get("x-kubernetes-embedded-resource"))
        self._metadata = self._properties.get("metadata")
        """The schema of metadata of objects inside a custom resource."""
        self.relation: Relation = self._relation()
        self.keys: tuple[str, ...] = tuple(self._extension("list-map-keys") or ())

    @property
    def go_name(self) -> str:
        """The name of its type in Go: `DeploymentSpec`."""
        return self.name.rpartition(".")[2]

    @property
    def go_type(self) -> str:
        """Its type in Go, as errors name it: `[]v1.Container`, `int32`."""
        if self.kind == "list":
            return f"[]{self.items.go_type}"
        if self.kind == "map":
            return f"map[string]{self.values.go_type}"
        if self.kind == "struct" and self.name:
            return ".".join(self.name.split(".")[-2:])
        if self.kind in ("integer", "number"):
            return str(self.raw.get("format", "int64")).replace("double", "float64")
        return {"boolean": "bool"}.get(self.kind, self.kind)

    @cached_property
    def go_fields(self) -> Mapping[str, Field]:
        """The fields of its struct in Go; none, if that is not known."""
        return {} if self.custom else fields_of(self.name)

    @cached_property
    def written(self) -> tuple[tuple[str, Any], ...]:
        """The fields that are written when they are not set, with their defaults or zeros."""
        found: list[tuple[str, Any]] = []
        for name in self.fields:
            schema = self.field(name)
            default = None if schema is None else schema.default
            if (field := self.go_fields.get(name)) is not None:
                is_written, zero = written_zero(field)
                if is_written and not default:
                    found.append((name, zero))
                    continue
                is_default = bool(default) or field.is_message or field.shape == "pointer"
            elif schema is not None and schema.kind == "list" and name in self.required:
                found.append((name, None))
                continue
            else:
                is_default = bool(default) or default == {} or name in self.required
            if is_default and default is not None:
                found.append((name, default))
        return tuple(found)

    @cached_property
    def nested(self) -> tuple[tuple[str, Node], ...]:
        """The fields that are structs, or lists or maps of them."""
        found: list[tuple[str, Node]] = []
        for name in self.fields:
            schema = self.field(name)
            inner = schema
            if schema is not None and schema.kind in ("list", "map"):
                inner = schema.items if schema.kind == "list" else schema.values
            if schema is not None and inner is not None and inner.kind == "struct":
                found.append((name, schema))
        return tuple(found)

    @cached_property
    def default(self) -> Any:
        """The default of the field; None if it has none."""
        return self.outer.get("default", self.raw.get("default"))

    @property
    def has_default(self) -> bool:
        """Return True if the field has a default, which may be null."""
        return "default" in self.outer or "default" in self.raw

    @property
    def nullable(self) -> bool:
        """True if null is a value of its own."""
        return bool(self.raw.get("nullable"))

    @property
    def patch_strategies(self) -> frozenset[str]:
        """How a strategic merge patch treats the field."""
        return frozenset(filter(None, (self._extension("patch-strategy") or "").split(",")))

    @property
    def patch_merge_key(self) -> str:
        """The key by which a strategic merge patch finds items; empty if there is none."""
        return str(self._extension("patch-merge-key") or "")

    @cached_property
    def fields(self) -> list[str]:
        """Names of the fields of a struct."""
        return list(self.raw.get("properties", ()))

    def field(self, name: str) -> Node | None:
        """Return the schema of a field of a struct; None if it has no such field."""
        if name not in self._properties:
            raw = self.raw.get("properties", _ANY).get(name)
            self._properties[name] = None if raw is None else self._child(raw)
        return self._properties[name]

    def child(self, name: str) -> Node:
        """Return the schema of an entry of a struct or map, whatever its name."""
        return self.field(name) or self.values

    @property
    def items(self) -> Node:
        """The schema of the items of a list."""
        if self._items is None:
            self._items = self._child(self.raw.get("items", _ANY))
        return self._items

    @property
    def values(self) -> Node:
        """The schema of the values of a map."""
        if self._values is None:
            raw = self.raw.get("additionalProperties")
            self._values = self._child(raw if isinstance(raw, Mapping) else _ANY)
        return self._values

    def _child(self, raw: Mapping[str, Any]) -> Node:
        child = Node(raw, self._schemas, custom=self.custom)
        if self.custom and self._metadata is not None:
            child._metadata = self._metadata
            if child.is_embedded and "metadata" not in child.fields:
                child._properties["metadata"] = self._metadata
        return child

    def _relation(self) -> Relation:
        if self.kind == "list":
            relation: Relation = self._extension("list-type") or "atomic"
            return relation
        # What Go keeps as raw JSON has no fields of its own.
        is_raw = self.kind == "any" and not self.custom
        return "atomic" if is_raw or self._extension("map-type") == "atomic" else "granular"

    def _extension(self, name: str) -> Any:
        key = f"x-kubernetes-{name}"
        return self.outer.get(key, self.raw.get(key))


def _resolve(raw: Mapping[str, Any], schemas: Schemas, name: str) -> tuple[str, Mapping[str, Any]]:
    while True:
        # A reference with a default or a description is the only part of an `allOf`.
        parts = raw.get("allOf", ())
        reference = raw.get("$ref") or (parts[0].get("$ref") if len(parts) == 1 and "properties" not in raw else None)
        if not reference:
            return name, raw
        name = reference.rpartition("/")[2]
        raw = schemas[name]


def _kind(name: str, raw: Mapping[str, Any]) -> Kind:
    if name == _QUANTITY:
        return "quantity"
    if raw.get("x-kubernetes-int-or-string") or raw.get("format") == "int-or-string":
        return "int-or-string"
    match raw.get("type"):
        case "object" | None if "properties" in raw:
            return "struct"
        case "object" if raw.get("additionalProperties"):
            return "map"
        case "array":
            return "list"
        case "string":
            return "string"
        case "integer":
            return "integer"
        case "number":
            return "number"
        case "boolean":
            return "boolean"
        case "object" if raw.get("x-kubernetes-preserve-unknown-fields") is None and "$ref" not in raw and name == "":
            return "struct"
    return "any"


ANY = Node(_ANY, {})
"""The schema of anything."""
