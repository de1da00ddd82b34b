"""The processes of one cluster, started and stopped by its supervisor (`supervise.py`)."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from .errors import ClusterError, tail

STOP_TIMEOUT = 20.0
"""Seconds that the supervisor gets to kill everything."""


class Supervisor:
    """A running supervisor. Its processes end with `close()`, or with this process, even when that is killed."""

    def __init__(self) -> None:
        program = Path(__file__).with_name("supervise.py")
        # A session of its own: Ctrl-C or a signal to the creator's process group must not reach it.
        self._process = subprocess.Popen(
            [sys.executable, "-I", str(program)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self.directory: Path = Path(self._read()["directory"])
        """Everything of the cluster that is on disk; removed when the supervisor ends."""

    @property
    def pid(self) -> int:
        """The supervisor's process id."""
        return self._process.pid

    def start(self, name: str, argv: list[str]) -> int:
        """Start a process; its output goes to its log.

        Args:
            name: Its name in later calls.
            argv: The program and its arguments.

        Returns:
            The process id.

        Raises:
            ClusterError: The program cannot be run.
        """
        return int(self._ask(do="start", name=name, argv=argv)["pid"])

    def stop(self, name: str, *, grace: float = 10.0) -> None:
        """End a process: SIGTERM, and SIGKILL when it still runs after `grace` seconds."""
        self._ask(do="stop", name=name, grace=grace)

    def exited(self) -> dict[str, int]:
        """Return the exit code of each process that ended without being stopped, by name."""
        return self._ask(do="exited")

    def log(self, name: str) -> str:
        """Return all output of a process so far."""
        path = self.directory / "logs" / f"{name}.log"
        return path.read_text(errors="replace") if path.exists() else ""

    def log_tail(self, name: str) -> str:
        """Return the end of a process's output, indented for an error message."""
        return tail(self.log(name))

    def close(self) -> None:
        """Kill every process, remove the directory and end the supervisor. The second time, nothing happens."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with contextlib.suppress(BrokenPipeError):  # it has ended before, with a request unread
            self._process.stdin.close()
        self._process.wait(STOP_TIMEOUT)
        self._process.stdout.close()

    def _ask(self, **request: Any) -> dict[str, Any]:
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps(request) + "\n")
            self._process.stdin.flush()
        except (BrokenPipeError, ValueError) as error:
            raise ClusterError("the cluster has been stopped") from error
        answer = self._read()
        if "error" in answer:
            raise ClusterError(f"{request['do']} {request.get('name', '')}: {answer['error']}")
        return answer

    def _read(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise ClusterError(f"the cluster's supervisor has ended with exit code {self._process.wait()}")
        answer: dict[str, Any] = json.loads(line)
        return answer
