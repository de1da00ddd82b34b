"""The paths of the document -> group-versions with their resources and methods."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from ..contract import RUNTIME
from ..document.path_checks import METHODS
from ..document.spec import Spec
from ..models.build import ModelSet
from ..naming.deprecations import deprecation, mark_deprecated
from ..naming.names import resource_class_name, resource_name
from ..render.ir import GroupVersion, Import, Method, Resource
from ..skipped import Skipped
from ..verbs import VERBS, streams_over, verbs_for
from ..verbs.calls import MADE_BY_CLIENT
from ..verbs.operation import Operation
from ..verbs.verb import Verb
from .build import build_method
from .operations import OperationReader, ResourcePath

# Of the deprecated paths below `/watch/`; a resource may be called so, too.
_WATCHES: Final = ("watch", "watchlist")

_RESOURCE: Final = re.compile(
    r"/(?:api|apis/(?P<group>[^/{}]+))/(?P<version>[^/{}]+)/(?P<scope>namespaces/\{namespace\}/)?(?P<plural>[^/{}]+)"
    r"(?P<named>/\{name\}(?:/(?P<subresource>[^/{}]+)(?P<suffix>/\{path\})?)?)?"
)
_GROUP_VERSION: Final = re.compile(r"/(?:api|apis/(?P<group>[^/{}]+))/(?P<version>[^/{}]+)/")
_GROUP: Final = re.compile(r"/apis/(?P<group>[^/{}]+)/")
_PLAIN: Final = re.compile(r"/[^{}]*(?:\{(?P<suffix>[^{}]+)\})?")

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
    """
    return _Sorter(OperationReader(spec=spec, models=models), groups).sort()


class _Sorter:
    def __init__(self, reader: OperationReader, groups: Collection[str] | None) -> None:
        self._reader = reader
        self._models = reader.models
        self._wanted = groups
        self._resources: dict[tuple[str, str], dict[str, list[ResourcePath]]] = defaultdict(lambda: defaultdict(list))
        self._calls: dict[tuple[str, str], list[Method]] = defaultdict(list)
        self._discovery: list[Method] = []
        self._skipped: list[Skipped] = []
        self._watch_paths = 0
        self._covered = 0

    def sort(self) -> GroupVersions:
        for path, item in sorted(self._reader.spec.paths.items()):
            self._sort_path(path, item, {method: item[method] for method in METHODS if method in item})
        built = [self._group_version(*key) for key in sorted(self._resources.keys() | self._calls.keys())]
        discovery = _unique(self._discovery)
        return GroupVersions(
            groups=tuple(built),
            discovery=GroupVersion(
                name="discovery",
                class_name="Discovery",
                docstring="Discovery, and other calls of the server that belong to no group-version.",
                methods=discovery,
                imports=_imports(("GroupVersion",), discovery),
            ),
            skipped=tuple(self._skipped),
            watch_paths=self._watch_paths,
            covered=self._covered,
        )

    def _sort_path(self, path: str, item: Mapping[str, Any], operations: Mapping[str, Any]) -> None:
        actions = [operation.get("x-kubernetes-action") for operation in operations.values()]
        if actions and all(action in _WATCHES for action in actions):
            self._watch_paths += len(actions)
        elif any(action is not None for action in actions) and (match := _RESOURCE.fullmatch(path)):
            if self._is_wanted(match["group"]):
                found = self._resources[match["group"] or "", match["version"]]
                found[match["plural"]].append(_resource_path(path, match, item, operations))
                self._covered += len(operations)
        elif set(operations) == {"get"} and (match := _PLAIN.fullmatch(path)):
            self._sort_call(path, item, match["suffix"])
        else:
            why = "the path has no form that Kubernetes uses"
            self._skipped += [Skipped(what=f"{method.upper()} {path}", why=why) for method in operations]

    def _sort_call(self, path: str, item: Mapping[str, Any], suffix: str | None) -> None:
        of_version, of_group = _GROUP_VERSION.fullmatch(path), _GROUP.fullmatch(path)
        if (match := of_version or of_group) and not self._is_wanted(match["group"]):
            return
        self._covered += 1
        if path in MADE_BY_CLIENT:
            return
        operation = self._reader.read_call(path, item, suffix)
        methods = [build_method(verb, operation, self._models.modules) for verb in verbs_for(operation)]
        if of_version:
            self._calls[of_version["group"] or "", of_version["version"]] += methods
        else:
            self._discovery += methods

    def _is_wanted(self, group: str | None) -> bool:
        return self._wanted is None or (group or "core") in self._wanted or (group or "") in self._wanted

    def _group_version(self, group: str, version: str) -> GroupVersion:
        title = f"{group or 'core'}/{version}"
        class_name = self._models.groups.class_name(group, version)
        found = {
            plural: (_kind(group, version, paths) or plural, paths)
            for plural, paths in sorted(self._resources.get((group, version), {}).items())
        }
        methods = {plural: self._methods(kind, paths) for plural, (kind, paths) in found.items()}
        calls = tuple(self._calls.get((group, version), ()))
        bases = _BASES if found else ("GroupVersion",)
        imports = _imports(bases, [*calls, *(method for some in methods.values() for method in some)])
        names: set[str] = set()
        classes = {class_name}
        resources = []
        for plural, (kind, paths) in found.items():
            name = resource_name(kind, plural)
            while name in names:
                name += "_"
            names.add(name)
            resource_class = resource_class_name(name, reserved={one.name for one in imports}, taken=classes)
            classes.add(resource_class)
            scope = "namespaced" if any(path.namespaced for path in paths) else "cluster-scoped"
            notice = deprecation(mark_deprecated(self._reader.item_description(paths)))
            text = f"{kind} of {title}, {scope}."
            resources.append(
                Resource(
                    name=name,
                    class_name=resource_class,
                    docstring=f"{notice}\n\n{text}" if notice else text,
                    methods=methods[plural],
                )
            )
        text = f"Resources of {title}.\n\n{_RAISED_BY_ALL}"
        if resources and all(deprecation(resource.docstring) for resource in resources):
            text = f"Deprecated: all of its resources are.\n\n{text}"
        return GroupVersion(
            name=self._models.groups.name(group, version),
            class_name=class_name,
            docstring=text,
            resources=tuple(resources),
            methods=calls,
            imports=imports,
        )

    def _methods(self, kind: str, paths: list[ResourcePath]) -> tuple[Method, ...]:
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


def _resource_path(
    path: str, match: re.Match[str], item: Mapping[str, Any], operations: Mapping[str, Any]
) -> ResourcePath:
    return ResourcePath(
        path=path,
        namespaced=match["scope"] is not None,
        named=match["named"] is not None,
        subresource=match["subresource"] or "",
        suffixed=match["suffix"] is not None,
        item=item,
        operations=operations,
    )


def _kind(group: str, version: str, paths: Iterable[ResourcePath]) -> str | None:
    """The kind of a resource: what its own paths, before those of a subresource, say that they handle."""
    for path in sorted(paths, key=lambda path: bool(path.subresource)):
        for operation in path.operations.values():
            kind = operation.get("x-kubernetes-group-version-kind", {})
            if kind.get("group") == group and kind.get("version") == version:
                return str(kind["kind"])
    return None


def _skipped(operation: Operation) -> Skipped:
    if streams_over(operation.subresource):
        why = "a stream is opened by GET over WebSocket; only SPDY, which aiokube does not speak, needs this"
    elif operation.action == "patch":
        why = "it takes no known type of patch"
    else:
        why = f"the action {operation.action!r} is not known"
    return Skipped(what=f"{operation.http_methods[0]} {operation.path}", why=why)


def _imports(bases: Iterable[str], methods: Iterable[Method]) -> tuple[Import, ...]:
    own = {Import(RUNTIME, name) for name in bases}
    return tuple(sorted(own.union(*(method.imports for method in methods))))


def _unique(methods: Iterable[Method]) -> tuple[Method, ...]:
    """The methods under a name each, so that none hides another."""
    unique: dict[str, Method] = {}
    for method in methods:
        name = method.name
        while name in unique:
            name += "_"
        unique[name] = replace(method, name=name)
    return tuple(unique.values())
