"""A package as plain data, as the templates print it: every decision is taken."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

SHARED_MODULE: Final = "custom_resources"
"""The module of `api` that holds the methods that custom resources share."""

TYPE_VARIABLES: Final = ("ObjectT", "ListT", "ManifestT")
"""The type variables of these methods: the classes of a resource's objects and of its lists, and its manifests."""


@dataclass(frozen=True, order=True)
class Import:
    """`from module import name`, or `import module` if the name is empty."""

    module: str
    name: str = ""
    alias: str = ""

    @property
    def statement(self) -> str:
        """The statement."""
        if not self.name:
            return f"import {self.module}"
        return f"from {self.module} import {self.name}{f' as {self.alias}' if self.alias else ''}"

    @property
    def is_for_types(self) -> bool:
        """True for what type checkers alone import."""
        return bool(self.alias)


@dataclass(frozen=True, kw_only=True)
class Signature:
    """The arguments and the return annotation of a method."""

    arguments: tuple[str, ...]
    """As they are written, `self` and `*` among them."""
    returns: str


@dataclass(frozen=True, kw_only=True)
class Method:
    """A method of a group-version or a resource: one call of the runtime."""

    name: str
    is_async: bool
    signature: Signature
    overloads: tuple[Signature, ...]
    docstring: str
    decorator: str
    """A decorator of the runtime; empty for most methods."""
    calls: str
    """The method of the runtime: `_get`."""
    passed: tuple[str, ...]
    """The arguments of the call, as they are written."""
    imports: frozenset[Import]
    requests: tuple[str, ...] = ()
    """The HTTP calls of the operation that it is made of: `GET /api/v1/namespaces/{namespace}/pods/{name}`."""
    is_composed: bool = False
    """True if it is built on other methods."""


@dataclass(frozen=True, kw_only=True)
class SharedMethods:
    """A class of methods that several resources share."""

    name: str
    """`NamespacedResourceWithStatus`."""
    docstring: str
    methods: tuple[Method, ...]
    imports: tuple[Import, ...]


@dataclass(frozen=True, kw_only=True)
class Resource:
    """A resource: an attribute of a group-version's class."""

    name: str
    """The attribute: `config_maps`."""
    class_name: str
    """`ConfigMaps`."""
    docstring: str
    methods: tuple[Method, ...]
    """All of its methods."""
    protocols: tuple[str, ...]
    """The runtime's protocols that it meets, as annotations: `NamespacedResource[core_v1.Pod, core_v1.PodList]`."""
    base: str = "Resource"
    """The base class as it is written."""
    stated: Mapping[str, str] = field(default_factory=dict)
    """The attributes that shared methods read, as Python source by name."""
    shared: frozenset[str] = frozenset()
    """Names of the methods that the base class has."""
    kind: str = ""
    """`ConfigMap`."""
    plural: str = ""
    """The resource in paths: `configmaps`."""
    item: str = ""
    """The class of its objects: `core_v1.ConfigMap`; `Any` if there is none."""
    namespaced: bool = False

    @property
    def own_methods(self) -> tuple[Method, ...]:
        """The methods that are printed in the resource's own class."""
        return tuple(method for method in self.methods if method.name not in self.shared)


@dataclass(frozen=True, kw_only=True)
class GroupVersion:
    """A group-version: a module of `api`, and an attribute of the client."""

    name: str
    """`apps_v1`; `discovery` for the calls that belong to none."""
    class_name: str
    """`AppsV1`."""
    title: str
    """`apps/v1`."""
    docstring: str
    group: str = ""
    """Empty for the core group."""
    version: str = ""
    """Empty for the calls that belong to no group-version."""
    resources: tuple[Resource, ...] = ()
    methods: tuple[Method, ...] = ()
    """The calls of the group-version itself."""
    imports: tuple[Import, ...]
