"""Exit codes of the commands."""

from __future__ import annotations

import signal
from typing import Final

DIFFERENT: Final = 3
"""There is a difference that the caller asked about; 1 is an error, and 2 a wrong command line."""

EXIT_CODES: Final = (
    (0, "the command did what it was asked"),
    (1, "an error, which stderr names; `explain` and `find` found nothing"),
    (2, "a wrong command line"),
    (DIFFERENT, "a difference that was asked about: `diff --fail-on`, `generate --check`"),
    (128 + signal.SIGINT, "interrupted by Ctrl-C; a package that was there before is whole"),
    (128 + signal.SIGPIPE, "the reader of the output went away"),
    (128 + signal.SIGTERM, "ended by SIGTERM; likewise"),
)
"""All of them, with their meanings."""
