"""A document -> the catalog of its API, by what the generator makes of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from aiokube.runtime.discovery.api_resource import ApiResource

from ..document.spec import Spec
from ..methods.group_versions import GroupVersions, build_group_versions
from ..models.build import ModelSet, build_models
from ..naming.deprecations import deprecation
from ..render import ir
from .catalog import Catalog, Group, Kind, Method, Version
from .methods import method_of
from .operations import OperationIndex
from .short_names import BUILT_IN, ResourceNames
from .types import TypeReader
from .versions import by_preference


def build_catalog(spec: Spec, resources: Iterable[ApiResource] = ()) -> Catalog:
    """Make the catalog of an API.

    Args:
        spec: The document: that of the shipped client, of a file or of a cluster.
        resources: What discovery tells, for short names and categories. Those of built-in resources are known anyway.
    """
    models = build_models(spec)
    return catalog_of(spec, models, build_group_versions(spec, models), resources)


def catalog_of(spec: Spec, models: ModelSet, built: GroupVersions, resources: Iterable[ApiResource] = ()) -> Catalog:
    """Make the catalog of an API whose client is planned already.

    Args:
        spec: The document.
        models: Its models.
        built: Its methods.
        resources: As of `build_catalog`.
    """
    types = TypeReader(models)
    builder = _Builder(models, types, OperationIndex(spec, types), resources)
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
    def __init__(
        self, models: ModelSet, types: TypeReader, operations: OperationIndex, resources: Iterable[ApiResource]
    ) -> None:
        self._types = types
        self._operations = operations
        self._discovered = {(one.group, one.version, one.plural): one for one in resources}
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
        built_in = BUILT_IN.get((owner.group, resource.plural), ResourceNames())
        names = self._discovered.get((owner.group, owner.version, resource.plural), built_in)
        return Kind(
            group=owner.group,
            version=owner.version,
            name=resource.kind,
            plural=resource.plural,
            singular=getattr(names, "singular", "") or resource.kind.lower(),
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
