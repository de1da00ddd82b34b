"""Objects of any kind without their contents: `PartialObjectMetadata` of meta/v1, for caches that need no more."""

from __future__ import annotations

from datetime import datetime

from .model import Model, dataclass, field


@dataclass
class OwnerReference(Model, kw_only=True):
    """An object that another one belongs to."""

    api_version: str = ""
    kind: str = ""
    name: str = ""
    uid: str = ""
    controller: bool | None = None
    """Whether it manages the object."""
    block_owner_deletion: bool | None = None


@dataclass
class ObjectMetadata(Model, kw_only=True):
    """The metadata of an object; see `ObjectMeta` of the API. Managed fields are left out."""

    name: str | None = None
    generate_name: str | None = None
    namespace: str | None = None
    uid: str | None = None
    resource_version: str | None = None
    generation: int | None = None
    creation_timestamp: datetime | None = None
    deletion_timestamp: datetime | None = None
    deletion_grace_period_seconds: int | None = None
    labels: dict[str, str] = field(default_factory=dict)
    annotations: dict[str, str] = field(default_factory=dict)
    owner_references: list[OwnerReference] = field(default_factory=list)
    finalizers: list[str] = field(default_factory=list)


@dataclass
class ListMetadata(Model, kw_only=True):
    """The metadata of a list."""

    resource_version: str | None = None
    continue_: str | None = None
    remaining_item_count: int | None = None


@dataclass
class PartialObjectMetadata(Model, kw_only=True):
    """An object of any kind, of which the server sends the metadata alone."""

    api_version: str = field(default_factory=lambda: "meta.k8s.io/v1")
    kind: str = field(default_factory=lambda: "PartialObjectMetadata")
    metadata: ObjectMetadata = field(default_factory=ObjectMetadata)


@dataclass
class PartialObjectMetadataList(Model, kw_only=True):
    """A list of them."""

    api_version: str = field(default_factory=lambda: "meta.k8s.io/v1")
    kind: str = field(default_factory=lambda: "PartialObjectMetadataList")
    metadata: ListMetadata = field(default_factory=ListMetadata)
    items: list[PartialObjectMetadata] = field(default_factory=list)


ACCEPT_ITEM = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"
ACCEPT_LIST = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
