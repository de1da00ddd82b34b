"""The page of the command line says what the command itself says."""

from __future__ import annotations

import re
import shlex

import pytest

from aiokube_codegen.cli import COMMANDS, main
from aiokube_codegen.commands.exit_codes import EXIT_CODES
from tests.docs.command_line import PAGE, commands, output

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
    assert output(line) == OTHERS[line], "`make outputs` accepts what is new"
