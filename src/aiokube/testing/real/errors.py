"""Errors of a real cluster."""

from __future__ import annotations

from ...runtime.errors import AiokubeError
from ...runtime.public import public


@public("aiokube.testing")
class ClusterError(AiokubeError):
    """A `RealCluster` could not be built, started or used. The message says what failed, and shows its output."""


class PortTakenError(ClusterError):
    """A component lost the race for its port to another process; starting again picks other ports."""


def tail(text: str, *, lines: int = 30) -> str:
    """Return the last lines of a program's output, indented for an error message.

    Args:
        text: The whole output.
        lines: How many lines to keep.
    """
    kept = text.rstrip().splitlines()[-lines:]
    return "\n".join(f"  | {line}" for line in kept) or "  | (no output)"
