"""Progress and result of a copy; kept apart from the copying, whose imports most programs do not need."""

from dataclasses import dataclass, field
from typing import NamedTuple

from ..public import public


@public("aiokube.streams")
class CopyProgress(NamedTuple):
    """The progress of a copy."""

    path: str
    """The file being copied, by its name in the archive."""
    done: int
    """Bytes of content copied so far, over all files."""
    total: int | None
    """Bytes of content of all files; None for a copy from a container, where it is unknown."""


@public("aiokube.streams")
@dataclass(frozen=True, slots=True, kw_only=True)
class Copied:
    """The result of a copy."""

    files: int
    """Number of files."""
    size: int
    """Bytes of content of all files."""
    skipped: list[str] = field(default_factory=list)
    """Links and devices in the container that were not copied; symbolic links could point anywhere on this machine.
    `follow_links` copies what they point to in the container."""
