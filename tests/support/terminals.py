"""Terminals for programs that behave otherwise in one, and environments of people who have no cluster."""

from __future__ import annotations

import os
import pty
from collections.abc import Iterator
from contextlib import contextmanager, suppress


def without_cluster(**variables: str) -> dict[str, str]:
    """The environment of this process, but without a kubeconfig or a pod around it."""
    kept = {name: value for name, value in os.environ.items() if name not in ("KUBECONFIG", "KUBERNETES_SERVICE_HOST")}
    return {**kept, "HOME": "/nonexistent", **variables}


class Terminal:
    """A terminal.

    Args:
        ours: Our side of it.
        fd: The program's side.
    """

    def __init__(self, ours: int, fd: int) -> None:
        self._ours = ours
        self.fd = fd

    def read(self) -> str:
        """Read what is printed until the program, which has started, closes its side."""
        os.close(self.fd)
        output = b""
        with suppress(OSError):  # of a terminal whose other side is closed
            while data := os.read(self._ours, 1 << 16):
                output += data
        return output.decode()


@contextmanager
def pseudo_terminal() -> Iterator[Terminal]:
    """A terminal, whose `read` is called once."""
    ours, its = pty.openpty()
    try:
        yield Terminal(ours, its)
    finally:
        os.close(ours)
