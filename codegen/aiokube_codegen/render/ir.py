"""A package as plain data, as the templates print it: every decision is taken."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Import:
    """`from module import name`, or `import module` if the name is empty."""

    module: str
    name: str = ""


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


@dataclass(frozen=True, kw_only=True)
class Resource:
    """A resource: an attribute of a group-version's class."""

    name: str
    """The attribute: `config_maps`."""
    class_name: str
    """`ConfigMaps`."""
    docstring: str
    methods: tuple[Method, ...]


@dataclass(frozen=True, kw_only=True)
class GroupVersion:
    """A group-version: a module of `api`, and an attribute of the client."""

    name: str
    """`apps_v1`; `discovery` for the calls that belong to none."""
    class_name: str
    """`AppsV1`."""
    docstring: str
    resources: tuple[Resource, ...] = ()
    methods: tuple[Method, ...] = ()
    """The calls of the group-version itself."""
    imports: tuple[Import, ...]


@dataclass(frozen=True, kw_only=True)
class Skipped:
    """A part of the document that is not in the package."""

    what: str
    why: str
