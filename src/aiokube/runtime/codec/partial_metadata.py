"""`PartialObjectMetadata` of meta/v1: the metadata of an object of any kind, for caches that need no more."""

from datetime import datetime

from ..public import public
from .absent import ABSENT_DICT, ABSENT_LIST, absent
from .model import Model, dataclass, field
from .status import ListMeta


@dataclass
class OwnerReference(Model, kw_only=True):
    """The owner of an object."""

    api_version: str = ""
    kind: str = ""
    name: str = ""
    uid: str = ""
    controller: bool | None = None
    """True for the controller that manages the object."""
    block_owner_deletion: bool | None = None


@dataclass
class ObjectMetadata(Model, kw_only=True):
    """The metadata of an object, without its managed fields; see `ObjectMeta` of the API."""

    name: str = ""
    generate_name: str | None = None
    namespace: str = ""
    uid: str = ""
    resource_version: str = ""
    generation: int | None = None
    creation_timestamp: datetime | None = None
    deletion_timestamp: datetime | None = None
    deletion_grace_period_seconds: int | None = None
    labels: dict[str, str] = ABSENT_DICT
    annotations: dict[str, str] = ABSENT_DICT
    owner_references: list[OwnerReference] = ABSENT_LIST
    finalizers: list[str] = ABSENT_LIST


@public("aiokube")
@dataclass
class PartialObjectMetadata(Model, kw_only=True):
    """An object of any kind, of which the server sent only the metadata."""

    api_version: str = field(default_factory=lambda: "meta.k8s.io/v1")
    kind: str = field(default_factory=lambda: "PartialObjectMetadata")
    metadata: ObjectMetadata = absent(ObjectMetadata)


@dataclass
class PartialObjectMetadataList(Model, kw_only=True):
    """A list of `PartialObjectMetadata`."""

    api_version: str = field(default_factory=lambda: "meta.k8s.io/v1")
    kind: str = field(default_factory=lambda: "PartialObjectMetadataList")
    metadata: ListMeta = absent(ListMeta)
    items: list[PartialObjectMetadata] = ABSENT_LIST


ACCEPT_ITEM = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"
ACCEPT_LIST = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
