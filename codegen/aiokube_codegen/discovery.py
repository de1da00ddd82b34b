"""Discovery of a cluster: the groups, versions and resources that it serves, whether described or not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, kw_only=True)
class ServedVersion:
    """A version of a group, as discovery has it."""

    group: str
    """Empty for the core group."""
    version: str
    resources: frozenset[str] = field(default=frozenset())
    """Plural names, such as `pods`. Empty if unknown."""
    is_stale: bool = False
    """The server behind it did not respond when it was last asked."""

    @property
    def key(self) -> tuple[str, str]:
        """Group and version."""
        return self.group, self.version

    @property
    def path(self) -> str:
        """Path of the group-version: `/apis/apps/v1`."""
        return f"/apis/{self.group}/{self.version}" if self.group else f"/api/{self.version}"

    def __str__(self) -> str:
        return f"{self.group}/{self.version}" if self.group else self.version


def served_versions(responses: Iterable[object]) -> list[ServedVersion]:
    """Read the responses of `/api` and `/apis`. What has another form than expected is passed over."""
    found = [one for response in responses if isinstance(response, dict) for one in _served(response)]
    return sorted((one for one in found if one.version), key=lambda one: one.key)


def _served(response: Mapping[str, Any]) -> Iterator[ServedVersion]:
    match response.get("kind"):
        case "APIGroupDiscoveryList":
            for group in _objects(response.get("items")):
                name = _text(_object(group.get("metadata")).get("name"))
                for version in _objects(group.get("versions")):
                    yield ServedVersion(
                        group=name,
                        version=_text(version.get("version")),
                        resources=frozenset(_text(one.get("resource")) for one in _objects(version.get("resources"))),
                        is_stale=version.get("freshness") == "Stale",
                    )
        case "APIGroupList":
            for group in _objects(response.get("groups")):
                for version in _objects(group.get("versions")):
                    yield ServedVersion(group=_text(group.get("name")), version=_text(version.get("version")))
        case "APIVersions":
            for name in _list(response.get("versions")):
                yield ServedVersion(group="", version=_text(name))


def _objects(value: object) -> Iterator[Mapping[str, Any]]:
    return (one for one in _list(value) if isinstance(one, dict))


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _object(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
