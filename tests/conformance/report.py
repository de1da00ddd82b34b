"""The tables of docs/testing.md: how many checks agree, by area, and what is known to differ.

`make conformance` runs the suite and writes them. `test_report.py` sees that they say nothing that is not true: the
numbers may be a tenth behind, so that a check can be added without them, and the differences are those of the suite.
"""

from __future__ import annotations

import inspect
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

SUITE = Path(__file__).parent
PAGE = SUITE.parents[1] / "docs" / "testing.md"


@dataclass(frozen=True)
class Check:
    """A check of the suite, as it was collected."""

    area: str
    """The first line of the docstring of its module."""
    client: str
    """The client that it drives, by the first words of that line, or of the docstring of its class."""
    servers: str
    """Those that it sends requests to: `fake`, or `both` to compare each answer; empty if it drives a client."""
    differences: tuple[tuple[str, str], ...]
    """A feature of the real server, and what the fake does instead."""


def check_of(item: pytest.Item) -> Check:
    """Return a check."""
    assert isinstance(item, pytest.Function)
    area = _first_line(item.module)
    callspec = getattr(item, "callspec", None)
    return Check(
        area=area,
        client=re.split(r"[,:']", _first_line(item.cls) if item.cls else area)[0],
        servers="" if callspec is None else callspec.params.get("api", ""),
        differences=tuple((mark.args[0], mark.args[1]) for mark in item.iter_markers("difference")),
    )


def _first_line(described: object) -> str:
    return (inspect.getdoc(described) or "").partition("\n")[0].rstrip(".")


class Collector:
    """A plugin of pytest that keeps the checks of a run."""

    def __init__(self) -> None:
        self.checks: list[Check] = []

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Keep them."""
        self.checks = [check_of(item) for item in session.items if item.path.name != "test_report.py"]


def with_tables(text: str, checks: Sequence[Check]) -> str:
    """Return the text of the page with the tables of these checks."""
    for table in (areas(checks), clients(checks), differences(checks)):
        head = table.partition("\n")[0]
        text, count = re.subn(rf"^{re.escape(head)}\n(?:\|.*\n)+", lambda _: table, text, flags=re.MULTILINE)  # noqa: B023
        assert count == 1, f"{PAGE.name}: {count} tables begin with {head}"
    return text


def untrue(text: str, checks: Sequence[Check]) -> list[str]:
    """Return what the page says that is not true of these checks."""
    found = [f"no table has the row {row}" for row in differences(checks).splitlines() if row not in text.splitlines()]
    for head, table in (("| area |", areas(checks)), ("| client |", clients(checks))):
        has, said = _counts(table), _counts(_table_of(text, head))
        found += [f"{name}: it says {count}" for name, count in said.items() if count > has.get(name, 0)]
        if sum(said.values()) < 0.9 * sum(has.values()):
            found.append(f"{head} it says {sum(said.values())} in all, and there are {sum(has.values())}")
    known = differences(checks).splitlines()
    found += [f"it still says {row}" for row in _table_of(text, known[0]).splitlines() if row not in known]
    return found


def _table_of(text: str, head: str) -> str:
    found = re.search(rf"^{re.escape(head)}.*\n(?:\|.*\n)+", text, re.MULTILINE)
    assert found, f"{PAGE.name} has no table {head}"
    return found[0]


def _counts(table: str) -> dict[str, int]:
    rows = (row.strip("|").rpartition("|") for row in table.splitlines()[2:])
    return {name.strip(): int(count.strip(" *")) for name, _, count in rows}


def areas(checks: Iterable[Check]) -> str:
    """Return the table of the checks that agree, by area."""
    counts = Counter(check.area for check in checks if check.servers == "both" and not check.differences)
    rows = [(area, str(count)) for area, count in sorted(counts.items(), key=lambda one: one[0].lower())]
    return _table(("area", "checks that agree"), [*rows, ("**All areas**", f"**{counts.total()}**")])


def clients(checks: Iterable[Check]) -> str:
    """Return the table of the clients that others have written, by the tests that drive them."""
    compared = {check.area for check in checks if check.servers}
    counts = Counter(check.client for check in checks if check.area not in compared)
    return _table(("client", "tests"), [(area, str(count)) for area, count in sorted(counts.items())])


def differences(checks: Iterable[Check]) -> str:
    """Return the table of what is known to differ."""
    found = {one for check in checks for one in check.differences}
    return _table(("kube-apiserver", "`FakeCluster`"), sorted(found, key=lambda one: one[0].lower()))


def _table(head: tuple[str, str], rows: Iterable[tuple[str, str]]) -> str:
    return "".join(f"| {' | '.join(row)} |\n" for row in (head, ("---", "---"), *rows)).replace(
        "| --- | --- |", "|---|---|"
    )
