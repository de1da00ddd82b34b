"""Timing, memory, and measured processes."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path


def alternate(rounds: int, **candidates: Callable[[], object]) -> Mapping[str, float]:
    """Return the seconds of each candidate in its best round: other load can only make a round slower.

    They take turns, so that what changes with time affects all of them alike.
    """
    times: dict[str, list[float]] = {name: [] for name in candidates}
    for _ in range(rounds):
        for name, candidate in candidates.items():
            started = time.perf_counter()
            candidate()
            times[name].append(time.perf_counter() - started)
    return {name: min(found) for name, found in times.items()}


RESIDENT = """
def resident():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS:")) / 1024
"""
"""Source code for a measured process: a function that returns its resident memory in MB."""


def memory(name: str) -> int:
    """Return the memory of this process in KiB: `VmRSS` for what is resident, `VmHWM` for the highest of it."""
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:"))


def python(code: str, *arguments: str) -> str:
    """Run code in a new Python process, with bytecode caching, and return its output."""
    return _run("-c", code, *arguments)


def module(name: str, *arguments: str) -> str:
    """Run a module in a new Python process, with bytecode caching, and return its output."""
    return _run("-m", name, *arguments)


def _run(*arguments: str) -> str:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    command = [sys.executable, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    if done.returncode:
        raise RuntimeError(f"a measured process exited with code {done.returncode}: {done.stderr[-2000:]}")
    return done.stdout
