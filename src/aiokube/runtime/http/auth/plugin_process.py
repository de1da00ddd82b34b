"""Execution of a command without a shell, with limits of time and output."""

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

from ...codec.depth import shallow
from ...config.validation import EXEC_GROUP
from ...secret import REDACTED

MAX_OUTPUT = 1 << 20
"""Maximum size of stdout in bytes."""

_CHUNK = 1 << 16

# The end of stderr: bytes that are kept, and characters that are shown.
_KEPT = 4096
_SHOWN = 500

# Time to read the rest of the output after the command has exited; a daemon that it started may keep the pipes open.
_PIPE_GRACE_S = 1.0
# Time for a killed process to end; one in a blocking system call, or of another user, may take longer.
_KILL_GRACE_S = 5.0

_ESCAPE_SEQUENCE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|.)?")
_LONG_WORD = re.compile(rb"[\w.+/=~-]{16,}")
_PROTOCOL = f"{EXEC_GROUP}/".encode()
# Shorter strings of stdout are not considered secret, because they occur in other words.
_MIN_SECRET_LENGTH = 6


def find(command: str) -> str | None:
    """Return the executable file of a command: an absolute path, or the first match in PATH; None if there is none.

    As in client-go, this uses the PATH of this process, because a PATH in the kubeconfig could redirect an allowed
    name to another file. Relative entries of PATH, and with them the current directory, are ignored.
    """
    if os.path.isabs(command):
        return shutil.which(os.path.normpath(command))
    directories = [os.path.normpath(directory) for directory in os.get_exec_path() if os.path.isabs(directory)]
    found = shutil.which(command, path=os.pathsep.join(directories))
    return found if found is not None and os.path.isabs(found) else None


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of a command."""

    failure: str
    """The failure, as the predicate of a sentence; empty if the command succeeded."""
    stdout: bytes = field(repr=False)
    stderr: bytes = field(repr=False)
    """The end of stderr."""

    @property
    def _secrets(self) -> bytes:
        """Stdout without the name of the protocol."""
        return self.stdout.replace(_PROTOCOL, b"")

    @property
    def complaint(self) -> str:
        """The end of stderr as a single line that is safe to show.

        Control characters are removed. Because stdout is secret, so are all strings and long words that occur in it.
        """
        text = self.stderr
        for secret in _texts(self.stdout):
            text = text.replace(secret, REDACTED.encode())
        # This covers truncated secrets, and output that is not JSON.
        text = _LONG_WORD.sub(lambda word: REDACTED.encode() if word[0] in self._secrets else word[0], text)
        plain = _ESCAPE_SEQUENCE.sub("", text.decode("utf-8", "replace"))
        line = " ".join("".join(character if character.isprintable() else " " for character in plain).split())
        return line if len(line) <= _SHOWN else "..." + line[-_SHOWN:]


def _texts(data: bytes) -> list[bytes]:
    """Return the strings in a JSON document, plain and escaped, the longest first; none if it is not JSON."""
    texts: set[bytes] = set()

    def collect(value: object) -> None:
        if isinstance(value, str) and len(value) >= _MIN_SECRET_LENGTH:
            texts.update((value.encode("utf-8", "replace"), json.dumps(value)[1:-1].encode()))
        elif isinstance(value, dict):
            for name, part in value.items():
                # These are not secret, and they help to understand an error.
                if name not in ("apiVersion", "kind"):
                    collect(part)
        elif isinstance(value, list):
            for part in value:
                collect(part)

    try:
        collect(json.loads(shallow(data)))
    except (ValueError, RecursionError):
        return []
    return sorted(texts, key=len, reverse=True)


async def run(
    command: Sequence[str], *, environ: Mapping[str, str], terminal: int | None = None, time_limit: float
) -> Outcome:
    """Run a command.

    Without a terminal, the command runs in a new session, so that its children can be killed as well. With a terminal,
    it stays in the session of the terminal, and stderr is that of this process, so that it can prompt the user.

    If the timeout expires, the output is too large or this call is cancelled, the command is killed and awaited.

    Args:
        command: Path of the executable file, and the arguments.
        environ: The complete environment.
        terminal: File descriptor of the terminal for stdin; None for no input.
        time_limit: Timeout in seconds.

    Raises:
        OSError: The command could not be started.
        ValueError: An argument or variable cannot be passed to the system.
    """
    process = _Process(command, environ, terminal)
    try:
        return await process.outcome(time_limit)
    finally:
        await process.end()


class _Process:
    """A running command, with threads that wait for its output and its exit.

    The subprocesses of asyncio require a certain event loop on Windows, and one that is being started when the loop
    shuts down blocks the shutdown forever. Threads wait for the command independently of the loop.
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
        """Run a function in a daemon thread; the future completes when it returns."""
        done: asyncio.Future[None] = self._loop.create_future()

        def run_and_notify() -> None:
            work()
            # RuntimeError: the loop is closed, so nobody waits for the future.
            with contextlib.suppress(RuntimeError):
                self._loop.call_soon_threadsafe(_complete, done)

        threading.Thread(target=run_and_notify, name="aiokube-exec-plugin", daemon=True).start()
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
        """Wait until the command exits, exceeds a limit or times out; in the latter cases, kill it."""
        deadline = self._loop.time() + time_limit
        stdout = self._outputs[0]
        await asyncio.wait({self._exited, stdout}, timeout=time_limit, return_when=asyncio.FIRST_COMPLETED)
        if self._size <= MAX_OUTPUT and not self._exited.done():
            await asyncio.wait({self._exited}, timeout=deadline - self._loop.time())
        overdue = not self._exited.done()
        await self.end()
        await asyncio.wait(self._outputs, timeout=_PIPE_GRACE_S)
        code = self._popen.returncode
        if self._size > MAX_OUTPUT:
            failure = f"wrote more than {MAX_OUTPUT >> 20} MiB to stdout and was stopped"
        elif overdue or code is None:
            failure = f"did not end within {time_limit:g} seconds and was killed"
        elif code < 0:
            failure = f"was terminated by signal {-code}"
        else:
            failure = f"failed with exit code {code}" if code else ""
        return Outcome(failure, b"".join(self._stdout), self._stderr)

    async def end(self) -> None:
        """Kill the command if it is still running, and wait for its exit."""
        if self._popen.returncode is None:
            self._kill()
            await asyncio.wait({self._exited}, timeout=_KILL_GRACE_S)

    def _kill(self) -> None:
        # It may have exited, or changed its user.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            if self._group and sys.platform != "win32":
                os.killpg(self._popen.pid, signal.SIGKILL)
            else:
                self._popen.kill()


def _complete(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)
