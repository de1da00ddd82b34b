"""Rich's console, for commands whose readers may go away."""

from __future__ import annotations

import rich.console


class Console(rich.console.Console):
    """A console that leaves a closed pipe to the command, which has an exit code for it."""

    def on_broken_pipe(self) -> None:
        """Raise the error, where Rich would exit with 1."""
        raise BrokenPipeError
