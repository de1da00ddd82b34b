"""The input and output of exec plugins: the table of TestRefreshCreds in client-go, and invalid outputs."""

from __future__ import annotations

import json
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import trustme

from aiokube.runtime.config.config import Config
from aiokube.runtime.errors import ConfigError
from aiokube.runtime.http.auth.exec_plugin import ExecPlugin
from tests.support.kubeconfigs.cases import V1, V1BETA1
from tests.support.plugins import SERVER, cluster, credential, plugin, terminal

pytestmark = pytest.mark.slow  # its tests start servers or programs

AUTHORITY = trustme.CA()
LEAF = AUTHORITY.issue_cert("user")
CERTIFICATE = LEAF.cert_chain_pems[0].bytes().decode()
KEY = LEAF.private_key_pem.bytes().decode()

CLUSTER = cluster(tls_server_name="bar", certificate_authority_data=b"baz")
EXTENSION = {"apiVersion": "group/v1", "kind": "PluginConfig", "spec": {"audience": "snorlax"}}


def exec_info(api_version: str, *, interactive: bool = False, **spec: object) -> dict[str, object]:
    return {"kind": "ExecCredential", "apiVersion": api_version, "spec": {**spec, "interactive": interactive}}


@dataclass(frozen=True, kw_only=True)
class Case:
    name: str
    config: dict[str, Any]
    cluster: Config = CLUSTER
    answer: str = ""
    body: str = ""
    terminal: bool = False
    exec_info: object = None
    token: str | None = None
    certificate: tuple[str, str] | None = None
    error: str = ""

    def __str__(self) -> str:
        return self.name


def beta(mode: str = "IfAvailable", **fields: object) -> dict[str, Any]:
    return {"api_version": V1BETA1, "interactive_mode": mode, **fields}


def basic(name: str, mode: str, *, terminal: bool = False, interactive: bool = False) -> Case:
    """Return the case of a plugin that prints a token."""
    return Case(
        name=name,
        config=beta(mode),
        terminal=terminal,
        exec_info=exec_info(V1BETA1, interactive=interactive),
        answer=credential(api_version=V1BETA1, token="foo-bar"),
        token="foo-bar",
    )


TABLE = [
    Case(
        name="beta-with-TLS-credentials",
        config=beta(),
        exec_info=exec_info(V1BETA1),
        answer=credential(api_version=V1BETA1, clientKeyData=KEY, clientCertificateData=CERTIFICATE),
        certificate=(CERTIFICATE, KEY),
    ),
    Case(
        name="beta-with-bad-TLS-credentials",
        config=beta(),
        answer=credential(api_version=V1BETA1, clientKeyData="foo", clientCertificateData="bar"),
        error="clientCertificateData and clientKeyData are not a matching certificate and key in PEM format",
    ),
    Case(
        name="beta-cert-but-no-key",
        config=beta(),
        answer=credential(api_version=V1BETA1, clientCertificateData=CERTIFICATE),
        error="printed clientCertificateData without clientKeyData; it must print both or neither",
    ),
    basic("beta-basic-request", "IfAvailable"),
    basic("beta-basic-request-with-never-interactive-mode", "Never"),
    basic("beta-basic-request-with-never-interactive-mode-and-terminal", "Never", terminal=True),
    basic("beta-basic-request-with-if-available-interactive-mode", "IfAvailable"),
    basic(
        "beta-basic-request-with-if-available-interactive-mode-and-terminal",
        "IfAvailable",
        terminal=True,
        interactive=True,
    ),
    Case(
        name="beta-basic-request-with-always-interactive-mode",
        config=beta("Always"),
        error="needs a terminal (interactiveMode: Always), but standard input is not one",
    ),
    basic("beta-basic-request-with-always-interactive-mode-and-terminal", "Always", terminal=True, interactive=True),
    Case(
        name="beta-expiry",
        config=beta(),
        exec_info=exec_info(V1BETA1),
        answer=credential(api_version=V1BETA1, token="foo-bar", expirationTimestamp="2006-01-02T15:04:05Z"),
        token="foo-bar",
    ),
    Case(
        name="beta-no-group-version",
        config=beta(),
        answer=json.dumps({"kind": "ExecCredential", "status": {"token": "foo-bar"}}),
        error=f"kind 'ExecCredential' of apiVersion ''; its config expects ExecCredential of {V1BETA1}",
    ),
    Case(
        name="beta-no-status",
        config=beta(),
        answer=json.dumps({"kind": "ExecCredential", "apiVersion": V1BETA1}),
        error="printed an ExecCredential without a status",
    ),
    Case(
        name="beta-no-token",
        config=beta(),
        answer=credential(api_version=V1BETA1),
        error="printed a status without a token, and without a certificate and key",
    ),
    Case(
        name="unknown-binary",
        config=beta(command="does not exist", install_hint="some install hint"),
        error="the exec plugin 'does not exist' was not found: it is not in PATH; install it\n\nsome install hint",
    ),
    Case(name="binary-fails", config=beta(), body="exit 73", error="failed with exit code 73"),
    Case(
        name="beta-with-cluster-and-provide-cluster-info-is-serialized",
        config=beta(provide_cluster_info=True, cluster_config=EXTENSION),
        exec_info=exec_info(
            V1BETA1,
            cluster={
                "server": SERVER,
                "tls-server-name": "bar",
                "certificate-authority-data": "YmF6",
                "config": EXTENSION,
            },
        ),
        answer=credential(api_version=V1BETA1, token="foo-bar"),
        token="foo-bar",
    ),
    Case(
        name="beta-with-cluster-and-without-provide-cluster-info-is-not-serialized",
        config=beta(cluster_config=EXTENSION),
        exec_info=exec_info(V1BETA1),
        answer=credential(api_version=V1BETA1, token="foo-bar"),
        token="foo-bar",
    ),
    Case(
        name="v1-basic-request",
        config={"api_version": V1, "interactive_mode": "IfAvailable"},
        exec_info=exec_info(V1),
        answer=credential(token="foo-bar"),
        token="foo-bar",
    ),
    Case(
        name="v1-with-missing-interactive-mode",
        config={"api_version": V1, "interactive_mode": ""},
        error="interactiveMode: is missing; use one of Never, IfAvailable, Always",
    ),
    # Cases that are not in client-go's table.
    Case(
        name="v1-with-both",
        config={"api_version": V1},
        exec_info=exec_info(V1),
        answer=credential(token="foo-bar", clientKeyData=KEY, clientCertificateData=CERTIFICATE),
        token="foo-bar",
        certificate=(CERTIFICATE, KEY),
    ),
    Case(
        name="v1-key-but-no-cert",
        config={"api_version": V1},
        answer=credential(token="foo-bar", clientKeyData=KEY),
        error="printed clientKeyData without clientCertificateData",
    ),
    Case(
        name="v1-nulls",
        config={"api_version": V1},
        answer=credential(token="foo-bar", clientKeyData=None, clientCertificateData=None, expirationTimestamp=None),
        token="foo-bar",
    ),
    Case(
        name="v1-unknown-fields",
        config={"api_version": V1},
        answer=json.dumps({**json.loads(credential(token="foo-bar", x=1)), "spec": {"interactive": 3}, "y": []}),
        token="foo-bar",
    ),
    Case(
        name="v1alpha1",
        config={"api_version": "client.authentication.k8s.io/v1alpha1"},
        error="apiVersion: 'client.authentication.k8s.io/v1alpha1' is not supported; use client.authentication",
    ),
    Case(
        name="answer-of-the-other-version",
        config={"api_version": V1},
        answer=credential(api_version=V1BETA1, token="foo-bar"),
        error=f"apiVersion '{V1BETA1}'; its config expects ExecCredential of {V1}",
    ),
    Case(
        name="answer-of-another-kind",
        config={"api_version": V1},
        answer=json.dumps({"kind": "Status", "apiVersion": V1, "status": {"token": "foo-bar"}}),
        error="printed kind 'Status'",
    ),
]


@pytest.mark.parametrize("case", TABLE, ids=str)
async def test_the_input_and_output_of_plugins_like_client_go(case: Case, tmp_path: Path) -> None:
    made = plugin(tmp_path, body=case.body)
    made.answer(case.answer)
    if case.error:
        with pytest.raises(ConfigError) as error:
            await ExecPlugin(made.config(**case.config), case.cluster).get()
        assert case.error in str(error.value)
        return

    with terminal() if case.terminal else nullcontext():
        got = await ExecPlugin(made.config(**case.config), case.cluster).get()

    assert got.headers == ({"Authorization": f"Bearer {case.token}"} if case.token else {})
    assert got.certificate == (case.certificate and tuple(part.encode() for part in case.certificate))
    if case.exec_info:
        assert json.loads(made.info) == case.exec_info


SECRET = "c4nary-s3cret-0123456789"


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        ("", "printed nothing"),
        ("\n \n", "printed nothing"),
        (f"{SECRET}", "did not print an ExecCredential as JSON, and nothing else, to stdout: JSON is malformed"),
        (f"token: {SECRET}", "JSON is malformed"),
        (f"Fetching...\n{credential(token=SECRET)}", "JSON is malformed"),
        (credential(token=SECRET)[:-1], "truncated"),
        (credential(token=SECRET) * 2, "trailing characters"),
        (credential(token=SECRET).encode("utf-16"), "JSON is malformed"),
        (credential(token=SECRET).encode().replace(b"c4nary", b"\xff"), "can't decode byte 0xff"),
        (f'"{SECRET}"', "Expected `object`, got `str`"),
        ("null", "Expected `object`, got `null`"),
        ("[]", "Expected `object`, got `array`"),
        ("[" * 100_000, "nested too deeply"),
        (f'{{"x": {"[" * 100_000}', "nested too deeply"),
        (credential(token=[SECRET]), "Expected `str | null`, got `array` - at `$.status.token`"),
        (credential(token=12345678901234567890), "Expected `str | null`, got `int` - at `$.status.token`"),
        (json.dumps({"kind": "ExecCredential", "apiVersion": V1, "status": SECRET}), "at `$.status`"),
        (json.dumps({"kind": "ExecCredential", "apiVersion": V1, "status": None, "token": SECRET}), "without a status"),
        (json.dumps({"kind": 7, "apiVersion": V1, "status": {"token": SECRET}}), "at `$.kind`"),
        (credential(token=f"{SECRET}\n"), "token: contains a line break"),
        (credential(token=f"{SECRET}\r\nImpersonate-User: admin"), "token: contains a line break"),
        (credential(token=f"{SECRET}\x00"), "token: contains a line break or another control character"),
        (credential(token=f"{SECRET}\ud800"), "JSON"),
        (credential(token=SECRET, expirationTimestamp=""), "Invalid RFC3339 encoded datetime"),
        (credential(token=SECRET, expirationTimestamp="tomorrow"), "Invalid RFC3339 encoded datetime"),
        (credential(token=SECRET, expirationTimestamp="2036-01-02"), "Invalid RFC3339 encoded datetime"),
        (credential(token=SECRET, expirationTimestamp="2036-01-02T15:04:05"), "with a timezone"),
        (credential(token=SECRET, expirationTimestamp=2083074245), "at `$.status.expirationTimestamp`"),
        (credential(clientKeyData=KEY, clientCertificateData=f"{KEY}"), "are not a matching certificate and key"),
        (credential(clientKeyData=SECRET, clientCertificateData=CERTIFICATE), "are not a matching certificate and key"),
        (
            credential(
                clientKeyData=AUTHORITY.issue_cert("other").private_key_pem.bytes().decode(),
                clientCertificateData=CERTIFICATE,
            ),
            "are not a matching certificate and key in PEM format: [X509: KEY_VALUES_MISMATCH]",
        ),
    ],
    ids=range(31),
)
async def test_an_invalid_output_is_an_error_without_secrets(
    tmp_path: Path, answer: str | bytes, problem: str, caplog: pytest.LogCaptureFixture
) -> None:
    made = plugin(tmp_path)
    made.answer(answer)
    credentials = ExecPlugin(made.config(), cluster(user="u"))
    with pytest.raises(ConfigError) as error:
        await credentials.get()
    message = str(error.value)
    assert message.startswith(f"the exec plugin '{made.path}' of user 'u'")
    assert any(part in message for part in problem.split("|")), message
    for text in (message, repr(error.value.__cause__), repr(error.value.__context__), caplog.text):
        assert SECRET[7:] not in text
        assert "PRIVATE KEY" not in text


async def test_an_encrypted_key_of_a_plugin_is_rejected(tmp_path: Path) -> None:
    from cryptography.hazmat.primitives import serialization

    key = serialization.load_pem_private_key(KEY.encode(), None)
    encrypted = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(b"password"),
    )
    made = plugin(tmp_path)
    made.answer_status(clientKeyData=encrypted.decode(), clientCertificateData=CERTIFICATE)
    with pytest.raises(ConfigError, match="the key is encrypted"):
        await ExecPlugin(made.config(), cluster()).get()


async def test_exec_info_equals_that_of_client_go(tmp_path: Path) -> None:
    authority = tmp_path / "ca.crt"
    authority.write_bytes(b"<CA>")
    made = plugin(tmp_path / "bin")
    extension = {"b": 1, "a": ["<&>é\u2028", 1.5, None, True]}
    config = made.config(provide_cluster_info=True, cluster_config=extension)
    everything = cluster(
        certificate_authority=authority,
        tls_server_name="tls.example",
        proxy_url="http://u:p@127.0.0.1:1/",
        disable_compression=True,
    )
    await ExecPlugin(config, everything).get()
    assert made.info.decode() == (
        '{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1","spec":{"cluster":{'
        '"server":"https://127.0.0.1:6443","tls-server-name":"tls.example","certificate-authority-data":"PENBPg==",'
        '"proxy-url":"http://u:p@127.0.0.1:1/","disable-compression":true,'
        '"config":{"a":["\\u003c\\u0026\\u003eé\\u2028",1.5,null,true],"b":1}},"interactive":false}}\n'
    )

    insecure = made.config(provide_cluster_info=True, api_version=V1BETA1)
    made.answer_status(api_version=V1BETA1, token="t")
    await ExecPlugin(insecure, cluster(insecure_skip_tls_verify=True)).get()
    assert made.info.decode() == (
        '{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1beta1","spec":{"cluster":{'
        '"server":"https://127.0.0.1:6443","insecure-skip-tls-verify":true,"config":null},"interactive":false}}\n'
    )


@pytest.mark.parametrize("value", [{1, 2}, float("nan"), {"a": 1, 2: 3}, b"bytes"], ids=repr)
async def test_a_cluster_config_that_is_not_json_is_rejected(tmp_path: Path, value: object) -> None:
    made = plugin(tmp_path)
    config = made.config(provide_cluster_info=True, cluster_config=value)
    with pytest.raises(ConfigError, match=r"cluster_config .* cannot be represented in JSON"):
        await ExecPlugin(config, cluster()).get()
    assert made.runs == 0


async def test_a_deleted_ca_file_is_an_error(tmp_path: Path) -> None:
    made = plugin(tmp_path)
    config = made.config(provide_cluster_info=True)
    with pytest.raises(ConfigError, match=r"certificate-authority .*/gone: cannot be read: No such file"):
        await ExecPlugin(config, cluster(certificate_authority=tmp_path / "gone")).get()
