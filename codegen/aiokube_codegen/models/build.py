"""The definitions of a document -> modules of dataclasses.

The classes are planned first. datamodel-code-generator reads the plans as plain JSON schemas named `core_v1.Pod`, and
takes care of modules, imports, the order of classes and forward references; a template of our own prints the classes.
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
from ..document.fixups import apply_fixups, mark_verbatim
from ..document.spec import DEFINITIONS, Schema, Spec, definition_name, is_class, references
from ..errors import CodegenError, SpecError
from ..naming.names import GroupNames, class_name
from .modules import Modules, assign_modules, wanted
from .plan import ClassPlan, Planner
from .types import ClassName, TypeRef, Types

META_MODULE: Final = "meta_v1"
_TEMPLATES: Final = Path(__file__).with_name("templates")
_CLASS: Final = re.compile(r"^class (\w+)\(", re.MULTILINE)


@dataclass(frozen=True, kw_only=True)
class ModelSet:
    """The generated modules, and the types of what is in them."""

    modules: Mapping[str, str]
    """Source of each module by name, without a header."""
    groups: GroupNames
    classes: int
    """Number of classes."""
    nested: int
    """Number of classes that come from inline objects."""
    scalars: Mapping[str, str]
    """Definitions without a class, each with the type that stands for it."""
    skipped: Mapping[str, str]
    """Definitions that were left out, each with the reason."""
    types: Types = field(repr=False)
    plans: Mapping[ClassName, ClassPlan] = field(repr=False)
    """The classes of the modules."""

    def reference(self, schema: Schema) -> TypeRef:
        """Return the type of a schema found in an operation: `core_v1.Pod`, `str`, `dict[str, Any]`."""
        type = self.types.of(schema)
        return TypeRef(text=type.text, modules=frozenset(cls.module for cls in type.classes))


def build_models(spec: Spec, groups: Collection[str] | None = None) -> ModelSet:
    """Generate the models of a document.

    Args:
        spec: The document.
        groups: Full names of groups (`apps`, `rbac.authorization.k8s.io`, `core`), to generate only the modules that
            they need, directly or not, and `meta_v1`. None: all.

    Raises:
        SpecError: No classes can be made of the definitions.
        CodegenError: The document has no group of such a name.
    """
    modules = assign_modules(spec)
    definitions = mark_verbatim(apply_fixups(spec.definitions)[0])
    types = Types(definitions=definitions, classes=_class_names(definitions, modules))
    planner = Planner(types=types, origin=spec.origin)
    plans = planner.plan()
    order = _module_graph(plans, spec.origin)
    kept = set(order)
    if groups is not None:
        kept = _closure(definitions, modules, wanted(spec, modules, groups), order)
    chosen = {name: plan for name, plan in plans.items() if name.module in kept}
    return ModelSet(
        modules=_generate(chosen),
        groups=modules.groups,
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
        plans=chosen,
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
    """Return the modules that some definitions need, directly or through other modules."""
    seen: set[str] = set()
    pending = list(start)
    while pending:
        name = pending.pop()
        if name in seen:
            continue
        seen.add(name)
        if not is_class(definitions[name]):
            pending.extend(map(definition_name, references(definitions[name])))
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
    # The module for the root of the schema, which is not a definition.
    sources.pop("__init__", None)
    check_classes(sources, [name for name, plan in plans.items() if not plan.runtime_name])
    for name, plan in plans.items():
        if plan.runtime_name:
            sources[name.module] = f"{plan.export}{sources.get(name.module, '')}"
    return dict(sorted(sources.items()))


def check_classes(sources: Mapping[str, str], plans: Collection[ClassName]) -> None:
    """Check that every class kept its name, by which methods refer to it.

    Raises:
        CodegenError: datamodel-code-generator renamed or left out some, as an untested version of it may.
    """
    made = {ClassName(module=module, name=name) for module, text in sources.items() for name in _CLASS.findall(text)}
    if made != set(plans):
        odd = ", ".join(sorted(map(str, made ^ set(plans))))
        raise CodegenError(f"datamodel-code-generator renamed or left out these classes: {odd}")
