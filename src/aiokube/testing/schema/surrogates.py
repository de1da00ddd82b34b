"""Lone surrogates in JSON, which no UTF-8 has."""

from __future__ import annotations

import re

_MAY_BE_LONE = re.compile(rb"\\u[dD][89a-fA-F]")
_ESCAPE = re.compile(
    rb"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(?P<lone>u[dD][89a-fA-F][0-9a-fA-F]{2})|.)",
    re.DOTALL,
)


def without_surrogates(body: bytes) -> bytes:
    """Return JSON with U+FFFD for each lone surrogate, as Go reads it."""
    if _MAY_BE_LONE.search(body) is None:
        return body
    return _ESCAPE.sub(lambda found: rb"\ufffd" if found["lone"] else found[0], body)
