"""The parsers of the commands: what all of them have in common."""

from __future__ import annotations

import argparse
import textwrap
from collections.abc import Callable, Iterable
from difflib import get_close_matches
from typing import Any, TypeAlias

Commands: TypeAlias = "argparse._SubParsersAction[Any]"

INTERRUPTED = "interrupted"
"""Printed when a signal ends a command, which may name what it left undone."""


class HelpFormatter(argparse.HelpFormatter):
    """Fills paragraphs of texts, and leaves lists below a heading as they are."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, max_help_position=28)

    # argparse has no public way to do this; its own formatters override these methods.

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        return "\n\n".join(
            part if ":\n" in part else textwrap.fill(part, width, initial_indent=indent, subsequent_indent=indent)
            for part in text.split("\n\n")
        )

    def _format_action(self, action: argparse.Action) -> str:
        if isinstance(action, argparse._SubParsersAction):
            # They stand below a title, and need no `COMMAND` above them.
            return "".join(super(HelpFormatter, self)._format_action(one) for one in action._get_subactions())
        return super()._format_action(action)


class Parser(argparse.ArgumentParser):
    """Answers a word that is no choice with the one that may have been meant."""

    # As in HelpFormatter: Python 3.14 is the first with a way to do this.

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        try:
            super()._check_value(action, value)
        except argparse.ArgumentError as error:
            if meant := get_close_matches(str(value), map(str, action.choices or ()), n=1):
                error.message += f"; did you mean {meant[0]!r}?"
            raise


def add_command(
    commands: Commands,
    name: str,
    *,
    run: Callable[[argparse.Namespace], int],
    help: str,
    description: str,
    examples: Iterable[tuple[str, str]],
    exit_codes: str = "",
    interrupted: str = INTERRUPTED,
) -> argparse.ArgumentParser:
    """Declare a command, and return its parser for its own arguments.

    Args:
        commands: The commands of `aiokube`.
        name: Its name.
        run: Runs it, and returns its exit code.
        help: Its line in the list of commands.
        description: What it does, in paragraphs.
        examples: Command lines, and what each does.
        exit_codes: A sentence about exit codes of its own.
        interrupted: Printed when a signal ends it.
    """
    parser: argparse.ArgumentParser = commands.add_parser(
        name,
        help=help,
        description=description,
        epilog="\n\n".join(filter(None, [exit_codes, _examples(examples)])),
        formatter_class=HelpFormatter,
    )
    parser.set_defaults(run=run, interrupted=interrupted)
    loudness = parser.add_mutually_exclusive_group()
    loudness.add_argument("-q", "--quiet", action="store_true", help="print the answer and errors only: no progress")
    loudness.add_argument(
        "-v", "--verbose", action="store_true", help="print all there is to say, and how long it took"
    )
    return parser


def _examples(examples: Iterable[tuple[str, str]]) -> str:
    return "\n".join(["examples:", *(f"  {line}\n      {text}" for line, text in examples)])
