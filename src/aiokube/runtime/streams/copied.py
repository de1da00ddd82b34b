"""What a copy tells its caller; apart from the copying, which needs more modules than most programs do."""

from dataclasses import dataclass, field
from typing import NamedTuple

from ..public import public


@public("aiokube.streams")
class CopyProgress(NamedTuple):
    """How far a copy has come."""

    path: str
    """The file that is being copied, as the archive names it."""
    done: int
    """Bytes of content so far, of all files."""
    total: int | None
    """Bytes of all files; None where that is not known: for a copy from a container."""


@public("aiokube.streams")
@dataclass(frozen=True, slots=True, kw_only=True)
class Copied:
    """What was copied."""

    files: int
    """How many files."""
    size: int
    """Bytes of all of them."""
    skipped: list[str] = field(default_factory=list)
    """What was left out of a container's folder: links and devices, which could lead anywhere here."""
