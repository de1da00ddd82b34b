"""Clients of the servers in tests."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from aiokube import Client, Config

from .server import ScriptedServer
from .tls import Authority


def client_of(
    server: ScriptedServer | str,
    authority: Authority | None = None,
    *,
    max_retries: int = 0,
    timeout: float = 10.0,
    on_warning: Callable[[str], object] | None = None,
    **config: Any,
) -> Client:
    """A client of a server that makes each call once.

    Args:
        server: the server, or its URL.
        authority: whom to trust; the system's CAs where there is none.
        max_retries: of the client.
        timeout: of the client, in seconds.
        on_warning: of the client.
        config: other fields of the `Config`.
    """
    url = server if isinstance(server, str) else server.url
    if authority is not None:
        config["certificate_authority_data"] = authority.pem
    return Client(Config(server=url, **config), max_retries=max_retries, timeout=timeout, on_warning=on_warning)
