"""TLS: the context of a connection from a `Config`, and what its failures mean."""

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

T = TypeVar("T")

_log = logging.getLogger("aiokube.http")

# Seconds, as in client-go.
_AUTHORITY_PERIOD = 300.0
_PAIR_PERIOD = 1.0

_CERTIFICATE = re.compile(rb"-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----")

# X509_V_ERR_* of OpenSSL.
_UNTRUSTED = {2, 18, 19, 20, 21}
_EXPIRED = {9, 10}
_WRONG_NAME = {62, 64}


class TLSContexts:
    """The TLS context of a client, made anew when the files that it comes from change.

    A CA file is looked at every five minutes, the files of a client certificate every second. What has become empty or
    unreadable, or is no certificate, leaves the last good one in force; the system's CAs never take the place of a
    cluster's.

    Args:
        config: the cluster and the user.
        strict: whether certificates must follow RFC 5280 to the letter, as Python 3.13 and newer want it by default.
        clock: seconds that only go up.

    Raises:
        ConfigError: a certificate or key cannot be used; the message names the field.
    """

    def __init__(self, config: Config, *, strict: bool = True, clock: Callable[[], float] = time.monotonic) -> None:
        self._config = config
        self._strict = strict
        self._clock = clock
        self._authority = _read_authority(config)
        self._pair = _read_pair(config)
        self._authority_read = self._pair_read = clock()
        self._in_force = (self._authority, self._pair)
        self._context = self._make(*self._in_force)

    def current(self, certificate: tuple[bytes, bytes] | None) -> tuple[ssl.SSLContext, bool]:
        """The context of the next connection, and whether connections with an older client certificate must end.

        Args:
            certificate: certificate and key from a credential plugin, instead of the config's.
        """
        now = self._clock()
        if self._config.certificate_authority is not None and now - self._authority_read >= _AUTHORITY_PERIOD:
            self._authority_read = now
            self._authority = self._fresh(_read_authority, self._authority, lambda new: self._make(new, None))
        if self._config.client_certificate is not None and now - self._pair_read >= _PAIR_PERIOD:
            self._pair_read = now
            self._pair = self._fresh(_read_pair, self._pair, lambda new: self._make(self._authority, new))
        wanted = (self._authority, certificate or self._pair)
        if wanted == self._in_force:
            return self._context, False
        self._context = self._make(*wanted)
        changed = wanted[1] != self._in_force[1]
        self._in_force = wanted
        return self._context, changed

    def _fresh(self, read: Callable[[Config], T], last: T, check: Callable[[T], object]) -> T:
        try:
            found = read(self._config)
            if found != last:
                check(found)
        except ConfigError as error:
            _log.warning("keeping the last certificates: %s", error)
            return last
        return found

    def _make(self, authority: bytes | None, pair: tuple[bytes, bytes] | None) -> ssl.SSLContext:
        config = self._config
        certificates = "" if authority is None else _certificates(authority)
        if authority is not None and not certificates:
            field = _field(config.certificate_authority, "certificate-authority")
            raise ConfigError(f"{field} holds no CA certificate in PEM form")
        context = ssl.create_default_context(cadata=certificates or None)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        # Whom a cluster's CA file names is trusted, be it an intermediate CA: as in Go and, from Python 3.13 on, here.
        context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
        if not self._strict:
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
        raise ConfigError(f"{field} is empty: no server could be trusted")
    return authority


def _certificates(bundle: bytes) -> str:
    """The certificates of a PEM bundle; what is none is passed over, as kubectl does."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    found = []
    for block in _CERTIFICATE.findall(bundle):
        try:
            context.load_verify_locations(cadata=block.decode("ascii"))
        except (ssl.SSLError, UnicodeDecodeError):
            continue
        found.append(block.decode("ascii"))
    return "\n".join(found)


def _read_pair(config: Config) -> tuple[bytes, bytes] | None:
    certificate = read_pem(config.client_certificate, config.client_certificate_data, "client-certificate")
    key = read_pem(config.client_key, config.client_key_data, "client-key")
    return (certificate, key) if certificate is not None and key is not None else None


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
        _load_pem(context, certificate.rstrip() + b"\n" + key.rstrip() + b"\n")
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
    # OpenSSL would ask at the terminal, and hang a service.
    raise ssl.SSLError("the key is encrypted, and kubeconfigs have no passwords: decrypt it with `openssl pkey`")


def read_pem(path: Path | None, data: bytes | None, field: str) -> bytes | None:
    """Return the content of a certificate or key field of a config: that of the file, if any, else the data.

    Raises:
        ConfigError: The file cannot be read.
    """
    if path is None:
        return data
    try:
        return path.read_bytes()
    except OSError as error:
        raise ConfigError(f"{field} {path} cannot be read: {error.strerror}") from error


def _field(path: Path | None, field: str) -> str:
    return f"{field}-data" if path is None else f"{field} {path}"


def verification_failed(error: ssl.SSLCertVerificationError, config: Config, *, proxy: str | None = None) -> TLSError:
    """The error of a certificate that was not accepted: which check failed, and which setting would help.

    Args:
        error: of Python.
        config: the cluster and the user.
        proxy: the proxy, where it is its certificate.
    """
    if proxy is not None:
        return TLSError(
            f"no TLS connection to {config.server} through the proxy {proxy}: the proxy's certificate was not accepted "
            f"({error.verify_message}). It must be for the name in its URL, and signed by a CA that the cluster's "
            "config trusts"
        )
    where = f"cluster {config.cluster!r}" if config.cluster else "the cluster's config"
    if error.verify_code in _UNTRUSTED:
        what = f"its certificate is not signed by a trusted CA ({error.verify_message})"
        change = "correct" if config.has_certificate_authority else "set"
        help = f"{change} certificate-authority or certificate-authority-data of {where} to the CA that signed it"
    elif error.verify_code in _WRONG_NAME:
        what = f"its certificate is for another name ({error.verify_message})"
        help = f"set tls-server-name of {where} to a name that the certificate has"
    elif error.verify_code in _EXPIRED:
        what = f"its certificate is not valid at this time ({error.verify_message})"
        help = "renew the certificate, or correct the clock"
    else:
        what = f"its certificate was not accepted ({error.verify_message})"
        help = f"have the server's certificate or the CA of {where} renewed, or try `Client(x509_strict=False)`"
    return TLSError(
        f"no TLS connection to {config.server}: {what}. {help[0].upper()}{help[1:]}; "
        "insecure-skip-tls-verify: true goes without verification, and without protection"
    )


def handshake_failed(error: Exception, config: Config, *, proxy: str | None = None) -> TLSError:
    """The error of a handshake that failed before or beside the certificate check; `proxy` where it was with that."""
    way, peer = (f" through the proxy {proxy}", "an https proxy") if proxy else ("", "an https server")
    hint = f"is it {peer}, and does it take TLS 1.2 or newer?"
    if is_refusal(error) and not proxy:
        hint = "the server refuses the client certificate: check client-certificate and client-key of the user"
    return TLSError(f"no TLS connection to {config.server}{way}: the handshake failed ({_reason(error)}); {hint}")


def is_refusal(error: Exception) -> bool:
    """Whether a server does not take the client certificate; with TLS 1.3 it says so after the handshake."""
    reason = _reason(error)
    return "ALERT" in reason and any(word in reason for word in ("CERTIFICATE", "UNKNOWN_CA", "ACCESS_DENIED"))


def _reason(error: Exception) -> str:
    return str(getattr(error, "reason", None) or error)
