"""Owns the processes of one cluster, so that none of them outlives the cluster's creator.

Run as a program with a pipe as its stdin. Its creator holds the other end, and the kernel closes that when the creator
ends, in whatever way. Then every process started here, and every process those have started, is killed and the
cluster's directory removed. Each line on stdin is a request and each line on stdout its answer, as JSON:

    {"do": "start", "name": "etcd", "argv": [...]}   start a process, its output appended to logs/<name>.log
    {"do": "stop", "name": "etcd", "grace": 5.0}     SIGTERM, and SIGKILL after so many seconds
    {"do": "exited"}                                 the exit codes, by name, of those that ended by themselves

The first line on stdout, {"directory": ...}, comes unasked. Imports the standard library only.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36
LINUX = sys.platform == "linux"
LIBC = ctypes.CDLL(None, use_errno=True)


class Processes:
    """The processes of one cluster, by name."""

    def __init__(self, directory: Path) -> None:
        self.directory: Path = directory
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        (directory / "logs").mkdir()

    def start(self, name: str, argv: list[str]) -> dict[str, Any]:
        """Start a process."""
        env = {"PATH": os.environ.get("PATH", os.defpath), "HOME": str(self.directory)}
        with (self.directory / "logs" / f"{name}.log").open("ab") as log:
            self.running[name] = subprocess.Popen(
                argv,
                cwd=self.directory,
                env=env,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                preexec_fn=die_with_parent if LINUX else None,  # safe: this program has one thread
            )
        return {"pid": self.running[name].pid}

    def stop(self, name: str, grace: float) -> dict[str, Any]:
        """End a process."""
        process = self.running.pop(name)
        process.terminate()
        try:
            process.wait(grace)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        return {"returncode": process.returncode}

    def exited(self) -> dict[str, Any]:
        """Return the exit codes of those that ended by themselves."""
        return {name: code for name, process in self.running.items() if (code := process.poll()) is not None}

    def kill_all(self) -> None:
        """Kill every descendant: those whose parent dies become children of this process."""
        for process in self.running.values():
            process.kill()
        for process in self.running.values():
            process.wait()
        while pids := children():
            for pid in pids:
                with contextlib.suppress(ProcessLookupError, ChildProcessError):
                    os.kill(pid, signal.SIGKILL)
                    os.waitpid(pid, 0)


def children() -> list[int]:
    """Return the children of this process, orphans it has inherited among them; none where there is no /proc."""
    listing = Path(f"/proc/self/task/{os.getpid()}/children")
    return [int(pid) for pid in listing.read_text().split()] if listing.exists() else []


def die_with_parent() -> None:
    """Let the kernel kill this process when its parent ends."""
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def answer(message: dict[str, Any]) -> None:
    """Write a line to stdout."""
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


def main() -> None:
    """Answer requests until stdin ends, and then kill everything."""
    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT):
        # Ignored in the background of a shell, they would be so in every program and container, too.
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    if LINUX:
        LIBC.prctl(PR_SET_CHILD_SUBREAPER, 1)
    directory = Path(tempfile.mkdtemp(prefix="aiokube-cluster-"))
    processes = Processes(directory)
    try:
        with contextlib.suppress(BrokenPipeError):
            answer({"directory": str(directory)})
            for line in sys.stdin:
                request = json.loads(line)
                try:
                    answer(getattr(processes, request.pop("do"))(**request))
                except OSError as error:
                    answer({"error": str(error)})
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        processes.kill_all()
        shutil.rmtree(directory, ignore_errors=True)


if __name__ == "__main__":
    main()
