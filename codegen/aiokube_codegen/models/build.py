"""The definitions of a document -> modules of dataclasses: planned first, then printed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from ..document.fixups import apply_fixups, drop_zero_defaults, mark_verbatim
from ..document.spec import DEFINITIONS, Schema, Spec, is_class, is_dynamic, is_open
from ..naming.names import GroupNames, class_name
from ..skipped import Skipped
from .apply_types import SUFFIX, apply_sources, has_apply_type
from .modules import META_MODULE, Modules, assign_modules, merge_rings
from .plan import ClassPlan, Planner
from .printing import sources_of
from .sharing import Sharing
from .shipped import shared_classes
from .types import ClassName, TypeRef, Types
from .versions import earlier_modules


@dataclass(frozen=True, kw_only=True)
class ModelSet:
    """The classes of a document's definitions, and the types of what is in them. Modules are printed when asked for."""

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
    earlier: Mapping[ClassName, str] = field(repr=False)
    """Classes that are those of an earlier version of their group, with its module."""
    types: Types = field(repr=False)
    plans: Mapping[ClassName, ClassPlan] = field(repr=False)
    """The classes of the modules."""

    @cached_property
    def names(self) -> frozenset[str]:
        """Names of the modules."""
        return frozenset(name.module for name in self.plans)

    @cached_property
    def modules(self) -> Mapping[str, str]:
        """Source by module, without a header: `core_v1`; `large_v1/__init__` and `large_v1/thing` of one in parts."""
        by_module: dict[str, list[ClassPlan]] = defaultdict(list)
        for name, plan in self.plans.items():
            by_module[name.module].append(plan)
        return {
            path: source
            for module, owned in sorted(by_module.items())
            for path, source in sources_of(module, owned, self.shared, self.earlier).items()
        }

    def reference(self, schema: Schema) -> TypeRef:
        """Return the type of a schema found in an operation: `core_v1.Pod`, `str`, `dict[str, Any]`."""
        type = self.types.of(schema)
        # A class that keeps unknown fields is marked where it is part of something; a call takes and returns it itself.
        whole = {f"Open[{cls}]": str(cls) for cls in type.classes}
        return TypeRef(
            text=whole.get(type.text, type.text),
            modules=frozenset(cls.module for cls in type.classes),
            manifest=self._manifest(type.text),
        )

    def apply_modules(self, manifests: Iterable[str]) -> Mapping[str, str]:
        """Return the source of the modules of manifests' types.

        Args:
            manifests: The types that methods name, as their annotations have them: `_core_v1.PodApply`.
        """
        roots = []
        for name in manifests:
            module, _, cls = name.removeprefix("_").partition(".")
            roots.append(ClassName(module=module, name=cls.removesuffix(SUFFIX)))
        return apply_sources(self.plans, roots, self.shared, self.earlier)

    def _manifest(self, text: str) -> str:
        module, _, name = text.rpartition(".")
        plan = self.plans.get(ClassName(module=module, name=name))
        typed = plan is not None and has_apply_type(plan)
        return f"_{module}.{name}{SUFFIX} | UntypedManifest" if typed else TypeRef(text=text).manifest


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
    return ModelSet(
        groups=modules.groups,
        classes=len(plans),
        nested=len(planned.sharing.inline),
        scalars={
            name: types.of({"$ref": DEFINITIONS + name}).text
            for name in sorted(definitions)
            if name not in types.classes
        },
        merged=modules.merged,
        earlier=earlier_modules(plans, planned.sharing.inline.keys() - shared, modules.groups, _module_graph(plans)),
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
