"""Which HTTP proxy a connection goes through: the kubeconfig's, or the environment's as Go reads it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import urlsplit

from ..config import validation
from ..config.config import Config
from ..errors import ConfigError


def proxy_of(config: Config, environ: Mapping[str, str] = os.environ) -> str | None:
    """The URL of the proxy; None to connect directly.

    `proxy-url` of the cluster goes first, then `HTTPS_PROXY` or `HTTP_PROXY` by the server's scheme unless `NO_PROXY`
    names the server: a host, a domain with its subdomains, an address, a CIDR range, each with or without a port, or
    `*`. Servers on this machine are never reached through a proxy of the environment.

    Raises:
        ConfigError: the proxy is of a kind that cannot be used.
    """
    if config.proxy_url is not None:
        return _spoken(config.proxy_url, "proxy-url")
    return _of_environment(config.server, environ)


def _spoken(url: str, place: str) -> str:
    if urlsplit(url).scheme == "socks5":
        raise ConfigError(
            f"{place}: {validation.redact_url(url)} is a SOCKS proxy, which aiokube does not speak: use an http or "
            "https proxy, or a tunnel such as `ssh -L` with tls-server-name"
        )
    return url


def _of_environment(server: str, environ: Mapping[str, str]) -> str | None:
    parts = urlsplit(server)
    name = f"{parts.scheme}_proxy"
    url = environ.get(name.upper()) or environ.get(name)
    if not url or _is_local(parts.hostname or "") or _is_excluded(server, environ):
        return None
    if "://" not in url:
        url = f"http://{url}"
    place = f"the environment variable {name.upper()}"
    return _spoken(validation.proxy_url(url, place), place)


def _is_local(host: str) -> bool:
    if host == "localhost":
        return True
    address = _address(host)
    return address is not None and address.is_loopback


def _is_excluded(server: str, environ: Mapping[str, str]) -> bool:
    parts = urlsplit(server)
    host = (parts.hostname or "").rstrip(".")
    port = parts.port or (443 if parts.scheme == "https" else 80)
    entries = (environ.get("NO_PROXY") or environ.get("no_proxy") or "").split(",")
    return any(_matches(entry.strip().lower(), host, port) for entry in entries)


def _matches(entry: str, host: str, port: int) -> bool:
    if entry == "*":
        return True
    address = _address(host)
    if "/" in entry:
        try:
            return address is not None and address in ip_network(entry, strict=False)
        except ValueError:
            return False
    if entry.count(":") == 1 or entry.startswith("["):
        entry, _, wanted = entry.rpartition(":") if not entry.endswith("]") else (entry, "", "")
        entry = entry.strip("[]")
        if wanted and wanted != str(port):
            return False
    if not entry:
        return False
    if address is not None:
        return _address(entry) == address
    # A leading dot or `*.` leaves out the domain itself.
    if entry.startswith("*."):
        entry = entry[1:]
    return host.endswith(entry) if entry.startswith(".") else host == entry or host.endswith(f".{entry}")


def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(text)
    except ValueError:
        return None
