"""The examples of recipes and tutorials, and the translated programs of docs/migration/, are typed: strict type checkers
find nothing, and none has an assertion or a comment for them."""

from __future__ import annotations

import re
import sys
import textwrap
from pathlib import Path

import pytest

from tests.docs.pages import DOCS, sections_of
from tests.docs.programs import CLIENTS, programs_of
from tests.support.children import run

pytestmark = pytest.mark.slow  # each test starts a type checker

FOLDERS = ("recipes", "tutorial", "operating")
_COMMANDS = (
    ("mypy", "--strict", "--config-file=", "--no-error-summary", "--cache-dir=.cache"),
    ("pyright", "--pythonpath", sys.executable),
)


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The examples of each section as a function that is given a client, unless they make one."""
    sections = [
        section for name in FOLDERS for page in sorted((DOCS / name).glob("*.md")) for section in sections_of(page)
    ]
    texts = ["\n".join(block.text for block in section.of("python") if not block.is_quoted) for section in sections]
    functions = [
        f"async def example_{number}({'' if ' as kube:' in text else 'kube: Client'}) -> None:\n"
        f"    # {section.page.name}: {section.title}\n"
        f"{textwrap.indent(text, '    ')}"
        for number, (section, text) in enumerate(zip(sections, texts, strict=True))
        if text
    ]
    assert len(functions) > 35
    functions += [
        f"def translated_{number}() -> None:\n    # {name}\n{textwrap.indent(programs_of(name)['aiokube'], '    ')}"
        for number, name in enumerate(CLIENTS)
    ]
    path = tmp_path_factory.mktemp("recipes") / "recipes.py"
    path.write_text("\n\n".join(["from aiokube import Client", *functions]))
    return path


@pytest.mark.parametrize("command", _COMMANDS, ids=lambda command: command[0])
def test_type_checkers_find_nothing(program: Path, command: tuple[str, ...]) -> None:
    done = run(sys.executable, "-m", *command, program.name, cwd=program.parent)
    assert done.returncode == 0, done.stdout + done.stderr


def test_no_example_persuades_a_type_checker(program: Path) -> None:
    assert not re.search(r"\bassert\b|type: ignore|\bcast\(|: Any\b", program.read_text())
