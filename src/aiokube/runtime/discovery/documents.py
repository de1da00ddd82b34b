"""The documents of discovery, in the aggregated form and in the old one. Whatever is null or malformed is left out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from .api_resource import ApiResource, ApiSubresource, api_version

AGGREGATED: Final = ",".join(
    [
        "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList",
        "application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList",
        "application/json",
    ]
)
"""Accept header of `/api` and `/apis`: the aggregated form, or the old one where the server does not have it."""


@dataclass(frozen=True, kw_only=True)
class ServedVersion:
    """A version of a group, in the server's order of preference."""

    group: str
    version: str
    resources: tuple[ApiResource, ...] | None = None
    """None where the document has none: the old form, whose resources `/apis/GROUP/VERSION` has."""
    is_available: bool = True
    """False if the server behind it does not respond at present."""

    @property
    def path(self) -> str:
        """Path of the group-version: `/apis/apps/v1`."""
        return f"/apis/{self.group}/{self.version}" if self.group else f"/api/{self.version}"

    def __str__(self) -> str:
        return api_version(self.group, self.version)


def read_versions(document: object) -> list[ServedVersion]:
    """Read a response of `/api` or `/apis`."""
    found = _object(document)
    match found.get("kind"):
        case "APIGroupDiscoveryList":
            versions = _aggregated(found)
        case "APIGroupList":
            versions = _groups(found)
        case "APIVersions":
            versions = (ServedVersion(group="", version=_text(name)) for name in _list(found.get("versions")))
        case _:
            versions = iter(())
    return [one for one in versions if one.version]


def read_resources(document: object, group: str, version: str) -> tuple[ApiResource, ...]:
    """Read a response of `/apis/GROUP/VERSION`, the old form, which lists subresources as `pods/status`."""
    entries = _objects(_object(document).get("resources"))
    subresources: dict[str, list[ApiSubresource]] = {}
    resources = []
    for entry in entries:
        plural, _, name = _text(entry.get("name")).partition("/")
        if name:
            kind = {"group": entry.get("group"), "version": entry.get("version"), "kind": entry.get("kind")}
            subresources.setdefault(plural, []).append(_subresource(name, kind, entry, group, version))
        elif plural and _text(entry.get("kind")):
            resources.append((plural, entry))
    return tuple(
        _resource(
            entry,
            group=group,
            version=version,
            plural=plural,
            kind=_text(entry.get("kind")),
            singular=_text(entry.get("singularName")),
            namespaced=entry.get("namespaced") is True,
            subresources=subresources.get(plural, ()),
        )
        for plural, entry in resources
    )


def _aggregated(document: Mapping[str, Any]) -> Iterator[ServedVersion]:
    for entry in _objects(document.get("items")):
        group = _text(_object(entry.get("metadata")).get("name"))
        for served in _objects(entry.get("versions")):
            version = _text(served.get("version"))
            yield ServedVersion(
                group=group,
                version=version,
                resources=tuple(_aggregated_resources(served, group, version)),
                is_available=served.get("freshness") != "Stale",
            )


def _aggregated_resources(served: Mapping[str, Any], group: str, version: str) -> Iterator[ApiResource]:
    for entry in _objects(served.get("resources")):
        plural, kind = _text(entry.get("resource")), _text(_object(entry.get("responseKind")).get("kind"))
        if plural and kind:
            yield _resource(
                entry,
                group=group,
                version=version,
                plural=plural,
                kind=kind,
                singular=_text(entry.get("singularResource")),
                namespaced=entry.get("scope") == "Namespaced",
                subresources=[
                    _subresource(_text(one.get("subresource")), _object(one.get("responseKind")), one, group, version)
                    for one in _objects(entry.get("subresources"))
                ],
            )


def _groups(document: Mapping[str, Any]) -> Iterator[ServedVersion]:
    for entry in _objects(document.get("groups")):
        group = _text(entry.get("name"))
        preferred = _text(_object(entry.get("preferredVersion")).get("version"))
        names = [_text(one.get("version")) for one in _objects(entry.get("versions"))]
        for version in sorted(names, key=lambda name: name != preferred):
            yield ServedVersion(group=group, version=version)


def _resource(
    entry: Mapping[str, Any],
    *,
    group: str,
    version: str,
    plural: str,
    kind: str,
    singular: str,
    namespaced: bool,
    subresources: list[ApiSubresource] | tuple[()],
) -> ApiResource:
    return ApiResource(
        group=group,
        version=version,
        kind=kind,
        plural=plural,
        # Some aggregated servers leave it out, and kubectl takes the kind.
        singular=singular or kind.lower(),
        namespaced=namespaced,
        short_names=_texts(entry.get("shortNames")),
        categories=_texts(entry.get("categories")),
        verbs=_texts(entry.get("verbs")),
        subresources=tuple(sorted((one for one in subresources if one.name), key=lambda one: one.name)),
    )


def _subresource(
    name: str, kind: Mapping[str, Any], entry: Mapping[str, Any], group: str, version: str
) -> ApiSubresource:
    # Without a version, the group and version are those of the resource.
    if _text(kind.get("version")):
        group, version = _text(kind.get("group")), _text(kind.get("version"))
    return ApiSubresource(
        name=name,
        api_version=api_version(group, version),
        kind=_text(kind.get("kind")),
        verbs=_texts(entry.get("verbs")),
    )


def _texts(value: object) -> tuple[str, ...]:
    return tuple(one for one in _list(value) if isinstance(one, str))


def _objects(value: object) -> Iterator[Mapping[str, Any]]:
    return (one for one in _list(value) if isinstance(one, dict))


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _object(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
