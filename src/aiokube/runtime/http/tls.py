"""TLS: the contexts of connections, and the errors of handshakes."""

from __future__ import annotations

import logging
import os
import re
import ssl
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from ..config.config import Config
from ..errors import ConfigError, TLSError
from ..secret import SecretBytes

T = TypeVar("T")

_log = logging.getLogger("aiokube.http")

# How often files are read again; the values of client-go.
_AUTHORITY_PERIOD_S = 300.0
_PAIR_PERIOD_S = 1.0

_CERTIFICATE = re.compile(rb"-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----")

# X509_V_ERR_* of OpenSSL.
_UNTRUSTED = {2, 18, 19, 20, 21}
_EXPIRED = {9, 10}
_WRONG_NAME = {62, 64}


def is_unaccepted(error: object) -> bool:
    """Return True if a certificate was not accepted although its CA, its name and its time are right."""
    code = getattr(error, "verify_code", None)
    return code is not None and code not in _UNTRUSTED | _EXPIRED | _WRONG_NAME


class TLSContexts:
    """The TLS context of a client, recreated when its certificate files change.

    A CA file is read again every five minutes, the files of a client certificate every second. If a file becomes
    unreadable, empty or invalid, the last valid content stays in use; the CAs of the system never replace a cluster's.

    Args:
        config: The cluster and the user.
        strict: Require certificates to follow RFC 5280 to the letter; None leaves it to Python.
        clock: Monotonic clock in seconds.

    Raises:
        ConfigError: A certificate or key cannot be used; the message names the field.
    """

    def __init__(
        self, config: Config, *, strict: bool | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._config = config
        self._strict = strict
        self._clock = clock
        self._authority = _read_authority(config)
        self._pair = _read_pair(config)
        self._authority_read = self._pair_read = clock()
        self._in_use = (self._authority, self._pair)
        self._context = self._create(*self._in_use)

    def current(self, certificate: tuple[bytes, bytes] | None) -> tuple[ssl.SSLContext, bool]:
        """Return the context for new connections, and whether the client certificate has changed.

        Args:
            certificate: Certificate and key from a credential plugin, instead of the config's.
        """
        now = self._clock()
        if self._config.certificate_authority is not None and now - self._authority_read >= _AUTHORITY_PERIOD_S:
            self._authority_read = now
            self._authority = self._reread(_read_authority, self._authority, lambda new: self._create(new, None))
        if self._config.client_certificate is not None and now - self._pair_read >= _PAIR_PERIOD_S:
            self._pair_read = now
            self._pair = self._reread(_read_pair, self._pair, lambda new: self._create(self._authority, new))
        current = (self._authority, certificate or self._pair)
        if current == self._in_use:
            return self._context, False
        self._context = self._create(*current)
        certificate_changed = current[1] != self._in_use[1]
        self._in_use = current
        return self._context, certificate_changed

    def _reread(self, read: Callable[[Config], T], last: T, check: Callable[[T], object]) -> T:
        try:
            content = read(self._config)
            if content != last:
                check(content)
        except ConfigError as error:
            _log.warning("keeping the last certificates: %s", error)
            return last
        return content

    def _create(self, authority: bytes | None, pair: tuple[bytes, bytes] | None) -> ssl.SSLContext:
        config = self._config
        certificates = "" if authority is None else _certificates(authority)
        if authority is not None and not certificates:
            field = _field(config.certificate_authority, "certificate-authority")
            raise ConfigError(f"{field}: contains no CA certificate in PEM format")
        context = ssl.create_default_context(cadata=certificates or None)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        # Like Go: the common name of a subject is any text, and a CA need not check that it is a host name.
        context.hostname_checks_common_name = False
        # Trust an intermediate CA without its root, like Go, and like Python 3.13 by default.
        context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
        if self._strict:
            context.verify_flags |= ssl.VERIFY_X509_STRICT
        elif self._strict is not None:
            context.verify_flags &= ~ssl.VERIFY_X509_STRICT
        if config.insecure_skip_tls_verify:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        if pair is not None:
            certificate = _field(config.client_certificate, "client-certificate")
            key = _field(config.client_key, "client-key")
            load_pair(context, *pair, what=f"{certificate} and {key}")
        return context


def _read_authority(config: Config) -> bytes | None:
    authority = read_pem(config.certificate_authority, config.certificate_authority_data, "certificate-authority")
    if authority is not None and not authority.strip():
        field = _field(config.certificate_authority, "certificate-authority")
        raise ConfigError(f"{field}: is empty, so no server could be trusted; add the CA certificate")
    return authority


def _certificates(bundle: bytes) -> str:
    """Return the valid certificates of a PEM bundle; like kubectl, ignore everything else."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    valid = []
    for block in _CERTIFICATE.findall(bundle):
        try:
            context.load_verify_locations(cadata=block.decode("ascii"))
        except (ssl.SSLError, UnicodeDecodeError):
            continue
        valid.append(block.decode("ascii"))
    return "\n".join(valid)


def _read_pair(config: Config) -> tuple[bytes, bytes] | None:
    certificate = read_pem(config.client_certificate, config.client_certificate_data, "client-certificate")
    key = read_pem(config.client_key, config.client_key_data, "client-key")
    return (certificate, SecretBytes(key)) if certificate is not None and key is not None else None


def load_pair(context: ssl.SSLContext, certificate: bytes, key: bytes, *, what: str) -> None:
    """Load a client certificate and its key into a context.

    Args:
        context: The context.
        certificate: The certificate in PEM format.
        key: The unencrypted private key in PEM format.
        what: Names of the two in errors.

    Raises:
        ConfigError: They are not a certificate and its key.
    """
    try:
        key = SecretBytes(key)
        _load_pem(context, SecretBytes(certificate.rstrip() + b"\n" + key.rstrip() + b"\n"))
    except (ssl.SSLError, OSError) as error:
        raise ConfigError(f"{what} are not a matching certificate and key in PEM format: {error}") from error


def _load_pem(context: ssl.SSLContext, pem: bytes) -> None:
    # `ssl` reads files only: an anonymous file in memory on Linux, else a short-lived one that only this user can read.
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
    # Without this, OpenSSL would prompt for a password, and block a service.
    raise ssl.SSLError("the key is encrypted, and a kubeconfig has no password for it; decrypt it with `openssl pkey`")


def read_pem(path: Path | None, data: bytes | str | None, field: str) -> bytes | None:
    """Return the content of a certificate or key field of a config: that of the file, if any, else the data.

    Raises:
        ConfigError: The file cannot be read.
    """
    if path is None:
        return data.encode() if isinstance(data, str) else data
    try:
        return path.read_bytes()
    except OSError as error:
        raise ConfigError(f"{field} {path}: cannot be read: {error.strerror}") from error


def _field(path: Path | None, field: str) -> str:
    return f"{field}-data" if path is None else f"{field} {path}"


def verification_failed(error: ssl.SSLCertVerificationError, config: Config, *, proxy: str | None = None) -> TLSError:
    """Return the error for a certificate that was not accepted, with the failed check and the setting to change.

    Args:
        error: Exception of Python.
        config: The cluster and the user.
        proxy: URL of the proxy, if the certificate is the proxy's.
    """
    if proxy is not None:
        return TLSError(
            f"no TLS connection to {config.server} through the proxy {proxy}: the proxy's certificate was not accepted "
            f"({error.verify_message}); it must match the host name of the proxy, and be signed by a CA that the "
            "cluster's config trusts"
        )
    where = f"cluster {config.cluster!r}" if config.cluster else "the cluster's config"
    if error.verify_code in _UNTRUSTED:
        problem = f"its certificate is not signed by a trusted CA ({error.verify_message})"
        change = "correct" if config.has_certificate_authority else "set"
        way_out = f"{change} certificate-authority or certificate-authority-data of {where} to the CA that signed it"
    elif error.verify_code in _WRONG_NAME:
        problem = f"its certificate is for another name ({error.verify_message})"
        way_out = f"set tls-server-name of {where} to a name in the certificate's subjectAltName"
    elif not is_unaccepted(error):
        problem = f"its certificate is not valid at this time ({error.verify_message})"
        way_out = "renew the certificate, or correct the clock"
    else:
        problem = f"its certificate was not accepted ({error.verify_message})"
        way_out = f"renew the server's certificate or the CA of {where}, or try `Client(x509_strict=False)`"
    return TLSError(
        f"no TLS connection to {config.server}: {problem}; {way_out}. "
        "(insecure-skip-tls-verify: true disables verification, and with it the protection of TLS.)"
    )


def handshake_failed(error: Exception, config: Config, *, proxy: str | None = None) -> TLSError:
    """Return the error for a handshake that failed for a reason other than the peer's certificate.

    Args:
        error: Exception of Python.
        config: The cluster and the user.
        proxy: URL of the proxy, if the handshake with the proxy failed.
    """
    through, peer = (f" through the proxy {proxy}", "an https proxy") if proxy else ("", "an https server")
    hint = f"is it {peer}, and does it support TLS 1.2 or newer?"
    if is_refusal(error) and not proxy:
        hint = "the server rejected the client certificate; check client-certificate and client-key of the user"
    return TLSError(f"no TLS connection to {config.server}{through}: the handshake failed ({_reason(error)}); {hint}")


def is_refusal(error: Exception) -> bool:
    """Return whether the server rejected the client certificate; with TLS 1.3 it does so after the handshake."""
    reason = _reason(error)
    return "ALERT" in reason and any(word in reason for word in ("CERTIFICATE", "UNKNOWN_CA", "ACCESS_DENIED"))


def _reason(error: Exception) -> str:
    return str(getattr(error, "reason", None) or error)
