"""`python -m tests.quick` runs the tests of `make unit`, in a process of pytest for each core.

Each process collects and runs its own part of the files. Workers that share all tests would each collect all of them,
and report every test to another process: half as much work again. The parts take about the same time, by that of the
last run.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from subprocess import STDOUT
from tempfile import TemporaryDirectory, TemporaryFile
from typing import IO

from tests.support.children import Child, child

ROOT = Path(__file__).parents[1]
FOLDERS = ("tests/unit", "tests/codegen", "tests/generated")
OPTIONS = ("-q", "-m", "not slow and not cluster and not kubectl")

# Those of other packages that happen to be installed take a second to import.
PLUGINS = (
    "--disable-plugin-autoload",
    "-p",
    "pytest_asyncio.plugin",
    "-p",
    "pytest_timeout",
    "-p",
    "_hypothesis_pytestplugin",
)

# Seconds of each file of tests in its last run.
SECONDS = ROOT / ".pytest_cache" / "seconds.json"

# More cores save less than the start of another process costs.
MOST_PROCESSES = 8


def weights(files: list[Path], seconds: Mapping[str, float]) -> dict[Path, float]:
    """Return how long each file takes, in proportion: by its last run, or else by its size."""
    sizes = {file: (ROOT / file).stat().st_size for file in files}
    known = [file for file in files if str(file) in seconds]
    rate = sum(seconds[str(file)] for file in known) / sum(sizes[file] for file in known) if known else 1.0
    return {file: seconds.get(str(file), rate * size) for file, size in sizes.items()}


def parts(weights: Mapping[Path, float], number: int) -> list[list[Path]]:
    """Divide files into parts of about the same weight."""
    found: list[list[Path]] = [[] for _ in range(number)]
    sums = [0.0] * number
    for file, weight in sorted(weights.items(), key=lambda each: each[1], reverse=True):
        lightest = sums.index(min(sums))
        found[lightest].append(file)
        sums[lightest] += weight
    return [sorted(part) for part in found if part]


def main() -> int:
    """Run them, and print what each process has to say when it is done; 1 if a test fails."""
    files = [file.relative_to(ROOT) for folder in FOLDERS for file in (ROOT / folder).rglob("test_*.py")]
    seconds = json.loads(SECONDS.read_text(encoding="utf-8")) if SECONDS.exists() else {}
    # Without bytecode, each run would compile all tests anew.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    failed = False
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        running: list[tuple[Child, IO[bytes], Path]] = []
        for part in parts(weights(files, seconds), min(os.cpu_count() or 1, MOST_PROCESSES)):
            # A pipe that nobody reads yet would stop it.
            output, times = stack.enter_context(TemporaryFile()), folder / f"{len(running)}.json"
            options = [*PLUGINS, *OPTIONS, *sys.argv[1:], *map(str, part)]
            command = [sys.executable, "-m", "tests.support.timed", str(times), *options]
            process = child(*command, cwd=ROOT, env=environment, stdout=output, stderr=STDOUT)
            running.append((stack.enter_context(process), output, times))
        for started, written, measured in running:
            failed |= started.wait() != 0
            written.seek(0)
            sys.stdout.buffer.write(written.read())
            sys.stdout.flush()
            # Options may select tests.
            if measured.exists() and not sys.argv[1:]:
                seconds |= json.loads(measured.read_text(encoding="utf-8"))
    SECONDS.parent.mkdir(exist_ok=True)
    SECONDS.write_text(json.dumps({str(file): seconds[str(file)] for file in files if str(file) in seconds}), "utf-8")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
