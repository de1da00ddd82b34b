"""`python -m tests.support.timed FILE OPTIONS...` runs pytest, and writes the seconds of each file of tests as JSON."""

from __future__ import annotations

import json
import sys
import time
from collections import defaultdict
from collections.abc import Generator
from pathlib import Path

import pytest


class FileClock:
    """A pytest plugin that takes the time of each file: of its import, and of its tests with their fixtures."""

    def __init__(self) -> None:
        self.seconds = defaultdict[str, float](float)

    @pytest.hookimpl(wrapper=True)
    def pytest_make_collect_report(
        self, collector: pytest.Collector
    ) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
        """Take the time of an import."""
        started = time.monotonic()
        report = yield
        if isinstance(collector, pytest.Module):
            self.seconds[collector.nodeid] += time.monotonic() - started
        return report

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take the time of a step of a test."""
        self.seconds[report.nodeid.partition("::")[0]] += report.duration


def main() -> int:
    """Run pytest."""
    output, *options = sys.argv[1:]
    clock = FileClock()
    code = pytest.main(options, plugins=[clock])
    Path(output).write_text(json.dumps(clock.seconds), encoding="utf-8")
    return int(code)


if __name__ == "__main__":
    sys.exit(main())
