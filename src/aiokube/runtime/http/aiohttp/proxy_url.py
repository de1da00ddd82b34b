"""The URL of a proxy, apart from its user name and password."""

from __future__ import annotations

from yarl import URL

from ..auth.credentials import basic


def origin_of(proxy: str) -> str:
    """Return the URL of a proxy without its user name, password and path."""
    url = URL(proxy)
    return str(url.with_user(None).with_path("").with_query(None).with_fragment(None)).rstrip("/")


def split_proxy(url: str | None) -> tuple[URL | None, dict[str, str] | None]:
    """Return the URL of a proxy without its user name and password, and these as a header."""
    if url is None:
        return None, None
    parsed = URL(url)
    if parsed.user is None and parsed.password is None:
        return parsed, None
    return parsed.with_user(None), {"Proxy-Authorization": basic(parsed.user or "", parsed.password or "")}
