"""Class plans -> the source of modules.

datamodel-code-generator reads the plans as plain JSON schemas, and takes care of the order of classes and of forward
references; a template of our own prints the classes.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, Final

from datamodel_code_generator import Error, InputFileType, generate
from datamodel_code_generator.enums import DataModelType
from datamodel_code_generator.format import PythonVersion

from ..contract import RUNTIME, SHIPPED
from ..errors import CodegenError
from .plan import ClassPlan, neutral
from .splitting import MAX_CLASSES, parts_of
from .types import ClassName

_TEMPLATES: Final = Path(__file__).with_name("templates")
_CLASS: Final = re.compile(r"^class (\w+)\(", re.MULTILINE)


def sources_of(
    module: str, plans: Collection[ClassPlan], shared: Collection[ClassName], earlier: Mapping[ClassName, str]
) -> dict[str, str]:
    """Print a module, or the files of one that is too large for type checkers.

    Args:
        module: Name of the module.
        plans: Its classes.
        shared: Classes that are those of the shipped package or of the runtime.
        earlier: Classes that are those of an earlier version, with its module.

    Returns:
        Source by module, without a header: `core_v1`, or `large_v1/__init__` and `large_v1/thing`.
    """
    exports = "".join(plan.export for plan in plans if plan.runtime_name)
    given = {
        plan.name.name: f".{earlier[plan.name]}" if plan.name in earlier else f"{SHIPPED}.models.{module}"
        for plan in plans
        if not plan.runtime_name and (plan.name in earlier or plan.name in shared)
    }
    exports += "".join(f"from {home} import {name} as {name}\n" for name, home in sorted(given.items()))
    printed = {plan.name.name: plan for plan in plans if not plan.runtime_name and plan.name.name not in given}
    if not printed:
        return {module: exports}
    if len(printed) <= MAX_CLASSES:
        return {module: f"{_imports(printed.values())}{exports}{_printed(module, printed)}"}
    homes = {name: f".{part}" for part, names in parts_of(printed).items() for name in names}
    # From a part, an earlier version is a level further up.
    given = {name: f".{home}" if home.startswith(".") else home for name, home in given.items()}
    sources = {
        f"{module}/{part.removeprefix('.')}": _part(
            {name: plan for name, plan in printed.items() if homes[name] == part}, {**given, **homes}
        )
        for part in sorted(set(homes.values()))
    }
    exports += "".join(f"from {part} import {name} as {name}\n" for name, part in sorted(homes.items()))
    return {f"{module}/__init__": exports, **sources}


def _part(plans: Mapping[str, ClassPlan], homes: Mapping[str, str]) -> str:
    """Print a part of a module; classes without a home elsewhere are those of the shipped package."""
    module = next(iter(plans.values())).name.module
    needed = {cls.name for plan in plans.values() for cls in plan.classes() if cls.module == module} - plans.keys()
    imports = [f"from {homes.get(name, f'{SHIPPED}.models.{module}')} import {name}\n" for name in sorted(needed)]
    return f"{_imports(plans.values(), models='..')}{''.join(imports)}{_printed(module, plans)}"


def _imports(plans: Collection[ClassPlan], models: str = ".") -> str:
    names = set[str]().union(*(plan.imports() for plan in plans))
    modules = set[str]().union(*(plan.modules() for plan in plans))
    lines = [f"from {path} import {name}" for path, _, name in (name.rpartition(".") for name in names) if path]
    lines.append(f"from {RUNTIME} import {', '.join(sorted(name for name in names if '.' not in name))}")
    if modules:
        lines.append(f"from {models} import {', '.join(sorted(modules))}")
    return "\n".join((*sorted(lines), "", ""))


def _printed(module: str, plans: Mapping[str, ClassPlan]) -> str:
    """Print the classes of a module, in an order in which each comes before those that need it where that can be."""
    template_data: defaultdict[str, dict[str, Any]] = defaultdict(dict)
    template_data.update({neutral(plan.name): {"plan": plan} for plan in plans.values()})
    try:
        output = generate(
            {"definitions": {neutral(plan.name): plan.schema(plans.keys()) for plan in plans.values()}},
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
