"""The examples of recipes and tutorials, and the translated programs of docs/migration/, are typed: strict type
checkers find nothing, and none has an assertion or a comment for them."""

from __future__ import annotations

import re
import sys
import textwrap
from pathlib import Path

import pytest

from tests.docs.pages import DOCS, Block, blocks_of, sections_of
from tests.docs.programs import CLIENTS, programs_of
from tests.docs.stories import FROM_CURL_TO_CODE
from tests.support.children import run

pytestmark = pytest.mark.slow  # each test starts a type checker

FOLDERS = ("recipes", "tutorial")
_COMMANDS = (
    ("mypy", "--strict", "--config-file=", "--no-error-summary", "--cache-dir=.cache"),
    ("pyright", "--pythonpath", sys.executable),
)


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The examples of each section as a function that is given a client, unless they make one."""
    parts = [
        section.blocks
        for name in FOLDERS
        for page in sorted((DOCS / name).glob("*.md"))
        for section in sections_of(page)
    ]
    parts += [blocks_of(page) for page in (DOCS / "testing.md", *sorted((DOCS / "operating").rglob("*.md")))]
    # What a page of this tutorial has made, the next one uses.
    parts.append([block for page in FROM_CURL_TO_CODE for block in blocks_of(page)])
    functions = [
        f"async def example_{number}({'' if ' as kube:' in text else 'kube: Client'}) -> None:\n"
        f"    # {blocks[0]}\n"
        f"{textwrap.indent(text, '    ')}"
        for number, blocks in enumerate(parts)
        if (text := _python_of(blocks))
    ]
    assert len(functions) > 35
    functions += [
        f"def translated_{number}() -> None:\n    # {name}\n{textwrap.indent(programs_of(name)['aiokube'], '    ')}"
        for number, name in enumerate(CLIENTS)
    ]
    path = tmp_path_factory.mktemp("recipes") / "recipes.py"
    path.write_text("\n\n".join(["from aiokube import Client", *functions]))
    return path


def _python_of(blocks: list[Block]) -> str:
    """The code of blocks, without what is a part of a program in examples/, or of a package that is not there."""
    return "\n".join(block.text for block in blocks if block.is_code and "mycluster" not in block.text)


@pytest.mark.parametrize("command", _COMMANDS, ids=lambda command: command[0])
def test_type_checkers_find_nothing(program: Path, command: tuple[str, ...]) -> None:
    done = run(sys.executable, "-m", *command, program.name, cwd=program.parent)
    assert done.returncode == 0, done.stdout + done.stderr


def test_no_example_persuades_a_type_checker(program: Path) -> None:
    assert not re.search(r"\bassert\b|type: ignore|\bcast\(|: Any\b", program.read_text())
