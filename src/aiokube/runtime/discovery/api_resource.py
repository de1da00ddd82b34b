"""A resource that a server serves, as its discovery describes it."""

from __future__ import annotations

from dataclasses import dataclass

from ..public import public


@public("aiokube")
@dataclass(frozen=True, kw_only=True)
class ApiSubresource:
    """A subresource that a server serves."""

    name: str
    """Last part of its path: `status`, `scale`, `exec`."""
    api_version: str
    """API group and version of its kind: `autoscaling/v1`."""
    kind: str
    """Kind of its objects: `Scale`."""
    verbs: tuple[str, ...] = ()
    """Verbs that it takes: `get`, `patch`, `update`, `create`."""


@public("aiokube")
@dataclass(frozen=True, kw_only=True)
class ApiResource:
    """A resource that a server serves: a row of `kubectl api-resources`."""

    group: str
    """API group; empty for the core group."""
    version: str
    """Version of the group: `v1`."""
    kind: str
    """Kind of its objects: `Deployment`."""
    plural: str
    """Plural name, as in paths: `deployments`."""
    singular: str
    """Singular name: `deployment`."""
    namespaced: bool
    """True if its objects are in namespaces."""
    short_names: tuple[str, ...] = ()
    """Short names: `deploy`."""
    categories: tuple[str, ...] = ()
    """Groups of resources that it is in: `all`."""
    verbs: tuple[str, ...] = ()
    """Verbs that its objects take: `get`, `list`, `watch`, `create`, `update`, `patch`, `delete`,
    `deletecollection`."""
    subresources: tuple[ApiSubresource, ...] = ()
    """Its subresources, by name."""

    @property
    def api_version(self) -> str:
        """API group and version, as manifests have it: `apps/v1`."""
        return api_version(self.group, self.version)

    @property
    def path(self) -> str:
        """Path template of a collection: `/apis/apps/v1/namespaces/{namespace}/deployments`."""
        inside = "/namespaces/{namespace}" if self.namespaced else ""
        return f"{_root(self.group, self.version)}{inside}/{self.plural}"

    @property
    def all_namespaces_path(self) -> str | None:
        """Path of the collection across namespaces; None for a resource without namespaces."""
        return f"{_root(self.group, self.version)}/{self.plural}" if self.namespaced else None

    def subresource(self, name: str) -> ApiSubresource | None:
        """Return the subresource of a name; None if the server has none."""
        return next((one for one in self.subresources if one.name == name), None)

    def __str__(self) -> str:
        """Return the name that kubectl takes: `deployments.apps`."""
        return f"{self.plural}.{self.group}" if self.group else self.plural


def api_version(group: str, version: str) -> str:
    """Return a group and a version as manifests have them: `apps/v1`, or `v1` of the core group."""
    return f"{group}/{version}" if group else version


def _root(group: str, version: str) -> str:
    return f"/apis/{group}/{version}" if group else f"/api/{version}"
