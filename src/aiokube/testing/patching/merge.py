"""Merge patch (RFC 7386)."""

from __future__ import annotations

from typing import Any

from ..store import copied


def apply(document: Any, patch: Any) -> Any:
    """Return a document with a patch applied; the document itself stays as it is."""
    if not isinstance(patch, dict):
        return copied(patch)
    found = dict(document) if isinstance(document, dict) else {}
    for name, value in patch.items():
        if value is None:
            found.pop(name, None)
        else:
            found[name] = apply(found.get(name), value)
    return found
