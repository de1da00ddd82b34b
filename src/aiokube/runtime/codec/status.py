"""`Status` of meta/v1, the response that reports the result of a request, and the metadata of lists.

Errors carry a `Status` and some methods return one, so generated packages use these classes for their own.
"""

from ..public import public
from .absent import ABSENT_LIST, absent
from .model import Model, dataclass, field


@public("aiokube.models.meta_v1")
@dataclass
class ShardInfo(Model, kw_only=True):
    """The shard selector that a list was made with: the list is a subset of the objects."""

    selector: str = ""
    """Shard selector of the request."""


@public("aiokube.models.meta_v1")
@dataclass
class ListMeta(Model, kw_only=True):
    """The metadata of a list or of a `Status`."""

    continue_: str | None = None
    """Continue token for the rest of the list; None if the list is complete. In the `Status` of an expired token: one
    that continues after the same object, in a newer state."""
    remaining_item_count: int | None = None
    """Estimated number of objects in the rest of the list; None if the list is complete or the server doesn't know."""
    resource_version: str | None = None
    """Resource version of the list: where a watch of it starts."""
    self_link: str | None = None
    """Deprecated: servers no longer fill it in."""
    shard_info: ShardInfo | None = None
    """The shard that was listed; None for a list of all objects."""


@public("aiokube.errors")
@dataclass
class StatusCause(Model, kw_only=True):
    """One cause of a failure."""

    reason: str = ""
    """Machine-readable cause: `FieldValueInvalid`, `FieldManagerConflict`, ..."""
    message: str = ""
    """Description for a person."""
    field_: str = field(default="", name="field")
    """Path of the field at fault: `spec.containers[0].image`."""


@public("aiokube.errors")
@dataclass
class StatusDetails(Model, kw_only=True):
    """The object that a failure is about, and its causes."""

    name: str = ""
    """Name of the object."""
    group: str = ""
    """API group of the object's kind."""
    kind: str = ""
    """Resource or kind of the object: `pods`."""
    uid: str = ""
    """UID of the object."""
    causes: list[StatusCause] = ABSENT_LIST
    """Causes of the failure, field by field."""
    retry_after_seconds: int = 0
    """Seconds to wait before the request is worth repeating; 0 if the server doesn't say."""


@public("aiokube.errors")
@dataclass
class Status(Model, kw_only=True):
    """The result of a request, which an `ApiError` carries and `delete` may return."""

    api_version: str = field(default_factory=lambda: "v1")
    kind: str = field(default_factory=lambda: "Status")
    metadata: ListMeta = absent(ListMeta)
    """Metadata of a list that could not be continued."""
    status: str = ""
    """`Success` or `Failure`."""
    message: str = ""
    """Description for a person."""
    reason: str = ""
    """Machine-readable reason: `NotFound`, `Conflict`, ...; empty if unknown."""
    details: StatusDetails = absent(StatusDetails)
    """The object that the request was about, and the causes of a failure."""
    code: int = 0
    """HTTP status code; 0 if the server left it out."""
