"""Child processes of tests. Each starts with default signals, and none outlives the block that started it.

A run in the background of a shell has SIGINT ignored, and children inherit that: Ctrl-C would never reach them. Setting
the signals in `preexec_fn` is not safe in a process with threads, so a script does it (`launch.py`).
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from subprocess import DEVNULL, PIPE
from typing import IO, Any

LAUNCH = Path(__file__).with_name("launch.py")
REAP_TIMEOUT = 10  # seconds

Child = subprocess.Popen[str]


def run(
    *command: str | Path,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    stdin: str = "",
    timeout: float = 60,
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end.

    Args:
        command: The program and its arguments.
        cwd: The working directory; by default, the current one.
        env: The environment; by default, that of this process.
        stdin: What it reads.
        timeout: Seconds after which it is killed.

    Raises:
        subprocess.TimeoutExpired: It ran for longer.
    """
    with child(*command, cwd=cwd, env=env, stdin=PIPE, stdout=PIPE, stderr=PIPE) as process:
        stdout, stderr = process.communicate(stdin, timeout=timeout)
    return subprocess.CompletedProcess(command, process.returncode, stdout, stderr)


def output_of(*command: str | Path, **options: Any) -> str:
    """Run a command that must succeed, and return its stdout. The options are those of `run`."""
    done = run(*command, **options)
    assert done.returncode == 0, f"{command} ended with {done.returncode}:\n{done.stdout}{done.stderr}"
    return done.stdout


@contextmanager
def child(
    *command: str | Path,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    stdin: int | IO[bytes] = DEVNULL,
    stdout: int | IO[bytes] | None = None,
    stderr: int | IO[bytes] | None = None,
    terminal: bool = False,
) -> Iterator[Child]:
    """A process in a session of its own, which is killed when the block is left and it still runs.

    Args:
        command: The program and its arguments.
        cwd: The working directory; by default, the current one.
        env: The environment; by default, that of this process.
        stdin: A file, a descriptor or PIPE.
        stdout: A file, a descriptor or PIPE; by default, that of this process.
        stderr: Likewise.
        terminal: Whether `stdin` is a terminal that it shall have as its own.
    """
    launched = _launched(command, terminal=terminal)
    with subprocess.Popen(
        launched, cwd=cwd, env=env, stdin=stdin, stdout=stdout, stderr=stderr, text=True, start_new_session=True
    ) as process:
        try:
            yield process
        finally:
            _kill_group(process.pid)


@asynccontextmanager
async def async_child(
    *command: str | Path,
    env: Mapping[str, str] | None = None,
    stdin: int | IO[bytes] = DEVNULL,
    stdout: int | IO[bytes] | None = None,
    stderr: int | IO[bytes] | None = None,
    terminal: bool = False,
) -> AsyncIterator[asyncio.subprocess.Process]:
    """`child` for the event loop: pipes are asyncio's streams of bytes."""
    process = await asyncio.create_subprocess_exec(
        *_launched(command, terminal=terminal),
        env=env,
        stdin=stdin,
        stdout=stdout,
        stderr=stderr,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        _kill_group(process.pid)
        async with asyncio.timeout(REAP_TIMEOUT):
            # Reads what is left in the pipes, too: the transport closes when they have ended.
            await process.communicate()


def _launched(command: tuple[str | Path, ...], *, terminal: bool) -> list[str]:
    options = ["--terminal"] if terminal else []
    return [sys.executable, "-I", "-S", str(LAUNCH), *options, *map(str, command)]


def _kill_group(pid: int) -> None:
    """Kill a process and the children in its session; nothing happens when all of them have ended."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)
