"""Checks of single values. Each raises a ConfigError that names the field, and the value unless it is secret."""

from __future__ import annotations

import base64
import codecs
import ipaddress
import os
import re
from pathlib import Path
from typing import Final
from urllib.parse import quote, urlsplit

from ..arguments import Types
from ..errors import ConfigError
from ..secret import REDACTED

EXEC_GROUP = "client.authentication.k8s.io"
EXEC_VERSIONS = (f"{EXEC_GROUP}/v1", f"{EXEC_GROUP}/v1beta1")
"""Versions of ExecCredential that are supported, the preferred one first."""
_INTERACTIVE_MODES = ("Never", "IfAvailable", "Always")

_BASE64 = re.compile(r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
NOT_IN_HEADER = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_HOST_NAME = re.compile(r"[\w.~-]+")
_HOST_AND_PORT = re.compile(r"(\[[^\[\]]*\]|[^\[\]:]*)(:[0-9]*)?")
_BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_DNS_1123_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
_PRIVATE_KEY = re.compile(rb"-----BEGIN [A-Z ]*PRIVATE KEY-----")
_PROXY_SCHEMES = ("http", "https", "socks5")

types: Final = Types(ConfigError)
"""The checks of types of a config, and of the arguments of a client."""


def pem(value: bytes | str, place: str) -> bytes:
    """Return PEM data that is given as bytes or as a string, as it is or in base64."""
    data = types.instance(value, (bytes, str), "bytes or a string", place)
    if isinstance(data, str):
        # Comments between the blocks may contain any characters.
        data = types.unicode_text(data, place).encode()
    data = data.removeprefix(codecs.BOM_UTF8)
    if b"-----BEGIN" in data:
        return data
    try:
        decoded = base64.b64decode(b"".join(data.split()), validate=True)
    except ValueError:
        return data
    return decoded if b"-----BEGIN" in decoded else data


def server_url(value: str, place: str) -> str:
    """Normalize the address of an API server like client-go.

    A `host` or `host:port` without a scheme means HTTP. A trailing slash, the query and the fragment are removed.
    """
    if not value:
        raise ConfigError(f"{place}: is missing; use the address of the API server, such as https://10.0.0.1:6443")
    scheme, separator, rest = value.partition("://")
    if not separator:
        scheme, rest = "http", value
        if "/" in value.removesuffix("/"):
            raise ConfigError(f"{place}: {redact_url(value)!r} is neither a URL nor host:port; start it with https://")
    scheme = scheme.lower()
    if scheme not in ("http", "https"):
        raise ConfigError(f"{place}: {redact_url(value)!r} must start with https:// or http://")
    netloc, path = _authority(f"{scheme}://{rest}", place, shown=redact_url(value))
    if "@" in netloc:
        raise ConfigError(f"{place}: contains a user name or password; move them to username and password of the user")
    path = quote(path, safe="/%:@!$&'()*+,;=~").rstrip("/")
    return f"{scheme}://{netloc}{path}"


def proxy_url(value: str, place: str) -> str:
    """Normalize the URL of an http, https or socks5 proxy."""
    scheme, separator, rest = value.partition("://")
    scheme = scheme.lower()
    if not separator or scheme not in _PROXY_SCHEMES:
        raise ConfigError(f"{place}: {redact_url(value)!r} must start with http://, https:// or socks5://")
    _authority(f"{scheme}://{rest}", place, shown=redact_url(value))
    return f"{scheme}://{rest}"


def _authority(url: str, place: str, *, shown: str) -> tuple[str, str]:
    """Check a URL, and return its host with the port, and its path."""
    if _CONTROL.search(url):
        raise ConfigError(f"{place}: {shown!r} contains a line break or another control character; remove it")
    try:
        parts = urlsplit(url)
        port, host = parts.port, parts.hostname or ""
        valid = (_HOST_NAME.fullmatch(host) and _is_resolvable(host)) or (":" in host and ipaddress.ip_address(host))
    except ValueError as error:
        reason = "" if "@" in url else f" ({error})"
        raise ConfigError(f"{place}: {shown!r} is not a URL{reason}") from None
    if not valid:
        raise ConfigError(f"{place}: {shown!r} has no valid host name")
    # `urlsplit` ignores what precedes the bracket of an IPv6 address, and what follows it.
    if not _HOST_AND_PORT.fullmatch(parts.netloc.rpartition("@")[2]):
        raise ConfigError(f"{place}: {shown!r} has no valid host name; an IPv6 address stands alone in its brackets")
    if port == 0:
        raise ConfigError(f"{place}: {shown!r}: the port must be between 1 and 65535")
    if _BAD_ESCAPE.search(parts.path):
        raise ConfigError(f"{place}: {shown!r}: '%' must be followed by two hexadecimal digits")
    netloc = parts.netloc.removesuffix(":")
    if not host.isascii():
        # As in requests, the host name in ASCII (RFC 3490).
        userinfo, at, _ = netloc.rpartition("@")
        netloc = f"{userinfo}{at}{host.encode('idna').decode()}" + (f":{port}" if port is not None else "")
    return netloc, parts.path


def _is_resolvable(host: str) -> bool:
    """Return whether a host name can be resolved and verified: its labels have 1 to 63 characters."""
    try:
        return bool(host.encode("idna"))
    except UnicodeError:
        return False


def redact_url(value: str) -> str:
    """Remove the parts of a URL that may be secret: user name and password, query and fragment."""
    scheme, separator, rest = value.partition("://")
    if not separator:
        scheme, rest = "", value
    userinfo, at, rest = rest.rpartition("@")
    rest = re.split(r"[?#]", rest, maxsplit=1)[0]
    return f"{scheme}{separator}{REDACTED if userinfo else ''}{at}{rest}"


def namespace_name(value: str, place: str) -> str:
    """Check a namespace: a DNS-1123 label."""
    types.instance(value, str, "a string", place)
    if not _DNS_1123_LABEL.fullmatch(value):
        raise ConfigError(
            f"{place}: {value!r:.80} is not the name of a namespace; use at most 63 of a-z, 0-9 and '-', "
            "with a letter or digit first and last"
        )
    return value


def header_value(value: str, place: str, *, secret: bool = False) -> str:
    """Check that a value fits into an HTTP header. The error does not show a secret one."""
    types.unicode_text(value, place)
    if NOT_IN_HEADER.search(value):
        shown = "" if secret else f"{value!r:.80} "
        raise ConfigError(f"{place}: {shown}contains a line break or another control character; remove it")
    return value


def token(value: str, place: str) -> str:
    """Check that a bearer token fits into a header. The error does not show it."""
    return header_value(value, place, secret=True)


def interactive_mode(value: str, place: str) -> str:
    """Check the `interactiveMode` of an exec plugin."""
    if value not in _INTERACTIVE_MODES:
        problem = f"is {value!r:.80}" if value else "is missing"
        raise ConfigError(f"{place}: {problem}; use one of {', '.join(_INTERACTIVE_MODES)}")
    return value


def base64_data(value: str, place: str) -> bytes:
    """Decode base64 as Go does: line breaks are ignored. The error does not show the value."""
    text = value.replace("\n", "").replace("\r", "")
    if not _BASE64.fullmatch(text):
        raise ConfigError(f"{place}: is not base64; encode the file with `base64 -w0 FILE`")
    return base64.b64decode(text)


def tls_name(value: str, place: str) -> str:
    """Check a server name for TLS; it may be empty."""
    if value and (_CONTROL.search(value) or " " in value or not _is_resolvable(value)):
        raise ConfigError(f"{place}: {value!r:.80} is not a host name")
    return value


def certificate_data(data: bytes, place: str) -> bytes:
    """Check that data contains a PEM certificate."""
    if b"-----BEGIN CERTIFICATE-----" not in data:
        raise ConfigError(f"{place}: contains no PEM certificate (-----BEGIN CERTIFICATE-----)")
    return data


def key_data(data: bytes, place: str) -> bytes:
    """Check that data contains an unencrypted PEM private key."""
    if not _PRIVATE_KEY.search(data):
        raise ConfigError(f"{place}: contains no PEM private key (-----BEGIN ... PRIVATE KEY-----)")
    if b"ENCRYPTED" in data:
        raise ConfigError(f"{place}: the private key is encrypted; decrypt it with `openssl pkey`")
    return data


def readable_file(path: Path, place: str) -> Path:
    """Check that a file exists and can be read."""
    try:
        if path.is_dir():
            raise ConfigError(f"{place}: {path} is a directory")
        path.stat()
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise ConfigError(f"{place}: cannot read {str(path)!r}: {reason}") from None
    if not os.access(path, os.R_OK):
        raise ConfigError(f"{place}: cannot read {path}: permission denied")
    return path
