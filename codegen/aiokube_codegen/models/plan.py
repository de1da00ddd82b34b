"""Definitions -> modules of dataclasses, through datamodel-code-generator and a template of our own.

The definitions are planned here: names, types, defaults, docstrings. datamodel-code-generator then reads them as plain
JSON schemas named `core_v1.Pod`, and does the modules, their imports, the order of the classes and forward references.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Any, Final

from datamodel_code_generator import Error, InputFileType, generate
from datamodel_code_generator.enums import DataModelType
from datamodel_code_generator.format import PythonVersion

from ..contract import RUNTIME
from ..document.fixups import META, apply_fixups
from ..document.spec import DEFINITIONS, Schema, Spec, definition_name, is_class, references
from ..errors import CodegenError, SpecError
from ..naming.docstrings import docstring, with_values
from ..naming.names import GroupNames, attribute_names, camel_case, class_name, pascal_case
from .modules import Modules, assign_modules, group_version_kinds, wanted
from .types import ClassName, Type, TypeRef, Types

META_MODULE: Final = "meta_v1"
_TEMPLATES: Final = Path(__file__).with_name("templates")
_CLASS: Final = re.compile(r"^class (\w+)\(", re.MULTILINE)


@dataclass(frozen=True, kw_only=True)
class FieldPlan:
    """One field as the template prints it."""

    name: str
    type: Type
    nullable: bool
    default: str
    docstring: str

    def annotation(self, hint: str) -> str:
        """The annotation, given the type as datamodel-code-generator writes it.

        A forward reference stays one as a whole: `"Pod" | None` would be an error.
        """
        text = hint.replace('"', "")
        whole = f"{text} | None" if self.nullable else text
        return f'"{whole}"' if '"' in hint else whole


@dataclass(frozen=True, kw_only=True)
class ClassPlan:
    """One class as the template prints it."""

    name: ClassName
    docstring: str
    fields: Mapping[str, FieldPlan]

    def field(self, name: str) -> FieldPlan:
        """The field of that name.

        Raises:
            CodegenError: datamodel-code-generator renamed it, so its wire name would be lost.
        """
        if name not in self.fields:
            raise CodegenError(f"datamodel-code-generator renamed a field of {self.name} to {name!r}")
        return self.fields[name]

    def schema(self) -> dict[str, Any]:
        """What datamodel-code-generator reads. Every field is required there: defaults are the template's matter."""
        runtime = ["Model"]
        runtime += ["field"] if any(f.default.startswith("field(") for f in self.fields.values()) else []
        runtime += ["UNSET"] if any("UNSET" in f.default for f in self.fields.values()) else []
        return {
            "type": "object",
            "properties": {name: field.type.schema for name, field in self.fields.items()},
            "required": list(self.fields),
            # It imports what it takes for bases: the way to say which names of the runtime the template uses.
            "customBasePath": [f"{RUNTIME}.{name}" for name in runtime],
        }

    def modules(self) -> set[str]:
        """The other modules that it names."""
        named = {cls.module for field in self.fields.values() for cls in field.type.classes}
        return named - {self.name.module}


@dataclass(frozen=True, kw_only=True)
class ModelSet:
    """The generated modules, and how to name what is in them."""

    modules: Mapping[str, str]
    """The source of each module by its name, without a header."""
    groups: GroupNames
    kinds: Mapping[tuple[str, str, str], str]
    """The definition of each group, version and kind."""
    fixups: tuple[str, ...]
    """The corrections that matched."""
    classes: int
    """How many classes were made."""
    nested: int
    """How many of them come from inline objects."""
    scalars: Mapping[str, str]
    """The definitions that became no class, with the type that stands for each."""
    skipped: Mapping[str, str]
    """The definitions left out, with the reason."""
    types: Types = field(repr=False)

    def reference(self, schema: Schema) -> TypeRef:
        """The type of a schema found in an operation: `core_v1.Pod`, `str`, `dict[str, Any]`."""
        type = self.types.of(schema)
        return TypeRef(text=type.text, modules=frozenset(cls.module for cls in type.classes))


def build_models(spec: Spec, groups: Collection[str] | None = None) -> ModelSet:
    """Generate the models of a document.

    Args:
        spec: the document.
        groups: full names of groups (`apps`, `rbac.authorization.k8s.io`, `core`); only the modules that they need are
            made then, directly or not, and `meta_v1`. None means all.

    Raises:
        SpecError: no classes can be made of the definitions.
        CodegenError: there is no group of such a name.
    """
    modules = assign_modules(spec)
    definitions, applied = apply_fixups(spec.definitions)
    types = Types(definitions=definitions, classes=_class_names(definitions, modules))
    planner = _Planner(types=types, origin=spec.origin)
    plans = planner.plan()
    order = _module_graph(plans, spec.origin)
    kept = set(order)
    if groups is not None:
        kept = _closure(definitions, modules, wanted(spec, modules, groups), order)
    return ModelSet(
        modules=_generate({name: plan for name, plan in plans.items() if name.module in kept}),
        groups=modules.groups,
        kinds=_kinds(definitions),
        fixups=tuple(applied),
        classes=sum(name.module in kept for name in plans),
        nested=sum(name.module in kept for name in planner.nested),
        scalars={
            name: types.of({"$ref": DEFINITIONS + name}).text
            for name in sorted(definitions)
            if name not in types.classes
        },
        skipped={
            definition: f"the chosen groups do not need {name.module}"
            for definition, name in sorted(types.classes.items())
            if name.module not in kept
        },
        types=types,
    )


def _class_names(definitions: Mapping[str, Schema], modules: Modules) -> dict[str, ClassName]:
    taken: dict[str, set[str]] = defaultdict(set)
    names: dict[str, ClassName] = {}
    for definition in sorted(definitions):
        if is_class(definitions[definition]):
            module = modules.by_definition[definition]
            name = class_name(definition.rpartition(".")[2], taken=taken[module])
            taken[module].add(name)
            names[definition] = ClassName(module=module, name=name)
    return names


class _Planner:
    """Plans the classes of all definitions and of the inline objects in them."""

    def __init__(self, *, types: Types, origin: str) -> None:
        self._types = types
        self._origin = origin
        self._meta = {
            types.classes[name] for name in (f"{META}.ObjectMeta", f"{META}.ListMeta") if name in types.classes
        }
        self._taken: dict[str, set[str]] = defaultdict(set)
        for name in types.classes.values():
            self._taken[name.module].add(name.name)
        self._drafts: dict[ClassName, tuple[Schema, str, dict[str, Type]]] = {}
        self.nested: set[ClassName] = set()

    def plan(self) -> dict[ClassName, ClassPlan]:
        for definition, name in sorted(self._types.classes.items()):
            self._draft(
                name, self._types.definitions[definition], _title(definition, self._types.definitions[definition])
            )
        # An attribute must not hide a module that a later annotation of the same class needs.
        modules = frozenset(
            cls.module
            for name, (_, _, fields) in self._drafts.items()
            for type in fields.values()
            for cls in type.classes
            if cls.module != name.module
        )
        return {
            name: self._class(name, schema, title, fields, modules)
            for name, (schema, title, fields) in self._drafts.items()
        }

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
        # As every manifest is written: what it is, which one it is, then the rest as the spec has it.
        first = [wire for wire in ("apiVersion", "kind", "metadata") if wire in types and constants]
        fields = {}
        for wire in [*first, *(wire for wire in types if wire not in first)]:
            fields[attributes[wire]] = self._field(
                name, wire, attributes[wire], types[wire], schema["properties"][wire], constants, wire in required
            )
        return ClassPlan(
            name=name, docstring=docstring(schema.get("description", "").strip() or title, indent=4), fields=fields
        )

    def _field(
        self,
        owner: ClassName,
        wire: str,
        attribute: str,
        type: Type,
        schema: Schema,
        constants: Mapping[str, str],
        required: bool,
    ) -> FieldPlan:
        arguments = []
        nullable = False
        (cls,) = type.classes if len(type.classes) == 1 else (None,)
        if wire in constants:
            arguments.append(f"default_factory=lambda: {constants[wire]!r}")
        elif wire == "metadata" and constants and cls in self._meta and type.text == str(cls):
            factory = cls.name if cls.module == owner.module else str(cls)
            arguments.append(f"default_factory={factory}")
        elif not required and type.absent in ("list", "dict"):
            arguments.append(f"default_factory={type.absent}")
        elif not required:
            arguments.append(f"default={type.absent}")
            nullable = type.nullable
            if type.absent == "UNSET":
                unset = {"type": "string", "customTypePath": f"{RUNTIME}.UnsetType"}
                type = Type(text=f"{type.text} | UnsetType", schema={"anyOf": [type.schema, unset]}, absent=type.absent)
        if camel_case(attribute) != wire:
            arguments.append(f"name={wire!r}")
        simple = len(arguments) == 1 and arguments[0].startswith("default=")
        default = arguments[0].removeprefix("default=") if simple else f"field({', '.join(arguments)})"
        # What the spec says about every apiVersion and kind is said by the value here.
        text = "" if wire in constants else with_values(schema.get("description", ""), _values(schema))
        return FieldPlan(
            name=attribute,
            type=type,
            nullable=nullable,
            default=default if arguments else "",
            docstring=docstring(text, indent=4),
        )


def _constants(schema: Schema) -> dict[str, str]:
    """What `apiVersion` and `kind` are in a top-level class; empty for a part of an object.

    A kind that many groups have (`DeleteOptions`) is sent as the core group's.
    """
    gvks = group_version_kinds(schema)
    properties = schema.get("properties", {})
    if not gvks or any(properties.get(wire, {}).get("type") != "string" for wire in ("apiVersion", "kind")):
        return {}
    group, version, kind = next((gvk for gvk in gvks if gvk[:2] == ("", "v1")), gvks[0])
    return {"apiVersion": f"{group}/{version}" if group else version, "kind": kind}


def _values(schema: Schema) -> list[object]:
    """The values of an enum, of a field's own or of its items."""
    values = schema.get("enum") or schema.get("items", {}).get("enum") or []
    return list(values)


def _title(definition: str, schema: Schema) -> str:
    """What a class that the spec doesn't describe is."""
    gvks = group_version_kinds(schema)
    if len(gvks) != 1:
        return f"`{definition}`."
    group, version, kind = gvks[0]
    return f"{kind} of {group}/{version}." if group else f"{kind} of {version}."


def _kinds(definitions: Mapping[str, Schema]) -> dict[tuple[str, str, str], str]:
    """A kind that a definition has to itself goes before one that it shares."""
    kinds: dict[tuple[str, str, str], str] = {}
    for definition in sorted(definitions, key=lambda name: (len(group_version_kinds(definitions[name])), name)):
        for gvk in group_version_kinds(definitions[definition]):
            kinds.setdefault(gvk, definition)
    return kinds


def _module_graph(plans: Mapping[ClassName, ClassPlan], origin: str) -> dict[str, set[str]]:
    graph: dict[str, set[str]] = {META_MODULE: set()}
    for plan in plans.values():
        graph.setdefault(plan.name.module, set()).update(plan.modules())
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        cycle = " -> ".join(reversed(error.args[1]))
        raise SpecError(
            f"{origin}: these groups need each other's definitions, so none can come first: {cycle}"
        ) from None
    return graph


def _closure(
    definitions: Mapping[str, Schema], modules: Modules, start: Collection[str], graph: Mapping[str, set[str]]
) -> set[str]:
    """The modules that some definitions need, and what those modules need in turn."""
    seen: set[str] = set()
    pending = list(start)
    while pending:
        name = pending.pop()
        if name in seen:
            continue
        seen.add(name)
        if not is_class(definitions[name]):
            pending.extend(definition_name(ref) for ref, _ in references(definitions[name]))
    kept = {META_MODULE}
    todo = [modules.by_definition[name] for name in seen if is_class(definitions[name])]
    while todo:
        module = todo.pop()
        if module not in kept:
            kept.add(module)
            todo.extend(graph[module])
    return kept


def _generate(plans: Mapping[ClassName, ClassPlan]) -> dict[str, str]:
    template_data: defaultdict[str, dict[str, Any]] = defaultdict(dict)
    template_data.update({str(name): {"plan": plan} for name, plan in plans.items()})
    try:
        output = generate(
            {"definitions": {str(name): plan.schema() for name, plan in plans.items()}},
            input_file_type=InputFileType.JsonSchema,
            output_model_type=DataModelType.DataclassesDataclass,
            target_python_version=PythonVersion.PY_311,
            base_class=f"{RUNTIME}.Model",
            import_overrides={"dataclass": RUNTIME},
            custom_template_dir=_TEMPLATES,
            extra_template_data=template_data,
            custom_class_name_generator=lambda name: name,
            keyword_only=True,
            disable_future_imports=True,
            custom_file_header=" ",
            formatters=[],
        )
    except Error as error:
        raise CodegenError(f"datamodel-code-generator refuses the definitions: {error}") from error
    if not isinstance(output, dict):
        raise CodegenError("datamodel-code-generator made no modules of the definitions")
    sources = {"".join(path).removesuffix(".py"): f"{text.strip()}\n" for path, text in output.items()}
    # The module of the document's root, which is no definition.
    sources.pop("__init__", None)
    check_classes(sources, plans)
    return dict(sorted(sources.items()))


def check_classes(sources: Mapping[str, str], plans: Collection[ClassName]) -> None:
    """See that every class came out under its own name: operations refer to it by that.

    Raises:
        CodegenError: datamodel-code-generator, which is of a version not known here, renamed or left out some.
    """
    made = {ClassName(module=module, name=name) for module, text in sources.items() for name in _CLASS.findall(text)}
    if made != set(plans):
        odd = ", ".join(sorted(map(str, made ^ set(plans))))
        raise CodegenError(f"datamodel-code-generator renamed or left out these classes: {odd}")
