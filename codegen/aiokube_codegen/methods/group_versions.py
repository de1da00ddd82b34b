"""The paths of the document -> group-versions with their resources and methods."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from ..contract import RUNTIME
from ..document.path_checks import METHODS
from ..document.spec import Spec
from ..models.build import ModelSet
from ..naming.deprecations import deprecation, mark_deprecated
from ..naming.docstrings import literal
from ..naming.names import resource_class_name, resource_name
from ..naming.plurals import singular
from ..render.ir import SHARED_MODULE, GroupVersion, Import, Method, Resource, SharedMethods
from ..skipped import Skipped
from ..verbs import VERBS, verbs_for
from ..verbs.calls import MADE_BY_CLIENT
from ..verbs.operation import CALL, Operation
from .build import build_method
from .imports import imports_of
from .operations import OperationReader, PathItem
from .paths import parse_path
from .protocols import protocols_of
from .shared import SharedClasses, generalized, in_general, is_shared, list_type_of, of_resource, paths_of, stated

_WATCHES: Final = (None, "watch", "watchlist")
"""The actions of the deprecated paths below `/watch/`."""

_MANIFEST: Final = re.compile(r"\b_\w+\.\w+Apply\b")

_RAISED_BY_ALL: Final = (
    "Any call may raise `ConnectionError` (no response), `Unauthorized` (credentials refused) or `Forbidden` (the user "
    "is not allowed to do this)."
)


@dataclass(frozen=True, kw_only=True)
class GroupVersions:
    """Everything that the paths of a document became."""

    groups: tuple[GroupVersion, ...]
    discovery: GroupVersion
    shared: tuple[SharedMethods, ...]
    """Methods that custom resources share."""
    skipped: tuple[Skipped, ...]
    """Operations that are left out, or are plain calls because their paths have no form that Kubernetes uses."""
    watch_paths: int
    """The number of operations below `/watch/` that were left out: `watch` of a resource does their work."""
    covered: int
    """The number of operations that methods stand for."""

    @property
    def manifests(self) -> frozenset[str]:
        """The types of manifests that methods take: `_core_v1.PodApply`."""
        methods = [method for group in self.groups for resource in group.resources for method in resource.methods]
        methods += [method for group in (*self.groups, self.discovery) for method in group.methods]
        arguments = {argument for method in methods for argument in method.signature.arguments}
        return frozenset(name for argument in arguments for name in _MANIFEST.findall(argument))

    @property
    def resources(self) -> int:
        """The number of resources."""
        return sum(len(group.resources) for group in self.groups)


def build_group_versions(spec: Spec, models: ModelSet) -> GroupVersions:
    """Sort the operations of a document into group-versions and resources, and make their methods.

    Args:
        spec: The document.
        models: Its models, which methods take and return.
    """
    return _Sorter(OperationReader(spec=spec, models=models)).sort()


class _Sorter:
    def __init__(self, reader: OperationReader) -> None:
        self._reader = reader
        self._models = reader.models
        self._resources: dict[tuple[str, str], dict[str, list[PathItem]]] = defaultdict(lambda: defaultdict(list))
        self._calls: dict[tuple[str, str], list[Method]] = defaultdict(list)
        self._discovery: list[Method] = []
        self._shared = SharedClasses()
        self._skipped: list[Skipped] = []
        self._watch_paths = 0
        self._covered = 0

    def sort(self) -> GroupVersions:
        for text, item in sorted(self._reader.spec.paths.items()):
            operations = {method: item[method] for method in METHODS if method in item}
            path = parse_path(text)
            if path is None:
                why = "the braces of the path do not match, or name nothing: left out"
                self._skipped += [Skipped(what=f"{method.upper()} {text}", why=why) for method in operations]
            else:
                self._sort_path(PathItem(path=path, item=item, operations=operations))
        built = [self._group_version(*key) for key in sorted(self._resources.keys() | self._calls.keys())]
        discovery = _unique(self._discovery)
        return GroupVersions(
            groups=tuple(built),
            discovery=GroupVersion(
                name="discovery",
                class_name="Discovery",
                title="discovery",
                docstring="Discovery, and other calls of the server that belong to no group-version.",
                methods=discovery,
                imports=_imports(("GroupVersion",), discovery),
            ),
            shared=self._shared.all(),
            skipped=tuple(self._skipped),
            watch_paths=self._watch_paths,
            covered=self._covered,
        )

    def _sort_path(self, one: PathItem) -> None:
        path = one.path
        actions = [operation.get("x-kubernetes-action") for operation in one.operations.values()]
        if path.is_watch and all(action in _WATCHES for action in actions):
            self._watch_paths += len(actions)
            return
        calls = [
            method
            for method, operation in one.operations.items()
            if not path.named and self._reader.action(path, method, operation) == CALL
        ]
        if path.plural and len(calls) < len(one.operations):
            operations = {method: said for method, said in one.operations.items() if method not in calls}
            self._resources[path.group or "", path.version or ""][path.plural].append(
                replace(one, operations=operations)
            )
            self._covered += len(operations)
        for method in calls:
            self._sort_call(one, method)

    def _sort_call(self, one: PathItem, method: str) -> None:
        path = one.path
        self._covered += 1
        if path.template in MADE_BY_CLIENT:
            return
        operation = self._reader.read_call(one, method)
        methods = [build_method(verb, operation, self._models.names) for verb in verbs_for(operation)]
        if operation.action == CALL:
            owner = "`discovery`" if path.version is None else "its group-version"
            why = f"the path has no form that Kubernetes uses: a plain call of {owner}"
            self._skipped.append(Skipped(what=f"{method.upper()} {path.template}", why=why))
        if path.version is not None:
            self._calls[path.group or "", path.version] += methods
        else:
            self._discovery += methods

    def _group_version(self, group: str, version: str) -> GroupVersion:
        title = f"{group or 'core'}/{version}"
        class_name = self._models.groups.class_name(group, version)
        found = {
            plural: (_kind(group, version, paths) or self._item_kind(paths) or singular(plural), paths)
            for plural, paths in sorted(self._resources.get((group, version), {}).items())
        }
        methods = {plural: self._methods(kind, paths) for plural, (kind, paths) in found.items()}
        bases = {"GroupVersion", *(("BaseClient",) if found else ())}
        names: set[str] = set()
        calls = self._calls.get((group, version), ())
        imports = _imports(bases, calls, *(one.imports(self._models.names) for one in methods.values()))
        classes = {class_name}
        resources = []
        for plural, (kind, paths) in found.items():
            name = resource_name(kind, plural)
            while name in names:
                name += "_"
            names.add(name)
            resource_class = resource_class_name(name, reserved={one.name for one in imports}, taken=classes)
            classes.add(resource_class)
            resources.append(
                Resource(
                    name=name,
                    class_name=resource_class,
                    docstring=self._described(f"{kind} of {title}", paths),
                    methods=methods[plural].methods,
                    base=methods[plural].base,
                    stated=methods[plural].stated,
                    shared=methods[plural].shared,
                    kind=kind,
                    plural=plural,
                    item=self._reader.item_type(paths).text,
                    namespaced=any(one.path.namespaced for one in paths),
                    protocols=protocols_of(
                        methods[plural].methods,
                        item=self._reader.item_type(paths).text,
                        list_type=self._reader.list_type(paths).text,
                        namespaced=any(one.path.namespaced for one in paths),
                    ),
                )
            )
        text = f"Resources of {title}.\n\n{_RAISED_BY_ALL}"
        if resources and all(deprecation(resource.docstring) for resource in resources):
            text = f"Deprecated: all of its resources are.\n\n{text}"
        return GroupVersion(
            name=self._models.groups.name(group, version),
            class_name=class_name,
            title=title,
            docstring=text,
            group=group,
            version=version,
            resources=tuple(resources),
            methods=_unique(calls, taken=names),
            imports=imports,
        )

    def _item_kind(self, paths: list[PathItem]) -> str:
        """Name the kind of a resource after the class of its objects; empty if they have none."""
        item = self._reader.item_type(paths)
        return item.text.rpartition(".")[2] if item.modules else ""

    def _described(self, title: str, paths: Sequence[PathItem]) -> str:
        scope = "namespaced" if any(one.path.namespaced for one in paths) else "cluster-scoped"
        notice = deprecation(mark_deprecated(self._reader.item_description(paths)))
        text = f"{title}, {scope}."
        return f"{notice}\n\n{text}" if notice else text

    def _methods(self, kind: str, paths: list[PathItem]) -> _Methods:
        operations = []
        for operation in self._reader.read_resource(kind, paths):
            if verbs_for(operation):
                operations.append(operation)
            else:
                self._skipped.append(_skipped(operation))
                self._covered -= 1
        collection = self._reader.collection(paths)
        is_custom = collection and self._reader.is_custom(paths)
        shared = [one for one in operations if is_custom and is_shared(one)]
        own = [one for one in operations if one not in shared]
        if not shared:
            return _Methods(methods=_unique(self._built(own)))
        general = _unique(map(generalized, self._built([in_general(one, collection) for one in shared])))
        base = self._shared.class_of(shared, general)
        item, list_type = shared[0].item.text, list_type_of(shared)
        manifest = shared[0].item.manifest.removesuffix(" | UntypedManifest")
        stated_paths = paths_of(shared, collection)
        inherited = [of_resource(method, stated_paths, item, list_type, manifest) for method in general]
        return _Methods(
            methods=(*inherited, *_unique(self._built(own), taken={method.name for method in general})),
            base=f"{base.name}[{item}, {list_type}, {_in_base(manifest)}]",
            manifest=manifest,
            stated=stated(shared, collection),
            shared=frozenset(method.name for method in general),
        )

    def _built(self, operations: Iterable[Operation]) -> Iterator[Method]:
        found = [(operation, verb) for operation in operations for verb in verbs_for(operation)]
        # The verbs in the order in which a reader looks for them, then the subresources.
        found.sort(key=lambda one: (one[0].subresource, VERBS.index(one[1])))
        return (build_method(verb, operation, self._models.names) for operation, verb in found)


@dataclass(frozen=True, kw_only=True)
class _Methods:
    """The methods of a resource, and the base class that has some of them."""

    methods: tuple[Method, ...]
    base: str = "Resource"
    manifest: str = "Any"
    """The type of manifests in the base class."""
    stated: Mapping[str, str] = field(default_factory=dict)
    shared: frozenset[str] = frozenset()

    def imports(self, models: Collection[str]) -> frozenset[Import]:
        """The imports that the resource's class needs."""
        own = [method.imports for method in self.methods if method.name not in self.shared]
        types = imports_of([*self.stated.values(), self.base, self.manifest], models)
        return frozenset(
            Import(f".{SHARED_MODULE}", one.name) if one.name == self.base.partition("[")[0] and self.shared else one
            for one in types.union(*own)
        )


def _in_base(manifest: str) -> str:
    """Return the type of manifests as it is written in a base class, which is evaluated when the module is imported."""
    # Type checkers alone import the classes of manifests, and ruff does not see what else a text in a base needs.
    return literal(manifest) if _MANIFEST.fullmatch(manifest) else manifest


def _kind(group: str, version: str, paths: Iterable[PathItem]) -> str | None:
    """The kind of a resource: what its own paths, before those of a subresource, say that they handle."""
    for one in sorted(paths, key=lambda one: bool(one.path.subresource)):
        for operation in one.operations.values():
            said = operation.get("x-kubernetes-group-version-kind", {})
            if said.get("kind") and (said.get("group", ""), said.get("version")) == (group, version):
                return str(said["kind"])
    return None


def _skipped(operation: Operation) -> Skipped:
    why = "only streams over SPDY need this; aiokube opens them by GET, over WebSocket"
    return Skipped(what=f"{operation.http_methods[0]} {operation.path}", why=why)


def _imports(bases: Iterable[str], methods: Iterable[Method], *more: frozenset[Import]) -> tuple[Import, ...]:
    own = {Import(RUNTIME, name) for name in bases}
    return tuple(sorted(own.union(*(method.imports for method in methods), *more)))


def _unique(methods: Iterable[Method], *, taken: Collection[str] = ()) -> tuple[Method, ...]:
    """The methods under a name each, so that none hides another, nor a resource's."""
    unique: dict[str, Method] = {}
    for method in methods:
        name = method.name
        while name in unique or name in taken:
            name += "_"
        unique[name] = replace(method, name=name)
    return tuple(unique.values())
