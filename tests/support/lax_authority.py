"""Certificates that break a rule of RFC 5280, as those of older CAs do."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from typing import Any

import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec


class LaxAuthority(trustme.CA):
    """A CA whose certificates, which are for addresses, have no authority key identifier."""

    def issue_cert(self, *identities: str, **options: Any) -> trustme.LeafCert:
        """Issue a certificate for addresses."""
        key = ec.generate_private_key(ec.SECP256R1())
        authority = x509.load_pem_x509_certificate(self.cert_pem.bytes())
        signing_key = serialization.load_pem_private_key(self.private_key_pem.bytes(), None)
        assert isinstance(signing_key, ec.EllipticCurvePrivateKey)
        now = datetime.now(UTC)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(x509.Name([]))
            .issuer_name(authority.subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=1))
            .add_extension(
                x509.SubjectAlternativeName([x509.IPAddress(ip_address(name)) for name in identities]), critical=True
            )
            .sign(signing_key, hashes.SHA256())
        )
        pem = certificate.public_bytes(serialization.Encoding.PEM)
        encoding, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
        return trustme.LeafCert(key.private_bytes(encoding, form, serialization.NoEncryption()), pem, [])

    def server_context(self) -> ssl.SSLContext:
        """Return the TLS context of a server on 127.0.0.1."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.issue_cert("127.0.0.1").configure_cert(context)
        return context
