"""`aiokube generate` asks a cluster, and says so when that gives nothing to generate from."""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from aiokube.runtime.errors import printable
from tests.codegen.command import GOLDEN, MINI, generate, refused
from tests.support.folders import snapshot

pytestmark = pytest.mark.slow  # each test starts programs

VERSION = b'{"gitVersion": "v1.99.0"}'
JSON = "application/json"


@contextmanager
def server(answers: Mapping[str, tuple[int, str, bytes]]) -> Iterator[str]:
    """A server with an answer (status, content type, body) for some paths; gives its URL."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, content_type, body = answers.get(self.path, (404, "text/plain", b"404 page not found"))
            self.send_response(status)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Keep the output of tests clean."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        thread = Thread(target=running.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield f"http://127.0.0.1:{running.server_address[1]}"
        finally:
            running.shutdown()
            thread.join()


def kubeconfig(folder: Path, url: str) -> Path:
    """A kubeconfig for a server."""
    path = folder / "kubeconfig"
    path.write_text(
        json.dumps(
            {
                "apiVersion": "v1",
                "kind": "Config",
                "current-context": "it",
                "clusters": [{"name": "it", "cluster": {"server": url}}],
                "contexts": [{"name": "it", "context": {"cluster": "it", "user": "me"}}],
                "users": [{"name": "me", "user": {}}],
            }
        )
    )
    return path


def test_a_cluster_gives_the_package_that_its_document_gives(tmp_path: Path) -> None:
    answers = {"/version": (200, JSON, VERSION), "/openapi/v2": (200, JSON, MINI.read_bytes())}
    with server(answers) as url:
        done = generate("--kubeconfig", kubeconfig(tmp_path, url), "--output", tmp_path / "new")
    assert done.returncode == 0, done.stderr
    assert snapshot(tmp_path / "new") == snapshot(GOLDEN)


def test_no_other_plugin_than_an_allowed_one_is_run(tmp_path: Path) -> None:
    path = kubeconfig(tmp_path, "https://127.0.0.1:1")
    plugin = {"command": "touch", "args": [str(tmp_path / "ran")], "interactiveMode": "Never"}
    exec_ = plugin | {"apiVersion": "client.authentication.k8s.io/v1"}
    path.write_text(json.dumps(json.loads(path.read_text()) | {"users": [{"name": "me", "user": {"exec": exec_}}]}))
    options = ("--kubeconfig", path, "--output", tmp_path / "new", "--no-x509-strict")
    done = generate(*options, "--allow-plugin", "aws", "--allow-plugin", "/usr/bin/gcloud")
    assert done.returncode == 1
    assert "error: the exec plugin 'touch' of user 'me'" in done.stderr
    assert not (tmp_path / "ran").exists()
    generate(*options, "--allow-plugin", "touch")
    assert (tmp_path / "ran").exists()


@pytest.mark.parametrize("version", ["v1[/]", "v1\x1b]0;owned\x07\x1b[2K\r", 7, None], ids=repr)
def test_a_version_of_any_text_controls_no_terminal(tmp_path: Path, version: object) -> None:
    body = json.dumps({"gitVersion": version}).encode()
    with server({"/version": (200, JSON, body), "/openapi/v2": (200, JSON, MINI.read_bytes())}) as url:
        done = generate("--kubeconfig", kubeconfig(tmp_path, url), "--output", tmp_path / "new")
    assert done.returncode == 0, done.stderr
    assert all(line.isprintable() for line in (done.stdout + done.stderr).split("\n"))
    if isinstance(version, str):
        assert printable(version) in done.stderr


@pytest.mark.parametrize(
    ("path", "answer", "message"),
    [
        ("/version", (401, JSON, b'{"kind": "Status", "code": 401, "reason": "Unauthorized"}'), "Unauthorized"),
        ("/version", (200, "text/html", b"<html>Log in</html>"), r"GET http://[0-9.:]+/version: .*JSON.* API server\?"),
        (
            "/openapi/v2",
            (403, JSON, b'{"kind": "Status", "code": 403, "reason": "Forbidden", "message": "not for you"}'),
            "not for you",
        ),
        ("/openapi/v2", (404, "text/plain", b"404 page not found"), r"404.*\(GET /openapi/v2\)"),
        ("/openapi/v2", (200, JSON, b""), "/openapi/v2: the response is empty"),
        ("/openapi/v2", (200, "text/html", b"<html>Log in</html>"), "/openapi/v2: this is HTML or XML"),
        ("/openapi/v2", (200, JSON, MINI.read_bytes()[:-100]), "/openapi/v2: the document is cut off"),
        ("/openapi/v2", (302, "text/plain", b""), r"302.*\(GET /openapi/v2\)|/openapi/v2.*302"),
    ],
    ids=["unauthorized", "version-html", "forbidden", "not-found", "empty", "html", "cut-off", "redirect"],
)
def test_a_response_without_a_document_is_refused(
    path: str, answer: tuple[int, str, bytes], message: str, package: Path, tmp_path: Path
) -> None:
    answers = {"/version": (200, JSON, VERSION), "/openapi/v2": (200, JSON, MINI.read_bytes()), path: answer}
    with server(answers) as url:
        refused(package, "--kubeconfig", kubeconfig(tmp_path, url), message=message)


def test_an_unreachable_server_is_named(package: Path, tmp_path: Path) -> None:
    with socket.socket() as taken:
        # Bound and not listening: nobody else gets the port, and connections are refused.
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        message = f"GET {re.escape(url)}/version: no response"
        refused(package, "--kubeconfig", kubeconfig(tmp_path, url), message=message)


def test_a_kubeconfig_that_is_not_there_is_refused(package: Path, tmp_path: Path) -> None:
    refused(package, "--kubeconfig", tmp_path / "none", message=f"the kubeconfig '{tmp_path / 'none'}' does not exist")


def test_a_context_that_is_not_there_is_refused(package: Path, tmp_path: Path) -> None:
    config = kubeconfig(tmp_path, "http://127.0.0.1:9")
    refused(package, "--kubeconfig", config, "--context", "other", message="no context 'other'; choose from 'it'")
