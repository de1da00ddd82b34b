"""Real credential plugins: shell scripts that answer what a test wants, and write down what they got."""

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
    """An executable in a directory of its own."""

    path: Path

    @property
    def directory(self) -> Path:
        return self.path.parent

    @property
    def pids(self) -> list[int]:
        """The process of each run so far."""
        runs = self.directory / "runs"
        return [int(line) for line in runs.read_text().split()] if runs.exists() else []

    @property
    def runs(self) -> int:
        return len(self.pids)

    @property
    def info(self) -> bytes:
        """KUBERNETES_EXEC_INFO of the last run."""
        return (self.directory / "info").read_bytes()

    def answer(self, text: str | bytes) -> None:
        """What it prints from now on."""
        (self.directory / "answer").write_bytes(text.encode() if isinstance(text, str) else text)

    def answer_status(self, *, api_version: str = V1, **status: object) -> None:
        self.answer(credential(api_version=api_version, **status))

    def config(self, **fields: Any) -> ExecConfig:
        """The `exec` of a user, non-interactive unless said otherwise."""
        return ExecConfig(
            **{"command": str(self.path), "api_version": V1, "interactive_mode": "Never", **fields},
        )

    async def started(self, runs: int = 1) -> int:
        """Wait for a run; gives its process ID."""
        await until(lambda: self.runs >= runs)
        return self.pids[runs - 1]


def credential(*, api_version: str = V1, **status: object) -> str:
    return json.dumps({"kind": "ExecCredential", "apiVersion": api_version, "status": status})


def plugin(directory: Path, *, name: str = "plugin", body: str = "", bearer: str = "t0k3n") -> Plugin:
    """Write a plugin that runs a few shell lines and then answers with a token."""
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
    """A real terminal as standard input."""
    keyboard, line = pty.openpty()
    ours = sys.stdin
    try:
        with open(line) as sys.stdin:
            yield
    finally:
        sys.stdin = ours
        os.close(keyboard)


async def until(condition: Callable[[], object], *, seconds: float = 30) -> None:
    """Wait for something that happens outside this process."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        await asyncio.sleep(0.005)


async def number_in(file: Path) -> int:
    """The number that a process writes into a file, once it has."""

    def text() -> str:
        return file.read_text() if file.exists() else ""

    await until(lambda: text().endswith("\n"))
    return int(text())


def is_alive(pid: int) -> bool:
    """Whether a process exists, as a zombie too."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def is_running(pid: int) -> bool:
    """Whether a process exists and is no zombie: one whose parent is gone waits for init to take note of it."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
