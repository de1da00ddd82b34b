"""The directory and the servers that the kubeconfigs of the table refer to."""

from __future__ import annotations

import base64
import re
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import trustme

from .cases import V1, V1BETA1, Case
from .recorder import Recorder, recording

PLUGIN = """#!/bin/sh
echo "$0 $*" > "$(dirname "$0")/ran"
case "$KUBERNETES_EXEC_INFO" in *{v1beta1}*) version={v1beta1};; *) version={v1};; esac
echo '{{"kind": "ExecCredential", "apiVersion": "'$version'", "status": {{"token": "from-plugin"}}}}'
"""


@dataclass
class Sandbox:
    """The directory, the certificates and the servers."""

    directory: Path
    https: Recorder
    http: Recorder
    authority: trustme.CA = field(repr=False)
    client: trustme.LeafCert = field(repr=False)
    replacements: dict[str, str] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        certificate = self.client.cert_chain_pems[0].bytes()
        key = self.client.private_key_pem.bytes()
        (self.directory / "ca.crt").write_bytes(self.authority.cert_pem.bytes())
        (self.directory / "client.crt").write_bytes(certificate)
        (self.directory / "client.key").write_bytes(key)
        (self.directory / "token.txt").write_text("from-file\n")
        plugin = self.directory / "plugin"
        plugin.write_text(PLUGIN.format(v1=V1, v1beta1=V1BETA1))
        plugin.chmod(0o700)
        self.replacements = {
            "HTTPS": self.https.url,
            "UPPER_HTTPS": self.https.url.upper(),
            "USERINFO_HTTPS": self.https.url.replace("://", "://alice:s3cret@"),
            "HTTP": self.http.url,
            "BARE": self.http.url.removeprefix("http://"),
            "CA": _base64(self.authority.cert_pem.bytes()),
            "CERT": _base64(certificate),
            "KEY": _base64(key),
            "DIR": str(self.directory),
        }

    @property
    def certificate_der(self) -> bytes:
        """The client certificate in DER format."""
        return ssl.PEM_cert_to_DER_cert(self.client.cert_chain_pems[0].bytes().decode())

    def fill(self, text: str) -> str:
        """Replace the abbreviations in a text of the table."""
        names = "|".join(self.replacements)
        return re.sub(rf"\b(?:{names})\b", lambda match: self.replacements[match[0]], text)

    def write(self, case: Case, name: str = "config") -> Path:
        """Write a kubeconfig of the table."""
        path = self.directory / name
        path.write_bytes(self.fill(case.text).encode(case.encoding))
        return path

    def forget(self) -> None:
        """Discard the recorded requests and runs of the plugin."""
        for recorder in (self.https, self.http):
            recorder.requests.clear()
            recorder.tunnels.clear()
        (self.directory / "ran").unlink(missing_ok=True)


@contextmanager
def sandbox(directory: Path) -> Iterator[Sandbox]:
    """Write the files and run the servers."""
    authority = trustme.CA()
    client = authority.issue_cert(common_name="jane")
    with recording(authority) as https, recording() as http:
        yield Sandbox(directory, https, http, authority, client)


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()
