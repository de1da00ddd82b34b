"""`python -m tests.quick` runs the tests of `make unit`, in a process of pytest for each core.

Each process collects and runs its own part of the files. Workers that share all tests would each collect all of them,
and report every test to another process: half as much work again.
"""

from __future__ import annotations

import os
import sys
from contextlib import ExitStack
from pathlib import Path
from subprocess import STDOUT
from tempfile import TemporaryFile

from tests.support.children import child

FOLDERS = ("tests/unit", "tests/codegen", "tests/generated")
OPTIONS = ("-q", "-m", "not slow and not cluster and not kubectl")

# More cores save less than the start of another process costs.
MOST_PROCESSES = 8


def parts(files: list[Path], number: int) -> list[list[Path]]:
    """Divide files into parts of about the same size; large files take longer."""
    found: list[list[Path]] = [[] for _ in range(number)]
    sizes = [0] * number
    for file in sorted(files, key=lambda file: file.stat().st_size, reverse=True):
        smallest = sizes.index(min(sizes))
        found[smallest].append(file)
        sizes[smallest] += file.stat().st_size
    return [sorted(part) for part in found if part]


def main() -> int:
    """Run them, and print what each process has to say when it is done; 1 if a test fails."""
    root = Path(__file__).parents[1]
    files = [file.relative_to(root) for folder in FOLDERS for file in (root / folder).rglob("test_*.py")]
    command = [sys.executable, "-m", "pytest", *OPTIONS, *sys.argv[1:]]
    failed = False
    with ExitStack() as stack:
        running = []
        for part in parts(files, min(os.cpu_count() or 1, MOST_PROCESSES)):
            # A pipe that nobody reads yet would stop it.
            output = stack.enter_context(TemporaryFile())
            process = child(*command, *part, cwd=root, stdout=output, stderr=STDOUT)
            running.append((stack.enter_context(process), output))
        for started, output in running:
            failed |= started.wait() != 0
            output.seek(0)
            sys.stdout.buffer.write(output.read())
            sys.stdout.flush()
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
