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
    """Return a client of a test server, by default without retries.

    Args:
        server: The server, or its URL.
        authority: The CA to trust; by default those of the system.
        max_retries: Maximum number of retries.
        timeout: Timeout of each call in seconds.
        on_warning: Callback for warnings.
        config: Other fields of the `Config`.
    """
    url = server if isinstance(server, str) else server.url
    if authority is not None:
        config["certificate_authority_data"] = authority.pem
    return Client(Config(server=url, **config), max_retries=max_retries, timeout=timeout, on_warning=on_warning)
