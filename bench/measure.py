"""Timing, and a table of what came out."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True, kw_only=True)
class Row:
    """One thing measured beside what it is measured against."""

    what: str
    ours: str
    beside: str
    ratio: float
    target: str
    reached: bool


def alternate(rounds: int, **candidates: Callable[[], object]) -> Mapping[str, float]:
    """The median seconds of each candidate; they take turns, so that what else the machine does hits all alike."""
    times: dict[str, list[float]] = {name: [] for name in candidates}
    for _ in range(rounds):
        for name, candidate in candidates.items():
            started = time.perf_counter()
            candidate()
            times[name].append(time.perf_counter() - started)
    return {name: median(found) for name, found in times.items()}


RESIDENT = """
def resident():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS:")) / 1024
"""
"""Code that a measured process can begin with: its own memory in MB."""


def python(code: str, *arguments: str) -> str:
    """Run code in a Python process of its own, which keeps what it compiles; returns what it prints."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    command = [sys.executable, "-c", code, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    if done.returncode:
        raise RuntimeError(f"a measurement failed: {done.stderr[-2000:]}")
    return done.stdout


def table(rows: Sequence[Row]) -> str:
    """The rows as a Markdown table."""
    lines = ["| what | aiokube | beside | ratio | to reach | |", "|---|---|---|---|---|---|"]
    for row in rows:
        mark = "yes" if row.reached else "**no**"
        lines.append(f"| {row.what} | {row.ours} | {row.beside} | {row.ratio:.2f} | {row.target} | {mark} |")
    return "\n".join(lines)
