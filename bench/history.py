"""Earlier runs of the benchmarks, a line of bench/history.jsonl for each, and what has become worse since the last."""

from __future__ import annotations

import json
import os
import platform
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from .rows import Row

HISTORY = Path("bench/history.jsonl")
_TOLERANCE = 1.15


@dataclass(frozen=True, kw_only=True)
class Run:
    """One run of the benchmarks."""

    kind: str
    """`full` or `quick`: only runs of one kind are compared."""
    date: str
    commit: str
    machine: str
    ratios: Mapping[str, float]
    """Ratios by the names of their rows."""


def this_run(kind: str, rows: Iterable[Row]) -> Run:
    """Return the run that has just measured these rows."""
    commit = _git("rev-parse", "--short", "HEAD").strip()
    changed = "+" if _git("status", "--porcelain", "--untracked-files=no").strip() else ""
    return Run(
        kind=kind,
        date=datetime.now(UTC).strftime("%Y-%m-%d"),
        commit=f"{commit}{changed}",
        machine=machine(),
        ratios={row.name: round(row.ratio, 4) for row in rows if row.ratio is not None},
    )


def machine() -> str:
    """Describe this machine: its processors and the version of Python."""
    return f"{os.cpu_count()} x {_processor()}, Python {platform.python_version()}"


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def append(run: Run, path: Path = HISTORY) -> None:
    """Add a run to the history."""
    with path.open("a", encoding="utf-8") as file:
        file.write(f"{json.dumps(asdict(run), ensure_ascii=False)}\n")


def committed() -> list[Run]:
    """Return the runs that are committed, oldest first: a run is accepted by committing it."""
    return parse(_git("show", f"HEAD:{HISTORY}", fallback=""))


def parse(text: str) -> list[Run]:
    """Read runs, one a line."""
    return [Run(**json.loads(line)) for line in text.splitlines()]


def last(runs: Sequence[Run], kind: str) -> Run | None:
    """Return the last run of a kind."""
    return next((run for run in reversed(runs) if run.kind == kind), None)


def worse(before: Run | None, after: Run) -> list[str]:
    """Name the rows whose ratio is worse by more than 15 %, with both ratios. A new row is worse than nothing."""
    if before is None:
        return []
    return [
        f"{name}: {ratio:.2f}, was {before.ratios[name]:.2f} ({before.date}, {before.commit})"
        for name, ratio in after.ratios.items()
        if name in before.ratios and ratio > before.ratios[name] * _TOLERANCE
    ]


def _git(*arguments: str, fallback: str | None = None) -> str:
    done = subprocess.run(["git", *arguments], capture_output=True, text=True, check=False)
    if not done.returncode:
        return done.stdout
    if fallback is None:
        raise RuntimeError(f"`git {' '.join(arguments)}` ended with {done.returncode}: {done.stderr.strip()}")
    return fallback
