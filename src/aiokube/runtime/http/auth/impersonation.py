"""Acting as somebody else: the `Impersonate-*` headers."""

from __future__ import annotations

import re

from ...config.identity import Impersonation

# What a header name may hold (RFC 9110, section 5.6.2), but for the sign that escapes the rest.
_ESCAPED = re.compile(rb"[^!#$&'*+\-.^_`|~0-9a-z]")


def impersonation_headers(impersonation: Impersonation | None) -> list[tuple[str, str]]:
    """The headers of every request, some of them several times."""
    if impersonation is None:
        return []
    headers = [("Impersonate-User", impersonation.user)]
    if impersonation.uid:
        headers.append(("Impersonate-Uid", impersonation.uid))
    headers += [("Impersonate-Group", group) for group in impersonation.groups]
    for key, values in impersonation.extra.items():
        headers += [(f"Impersonate-Extra-{_escape(key)}", value) for value in values]
    return headers


def _escape(key: str) -> str:
    """The server reads the keys in small letters, and percent-decoded."""
    return _ESCAPED.sub(lambda match: b"%" + match[0].hex().upper().encode(), key.lower().encode()).decode()
