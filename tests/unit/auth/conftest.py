"""Fixtures of the tests of credentials."""

from __future__ import annotations

import os
import pty
from collections.abc import Iterator

import pytest


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """Make a terminal the standard input; yields the file descriptor of its keyboard."""
    keyboard, line = pty.openpty()
    with open(line) as stdin:
        monkeypatch.setattr("sys.stdin", stdin)
        yield keyboard
    os.close(keyboard)
