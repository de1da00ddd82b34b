"""The command as people run it: what it says, what it refuses, and that a package is written whole or not at all."""

from __future__ import annotations

import gzip
import json
import os
import re
import shutil
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from subprocess import DEVNULL
from typing import Any

import pytest

from tests.codegen.command import AIOKUBE, GOLDEN, MINI, ROOT, generate, refused
from tests.support.children import child, run
from tests.support.folders import snapshot
from tests.support.terminals import pseudo_terminal

pytestmark = pytest.mark.slow  # each test starts programs

ORDER = "com.example.shop.v1.Order"


def document(change: Callable[[Any], object] = lambda _: None) -> bytes:
    """The small document, changed."""
    found = json.loads(MINI.read_bytes())
    change(found)
    return json.dumps(found).encode()


# What it says


def test_stages_go_to_stderr_and_counts_to_stdout(tmp_path: Path) -> None:
    done = generate("--spec", MINI, "--output", tmp_path / "new", "--verbose")
    assert done.returncode == 0
    assert re.sub(r"\d+\.\d s", "N s", done.stderr).splitlines() == [
        "reading the document: N s",
        "definitions of Kubernetes v1.99.0 -> dataclasses: N s",
        "paths -> methods: N s",
        "formatting: N s",
        f"writing {tmp_path / 'new'}: N s",
    ]
    assert re.sub(r"\d+\.\d s", "N s", done.stdout).splitlines() == [
        "32 classes (20 of definitions, 12 of objects inside them), 4 resources, 59 operations in 25 files, N s",
        "left out: 2 deprecated /watch/ operations; `watch` of a resource replaces them",
        "skipped 1: only streams over SPDY need this; aiokube opens them by GET, over WebSocket",
        "  POST /api/v1/namespaces/{namespace}/pods/{name}/exec",
    ]


def test_only_verbose_commands_say_how_long_they_took_and_quiet_ones_nothing(tmp_path: Path) -> None:
    command = (*AIOKUBE, "generate", "--spec", MINI, "--output", tmp_path / "new")
    usual = run(*command, env={**os.environ, "FORCE_COLOR": "1"})
    assert (usual.returncode, usual.stderr) == (0, "")
    assert "32 classes" in usual.stdout
    quiet = generate("--spec", MINI, "--output", tmp_path / "new", "--quiet")
    assert (quiet.returncode, quiet.stdout, quiet.stderr) == (0, "", "")


@pytest.mark.slow
def test_a_terminal_shows_progress_and_nothing_of_it_stays(tmp_path: Path) -> None:
    command = (*AIOKUBE, "generate", "--spec", MINI, "--output", tmp_path / "new")
    with pseudo_terminal() as terminal:
        environment = {**os.environ, "TERM": "xterm-256color", "NO_COLOR": "1"}
        with child(*command, stdout=DEVNULL, stderr=terminal.fd, env=environment) as process:
            shown = terminal.read()
            assert process.wait(timeout=60) == 0
    assert "reading the document ..." in shown
    assert "formatting ..." in shown
    # Each line is erased, and no line break moves it up.
    assert shown.rstrip().endswith("\x1b[2K")


def test_every_operation_of_the_document_is_counted(tmp_path: Path) -> None:
    done = generate("--spec", MINI, "--output", tmp_path / "new")
    operations = [method for item in json.loads(MINI.read_bytes())["paths"].values() for method in item]
    total = sum(method != "parameters" for method in operations)
    covered, left_out = (int(n) for n in re.findall(r"(\d+) (?:deprecated /watch/ )?operations", done.stdout))
    skipped = sum(int(n) for n in re.findall(r"^skipped (\d+)", done.stdout, re.MULTILINE))
    assert (covered, left_out, skipped) == (59, 2, 1)
    assert covered + left_out + skipped == total


def test_only_the_chosen_groups_come(tmp_path: Path) -> None:
    done = generate("--spec", MINI, "--groups", "shop.example.com", "--output", tmp_path / "new")
    assert done.returncode == 0, done.stderr
    files = sorted(path for path in snapshot(tmp_path / "new") if path.startswith(("api/", "models/")))
    # The server's own calls belong to every choice, and so do the modules they need.
    assert files == [
        "api/__init__.py",
        "api/custom_resources.py",
        "api/discovery.py",
        "api/shop_example_com_v1.py",
        "models/__init__.py",
        "models/meta_v1.py",
        "models/shop_example_com_v1.py",
        "models/version.py",
    ]
    # Nothing is said of the other groups.
    assert [line for line in done.stdout.splitlines() if "core" in line or line.startswith("skipped")] == []


def test_the_same_document_gives_the_same_bytes(tmp_path: Path) -> None:
    for name, seed in (("one", "1"), ("two", "2")):
        through = ("env", f"PYTHONHASHSEED={seed}")
        done = generate("--spec", MINI, "--output", tmp_path / name, through=through)
        assert done.returncode == 0, done.stderr
    assert snapshot(tmp_path / "one") == snapshot(tmp_path / "two")


def test_the_order_of_the_document_does_not_matter(tmp_path: Path) -> None:
    def turn(found: Any) -> None:
        for section in ("paths", "definitions", "parameters"):
            found[section] = dict(reversed(found[section].items()))

    (tmp_path / "turned.json").write_bytes(document(turn))
    done = generate("--spec", tmp_path / "turned.json", "--output", tmp_path / "new")
    assert done.returncode == 0, done.stderr
    assert snapshot(tmp_path / "new") == snapshot(GOLDEN)


def test_definitions_that_collide_in_name_both_come(tmp_path: Path) -> None:
    def collide(found: Any) -> None:
        found["definitions"]["com.example.shop.v1.order"] = {
            "type": "object",
            "properties": {"unlike": {"type": "string"}},
        }

    (tmp_path / "collide.json").write_bytes(document(collide))
    done = generate("--spec", tmp_path / "collide.json", "--output", tmp_path / "new")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("33 classes (21 of definitions, ")
    source = (tmp_path / "new" / "models" / "shop_example_com_v1.py").read_text()
    assert len(re.findall(r"^class Order2?\(", source, re.MULTILINE)) == 2


# Documents that are wrong in places


def _dangling(found: Any) -> None:
    found["definitions"][ORDER]["properties"]["spec"] = {"$ref": "#/definitions/com.example.shop.v1.Nothing"}


def _cycle(found: Any) -> None:
    found["definitions"]["x.v1.A"] = {"$ref": "#/definitions/x.v1.B"}
    found["definitions"]["x.v1.B"] = {"type": "array", "items": {"$ref": "#/definitions/x.v1.A"}}


def _modules_in_a_ring(found: Any) -> None:
    meta = found["definitions"]["io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"]
    meta["properties"]["order"] = {"$ref": f"#/definitions/{ORDER}"}


def _nameless_parameter(found: Any) -> None:
    found["paths"]["/api/v1/nodes"]["post"]["parameters"][1].pop("name")


def _shapeless_operation(found: Any) -> None:
    found["paths"]["/api/v1/nodes"]["post"]["responses"] = ["OK"]


def _answer(found: Any) -> None:
    found["paths"]["/api/v1/nodes"]["get"]["responses"]["200"]["schema"] = {"items": {"$ref": 5}}


WRONG: dict[str, tuple[Callable[[Any], object], str, str]] = {
    "dangling": (
        _dangling,
        "the reference does not resolve: typed as Any",
        f"{ORDER}.spec: '#/definitions/com.example.shop.v1.Nothing'",
    ),
    "cycle": (_cycle, "the definition repeats itself without an end: typed as Any", "x.v1.B[]: x.v1.B"),
    "ring": (_modules_in_a_ring, "modules that need each other: merged into one", "shop_example_com_v1 is in meta_v1"),
    "parameter": (
        _nameless_parameter,
        "the parameter has the wrong form: left out",
        "POST /api/v1/nodes: a parameter: Object missing required field `name`",
    ),
    "operation": (
        _shapeless_operation,
        "the operation has the wrong form: left out",
        "POST /api/v1/nodes: Expected `object`, got `array` - at `$.responses`",
    ),
    "answer": (_answer, "the reference does not resolve: typed as Any", "GET /api/v1/nodes: 200: schema[]: 5"),
}


@pytest.mark.parametrize("name", WRONG)
def test_one_bad_thing_costs_one_thing(name: str, tmp_path: Path) -> None:
    change, why, what = WRONG[name]
    (tmp_path / "spec.json").write_bytes(document(change))
    done = generate("--spec", tmp_path / "spec.json", "--output", tmp_path / "new")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[lines.index(f"skipped 1: {why}") + 1] == f"  {what}"
    program = "import new.client; from new.models import *; from new.models import __all__ as names; print(names)"
    imported = run(sys.executable, "-c", program, cwd=tmp_path)
    assert imported.returncode == 0, imported.stderr
    assert ("shop_example_com_v1" in imported.stdout) == (name != "ring")


def _many_dangling(found: Any) -> None:
    found["definitions"][ORDER]["properties"] |= {f"x{n}\x1b[2K[/]": {"$ref": "#/definitions/None"} for n in range(9)}


def test_the_report_is_a_summary_and_whole_on_demand(tmp_path: Path) -> None:
    (tmp_path / "spec.json").write_bytes(document(_many_dangling))
    options = ("--spec", tmp_path / "spec.json", "--output", tmp_path / "new")
    short = generate(*options, "--report", tmp_path / "report.txt")
    whole = generate(*options, "--verbose")
    parts = [rf"  {ORDER}.x{n}\x1b[2K[/]: '#/definitions/None'" for n in range(9)]
    why = "skipped 9: the reference does not resolve: typed as Any"
    assert [line for line in short.stdout.splitlines() if ORDER in line] == parts[:5]
    assert short.stdout.splitlines()[-1] == f"all of them: {tmp_path / 'report.txt'}"
    unasked = generate(*options)
    assert unasked.stdout.splitlines()[-1] == "all of them: --verbose, or --report FILE"
    assert "  and 4 more" in short.stdout.splitlines()
    for text in (whole.stdout, (tmp_path / "report.txt").read_text()):
        lines = text.splitlines()
        assert lines[lines.index(why) + 1 : lines.index(why) + 10] == parts
        assert "more" not in text
        assert "all of them" not in text


def test_a_check_writes_the_report_too(tmp_path: Path) -> None:
    (tmp_path / "spec.json").write_bytes(document(_many_dangling))
    options = ("--spec", tmp_path / "spec.json", "--output", tmp_path / "new")
    assert generate(*options).returncode == 0
    assert generate(*options, "--check", "--report", tmp_path / "report.txt").returncode == 0
    assert "skipped 9: " in (tmp_path / "report.txt").read_text()


def test_a_report_that_cannot_be_written_is_an_error_and_no_package(tmp_path: Path) -> None:
    done = generate("--spec", MINI, "--output", tmp_path / "new", "--report", tmp_path / "none" / "report.txt")
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == (
        f"error: {tmp_path / 'none' / 'report.txt'} cannot be written: No such file or directory"
    )
    assert not (tmp_path / "new").exists()


# Documents that it refuses


def _no_groups(found: Any) -> None:
    found["paths"] = {"/version/": found["paths"]["/version/"]}


REFUSED: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "the document is empty"),
    "text": (b"no such page\n", "not JSON: .* at line 1, column 1"),
    "YAML": (b"swagger: '2.0'\npaths: {}\n", "the document is YAML: .*JSON"),
    "compressed": (gzip.compress(document()), "the document is compressed: .*gunzip"),
    "html": (b"<!DOCTYPE html><title>Log in</title>", "HTML or XML, .*/openapi/v2"),
    "protobuf": (b"\n\x032.0\x12\x15\n\nKubernetes\xff", "byte 19 is not UTF-8: .*JSON"),
    "cut off": (document()[:5000], "cut off after 5000 bytes"),
    "a list": (b"[]", "JSON object, but this is a list"),
    "OpenAPI 4": (b'{"openapi": "4.0.0", "paths": {}}', "OpenAPI 4.0.0, but only 2.0 and 3"),
    "a Status": (b'{"kind": "Status", "message": "pods is forbidden"}', "pods is forbidden"),
    "a manifest": (b"apiVersion: apiextensions.k8s.io/v1\n", "Kubernetes manifest, not .*; install a CRD in a cluster"),
    "a CRD": (b'{"kind": "CustomResourceDefinition"}', "CustomResourceDefinition, not .*; install a CRD in a cluster"),
    "another kind": (b'{"kind": "Pod"}', "Kubernetes Pod, not an OpenAPI document"),
    "no groups": (document(_no_groups), "has no paths of API groups"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_an_unusable_document_is_refused(name: str, package: Path, tmp_path: Path) -> None:
    data, message = REFUSED[name]
    (tmp_path / "spec.json").write_bytes(data)
    refused(package, "--spec", tmp_path / "spec.json", message=rf"spec\.json.*{message}")


def test_a_group_that_is_not_there_is_refused(package: Path) -> None:
    message = r"no group 'example.com' \(shop\.example\.com\?\); its groups are: .*apps.*shop.example.com"
    refused(package, "--spec", MINI, "--groups", "apps", "example.com", message=message)


def test_a_file_that_is_not_there_is_refused(package: Path, tmp_path: Path) -> None:
    refused(package, "--spec", tmp_path / "none.json", message=r"none\.json cannot be read: No such file")
    refused(package, "--spec", tmp_path, message=r"holds no \*\.json: it is not a folder of OpenAPI documents")


def test_a_group_without_a_name_is_refused(package: Path) -> None:
    refused(package, "--spec", MINI, "--groups", "", message="--groups: a group name is empty; .* `core`")


def test_two_origins_are_refused(package: Path, tmp_path: Path) -> None:
    for option in (("--kubeconfig", "some"), ("--context", "some"), ("--allow-plugin", "aws"), ("--no-x509-strict",)):
        message = "--spec cannot be combined with --kubeconfig, --context, --allow-plugin or --no-x509-strict: "
        refused(package, "--spec", MINI, *option, message=message)


def test_a_document_that_is_not_the_described_one_is_refused(package: Path, tmp_path: Path) -> None:
    spec = Path(shutil.copy(MINI, tmp_path / "mini.json"))
    (tmp_path / "SOURCE.toml").write_text(f'kubernetes = "v1.98.1"\n[sha256]\n"mini.json" = "{"0" * 64}"\n')
    refused(package, "--spec", spec, message=r"SOURCE\.toml describes: its sha256 is [0-9a-f]{64}")
    (tmp_path / "SOURCE.toml").write_text("document: mini.json\n")
    refused(package, "--spec", spec, message=r"SOURCE\.toml is not TOML")


def test_the_described_version_stands_in_one_file(tmp_path: Path) -> None:
    done = generate("--spec", ROOT / "spec" / "openapi.json", "--groups", "apps", "--output", tmp_path / "new")
    assert done.returncode == 0, done.stderr
    version = re.search(r'^kubernetes = "v(.+)\..+"$', (ROOT / "spec" / "SOURCE.toml").read_text(), re.MULTILINE)
    assert version is not None
    said = f'KUBERNETES = "{version[1]}"\n'.encode()
    assert [path for path, data in snapshot(tmp_path / "new").items() if said in data] == ["client.py"]


# Folders that it doesn't write to


def test_a_folder_that_holds_something_else_is_refused(tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "letters.txt").write_text("Dear")
    refused(other, "--spec", MINI, message=r"holds 'letters.txt' and no generated client.py: .* another folder")
    (other / "client.py").write_text("class Client: ...\n")
    refused(other, "--spec", MINI, message=r"holds 'client.py' and no generated client.py")


def test_a_file_in_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "package").write_text("mine")
    refused(tmp_path / "package", "--spec", MINI, message="package is not a folder: give --output a folder")
    done = generate("--spec", MINI, "--output", tmp_path / "package" / "below")
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith(f"error: {tmp_path / 'package' / 'below'} cannot be written: ")


@pytest.mark.parametrize("name", ["api", "models"])
def test_a_folder_made_by_hand_is_refused(name: str, package: Path) -> None:
    shutil.rmtree(package / name)
    (package / name).mkdir()
    (package / name / "mine.py").write_text("print('mine')\n")
    refused(package, "--spec", MINI, message=f"{name} was not generated by aiokube, and is not replaced: move it away")


def test_protocols_made_by_hand_are_refused(package: Path) -> None:
    (package / "protocols.py").write_text("print('mine')\n")
    refused(
        package,
        "--spec",
        MINI,
        message=r"protocols\.py was not generated by aiokube, and is not replaced: move it away",
    )


@pytest.mark.parametrize("path", ["api/mine.py", "models/below/letters.txt"])
def test_files_that_would_be_lost_are_refused(path: str, package: Path) -> None:
    (package / path).parent.mkdir(exist_ok=True)
    (package / path).write_text("mine")
    refused(package, "--spec", MINI, message=f"{path} was not generated by aiokube, and would be lost: move it")


@pytest.mark.parametrize(
    ("name", "proposed"),
    [("my-client", "my_client"), ("class", "class_"), ("1abc", "field_1abc"), ("x.y", "x_y"), ("a b", "a_b")],
)
def test_a_name_that_cannot_be_imported_is_refused(name: str, proposed: str, tmp_path: Path) -> None:
    done = generate("--spec", MINI, "--output", tmp_path / name)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == (
        f"error: {tmp_path / name}: Python cannot import a package called {name!r}: give --output a folder whose "
        f"name is a Python identifier, such as {proposed!r}"
    )
    assert not (tmp_path / name).exists()


# The old package and the new one


def test_modules_that_the_new_document_lacks_are_removed(package: Path) -> None:
    assert "models/gone_v1.py" in snapshot(package)
    assert generate("--spec", MINI, "--output", package).returncode == 0
    assert snapshot(package) == snapshot(GOLDEN)


def test_hand_written_files_stay(package: Path) -> None:
    own = {
        "__init__.py": b"from .client import Client as MyClient\n",
        "extra/mine.py": b"",
        "py.typed": b"",
        "errors.py": b"MINE = 1\n",
    }
    for path, data in own.items():
        (package / path).parent.mkdir(exist_ok=True)
        (package / path).write_bytes(data)
    assert generate("--spec", MINI, "--output", package).returncode == 0
    assert snapshot(package) == snapshot(GOLDEN) | own


def test_folders_above_are_made(tmp_path: Path) -> None:
    assert generate("--spec", MINI, "--output", tmp_path / "a" / "b").returncode == 0
    assert snapshot(tmp_path / "a" / "b") == snapshot(GOLDEN)


# Permissions don't bind root unless it does without these powers; anybody else has none of them.
UNPRIVILEGED = () if os.geteuid() else ("setpriv", "--bounding-set=-dac_override,-dac_read_search")


def test_a_folder_that_cannot_be_written_is_refused(package: Path) -> None:
    before = snapshot(package)
    package.chmod(0o555)
    try:
        done = generate("--spec", MINI, "--output", package, through=UNPRIVILEGED)
    finally:
        package.chmod(0o755)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == f"error: {package} cannot be written: Permission denied"
    assert snapshot(package) == before


def test_a_folder_that_cannot_be_read_is_refused(package: Path) -> None:
    package.chmod(0o000)
    try:
        done = generate("--spec", MINI, "--output", package, through=UNPRIVILEGED)
        below = generate("--spec", MINI, "--output", package / "below", through=UNPRIVILEGED)
    finally:
        package.chmod(0o755)
    assert (done.returncode, below.returncode) == (1, 1)
    assert done.stderr.splitlines()[-1] == f"error: {package} cannot be read: Permission denied"
    assert below.stderr.splitlines()[-1] == f"error: {package / 'below'} cannot be read: Permission denied"


def test_a_full_temporary_folder_is_reported(package: Path) -> None:
    before = snapshot(package)
    # Coverage could not write what it measured.
    through = ("env", "-u", "COVERAGE_PROCESS_CONFIG", "prlimit", "--fsize=1000")
    done = generate("--spec", MINI, "--output", package, through=through)
    assert done.returncode == 1
    assert re.fullmatch("error: temporary files cannot be written to .*: File too large", done.stderr.splitlines()[-1])
    assert snapshot(package) == before


def test_a_dangling_link_is_refused(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("nowhere")
    done = generate("--spec", MINI, "--output", tmp_path / "link")
    assert done.returncode == 1
    assert done.stderr == f"error: {tmp_path / 'link'} is a link to nowhere, which does not exist\n"


def test_when_moving_fails_midway_the_old_package_is_restored(package: Path) -> None:
    before = snapshot(package)
    # The last that is moved; a folder that cannot be written has no way of getting another parent.
    (package / "models").chmod(0o555)
    try:
        done = generate("--spec", MINI, "--output", package, through=UNPRIVILEGED)
    finally:
        (package / "models").chmod(0o755)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == (
        f"error: {package} cannot be written: Permission denied; what was there is unchanged"
    )
    assert snapshot(package) == before


# Where its output goes

QUESTIONS = [("explain", "pods"), ("find", "pod")]


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_reader_that_goes_away_is_no_error(question: tuple[str, str]) -> None:
    script = '"$@" | true; exit ${PIPESTATUS[0]}'
    done = run("bash", "-c", script, "bash", *AIOKUBE, *question, "--spec", MINI)
    assert (done.returncode, done.stderr) == (128 + signal.SIGPIPE, "")


@pytest.mark.parametrize("question", QUESTIONS)
def test_an_output_that_is_full_is_an_error(question: tuple[str, str], tmp_path: Path) -> None:
    # No file may have a byte.
    script = 'ulimit -f 0; out="$1"; shift; "$@" > "$out"'
    done = run("bash", "-c", script, "bash", tmp_path / "out", *AIOKUBE, *question, "--spec", MINI)
    assert (done.returncode, done.stderr) == (1, "error: the output cannot be written: File too large\n")


def test_a_command_runs_without_stdout() -> None:
    done = run("bash", "-c", '"$@" >&-', "bash", *AIOKUBE, "explain", "pods", "--spec", MINI)
    assert (done.returncode, done.stderr) == (0, "")
