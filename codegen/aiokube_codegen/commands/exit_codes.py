"""Exit codes of the commands."""

from __future__ import annotations

from typing import Final

DIFFERENT: Final = 3
"""There is a difference that the caller asked about; 1 is an error, and 2 a wrong command line."""
