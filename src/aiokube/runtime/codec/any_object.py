"""The attributes that objects of all kinds have, for code that serves many kinds."""

from datetime import datetime
from typing import Any, Protocol, Self

from ..public import public


@public("aiokube")
class AnyMetadata(Protocol):
    """The metadata of an object of any class."""

    name: str
    generate_name: str | None
    namespace: str
    uid: str
    resource_version: str
    generation: int | None
    creation_timestamp: datetime | None
    deletion_timestamp: datetime | None
    labels: dict[str, str]
    annotations: dict[str, str]
    finalizers: list[str]


@public("aiokube")
class AnyObject(Protocol):
    """An object of any class, such as `core_v1.Pod` or `DynamicObject`: the bound of type variables in generic code.

    T = TypeVar("T", bound=AnyObject)
    """

    api_version: str
    """API group and version: `apps/v1`."""
    kind: str
    """Kind: `Deployment`."""

    @property
    def metadata(self) -> AnyMetadata:
        """The metadata."""
        ...

    def copy(self) -> Self:
        """Return a deep copy. That of a cached object, which is read-only, can be changed."""
        ...

    def to_dict(self) -> dict[str, Any]:
        """Return the manifest."""
        ...

    def to_json(self) -> bytes:
        """Return the manifest as JSON."""
        ...

    def to_yaml(self) -> str:
        """Return the manifest as YAML."""
        ...
