"""The page of the command line says what the command itself says."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterator

import pytest

from aiokube_codegen.cli import COMMANDS, main
from aiokube_codegen.commands.exit_codes import EXIT_CODES
from tests.codegen.command import AIOKUBE
from tests.docs.console import Command, commands_of
from tests.docs.pages import DOCS, blocks_of
from tests.support.children import run

PAGE = DOCS / "cli.md"


def commands() -> Iterator[Command]:
    for block in blocks_of(PAGE):
        if block.language == "console":
            yield from commands_of(block)


HELP = {one.text.strip(): one.output for one in commands() if "--help" in one.text}
OTHERS = {one.text.strip(): one.output for one in commands() if "--help" not in one.text}


@pytest.mark.parametrize("line", HELP)
def test_the_help_of_a_command_is_its_help(
    line: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    with pytest.raises(SystemExit) as exit:
        main(shlex.split(line)[1:])
    assert exit.value.code == 0
    # Versions of Python break the line of the usage in different places.
    assert capsys.readouterr().out.split() == HELP[line].split()


def test_every_command_has_its_help_and_its_row() -> None:
    names = [command.__name__.rpartition(".")[2] for command in COMMANDS]
    assert HELP.keys() == {"aiokube --help", *(f"aiokube {name} --help" for name in names)}
    assert re.findall(r"^\| \[`aiokube (\w+)`\]", PAGE.read_text(), re.MULTILINE) == names


def test_the_exit_codes_of_the_page_are_those_of_the_help() -> None:
    rows = re.findall(r"^\| (\d+) \| (.*) \|$", PAGE.read_text(), re.MULTILINE)
    assert rows == [(str(code), meaning) for code, meaning in EXIT_CODES]


@pytest.mark.slow
@pytest.mark.parametrize("line", OTHERS)
def test_a_command_prints_what_the_page_says(line: str) -> None:
    kept = {name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ}
    done = run(*AIOKUBE, *shlex.split(line)[1:], env={**kept, "HOME": "/nonexistent", "COLUMNS": "80"})
    assert done.stdout + done.stderr == OTHERS[line]
