"""The tables of docs/testing.md are those of the suite."""

from __future__ import annotations

from tests.conformance.report import Check, areas, clients, differences, with_tables


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
