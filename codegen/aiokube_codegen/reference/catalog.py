"""The catalog of an API: groups, versions, kinds, fields, operations and methods, as a person looks them up.

`build.build_catalog` makes one of a document. Everything here is plain data, and every decision is taken. Types are
shared: a field names its type by a key of `Catalog.types`, so that a type which a hundred kinds use exists once, and
one that holds itself, such as `JSONSchemaProps`, comes to an end. `Catalog.fields_of` leads from a field to those
below it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property


@dataclass(frozen=True, kw_only=True)
class CelRule:
    """A validation rule of a CRD, in the Common Expression Language (`x-kubernetes-validations`)."""

    expression: str
    """`self.minReplicas <= self.maxReplicas`."""
    message: str = ""
    """The message of a violation, or the expression that makes it; empty if there is none."""


@dataclass(frozen=True, kw_only=True)
class FieldType:
    """The type of a field, a parameter, a body or a response."""

    name: str
    """The innermost type: `Container`, `Quantity`, `string`, `integer or string`, `object`, `any`."""
    containers: tuple[str, ...] = ()
    """`list` and `map` around it, the outermost first."""
    target: str = ""
    """Key in `Catalog.types` of what the name stands for; empty for a type that JSON has."""
    python: str = ""
    """Annotation of its values: `list[core_v1.Container]`; empty where Python has no such class."""

    @property
    def text(self) -> str:
        """The type as kubectl writes it: `[]Container`, `map[string]string`."""
        return "".join({"list": "[]", "map": "map[string]"}[one] for one in self.containers) + self.name

    @property
    def suffix(self) -> str:
        """The part of a path that leads to an item: `[]` for each list, and `{}` for each map."""
        return "".join({"list": "[]", "map": "{}"}[one] for one in self.containers)


@dataclass(frozen=True, kw_only=True)
class Field:
    """A field of a type."""

    name: str
    """Name on the wire: `livenessProbe`."""
    python: str
    """Attribute in Python: `liveness_probe`; empty where there is none, since no attribute could have such a name."""
    type: FieldType
    is_required: bool = False
    """A manifest must have it: the document requires it, and there is no default."""
    description: str = ""
    """The document's description of the field itself, without a notice of deprecation; that of its type is in
    `Catalog.types`."""
    deprecated: str = ""
    """`Deprecated: use b instead.`, in one line; empty if it is not deprecated."""
    default: str = ""
    """The default in JSON: `"TCP"`, `30`; empty if there is none."""
    enum: tuple[str, ...] = ()
    """The values allowed for it or for its items, in JSON: `"Always"`."""
    constant: str = ""
    """The only value, of the `apiVersion` and `kind` of a kind."""
    is_nullable: bool = False
    """Null is a value of its own."""
    immutable: str = ""
    """The rule or the sentence that says that it cannot be changed; empty if none does."""
    rules: tuple[CelRule, ...] = ()
    limits: tuple[tuple[str, str], ...] = ()
    """Format and limits in the words of the document, in JSON: `("minimum", "0")`, `("pattern", "\\"^a$\\"")`. Those of
    items begin with `items.`."""
    list_type: str = ""
    """How lists are merged by server-side apply: `atomic`, `set`, `map`; for maps, `atomic` or `granular`."""
    list_keys: tuple[str, ...] = ()
    """The fields that tell the items of a list of type `map` apart."""
    patch_strategy: str = ""
    """How a strategic merge patch changes it: `merge`, `replace`, `retainKeys`, comma-separated."""
    patch_merge_key: str = ""


@dataclass(frozen=True, kw_only=True)
class NamedType:
    """A type with a name: a definition of the document, or an object inside of one that has a class."""

    key: str
    """Key in `Catalog.types`: the definition, `io.k8s.api.core.v1.Container`; for an object inside of one, its class,
    with a number where objects of different descriptions share one: `cert_manager_io_v1.CertificateSpec~2`."""
    name: str
    """`Container`."""
    is_definition: bool = False
    python: str = ""
    """Its class: `core_v1.Container`; empty where there is none."""
    description: str = ""
    """Empty for an object inside of a definition: it is described where it is used."""
    deprecated: str = ""
    """As of `Field`."""
    scalar: str = ""
    """For a definition that is not an object with fields: the type in JSON, such as `string` for a `Quantity`."""
    fields: tuple[Field, ...] = ()
    """`apiVersion`, `kind` and `metadata` first where it has them, then as in the document."""
    rules: tuple[CelRule, ...] = ()
    keeps_unknown: bool = False
    """It keeps fields that it does not declare."""

    @cached_property
    def by_name(self) -> Mapping[str, Field]:
        """The fields by their names on the wire."""
        return {field.name: field for field in self.fields}


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A rule of a Role or ClusterRole that a method needs."""

    api_groups: tuple[str, ...] = ()
    resources: tuple[str, ...] = ()
    """With their subresources: `pods/log`."""
    verbs: tuple[str, ...]
    non_resource_urls: tuple[str, ...] = ()
    when: str = ""
    """When it is needed: `name is deploy/web`; empty if always."""


@dataclass(frozen=True, kw_only=True)
class Parameter:
    """A parameter of an operation."""

    name: str
    """Name on the wire: `labelSelector`."""
    place: str
    """`path`, `query` or `body`."""
    type: FieldType
    is_required: bool = False
    description: str = ""


@dataclass(frozen=True, kw_only=True)
class Operation:
    """An operation of the document: an HTTP method of a path."""

    id: str
    """The operationId, `listCoreV1NamespacedPod`; empty if the document gives none."""
    verb: str
    """`x-kubernetes-action`, such as `list`, `post` or `connect`; empty if the document gives none."""
    http_method: str
    """In upper case."""
    path: str
    """`/api/v1/namespaces/{namespace}/pods`."""
    subresource: str = ""
    """`log`."""
    description: str = ""
    parameters: tuple[Parameter, ...] = ()
    """Those in the path, in the query, and the body."""
    response: FieldType | None = None
    """The type of a successful response; None if the document gives none."""
    is_deprecated: bool = False


@dataclass(frozen=True, kw_only=True)
class Method:
    """A method of the Python client."""

    name: str
    """`list`."""
    call: str
    """The method as a caller writes it: `kube.core_v1.pods.list`."""
    usage: str
    """`await`, `async with` for a context manager, or `async for` for what is iterated."""
    runtime: str
    """The method of the runtime that it calls, which says what it does whatever its name: `_list`."""
    arguments: tuple[str, ...]
    """The arguments as they are written, `*` among them, `self` not: `name: str`, `namespace: str | None = None`."""
    returns: str
    """Annotation: `core_v1.PodList`."""
    summary: str
    """The first paragraph of the docstring."""
    docstring: str
    """The docstring, without quotes: summary, HTTP calls, `Args:` and `Raises:`."""
    deprecated: str = ""
    """As of `Field`."""
    is_composed: bool = False
    """It is built on other methods, such as `edit` on `get` and `patch`."""
    requests: tuple[str, ...] = ()
    """HTTP calls of the operations that it is made of, as in `Operation`: `GET /api/v1/namespaces/{namespace}/pods`.
    One that is composed makes others, too, which its summary names."""
    operation_ids: tuple[str, ...] = ()
    """The operationIds of these, where the document gives them."""
    subresource: str = ""
    """`log`; empty for a method on the resource itself."""
    rules: tuple[Rule, ...] = ()
    """The permissions that a Role or ClusterRole must grant, those that are always needed first."""

    @property
    def signature(self) -> str:
        """`list(*, namespace: str | None = None) -> core_v1.PodList`."""
        return f"{self.name}({', '.join(self.arguments)}) -> {self.returns}"


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A kind of a version, with the resource that serves it."""

    group: str
    """Empty for the core group."""
    version: str
    name: str
    """`Deployment`."""
    plural: str
    """`deployments`."""
    singular: str
    """`deployment`."""
    short_names: tuple[str, ...] = ()
    """`deploy`; empty where nothing tells them."""
    categories: tuple[str, ...] = ()
    """`all`; likewise."""
    namespaced: bool
    description: str = ""
    deprecated: str = ""
    """As of `Field`."""
    attribute: str
    """Where the client has it: `apps_v1.deployments`, behind `kube.`."""
    python: str
    """The class of its objects: `apps_v1.Deployment`; `Any` where it has none."""
    type: str
    """Key in `Catalog.types`; empty where the document does not describe it."""
    operations: tuple[Operation, ...]
    """By subresource, path and HTTP method."""
    methods: tuple[Method, ...]
    """The generated methods, and those written by hand (`restart`, `drain`), in the order in which a reader looks for
    them, then those of subresources."""

    @property
    def api_version(self) -> str:
        """`apps/v1`, `v1`."""
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def key(self) -> str:
        """Group, version and resource, which no two have in common: `core/v1/pods`."""
        return f"{self.group or 'core'}/{self.version}/{self.plural}"


@dataclass(frozen=True, kw_only=True)
class Version:
    """A version of a group."""

    group: str
    version: str
    name: str
    """The attribute of the client, and the module of its classes: `apps_v1`."""
    deprecated: str = ""
    """As of `Field`."""
    kinds: tuple[Kind, ...]
    methods: tuple[Method, ...] = ()
    """The calls of the group-version itself: `kube.apps_v1.get_api_resources`."""

    @property
    def title(self) -> str:
        """`apps/v1`, `core/v1`."""
        return f"{self.group or 'core'}/{self.version}"


@dataclass(frozen=True, kw_only=True)
class Group:
    """An API group."""

    name: str
    """Empty for the core group."""
    versions: tuple[Version, ...]
    """Stable ones first, newer before older, as kubectl prefers them."""

    @property
    def title(self) -> str:
        """The name; `core` for the core group."""
        return self.name or "core"


@dataclass(frozen=True, kw_only=True)
class Catalog:
    """An API as a person reads it."""

    origin: str
    """Path or URL of the document."""
    version: str
    """Version of Kubernetes, `v1.37.2`; empty if unknown."""
    groups: tuple[Group, ...]
    """The core group first, then by name."""
    types: Mapping[str, NamedType]
    """All types with names, by key: those of the kinds, and all that they, their bodies and responses hold."""
    methods: tuple[Method, ...] = ()
    """The calls of the server: `kube.discovery.get_api_versions`."""

    def kinds(self) -> Iterator[Kind]:
        """Yield every kind."""
        for group in self.groups:
            for version in group.versions:
                yield from version.kinds

    def type_of(self, kind: Kind) -> NamedType | None:
        """Return the type of a kind; None if the document does not describe it."""
        return self.types.get(kind.type)

    def fields_of(self, field: Field) -> tuple[Field, ...]:
        """Return the fields of a field's type, or of its items; none for a scalar."""
        target = self.types.get(field.type.target)
        return target.fields if target else ()

    @cached_property
    def kind_of_type(self) -> Mapping[str, Kind]:
        """Kinds by the keys of their types."""
        return {kind.type: kind for kind in reversed(list(self.kinds())) if kind.type}
