"""Finds what a path is about: `pods.spec.containers`, `deployments.apps`, `kube.core_v1.pods.logs`."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final

from aiokube.runtime.discovery.api_resource import ApiResource
from aiokube.runtime.discovery.catalog import Catalog as Resources
from aiokube.runtime.errors import AmbiguousResource, UnknownResource

from ..errors import CodegenError
from ..naming.kubectl_commands import KUBECTL
from ..naming.names import GroupNames, snake_case
from ..reference.catalog import Catalog, Field, Kind, Method

_INDEX: Final = re.compile(r"[./]?(\[[^\]]*\]|\{[^}]*\})")
_DEPTH: Final = 8
"""Fields on a way that is proposed in place of one that does not exist."""
_PROPOSED: Final = 3
"""Ways that are proposed."""


@dataclass(frozen=True, kw_only=True)
class Found:
    """The subject of a path: a kind, a field of one, or a method."""

    kind: Kind
    fields: tuple[Field, ...] = ()
    """The way to the field, which is the last of them; empty for a kind or a method."""
    method: Method | None = None


def parts_of(path: str) -> list[str]:
    """Split a path as people write it: with dots or slashes, indices, `kube.` before it.

    Raises:
        CodegenError: It names nothing, or a name in it is empty.
    """
    parts = re.split(r"[./]", _INDEX.sub("", path))
    # As kubectl, which takes `pods.`.
    parts = parts[:-1] if not parts[-1] else parts
    whole = [part for part in parts if part]
    if whole in ([], ["kube"]):
        raise CodegenError(f"{path!r} names nothing: begin with a resource, such as `pods` or `deployments.apps`")
    if whole != parts:
        raise CodegenError(f"{path!r} has an empty name before a dot or a slash; perhaps {'.'.join(whole)!r} is meant")
    return parts[1:] if parts[0] == "kube" else parts


def find_resource(
    resources: Resources, parts: Sequence[str], *, api_version: str | None, origin: str
) -> tuple[ApiResource, list[str]]:
    """Find the resource that a path begins with, and return what follows.

    Args:
        resources: The resources of the API.
        parts: The path.
        api_version: `apps/v1`, for a resource in this version. None: in the preferred one.
        origin: The API, for messages.

    Raises:
        UnknownResource: There is no such resource.
        AmbiguousResource: Resources of several groups have the name.
    """
    versions = [(one.group, one.version) for one in resources.resources]
    names = GroupNames(versions)
    of_attribute = next((one for one in dict.fromkeys(versions) if names.name(*one) == parts[0]), None)
    if of_attribute is not None and len(parts) > 1:
        # As in Python: `core_v1.config_maps`.
        group, version = of_attribute
        name, rest = parts[1].replace("_", ""), list(parts[2:])
    else:
        group, version = None, None
        name, rest = parts[0], list(parts[1:])
    if api_version is not None:
        group, _, version = api_version.rpartition("/")
        if (group, version) not in versions:
            raise UnknownResource(f"{origin} has no version {api_version!r}{_hint(resources, name)}")
    if group is not None:
        lengths = [0]
        name = f"{name}.{version}.{group}"
    else:
        # `deployments.apps`, `certificates.v1.cert-manager.io`: the longest group wins.
        groups = {text for one in versions for text in (one[0], f"{one[1]}.{one[0]}".rstrip("."))}
        lengths = [n for n in range(len(rest), 0, -1) if ".".join(rest[:n]) in groups] + [0]
    for length in lengths:
        with suppress(UnknownResource):
            return resources.by_name(".".join([name, *rest[:length]])), rest[length:]
    where = f" in {api_version}" if api_version else ""
    raise UnknownResource(f"{origin} has no resource {parts[0]!r}{where}{_hint(resources, parts[0])}")


def kind_of(catalog: Catalog, resource: ApiResource) -> Kind:
    """Return the kind of a resource.

    Raises:
        CodegenError: The documents do not describe it.
    """
    for kind in catalog.kinds():
        if (kind.group, kind.version, kind.plural) == (resource.group, resource.version, resource.plural):
            return kind
    raise CodegenError(
        f"{catalog.origin}: {resource} in {resource.api_version} is served, but no document describes it"
    )


def find_below(catalog: Catalog, kind: Kind, parts: Sequence[str]) -> Found:
    """Follow a path from a kind to a field or a method.

    Args:
        catalog: The API.
        kind: The kind.
        parts: Names of fields, on the wire or in Python; or the name of a method.

    Raises:
        CodegenError: There is no such field or method; the message proposes others.
    """
    way: list[Field] = []
    for number, name in enumerate(parts):
        fields = _fields(catalog, kind, way)
        field = _named(fields, name)
        if field is None:
            method = next((one for one in kind.methods if one.name == name), None) if len(parts) == 1 else None
            if method is not None:
                return Found(kind=kind, method=method)
            raise CodegenError(_missing(catalog, kind, way, name, parts[number + 1 :]))
        way.append(field)
    return Found(kind=kind, fields=tuple(way))


def path_of(kind: Kind, fields: Iterable[Field]) -> str:
    """Return the path of a field: `pods.spec.containers`."""
    return ".".join([kind.plural, *(field.name for field in fields)])


def _fields(catalog: Catalog, kind: Kind, way: Sequence[Field]) -> tuple[Field, ...]:
    if way:
        return catalog.fields_of(way[-1])
    type = catalog.type_of(kind)
    return type.fields if type else ()


def _named(fields: Iterable[Field], name: str) -> Field | None:
    listed = list(fields)
    exact = next((field for field in listed if name in (field.name, field.python)), None)
    return exact or next((field for field in listed if field.name.lower() == name.lower()), None)


def _missing(catalog: Catalog, kind: Kind, way: Sequence[Field], name: str, rest: Sequence[str]) -> str:
    fields = _fields(catalog, kind, way)
    place = path_of(kind, way)
    if not fields:
        what = way[-1].type.text if way else kind.name
        return f"{place} is {what}, which has no fields: there is no {name!r}"
    names = [text for field in fields for text in (field.name, field.python)]
    names += [method.name for method in kind.methods] if not way else []
    of_command = KUBECTL.get(snake_case(name).replace("_", " "), ())
    close = [one for one in of_command if one in names] + get_close_matches(name, names, n=_PROPOSED)
    proposed = [
        _continued(catalog, kind, [*way, field], rest) if (field := _named(fields, one)) else f"{place}.{one}"
        for one in close
    ]
    proposed += [path_of(kind, one) for one in _deeper(catalog, kind, way, name)]
    similar = ", ".join([*dict.fromkeys(proposed)][:_PROPOSED])
    return f"{place} has no field {name!r}" + (
        f"; similar: {similar}" if similar else f"; `aiokube explain {place}` lists its fields"
    )


def _continued(catalog: Catalog, kind: Kind, way: list[Field], rest: Sequence[str]) -> str:
    """The path of a field, with those that were to follow it as far as they exist."""
    for name in rest:
        field = _named(catalog.fields_of(way[-1]), name)
        if field is None:
            break
        way.append(field)
    return path_of(kind, way)


def _deeper(catalog: Catalog, kind: Kind, start: Sequence[Field], name: str) -> Iterator[tuple[Field, ...]]:
    """Yield the ways to fields of a name below others, the shortest first."""
    seen: set[str] = set()
    pending = deque([tuple(start)])
    while pending:
        way = pending.popleft()
        for field in _fields(catalog, kind, way):
            if name.lower() in (field.name.lower(), field.python):
                yield (*way, field)
            elif field.type.target and field.type.target not in seen and len(way) < _DEPTH:
                seen.add(field.type.target)
                pending.append((*way, field))


def _hint(resources: Resources, name: str) -> str:
    """Say which versions have a resource of a name, or what has a similar one."""
    word = name.lower()
    found = [
        one.api_version
        for one in resources.resources
        if word in (one.plural, one.singular, one.kind.lower(), *one.short_names)
    ]
    if found:
        return f"; {name} is in {', '.join(found)}"
    try:
        return f"; it is in {resources.by_name(name).api_version}"
    except (AmbiguousResource, UnknownResource) as error:
        told = str(error).partition("; ")[2]
        return f"; {told or f'`aiokube find {name}` looks for it everywhere'}"
