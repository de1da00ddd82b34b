"""Real credential plugins: shell scripts whose output a test determines, and which record their input."""

from __future__ import annotations

import asyncio
import json
import os
import pty
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiokube.runtime.config.config import Config
from aiokube.runtime.config.identity import ExecConfig

from .kubeconfigs.cases import V1

SERVER = "https://127.0.0.1:6443"

_SCRIPT = """#!/bin/sh
cd '{directory}'
echo $$ >> runs
printf %s "$KUBERNETES_EXEC_INFO" > info
{body}
exec cat answer
"""


@dataclass(frozen=True)
class Plugin:
    """A plugin and its directory."""

    path: Path

    @property
    def directory(self) -> Path:
        return self.path.parent

    @property
    def pids(self) -> list[int]:
        """The process IDs of the runs so far."""
        runs = self.directory / "runs"
        return [int(line) for line in runs.read_text().split()] if runs.exists() else []

    @property
    def runs(self) -> int:
        return len(self.pids)

    @property
    def info(self) -> bytes:
        """The KUBERNETES_EXEC_INFO of the last run."""
        return (self.directory / "info").read_bytes()

    def answer(self, text: str | bytes) -> None:
        """Set the output of the next runs."""
        (self.directory / "answer").write_bytes(text.encode() if isinstance(text, str) else text)

    def answer_status(self, *, api_version: str = V1, **status: object) -> None:
        self.answer(credential(api_version=api_version, **status))

    def config(self, **fields: Any) -> ExecConfig:
        """Return the config of the plugin, which is not interactive by default."""
        return ExecConfig(
            **{"command": str(self.path), "api_version": V1, "interactive_mode": "Never", **fields},
        )

    async def started(self, runs: int = 1) -> int:
        """Wait for a run, and return its process ID."""
        await until(lambda: self.runs >= runs)
        return self.pids[runs - 1]


def credential(*, api_version: str = V1, **status: object) -> str:
    return json.dumps({"kind": "ExecCredential", "apiVersion": api_version, "status": status})


def plugin(directory: Path, *, name: str = "plugin", body: str = "", bearer: str = "t0k3n") -> Plugin:
    """Write a plugin that runs some lines of shell script and then prints a token."""
    directory.mkdir(parents=True, exist_ok=True)
    made = Plugin(directory / name)
    made.path.write_text(_SCRIPT.format(directory=directory, body=body))
    made.path.chmod(0o700)
    made.answer_status(token=bearer)
    return made


def cluster(**fields: Any) -> Config:
    return Config(**{"server": SERVER, **fields})


@contextmanager
def terminal() -> Iterator[None]:
    """Make a terminal the standard input."""
    keyboard, line = pty.openpty()
    ours = sys.stdin
    try:
        with open(line) as sys.stdin:
            yield
    finally:
        sys.stdin = ours
        os.close(keyboard)


async def until(condition: Callable[[], object], *, seconds: float = 30) -> None:
    """Wait until a condition is true that depends on another process."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        await asyncio.sleep(0.005)


async def number_in(file: Path) -> int:
    """Wait until a process has written a number to a file, and return it."""

    def text() -> str:
        return file.read_text() if file.exists() else ""

    await until(lambda: text().endswith("\n"))
    return int(text())


def is_alive(pid: int) -> bool:
    """Return whether a process exists, possibly as a zombie."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def is_running(pid: int) -> bool:
    """Return whether a process exists and is not a zombie, such as an orphan that init has not reaped yet."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
