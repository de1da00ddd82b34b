"""The certificates of a cluster: an authority of its own, made anew for each, and trusted by its kubeconfig only."""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field

from ..runtime.errors import ConfigError


@dataclass(frozen=True)
class Certificates:
    """The authority of a cluster, and the TLS context of its server."""

    authority: bytes
    """Certificate of the authority, in PEM."""
    context: ssl.SSLContext = field(repr=False)
    """TLS context of the server."""


def issue() -> Certificates:
    """Make an authority, and a certificate for 127.0.0.1 and localhost.

    Raises:
        ConfigError: trustme is not installed.
    """
    try:
        import trustme
    except ModuleNotFoundError as error:
        raise ConfigError(
            "aiokube.testing needs trustme for its certificates; run: pip install 'aiokube[testing]'"
        ) from error
    authority = trustme.CA(key_type=trustme.KeyType.ECDSA)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1", "localhost", key_type=trustme.KeyType.ECDSA).configure_cert(context)
    return Certificates(authority.cert_pem.bytes(), context)
