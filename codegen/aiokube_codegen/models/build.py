"""The definitions of a document -> modules of dataclasses.

The classes are planned first. datamodel-code-generator reads the plans as plain JSON schemas named `core_v1.Pod`, and
takes care of modules, imports, the order of classes and forward references; a template of our own prints the classes.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from datamodel_code_generator import Error, InputFileType, generate
from datamodel_code_generator.enums import DataModelType
from datamodel_code_generator.format import PythonVersion

from ..contract import RUNTIME, SHIPPED
from ..document.fixups import apply_fixups, drop_zero_defaults, mark_verbatim
from ..document.spec import DEFINITIONS, Schema, Spec, is_class, is_dynamic, is_open
from ..errors import CodegenError
from ..naming.names import GroupNames, class_name
from ..skipped import Skipped
from .modules import META_MODULE, Modules, assign_modules, merge_rings
from .plan import ClassPlan, Planner
from .sharing import Sharing
from .shipped import shared_classes
from .types import ClassName, TypeRef, Types

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
    merged: tuple[Skipped, ...]
    """Modules that need each other, and so became one."""
    shared: frozenset[ClassName] = field(repr=False)
    """Classes that are those of the shipped package or of the runtime."""
    types: Types = field(repr=False)
    plans: Mapping[ClassName, ClassPlan] = field(repr=False)
    """The classes of the modules."""

    def reference(self, schema: Schema) -> TypeRef:
        """Return the type of a schema found in an operation: `core_v1.Pod`, `str`, `dict[str, Any]`."""
        type = self.types.of(schema)
        # A class that keeps unknown fields is marked where it is part of something; a call takes and returns it itself.
        whole = {f"Open[{cls}]": str(cls) for cls in type.classes}
        return TypeRef(text=whole.get(type.text, type.text), modules=frozenset(cls.module for cls in type.classes))


@dataclass(frozen=True, kw_only=True)
class _Planned:
    types: Types
    sharing: Sharing
    plans: Mapping[ClassName, ClassPlan]


def build_models(spec: Spec, *, standalone: bool = False) -> ModelSet:
    """Generate the models of a document.

    Args:
        spec: The document.
        standalone: Generate all classes, instead of sharing those that the shipped package has identically.
    """
    modules = assign_modules(spec)
    definitions = mark_verbatim(drop_zero_defaults(apply_fixups(spec.definitions)[0]))
    planned = _plan(definitions, modules)
    # In other modules, inline objects share other classes.
    while merged := merge_rings(modules, _module_graph(planned.plans)):
        modules = merged
        planned = _plan(definitions, modules)
    types, plans = planned.types, planned.plans
    shared = frozenset[ClassName]() if standalone else shared_classes(plans)
    by_module: dict[str, list[ClassPlan]] = defaultdict(list)
    for name, plan in plans.items():
        by_module[name.module].append(plan)
    return ModelSet(
        modules={module: _source(module, owned, shared) for module, owned in sorted(by_module.items())},
        groups=modules.groups,
        classes=len(plans),
        nested=len(planned.sharing.inline),
        scalars={
            name: types.of({"$ref": DEFINITIONS + name}).text
            for name in sorted(definitions)
            if name not in types.classes
        },
        merged=modules.merged,
        shared=shared | {name for name, plan in plans.items() if plan.runtime_name},
        types=types,
        plans=plans,
    )


def _plan(definitions: Mapping[str, Schema], modules: Modules) -> _Planned:
    classes = _class_names(definitions, modules)
    sharing = Sharing(definitions, classes)
    types = Types(definitions=definitions, classes=classes, open=_open_classes(definitions, classes, sharing))
    return _Planned(types=types, sharing=sharing, plans=Planner(types, sharing).plan())


def _open_classes(
    definitions: Mapping[str, Schema], classes: Mapping[str, ClassName], sharing: Sharing
) -> frozenset[ClassName]:
    own = {name for definition, name in classes.items() if _keeps_unknown_fields(definitions[definition])}
    return frozenset(own | {name for name, inline in sharing.inline.items() if is_open(inline.schema)})


def _keeps_unknown_fields(schema: Schema) -> bool:
    return is_open(schema) or is_dynamic(schema)


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


def _module_graph(plans: Mapping[ClassName, ClassPlan]) -> dict[str, set[str]]:
    graph: dict[str, set[str]] = {META_MODULE: set()}
    for plan in plans.values():
        graph.setdefault(plan.name.module, set()).update(plan.modules())
    return graph


def _source(module: str, plans: Collection[ClassPlan], shared: Collection[ClassName]) -> str:
    """Print a module."""
    exports = "".join(plan.export for plan in plans if plan.runtime_name)
    exports += _shared(module, [plan.name.name for plan in plans if plan.name in shared])
    printed = {plan.name.name: plan for plan in plans if not plan.runtime_name and plan.name not in shared}
    if not printed:
        return exports
    return f"{_imports(printed.values())}{exports}{_printed(module, printed)}"


def _shared(module: str, names: Collection[str]) -> str:
    """The statement that re-exports classes of the shipped package."""
    if not names:
        return ""
    return f"from {SHIPPED}.models.{module} import {', '.join(f'{name} as {name}' for name in sorted(names))}\n"


def _imports(plans: Collection[ClassPlan]) -> str:
    names = set[str]().union(*(plan.imports() for plan in plans))
    modules = set[str]().union(*(plan.modules() for plan in plans))
    lines = [f"from {path} import {name}" for path, _, name in (name.rpartition(".") for name in names) if path]
    lines.append(f"from {RUNTIME} import {', '.join(sorted(name for name in names if '.' not in name))}")
    if modules:
        lines.append(f"from . import {', '.join(sorted(modules))}")
    return "\n".join((*sorted(lines), "", ""))


def _printed(module: str, plans: Mapping[str, ClassPlan]) -> str:
    """Print the classes of a module, in an order in which each comes before those that need it where that can be."""
    template_data: defaultdict[str, dict[str, Any]] = defaultdict(dict)
    template_data.update({name: {"plan": plan} for name, plan in plans.items()})
    try:
        output = generate(
            {"definitions": {name: plan.schema(plans.keys()) for name, plan in plans.items()}},
            input_file_type=InputFileType.JsonSchema,
            output_model_type=DataModelType.DataclassesDataclass,
            target_python_version=PythonVersion.PY_311,
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
    if not isinstance(output, str):
        raise CodegenError("datamodel-code-generator made no module of the definitions")
    check_classes(output, [plan.name for plan in plans.values()], module)
    # Its imports are not needed.
    return output[output.index("@dataclass") :]


def check_classes(source: str, plans: Collection[ClassName], module: str) -> None:
    """Check that every class kept its name, by which methods refer to it.

    Raises:
        CodegenError: datamodel-code-generator renamed or left out some, as an untested version of it may.
    """
    made = {ClassName(module=module, name=name) for name in _CLASS.findall(source)}
    if made != set(plans):
        odd = ", ".join(sorted(map(str, made ^ set(plans))))
        raise CodegenError(f"datamodel-code-generator renamed or left out these classes: {odd}")
