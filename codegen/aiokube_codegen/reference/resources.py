"""The resources that documents describe, as discovery would list them, to be found by the names that kubectl takes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from aiokube.runtime.discovery.api_resource import ApiResource
from aiokube.runtime.discovery.catalog import Catalog
from aiokube.runtime.discovery.documents import ServedVersion

from ..document.path_checks import METHODS
from ..document.source import Source
from ..document.spec import GVK
from ..errors import SpecError
from ..methods.paths import Path, parse_path
from .short_names import BUILT_IN, ResourceNames
from .versions import preference


def resources_of(source: Source) -> Catalog:
    """Return the resources of documents. Short names and categories are those of the built-in ones.

    Documents that cannot be read have none: what is wrong with them is said when they are loaded.

    Raises:
        SpecError: None of the documents can be read.
    """
    found: dict[tuple[str, str], dict[str, ApiResource]] = {}
    for path, item in _paths(source):
        kind = _kind(path, item)
        if kind and path.group is not None and path.version is not None:
            version = found.setdefault((path.group, path.version), {})
            known = version.get(path.plural)
            version[path.plural] = _resource(path, kind, namespaced=path.namespaced or bool(known and known.namespaced))
    ordered = sorted(found, key=lambda key: (key[0], preference(key[1])))
    return Catalog(
        ServedVersion(group=group, version=version, resources=tuple(found[group, version].values()))
        for group, version in ordered
    )


def _paths(source: Source) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    errors: list[SpecError] = []
    for document in source.documents:
        try:
            paths = document.content.get("paths")
        except SpecError as error:
            errors.append(error)
            continue
        for text, item in sorted(paths.items()) if isinstance(paths, dict) else ():
            path = parse_path(text)
            if path is not None and path.plural and not path.subresource and isinstance(item, dict):
                yield path, item
    if len(errors) == len(source.documents):
        raise errors[0]


def _kind(path: Path, item: Mapping[str, Any]) -> str:
    """The kind that the operations of a path are for; empty if that is of another group, as of a subresource."""
    for method in METHODS:
        operation = item.get(method)
        kind = operation.get(GVK) if isinstance(operation, dict) else None
        if isinstance(kind, dict) and (kind.get("group"), kind.get("version")) == (path.group, path.version):
            return str(kind.get("kind") or "")
    return ""


def _resource(path: Path, kind: str, *, namespaced: bool) -> ApiResource:
    assert path.group is not None
    assert path.version is not None
    names = BUILT_IN.get((path.group, path.plural), ResourceNames())
    return ApiResource(
        group=path.group,
        version=path.version,
        kind=kind,
        plural=path.plural,
        singular=kind.lower(),
        namespaced=namespaced,
        short_names=names.short_names,
        categories=names.categories,
    )
