"""The `Impersonate-*` headers of user impersonation."""

from __future__ import annotations

import re

from ...config.identity import Impersonation

# All bytes but those allowed in header names (RFC 9110, section 5.6.2); also the percent sign, which escapes them.
_ESCAPED = re.compile(rb"[^!#$&'*+\-.^_`|~0-9a-z]")


def impersonation_headers(impersonation: Impersonation | None) -> list[tuple[str, str]]:
    """Return the headers; a name may occur several times."""
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
    """Return a key in lower case and percent-encoded; the server decodes it."""
    return _ESCAPED.sub(lambda match: b"%" + match[0].hex().upper().encode(), key.lower().encode()).decode()
