"""The paths of the document -> group-versions with their resources and methods."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from typing import Final

from ..contract import RUNTIME
from ..document.path_checks import METHODS, check_paths
from ..document.spec import Spec
from ..models.build import ModelSet
from ..models.modules import path_group
from ..naming.names import resource_class_name, resource_name
from ..render.ir import GroupVersion, Import, Method, Resource, Skipped
from ..verbs import VERBS, verbs_for
from ..verbs.calls import MADE_BY_CLIENT
from ..verbs.operation import CALL, Operation
from ..verbs.verb import Verb
from .build import build_method
from .operations import OperationReader, PathItem
from .paths import parse_path
from .protocols import protocols_of

_WATCHES: Final = (None, "watch", "watchlist")
"""The actions of the deprecated paths below `/watch/`."""

_RAISED_BY_ALL: Final = (
    "Any call may raise `ConnectionError` (no response), `Unauthorized` (credentials refused) or `Forbidden` (the user "
    "is not allowed to do this)."
)

# The base classes of generated classes, and the argument that they take.
_BASES: Final = ("BaseClient", "GroupVersion", "Resource")


@dataclass(frozen=True, kw_only=True)
class GroupVersions:
    """Everything that the paths of a document became."""

    groups: tuple[GroupVersion, ...]
    discovery: GroupVersion
    skipped: tuple[Skipped, ...]
    """What is left out, or is a plain call because its path has no form that Kubernetes uses."""
    watch_paths: int
    """The number of operations below `/watch/` that were left out: `watch` of a resource does their work."""
    covered: int
    """The number of operations that methods stand for."""

    @property
    def resources(self) -> int:
        """The number of resources."""
        return sum(len(group.resources) for group in self.groups)


def build_group_versions(spec: Spec, models: ModelSet, groups: Collection[str] | None = None) -> GroupVersions:
    """Sort the operations of a document into group-versions and resources, and make their methods.

    Args:
        spec: The document.
        models: Its models, which methods take and return.
        groups: The API groups to keep, `core` for the core group; None keeps all.

    Raises:
        SpecError: A path does not have the form that OpenAPI gives it.
    """
    check_paths(spec)
    return _Sorter(OperationReader(spec=spec, models=models), groups).sort()


class _Sorter:
    def __init__(self, reader: OperationReader, groups: Collection[str] | None) -> None:
        self._reader = reader
        self._models = reader.models
        self._wanted = groups
        self._resources: dict[tuple[str, str], dict[str, list[PathItem]]] = defaultdict(lambda: defaultdict(list))
        self._calls: dict[tuple[str, str], list[Method]] = defaultdict(list)
        self._discovery: list[Method] = []
        self._skipped: list[Skipped] = []
        self._watch_paths = 0
        self._covered = 0

    def sort(self) -> GroupVersions:
        for text, item in sorted(self._reader.spec.paths.items()):
            group = path_group(text)
            if not self._is_wanted(group[0] if group else None):
                continue
            operations = {method: item[method] for method in METHODS if method in item}
            path = parse_path(text)
            if path is None:
                why = "the braces of the path do not match, or name nothing: left out"
                self._skipped += [Skipped(what=f"{method.upper()} {text}", why=why) for method in operations]
            elif self._is_wanted(path.group):
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
        methods = [build_method(verb, operation, self._models.modules) for verb in verbs_for(operation)]
        if operation.action == CALL:
            owner = "`discovery`" if path.version is None else "its group-version"
            why = f"the path has no form that Kubernetes uses: a plain call of {owner}"
            self._skipped.append(Skipped(what=f"{method.upper()} {path.template}", why=why))
        if path.version is not None:
            self._calls[path.group or "", path.version] += methods
        else:
            self._discovery += methods

    def _is_wanted(self, group: str | None) -> bool:
        """True for the groups that were chosen, and for what belongs to none."""
        return self._wanted is None or group is None or (group or "core") in self._wanted or group in self._wanted

    def _group_version(self, group: str, version: str) -> GroupVersion:
        title = f"{group or 'core'}/{version}"
        class_name = self._models.groups.class_name(group, version)
        found = {
            plural: (_kind(group, version, paths) or self._item_kind(paths) or plural, paths)
            for plural, paths in sorted(self._resources.get((group, version), {}).items())
        }
        methods = {plural: self._methods(kind, paths) for plural, (kind, paths) in found.items()}
        bases = _BASES if found else ("GroupVersion",)
        names: set[str] = set()
        calls = self._calls.get((group, version), ())
        imports = _imports(bases, [*calls, *(method for some in methods.values() for method in some)])
        classes = {class_name}
        resources = []
        for plural, (kind, paths) in found.items():
            name = resource_name(kind, plural)
            while name in names:
                name += "_"
            names.add(name)
            resource_class = resource_class_name(name, reserved={one.name for one in imports}, taken=classes)
            classes.add(resource_class)
            namespaced = any(one.path.namespaced for one in paths)
            resources.append(
                Resource(
                    name=name,
                    class_name=resource_class,
                    docstring=f"{kind} of {title}, {'namespaced' if namespaced else 'cluster-scoped'}.",
                    methods=methods[plural],
                    protocols=protocols_of(
                        methods[plural],
                        item=self._reader.item_type(paths).text,
                        list_type=self._reader.list_type(paths).text,
                        namespaced=namespaced,
                    ),
                )
            )
        return GroupVersion(
            name=self._models.groups.name(group, version),
            class_name=class_name,
            title=title,
            docstring=f"Resources of {title}.\n\n{_RAISED_BY_ALL}",
            resources=tuple(resources),
            methods=_unique(calls, taken=names),
            imports=imports,
        )

    def _item_kind(self, paths: list[PathItem]) -> str:
        """Name the kind of a resource after the class of its objects; empty if they have none."""
        item = self._reader.item_type(paths)
        return item.text.rpartition(".")[2] if item.modules else ""

    def _methods(self, kind: str, paths: list[PathItem]) -> tuple[Method, ...]:
        found: list[tuple[Operation, Verb]] = []
        for operation in self._reader.read_resource(kind, paths):
            verbs = verbs_for(operation)
            found += [(operation, verb) for verb in verbs]
            if not verbs:
                self._skipped.append(_skipped(operation))
                self._covered -= 1
        # The verbs in the order in which a reader looks for them, then the subresources.
        found.sort(key=lambda one: (one[0].subresource, VERBS.index(one[1])))
        return _unique(build_method(verb, operation, self._models.modules) for operation, verb in found)


def _kind(group: str, version: str, paths: Iterable[PathItem]) -> str | None:
    """The kind of a resource: what its own paths, before those of a subresource, say that they handle."""
    for one in sorted(paths, key=lambda one: bool(one.path.subresource)):
        for operation in one.operations.values():
            kind = operation.get("x-kubernetes-group-version-kind", {})
            if kind.get("group") == group and kind.get("version") == version:
                return str(kind["kind"])
    return None


def _skipped(operation: Operation) -> Skipped:
    why = "a stream is opened by GET over WebSocket; only SPDY, which aiokube does not speak, needs this"
    return Skipped(what=f"{operation.http_methods[0]} {operation.path}", why=why)


def _imports(bases: Iterable[str], methods: Iterable[Method]) -> tuple[Import, ...]:
    own = {Import(RUNTIME, name) for name in bases}
    return tuple(sorted(own.union(*(method.imports for method in methods))))


def _unique(methods: Iterable[Method], *, taken: Collection[str] = ()) -> tuple[Method, ...]:
    """The methods under a name each, so that none hides another, nor a resource's."""
    unique: dict[str, Method] = {}
    for method in methods:
        name = method.name
        while name in unique or name in taken:
            name += "_"
        unique[name] = replace(method, name=name)
    return tuple(unique.values())
