"""Valid and invalid certificates, issued for each run."""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import trustme


@dataclass(frozen=True)
class Pair:
    """A certificate and its key in PEM format."""

    certificate: bytes
    key: bytes = field(repr=False)


class Authority:
    """A certificate authority."""

    def __init__(self) -> None:
        self._ca = trustme.CA(key_type=trustme.KeyType.ECDSA)

    @property
    def pem(self) -> bytes:
        """The certificate of the CA, for `certificate_authority_data` of a config."""
        return self._ca.cert_pem.bytes()

    def issue(self, *names: str, expired: bool = False) -> trustme.LeafCert:
        """Issue a certificate for host names or addresses; by default for those of the servers in tests."""
        day = timedelta(days=1)
        now = datetime.now(UTC)
        return self._ca.issue_cert(
            *(names or ("localhost", "127.0.0.1")),
            key_type=trustme.KeyType.ECDSA,
            not_before=now - 2 * day,
            not_after=now - day if expired else now + day,
        )

    def client(self, name: str = "somebody") -> Pair:
        """Issue a client certificate whose common name is the name of the user."""
        leaf = self._ca.issue_cert(f"{name}@example.invalid", common_name=name, key_type=trustme.KeyType.ECDSA)
        return Pair(b"".join(blob.bytes() for blob in leaf.cert_chain_pems), leaf.private_key_pem.bytes())

    def context_named_by_subject(self, name: str) -> ssl.SSLContext:
        """Return the TLS context of a server whose certificate has a host name in its subject only."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        leaf = self._ca.issue_cert("somebody@example.invalid", common_name=name, key_type=trustme.KeyType.ECDSA)
        leaf.configure_cert(context)
        return context

    def server_context(self, *names: str, expired: bool = False, clients: Authority | None = None) -> ssl.SSLContext:
        """Return the TLS context of a server.

        Args:
            names: Host names and addresses in the certificate; by default localhost and 127.0.0.1.
            expired: Whether the certificate expired yesterday.
            clients: The CA of required client certificates; by default none are required.
        """
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.issue(*names, expired=expired).configure_cert(context)
        if clients is not None:
            context.verify_mode = ssl.CERT_REQUIRED
            context.load_verify_locations(cadata=clients.pem.decode())
        return context
