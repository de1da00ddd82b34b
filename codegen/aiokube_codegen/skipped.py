"""The parts of a document that a package does not have as the document has them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Skipped:
    """A part that was left out, or is typed as Any."""

    what: str
    """Its place in the document."""
    why: str
    """The reason, the same for all parts of its kind: reports count by it."""
