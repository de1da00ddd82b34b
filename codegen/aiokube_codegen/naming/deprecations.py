"""Deprecations: found in the texts of a document, and said first in docstrings, where editors show them."""

from __future__ import annotations

import re
from typing import Final

_ENUM: Final = "Possible enum values"
# At the start of a sentence; elsewhere the word speaks of something else, such as a value or an annotation.
_START: Final = r"(?:\A|\n[ \t]*|(?<=[.!?)\"])\s+)"
_END: Final = r"\s*(?=\n\s*\n|\Z)"
_NOTICES: Final = tuple(
    re.compile(_START + said + _END, re.IGNORECASE | re.DOTALL)
    for said in (
        r"deprecated[.:]\s*(?P<why>.*?)",
        r"(?P<why>this (?:api|field|kind|type|version) (?:is|has been) deprecated\b.*?)",
        r"(?P<why>\w+ is (?:an?|the) deprecated\b.*?)",
    )
)
_MARK: Final = re.compile(r"Deprecated(?::\s*(?P<why>.*?)|\.)\s*(?=\n\s*\n|\Z)", re.DOTALL)


def mark_deprecated(text: str, *, flagged: bool = False) -> str:
    """Return a description that begins with `Deprecated: ...` or `Deprecated.` if it says so anywhere.

    Args:
        text: Description.
        flagged: The document marks it with `deprecated: true`.
    """
    described, separator, values = text.partition(_ENUM)
    if notice := next(filter(None, (pattern.search(described) for pattern in _NOTICES)), None):
        rest = f"{described[: notice.start()]}{described[notice.end() :]}".strip()
        parts = [_said(notice["why"]), rest, f"{separator}{values}"]
    elif flagged:
        parts = ["Deprecated.", text]
    else:
        return text
    return "\n\n".join(filter(None, parts))


def deprecation(text: str) -> str:
    """Return the notice that a marked text begins with, in one line (`Deprecated: Use b instead.`), or no text."""
    mark = _MARK.match(text)
    return _said(mark["why"] or "") if mark else ""


def _said(why: str) -> str:
    why = " ".join(why.split())
    return f"Deprecated: {why}" if why else "Deprecated."
