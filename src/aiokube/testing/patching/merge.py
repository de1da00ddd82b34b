"""Merge patch (RFC 7386)."""

from __future__ import annotations

from typing import Any


def apply(document: Any, patch: Any) -> Any:
    """Return a document with a patch applied; the document itself stays as it is."""
    if isinstance(patch, list):
        if isinstance(document, dict):
            return patch
        # kube-apiserver's library removes what is null within lists, too, unless they replace an object.
        return [None if item is None else apply(None, item) for item in patch]
    if not isinstance(patch, dict):
        return patch
    found = dict(document) if isinstance(document, dict) else {}
    for name, value in patch.items():
        if value is None:
            found.pop(name, None)
        else:
            found[name] = apply(found.get(name), value)
    return found
