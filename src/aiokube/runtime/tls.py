"""TLS: the context of a connection from a `Config`, and what its failures mean."""

from __future__ import annotations

import os
import ssl
import tempfile
from pathlib import Path

from .config import Config
from .errors import ConfigError, TLSError

_UNTRUSTED = {18, 19, 20, 21}
_EXPIRED = {9, 10}
_WRONG_NAME = {62, 64}


def ssl_context(config: Config) -> ssl.SSLContext:
    """Make the TLS context of a config: its CA alone where it names one, its client certificate, TLS 1.2 or newer.

    Raises:
        ConfigError: a certificate or key cannot be used; the message names the field.
    """
    authority, authority_field = _pem(
        config.certificate_authority, config.certificate_authority_data, "certificate-authority"
    )
    try:
        if authority is None:
            context = ssl.create_default_context()
        elif not authority.strip():
            raise ConfigError(f"{authority_field} is empty: nothing would be trusted")
        else:
            context = ssl.create_default_context(cadata=authority.decode("ascii", "replace"))
    except ssl.SSLError as error:
        raise ConfigError(f"{authority_field} holds no CA certificate in PEM form: {error}") from error
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if config.insecure_skip_tls_verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    _load_client_certificate(context, config)
    return context


def _load_client_certificate(context: ssl.SSLContext, config: Config) -> None:
    certificate, certificate_field = _pem(
        config.client_certificate, config.client_certificate_data, "client-certificate"
    )
    key, key_field = _pem(config.client_key, config.client_key_data, "client-key")
    if certificate is None and key is None:
        return
    if certificate is None or key is None:
        have, want = (
            ("client-key", "client-certificate") if certificate is None else ("client-certificate", "client-key")
        )
        raise ConfigError(f"the user has a {have} without a {want}: give both or none")
    try:
        load_pair(context, certificate, key)
    except (ssl.SSLError, OSError) as error:
        raise ConfigError(
            f"{certificate_field} and {key_field} are no pair of certificate and key in PEM form: {error}"
        ) from error


def load_pair(context: ssl.SSLContext, certificate: bytes, key: bytes) -> None:
    """Load a client certificate and its key, PEM in memory, into a context.

    OpenSSL's Python binding reads files only: the pair lives in memory that has a path (Linux), or for a moment in a
    file that only this user can read.
    """
    pem = certificate.rstrip() + b"\n" + key.rstrip() + b"\n"
    if hasattr(os, "memfd_create"):
        descriptor = os.memfd_create("aiokube", os.MFD_CLOEXEC)
        with open(descriptor, "wb") as file:
            file.write(pem)
            file.flush()
            context.load_cert_chain(f"/proc/self/fd/{descriptor}", password=_no_password)
        return
    descriptor, path = tempfile.mkstemp(prefix="aiokube-")
    try:
        with open(descriptor, "wb") as file:
            file.write(pem)
        context.load_cert_chain(path, password=_no_password)
    finally:
        os.unlink(path)


def _no_password() -> str:
    # OpenSSL would ask at the terminal, and hang a service.
    raise ssl.SSLError("the key is encrypted, and kubeconfigs have no passwords: decrypt it with `openssl pkey`")


def _pem(path: Path | None, data: bytes | None, field: str) -> tuple[bytes | None, str]:
    if data is not None:
        return data, f"{field}-data"
    if path is None:
        return None, field
    try:
        return path.read_bytes(), f"{field} {path}"
    except OSError as error:
        raise ConfigError(f"{field} {path} cannot be read: {error.strerror}") from error


def verification_failed(error: ssl.SSLCertVerificationError, config: Config) -> TLSError:
    """The error of a certificate that was not accepted: which check failed, and which setting would help."""
    where = f"cluster {config.cluster!r}" if config.cluster else "the cluster's config"
    if error.verify_code in _UNTRUSTED:
        has_authority = config.certificate_authority is not None or config.certificate_authority_data is not None
        what = f"its certificate is not signed by a trusted CA ({error.verify_message})"
        change = "correct" if has_authority else "set"
        help = f"{change} certificate-authority or certificate-authority-data of {where} to the CA that signed it"
    elif error.verify_code in _WRONG_NAME:
        what = f"its certificate is for another name ({error.verify_message})"
        help = f"set tls-server-name of {where} to a name that the certificate has"
    elif error.verify_code in _EXPIRED:
        what = f"its certificate is not valid at this time ({error.verify_message})"
        help = "renew the certificate, or correct the clock"
    else:
        what = f"its certificate was not accepted ({error.verify_message})"
        help = f"have the server's certificate or the CA of {where} renewed"
    return TLSError(
        f"no TLS connection to {config.server}: {what}. {help[0].upper()}{help[1:]}; "
        "insecure-skip-tls-verify: true goes without verification, and without protection"
    )


def handshake_failed(error: Exception, config: Config) -> TLSError:
    """The error of a handshake that failed before or beside the certificate check."""
    reason = getattr(error, "reason", None) or str(error)
    hint = "is it an https server, and does it take TLS 1.2 or newer?"
    if "CERTIFICATE_REQUIRED" in str(reason) or "UNKNOWN_CA" in str(reason) or "BAD_CERTIFICATE" in str(reason):
        hint = "the server refuses the client certificate: check client-certificate and client-key of the user"
    return TLSError(f"no TLS connection to {config.server}: the handshake failed ({reason}); {hint}")
