"""`aiokube reference` as people run it."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import urllib.error
import urllib.request
from pathlib import Path
from subprocess import PIPE

import pytest

from aiokube_codegen.cli import main
from tests.codegen.command import AIOKUBE, GOLDEN, MINI
from tests.support.children import child
from tests.support.folders import snapshot

pytestmark = pytest.mark.slow


def reference(*arguments: str | Path) -> int:
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        return main(["reference", *map(str, arguments)])
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)


def test_the_same_document_gives_the_same_bytes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("one", "two"):
        assert reference("--spec", MINI, "--output", tmp_path / name) == 0
    assert snapshot(tmp_path / "one") == snapshot(tmp_path / "two")
    assert re.fullmatch(r"4 kinds, \d+\.\d MB in .*/one, \d+\.\d s", capsys.readouterr().out.split("\n")[0])


def test_only_chosen_groups_are_read(tmp_path: Path) -> None:
    assert reference("--spec", MINI, "--groups", "apps", "--output", tmp_path) == 0
    assert [path.name for path in (tmp_path / "kinds").iterdir()] == ["apps"]


def test_a_folder_of_somebody_else_is_an_error_that_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    assert reference("--spec", MINI, "--output", tmp_path) == 1
    assert "error: " in capsys.readouterr().err
    assert snapshot(tmp_path) == {"notes.txt": b"mine"}


@pytest.mark.parametrize("side", ["--spec", "--since"])
def test_a_document_without_a_kind_is_refused(side: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    document = json.loads(MINI.read_bytes())
    document["paths"] = {"/version/": document["paths"]["/version/"]}
    (tmp_path / "none.json").write_text(json.dumps(document))
    options = {"--spec": MINI, side: tmp_path / "none.json"}
    assert reference(*(one for option in options.items() for one in option), "--output", tmp_path / "pages") == 1
    assert "none.json has no paths of API groups: it is not the OpenAPI document of" in capsys.readouterr().err
    assert not (tmp_path / "pages").exists()


def test_what_differs_from_an_older_document_is_marked(tmp_path: Path) -> None:
    old = json.loads(MINI.read_bytes())
    spec = old["definitions"]["io.k8s.api.core.v1.PodSpec"]["properties"]
    field = next(iter(spec))
    spec["gone"] = {"type": "string"}
    del spec[field]
    old["paths"] = {path: item for path, item in old["paths"].items() if not path.endswith(("/log", "/nodes/{name}"))}
    (tmp_path / "old.json").write_text(json.dumps(old))
    assert reference("--spec", MINI, "--since", tmp_path / "old.json", "--output", tmp_path / "pages") == 0
    pod = (tmp_path / "pages" / "kinds" / "core" / "v1" / "pod.html").read_text()

    def row(id: str) -> str:
        return pod[pod.index(f'<details id="{id}"') if f'<details id="{id}"' in pod else pod.index(f'id="{id}"') :][
            :900
        ]

    assert '<ins class="mark added">added</ins>' in row(f"Pod.spec.{field}").partition("</summary>")[0]
    assert '<ins class="mark added">added</ins>' in row("kube.core_v1.pods.log").partition("</summary>")[0]
    assert "<ins" not in row("kube.core_v1.pods.list").partition("</summary>")[0]
    removed = pod.partition('<h2 id="removed">')[2].partition("</section>")[0]
    assert "<code>core_v1.PodSpec.gone</code>" in removed
    index = (tmp_path / "pages" / "index.html").read_text()
    assert re.search(r">Pod</a> <code>po</code> <ins class=\"mark changed\">changed</ins>", index)
    assert "0 kinds added, 2 changed." in index


def test_a_kind_that_went_is_named_on_the_start_page(tmp_path: Path) -> None:
    new = json.loads(MINI.read_bytes())
    new["paths"] = {path: item for path, item in new["paths"].items() if "/apps/v1" not in path}
    new["definitions"] = {name: item for name, item in new["definitions"].items() if ".apps." not in name}
    (tmp_path / "new.json").write_text(json.dumps(new))
    assert reference("--spec", tmp_path / "new.json", "--since", MINI, "--output", tmp_path / "pages") == 0
    index = (tmp_path / "pages" / "index.html").read_text()
    removed = index.partition('<h2 id="removed">')[2].partition("</section>")[0]
    assert "<code>kube.apps_v1</code>" in removed


def test_nothing_is_marked_where_nothing_differs(tmp_path: Path) -> None:
    assert reference("--spec", MINI, "--since", GOLDEN, "--output", tmp_path) == 0
    for path in tmp_path.rglob("*.html"):
        assert "<ins" not in path.read_text(), path
        assert 'id="removed"' not in path.read_text(), path


def test_pages_are_served_on_this_machine_until_ctrl_c(tmp_path: Path) -> None:
    command = (*AIOKUBE, "reference", "--spec", MINI, "--output", tmp_path / "pages", "--serve")
    # Still opening when Ctrl-C comes.
    browser = tmp_path / "browser"
    browser.write_text("#!/bin/sh\nsleep 0.5\n")
    browser.chmod(0o700)
    with child(*command, env={**os.environ, "BROWSER": str(browser)}, stdout=PIPE, stderr=PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        address = process.stdout.readline().split()[0]
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+/", address)
        with urllib.request.urlopen(address) as response:  # noqa: S310 # of the server that this test has started
            assert b"Kubernetes v1.99.0 API" in response.read()
            assert response.headers["Content-Type"] == "text/html"
        with pytest.raises(urllib.error.HTTPError, match="404"):
            urllib.request.urlopen(f"{address}kinds/")  # noqa: S310 # likewise
        process.send_signal(signal.SIGINT)
        assert process.wait(10) == 0
        assert process.stderr is not None
        assert process.stderr.read() == ""


@pytest.mark.parametrize("port", ["65536", "99999999999999999999", "-1", "http", "", "\u0661"])
def test_a_number_that_is_no_port_is_refused_before_any_work(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], port: str
) -> None:
    with pytest.raises(SystemExit, match="2"):
        reference("--spec", MINI, "--output", tmp_path, f"--serve={port}")
    assert f"{port!r} is no port: give a number from 1 to 65535" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_a_port_that_is_taken_is_an_error_that_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert reference("--spec", MINI, "--output", tmp_path, "--serve", str(port)) == 1
    assert f"error: port {port} of 127.0.0.1 cannot be used: Address already in use" in capsys.readouterr().err
