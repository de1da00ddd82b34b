"""The choice of the HTTP proxy: from the kubeconfig, or, as in Go, from the environment."""

from __future__ import annotations

import os
from collections.abc import Mapping
from importlib.util import find_spec
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import urlsplit

from ..config import validation
from ..config.config import Config
from ..errors import ConfigError


def proxy_of(config: Config, environ: Mapping[str, str] = os.environ) -> str | None:
    """Return the URL of the proxy; None for a direct connection.

    `proxy-url` of the cluster takes precedence. Otherwise the proxy is `HTTPS_PROXY` or `HTTP_PROXY`, depending on the
    scheme of the server, unless `NO_PROXY` contains the server. Its entries are hosts, domains (which include their
    subdomains), addresses and CIDR ranges, optionally with a port, or `*`. Servers on this machine never use a proxy
    from the environment.

    Raises:
        ConfigError: The proxy needs the extra `socks`, which is not installed.
    """
    if config.proxy_url is not None:
        return _supported(config.proxy_url, "proxy-url")
    return _from_environment(config.server, environ)


def _supported(url: str, place: str) -> str:
    if urlsplit(url).scheme == "socks5" and find_spec("python_socks") is None:
        raise ConfigError(
            f"{place}: {validation.redact_url(url)} is a SOCKS proxy, which needs python-socks: "
            "pip install 'aiokube[socks]'"
        )
    return url


def _from_environment(server: str, environ: Mapping[str, str]) -> str | None:
    parts = urlsplit(server)
    name = f"{parts.scheme}_proxy"
    url = environ.get(name.upper()) or environ.get(name)
    if not url or _is_local(parts.hostname or "") or _is_excluded(server, environ):
        return None
    if "://" not in url:
        url = f"http://{url}"
    place = f"the environment variable {name.upper()}"
    return _supported(validation.proxy_url(url, place), place)


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
    # With a leading `.` or `*.`, the entry does not match the domain itself.
    if entry.startswith("*."):
        entry = entry[1:]
    return host.endswith(entry) if entry.startswith(".") else host == entry or host.endswith(f".{entry}")


def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(text)
    except ValueError:
        return None
