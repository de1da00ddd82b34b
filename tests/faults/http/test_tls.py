"""TLS: certificates are verified, and errors name the failed check and the setting to change."""

from __future__ import annotations

import asyncio
import os
import ssl
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import trustme
from cryptography.hazmat.primitives import serialization

from aiokube import Client, Config
from aiokube.errors import ConfigError, Disconnected, TLSError
from aiokube.errors import ConnectionError as KubeConnectionError
from tests.support.clients import client_of
from tests.support.lax_authority import LaxAuthority
from tests.support.server import Answer, Exchange, ScriptedServer
from tests.support.strict_tls import StrictTLSServer
from tests.support.tls import Authority, Pair

POD = Answer(body=b'{"kind":"Pod","apiVersion":"v1","metadata":{"name":"web"}}')


async def get(client: Client) -> str | None:
    async with client:
        return (await client.core_v1.pods.get("web")).metadata.name


async def refusal(client: Client) -> str:
    """Return the message of the TLS error of a call."""
    with pytest.raises(TLSError) as caught:
        await get(client)
    assert client.config is not None
    assert client.config.server in str(caught.value)
    return str(caught.value)


async def test_a_server_with_a_trusted_certificate_is_accepted(authority: Authority) -> None:
    for host in ("127.0.0.1", "localhost"):
        async with ScriptedServer(POD, context=authority.server_context(), host=host) as server:
            assert await get(client_of(server, authority)) == "web"
            assert len(server.requests) == 1


@pytest.mark.parametrize("known", [True, False], ids=["another CA", "no CA"])
async def test_a_certificate_of_another_ca_is_rejected(
    authority: Authority, other_authority: Authority, known: bool
) -> None:
    async with ScriptedServer(POD, context=authority.server_context()) as server:
        message = await refusal(client_of(server, other_authority if known else None, cluster="prod", token="t"))
        assert "not signed by a trusted CA" in message
        verb = "correct" if known else "set"
        assert f"{verb} certificate-authority or certificate-authority-data of cluster 'prod'" in message
        assert server.requests == []


async def test_a_certificate_for_another_name_is_rejected(authority: Authority) -> None:
    async with ScriptedServer(POD, context=authority.server_context("kubernetes.example")) as server:
        message = await refusal(client_of(server, authority, token="t"))
        assert "its certificate is for another name" in message
        assert "127.0.0.1" in message
        assert "set tls-server-name" in message
        assert server.requests == []


async def test_a_certificate_that_breaks_rfc_5280_is_rejected_if_it_has_to_follow_it() -> None:
    lax = LaxAuthority(key_type=trustme.KeyType.ECDSA)
    async with ScriptedServer(POD, context=lax.server_context()) as server:
        config = Config(server=server.url, certificate_authority_data=lax.cert_pem.bytes())
        message = await refusal(Client(config, x509_strict=True))
        assert "its certificate was not accepted (Missing Authority Key Identifier)" in message
        assert "or try `Client(x509_strict=False)`" in message
        assert server.requests == []
        assert await get(Client(config, x509_strict=False)) == "web"


async def test_the_common_name_of_a_certificate_is_not_a_host_name(authority: Authority) -> None:
    context = authority.context_named_by_subject("localhost")
    async with ScriptedServer(POD, context=context, host="localhost") as server:
        message = await refusal(client_of(server, authority, token="t"))
        assert "its certificate is for another name" in message
        assert "set tls-server-name of the cluster's config to a name in the certificate's subjectAltName" in message
        assert server.requests == []


async def test_an_expired_certificate_is_rejected(authority: Authority) -> None:
    async with ScriptedServer(POD, context=authority.server_context(expired=True)) as server:
        message = await refusal(client_of(server, authority, token="t"))
        assert "not valid at this time (certificate has expired)" in message
        assert "renew the certificate, or correct the clock" in message
        assert server.requests == []


async def test_tls_server_name_replaces_the_host_name(authority: Authority) -> None:
    async with ScriptedServer(POD, context=authority.server_context("kubernetes.example")) as server:
        assert await get(client_of(server, authority, tls_server_name="kubernetes.example")) == "web"
        assert "another name" in await refusal(client_of(server, authority, tls_server_name="other.example"))


async def test_insecure_skip_tls_verify_disables_verification(authority: Authority) -> None:
    for context in (authority.server_context("kubernetes.example"), authority.server_context(expired=True)):
        async with ScriptedServer(POD, context=context) as server:
            assert await get(client_of(server, insecure_skip_tls_verify=True)) == "web"


@pytest.mark.parametrize(
    "beside",
    [
        "# Autorité de certification\n".encode(),
        "# Autorité de certification\n".encode("latin-1"),
        b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        b"-----BEGIN CERTIFICATE-----\n\xe9\n-----END CERTIFICATE-----\n",
        b"-----BEGIN CERTIFICATE-----\nAAAA\n",
    ],
    ids=["UTF-8", "Latin-1", "malformed", "no text", "no end"],
)
@pytest.mark.parametrize("first", [True, False], ids=["before", "after"])
async def test_other_content_of_a_ca_bundle_is_ignored(authority: Authority, beside: bytes, first: bool) -> None:
    pem = beside + authority.pem if first else authority.pem + beside
    async with ScriptedServer(POD, context=authority.server_context()) as server:
        assert await get(client_of(server, certificate_authority_data=pem)) == "web"


async def test_every_ca_of_a_bundle_is_trusted(authority: Authority, other_authority: Authority) -> None:
    pem = other_authority.pem + authority.pem
    for one in (authority, other_authority):
        async with ScriptedServer(POD, context=one.server_context()) as server:
            assert await get(client_of(server, certificate_authority_data=pem)) == "web"


@pytest.mark.parametrize("pem", [b"", b" \n", b"not a certificate", b"-----BEGIN CERTIFICATE-----\nAAAA\n"])
@pytest.mark.parametrize("as_file", [False, True], ids=["data", "file"])
def test_a_ca_bundle_without_certificates_is_an_error(tmp_path: Path, pem: bytes, as_file: bool) -> None:
    path = tmp_path / "ca.crt"
    path.write_bytes(pem)
    name = f"certificate-authority {path}" if as_file else "certificate-authority-data"
    source: dict[str, Any] = {"certificate_authority": path} if as_file else {"certificate_authority_data": pem}
    with pytest.raises(ConfigError) as caught:
        Client(Config(server="https://127.0.0.1:1", **source))
    assert name in str(caught.value)
    assert ("is empty" if not pem.strip() else "contains no CA certificate") in str(caught.value)


def test_a_missing_ca_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"certificate-authority .*ca\.crt: cannot be read: No such file"):
        Client(Config(server="https://127.0.0.1:1", certificate_authority=tmp_path / "ca.crt"))


def files_of(pair: Pair, folder: Path) -> dict[str, Any]:
    certificate, key = folder / "user.crt", folder / "user.key"
    certificate.write_bytes(pair.certificate)
    key.write_bytes(pair.key)
    return {"client_certificate": certificate, "client_key": key}


def data_of(pair: Pair) -> dict[str, Any]:
    return {"client_certificate_data": pair.certificate, "client_key_data": pair.key}


def files_in_memory() -> list[str]:
    """Return the anonymous files that this process has open."""
    return [
        target
        for name in os.listdir("/proc/self/fd")
        if (path := f"/proc/self/fd/{name}") and os.path.lexists(path) and "memfd:" in (target := os.readlink(path))
    ]


@pytest.mark.parametrize("as_file", [False, True], ids=["data", "file"])
@pytest.mark.parametrize("memory", [True, False], ids=["memory", "file system"])
async def test_a_client_certificate_leaves_no_file(
    authority: Authority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, as_file: bool, memory: bool
) -> None:
    pair = authority.client("alice")
    fields = files_of(pair, tmp_path) if as_file else data_of(pair)
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    if not memory:
        # memfd_create exists only on Linux.
        monkeypatch.delattr(os, "memfd_create")
    async with ScriptedServer(POD, context=authority.server_context(clients=authority)) as server:
        assert await get(client_of(server, authority, **fields)) == "web"
        assert server.requests[0].peer == "alice"
        assert files_in_memory() == []
    assert list(scratch.iterdir()) == []


@pytest.mark.parametrize(
    ("version", "known"),
    # With TLS 1.2, the server does not report a missing certificate.
    [(ssl.TLSVersion.TLSv1_2, True), (ssl.TLSVersion.TLSv1_3, True), (ssl.TLSVersion.TLSv1_3, False)],
    ids=["1.2 another CA", "1.3 another CA", "1.3 none"],
)
async def test_the_error_of_a_rejected_client_certificate_names_the_setting(
    authority: Authority, other_authority: Authority, version: ssl.TLSVersion, known: bool
) -> None:
    context = authority.server_context(clients=authority)
    context.maximum_version = version
    with StrictTLSServer(context) as server:
        fields = data_of(other_authority.client()) if known else {}
        message = await refusal(client_of(server.url, authority, **fields))
        assert "the server rejected the client certificate; check client-certificate and client-key" in message


def bad_pairs() -> dict[str, Pair]:
    authority = Authority()
    one, other = authority.client("one"), authority.client("other")
    key = serialization.load_pem_private_key(one.key, None)
    modern, old = (
        key.private_bytes(serialization.Encoding.PEM, form, serialization.BestAvailableEncryption(b"canary-7531"))
        for form in (serialization.PrivateFormat.PKCS8, serialization.PrivateFormat.TraditionalOpenSSL)
    )
    return {
        "of two pairs": Pair(one.certificate, other.key),
        "no key": Pair(one.certificate, b"garbage"),
        "empty key": Pair(one.certificate, b""),
        "no certificate": Pair(b"garbage", one.key),
        "encrypted": Pair(one.certificate, modern),
        "encrypted, old": Pair(one.certificate, old),
    }


BAD_PAIRS = bad_pairs()


@pytest.mark.parametrize("pair", BAD_PAIRS.values(), ids=BAD_PAIRS)
@pytest.mark.parametrize("memory", [True, False], ids=["memory", "file system"])
@pytest.mark.timeout(20)
def test_an_invalid_client_certificate_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], pair: Pair, memory: bool
) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    if not memory:
        monkeypatch.delattr(os, "memfd_create")
    with pytest.raises(ConfigError) as caught:
        Client(Config(server="https://127.0.0.1:1", **data_of(pair)))
    message = str(caught.value)
    assert "client-certificate-data and client-key-data" in message
    assert ("encrypted" in message) == (b"ENCRYPTED" in pair.key)
    assert "PRIVATE KEY" not in message
    assert list(scratch.iterdir()) == []
    assert files_in_memory() == []
    # There was no prompt for a password.
    assert capfd.readouterr() == ("", "")


async def test_the_error_of_a_server_without_tls() -> None:
    async with ScriptedServer(POD) as server:
        message = await refusal(client_of(server.url.replace("http:", "https:"), insecure_skip_tls_verify=True))
        assert "is it an https server" in message


async def test_a_tls_server_at_an_http_url_is_a_connection_error(authority: Authority) -> None:
    async with ScriptedServer(POD, context=authority.server_context()) as server:
        with pytest.raises(KubeConnectionError, match=server.url.replace("https:", "http:")):
            await get(client_of(server.url.replace("https:", "http:")))
        assert server.requests == []


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1:DeprecationWarning")
@pytest.mark.parametrize("insecure", [False, True])
async def test_old_tls_versions_are_rejected(authority: Authority, insecure: bool) -> None:
    context = authority.server_context()
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = ssl.TLSVersion.TLSv1
    context.maximum_version = ssl.TLSVersion.TLSv1_1
    with StrictTLSServer(context) as server:
        trusted = None if insecure else authority
        message = await refusal(client_of(server.url, trusted, insecure_skip_tls_verify=insecure))
        assert "TLS 1.2 or newer" in message


async def test_streams_verify_certificates(authority: Authority, other_authority: Authority) -> None:
    async with ScriptedServer(POD, context=authority.server_context()) as server:
        async with client_of(server, other_authority, token="t") as client:
            with pytest.raises(TLSError, match="not signed by a trusted CA"):
                async for _ in client.core_v1.pods.watch(resource_version="1"):
                    raise AssertionError("an event came from a stranger")
        assert server.requests == []


async def test_an_intermediate_ca_without_its_root_is_trusted() -> None:
    root = trustme.CA(key_type=trustme.KeyType.ECDSA)
    between = root.create_child_ca(key_type=trustme.KeyType.ECDSA)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    between.issue_cert("127.0.0.1", key_type=trustme.KeyType.ECDSA).configure_cert(context)
    async with (
        ScriptedServer(Answer(body=b"{}"), context=context) as server,
        Client(Config(server=server.url, certificate_authority_data=between.cert_pem.bytes())) as client,
    ):
        assert (await client.request("GET", "/version")).json() == {}


@dataclass(frozen=True)
class Corrupted:
    """The beginning of a response, followed by an invalid TLS record."""

    pause: float

    async def play(self, exchange: Exchange) -> None:
        await exchange.send(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{")
        await asyncio.sleep(self.pause)
        exchange.inject(b"\x17\x03\x03\x00\x20" + bytes(32))
        await asyncio.sleep(1)


@pytest.mark.parametrize("pause", [0, 0.05], ids=["at once", "later"])
async def test_a_corrupted_tls_record_is_disconnected(authority: Authority, pause: float) -> None:
    async with ScriptedServer(Corrupted(pause), POD, context=authority.server_context()) as server:
        async with client_of(server, authority) as client:
            with pytest.raises(Disconnected, match="BAD_RECORD_MAC"):
                await client.core_v1.pods.get("web")
            assert (await client.core_v1.pods.get("web")).metadata.name == "web"
