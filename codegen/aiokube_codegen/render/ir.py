"""What the templates see: a package as plain data, every decision already taken."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class TypeRef:
    """A type as an annotation.

    `text` is what to write: `core_v1.Pod`, `dict[str, Any]`. `modules` are the model modules that it needs imported.
    """

    text: str
    modules: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Parameter:
    """A keyword of a method that becomes a part of the query."""

    name: str
    """The Python name: `label_selector`."""
    wire_name: str
    """The name in the query: `labelSelector`."""
    type: str
    """The annotation without its `| None`: `str`, `bool`, `int`."""
    description: str
    required: bool = False


@dataclass(frozen=True, kw_only=True)
class Body:
    """The object that a method sends."""

    name: str
    """The Python name: `pod`, `options`."""
    type: TypeRef
    required: bool
    description: str


@dataclass(frozen=True, kw_only=True)
class Raises:
    """An error that a caller should expect, and when."""

    error: str
    when: str


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One method of a resource, a group-version or the discovery class."""

    name: str
    """The Python name: `get`, `patch_status`."""
    shape: str
    """Which macro prints it: `get`, `list`, `iterate`, `watch`, `informer`, `metadata_informer`, `wait_for`, `create`,
    `submit`, `replace`, `patch`, `edit`, `apply`, `delete`, `text`,
    `call`, `call_text`, or one of `streams.STREAM_METHODS`."""
    http_methods: tuple[str, ...]
    """One, but for a proxy."""
    path: str
    """With `{namespace}` and `{name}` where they belong."""
    everywhere: str | None = None
    """For lists of namespaced resources: the path that covers every namespace."""
    tail_path: str | None = None
    """For a proxy: the path that ends in `{path}`."""
    summary: str
    named: bool = False
    """Whether the path holds `{name}`."""
    namespaced: bool = False
    """Whether the path holds `{namespace}`."""
    tail: str | None = None
    """The name of a last part of the path that may hold slashes."""
    parameters: tuple[Parameter, ...] = ()
    body: Body | None = None
    model: TypeRef | None = None
    """The class of the body."""
    answer: TypeRef | None = None
    status: TypeRef | None = None
    """For answers that may be a `Status` instead: its class."""
    item: TypeRef | None = None
    """For `iterate`, `watch` and what builds on them: the class of one object."""
    patch_types: tuple[str, ...] = ()
    """For patches: which of `json`, `merge` and `strategic` the server takes."""
    raises: tuple[Raises, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Resource:
    """One attribute of a group-version class."""

    name: str
    """The attribute: `config_maps`."""
    class_name: str
    """`ConfigMaps`."""
    plural: str
    """The name in paths: `configmaps`."""
    kind: str
    namespaced: bool
    operations: tuple[Operation, ...]


@dataclass(frozen=True, kw_only=True)
class GroupVersion:
    """A group-version: one module of `api`, one attribute of the client."""

    name: str
    """`apps_v1`; `discovery` for the calls that belong to none."""
    class_name: str
    """`AppsV1`."""
    title: str
    """What its docstring says it is: `apps/v1`."""
    resources: tuple[Resource, ...] = ()
    operations: tuple[Operation, ...] = ()
    """What belongs to the group-version itself: its discovery call."""


@dataclass(frozen=True, kw_only=True)
class Skipped:
    """Something of the document that has no place in the package."""

    what: str
    why: str
