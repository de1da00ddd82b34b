"""ExecCredential of `client.authentication.k8s.io`: what a credential plugin is told, and what it answers."""

from __future__ import annotations

import codecs
import json
import ssl
from base64 import b64encode
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any

import msgspec

from ...config import validation
from ...config.config import Config
from ...config.identity import ExecConfig
from ...errors import ConfigError
from ..tls import load_pair, read_pem
from .credentials import Credential, bearer

KIND = "ExecCredential"

# As encoding/json does, for HTML and JavaScript.
_GO_ESCAPES = {ord(character): f"\\u{ord(character):04x}" for character in "<>&\u2028\u2029"}


class _Status(msgspec.Struct, rename="camel"):
    token: str | None = None
    client_certificate_data: str | None = None
    client_key_data: str | None = None
    expiration_timestamp: Annotated[datetime, msgspec.Meta(tz=True)] | None = None


class _ExecCredential(msgspec.Struct, rename="camel"):
    api_version: str | None = None
    kind: str | None = None
    status: _Status | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """What a plugin answered."""

    credential: Credential = field(repr=False)
    expires: float
    """Seconds since the epoch; infinite when it doesn't say."""


def request(plugin: ExecConfig, config: Config, *, interactive: bool) -> str:
    """What a plugin is told in KUBERNETES_EXEC_INFO, written as client-go writes it.

    Args:
        plugin: the plugin.
        config: the cluster, for a plugin with `provideClusterInfo`.
        interactive: whether the plugin has a terminal to read from.

    Raises:
        ConfigError: the CA file cannot be read, or `cluster_config` is no JSON.
    """
    spec: dict[str, Any] = {"interactive": interactive}
    if plugin.provide_cluster_info:
        spec = {"cluster": _cluster(plugin, config), **spec}
    document = {"kind": KIND, "apiVersion": plugin.api_version, "spec": spec}
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    return text.translate(_GO_ESCAPES) + "\n"


def _cluster(plugin: ExecConfig, config: Config) -> dict[str, Any]:
    authority = read_pem(config.certificate_authority, config.certificate_authority_data, "certificate-authority")
    optional = {
        "tls-server-name": config.tls_server_name,
        "insecure-skip-tls-verify": config.insecure_skip_tls_verify,
        "certificate-authority-data": b64encode(authority or b"").decode(),
        "proxy-url": config.proxy_url,
        "disable-compression": config.disable_compression,
    }
    try:
        # Go writes maps by key; and what is not JSON fails here.
        extension = json.loads(json.dumps(plugin.cluster_config, sort_keys=True, allow_nan=False))
    except (TypeError, ValueError, RecursionError):
        raise ConfigError(
            f"{place_of(plugin, config)}: cluster_config (the cluster's extension {validation.EXEC_GROUP}/exec) "
            "cannot be written as JSON"
        ) from None
    present = {name: value for name, value in optional.items() if value}
    return {"server": config.server, **present, "config": extension}


def place_of(plugin: ExecConfig, config: Config) -> str:
    """What to call a plugin in messages."""
    user = f" of user {config.user!r}" if config.user else ""
    return f"the exec plugin {plugin.command!r}{user}"


def reply(stdout: bytes, *, api_version: str, place: str) -> Reply:
    """Read what a plugin printed.

    Args:
        stdout: its output.
        api_version: the configured version, which the answer must have too.
        place: what to call the plugin in the error.

    Raises:
        ConfigError: it is not an ExecCredential, or one that cannot be used; never holds what was printed.
    """
    if not stdout.strip():
        raise ConfigError(f"{place} printed nothing; it must print an ExecCredential as JSON to stdout")
    # Windows programs begin with one.
    document = _decode(stdout.removeprefix(codecs.BOM_UTF8))
    # Not inside an except clause: the errors of decoders hold what they could not decode, which is secret.
    if isinstance(document, str):
        raise ConfigError(f"{place} did not print an ExecCredential as JSON, and nothing else, to stdout: {document}")
    if document.kind != KIND or document.api_version != api_version:
        raise ConfigError(
            f"{place} answered with kind {document.kind or ''!r:.80} of apiVersion {document.api_version or ''!r:.80}; "
            f"its config expects {KIND} of {api_version}"
        )
    status = document.status
    if status is None:
        raise ConfigError(f"{place} answered without status")
    certificate, key = status.client_certificate_data, status.client_key_data
    if not status.token and not certificate and not key:
        raise ConfigError(f"{place} answered with neither a token nor a certificate and key in its status")
    if bool(certificate) != bool(key):
        have, lack = ("clientKeyData", "clientCertificateData") if key else ("clientCertificateData", "clientKeyData")
        raise ConfigError(f"{place} answered with {have} but no {lack}; they need each other")
    token = validation.token(status.token or "", f"{place}: token")
    credential = Credential(
        headers=bearer(token).headers if token else {},
        certificate=_pair(certificate, key, place) if certificate and key else None,
    )
    return Reply(credential, _expiry(status.expiration_timestamp))


def _decode(stdout: bytes) -> _ExecCredential | str:
    """The answer, or what is wrong with it."""
    try:
        return msgspec.json.decode(stdout, type=_ExecCredential)
    except RecursionError:
        return "it is nested too deeply"
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        return str(error)


def _pair(certificate: str, key: str, place: str) -> tuple[bytes, bytes]:
    pair = certificate.encode(), key.encode()
    what = f"{place}: clientCertificateData and clientKeyData"
    load_pair(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), *pair, what=what)
    return pair


def _expiry(timestamp: datetime | None) -> float:
    # The zero time of Go, which client-go takes for no time at all.
    if timestamp is None or timestamp.replace(tzinfo=None) == datetime.min:
        return float("inf")
    return timestamp.timestamp()
