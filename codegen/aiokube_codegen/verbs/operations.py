"""Paths of the OpenAPI document -> groups, resources and operations."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ..document.path_checks import METHODS, check_paths
from ..document.spec import Spec
from ..models.plan import ModelSet
from ..naming.names import attribute_name, operation_name, resource_class_name, resource_name
from ..render.ir import GroupVersion, Operation, Resource, Skipped, TypeRef
from .methods import ResourcePath, methods
from .parameters import query_parameters

_ORDER = (
    "get",
    "list",
    "iterate",
    "watch",
    "informer",
    "metadata_informer",
    "wait_for",
    "create",
    "replace",
    "patch",
    "edit",
    "apply",
    "delete",
    "delete_collection",
)

# Of the deprecated paths below `/watch/`; a resource may be called so, too.
_WATCHES = ("watch", "watchlist")

_RESOURCE = re.compile(
    r"/(?:api|apis/(?P<group>[^/{}]+))/(?P<version>[^/{}]+)/(?P<scope>namespaces/\{namespace\}/)?(?P<plural>[^/{}]+)"
    r"(?P<named>/\{name\}(?:/(?P<subresource>[^/{}]+)(?P<tail>/\{path\})?)?)?"
)
_GROUP_VERSION = re.compile(r"/(?:api|apis/(?P<group>[^/{}]+))/(?P<version>[^/{}]+)/")
_GROUP = re.compile(r"/apis/(?P<group>[^/{}]+)/")
_PLAIN = re.compile(r"/[^{}]*(?:\{(?P<tail>[^{}]+)\})?")


@dataclass(frozen=True, kw_only=True)
class Operations:
    """Everything that the paths of a document became."""

    groups: tuple[GroupVersion, ...]
    discovery: GroupVersion
    skipped: tuple[Skipped, ...]
    watch_paths: int
    """How many operations of deprecated `/watch/` paths were left out: `watch` of a resource does their work."""
    covered: int
    """How many operations of the document the methods stand for."""

    @property
    def resources(self) -> int:
        """How many resources there are."""
        return sum(len(group.resources) for group in self.groups)


@dataclass(kw_only=True)
class _Found:
    """One resource on the way: its paths so far."""

    places: list[ResourcePath] = field(default_factory=list)


def build_operations(spec: Spec, models: ModelSet, groups: Collection[str] | None = None) -> Operations:
    """Sort the operations of a document into groups and resources.

    Args:
        spec: the document.
        models: its models, which answers and bodies refer to.
        groups: the API groups to keep, `core` for the core group; None keeps all.

    Raises:
        SpecError: a path is not of the shape that OpenAPI gives it.
    """
    check_paths(spec)
    found: dict[tuple[str, str], dict[str, _Found]] = {}
    own: dict[tuple[str, str], list[Operation]] = {}
    discovery: list[Operation] = []
    skipped: list[Skipped] = []
    watch_paths = covered = 0
    for path, item in sorted(spec.paths.items()):
        operations = {method: item[method] for method in METHODS if method in item}
        if operations and all(one.get("x-kubernetes-action") in _WATCHES for one in operations.values()):
            watch_paths += len(operations)
            continue
        if (match := _RESOURCE.fullmatch(path)) and any("x-kubernetes-action" in o for o in operations.values()):
            group = match["group"] or ""
            if not _wanted(group, groups):
                continue
            resources = found.setdefault((group, match["version"]), {})
            place = _place(path, match, item, operations)
            resources.setdefault(match["plural"], _Found()).places.append(place)
            covered += len(operations)
        elif set(operations) == {"get"} and (match := _PLAIN.fullmatch(path)):
            call = _call(spec, models, path, item, match["tail"])
            if match := _GROUP_VERSION.fullmatch(path):
                if _wanted(match["group"] or "", groups):
                    own.setdefault((match["group"] or "", match["version"]), []).append(call)
                    covered += 1
                continue
            match = _GROUP.fullmatch(path)
            if match is None or _wanted(match["group"], groups):
                discovery.append(call)
                covered += 1
        else:
            why = "its path has no shape known to Kubernetes"
            skipped += [Skipped(what=f"{method.upper()} {path}", why=why) for method in operations]
    built = []
    for group, version in sorted(found.keys() | own.keys()):
        name = models.groups.name(group, version)
        resources_built, left_out = _resources(spec, models, group, version, found.get((group, version), {}))
        skipped += left_out
        covered -= len(left_out)
        built.append(
            GroupVersion(
                name=name,
                class_name=models.groups.class_name(group, version),
                title=f"{group}/{version}" if group else version,
                resources=resources_built,
                operations=tuple(own.get((group, version), ())),
            )
        )
    return Operations(
        groups=tuple(built),
        discovery=GroupVersion(
            name="discovery",
            class_name="Discovery",
            title="What the server offers and what it is",
            operations=tuple(_unique(discovery)),
        ),
        skipped=tuple(skipped),
        watch_paths=watch_paths,
        covered=covered,
    )


def _wanted(group: str, groups: Collection[str] | None) -> bool:
    return groups is None or (group or "core") in groups or group in groups


def _place(path: str, match: re.Match[str], item: Mapping[str, Any], operations: Mapping[str, Any]) -> ResourcePath:
    return ResourcePath(
        path=path,
        namespaced=match["scope"] is not None,
        named=match["named"] is not None,
        subresource=match["subresource"],
        tail=match["tail"] is not None,
        item=item,
        operations=operations,
    )


def _resources(
    spec: Spec, models: ModelSet, group: str, version: str, found: Mapping[str, _Found]
) -> tuple[tuple[Resource, ...], list[Skipped]]:
    resources: list[Resource] = []
    skipped: list[Skipped] = []
    taken: set[str] = set()
    classes = {models.groups.class_name(group, version)}
    for plural, one in sorted(found.items()):
        kind = _kind(group, version, one.places) or plural
        name = resource_name(kind, plural)
        while name in taken:
            name += "_"
        taken.add(name)
        class_name = resource_class_name(name, taken=classes)
        classes.add(class_name)
        operations, left_out = methods(spec, models, kind, one.places)
        skipped += left_out
        resources.append(
            Resource(
                name=name,
                class_name=class_name,
                plural=plural,
                kind=kind,
                namespaced=any(place.namespaced for place in one.places),
                operations=tuple(_unique(sorted(operations, key=_rank))),
            )
        )
    return tuple(resources), skipped


def _kind(group: str, version: str, places: Iterable[ResourcePath]) -> str | None:
    """The kind of a resource: what its own paths, not those of a subresource, say that they handle."""
    for place in sorted(places, key=lambda place: place.subresource is not None):
        for operation in place.operations.values():
            of = operation.get("x-kubernetes-group-version-kind", {})
            if of.get("group") == group and of.get("version") == version:
                return str(of["kind"])
    return None


def _rank(operation: Operation) -> int:
    """Where a method stands in its class: the verbs in the order a reader looks for them, then the subresources."""
    return _ORDER.index(operation.name) if operation.name in _ORDER else len(_ORDER)


def _call(spec: Spec, models: ModelSet, path: str, item: Mapping[str, Any], tail: str | None) -> Operation:
    operation = item["get"]
    schema = operation.get("responses", {}).get("200", {}).get("schema", {})
    answer = models.reference(schema) if "$ref" in schema else TypeRef(text="str")
    name = operation_name(operation.get("operationId") or f"get{path.title().replace('/', '')}")
    if name.endswith("_api_resources"):
        name = "get_api_resources"
    return Operation(
        name=name,
        shape="call" if "$ref" in schema else "call_text",
        http_methods=("GET",),
        path=path.replace(f"{{{tail}}}", "{path}") if tail else path,
        summary=_sentence(operation.get("description", "")),
        tail=attribute_name(tail) if tail else None,
        parameters=tuple(query_parameters(spec, item, operation).values()),
        answer=answer,
    )


def _sentence(text: str) -> str:
    text = " ".join(text.split()) or "Call the server"
    return text[0].upper() + text[1:].rstrip(".") + "."


def _unique(operations: Iterable[Operation]) -> Iterable[Operation]:
    """Every operation under a name of its own, so that none hides another."""
    taken: set[str] = set()
    for operation in operations:
        name = operation.name
        while name in taken:
            name += "_"
        taken.add(name)
        yield operation if name == operation.name else replace(operation, name=name)
