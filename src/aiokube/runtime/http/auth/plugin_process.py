"""Runs a command to its end without a shell: bounded in time and output, and killed when nobody wants it any more."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import shutil
import signal
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from subprocess import DEVNULL, PIPE, Popen
from typing import IO

from ...config.validation import EXEC_GROUP, REDACTED

MAX_OUTPUT = 1 << 20
"""Bytes of stdout that a command may write."""

_CHUNK = 1 << 16

# Bytes of stderr that are kept, from its end, and characters of them that are shown.
_KEPT = 4096
_SHOWN = 500

# Seconds that the pipes get once the command has ended: what it wrote is in them, but a daemon that it left behind may
# hold them open for ever.
_PIPE_GRACE = 1.0
# Seconds for the kernel to end a killed process; one that hangs in a system call, or is another user's, takes longer.
_KILL_GRACE = 5.0

_ESCAPE_SEQUENCE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|.)?")
_LONG_WORD = re.compile(rb"[\w.+/=~-]{16,}")
_PROTOCOL = f"{EXEC_GROUP}/".encode()
# Characters; a shorter text of stdout is no secret worth the name, and is in every other word.
_SHORTEST_SECRET = 6


def find(command: str) -> str | None:
    """The executable file that a command stands for: itself if absolute, else the first in PATH; None without one.

    The PATH is that of this process. The variables of a kubeconfig are for the plugin itself, as with client-go: else
    they could make an allowed name mean any other file. Nor does a name ever mean a file of the current directory.
    """
    if os.path.isabs(command):
        return shutil.which(os.path.normpath(command))
    directories = [os.path.normpath(directory) for directory in os.get_exec_path() if os.path.isabs(directory)]
    found = shutil.which(command, path=os.pathsep.join(directories))
    return found if found is not None and os.path.isabs(found) else None


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a command ended."""

    failure: str
    """What went wrong, to follow the command in a sentence; empty when it succeeded."""
    stdout: bytes = field(repr=False)
    stderr: bytes = field(repr=False)
    """The end of it."""

    @property
    def _secrets(self) -> bytes:
        """What stdout holds besides the name of the protocol."""
        return self.stdout.replace(_PROTOCOL, b"")

    @property
    def complaint(self) -> str:
        """The end of stderr as one line that is safe to show: without control characters, and without any text of the
        JSON on stdout, or any long word of it, because stdout is secret.
        """
        text = self.stderr
        for secret in _texts(self.stdout):
            text = text.replace(secret, REDACTED.encode())
        # Of a secret that is cut off, or of an answer that is no JSON.
        text = _LONG_WORD.sub(lambda word: REDACTED.encode() if word[0] in self._secrets else word[0], text)
        plain = _ESCAPE_SEQUENCE.sub("", text.decode("utf-8", "replace"))
        line = " ".join("".join(character if character.isprintable() else " " for character in plain).split())
        return line if len(line) <= _SHOWN else "..." + line[-_SHOWN:]


def _texts(data: bytes) -> list[bytes]:
    """The texts in a JSON document, bare and as JSON writes them, the longest first; none where it is no JSON."""
    found: set[bytes] = set()

    def take(value: object) -> None:
        if isinstance(value, str) and len(value) >= _SHORTEST_SECRET:
            found.update((value.encode("utf-8", "replace"), json.dumps(value)[1:-1].encode()))
        elif isinstance(value, dict):
            for name, part in value.items():
                # What an answer is, is no secret, and worth knowing where it is refused.
                if name not in ("apiVersion", "kind"):
                    take(part)
        elif isinstance(value, list):
            for part in value:
                take(part)

    try:
        take(json.loads(data))
    except (ValueError, RecursionError):
        return []
    return sorted(found, key=len, reverse=True)


async def run(
    command: Sequence[str], *, environ: Mapping[str, str], terminal: int | None = None, time_limit: float
) -> Outcome:
    """Run a command.

    Without a terminal it gets a session of its own, so that its children are killed with it. With one it stays where
    the terminal listens to it; stderr is then the user's, because that is where a plugin asks its questions.

    When the time is over, the output too long or this call cancelled, the command is killed and awaited.

    Args:
        command: the executable file, and the arguments.
        environ: all of its environment variables.
        terminal: the file descriptor of the terminal to read from; without it there is nothing to read.
        time_limit: seconds.

    Raises:
        OSError: it could not be started.
        ValueError: an argument or a variable holds a NUL character or what else no system call takes.
    """
    process = _Process(command, environ, terminal)
    try:
        return await process.outcome(time_limit)
    finally:
        await process.end()


class _Process:
    """A command that runs, with threads that wait for what it does.

    Threads rather than asyncio's subprocesses: those need a certain loop on Windows, and when the loop is ended while
    one starts, they keep it from ending for ever. These see the command to its end whatever becomes of the loop.
    """

    def __init__(self, command: Sequence[str], environ: Mapping[str, str], terminal: int | None) -> None:
        self._loop = asyncio.get_running_loop()
        self._stdout: list[bytes] = []
        self._stderr = b""
        self._size = 0
        self._group = terminal is None
        self._popen = Popen(
            command,
            stdin=DEVNULL if terminal is None else terminal,
            stdout=PIPE,
            stderr=PIPE if terminal is None else None,
            env=environ,
            bufsize=0,
            start_new_session=self._group,
        )
        self._exited = self._in_thread(self._popen.wait)
        self._outputs = [
            self._in_thread(partial(read, pipe))
            for read, pipe in ((self._read_stdout, self._popen.stdout), (self._read_stderr, self._popen.stderr))
            if pipe is not None
        ]

    def _in_thread(self, work: Callable[[], object]) -> asyncio.Future[None]:
        """Work in a thread that keeps nobody from exiting; the future is done when the work is."""
        done: asyncio.Future[None] = self._loop.create_future()

        def work_and_tell() -> None:
            work()
            # When the loop is closed, nobody waits any more.
            with contextlib.suppress(RuntimeError):
                self._loop.call_soon_threadsafe(_set, done)

        threading.Thread(target=work_and_tell, name="aiokube-exec-plugin", daemon=True).start()
        return done

    def _read_stdout(self, pipe: IO[bytes]) -> None:
        with pipe:
            while self._size <= MAX_OUTPUT and (data := pipe.read(_CHUNK)):
                self._stdout.append(data)
                self._size += len(data)

    def _read_stderr(self, pipe: IO[bytes]) -> None:
        with pipe:
            while data := pipe.read(_CHUNK):
                self._stderr = (self._stderr + data)[-_KEPT:]

    async def outcome(self, time_limit: float) -> Outcome:
        """Wait for the end, or for the reason to make one."""
        deadline = self._loop.time() + time_limit
        stdout = self._outputs[0]
        await asyncio.wait({self._exited, stdout}, timeout=time_limit, return_when=asyncio.FIRST_COMPLETED)
        if self._size <= MAX_OUTPUT and not self._exited.done():
            await asyncio.wait({self._exited}, timeout=deadline - self._loop.time())
        overdue = not self._exited.done()
        await self.end()
        await asyncio.wait(self._outputs, timeout=_PIPE_GRACE)
        code = self._popen.returncode
        if self._size > MAX_OUTPUT:
            failure = f"wrote more than {MAX_OUTPUT >> 20} MiB to stdout and was stopped"
        elif overdue or code is None:
            failure = f"did not end within {time_limit:g} seconds and was killed"
        elif code < 0:
            failure = f"was ended by signal {-code}"
        else:
            failure = f"failed with exit code {code}" if code else ""
        return Outcome(failure, b"".join(self._stdout), self._stderr)

    async def end(self) -> None:
        """Kill it if it still runs, and wait until it is gone."""
        if self._popen.returncode is None:
            self._kill()
            await asyncio.wait({self._exited}, timeout=_KILL_GRACE)

    def _kill(self) -> None:
        # It may have ended in this moment, or have become another user's.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            if self._group and sys.platform != "win32":
                os.killpg(self._popen.pid, signal.SIGKILL)
            else:
                self._popen.kill()


def _set(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)
