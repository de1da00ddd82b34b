"""ExecCredential of `client.authentication.k8s.io`: the input and the output of credential plugins."""

from __future__ import annotations

import codecs
import json
import ssl
from base64 import b64encode
from datetime import datetime
from typing import Annotated, Any

import msgspec

from ...codec.depth import shallow
from ...config import validation
from ...config.config import Config
from ...config.identity import ExecConfig
from ...errors import ConfigError
from ...secret import SecretText
from ..tls import load_pair, read_pem
from .credentials import Credential, bearer
from .renewed import Fetched

KIND = "ExecCredential"

# Characters that Go's encoding/json escapes.
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


def exec_info(plugin: ExecConfig, config: Config, *, interactive: bool) -> str:
    """Return the value of KUBERNETES_EXEC_INFO, byte for byte like client-go's.

    Args:
        plugin: The plugin.
        config: The cluster, for a plugin with `provideClusterInfo`.
        interactive: Whether the plugin can read from a terminal.

    Raises:
        ConfigError: The CA file cannot be read, or `cluster_config` cannot be represented in JSON.
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
        # Go sorts the keys of maps. This also rejects values that JSON does not support.
        extension = json.loads(json.dumps(plugin.cluster_config, sort_keys=True, allow_nan=False))
    except (TypeError, ValueError, RecursionError):
        raise ConfigError(
            f"{place_of(plugin, config)}: cluster_config (the cluster's extension {validation.EXEC_GROUP}/exec) "
            "cannot be represented in JSON"
        ) from None
    present = {name: value for name, value in optional.items() if value}
    return {"server": config.server, **present, "config": extension}


def place_of(plugin: ExecConfig, config: Config) -> str:
    """Return the description of a plugin in messages."""
    user = f" of user {config.user!r}" if config.user else ""
    return f"the exec plugin {plugin.command!r}{user}"


def parse_output(stdout: bytes, *, api_version: str, place: str) -> Fetched:
    """Parse the output of a plugin.

    Args:
        stdout: The output.
        api_version: The configured version, which that of the output must match.
        place: Description of the plugin, for errors.

    Raises:
        ConfigError: The output is not a usable ExecCredential. The error does not contain the output.
    """
    if not stdout.strip():
        raise ConfigError(f"{place} printed nothing; it must print an ExecCredential as JSON to stdout")
    # Windows programs may print a byte order mark.
    document = _decode(stdout.removeprefix(codecs.BOM_UTF8))
    # Not inside an except clause, because the exceptions of decoders contain their input, which is secret.
    if isinstance(document, str):
        raise ConfigError(f"{place} did not print an ExecCredential as JSON, and nothing else, to stdout: {document}")
    if document.kind != KIND or document.api_version != api_version:
        raise ConfigError(
            f"{place} printed kind {document.kind or ''!r:.80} of apiVersion {document.api_version or ''!r:.80}; "
            f"its config expects {KIND} of {api_version}"
        )
    status = document.status
    if status is None:
        raise ConfigError(f"{place} printed an ExecCredential without a status")
    certificate, key = status.client_certificate_data, status.client_key_data
    if not status.token and not certificate and not key:
        raise ConfigError(f"{place} printed a status without a token, and without a certificate and key")
    if bool(certificate) != bool(key):
        have, lack = ("clientKeyData", "clientCertificateData") if key else ("clientCertificateData", "clientKeyData")
        raise ConfigError(f"{place} printed {have} without {lack}; it must print both or neither")
    token = SecretText(validation.token(status.token or "", f"{place}: token"))
    credential = Credential(
        headers=bearer(token).headers if token else {},
        certificate=_pair(certificate, key, place) if certificate and key else None,
    )
    return Fetched(credential, _expiry(status.expiration_timestamp))


def _decode(stdout: bytes) -> _ExecCredential | str:
    """Return the decoded output, or the reason for which it is invalid."""
    try:
        return msgspec.json.decode(shallow(stdout), type=_ExecCredential)
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
    # client-go treats Go's zero time as no expiry.
    if timestamp is None or timestamp.replace(tzinfo=None) == datetime.min:
        return float("inf")
    return timestamp.timestamp()
