"""An argument of a wrong type is a ConfigError that names it, and does not show it."""

from __future__ import annotations

import base64
import dataclasses
import inspect
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from yarl import URL

from aiokube import Client, Config
from aiokube.config import AuthProvider, ExecConfig, Impersonation, PluginPolicy, Token
from aiokube.errors import AiokubeError, ConfigError
from tests.support.tls import Authority

SERVER = "https://127.0.0.1:6443"
SECRET = b"s3cret"
WRONG: list[object] = [SECRET, 7, 1.5, True, {"a": 1}, ["a"], {SECRET}, object(), URL(SERVER), "s3cret"]
EXEC: dict[str, Any] = {"command": "aws", "api_version": "client.authentication.k8s.io/v1", "interactive_mode": "Never"}


def client(**arguments: Any) -> Client:
    # Without TLS, which would read the CAs of the system each time.
    return Client(Config(server="http://127.0.0.1:6443"), **arguments)


MAKERS: dict[str, tuple[Callable[..., Any], dict[str, Any]]] = {
    "Config": (Config, {"server": SERVER}),
    "ExecConfig": (ExecConfig, EXEC),
    "AuthProvider": (AuthProvider, {"name": "oidc"}),
    "Impersonation": (Impersonation, {"user": "me"}),
    "Client": (client, {}),
    "Config.load": (Config.load, {}),
    "Config.from_kubeconfig": (Config.from_kubeconfig, {"path": "/nothing"}),
    "Config.in_cluster": (Config.in_cluster, {}),
}
# What each argument takes, so that a value of another type is wrong.
TAKES: dict[str, tuple[type, ...]] = {
    **dict.fromkeys(
        ("insecure_skip_tls_verify", "disable_compression", "provide_cluster_info", "x509_strict", "pause_gc"), (bool,)
    ),
    **dict.fromkeys(("certificate_authority_data", "client_certificate_data", "client_key_data"), (bytes, str)),
    **dict.fromkeys(("source", "args", "groups"), (list, tuple)),
    **dict.fromkeys(("env", "config", "extra", "headers"), (dict,)),
    **dict.fromkeys(("timeout", "qps"), (int, float)),
    **dict.fromkeys(("max_retries", "burst", "max_response_bytes"), (int,)),
    **dict.fromkeys(
        (
            "exec",
            "auth_provider",
            "impersonate",
            "plugin_policy",
            "on_request",
            "on_warning",
            "credentials",
            "transport",
        ),
        (),
    ),
}
# Of any type, or without a check.
FREE = {"cluster_config", "environ", "config of Client"}


def cases() -> list[Any]:
    found = []
    for maker, (make, fixed) in MAKERS.items():
        names = (
            [field.name for field in dataclasses.fields(make)]
            if dataclasses.is_dataclass(make)
            else list(inspect.signature(Client if maker == "Client" else make).parameters)
        )
        for name in names:
            if name in FREE or (maker == "Client" and name in ("config", "kubeconfig", "context", "cluster", "user")):
                continue
            takes = TAKES.get(name, (str,)) if not (maker == "AuthProvider" and name == "source") else (str,)
            wrong = [value for value in WRONG if not _is_right(value, takes)]
            if name == "burst":
                wrong = [value for value in wrong if type(value) is not int]
            assert wrong
            found.append(pytest.param(make, fixed, name, wrong, id=f"{maker}-{name}"))
    return found


def _is_right(value: object, takes: tuple[type, ...]) -> bool:
    return isinstance(value, takes) and (not isinstance(value, bool) or bool in takes)


@pytest.mark.parametrize(("make", "fixed", "name", "wrong"), cases())
def test_a_wrong_type_is_an_error_that_names_the_argument(
    make: Callable[..., Any], fixed: dict[str, Any], name: str, wrong: list[object]
) -> None:
    extra = {"qps": 1} if name == "burst" else {}
    place = "kubeconfig" if name == "path" else name
    for value in wrong:
        with pytest.raises(ConfigError, match=rf"\b{place}: must be ") as caught:
            make(**{**fixed, **extra, name: value})
        assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize(
    ("make", "arguments", "problem"),
    [
        (Config.load, {"environ": 7}, "environ: must be a mapping, not int"),
        (Config.contexts, {"environ": 7}, "environ: must be a mapping, not int"),
        (Config.contexts, {"kubeconfig": 7}, "kubeconfig: must be a path, not int"),
        (Config.in_cluster, {"environ": 7}, "environ: must be a mapping, not int"),
        (client, {"headers": {"X-A": 7}}, "headers: X-A: must be a string, not int"),
        (client, {"headers": {7: "a"}}, "headers: a name: must be a string, not int"),
        (client, {"headers": ()}, "headers: must be a mapping of names to values, not tuple"),
        (client, {"user_agent": "a\r\nX: 1"}, r"user_agent: 'a\\r\\nX: 1' contains a line break"),
        (client, {"timeout": 10**400}, r"timeout: must be a number below 10\^308"),
        (client, {"qps": 10**400}, r"qps: must be a number below 10\^308"),
        (client, {"burst": 10**400}, r"burst: must be a number below 10\^308"),
        (AuthProvider, {"name": "gcp"}, "auth_provider: name: 'gcp' is not supported; only 'oidc' is"),
        (Config.from_kubeconfig, {"path": ""}, "kubeconfig: is empty; pass a path"),
        (Config, {"server": SERVER, "token_file": ""}, "token_file: is empty; pass a path"),
        (Config, {"server": SERVER, "token_file": "a\0b"}, r"token_file: 'a\\x00b' is not a path: it contains a NUL"),
        (Config, {"server": SERVER, "certificate_authority": "\ud800"}, "certificate_authority: .* a lone surrogate"),
        (Config.from_dict, {"kubeconfig": {}, "allow_exec": "no"}, "allow_exec: must be True or False, not str"),
        (Config.from_dict, {"kubeconfig": {}, "directory": 7}, "directory: must be a path, not int"),
        (PluginPolicy, {"type": "Allowlist", "names": 7}, "plugin policy: names: must be a list or tuple of strings"),
        (PluginPolicy, {"type": "Allowlist", "names": [7]}, r"plugin policy: names\[0\]: must be a string, not int"),
        (PluginPolicy, {"type": "Allowlist", "names": "aws"}, "plugin policy: Allowlist needs a tuple of names"),
    ],
)
def test_the_other_arguments_are_checked_as_well(
    make: Callable[..., object], arguments: dict[str, Any], problem: str
) -> None:
    with pytest.raises(ConfigError, match=problem):
        make(**arguments)


@pytest.mark.parametrize("kubeconfig", [{}, b"x", 7, ["a"]], ids=repr)
def test_a_kubeconfig_that_is_not_a_path_is_an_error(kubeconfig: Any) -> None:
    with pytest.raises(ConfigError, match=r"^kubeconfig: must be a path, not "):
        Client(kubeconfig=kubeconfig)


@pytest.mark.parametrize(
    ("make", "fields", "problem"),
    [
        (Impersonation, {"user": "me", "groups": "devs"}, "impersonate: groups: must be a list or tuple of strings"),
        (Impersonation, {"user": "me", "extra": {"a": "b"}}, r"impersonate: extra\['a'\]: must be a list or tuple"),
        (ExecConfig, EXEC | {"args": "eks get-token"}, "exec: args: must be a list or tuple of strings, not str"),
        (ExecConfig, EXEC | {"args": ["a", 7]}, r"exec: args\[1\]: must be a string, not int"),
        (ExecConfig, EXEC | {"env": {"a": 1}}, r"exec: env\['a'\]: must be a string, not int"),
        (Config, {"server": SERVER, "token": b""}, "token: must be a string, not bytes"),
    ],
)
def test_a_text_is_not_a_list_and_items_are_checked(
    make: Callable[..., object], fields: dict[str, Any], problem: str
) -> None:
    with pytest.raises(ConfigError, match=problem):
        make(**fields)


def test_lists_are_kept_as_tuples() -> None:
    jane = Impersonation(user="jane", groups=["a"], extra={"k": ["v"]})  # type checkers take lists, too
    assert jane == Impersonation(user="jane", groups=("a",), extra={"k": ("v",)})
    assert ExecConfig(**EXEC, args=["eks"]).args == ("eks",)


@pytest.mark.parametrize("as_text", [True, False], ids=["str", "bytes"])
@pytest.mark.parametrize("form", ["pem", "base64", "wrapped"])
def test_certificates_are_read_as_text_and_bytes_in_pem_and_base64(form: str, as_text: bool) -> None:
    authority = Authority()
    pair = authority.client()

    def given(pem: bytes) -> Any:
        data = {"pem": pem, "base64": base64.b64encode(pem), "wrapped": base64.encodebytes(pem)}[form]
        return data.decode() if as_text else data

    config = Config(
        server=SERVER,
        certificate_authority_data=given(authority.pem),
        client_certificate_data=given(pair.certificate),
        client_key_data=given(pair.key),
    )
    assert config.certificate_authority_data == authority.pem
    assert (config.client_certificate_data, config.client_key_data) == (pair.certificate, pair.key)
    Client(config)


@pytest.mark.parametrize("as_text", [True, False], ids=["str", "bytes"])
@pytest.mark.parametrize("form", ["pem", "base64"])
@pytest.mark.parametrize("before", ["\ufeff", "# Zertifizierungsstelle für Köln\n", "\ufeff# für Köln\r\n"], ids=repr)
def test_a_certificate_may_follow_comments_and_a_byte_order_mark(before: str, form: str, as_text: bool) -> None:
    authority = Authority()
    pair = authority.client()

    def given(pem: bytes) -> Any:
        data = before.encode() + pem if form == "pem" else b"\xef\xbb\xbf" + base64.b64encode(before.encode() + pem)
        return data.decode() if as_text else data

    Client(
        Config(
            server=SERVER,
            certificate_authority_data=given(authority.pem),
            client_certificate_data=given(pair.certificate),
            client_key_data=given(pair.key),
        )
    )


SURROGATE = "s3cret\ud800"


@pytest.mark.parametrize(
    ("make", "place"),
    [
        (lambda: Config(server=SERVER, token=SURROGATE), "token"),
        (lambda: Config(server=SERVER, username=SURROGATE), "username"),
        (lambda: Config(server=SERVER, username="u", password=SURROGATE), "password"),
        (lambda: Config(server=SERVER, client_key_data=SURROGATE), "client_key_data"),
        (lambda: Config(server=SERVER, tls_server_name=SURROGATE), "tls_server_name"),
        (lambda: Token(SURROGATE), "token: value"),
        (lambda: Impersonation(user=SURROGATE), "impersonate: user"),
        (lambda: Impersonation(user="u", groups=(SURROGATE,)), "impersonate: groups"),
        (lambda: Impersonation(user="u", extra={"": ("a",)}), "impersonate: extra"),
        (lambda: client(user_agent=SURROGATE), "user_agent"),
        (lambda: client(headers={"X-Key": SURROGATE}), "headers"),
        (lambda: client().with_options(headers={"X-Key": SURROGATE}), "headers"),
        (lambda: client(burst=2.5), "burst"),
        (lambda: client(burst=0), "burst"),
    ],
)
def test_a_value_that_cannot_be_sent_is_refused_at_once(make: Callable[[], object], place: str) -> None:
    with pytest.raises(AiokubeError, match=f"^{place}: ") as caught:
        make()
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize("data", ["grüße", "no PEM", b"", b"AAAA"], ids=repr)
def test_data_without_a_certificate_is_an_error(data: Any) -> None:
    with pytest.raises(ConfigError, match=r"certificate.authority.data"):
        Client(Config(server=SERVER, certificate_authority_data=data))


@pytest.mark.parametrize(
    "server",
    [
        "https://fe[80::1]:",
        "https://fe[80::1]",
        "https://[80::1]x",
        "https://[80::1]x:1",
        "https://[[::1]]",
        "https://[::1",
    ],
)
def test_an_address_outside_its_brackets_is_an_error(server: str) -> None:
    with pytest.raises(ConfigError, match=r"^server: "):
        Config(server=server)


@given(st.text(st.sampled_from("af01[]:.@/%?#é-")))
def test_each_server_that_a_config_accepts_is_a_url(rest: str) -> None:
    try:
        config = Config(server=f"https://{rest}")
    except ConfigError:
        return
    url = URL(config.server + "/api", encoded=True)
    assert url.host
    assert 0 < (url.port or 0) < 65536
