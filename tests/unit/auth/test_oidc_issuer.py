"""Identity providers that refuse, return invalid responses, or cannot be verified."""

from __future__ import annotations

import asyncio
import base64
import json
import logging
import traceback
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest
import trustme

from aiokube import Client
from aiokube.runtime import errors
from aiokube.runtime.config.config import Config
from aiokube.runtime.config.identity import AuthProvider
from aiokube.runtime.errors import AiokubeError, ConfigError, TLSError
from aiokube.runtime.http.aiohttp.transport import AiohttpTransport
from aiokube.runtime.http.auth.credentials import Credential
from aiokube.runtime.http.auth.oidc.provider import OpenIDConnect
from aiokube.runtime.http.auth.select import select_credentials
from tests.support.identity_provider import CLIENT_SECRET, Answer, IdentityProvider, identity_provider
from tests.support.lax_authority import LaxAuthority

from .logins import jwt, kubeconfig, oidc, subject_of

pytestmark = pytest.mark.slow  # its tests start servers or programs


@pytest.fixture
def idp() -> Iterator[IdentityProvider]:
    with identity_provider() as provider:
        yield provider


def form_of(config: dict[str, str]) -> str:
    return f"refresh_token={config['refresh-token']}&client_secret={CLIENT_SECRET}"


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        (Answer(400, '{"error": "invalid_grant"}'), "responded with 400 'invalid_grant'; log in again"),
        (
            Answer(400, '{"error": "invalid_grant", "error_description": "ended for SECRETS"}'),
            "responded with 400 'invalid_grant: ended for ",
        ),
        (Answer(401, '{"error": "invalid_client"}'), "'invalid_client'; correct client-id and client-secret"),
        (
            Answer(200, '{"error": "invalid_grant", "id_token": "SECRETS"}'),
            "responded with 200 'invalid_grant'; log in again",
        ),
        (Answer(400, "<html>SECRETS" + "x" * 200), "responded with 400 '<html>"),
        (Answer(400, "QUOTED"), "responded with 400 '--- REDACTED --- --- REDACTED ---"),
        (Answer(400, "x" * 70 + "SECRETS"), f"responded with 400 '{'x' * 70}"),
        (Answer(400, "\x1b[31mred"), "responded with 400 '\\x1b[31mred'; log in again"),
        (Answer(404), "responded with 404 ''; log in again"),
        (Answer(200, '{"access_token": "SECRETS"}'), "returned no id_token: the scope 'openid' was not requested"),
        (Answer(200, '{"id_token": ""}'), "returned no id_token"),
        (Answer(200, '{"id_token": "SECRETS"}'), "the id_token from "),
        (Answer(200, json.dumps({"id_token": jwt("{}") + "\r\nX-Evil: 1"})), "contains a line break"),
        (Answer(200, json.dumps({"id_token": "e30\r\nX-Evil: 1.e30.e30"})), "contains a line break"),
        (Answer(200, '{"id_token": ["SECRETS"]}'), "returned an invalid OpenID Connect response"),
        (Answer(200, '["SECRETS"]'), "returned an invalid OpenID Connect response"),
        (Answer(200, "SECRETS"), "returned an invalid OpenID Connect response"),
        (Answer(200, '{"other": ' + "[" * 100_000), "returned an invalid OpenID Connect response"),
        (Answer(400, '{"other": ' + "[" * 100_000), "responded with 400 '{"),
        (
            Answer(302, "SECRETS", (("Location", "https://127.0.0.1:1/"),)),
            "responded with a redirect (302), which is not followed",
        ),
    ],
)
async def test_a_refused_refresh_is_an_error_without_secrets(
    idp: IdentityProvider, caplog: pytest.LogCaptureFixture, answer: Answer, problem: str
) -> None:
    caplog.set_level(logging.DEBUG)
    config = idp.config(lifetime=0)
    pair = base64.b64encode(b"kube%3Aclient:cl1ent%2Bs3cret%2F").decode()
    secrets = [config["refresh-token"], CLIENT_SECRET, pair, config["id-token"]]
    body = answer.body.replace("SECRETS", " ".join(secrets[:3]))
    quoted = [quote(CLIENT_SECRET, safe=""), quote_plus(config["refresh-token"])]
    secrets += quoted
    idp.token = Answer(answer.status, body.replace("QUOTED", " ".join(quoted)), answer.headers)
    with pytest.raises(ConfigError) as raised:
        await oidc(config).get()
    message = str(raised.value)
    assert problem in message
    assert idp.url in message
    shown = "".join(traceback.format_exception(raised.value)) + caplog.text
    for secret in secrets:
        assert secret[:12] not in shown
    assert len(message) < 400


@pytest.mark.parametrize(
    ("accepts", "expected", "requests"),
    [("header", "invalid_grant", 1), ("form", "invalid_grant", 2), ("nowhere", "invalid_client", 2)],
)
async def test_a_refresh_token_that_was_called_invalid_is_not_sent_again(
    idp: IdentityProvider, accepts: str, expected: str, requests: int
) -> None:
    idp.accepts = accepts
    credentials = oidc(idp.config(lifetime=0) | {"refresh-token": "used up"})
    with pytest.raises(ConfigError, match=expected):
        await credentials.get()
    assert idp.refreshes() == requests
    if expected == "invalid_grant":
        with pytest.raises(ConfigError, match=expected):
            await credentials.get()
        assert idp.refreshes() == requests


@pytest.mark.parametrize(
    ("answer", "kind", "problem"),
    [
        (Answer(404, "x" * 79 + "äöü"), ConfigError, f"responded with 404 '{'x' * 79}'...; is it an OpenID Connect"),
        (Answer(500), errors.ConnectionError, "the identity provider is unavailable: "),
        (Answer(429), errors.ConnectionError, "responded with 429"),
        (Answer(200, "<html>"), ConfigError, "returned an invalid OpenID Connect response"),
        (Answer(200, "{}"), ConfigError, "contains no token_endpoint"),
        (Answer(200, '{"token_endpoint": 1}'), ConfigError, "returned an invalid OpenID Connect response"),
        (
            Answer(200, '{"token_endpoint": "http://127.0.0.1:1/t"}'),
            ConfigError,
            "http://127.0.0.1:1/t does not use TLS and would expose the tokens",
        ),
        (Answer(200, '{"token_endpoint": "https://a/t?b\\r\\nX-Evil: 1"}'), ConfigError, "contains a line break"),
        (Answer(200, '{"token_endpoint": "ftp://a/t"}'), ConfigError, "must start with https://"),
        (Answer(200, '{"token_endpoint": "/t"}'), ConfigError, "is neither a URL nor host:port"),
        (Answer(200, '{"token_endpoint": "https://a:b@c/t"}'), ConfigError, "contains a user name or password"),
        (Answer(200, '{"token_endpoint": "https://127.0.0.1:1/t"}'), errors.ConnectionError, "https://127.0.0.1:1"),
        (Answer(200, " " * (1 << 20) + "{}"), errors.ConnectionError, "larger than 1048576 bytes"),
        (
            Answer(301, "", (("Location", "https://127.0.0.1:1/"),)),
            ConfigError,
            "responded with a redirect (301), which is not followed",
        ),
    ],
)
async def test_an_invalid_discovery_document_is_an_error(
    idp: IdentityProvider, answer: Answer, kind: type[AiokubeError], problem: str
) -> None:
    idp.discovery = answer
    with pytest.raises(kind) as raised:
        await oidc(idp.config(lifetime=0)).get()
    assert type(raised.value) is kind
    assert problem in str(raised.value)
    assert idp.refreshes() == 0


async def test_the_token_endpoint_is_escaped(idp: IdentityProvider) -> None:
    idp.discovery = Answer(200, json.dumps({"token_endpoint": f"{idp.url}/tö ken?tenant=ä b"}))
    with pytest.raises(ConfigError, match="responded with 404"):
        await oidc(idp.config(lifetime=0)).get()
    assert idp.requests[1] == "POST /t%C3%B6%20ken?tenant=%C3%A4%20b"


@pytest.mark.parametrize("where", ["discovery", "token"])
async def test_a_redirect_of_the_provider_is_not_followed(idp: IdentityProvider, where: str) -> None:
    with identity_provider(idp.authority) as other:
        redirect = Answer(307, "", (("Location", f"{other.url}/token?tenant=a"),))
        setattr(idp, where, redirect)
        with pytest.raises(ConfigError, match="which is not followed"):
            await oidc(idp.config(lifetime=0)).get()
        assert other.requests == []


async def test_an_unreachable_provider_is_a_connection_error() -> None:
    with identity_provider() as gone:
        config = gone.config(lifetime=0)
    with pytest.raises(errors.ConnectionError, match=gone.url):
        await oidc(config).get()


# certificates


async def refresh_with(config: dict[str, str], **changes: str) -> Credential:
    kept = {key: value for key, value in config.items() if key != "idp-certificate-authority-data"}
    return await oidc(kept | {key.replace("_", "-"): value for key, value in changes.items()}).get()


async def test_the_provider_is_verified_with_the_cas_of_the_system_by_default(idp: IdentityProvider) -> None:
    for empty in ({}, {"idp_certificate_authority": ""}, {"idp_certificate_authority_data": ""}):
        with pytest.raises(TLSError, match=r"unable to get local issuer certificate") as raised:
            await refresh_with(idp.config(lifetime=0), **empty)
        assert "idp-certificate-authority-data" in str(raised.value)
        assert "insecure" not in str(raised.value)
    assert idp.requests == []


async def test_the_cas_of_the_system_suffice(
    idp: IdentityProvider, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", await asyncio.to_thread(write, tmp_path / "system.pem", idp.ca_pem))
    assert subject_of(await refresh_with(idp.config(lifetime=0))) == "alice"


async def test_a_provider_with_another_ca_is_rejected(idp: IdentityProvider) -> None:
    other = base64.b64encode(trustme.CA().cert_pem.bytes()).decode()
    with pytest.raises(TLSError, match="certificate"):
        await refresh_with(idp.config(lifetime=0), idp_certificate_authority_data=other)
    assert idp.requests == []


async def test_the_certificate_of_a_provider_has_to_follow_rfc_5280_if_that_of_the_server_has_to(
    tmp_path: Path,
) -> None:
    with identity_provider(LaxAuthority(key_type=trustme.KeyType.ECDSA)) as lax:
        config = Config.from_kubeconfig(kubeconfig(tmp_path / "config", lax.config(lifetime=0)))
        async with Client(config, x509_strict=True, max_retries=0) as kube:
            with pytest.raises(TLSError, match=r"Missing Authority Key Identifier; renew .*x509_strict=False"):
                await kube.version()
        assert lax.refreshes() == 0
        async with Client(config, x509_strict=False, max_retries=0) as kube:
            with pytest.raises(errors.ConnectionError, match=r"https://127\.0\.0\.1:1/version"):
                await kube.version()
        assert lax.refreshes() == 1


async def test_a_provider_with_another_name_is_rejected() -> None:
    with identity_provider(host="idp.example.com") as impostor:
        with pytest.raises(TLSError, match=r"IP address mismatch, certificate is not valid for '127\.0\.0\.1'"):
            await oidc(impostor.config(lifetime=0)).get()
        assert impostor.requests == []


async def test_a_provider_without_tls_is_a_connection_error(idp: IdentityProvider) -> None:
    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(hang_up, "127.0.0.1", 0)
    async with server:
        url = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        with pytest.raises(errors.ConnectionError, match=url):
            await oidc(idp.config(lifetime=0) | {"idp-issuer-url": url}).get()


def write(path: Path, content: bytes) -> str:
    path.write_bytes(content)
    return str(path)


async def test_the_ca_of_the_provider_can_be_a_file(idp: IdentityProvider, tmp_path: Path) -> None:
    path = write(tmp_path / "idp-ca.crt", idp.ca_pem)
    assert await refresh_with(idp.config(lifetime=0), idp_certificate_authority=path)


async def test_ca_data_takes_precedence_over_the_file(idp: IdentityProvider, tmp_path: Path) -> None:
    path = write(tmp_path / "idp-ca.crt", trustme.CA().cert_pem.bytes())
    assert await oidc(idp.config(lifetime=0) | {"idp-certificate-authority": path}).get()


async def test_a_changed_ca_file_is_read_again(idp: IdentityProvider, tmp_path: Path) -> None:
    path = write(tmp_path / "idp-ca.crt", trustme.CA().cert_pem.bytes())
    config = idp.config(lifetime=0) | {"idp-certificate-authority": path}
    del config["idp-certificate-authority-data"]
    credentials = oidc(config)
    with pytest.raises(TLSError):
        await credentials.get()
    write(tmp_path / "idp-ca.crt", idp.ca_pem)
    assert subject_of(await credentials.get()) == "alice"


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"idp-issuer-url": ""}, "idp-issuer-url: is missing"),
        ({"client-id": ""}, "client-id: is missing"),
        (
            {"idp-issuer-url": "http://127.0.0.1:1"},
            "idp-issuer-url: http://127.0.0.1:1 does not use TLS and would expose the tokens",
        ),
        (
            {"idp-issuer-url": "127.0.0.1:1"},
            "idp-issuer-url: http://127.0.0.1:1 does not use TLS and would expose the tokens",
        ),
        ({"idp-issuer-url": "https://a b/"}, "idp-issuer-url: 'https://a b/' has no valid host name"),
        ({"idp-certificate-authority-data": "!"}, "idp-certificate-authority-data: is not base64"),
        ({"idp-certificate-authority-data": " "}, "idp-certificate-authority-data: is not base64"),
        ({"idp-certificate-authority-data": "\n"}, "idp-certificate-authority-data: is empty"),
        ({"idp-certificate-authority-data": "YQ=="}, "idp-certificate-authority-data: contains no CA certificate"),
        ({"idp-certificate-authority": "ca.crt"}, "idp-certificate-authority: 'ca.crt' is a relative path"),
        ({"idp-certificate-authority": "/nowhere/ca.crt"}, "idp-certificate-authority /nowhere/ca.crt: cannot be read"),
        ({"idp-certificate-authority": "EMPTY"}, "is empty"),
        ({"idp-certificate-authority": "JUNK"}, "contains no CA certificate"),
    ],
)
def test_an_invalid_config_is_rejected(
    idp: IdentityProvider, tmp_path: Path, changes: dict[str, str], problem: str
) -> None:
    files = {"EMPTY": write(tmp_path / "empty", b"\n"), "JUNK": write(tmp_path / "junk", b"no certificate")}
    config = idp.config()
    if "idp-certificate-authority" in changes:
        del config["idp-certificate-authority-data"]
    with pytest.raises(ConfigError) as raised:
        oidc(config | {key: files.get(value, value) for key, value in changes.items()})
    assert str(raised.value).startswith("auth-provider oidc: ")
    assert problem in str(raised.value)


async def test_the_provider_is_reached_through_the_proxy_of_the_environment(
    idp: IdentityProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Providers on this machine are reached directly. The proxy of the test refuses the tunnel."""
    asked: list[bytes] = []

    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with closing(writer):
            asked.append(await reader.readuntil(b"\r\n\r\n"))
            writer.write(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
            await writer.drain()

    server = await asyncio.start_server(refuse, "127.0.0.1", 0)
    async with server:
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
        assert await oidc(idp.config(lifetime=0)).get()
        with pytest.raises(errors.ConnectionError):
            await oidc(idp.config(lifetime=0) | {"idp-issuer-url": "https://idp.example.com"}).get()
    assert [line.split(b"\r\n")[0] for line in asked] == [b"CONNECT idp.example.com:443 HTTP/1.1"]


def test_an_auth_provider_selects_openid_connect() -> None:
    provider = AuthProvider(name="oidc", config={"idp-issuer-url": "https://127.0.0.1:1", "client-id": "c"})
    assert isinstance(
        select_credentials(Config(server="https://127.0.0.1:1", auth_provider=provider), connect=AiohttpTransport),
        OpenIDConnect,
    )


async def test_reprs_and_logs_contain_no_tokens(idp: IdentityProvider, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    config = idp.config(lifetime=0)
    credentials = oidc(config)
    shown = f"{credentials!r} {await credentials.get()!r} {vars(credentials)!r} {caplog.text}"
    for secret in (config["refresh-token"], config["id-token"], CLIENT_SECRET):
        assert secret not in shown
