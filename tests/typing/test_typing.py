"""mypy and pyright infer the types that the client promises, and refuse what it refuses."""

from __future__ import annotations

import json
import re
import shutil
import sys
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.codegen.command import GOLDEN, ROOT, generate
from tests.support.children import run

pytestmark = pytest.mark.slow  # each test starts a type checker

CASES = Path(__file__).parent
_COMMENT = re.compile(r"\S.*?  # (.+)$")

Findings = dict[int, list[str]]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project that uses aiokube, and a package that it generated."""
    folder = tmp_path_factory.mktemp("project")
    shutil.copytree(GOLDEN, folder / "mini", ignore=shutil.ignore_patterns("__pycache__"))
    _write_other(folder / "other", folder / "spec.json")
    for name in ("revealed", "refused"):
        shutil.copy(CASES / f"{name}.py.txt", folder / f"{name}.py")
    return folder


def _write_other(package: Path, spec: Path) -> None:
    """Generate the client of another cluster: with the classes of aiokube, and methods of its own."""
    document = json.loads((ROOT / "spec" / "openapi.json").read_bytes())
    del document["paths"]["/api/v1/namespaces/{namespace}/pods/{name}/attach"]
    spec.write_text(json.dumps(document))
    done = generate("--spec", spec, "--groups", "core", "--output", package)
    assert done.returncode == 0, done.stderr
    assert "class Pods(" in (package / "api" / "core_v1.py").read_text()


@pytest.fixture(scope="module")
def mypy(project: Path) -> dict[str, Findings]:
    """Findings of mypy in each file: by line, the type that it reveals or the name of the fault."""
    cache = ROOT / ".mypy_cache" / "typing"
    command = (
        "mypy",
        "--strict",
        "--config-file=",
        f"--cache-dir={cache}",
        "--output=json",
        "revealed.py",
        "refused.py",
    )
    found: dict[str, Findings] = defaultdict(lambda: defaultdict(list))
    for line in _run(project, *command).splitlines():
        one = json.loads(line)
        revealed = re.fullmatch(r'Revealed type is "(.+)"', one["message"])
        if revealed or one["severity"] == "error":
            text = _short(revealed[1]) if revealed else one["code"]
            found[Path(one["file"]).stem][one["line"]].append(text)
    return found


@pytest.fixture(scope="module")
def pyright(project: Path) -> dict[str, Findings]:
    """Findings of pyright in each file: by line, the type that it reveals or the name of the fault."""
    command = ("pyright", "--pythonpath", sys.executable, "--outputjson", "revealed.py", "refused.py")
    found: dict[str, Findings] = defaultdict(lambda: defaultdict(list))
    for one in json.loads(_run(project, *command))["generalDiagnostics"]:
        revealed = re.fullmatch(r'Type of ".*" is "(.+)"', one["message"], re.DOTALL)
        if revealed or one["severity"] == "error":
            text = revealed[1] if revealed else one["rule"]
            found[Path(one["file"]).stem][one["range"]["start"]["line"] + 1].append(text)
    return found


def _run(project: Path, *command: str) -> str:
    done = run(sys.executable, "-m", *command, cwd=project)
    assert done.returncode == 1, done.stdout + done.stderr
    return done.stdout


def _short(text: str) -> str:
    """mypy's types as pyright writes them: without modules."""
    return re.sub(r"\b(?:\w+\.)+(?=\w)", "", text)


def expected(name: str, part: Callable[[str], list[str]]) -> Findings:
    """The comments of a file, by line."""
    lines = (CASES / f"{name}.py.txt").read_text().splitlines()
    found = {number: _COMMENT.search(line) for number, line in enumerate(lines, 1) if not line.startswith("#")}
    return {number: part(match[1]) for number, match in found.items() if match}


@pytest.mark.parametrize("checker", ["mypy", "pyright"])
def test_the_types_that_are_inferred(checker: str, request: pytest.FixtureRequest) -> None:
    found: dict[str, Findings] = request.getfixturevalue(checker)
    wanted = expected("revealed", lambda comment: [comment])
    assert len(wanted) > 80
    assert found["revealed"] == wanted


@pytest.mark.parametrize(("checker", "place"), [("mypy", 0), ("pyright", 1)])
def test_the_calls_that_are_refused(checker: str, place: int, request: pytest.FixtureRequest) -> None:
    found: dict[str, Findings] = request.getfixturevalue(checker)
    wanted = expected("refused", lambda comment: comment.split()[place].split(","))
    assert len(wanted) > 30
    assert found["refused"] == wanted
