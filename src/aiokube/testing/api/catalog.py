"""The API of a cluster at this moment: the resources of its document, and those of its custom resource definitions."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ...runtime.errors import ConfigError
from ..document import Document, Part
from ..schema.node import ANY, Node
from .described import part_of
from .names import GROUP_ORDER
from .resources import Resource, resources_of
from .version2 import version2

GroupVersion = tuple[str, str]


class Catalog:
    """The resources of a cluster, found by group-version and name.

    Args:
        document: The API of the cluster.
    """

    def __init__(self, document: Document) -> None:
        self.document = document
        self._parts = {_group_version(path): path for path in document.parts if _is_group_version(path)}
        self._custom: dict[GroupVersion, dict[str, Resource]] = {}
        self._custom_schemas: dict[tuple[GroupVersion, str], Node] = {}
        self._custom_parts: dict[str, Part] = {}
        self._custom_memo: dict[str, Any] = {}
        """Data derived from all parts, those of custom resources included."""
        self._groups: dict[str, list[str]] = {}
        self._versions: dict[str, list[Resource]] = {}

    def group_versions(self) -> list[GroupVersion]:
        """All group-versions that are served."""
        custom = sorted(place for place, resources in self._custom.items() if resources and place not in self._parts)
        return [*self._parts, *custom]

    def groups(self) -> dict[str, list[str]]:
        """The versions by group, the preferred one first; groups in discovery's order, without the core group."""
        if not self._groups:
            found: dict[str, list[str]] = {}
            for group, version in self.group_versions():
                if group:
                    found.setdefault(group, []).append(version)
            for versions in found.values():
                versions.sort(key=version_priority, reverse=True)
            known = {group: number for number, group in enumerate(GROUP_ORDER)}
            self._groups = dict(sorted(found.items(), key=lambda item: (known.get(item[0], len(known)), item[0])))
        return self._groups

    def is_served(self, group: str, version: str) -> bool:
        """Return True if a group-version is served."""
        return (group, version) in self._parts or bool(self._custom.get((group, version)))

    def resources(self, group: str, version: str) -> dict[str, Resource]:
        """Return the resources of a group-version, by plural."""
        own: dict[str, Resource] = {}
        if (group, version) in self._parts:
            path, part = self._part(group, version)
            if "resources" not in part.memo:
                part.memo["resources"] = resources_of(path, part)
            own = part.memo["resources"]
        custom = self._custom.get((group, version))
        return {**own, **custom} if custom else own

    def find(self, group: str, version: str, plural: str) -> Resource | None:
        """Return a resource; None if it is not served."""
        return self.resources(group, version).get(plural)

    def served_versions(self, collection: str) -> list[Resource]:
        """Return a resource in all of its served versions, the preferred one first."""
        if collection not in self._versions:
            plural, _, group = collection.partition(".")
            versions = sorted((v for g, v in self.group_versions() if g == group), key=version_priority, reverse=True)
            found = (self.find(group, version, plural) for version in versions)
            self._versions[collection] = [one for one in found if one is not None]
        return self._versions[collection]

    def by_kind(self, api_version: str, kind: str) -> Resource | None:
        """Return the resource of a kind; None if it is not served."""
        group, _, version = api_version.rpartition("/")
        return next((one for one in self.resources(group, version).values() if one.kind == kind), None)

    def schema(self, resource: Resource) -> Node:
        """Return the schema of the objects of a resource."""
        place = (resource.group, resource.version)
        if (place, resource.plural) in self._custom_schemas:
            return self._custom_schemas[(place, resource.plural)]
        if not resource.schema:
            return ANY
        _, part = self._part(*place)
        nodes: dict[str, Node] = part.memo.setdefault("nodes", {})
        if resource.schema not in nodes:
            nodes[resource.schema] = Node(part.schemas[resource.schema], part.schemas, resource.schema)
        return nodes[resource.schema]

    def definition(self, group: str, version: str, name: str) -> Node:
        """Return the schema of a definition in the document of a group-version.

        Args:
            group: The group.
            version: The version.
            name: The end of its name: `autoscaling.v1.Scale`.

        Raises:
            ConfigError: No document has it.
        """
        part, full = self._part_with(group, version, name)
        nodes: dict[str, Node] = part.memo.setdefault("nodes", {})
        if full not in nodes:
            nodes[full] = Node(part.schemas[full], part.schemas, full)
        return nodes[full]

    def serve(self, resources: Iterable[tuple[Resource, Node]]) -> None:
        """Serve custom resources."""
        for resource, schema in resources:
            place = (resource.group, resource.version)
            self._custom.setdefault(place, {})[resource.plural] = resource
            self._custom_schemas[(place, resource.plural)] = schema
            self._forget()

    def withdraw(self, group: str, plural: str) -> None:
        """Do not serve a custom resource any more, in any version."""
        for place, resources in self._custom.items():
            if place[0] == group and resources.pop(plural, None) is not None:
                self._custom_schemas.pop((place, plural))
                self._forget()

    def _forget(self) -> None:
        self._custom_parts.clear()
        self._custom_memo.clear()
        self._groups = {}
        self._versions.clear()

    def parts(self) -> dict[str, Part]:
        """Return the OpenAPI v3 documents by path, those of custom resources included."""
        found = dict(self.document.parts)
        for place, resources in self._custom.items():
            path = f"apis/{place[0]}/{place[1]}"
            if not resources or path in found:
                continue
            if path not in self._custom_parts:
                described = {one.plural: (one, self.schema(one).raw) for one in resources.values()}
                _, definitions = self._part("apiextensions.k8s.io", "v1")
                schemas = definitions.schemas
                if any("scale" in one.subresources for one in resources.values()):
                    schemas = {**self._part_with("apps", "v1", "autoscaling.v1.Scale")[0].schemas, **schemas}
                self._custom_parts[path] = part_of(described, definitions, schemas)
            found[path] = self._custom_parts[path]
        return found

    def version2(self) -> bytes:
        """Return the OpenAPI v2 document, that of custom resources included."""
        memo = self._custom_memo if self.has_custom else self.document.memo
        if "version2" not in memo:
            memo["version2"] = version2(self.parts().values())
        document: bytes = memo["version2"]
        return document

    def is_custom(self, group: str) -> bool:
        """Return True for a group that only custom resources have."""
        return not any(group == known for known, _ in self._parts)

    @property
    def has_custom(self) -> bool:
        """True if there are custom resources that the document does not describe."""
        return any(self._custom.values())

    def _part_with(self, group: str, version: str, name: str) -> tuple[Part, str]:
        """Return a document that has a definition, preferably that of a group-version, and its whole name."""
        first = (group, version)
        for place in [*([first] if first in self._parts else []), *(one for one in self._parts if one != first)]:
            _, part = self._part(*place)
            if full := next((key for key in part.schemas if key.endswith(f".{name}")), ""):
                return part, full
        raise ConfigError(f"no document of the cluster has a definition of {name}")

    def _part(self, group: str, version: str) -> tuple[str, Part]:
        path = self._parts[(group, version)]
        return path, self.document.parts[path]


def version_priority(version: str) -> tuple[int, int, int, str]:
    """Return a key by which versions are sorted, the stable and new ones last: v1beta1, v1, v2."""
    text = version.removeprefix("v")
    for rank, word in ((0, "alpha"), (1, "beta")):
        major, found, minor = text.partition(word)
        if found and major.isdigit() and minor.isdigit():
            return (rank, int(major), int(minor), "")
    return (2, int(text), 0, "") if text.isdigit() and version != text else (-1, 0, 0, version)


def _is_group_version(path: str) -> bool:
    parts = path.split("/")
    return (parts[0] == "api" and len(parts) == 2) or (parts[0] == "apis" and len(parts) == 3)


def _group_version(path: str) -> GroupVersion:
    parts = path.split("/")
    return ("", parts[1]) if parts[0] == "api" else (parts[1], parts[2])
