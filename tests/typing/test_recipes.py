"""The recipes are typed: strict type checkers find nothing, and no example has an assertion or a comment for them."""

from __future__ import annotations

import re
import sys
import textwrap
from pathlib import Path

import pytest

from tests.support.children import run

pytestmark = pytest.mark.slow  # each test starts a type checker

PAGE = Path(__file__).parents[2] / "docs" / "recipes.md"
_EXAMPLE = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)
_COMMANDS = (
    ("mypy", "--strict", "--config-file=", "--no-error-summary", "--cache-dir=.cache"),
    ("pyright", "--pythonpath", sys.executable),
)


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Each example as a function that is given a client."""
    functions = [
        f"async def example_{number}(kube: Client) -> None:\n{textwrap.indent(_with_own_client(text), '    ')}"
        for number, text in enumerate(_EXAMPLE.findall(PAGE.read_text()))
    ]
    assert len(functions) > 12
    path = tmp_path_factory.mktemp("recipes") / "recipes.py"
    path.write_text("\n\n".join(["from aiokube import Client", *functions]))
    return path


def _with_own_client(text: str) -> str:
    """A parameter must not be the target of a `with` of another type."""
    return (
        text.replace(" as kube:", " as own:").replace("(await kube.version())", "(await own.version())")
        if " as kube:" in text
        else text
    )


@pytest.mark.parametrize("command", _COMMANDS, ids=lambda command: command[0])
def test_type_checkers_find_nothing(program: Path, command: tuple[str, ...]) -> None:
    done = run(sys.executable, "-m", *command, program.name, cwd=program.parent)
    assert done.returncode == 0, done.stdout + done.stderr


def test_no_example_persuades_a_type_checker(program: Path) -> None:
    assert not re.search(r"\bassert\b|type: ignore|\bcast\(|: Any\b", program.read_text())
