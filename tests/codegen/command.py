"""The command `aiokube` as people run it: a process of its own."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from aiokube.runtime.verbs import ABI
from tests.support.children import run
from tests.support.folders import snapshot

ROOT = Path(__file__).parents[2]
MINI = Path(__file__).with_name("mini.json")
"""A document as a cluster would serve it, as small as one with everything in it can be."""
GOLDEN = Path(__file__).parent / "golden" / f"abi_{ABI}"
"""The package that is generated from it."""
REFRESH = "make golden"

AIOKUBE = (sys.executable, "-m", "aiokube_codegen.cli")


def generate(*arguments: str | Path, through: Sequence[str] = ()) -> subprocess.CompletedProcess[str]:
    """Run `aiokube generate` to its end.

    Args:
        arguments: its arguments.
        through: a command that runs it, with its arguments.
    """
    command = [*through, *AIOKUBE, "generate", *map(str, arguments)]
    return run(*command)


def refused(package: Path, *arguments: str | Path, message: str) -> None:
    """See that the command fails with one line that says why, and that the package is as it was.

    Args:
        package: where it would write.
        arguments: of the command, but for `--output`.
        message: a regular expression for the text after `error: `.
    """
    before = snapshot(package) if package.is_dir() else {"": package.read_bytes()}
    done = generate(*arguments, "--output", package)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    *stages, error = done.stderr.splitlines()
    assert re.search(f"^error: .*{message}", error), error
    assert all(re.fullmatch(r".*: \d+\.\d s", stage) for stage in stages), done.stderr
    assert done.stdout == ""
    assert (snapshot(package) if package.is_dir() else {"": package.read_bytes()}) == before
