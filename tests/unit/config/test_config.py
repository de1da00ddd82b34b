"""Config objects: their checks, and secrets in their reprs and errors."""

from __future__ import annotations

import base64
import json
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from aiokube import Client
from aiokube.runtime.config.config import Config
from aiokube.runtime.config.identity import AuthProvider, ExecConfig, Impersonation
from aiokube.runtime.errors import ConfigError
from aiokube.runtime.http.aiohttp.transport import AiohttpTransport
from aiokube.runtime.http.auth import exec_credential
from aiokube.runtime.http.auth.oidc.provider import OpenIDConnect
from aiokube.runtime.http.auth.token_file import TokenFile
from tests.support.kubeconfigs.cases import V1, V1BETA1, Case, kubeconfig
from tests.support.kubeconfigs.sandbox import Sandbox

TLS = "https://10.0.0.1:6443"
CANARY = "c4n4ry"
EXEC = ExecConfig(command="login", api_version=V1, interactive_mode="Never")


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"server": ""}, "server: is missing"),
        ({"server": "https://a:0"}, "server: 'https://a:0': the port must be"),
        ({"server": "https://a..b"}, "server: 'https://a..b' has no valid host name"),
        ({"server": f"https://{'a' * 64}.b"}, "server: 'https://a+.b' has no valid host name"),
        ({"proxy_url": "http://a..b"}, "proxy_url: 'http://a..b' has no valid host name"),
        ({"tls_server_name": "a..b"}, "tls_server_name: 'a..b' is not a host name"),
        ({"server": "http://a", "token": "x"}, "server: http://a does not use TLS"),
        ({"server": "a:80", "exec": EXEC}, "server: http://a:80 does not use TLS"),
        ({"server": "http://a", "client_key_data": b"", "client_certificate_data": b""}, "does not use TLS"),
        ({"namespace": "A"}, "namespace: 'A'"),
        ({"namespace": ""}, "namespace: ''"),
        ({"proxy_url": "ftp://a"}, "proxy_url: 'ftp://a'"),
        ({"proxy_url": "socks5://:1"}, "proxy_url: 'socks5://:1' has no valid host name"),
        ({"tls_server_name": "a b"}, "tls_server_name: 'a b'"),
        ({"token": "a\nb"}, "token: contains a line break"),
        ({"username": "a\rb"}, "username: 'a.rb' contains a line break"),
        ({"token": "a", "username": "b"}, "a token cannot be combined with a user name"),
        ({"token_file": Path("a"), "password": "b"}, "a token cannot be combined with a user name"),
        ({"client_certificate": Path("a")}, "a client certificate needs a client key"),
        ({"client_key_data": b"a"}, "a client certificate needs a client key"),
        ({"client_key": Path("a"), "client_key_data": b"a"}, "client_key cannot be combined with client_key_data"),
        (
            {"certificate_authority": Path("a"), "certificate_authority_data": b""},
            "certificate_authority cannot be combined with certificate_authority_data",
        ),
        (
            {"certificate_authority": Path("a"), "insecure_skip_tls_verify": True},
            "cannot be combined with a certificate authority",
        ),
        ({"exec": EXEC, "auth_provider": AuthProvider(name="oidc")}, "exec cannot be combined with auth_provider"),
    ],
)
def test_invalid_and_contradictory_fields_are_rejected(fields: dict[str, Any], problem: str) -> None:
    facts: dict[str, Any] = {"server": TLS} | fields
    with pytest.raises(ConfigError, match=problem):
        Config(**facts)


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"user": ""}, "user: is missing; uid, groups and extra need it"),
        ({"user": "a\nb"}, "user: 'a.nb' contains a line break"),
        ({"user": "a", "uid": "\r"}, "uid: '.r' contains"),
        ({"user": "a", "groups": ("b", "\0")}, "groups: '.x00' contains"),
        ({"user": "a", "extra": {"k": ("\n",)}}, "extra.'k'.: '.n' contains"),
    ],
)
def test_an_impersonation_with_an_invalid_field_is_rejected(fields: dict[str, Any], problem: str) -> None:
    with pytest.raises(ConfigError, match=problem):
        Impersonation(**fields)


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        *(
            ({"command": command}, "command: '.*' must be a name to look up in PATH, or an absolute path")
            for command in ("", "./plugin", "bin/plugin", "../plugin")
        ),
        ({"api_version": f"{V1}alpha1"}, f"apiVersion: '{V1}alpha1' is not supported; use {V1}"),
        ({"interactive_mode": ""}, "interactiveMode: is missing; use one of Never, IfAvailable, Always"),
        ({"interactive_mode": "Maybe"}, "interactiveMode: is 'Maybe'; use one of Never, IfAvailable, Always"),
        ({"command": "a\0b"}, "the command, an argument or a variable contains a NUL character"),
        ({"args": ("a\0b",)}, "the command, an argument or a variable contains a NUL character"),
        ({"env": {"A": "b\0"}}, "the command, an argument or a variable contains a NUL character"),
        ({"env": {"A=B": "c"}}, "env: the name of a variable is empty or contains '='"),
        ({"env": {"": "c"}}, "env: the name of a variable is empty or contains '='"),
    ],
)
def test_an_exec_config_that_cannot_run_is_rejected(fields: dict[str, Any], problem: str) -> None:
    with pytest.raises(ConfigError, match=f"^exec: {problem}"):
        ExecConfig(**{"command": "login", "api_version": V1, "interactive_mode": "Never", **fields})


@pytest.mark.parametrize("value", ["a\r\nX: y", "a\nb", "a\x00", "\x7f"])
def test_every_source_of_a_token_makes_the_same_check(tmp_path: Path, value: str) -> None:
    document = {
        "current-context": "c",
        "contexts": [{"name": "c", "context": {"cluster": "k", "user": "u"}}],
        "clusters": [{"name": "k", "cluster": {"server": TLS}}],
        "users": [{"name": "u", "user": {"token": value}}],
    }
    (tmp_path / "token").write_bytes(f"x{value}x".encode())
    credential = {"kind": "ExecCredential", "apiVersion": V1, "status": {"token": value}}
    oidc = {"idp-issuer-url": "https://127.0.0.1:1", "client-id": "c", "id-token": value}
    sources: list[Callable[[], object]] = [
        lambda: Config(server=TLS, token=value),
        lambda: Config.from_dict(document),
        lambda: TokenFile(tmp_path / "token"),
        lambda: exec_credential.parse_output(json.dumps(credential).encode(), api_version=V1, place="plugin"),
        lambda: OpenIDConnect(AuthProvider(name="oidc", config=oidc), connect=AiohttpTransport),
    ]
    for source in sources:
        with pytest.raises(ConfigError, match="line break or another control character") as caught:
            source()
        assert value not in str(caught.value)


@pytest.mark.parametrize(
    ("server", "normal"),
    [
        ("https://a/", "https://a"),
        ("https://a:443/b//", "https://a:443/b"),
        ("https://a:", "https://a"),
        ("HTTPS://a/B?c#d", "https://a/B"),
        ("https://[fe80::1%25eth0]:6443", "https://[fe80::1%25eth0]:6443"),
        ("https://a/b c/%2F", "https://a/b%20c/%2F"),
        ("https://münchen.example", "https://xn--mnchen-3ya.example"),
        ("localhost:8080", "http://localhost:8080"),
        ("[::1]:8080/", "http://[::1]:8080"),
    ],
)
def test_the_server_url_is_normalized(server: str, normal: str) -> None:
    assert Config(server=server).server == normal


def test_the_repr_of_a_config_contains_no_secret() -> None:
    config = Config(
        server=TLS,
        proxy_url=f"http://alice:{CANARY}@proxy:3128",
        certificate_authority_data=b"ca",
        token=CANARY,
        client_certificate=Path("client.crt"),
        client_key_data=CANARY.encode(),
        exec=ExecConfig(
            command="login",
            args=("--password", CANARY),
            env={"SECRET": CANARY},
            api_version=V1,
            interactive_mode="Never",
            cluster_config={"key": CANARY},
        ),
    )
    shown = f"{config} {config!r} {config.exec}"
    assert CANARY not in shown
    for part in (f"server='{TLS}'", "@proxy:3128", "'SECRET'", "'login'", "client.crt", "--- REDACTED ---"):
        assert part in shown
    oidc = Config(server=TLS, username="alice", auth_provider=AuthProvider(name="oidc", config={"id-token": CANARY}))
    assert CANARY not in repr(oidc) and "'id-token'" in repr(oidc) and "alice" in repr(oidc)
    assert CANARY not in repr(Config(server=TLS, username="alice", password=CANARY))


@pytest.mark.parametrize(
    "text",
    [
        kubeconfig(user=f'token: "{CANARY}\\n"'),
        kubeconfig(user=f"token: [{CANARY}]"),
        kubeconfig(user=f"token: {{a: {CANARY}}}"),
        kubeconfig(user=f"token: {CANARY}, username: a"),
        kubeconfig(user=f"username: a, password: [{CANARY}]"),
        kubeconfig(user=f"client-key-data: '{CANARY}!'"),
        kubeconfig(user=f"token: '{CANARY}"),
        kubeconfig(user=f"token: @{CANARY}"),
        kubeconfig(user=f"token: !!binary {CANARY}"),
        kubeconfig(user=f"token: {CANARY}, token: {CANARY}"),
        kubeconfig(user=f"token: {CANARY}") + "x: \x01",
        kubeconfig(user=f"exec: {{apiVersion: {V1BETA1}, command: a, args: [{CANARY}, [{CANARY}]]}}"),
        kubeconfig(user=f"exec: {{apiVersion: {V1BETA1}, command: a, env: [{{value: {CANARY}}}]}}"),
        kubeconfig(user=f"auth-provider: {{name: oidc, config: {{a: [{CANARY}]}}}}"),
        kubeconfig(cluster=f"server: 'https://a:{CANARY}@b'"),
        kubeconfig(cluster=f"server: 'a:{CANARY}@b'"),
        kubeconfig(cluster=f"server: 'https://a:{CANARY}@b:x'"),
        kubeconfig(cluster=f"server: 'https://a:{CANARY}/@b c'"),
        kubeconfig(cluster=f"server: 'ftp://b?token={CANARY}'"),
        kubeconfig(cluster=f"server: HTTPS, proxy-url: 'ftp://a:{CANARY}@b'"),
        kubeconfig(cluster=f"server: HTTPS, proxy-url: 'http://a:{CANARY}@b:x'"),
        kubeconfig(cluster=f"server: HTTPS, proxy-url: 'a:{CANARY}@b'"),
    ],
)
def test_no_error_of_a_kubeconfig_contains_a_secret(box: Sandbox, text: str) -> None:
    path = box.write(Case("canary", text))
    with pytest.raises(ConfigError) as caught:
        Config.from_kubeconfig(path)
    # The text that an uncaught exception prints, including its causes.
    printed = "".join(traceback.format_exception_only(caught.value))
    error: BaseException | None = caught.value
    while error is not None:
        printed += f"{error} {error.args}" if error is caught.value or not error.__suppress_context__ else ""
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    assert CANARY not in printed


def test_an_encrypted_client_key_is_rejected(box: Sandbox) -> None:
    key = base64.b64encode(b"-----BEGIN ENCRYPTED PRIVATE KEY-----\n").decode()
    path = box.write(Case("encrypted", kubeconfig(user=f"client-certificate-data: CERT, client-key-data: {key}")))
    with pytest.raises(ConfigError, match=r"client-key-data: the private key is encrypted"):
        Config.from_kubeconfig(path)


@pytest.mark.parametrize("field", ["certificate_authority", "token_file"])
def test_a_path_may_be_a_string(field: str) -> None:
    given: dict[str, Any] = {field: "/some/where"}
    config = Config(server="https://127.0.0.1:6443", **given)
    assert getattr(config, field) == Path("/some/where")
    with pytest.raises(ConfigError, match=f"{field}: must be a path, not int"):
        Config(server="https://127.0.0.1:6443", **{**given, field: 7})


def test_impersonate_must_be_an_impersonation() -> None:
    with pytest.raises(ConfigError, match="impersonate: must be an Impersonation, not str"):
        Config(server="https://127.0.0.1:6443", impersonate="jane")  # type: ignore[arg-type] # the mistake


def test_a_client_rejects_a_path_as_its_config() -> None:
    with pytest.raises(ConfigError, match="config is a str, not a Config; pass a file as kubeconfig="):
        Client("~/.kube/config")  # type: ignore[arg-type] # the mistake


@pytest.mark.parametrize(
    "credentials",
    [
        {
            "token": "old",
            "token_file": Path("token"),
            "client_certificate": Path("certificate"),
            "client_key": Path("key"),
            "exec": EXEC,
            "impersonate": Impersonation(user="jane"),
        },
        {
            "username": "jane",
            "password": "secret",
            "client_certificate_data": "-----BEGIN CERTIFICATE-----",
            "client_key_data": "-----BEGIN PRIVATE KEY-----",
            "auth_provider": AuthProvider(name="oidc"),
        },
    ],
    ids=["files", "data"],
)
def test_a_token_takes_the_place_of_all_credentials(credentials: dict[str, Any]) -> None:
    cluster: dict[str, Any] = {
        "server": TLS,
        "certificate_authority": Path("ca"),
        "tls_server_name": "api",
        "namespace": "team",
        "cluster": "c",
        "source": (Path("config"),),
    }
    config = Config(**cluster, **credentials, context="c", user="u")
    assert config.with_token("new") == Config(**cluster, token="new")


def test_a_token_that_cannot_be_sent_is_refused() -> None:
    config = Config(server=TLS)
    with pytest.raises(ConfigError, match=r"^token: is empty; pass a bearer token$"):
        config.with_token("")
    with pytest.raises(ConfigError, match=r"^token: must be a string, not None$"):
        config.with_token(None)  # type: ignore[arg-type] # that is the point
    with pytest.raises(ConfigError, match="token: contains a line break"):
        config.with_token("a\nb")
    with pytest.raises(ConfigError, match="does not use TLS"):
        Config(server="http://a").with_token("a")
