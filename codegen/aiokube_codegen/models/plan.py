"""Plans of classes: the names, types, defaults and docstrings of the definitions, as the template prints them."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final

from ..contract import RUNTIME, RUNTIME_CLASSES
from ..document.fixups import META, is_built_in
from ..document.spec import Schema, definition_name, is_dynamic, is_open, speakable_fields
from ..errors import CodegenError
from ..naming.deprecations import mark_deprecated
from ..naming.docstrings import docstring, with_values
from ..naming.names import attribute_names, camel_case
from .modules import group_version_kinds
from .sharing import Sharing
from .types import ClassName, Type, Types, is_optional, values_of

_MAP_TYPE: Final = "x-kubernetes-map-type"
_PARTS: Final = ("metadata", "spec", "status")
"""The fields of a kind, or of a template of one, that are never None."""
_EMPTY_TEXTS: Final = ("name", "namespace", "resourceVersion", "uid")
"""The fields of ObjectMeta that are empty when absent."""
QUANTITY_FIELDS: Final = {
    "Quantity": ("QuantityField", ""),
    "Quantity | None": ("OptionalQuantity", "ABSENT_QUANTITY"),
    "list[Quantity]": ("QuantityList", "ABSENT_QUANTITY_LIST"),
    "dict[str, Quantity]": ("QuantityMap", "ABSENT_QUANTITY_MAP"),
    "Quantity | UnsetType | None": ("NullableQuantity", "UNSET_QUANTITY"),
    "list[Quantity] | None": ("NullableQuantityList", "ABSENT_QUANTITY_LIST"),
    "dict[str, Quantity] | None": ("NullableQuantityMap", "ABSENT_QUANTITY_MAP"),
}
"""The runtime's types of fields that take text and numbers for quantities, and their defaults, by the types as read."""
_QUANTITY_TYPES: Final = frozenset(name for name, _ in QUANTITY_FIELDS.values())
_RUNTIME_NAMES: Final = (
    "ABSENT_DICT",
    "ABSENT_LIST",
    "UNSET",
    "UnsetType",
    "absent",
    "field",
    *sorted({name for pair in QUANTITY_FIELDS.values() for name in pair if name}),
)
"""Names of the runtime that annotations and defaults of fields may hold."""
_ITEMS: Final = re.compile(r"list\[(?:Open\[)?(\w+\.\w+)\]{1,2}")
"""The type of the items of a list of objects."""
NO_FIELD: Final = "NO_FIELD"
"""A field that datamodel-code-generator is given with each class, since a class without fields would be none to it."""


@dataclass(frozen=True, kw_only=True)
class FieldPlan:
    """A field as the template prints it."""

    name: str
    type: str
    """Annotation, with the modules of other classes: `list[core_v1.Pod]`, `"Pod | None"`."""
    default: str
    docstring: str
    classes: frozenset[ClassName] = frozenset()
    imports: frozenset[str] = frozenset()
    """Names that the annotation and the default need, of the runtime unless they have a dot: `datetime.datetime`."""
    wire: str
    """Name in JSON."""
    value: str
    """The type of its values, with the modules of all classes; without what stands for absent or null."""
    constant: str = ""
    """The only value, of the `apiVersion` and `kind` of a top-level class."""

    def annotation(self, *, is_forward: bool) -> str:
        """Return the annotation; quoted as a whole if it names a class that comes later in the module.

        A name that is quoted alone would not do: `"Pod" | None` is an error.
        """
        text = f"{self.type} | None" if is_forward and "absent(" in self.default else self.type
        return f'"{text}"' if is_forward else text

    def default_value(self, *, is_forward: bool) -> str:
        """Return the default; None where it is the absent object of a class that comes later."""
        return re.sub(r"absent\([\w.]+\)", "None", self.default) if is_forward else self.default


@dataclass(frozen=True, kw_only=True)
class ClassPlan:
    """A class as the template prints it."""

    name: ClassName
    docstring: str
    fields: Mapping[str, FieldPlan]
    bases: tuple[str, ...] = ("Model",)
    """The runtime's base classes."""
    runtime_name: str = ""
    """Name of the runtime's class, where that is re-exported and none is printed."""
    atomic: frozenset[str] | None = None
    """Names in JSON of the fields whose map has one owner; None where the document does not say it for sure."""

    @property
    def export(self) -> str:
        """The statements that re-export the runtime's class under the API's name."""
        if self.runtime_name == self.name.name:
            return f"from {RUNTIME} import {self.runtime_name} as {self.runtime_name}\n"
        return f"from {RUNTIME} import {self.runtime_name}\n\n{self.name.name} = {self.runtime_name}\n"

    def classes(self) -> frozenset[ClassName]:
        """Return the classes that its fields name."""
        return frozenset().union(*(field.classes for field in self.fields.values()))

    def modules(self) -> set[str]:
        """Return the other modules that it names."""
        return {cls.module for cls in self.classes()} - {self.name.module}

    def imports(self) -> set[str]:
        """Return the names that it needs: of the runtime, or with their module."""
        return {"dataclass", *(base.partition("[")[0] for base in self.bases)}.union(
            *(field.imports for field in self.fields.values())
        )

    def written_bases(self, forward: Collection[str]) -> str:
        """Return the base classes; the class of a list's objects is quoted if it comes later in the module.

        Args:
            forward: Names of the fields whose class comes later.
        """
        return ", ".join(re.sub(r"\[(.+)\]", r'["\1"]', base) if "items" in forward else base for base in self.bases)

    def forward_fields(self, fields: Iterable[Any]) -> frozenset[str]:
        """Return the names of the fields that name a class that comes later in the module.

        Args:
            fields: The fields that datamodel-code-generator was given, with its annotations: it quotes such a class.

        Raises:
            CodegenError: It renamed a field.
        """
        hints = {str(field.name): str(field.type_hint) for field in fields}
        if odd := sorted(hints.keys() - self.fields.keys() - {NO_FIELD}):
            raise CodegenError(f"datamodel-code-generator renamed a field of {self.name} to {odd[0]!r}")
        return frozenset(name for name, hint in hints.items() if '"' in hint)

    def schema(self, printed: Collection[str]) -> dict[str, Any]:
        """Return the schema for datamodel-code-generator: the fields that name classes of the same module.

        Nothing else matters to the order of classes, and the template prints all fields. Classes have neutral names.

        Args:
            printed: The classes that are printed in the module.
        """
        properties = {
            name: {"$ref": f"#/definitions/{neutral(cls)}"}
            for name, field in self.fields.items()
            for cls in field.classes
            if cls.module == self.name.module and cls.name in printed
        }
        properties[NO_FIELD] = {"type": "string"}
        return {"type": "object", "properties": properties, "required": list(properties)}


def neutral(name: ClassName) -> str:
    """Return what datamodel-code-generator calls a class: no name that it would change, such as `TypeAlias`."""
    return f"{name.name}_"


class Planner:
    """Plans the classes of all definitions and of the inline objects in them."""

    def __init__(self, types: Types, sharing: Sharing) -> None:
        self._types = types
        self._sharing = sharing
        self._object_meta = types.classes.get(f"{META}.ObjectMeta")
        self._meta = {self._object_meta, types.classes.get(f"{META}.ListMeta")} - {None}

    def plan(self) -> dict[ClassName, ClassPlan]:
        """Plan every class."""
        planned: dict[ClassName, ClassPlan] = {}
        drafts: list[tuple[ClassName, Schema, str, Mapping[str, Type]]] = []
        # Inline objects share classes whatever the owners of their fields are.
        atomic: dict[ClassName, frozenset[str]] = {}
        for definition, name in sorted(self._types.classes.items()):
            if definition in RUNTIME_CLASSES:
                planned[name] = ClassPlan(name=name, docstring="", fields={}, runtime_name=RUNTIME_CLASSES[definition])
            else:
                schema = self._types.definitions[definition]
                drafts.append((name, schema, _title(definition, schema), self._fields(name, schema)))
                if is_built_in(definition):
                    atomic[name] = self._atomic_fields(schema)
        for name, inline in self._sharing.inline.items():
            drafts.append((name, inline.schema, inline.place, self._fields(name, inline.schema)))
        # An attribute must not hide a module that a later annotation of its class names.
        modules = frozenset(
            cls.module
            for name, _, _, fields in drafts
            for type in fields.values()
            for cls in type.classes
            if cls.module != name.module
        )
        for name, schema, title, fields in drafts:
            planned[name] = replace(self._class(name, schema, title, fields, modules), atomic=atomic.get(name))
        return planned

    def _atomic_fields(self, schema: Schema) -> frozenset[str]:
        return frozenset(wire for wire in speakable_fields(schema) if self._is_atomic(schema["properties"][wire]))

    def _is_atomic(self, schema: Schema) -> bool:
        """True for a map that has one owner, who owns it as a whole."""
        if _MAP_TYPE in schema:
            return bool(schema[_MAP_TYPE] == "atomic")
        return "$ref" in schema and self._is_atomic(self._types.definitions[definition_name(schema["$ref"])])

    def _fields(self, owner: ClassName, schema: Schema) -> dict[str, Type]:
        return {
            wire: self._types.of(schema["properties"][wire], partial(self._sharing.class_of, owner.module, wire))
            for wire in speakable_fields(schema)
        }

    def _class(
        self, name: ClassName, schema: Schema, title: str, types: Mapping[str, Type], modules: frozenset[str]
    ) -> ClassPlan:
        attributes = attribute_names(types, reserved=modules | {"extra_fields"} if is_open(schema) else modules)
        constants = _constants(schema)
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
                is_optional=is_optional(schema, wire),
                is_part=wire in parts,
            )
        if is_dynamic(schema):
            fields = {name: _constant(name, value) for name, value in _constants_of_kind(schema).items()}
        return ClassPlan(
            name=name,
            docstring=docstring(_described(schema, title), indent=4),
            fields=fields,
            bases=_bases(name, schema, fields.values()),
        )

    def _field(
        self,
        owner: ClassName,
        wire: str,
        attribute: str,
        type: Type,
        schema: Schema,
        constants: Mapping[str, str],
        *,
        is_optional: bool,
        is_part: bool,
    ) -> FieldPlan:
        (cls,) = type.classes if len(type.classes) == 1 else (None,)
        if cls is not None and type.text not in (str(cls), f"Open[{cls}]"):
            cls = None
        text, default = type.text, ""
        if wire in constants:
            default = f"default_factory=lambda: {constants[wire]!r}"
        elif is_part and cls is not None and (is_optional or cls in self._meta):
            default = f"default=absent({cls})"
            text = f"{text} | None" if type.is_nullable else text
        elif is_optional and owner == self._object_meta and wire in _EMPTY_TEXTS:
            default = 'default=""'
        elif is_optional:
            text, default = _optional(type)
        elif type.is_nullable:
            text = f"{text} | None"
        if quantity := QUANTITY_FIELDS.get(text):
            text, absent = quantity
            default = f"default={absent}" if default else ""
        arguments = [default] if default else []
        if camel_case(attribute) != wire:
            arguments.append(f"name={wire!r}")
        simple = len(arguments) == 1 and default.startswith("default=")
        value = default.removeprefix("default=") if simple else f"field({', '.join(arguments)})" if arguments else ""
        text, value = (re.sub(rf"\b{re.escape(owner.module)}\.", "", one) for one in (text, value))
        # The document describes every apiVersion and kind in the same words, and the value says it all.
        told = "" if wire in constants else _told(schema)
        return FieldPlan(
            name=attribute,
            type=text,
            default=value,
            docstring=docstring(told, indent=4),
            classes=type.classes,
            imports=type.imports | _runtime_names(text, re.sub(r"lambda: .*", "", value)),
            wire=wire,
            value=type.text,
            constant=constants.get(wire, ""),
        )


def _runtime_names(*sources: str) -> set[str]:
    return {name for source in sources for name in re.findall(r"\w+", source)}.intersection(_RUNTIME_NAMES)


def _optional(type: Type) -> tuple[str, str]:
    """Return the annotation of an optional field and its default."""
    if not type.is_nullable:
        text = f"{type.text} | None" if type.absent == "None" else type.text
        is_unset = type.absent == "UNSET" and type.text != "Any"
        return f"{type.text} | UnsetType" if is_unset else text, f"default={type.absent}"
    if type.absent == "None":
        # Absent, null and a value are three things.
        return f"{type.text} | UnsetType | None", "default=UNSET"
    return f"{type.text} | None", f"default={type.absent}"


def _bases(name: ClassName, schema: Schema, fields: Iterable[FieldPlan]) -> tuple[str, ...]:
    if is_dynamic(schema):
        return ("DynamicObject",)
    bases = ["OpenModel"] if is_open(schema) else []
    bases += ["QuantityModel"] if any(field.type in _QUANTITY_TYPES for field in fields) else []
    return tuple(bases or _list_bases(name, schema, fields) or ["Model"])


def _list_bases(name: ClassName, schema: Schema, fields: Iterable[FieldPlan]) -> list[str]:
    """The base class of a list of objects; nothing for another class."""
    items = next((_ITEMS.fullmatch(field.value) for field in fields if field.wire == "items"), None)
    if not (items and _constants(schema) and name.name.rstrip("_").endswith("List")):
        return []
    return [f"ListModel[{items[1].removeprefix(f'{name.module}.')}]"]


def _told(schema: Schema) -> str:
    """The description of a field with what else the document says: its default and the values of an enum."""
    text = with_values(_described(schema), values_of(schema))
    if "default" not in schema or schema["default"] is None:
        return text
    value = json.dumps(schema["default"], ensure_ascii=False)
    return f"{text.rstrip()}\n\nDefault: `{value}`.".lstrip()


def _constant(name: str, value: str) -> FieldPlan:
    default = f"field(default_factory=lambda: {value!r})"
    return FieldPlan(
        name=name,
        type="str",
        default=default,
        docstring="",
        imports=frozenset({"field"}),
        wire=camel_case(name),
        value="str",
        constant=value,
    )


def _constants_of_kind(schema: Schema) -> dict[str, str]:
    ((group, version, kind),) = group_version_kinds(schema)
    return {"api_version": f"{group}/{version}" if group else version, "kind": kind}


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
    text = str(schema.get("description", "")).strip() or title
    return mark_deprecated(text, flagged=schema.get("deprecated") is True)


def _title(definition: str, schema: Schema) -> str:
    """Describe a class that the document does not describe."""
    gvks = group_version_kinds(schema)
    if len(gvks) != 1:
        return f"`{definition}`."
    group, version, kind = gvks[0]
    return f"{kind} of {group or 'core'}/{version}."
