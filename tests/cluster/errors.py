"""Errors of the test cluster."""

from __future__ import annotations


class ClusterError(RuntimeError):
    """The test cluster could not be built, started or used; the message says what failed and shows its output."""


class PortTakenError(ClusterError):
    """A component lost the race for its port to another process; starting again picks other ports."""


def tail(text: str, *, lines: int = 30) -> str:
    """The last lines of a program's output, indented for an error message.

    Args:
        text: The whole output.
        lines: How many lines to keep.
    """
    kept = text.rstrip().splitlines()[-lines:]
    return "\n".join(f"  | {line}" for line in kept) or "  | (no output)"
