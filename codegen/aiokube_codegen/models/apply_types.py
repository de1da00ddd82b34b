"""Class plans -> modules of `TypedDict`s: manifests in Python, whole or in part, as `apply` and `patch` take them.

Their keys are the names in JSON, and all may be left out or be None. Type checkers alone read them.
"""

from __future__ import annotations

import ast
import keyword
import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Final

from ..contract import RUNTIME, SHIPPED, SHIPPED_FOLDER
from .plan import ClassPlan, FieldPlan
from .splitting import MAX_CLASSES, parts_of
from .types import ClassName

SUFFIX: Final = "Apply"
"""Ending of the names of these types: `PodApply` for a `Pod`."""

ATOMIC: Final = "ATOMIC"
"""Name of the table of fields whose maps have one owner."""

_SCALARS: Final = {
    "bytes": "bytes | str",
    "BytesField": "bytes | str",
    "datetime": "datetime | str",
    "TimeField": "datetime | str",
    "MicroTime": "MicroTime | str",
    "Quantity": "AnyQuantity",
    "Raw": "Any",
}
"""Types that a manifest may have where a model has a scalar that JSON does not: its text, too."""
_HOMES: Final = {
    "Any": "typing",
    "AnyQuantity": RUNTIME,
    "Literal": "typing",
    "Mapping": "collections.abc",
    "MicroTime": RUNTIME,
    "Sequence": "collections.abc",
    "Untyped": RUNTIME,
    "datetime": "datetime",
}
_WORD: Final = re.compile(r"[A-Za-z_]\w*")


def has_apply_type(plan: ClassPlan) -> bool:
    """True for a class whose manifests can be checked: it is not open, and not the runtime's."""
    return not plan.runtime_name and not {"OpenModel", "DynamicObject"} & set(plan.bases)


def apply_sources(
    plans: Mapping[ClassName, ClassPlan],
    roots: Iterable[ClassName],
    shared: Collection[ClassName],
    earlier: Mapping[ClassName, str],
) -> dict[str, str]:
    """Print the modules of these types.

    Args:
        plans: All classes of the package.
        roots: The classes whose manifests methods take. They and the parts of them get a type.
        shared: Classes that are those of the shipped package.
        earlier: Classes that are those of an earlier version, with its module.

    Returns:
        Source by module, without a header: `core_v1`, or `large_v1/__init__` and `large_v1/thing`.
    """
    by_module: defaultdict[str, dict[str, ClassPlan]] = defaultdict(dict)
    reached = _reached(plans, roots)
    for name in sorted(reached):
        by_module[name.module][name.name] = plans[name]
    homes = {name: home for name, home in earlier.items() if replace(name, module=home) in reached}
    printer = _Printer(plans)
    return {
        path: source
        for module, owned in by_module.items()
        for path, source in _sources_of(module, owned, shared, homes, printer).items()
    }


def _reached(plans: Mapping[ClassName, ClassPlan], roots: Iterable[ClassName]) -> set[ClassName]:
    seen: set[ClassName] = set()
    pending = [*roots]
    while pending:
        name = pending.pop()
        if name not in seen and has_apply_type(plans[name]):
            seen.add(name)
            pending += plans[name].classes()
    return seen


def _sources_of(
    module: str,
    plans: Mapping[str, ClassPlan],
    shared: Collection[ClassName],
    earlier: Mapping[ClassName, str],
    printer: _Printer,
) -> dict[str, str]:
    title = f'"""Manifests of the classes of `models.{module}`, whole or in part, for type checkers."""\n\n'
    given = _shipped_names(module) if shared else frozenset()
    imported = {
        name: f".{earlier[plan.name]}" if plan.name in earlier else f"{SHIPPED}.apply.{module}"
        for name, plan in plans.items()
        if plan.name in earlier or (plan.name in shared and f"{name}{SUFFIX}" in given)
    }
    exports = _reexport(imported)
    own = {name: plan for name, plan in plans.items() if name not in imported}
    atomic = _atomic_fields(own)
    if len(own) <= MAX_CLASSES:
        return {module: f"{title}{printer.module(own, exports=exports)}{atomic}"}
    parts = parts_of(own)
    homes = {name: part for part, names in parts.items() for name in names}
    sources = {}
    for part, names in parts.items():
        others = {name: f".{home}" for name, home in homes.items() if home != part}
        # From a part, an earlier version is a level further up.
        others |= {name: f".{home}" if home.startswith(".") else home for name, home in imported.items()}
        sources[f"{module}/{part}"] = title + printer.module({name: own[name] for name in names}, others, package="..")
    exports += _reexport({name: f".{home}" for name, home in homes.items()})
    return {f"{module}/__init__": f"{title}{exports}{atomic}", **sources}


def _atomic_fields(plans: Mapping[str, ClassPlan]) -> str:
    """Print the table that `extract` reads: the fields whose maps have one owner."""
    known = [plan for plan in plans.values() if plan.atomic is not None]
    fields = sorted(f"{plan.name.name}.{wire}" for plan in known for wire in plan.atomic or ())
    listed = f"{{{', '.join(map(repr, fields))}}}" if fields else ""
    note = '"""Fields whose map has one owner, as `Class.field`."""'
    return f"{ATOMIC}: frozenset[str] = frozenset({listed})\n{note}\n" if known else ""


def _reexport(homes: Mapping[str, str]) -> str:
    """The statements that re-export the types of classes, from the module of each."""
    return "".join(f"from {home} import {name}{SUFFIX} as {name}{SUFFIX}\n" for name, home in sorted(homes.items()))


def _shipped_names(module: str) -> frozenset[str]:
    """The types that the shipped package has in a module."""
    path = SHIPPED_FOLDER / "apply" / f"{module}.py"
    tree = ast.parse(path.read_text(encoding="utf-8") if path.exists() else "")
    return frozenset(_defined(tree))


def _defined(tree: ast.Module) -> Iterator[str]:
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Assign):
            yield from (target.id for target in node.targets if isinstance(target, ast.Name))


class _Printer:
    def __init__(self, plans: Mapping[ClassName, ClassPlan]) -> None:
        self._plans = plans

    def module(
        self,
        plans: Mapping[str, ClassPlan],
        others: Mapping[str, str] | None = None,
        *,
        package: str = ".",
        exports: str = "",
    ) -> str:
        """Print some types of a module.

        Args:
            plans: Their classes.
            others: Modules of the other types of the same module.
            package: The package of all modules, from this one.
            exports: Statements that re-export further types.
        """
        body = "".join(self._typed_dict(plan) for plan in plans.values())
        words = set(_WORD.findall(body))
        own = next((plan.name.module for plan in plans.values()), "")
        modules = set[str]().union(*(plan.modules() for plan in plans.values())) & words - {own}
        imports = [f"from {home} import {name}" for name, home in _HOMES.items() if name in words]
        imports += [f"from {package} import {name}" for name in sorted(modules)]
        imports += [
            f"from {home} import {name}{SUFFIX}" for name, home in (others or {}).items() if f"{name}{SUFFIX}" in words
        ]
        lines = ["from __future__ import annotations", ""]
        lines += [f"from typing import {'TYPE_CHECKING, ' if imports else ''}TypedDict"] if body else []
        lines += [exports]
        if imports:
            lines += ["if TYPE_CHECKING:", *(f"    {line}" for line in imports)]
        return "\n".join([*lines, "", "", body])

    def _typed_dict(self, plan: ClassPlan) -> str:
        name = f"{plan.name.name}{SUFFIX}"
        keys = {field.wire: self._annotation(field, plan.name.module) for field in plan.fields.values()}
        words = set(_WORD.findall(" ".join(keys.values())))
        if (
            all(wire.isidentifier() and not keyword.iskeyword(wire) and not wire.startswith("__") for wire in keys)
            and not words & keys.keys()
        ):
            lines = [f"    {wire}: {text}" for wire, text in keys.items()] or ["    pass"]
            return "\n".join([f"class {name}(TypedDict, total=False):", *lines, "", "", ""])
        items = ", ".join(f"{wire!r}: {text!r}" for wire, text in keys.items())
        return f"{name} = TypedDict({name!r}, {{{items}}}, total=False)\n\n\n"

    def _annotation(self, field: FieldPlan, module: str) -> str:
        return _or_none(f"Literal[{field.constant!r}]" if field.constant else self._value(field.value, module))

    def _value(self, text: str, module: str) -> str:
        """Return what a manifest may have for a value of a type; None is part of it only where that costs nothing."""
        text = text.removesuffix(" | None")
        if text.startswith("list["):
            # A text is a sequence of texts.
            inner = text[5:-1]
            if inner.removesuffix(" | None") == "str":
                return "list[str]" if inner == "str" else "list[str] | list[str | None]"
            value = self._value(inner, module)
            return f"Sequence[{_or_none(value) if inner.endswith(' | None') else value}]"
        if text.startswith("dict[str, "):
            return f"Mapping[str, {_or_none(self._value(text[10:-1], module))}]"
        name, _, attribute = text.removeprefix("Open[").removesuffix("]").rpartition(".")
        if not name:
            return " | ".join(_SCALARS.get(one, one) for one in text.split(" | "))
        cls = ClassName(module=name, name=attribute)
        if not has_apply_type(self._plans[cls]):
            return "Mapping[str, Any] | Untyped"
        return f"{'' if name == module else f'{name}.'}{attribute}{SUFFIX} | Untyped"


def _or_none(text: str) -> str:
    return text if text == "Any" or text.endswith("Untyped") else f"{text} | None"
