"""A document -> the catalog of its API, by what the generator makes of it."""

from __future__ import annotations

from collections import defaultdict

from ..document.spec import Spec
from ..methods.group_versions import build_group_versions
from ..models.build import ModelSet, build_models
from ..naming.deprecations import deprecation
from ..render import ir
from .catalog import Catalog, Group, Kind, Method, Version
from .methods import method_of
from .operations import OperationIndex
from .short_names import BUILT_IN, ResourceNames
from .types import TypeReader
from .versions import by_preference


def build_catalog(spec: Spec) -> Catalog:
    """Make the catalog of an API.

    Args:
        spec: The document: that of the shipped client, of a file or of a cluster.
    """
    models = build_models(spec)
    built = build_group_versions(spec, models)
    types = TypeReader(models)
    builder = _Builder(spec, models, types, OperationIndex(spec, types))
    groups: dict[str, list[Version]] = defaultdict(list)
    for one in built.groups:
        groups[one.group].append(builder.version(one))
    return Catalog(
        origin=spec.origin,
        version=spec.version,
        groups=tuple(Group(name=name, versions=tuple(by_preference(groups[name]))) for name in sorted(groups)),
        types=types.types(),
        methods=builder.methods(built.discovery),
    )


class _Builder:
    def __init__(self, spec: Spec, models: ModelSet, types: TypeReader, operations: OperationIndex) -> None:
        self._types = types
        self._operations = operations
        self._names = BUILT_IN
        self._definitions = {str(cls): definition for definition, cls in models.types.classes.items()}

    def version(self, one: ir.GroupVersion) -> Version:
        """Return a version with its kinds."""
        return Version(
            group=one.group,
            version=one.version,
            name=one.name,
            deprecated=deprecation(one.docstring),
            kinds=tuple(self._kind(one, resource) for resource in sorted(one.resources, key=lambda one: one.kind)),
            methods=self.methods(one),
        )

    def methods(self, one: ir.GroupVersion) -> tuple[Method, ...]:
        """Return the calls of a group-version, or of the server."""
        return tuple(method_of(method, one.name, self._operations.ids) for method in one.methods)

    def _kind(self, owner: ir.GroupVersion, resource: ir.Resource) -> Kind:
        key = self._types.key_of(self._definitions.get(resource.item, ""))
        described, notice = self._types.description(key)
        attribute = f"{owner.name}.{resource.name}"
        names = self._names.get((owner.group, resource.plural), ResourceNames())
        return Kind(
            group=owner.group,
            version=owner.version,
            name=resource.kind,
            plural=resource.plural,
            singular=resource.kind.lower(),
            short_names=names.short_names,
            categories=names.categories,
            namespaced=resource.namespaced,
            description=described,
            deprecated=notice,
            attribute=attribute,
            python=resource.item,
            type=key,
            operations=self._operations.of_resource(owner.group, owner.version, resource.plural),
            methods=tuple(method_of(method, attribute, self._operations.ids) for method in resource.methods),
        )
