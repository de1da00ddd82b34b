"""`aiokube generate` asks a cluster, and says so when that gives nothing to generate from."""

from __future__ import annotations

import hashlib
import json
import re
import socket
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import cast

import pytest

from aiokube.runtime.errors import printable
from tests.codegen.command import GOLDEN, MINI, generate, refused
from tests.codegen.version_3 import in_parts
from tests.support.folders import snapshot

pytestmark = pytest.mark.slow  # each test starts programs

VERSION = b'{"gitVersion": "v1.99.0"}'
JSON = "application/json"


Answer = tuple[int, str, bytes]


class Served:
    """A server with an answer (status, content type, body) for some paths, or with one after the other."""

    def __init__(self, answers: Mapping[str, Answer | Sequence[Answer]]) -> None:
        self.answers = answers
        self.asked: Counter[str] = Counter()
        self.url = ""

    def answer(self, path: str) -> Answer:
        answers = self.answers.get(path, (404, "text/plain", b"404 page not found"))
        self.asked[path] += 1
        if isinstance(answers[0], int):
            return cast(Answer, answers)
        return cast(Sequence[Answer], answers)[min(self.asked[path], len(answers)) - 1]


@contextmanager
def serving(answers: Mapping[str, Answer | Sequence[Answer]]) -> Iterator[Served]:
    """Run a server."""
    served = Served(answers)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, content_type, body = served.answer(self.path)
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
        served.url = f"http://127.0.0.1:{running.server_address[1]}"
        try:
            yield served
        finally:
            running.shutdown()
            thread.join()


@contextmanager
def server(answers: Mapping[str, Answer | Sequence[Answer]]) -> Iterator[str]:
    """Run a server whose URL is all that matters."""
    with serving(answers) as served:
        yield served.url


PARTS = in_parts(json.loads(MINI.read_bytes()))


def of_version_3(parts: Mapping[str, bytes] = PARTS) -> dict[str, Answer | Sequence[Answer]]:
    """The answers of a server that has documents of version 3."""
    answers: dict[str, Answer | Sequence[Answer]] = {
        "/version": (200, JSON, VERSION),
        "/openapi/v3": (200, JSON, index(parts)),
    }
    return answers | {f"/openapi/v3/{part}": (200, JSON, data) for part, data in parts.items()}


def index(parts: Mapping[str, bytes]) -> bytes:
    """The index of documents of version 3."""
    urls = {part: f"/openapi/v3/{part}?hash={hash_of(data)}" for part, data in parts.items()}
    return json.dumps({"paths": {part: {"serverRelativeURL": url} for part, url in urls.items()}}).encode()


def hash_of(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest().upper()


def discovery(**groups: object) -> dict[str, Answer | Sequence[Answer]]:
    """The answers of aggregated discovery, which has these groups and no core group."""
    items = [{"metadata": {"name": name.replace("_", ".")}, "versions": versions} for name, versions in groups.items()]
    lists = {"/api": [], "/apis": items}
    return {
        path: (200, JSON, json.dumps({"kind": "APIGroupDiscoveryList", "items": found}).encode())
        for path, found in lists.items()
    }


def version(name: str, *resources: str, freshness: str = "Current") -> dict[str, object]:
    """A version of a group in aggregated discovery."""
    return {"version": name, "freshness": freshness, "resources": [{"resource": one} for one in resources]}


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


def test_a_cluster_gives_the_package_that_its_documents_give(tmp_path: Path) -> None:
    with serving(of_version_3()) as served:
        done = generate("--kubeconfig", kubeconfig(tmp_path, served.url), "--output", tmp_path / "new")
    assert done.returncode == 0, done.stderr
    assert snapshot(tmp_path / "new") == snapshot(GOLDEN)
    assert served.asked["/openapi/v2"] == 0


@pytest.mark.parametrize(
    "answer",
    [
        (404, "text/plain", b"404 page not found"),
        (200, JSON, b'{"Paths": ["api"]}'),
        (200, JSON, b'{"paths": {}}'),
        (200, JSON, b"[]"),
        (200, "text/html", b"<html>"),
    ],
    ids=["missing", "alpha", "empty", "list", "html"],
)
def test_a_cluster_without_version_3_gives_the_same_package(answer: Answer, tmp_path: Path) -> None:
    answers = {"/version": (200, JSON, VERSION), "/openapi/v2": (200, JSON, MINI.read_bytes()), "/openapi/v3": answer}
    with server(answers) as url:
        done = generate("--kubeconfig", kubeconfig(tmp_path, url), "--output", tmp_path / "new")
    assert done.returncode == 0, done.stderr
    assert snapshot(tmp_path / "new") == snapshot(GOLDEN)


def test_only_what_is_wanted_is_fetched(tmp_path: Path) -> None:
    with serving(of_version_3()) as served:
        options = ("--groups", "shop.example.com", "--output", tmp_path / "new")
        done = generate("--kubeconfig", kubeconfig(tmp_path, served.url), *options)
    assert done.returncode == 0, done.stderr
    fetched = [path for path in served.asked if path.startswith("/openapi/v3/")]
    assert sorted(fetched) == ["/openapi/v3/apis/shop.example.com/v1", "/openapi/v3/version"]


def test_a_document_that_changed_since_the_index_is_fetched_as_it_is(tmp_path: Path) -> None:
    before = {part: data + b" " for part, data in PARTS.items()}
    moved = {f"/openapi/v3/{part}?hash={hash_of(data)}": (301, "text/plain", b"") for part, data in before.items()}
    answers = of_version_3() | {"/openapi/v3": (200, JSON, index(before))} | moved
    with server(answers) as url:
        done = generate("--kubeconfig", kubeconfig(tmp_path, url), "--output", tmp_path / "new")
    assert done.returncode == 0, done.stderr
    assert snapshot(tmp_path / "new") == snapshot(GOLDEN)


def test_a_document_that_is_away_costs_itself(tmp_path: Path) -> None:
    answers = of_version_3()
    answers["/openapi/v3/apis/apps/v1"] = (503, "text/plain", b"service unavailable")
    answers["/openapi/v3/api/v1"] = (200, "text/html", b"<html>")
    with server(answers) as url:
        done = generate("--kubeconfig", kubeconfig(tmp_path, url), "--output", tmp_path / "new")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[lines.index("skipped 1: the document cannot be fetched: left out") + 1].startswith("  apis/apps/v1: ")
    assert "/api/v1: this is HTML" in lines[lines.index("skipped 1: the document cannot be read: left out") + 1]
    assert {"api/apps_v1.py", "api/core_v1.py"}.isdisjoint(snapshot(tmp_path / "new"))


def test_an_empty_document_costs_itself(tmp_path: Path) -> None:
    answers = of_version_3() | {"/openapi/v3/apis/apps/v1": (200, JSON, b"")}
    with server(answers) as url:
        done = generate("--kubeconfig", kubeconfig(tmp_path, url), "--output", tmp_path / "new")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert "the response is empty" in lines[lines.index("skipped 1: the document cannot be fetched: left out") + 1]
    assert "api/apps_v1.py" not in snapshot(tmp_path / "new")


# What is served, but not described


def test_what_is_not_described_is_listed(tmp_path: Path) -> None:
    shop = {**version("v1", "orders", "carts"), "unknown": None}
    metrics = [version("v1beta1", "pods", freshness="Stale"), None, {"version": None, "resources": None}]
    groups = discovery(shop_example_com=[shop, version("v2", "orders")], metrics_k8s_io=metrics, nothing=None)
    with server(of_version_3() | groups) as url:
        done = generate("--kubeconfig", kubeconfig(tmp_path, url), "--output", tmp_path / "new")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    first = lines.index("skipped 2: served, but not described")
    assert lines[first + 1 : first + 3] == ["  carts of shop.example.com/v1", "  shop.example.com/v2"]
    stale = lines.index("skipped 1: served, but not described: its API server does not respond")
    assert lines[stale + 1] == "  metrics.k8s.io/v1beta1"


def test_old_discovery_names_groups_that_are_not_described(tmp_path: Path) -> None:
    versions = [{"version": "v1"}, {"version": "v2"}, None]
    groups = [{"name": "shop.example.com", "versions": versions}, None, {"name": None, "versions": None}]
    answers: dict[str, Answer] = {
        "/api": (200, JSON, b'{"kind": "APIVersions", "versions": ["v1", null]}'),
        "/apis": (200, JSON, json.dumps({"kind": "APIGroupList", "groups": groups}).encode()),
    }
    with server(of_version_3() | answers) as url:
        done = generate("--kubeconfig", kubeconfig(tmp_path, url), "--output", tmp_path / "new")
    assert done.returncode == 0, done.stderr
    assert "skipped 1: served, but not described\n  shop.example.com/v2\n" in done.stdout


def test_chosen_groups_speak_of_no_others(tmp_path: Path) -> None:
    groups = discovery(metrics_k8s_io=[version("v1beta1", "pods")], apps=[version("v1", "deployments")])
    with server(of_version_3() | groups) as url:
        config = kubeconfig(tmp_path, url)
        done = generate("--kubeconfig", config, "--groups", "apps", "--output", tmp_path / "new")
        refused_ = generate("--kubeconfig", config, "--groups", "apps", "metrics.k8s.io", "--output", tmp_path / "no")
    assert (done.returncode, "described" in done.stdout) == (0, False)
    assert refused_.returncode == 1
    assert refused_.stderr.splitlines()[-1] == (
        f"error: {url}/openapi/v3: metrics.k8s.io/v1beta1 is served, but not described"
    )


def test_crds_that_cannot_be_read_are_not_waited_for(tmp_path: Path) -> None:
    crds = {"/apis/apiextensions.k8s.io/v1/customresourcedefinitions": (200, JSON, b'{"items": 5}')}
    with serving(of_version_3() | discovery(new_example_com=[version("v1", "widgets")]) | crds) as served:
        done = generate("--kubeconfig", kubeconfig(tmp_path, served.url), "--output", tmp_path / "new")
    assert done.returncode == 0, done.stderr
    assert "skipped 1: served, but not described\n  new.example.com/v1\n" in done.stdout


def test_discovery_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    forbidden = {"/api": (403, JSON, b'{"kind": "Status", "code": 403, "reason": "Forbidden", "message": "no"}')}
    with server(of_version_3() | forbidden) as url:
        done = generate("--kubeconfig", kubeconfig(tmp_path, url), "--output", tmp_path / "new")
    assert done.returncode == 0, done.stderr
    assert "skipped 1: discovery cannot be read: what is served, but not described, is unknown\n" in done.stdout


def test_a_server_without_version_3_behind_one_with_it_is_described(tmp_path: Path) -> None:
    parts = {part: data for part, data in PARTS.items() if part != "apis/shop.example.com/v1"}
    groups = discovery(shop_example_com=[version("v1", "orders")], apps=[version("v1", "deployments")])
    with server(of_version_3(parts) | groups | {"/openapi/v2": (200, JSON, MINI.read_bytes())}) as url:
        done = generate("--kubeconfig", kubeconfig(tmp_path, url), "--output", tmp_path / "new")
    assert done.returncode == 0, done.stderr
    assert "described" not in done.stdout
    assert snapshot(tmp_path / "new") == snapshot(GOLDEN)


CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
ORDERS = (200, JSON, b'{"items": [null, {"metadata": {"name": "orders.shop.example.com"}}]}')


def test_a_new_crd_is_waited_for(tmp_path: Path) -> None:
    without = {part: data for part, data in PARTS.items() if part != "apis/shop.example.com/v1"}
    answers = of_version_3() | discovery(shop_example_com=[version("v1", "orders")]) | {CRDS: ORDERS}
    answers["/openapi/v3"] = [(200, JSON, index(without)), (200, JSON, index(without)), (200, JSON, index(PARTS))]
    with serving(answers) as served:
        done = generate("--kubeconfig", kubeconfig(tmp_path, served.url), "--output", tmp_path / "new")
    assert done.returncode == 0, done.stderr
    assert "waiting 15 s at most until shop.example.com/v1 can be described" in done.stderr.splitlines()
    assert snapshot(tmp_path / "new") == snapshot(GOLDEN)
    # What did not change is fetched once.
    assert {count for path, count in served.asked.items() if path.startswith("/openapi/v3/")} == {1}


def test_a_resource_that_is_no_crd_is_not_waited_for(tmp_path: Path) -> None:
    answers = of_version_3() | discovery(shop_example_com=[version("v1", "orders", "carts")]) | {CRDS: ORDERS}
    with serving(answers) as served:
        done = generate("--kubeconfig", kubeconfig(tmp_path, served.url), "--output", tmp_path / "new")
    assert done.returncode == 0, done.stderr
    assert "waiting" not in done.stderr
    assert served.asked["/openapi/v3"] == 1


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
        done = generate("--verbose", "--kubeconfig", kubeconfig(tmp_path, url), "--output", tmp_path / "new")
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
        (
            "/openapi/v3",
            (403, JSON, b'{"kind": "Status", "code": 403, "reason": "Forbidden", "message": "not for you"}'),
            "not for you",
        ),
        ("/openapi/v2", (200, JSON, b""), "/openapi/v2: the response is empty"),
        ("/openapi/v2", (200, "text/html", b"<html>Log in</html>"), "/openapi/v2: this is HTML or XML"),
        ("/openapi/v2", (200, JSON, MINI.read_bytes()[:-100]), "/openapi/v2: the document is cut off"),
        ("/openapi/v2", (302, "text/plain", b""), r"302.*\(GET /openapi/v2\)|/openapi/v2.*302"),
    ],
    ids=[
        "unauthorized",
        "version-html",
        "forbidden",
        "not-found",
        "v3-forbidden",
        "empty",
        "html",
        "cut-off",
        "redirect",
    ],
)
def test_a_response_without_a_document_is_refused(
    path: str, answer: tuple[int, str, bytes], message: str, package: Path, tmp_path: Path
) -> None:
    answers = {"/version": (200, JSON, VERSION), "/openapi/v2": (200, JSON, MINI.read_bytes()), path: answer}
    with server(answers) as url:
        refused(package, "--kubeconfig", kubeconfig(tmp_path, url), message=message)


def test_documents_that_are_refused_are_one_error(package: Path, tmp_path: Path) -> None:
    forbidden = (403, JSON, b'{"kind": "Status", "code": 403, "reason": "Forbidden", "message": "not for you"}')
    answers = {path: forbidden if path.startswith("/openapi/v3/") else one for path, one in of_version_3().items()}
    with server(answers) as url:
        refused(package, "--kubeconfig", kubeconfig(tmp_path, url), message="not for you")


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
