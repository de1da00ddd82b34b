"""The stages of a command, as a terminal shows them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ..naming.docstrings import printable

if TYPE_CHECKING:
    from rich.console import Console
    from rich.status import Status
    from rich.text import Text


class Stage:
    """A stage that runs.

    Args:
        what: Its name.
        console: The terminal.
        status: Its line there.
    """

    def __init__(self, what: str, console: Console, status: Status) -> None:
        self._what = what
        self._console = console
        self._status = status

    def update(self, text: str) -> None:
        """Show how far it is, on a terminal."""
        self._status.update(_text(f"{self._what}: {text} ..."))

    def note(self, text: str) -> None:
        """Print a line of its own."""
        self._console.print(_text(text), soft_wrap=True)


@contextmanager
def stage(what: str) -> Iterator[Stage]:
    """Show a stage on a terminal while it runs, and print how long it took."""
    from rich.console import Console

    console = Console(stderr=True, highlight=False, markup=False)
    started = time.monotonic()
    with console.status(_text(f"{what} ...")) as status:
        yield Stage(what, console, status)
    console.print(_text(f"{what}: {time.monotonic() - started:.1f} s"), soft_wrap=True)


def _text(text: str) -> Text:
    """A printable text: as a string, it would be read as markup."""
    from rich.text import Text

    return Text(printable(text))
