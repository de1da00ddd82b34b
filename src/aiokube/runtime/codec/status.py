"""The answer that says how a request went: `Status` of meta/v1, as far as errors need it."""

from __future__ import annotations

from .model import Model, dataclass, field


@dataclass
class StatusCause(Model, kw_only=True):
    """One of the reasons behind a failure."""

    reason: str = ""
    """Machine readable: `FieldValueInvalid`, `FieldManagerConflict`, ..."""
    message: str = ""
    """What went wrong, for a person."""
    field_: str = field(default="", name="field")
    """The field at fault, as a path: `spec.containers[0].image`."""


@dataclass
class StatusDetails(Model, kw_only=True):
    """What a failure is about."""

    name: str = ""
    group: str = ""
    kind: str = ""
    uid: str = ""
    causes: list[StatusCause] = field(default_factory=list)
    retry_after_seconds: int = 0
    """Seconds to wait before the request is worth repeating; 0 when the server doesn't say."""


@dataclass
class StatusMetadata(Model, kw_only=True):
    """What a list that could not go on says of going on all the same."""

    continue_: str | None = None
    """With an expired continue token: one that goes on behind the same object, in a newer state."""


@dataclass
class Status(Model, kw_only=True):
    """How a request went."""

    status: str = ""
    """`Success` or `Failure`."""
    message: str = ""
    """What went wrong, for a person."""
    reason: str = ""
    """Machine readable: `NotFound`, `Conflict`, ...; empty when unknown."""
    details: StatusDetails = field(default_factory=StatusDetails)
    code: int = 0
    """The HTTP status code; 0 when the server left it out."""
    metadata: StatusMetadata = field(default_factory=StatusMetadata)
