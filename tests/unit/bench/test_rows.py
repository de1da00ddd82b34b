"""Rows of the benchmarks: ratios, targets, and the table."""

from __future__ import annotations

from typing import Any, get_args

import pytest

from bench.clients import FLOOR, OURS, Found, Missing
from bench.page import INTRODUCTIONS
from bench.rows import Measure, Row, Section, quantity, table


def row(**fields: Any) -> Row:
    values: dict[str, Any] = {
        "section": "List",
        "measure": "wall time",
        "sentence": "of a list.",
        "ours": 0.5,
        "unit": "s",
        "against": "client-go protobuf",
        "theirs": 0.4,
    }
    return Row(**{**values, **fields})


def found(wall: float) -> Found:
    return Found(count=1, wall=wall, cpu=0.0, memory=0.0)


def test_a_table_shows_both_measurements_the_ratio_and_the_target() -> None:
    lines = table([row(most_ratio=1.25), row(most_ratio=1.2), row()]).splitlines()
    assert lines[2:] == [
        "| wall time | 0.50 s | client-go protobuf 0.40 s | 1.25 | ratio <= 1.25 | yes |",
        "| wall time | 0.50 s | client-go protobuf 0.40 s | 1.25 | ratio <= 1.2 | **no** |",
        "| wall time | 0.50 s | client-go protobuf 0.40 s | 1.25 |  |  |",
    ]


def test_a_table_says_why_a_reference_was_not_measured() -> None:
    missing = row(against="kubex", theirs=None, missing="no module | named\nkubex")
    line = table([missing], sections=True).splitlines()[-1]
    assert line == "| List: wall time | 0.50 s | kubex: not measured: no module / named kubex |  |  |  |"


def test_a_row_without_a_reference_has_no_ratio() -> None:
    stall = row(section="Event loop", measure="longest stall", ours=51.0, unit="ms", against="", theirs=None, most=50.0)
    assert stall.ratio is None
    assert stall.name == "Event loop: longest stall"
    assert table([stall]).splitlines()[-1] == "| longest stall | 51 ms |  |  | <= 50 ms | **no** |"


@pytest.mark.parametrize(("ours", "reached"), [(0.46, True), (0.461, False)])
def test_a_target_includes_its_limit(ours: float, reached: bool) -> None:
    assert row(ours=ours, most=0.46).reached is reached


def test_a_target_against_a_reference_that_is_missing_is_not_missed() -> None:
    assert row(theirs=None, missing="no Go", most_ratio=1.0).reached


def test_a_measure_has_a_row_for_each_reference_and_its_target_once() -> None:
    measure = Measure(
        name="wall time",
        sentence="of a list.",
        unit="s",
        value=lambda side: side.wall,
        most=2.0,
        most_ratios={FLOOR: 1.15},
    )
    rows = list(measure.rows("List", {OURS: found(1.0), FLOOR: found(0.5), "kr8s": Missing("no module")}))
    assert [(each.name, each.ratio, each.missing) for each in rows] == [
        ("List: wall time, against bytes only", 2.0, ""),
        ("List: wall time, against kr8s", None, "no module"),
    ]
    assert [(each.most, each.most_ratio) for each in rows] == [(2.0, 1.15), (None, None)]
    assert not rows[0].reached, "its ratio is beyond the limit, though the value is not"


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (0.456, "s", "0.46 s"),
        (0.0456, "s", "45.6 ms"),
        (6.0, "KB", "6 KB"),
        (6.12, "KB", "6.1 KB"),
        (1234.5, "MB", "1,234 MB"),
    ],
)
def test_quantities_have_the_digits_that_matter(value: float, unit: str, text: str) -> None:
    assert quantity(value, unit) == text


def test_every_section_has_an_introduction() -> None:
    assert set(INTRODUCTIONS) == set(get_args(Section))
