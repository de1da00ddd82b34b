"""The errors of the command: its exit codes, and ways out in its own words."""

from __future__ import annotations

import json
import signal
import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from aiokube_codegen.cli import main
from tests.codegen.command import AIOKUBE, MINI
from tests.codegen.test_fetch import kubeconfig
from tests.support.children import run
from tests.support.strict_tls import StrictTLSServer
from tests.support.terminals import without_cluster

BROKEN_PIPE = 'set -o pipefail; "$@" | true'


@pytest.mark.slow
@pytest.mark.parametrize("command", [("explain", "pods"), ("find", "list_namespaced_pod"), ("reference",)])
def test_a_reader_that_goes_away_is_an_exit_code(command: tuple[str, ...], tmp_path: Path) -> None:
    output = ("--output", tmp_path / "pages") if command == ("reference",) else ()
    done = run("bash", "-c", BROKEN_PIPE, "bash", *AIOKUBE, *command, *output, "--spec", MINI)
    assert (done.returncode, done.stderr) == (128 + signal.SIGPIPE, "")


@pytest.mark.slow
def test_a_reader_of_progress_that_goes_away_is_the_same_exit_code() -> None:
    # The errors alone go to the pipe.
    command = 'set -o pipefail; { "$@" 2>&1 >&3 | true; } 3>&1'
    done = run("bash", "-c", command, "bash", *AIOKUBE, "find", "--verbose", "list_namespaced_pod", "--spec", MINI)
    assert done.returncode == 128 + signal.SIGPIPE


@pytest.mark.parametrize(
    ("line", "meant"),
    [
        (["explein", "pods"], "did you mean 'explain'?"),
        (["diff", "--format", "markdwon", "a", "b"], "did you mean 'markdown'?"),
        (["completion", "bsh"], "did you mean 'bash'?"),
    ],
)
def test_a_word_that_is_no_choice_is_answered_with_the_one_that_is_meant(
    line: list[str], meant: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as exit:
        main(line)
    assert exit.value.code == 2
    assert capsys.readouterr().err.endswith(f"; {meant}\n")


def test_a_word_like_no_choice_is_answered_with_the_choices(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["qwertyuiop"])
    error = capsys.readouterr().err
    assert "generate" in error
    assert "did you mean" not in error


def _without_context(folder: Path) -> Path:
    path = kubeconfig(folder, "https://127.0.0.1:1")
    path.write_text(json.dumps(json.loads(path.read_text()) | {"current-context": ""}))
    return path


def _with_plugin(folder: Path) -> Path:
    path = kubeconfig(folder, "https://127.0.0.1:1")
    plugin = {"command": "touch", "interactiveMode": "Never", "apiVersion": "client.authentication.k8s.io/v1"}
    path.write_text(json.dumps(json.loads(path.read_text()) | {"users": [{"name": "me", "user": {"exec": plugin}}]}))
    return path


@pytest.mark.slow
def test_ways_out_are_options_of_the_command(tmp_path: Path) -> None:
    def error(*options: str | Path, **environment: str) -> str:
        done = run(*AIOKUBE, "explain", "pods", *options, env=without_cluster(**environment))
        assert (done.returncode, done.stdout) == (1, "")
        return done.stderr

    assert "; pass --kubeconfig FILE or set KUBECONFIG" in error("--context", "nope")
    assert "; pass --kubeconfig FILE, set KUBECONFIG, or create " in error(KUBECONFIG=str(tmp_path / "none"))
    without_context = _without_context(tmp_path)
    assert "; set it, or pass --context NAME with one of 'it'" in error("--kubeconfig", without_context)
    assert "; pass --context NAME with one of 'it'" in error(KUBECONFIG=str(without_context))
    told = error("--kubeconfig", _with_plugin(tmp_path), "--allow-plugin", "aws")
    assert "; allow it by --allow-plugin COMMAND if you trust it" in told


def _certificate_of_a_client(folder: Path) -> ssl.SSLContext:
    """The context of a server with a certificate for clients, which is its own CA."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
        .sign(key, hashes.SHA256())
    )
    (folder / "ca.pem").write_bytes(certificate.public_bytes(Encoding.PEM))
    (folder / "key.pem").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "ca.pem", folder / "key.pem")
    return context


@pytest.mark.slow
def test_the_way_out_of_a_certificate_that_is_not_accepted_is_an_option(tmp_path: Path) -> None:
    with StrictTLSServer(_certificate_of_a_client(tmp_path)) as server:
        path = kubeconfig(tmp_path, server.url)
        document = json.loads(path.read_text())
        document["clusters"][0]["cluster"]["certificate-authority"] = "ca.pem"
        path.write_text(json.dumps(document))
        done = run(*AIOKUBE, "explain", "pods", "--kubeconfig", path, timeout=20)
    assert done.returncode == 1
    assert ", or try --no-x509-strict. " in done.stderr
