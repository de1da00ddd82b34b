"""The page of the command line: what each command prints that it names."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from tests.codegen.command import AIOKUBE
from tests.docs.console import Command, as_block, commands_of
from tests.docs.pages import DOCS, Block, blocks_of
from tests.support.children import run
from tests.support.terminals import without_cluster

PAGE = DOCS / "cli.md"


def commands() -> Iterator[Command]:
    """The commands of the page, with the outputs that it has."""
    for block in blocks_of(PAGE):
        if block.language == "console":
            yield from commands_of(block)


def output(line: str) -> str:
    """The output of a command where there is no kubeconfig, in 80 columns."""
    done = run(*AIOKUBE, *shlex.split(line)[1:], env=without_cluster(COLUMNS="80"))
    return done.stdout + done.stderr


def of_command_line() -> Iterator[tuple[Block, str]]:
    """The blocks of the page as they should be."""
    for block in blocks_of(PAGE):
        if block.language == "console":
            yield block, as_block(Command(one.text, output(one.text)) for one in commands_of(block))
