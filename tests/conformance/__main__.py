"""Runs the conformance suite and writes its tables into docs/testing.md: `make conformance`.

With `--check`, the suite is not run, and the page is only compared.
"""

from __future__ import annotations

import sys

import pytest

from tests.conformance.report import PAGE, SUITE, Collector, untrue, with_tables


def main(arguments: list[str]) -> int:
    """Return the exit code."""
    collector = Collector()
    is_check = arguments == ["--check"]
    options = ["--collect-only", "-qq"] if is_check else ["-q", *arguments]
    code = pytest.main([*options, str(SUITE)], plugins=[collector])
    if code != pytest.ExitCode.OK:
        return int(code)
    text = PAGE.read_text()
    if is_check:
        problems = untrue(text, collector.checks)
        sys.stderr.writelines(f"{PAGE.name}: {problem}; `make conformance` writes its tables\n" for problem in problems)
        return 1 if problems else 0
    PAGE.write_text(with_tables(text, collector.checks))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
