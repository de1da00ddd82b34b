"""The stages of a command, as a terminal shows them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from ..naming.docstrings import printable


@contextmanager
def stage(what: str) -> Iterator[None]:
    """Show a stage on a terminal while it runs, and print how long it took."""
    from rich.console import Console
    from rich.text import Text

    what = printable(what)
    console = Console(stderr=True, highlight=False, markup=False)
    started = time.monotonic()
    # A text, because a string would be read as markup.
    with console.status(Text(f"{what} ...")):
        yield
    console.print(f"{what}: {time.monotonic() - started:.1f} s", soft_wrap=True)
