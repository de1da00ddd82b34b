"""Resources of a group-version: found in the paths of its OpenAPI document, as plain values."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..document import Part
from .names import CATEGORIES, SHORT_NAMES

# The verbs of discovery, by the action that the document gives an operation.
_VERBS = {
    "get": ("get",),
    "list": ("list", "watch"),
    "post": ("create",),
    "put": ("update",),
    "patch": ("patch",),
    "delete": ("delete",),
    "deletecollection": ("deletecollection",),
}
_BY_METHOD = {"get": "get", "post": "create", "put": "update", "patch": "patch", "delete": "delete"}

_PATH = re.compile(
    r"/(?P<namespaced>namespaces/\{namespace\}/)?(?P<plural>[^/{]+)(?P<name>/\{name\}(?:/(?P<sub>[^/{]+))?)?"
)


@dataclass(frozen=True, kw_only=True)
class Subresource:
    """A subresource, such as `scale` of deployments."""

    name: str
    group: str
    version: str
    kind: str
    verbs: frozenset[str]
    """In discovery's words."""


@dataclass(frozen=True, kw_only=True)
class Resource:
    """A resource of a group-version."""

    group: str
    """Empty for the core group."""
    version: str
    plural: str
    singular: str
    kind: str
    namespaced: bool
    verbs: frozenset[str]
    """In discovery's words."""
    schema: str = ""
    """Name of the definition in the OpenAPI document; empty if there is none."""
    short_names: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    subresources: Mapping[str, Subresource] = field(default_factory=dict)
    custom: bool = False
    """True for a custom resource."""
    list_kind: str = ""
    """The kind of its lists; empty for the usual one."""
    scale: Mapping[str, str] | None = None
    """Of a custom resource: the paths of what its subresource `scale` shows."""
    selectable: tuple[str, ...] = ()
    """Of a custom resource: the fields that select its objects."""
    columns: tuple[Mapping[str, Any], ...] = ()
    """Of a custom resource: its `additionalPrinterColumns`."""

    @property
    def api_version(self) -> str:
        """The group-version in objects: `v1`, `apps/v1`."""
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def collection(self) -> str:
        """Where its objects are stored, whatever their version: `configmaps`, `deployments.apps`."""
        return f"{self.plural}.{self.group}" if self.group else self.plural

    @property
    def base(self) -> str:
        """The path of its group-version: `/api/v1`, `/apis/apps/v1`."""
        return f"/apis/{self.group}/{self.version}" if self.group else f"/api/{self.version}"


def resources_of(path: str, part: Part) -> dict[str, Resource]:
    """Return the resources of a group-version, by plural, in alphabetical order.

    Args:
        path: The path of the group-version, without the leading slash: `apis/apps/v1`.
        part: Its document.
    """
    _, *names = path.split("/")
    group, version = names if len(names) == 2 else ("", names[0])
    found = _Found(group, version, _schemas_by_kind(part))
    for place, action, operation in _operations(path, part):
        found.add(place, action, operation)
    return found.resources()


class _Found:
    """The resources of a document, by its operations."""

    def __init__(self, group: str, version: str, schemas: Mapping[tuple[str, str, str], str]) -> None:
        self._group = group
        self._version = version
        self._schemas = schemas
        self._own: dict[str, tuple[bool, str]] = {}
        self._verbs: dict[tuple[str, str], set[str]] = {}
        self._kinds: dict[tuple[str, str], tuple[str, str, str]] = {}

    def add(self, place: re.Match[str], action: str, operation: Mapping[str, Any]) -> None:
        plural, sub = place["plural"], place["sub"] or ""
        kind = operation.get("x-kubernetes-group-version-kind", {})
        if not sub and kind:
            namespaced = place["namespaced"] is not None
            self._own[plural] = (namespaced or self._own.get(plural, (False,))[0], kind["kind"])
        self._verbs.setdefault((plural, sub), set()).update(_VERBS.get(action, (action,)))
        if kind:
            self._kinds[(plural, sub)] = (kind["group"], kind["version"], kind["kind"])

    def resources(self) -> dict[str, Resource]:
        return {plural: self._resource(plural) for plural in sorted(self._own)}

    def _resource(self, plural: str) -> Resource:
        namespaced, kind = self._own[plural]
        name = f"{plural}.{self._group}" if self._group else plural
        return Resource(
            group=self._group,
            version=self._version,
            plural=plural,
            singular=kind.lower(),
            kind=kind,
            namespaced=namespaced,
            verbs=self._verbs_of(plural),
            schema=self._schemas.get((self._group, self._version, kind), ""),
            short_names=SHORT_NAMES.get(name, ()),
            categories=CATEGORIES.get(name, ()),
            subresources={
                sub: self._subresource(plural, sub) for of, sub in sorted(self._verbs) if of == plural and sub
            },
        )

    def _verbs_of(self, plural: str) -> frozenset[str]:
        verbs = self._verbs[(plural, "")]
        # What cannot be created is made for each answer, and cannot be watched.
        return frozenset(verbs if "create" in verbs else verbs - {"watch"})

    def _subresource(self, plural: str, sub: str) -> Subresource:
        own = (self._group, self._version, self._own[plural][1])
        group, version, kind = self._kinds.get((plural, sub), own)
        return Subresource(
            name=sub, group=group, version=version, kind=kind, verbs=frozenset(self._verbs[(plural, sub)])
        )


def _operations(path: str, part: Part) -> Iterator[tuple[re.Match[str], str, Mapping[str, Any]]]:
    for template, item in part.paths.items():
        place = _PATH.fullmatch(template.removeprefix(f"/{path}"))
        if place is None or template.startswith(f"/{path}/watch/"):
            continue
        for method, operation in item.items():
            if method not in _BY_METHOD:
                continue
            action = operation.get("x-kubernetes-action", "")
            # What connects has the verbs of its methods.
            yield place, action if action in _VERBS else _BY_METHOD[method], operation


def _schemas_by_kind(part: Part) -> dict[tuple[str, str, str], str]:
    return {
        (kind["group"], kind["version"], kind["kind"]): name
        for name, schema in part.schemas.items()
        for kind in schema.get("x-kubernetes-group-version-kind", ())
    }
