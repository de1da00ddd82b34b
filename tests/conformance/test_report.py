"""The tables of docs/testing.md are true."""

from __future__ import annotations

import sys

import pytest

from tests.conformance.report import Check, areas, clients, differences, untrue, with_tables
from tests.support.children import run


@pytest.mark.slow
def test_the_page_says_nothing_that_is_not_true_of_the_suite() -> None:
    done = run(sys.executable, "-m", "tests.conformance", "--check", timeout=100)
    assert done.returncode == 0, done.stderr


def test_checks_are_counted_by_area_and_differences_apart() -> None:
    def check(area: str, servers: str, *differences: tuple[str, str]) -> Check:
        return Check(area, area, servers, differences)

    checks = [
        *(check("watch: ends", "both") for _ in range(2)),
        check("watch: ends", "fake"),
        check("Differences", "both", ("CEL", "501")),
        check("kubectl", ""),
    ]
    assert "| watch: ends | 2 |\n| **All areas** | **2** |\n" in areas(checks)
    assert clients(checks).splitlines()[2:] == ["| kubectl | 1 |"]
    assert differences(checks).splitlines()[2:] == ["| CEL | 501 |"]
    tables = (areas(checks), clients(checks), differences(checks))
    empty = "\n".join("".join(table.splitlines(keepends=True)[:3]) for table in tables)
    assert with_tables(empty, checks) == "\n".join(tables)

    page = "\n".join(tables)
    assert untrue(page, checks) == []
    assert untrue(page.replace("| 501 |", "| refused |"), checks) == [
        "no table has the row | CEL | 501 |",
        "it still says | CEL | refused |",
    ]
    assert untrue(page, checks[1:]) == ["watch: ends: it says 2", "**All areas**: it says 2"]
    many = [*checks, check("new", "both")]
    assert untrue(page, many) == ["| area | it says 4 in all, and there are 6"]
    assert untrue(with_tables(page, many), many) == []
