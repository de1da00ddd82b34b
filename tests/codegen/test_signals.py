"""Ctrl-C and SIGTERM, wherever they hit, leave a whole package and no other files."""

from __future__ import annotations

import os
import re
import shutil
import signal
import time
from contextlib import AbstractContextManager
from pathlib import Path
from subprocess import PIPE

import pytest

from tests.codegen.command import AIOKUBE, GOLDEN, MINI, ROOT
from tests.support.children import Child, child
from tests.support.folders import snapshot

pytestmark = pytest.mark.slow  # each test starts programs

# The shipped document takes long enough for every stage to be met.
SHIPPED = ROOT / "spec" / "openapi.json"
SIGNALS = {signal.SIGINT: 130, signal.SIGTERM: 143}


def start(package: Path, spec: Path, temporary: Path) -> AbstractContextManager[Child]:
    """Start the command, its temporary files in a folder of their own."""
    temporary.mkdir()
    return child(
        *(*AIOKUBE, "generate", "--verbose", "--spec", spec, "--output", package),
        stdout=PIPE,
        stderr=PIPE,
        env={**os.environ, "TMPDIR": str(temporary)},
    )


def test_a_second_signal_changes_nothing(package: Path, tmp_path: Path) -> None:
    before = snapshot(package)
    with start(package, SHIPPED, tmp_path / "temporary") as process:
        assert process.stderr is not None
        process.stderr.readline()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGINT):
            process.send_signal(number)
        _, errors = process.communicate(timeout=30)
    assert process.returncode == SIGNALS[signal.SIGINT]
    assert errors == "interrupted: nothing was written\n"
    assert snapshot(package) == before


@pytest.mark.parametrize(
    ("number", "stage"),
    [
        (signal.SIGINT, "reading the document"),
        (signal.SIGTERM, "definitions"),
        (signal.SIGINT, "paths"),
        (signal.SIGTERM, "paths"),
    ],
)
def test_a_signal_between_stages(number: signal.Signals, stage: str, package: Path, tmp_path: Path) -> None:
    before = snapshot(package)
    with start(package, SHIPPED, tmp_path / "temporary") as process:
        assert process.stderr is not None
        lines = iter(process.stderr.readline, "")
        assert any(re.match(rf"{stage}.*: \d", line) for line in lines)
        process.send_signal(number)
        output, errors = process.communicate(timeout=30)
    assert process.returncode == SIGNALS[number]
    assert errors == "interrupted: nothing was written\n"
    assert output == ""
    assert snapshot(package) == before
    assert list((tmp_path / "temporary").iterdir()) == []


@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_at_any_moment(number: signal.Signals, package: Path, tmp_path: Path) -> None:
    before, after = snapshot(package), snapshot(GOLDEN)
    for step in range(10):
        at_hand = Path(shutil.copytree(package, tmp_path / f"package-{step}"))
        with start(at_hand, MINI, tmp_path / f"temporary-{step}") as process:
            time.sleep(step * 0.05)
            process.send_signal(number)
            _, errors = process.communicate(timeout=30)
        assert snapshot(at_hand) == (after if process.returncode == 0 else before), step
        # Before the command runs, Python itself deals with signals as it likes.
        if "interrupted" in errors:
            assert process.returncode == SIGNALS[number], errors


@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_around_writing(number: signal.Signals, package: Path, tmp_path: Path) -> None:
    before, after = snapshot(package), snapshot(GOLDEN)
    with start(package, MINI, tmp_path / "temporary") as process:
        assert process.stderr is not None
        assert any(line.startswith("formatting: ") for line in iter(process.stderr.readline, ""))
        process.send_signal(number)
        output, _ = process.communicate(timeout=30)
    assert process.returncode in (0, SIGNALS[number])
    assert snapshot(package) == (after if process.returncode == 0 else before)
    assert bool(output) == (process.returncode == 0)
