"""The stages of a command, as a terminal shows them."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TYPE_CHECKING

from ..naming.docstrings import printable

if TYPE_CHECKING:
    from rich.status import Status
    from rich.text import Text

    from ..console import Console


class Stage:
    """A stage that runs.

    Args:
        what: Its name.
        console: The terminal.
        status: Its line there; None if it has none.
    """

    def __init__(self, what: str, console: Console, status: Status | None) -> None:
        self._what = what
        self._console = console
        self._status = status

    def update(self, text: str) -> None:
        """Show how far it is, on a terminal."""
        if self._status is not None:
            self._status.update(_text(f"{self._what}: {text} ..."))

    def note(self, text: str) -> None:
        """Print a line that stays."""
        self._console.print(_text(text), soft_wrap=True)


class Stages:
    """Shows the stages of a command on stderr: while they run in a terminal, and afterwards with `--verbose`.

    Args:
        arguments: The command line, which may be quiet or verbose.
    """

    def __init__(self, arguments: argparse.Namespace) -> None:
        from ..console import Console

        self._is_verbose: bool = arguments.verbose
        self._is_quiet: bool = arguments.quiet
        self._console = Console(stderr=True, highlight=False, markup=False, quiet=self._is_quiet)

    @contextmanager
    def __call__(self, what: str) -> Iterator[Stage]:
        """Show a stage while the block runs."""
        shown: AbstractContextManager[Status | None] = nullcontext()
        # Not Rich's own opinion of that, which is what FORCE_COLOR says, in the logs of many a pipeline.
        if sys.stderr.isatty() and not self._is_quiet:
            shown = self._console.status(_text(f"{what} ..."))
        started = time.monotonic()
        with shown as status:
            yield Stage(what, self._console, status)
        if self._is_verbose:
            self._console.print(_text(f"{what}: {time.monotonic() - started:.1f} s"), soft_wrap=True)


def _text(text: str) -> Text:
    """A printable text: as a string, it would be read as markup."""
    from rich.text import Text

    return Text(printable(text))
