"""Plans of classes: the names, types, defaults and docstrings of the definitions, as the template prints them."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from ..contract import RUNTIME, RUNTIME_CLASSES
from ..document.fixups import META
from ..document.spec import Schema
from ..errors import CodegenError
from ..naming.deprecations import mark_deprecated
from ..naming.docstrings import docstring, with_values
from ..naming.names import attribute_names, camel_case, class_name, pascal_case
from .modules import group_version_kinds
from .types import ClassName, Type, Types, imported

_PARTS: Final = ("metadata", "spec", "status")
"""The fields of a kind, or of a template of one, that are never None."""
_EMPTY_TEXTS: Final = ("name", "namespace", "resourceVersion", "uid")
"""The fields of ObjectMeta that are empty when absent."""
_QUANTITY_FIELDS: Final = {
    "Quantity": ("QuantityField", ""),
    "Quantity | None": ("OptionalQuantity", "ABSENT_QUANTITY"),
    "list[Quantity]": ("QuantityList", "ABSENT_QUANTITY_LIST"),
    "dict[str, Quantity]": ("QuantityMap", "ABSENT_QUANTITY_MAP"),
}
"""The runtime's types of fields that take text and numbers for quantities, and their defaults, by the types as read."""
_DEFAULTS: Final = (
    "ABSENT_DICT",
    "ABSENT_LIST",
    "UNSET",
    "absent",
    *(one for _, one in _QUANTITY_FIELDS.values() if one),
)
"""The names of the runtime that defaults need."""


@dataclass(frozen=True, kw_only=True)
class FieldPlan:
    """A field as the template prints it."""

    name: str
    type: Type
    nullable: bool
    default: str
    docstring: str

    def annotation(self, hint: str) -> str:
        """Return the annotation, given the type as datamodel-code-generator writes it.

        A forward reference is quoted as a whole: `"Pod" | None` would be an error.
        """
        text = hint.replace('"', "")
        whole = f"{text} | None" if self.nullable or self._comes_later(hint) else text
        return f'"{whole}"' if '"' in hint else whole

    def default_of(self, hint: str) -> str:
        """Return the default, given the type as datamodel-code-generator writes it."""
        return re.sub(r"absent\([\w.]+\)", "None", self.default) if self._comes_later(hint) else self.default

    def _comes_later(self, hint: str) -> bool:
        """True if the absent object of a class is needed before the class is there, in a cycle of classes."""
        return '"' in hint and "absent(" in self.default


@dataclass(frozen=True, kw_only=True)
class ClassPlan:
    """A class as the template prints it."""

    name: ClassName
    docstring: str
    fields: Mapping[str, FieldPlan]
    runtime_name: str = ""
    """Name of the runtime's class, where that is re-exported and none is printed."""

    @property
    def export(self) -> str:
        """The statements that re-export the runtime's class under the API's name."""
        if self.runtime_name == self.name.name:
            return f"from {RUNTIME} import {self.runtime_name} as {self.runtime_name}\n"
        return f"from {RUNTIME} import {self.runtime_name}\n\n{self.name.name} = {self.runtime_name}\n"

    @property
    def base(self) -> str:
        """The runtime's base class."""
        quantities = {name for name, _ in _QUANTITY_FIELDS.values()}
        return "QuantityModel" if any(field.type.text in quantities for field in self.fields.values()) else "Model"

    def field(self, name: str) -> FieldPlan:
        """Return the field of a name.

        Raises:
            CodegenError: datamodel-code-generator renamed it, which would lose its wire name.
        """
        if name not in self.fields:
            raise CodegenError(f"datamodel-code-generator renamed a field of {self.name} to {name!r}")
        return self.fields[name]

    def schema(self) -> dict[str, Any]:
        """Return the schema for datamodel-code-generator. All fields are required: the template prints the defaults."""
        runtime = [self.base]
        runtime += ["field"] if any(f.default.startswith("field(") for f in self.fields.values()) else []
        defaults = " ".join(f.default for f in self.fields.values())
        runtime += [name for name in _DEFAULTS if re.search(rf"\b{name}\b", defaults)]
        return {
            "type": "object",
            "properties": {name: field.type.schema for name, field in self.fields.items()},
            "required": list(self.fields),
            # It imports base classes: this is how the names of the runtime that the template uses get imported.
            "customBasePath": [f"{RUNTIME}.{name}" for name in runtime],
        }

    def modules(self) -> set[str]:
        """Return the other modules that it names."""
        named = {cls.module for field in self.fields.values() for cls in field.type.classes}
        return named - {self.name.module}


class Planner:
    """Plans the classes of all definitions and of the inline objects in them."""

    def __init__(self, *, types: Types, origin: str) -> None:
        self._types = types
        self._origin = origin
        self._object_meta = types.classes.get(f"{META}.ObjectMeta")
        self._meta = {self._object_meta, types.classes.get(f"{META}.ListMeta")} - {None}
        self._taken: dict[str, set[str]] = defaultdict(set)
        for name in types.classes.values():
            self._taken[name.module].add(name.name)
        self._drafts: dict[ClassName, tuple[Schema, str, dict[str, Type]]] = {}
        self.nested: set[ClassName] = set()

    def plan(self) -> dict[ClassName, ClassPlan]:
        """Plan every class."""
        exported: dict[ClassName, ClassPlan] = {}
        for definition, name in sorted(self._types.classes.items()):
            if definition in RUNTIME_CLASSES:
                runtime_name = RUNTIME_CLASSES[definition]
                exported[name] = ClassPlan(name=name, docstring="", fields={}, runtime_name=runtime_name)
                continue
            schema = self._types.definitions[definition]
            self._draft(name, schema, _title(definition, schema))
        # An attribute must not hide a module that a later annotation of its class names.
        modules = frozenset(
            cls.module
            for name, (_, _, fields) in self._drafts.items()
            for type in fields.values()
            for cls in type.classes
            if cls.module != name.module
        )
        planned = {
            name: self._class(name, schema, title, fields, modules)
            for name, (schema, title, fields) in self._drafts.items()
        }
        return {**planned, **exported}

    def _draft(self, name: ClassName, schema: Schema, title: str) -> None:
        fields: dict[str, Type] = {}
        self._drafts[name] = (schema, title, fields)
        for wire, child in schema.get("properties", {}).items():

            def hoist(inline: Schema, wire: str = wire, child: Schema = child) -> ClassName:
                nested = class_name(f"{name.name.rstrip('_')}{pascal_case(wire)}", taken=self._taken[name.module])
                self._taken[name.module].add(nested)
                nested_name = ClassName(module=name.module, name=nested)
                self.nested.add(nested_name)
                described = (
                    inline if "description" in inline else {**inline, "description": child.get("description", "")}
                )
                self._draft(nested_name, described, f"`{wire}` of {name.name}.")
                return nested_name

            fields[wire] = self._types.of(child, hoist)

    def _class(
        self, name: ClassName, schema: Schema, title: str, types: Mapping[str, Type], modules: frozenset[str]
    ) -> ClassPlan:
        attributes = attribute_names(types, reserved=modules)
        constants = _constants(schema)
        required = set(schema.get("required", ()))
        # The order of a manifest: apiVersion, kind, metadata, then the rest as in the document.
        first = [wire for wire in ("apiVersion", "kind", "metadata") if wire in types and constants]
        # A kind, or a template of one.
        parts = _PARTS if constants or {"metadata", "spec"} <= types.keys() else ()
        fields = {}
        for wire in [*first, *(wire for wire in types if wire not in first)]:
            fields[attributes[wire]] = self._field(
                name,
                wire,
                attributes[wire],
                types[wire],
                schema["properties"][wire],
                constants,
                is_required=wire in required,
                is_part=wire in parts,
            )
        return ClassPlan(name=name, docstring=docstring(_described(schema, title), indent=4), fields=fields)

    def _field(
        self,
        owner: ClassName,
        wire: str,
        attribute: str,
        type: Type,
        schema: Schema,
        constants: Mapping[str, str],
        *,
        is_required: bool,
        is_part: bool,
    ) -> FieldPlan:
        arguments = []
        nullable = False
        (cls,) = type.classes if len(type.classes) == 1 else (None,)
        if cls is not None and type.text != str(cls):
            cls = None
        if wire in constants:
            arguments.append(f"default_factory=lambda: {constants[wire]!r}")
        elif is_part and cls is not None and (not is_required or cls in self._meta):
            arguments.append(f"default=absent({cls.name if cls.module == owner.module else cls})")
        elif not is_required and owner == self._object_meta and wire in _EMPTY_TEXTS:
            arguments.append('default=""')
        elif not is_required:
            arguments.append(f"default={type.absent}")
            nullable = type.nullable
            if type.absent == "UNSET" and type.text != "Any":
                unset = {"type": "string", "customTypePath": f"{RUNTIME}.UnsetType"}
                type = Type(text=f"{type.text} | UnsetType", schema={"anyOf": [type.schema, unset]}, absent=type.absent)
        if quantities := _QUANTITY_FIELDS.get(f"{type.text} | None" if nullable else type.text):
            arguments = [f"default={quantities[1]}" for _ in arguments]
            type, nullable = Type(text=quantities[0], schema=imported(f"{RUNTIME}.{quantities[0]}")), False
        if camel_case(attribute) != wire:
            arguments.append(f"name={wire!r}")
        simple = len(arguments) == 1 and arguments[0].startswith("default=")
        default = arguments[0].removeprefix("default=") if simple else f"field({', '.join(arguments)})"
        # The document describes every apiVersion and kind in the same words, and the value says it all.
        text = "" if wire in constants else with_values(_described(schema), _values(schema))
        return FieldPlan(
            name=attribute,
            type=type,
            nullable=nullable,
            default=default if arguments else "",
            docstring=docstring(text, indent=4),
        )


def _constants(schema: Schema) -> dict[str, str]:
    """Return the `apiVersion` and `kind` of a top-level class; empty for a part of an object.

    A kind that many groups have (`DeleteOptions`) is sent as that of the core group.
    """
    gvks = group_version_kinds(schema)
    properties = schema.get("properties", {})
    if not gvks or any(properties.get(wire, {}).get("type") != "string" for wire in ("apiVersion", "kind")):
        return {}
    group, version, kind = next((gvk for gvk in gvks if gvk[:2] == ("", "v1")), gvks[0])
    return {"apiVersion": f"{group}/{version}" if group else version, "kind": kind}


def _described(schema: Schema, title: str = "") -> str:
    """Return the description, which says first if what it describes is deprecated."""
    text = schema.get("description", "").strip() or title
    return mark_deprecated(text, flagged=schema.get("deprecated") is True)


def _values(schema: Schema) -> list[object]:
    """Return the values of an enum, of the field itself or of its items."""
    values = schema.get("enum") or schema.get("items", {}).get("enum") or []
    return list(values)


def _title(definition: str, schema: Schema) -> str:
    """Describe a class that the document does not describe."""
    gvks = group_version_kinds(schema)
    if len(gvks) != 1:
        return f"`{definition}`."
    group, version, kind = gvks[0]
    return f"{kind} of {group or 'core'}/{version}."
