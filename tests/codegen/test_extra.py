"""Without the extra `codegen`, aiokube works and says how to get it."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import distribution
from pathlib import Path

import pytest

from tests.codegen.command import GOLDEN, MINI, ROOT
from tests.support import children

pytestmark = pytest.mark.slow  # each test starts programs

REQUIREMENT = re.compile(r"[A-Za-z0-9._-]+")
CODEGEN = {"datamodel-code-generator": "datamodel_code_generator", "jinja2": "jinja2", "ruff": "ruff", "rich": "rich"}


def required(name: str, extra: str = "") -> Iterator[str]:
    """The distributions that one requires, and those that they require."""
    for requirement in distribution(name).requires or ():
        what, _, condition = requirement.partition(";")
        if "extra" in condition and not (extra and re.search(rf"extra == ['\"]{extra}['\"]", condition)):
            continue
        match = REQUIREMENT.match(what)
        assert match is not None
        try:
            distribution(match[0])
        except ModuleNotFoundError:
            # For another platform or Python.
            continue
        yield match[0]
        yield from required(match[0])


def install(folder: Path, names: set[str]) -> None:
    """Make a folder where just these distributions can be imported from."""
    folder.mkdir()
    for name in names:
        one = distribution(name)
        for top in {Path(file).parts[0] for file in one.files or () if ".." not in Path(file).parts}:
            if top != "__pycache__" and not (folder / top).exists():
                (folder / top).symlink_to(Path(str(one.locate_file(top))))


def run(folder: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run Python with what is in a folder, the standard library and aiokube, and nothing else."""
    paths = [str(folder), str(ROOT / "src"), str(ROOT / "codegen")]
    bootstrap = (
        f"import runpy, sys; sys.path += {paths!r}; sys.argv.pop(0); runpy.run_module(sys.argv[0], None, '__main__')"
    )
    return children.run(sys.executable, "-I", "-S", "-c", bootstrap, *arguments)


@pytest.fixture(scope="session")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The modules that `pip install aiokube` installs."""
    folder = tmp_path_factory.mktemp("bare") / "site"
    install(folder, set(required("aiokube")))
    return folder


def test_the_missing_extra_is_named(bare: Path, tmp_path: Path) -> None:
    done = run(bare, "aiokube_codegen.cli", "generate", "--spec", MINI, "--output", tmp_path / "new")
    assert done.returncode == 1
    assert re.fullmatch(
        r"error: this command needs (\w+), which is not installed: pip install 'aiokube\[codegen\]'\n", done.stderr
    )
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("missing", CODEGEN)
def test_a_missing_part_of_the_extra_is_named(missing: str, bare: Path, tmp_path: Path) -> None:
    everything = set(required("aiokube", "codegen"))
    assert missing in everything
    install(tmp_path / "site", everything)
    (tmp_path / "site" / CODEGEN[missing]).unlink()
    done = run(tmp_path / "site", "aiokube_codegen.cli", "generate", "--spec", MINI, "--output", tmp_path / "new")
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == (
        f"error: this command needs {CODEGEN[missing]}, which is not installed: pip install 'aiokube[codegen]'"
    )


@pytest.mark.parametrize(
    ("command", "missing"),
    [(("completion", "bash"), "argcomplete"), (("explain", "pods"), "rich"), (("find", "pods"), "rich")],
)
def test_every_command_names_the_extra_that_it_needs(command: tuple[str, ...], missing: str, bare: Path) -> None:
    done = run(bare, "aiokube_codegen.cli", *command)
    assert done.returncode == 1
    assert (
        done.stderr == f"error: this command needs {missing}, which is not installed: pip install 'aiokube[codegen]'\n"
    )


def test_generated_packages_need_no_extra(bare: Path, tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(
        "from aiokube import Client, models\n"
        "from aiokube.runtime.http.aiohttp import transport\n"
        "from tests.codegen.golden.abi_1 import Client as Mini\n"
        "from tests.codegen.golden.abi_1.models import core_v1\n"
        "print(core_v1.Pod.from_yaml('kind: Pod').kind, Client.core_v1, models.core_v1, transport, Mini.apps_v1)\n"
    )
    for name in ("tests", "tests/codegen", "tests/codegen/golden"):
        (tmp_path / name).mkdir()
    (tmp_path / "tests" / "codegen" / "golden" / GOLDEN.name).symlink_to(GOLDEN)
    bare_and_here = tmp_path / "site"
    bare_and_here.mkdir()
    for path in [*bare.iterdir(), program, tmp_path / "tests"]:
        (bare_and_here / path.name).symlink_to(path)
    done = run(bare_and_here, "program")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("Pod ")


def test_the_commands_that_explain_need_no_extra(bare: Path) -> None:
    for arguments, text in (
        (("generate", "--help"), "--kubeconfig FILE"),
        ((), "commands:"),
        (("--version",), "aiokube "),
    ):
        done = run(bare, "aiokube_codegen.cli", *arguments)
        assert (done.returncode, done.stderr) == (0, "")
        assert text in done.stdout
