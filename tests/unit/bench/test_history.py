"""The history of the benchmarks: earlier runs, and ratios that became worse."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from bench.history import Run, append, committed, last, machine, parse, this_run, worse
from bench.page import history_table, page
from tests.unit.bench.test_rows import row


def run(ratios: Mapping[str, float], kind: str = "full", date: str = "2026-11-28") -> Run:
    return Run(kind=kind, date=date, commit="abc1234", machine="2 x processor", ratios=ratios)


def test_runs_are_appended_and_read_again(tmp_path: Path) -> None:
    path = tmp_path / "history.jsonl"
    runs = [run({"list": 1.5}), run({"watch": 0.5}, "quick")]
    for each in runs:
        append(each, path)
    assert parse(path.read_text()) == runs


def test_the_last_run_is_one_of_its_kind() -> None:
    runs = [run({"list": 1.0}), run({"list": 2.0}), run({"list": 3.0}, "quick")]
    assert last(runs, "full") == runs[1]
    assert last(runs[:2], "quick") is None


def test_a_ratio_that_is_worse_by_more_than_15_percent_is_named() -> None:
    before = run({"list": 1.0, "watch": 1.0, "get": 1.0, "gone": 1.0})
    found = worse(before, run({"list": 1.16, "watch": 1.14, "get": 0.5, "new": 9.0}))
    assert found == ["list: 1.16, was 1.00 (2026-11-28, abc1234)"]


def test_a_first_run_is_worse_than_none() -> None:
    assert worse(None, run({"list": 9.0})) == []


def test_a_run_holds_the_ratios_by_the_names_of_rows() -> None:
    found = this_run("quick", [row(), row(theirs=None, missing="no Go", against="client-go JSON")])
    assert found.ratios == {"List: wall time, against client-go protobuf": 1.25}
    assert found.machine == machine()
    assert found.commit


def test_the_committed_history_can_be_read() -> None:
    assert {each.kind for each in committed()} <= {"full", "quick"}


def test_the_page_has_a_sentence_for_each_measure_and_the_newest_run_first() -> None:
    name = "List: wall time, against client-go protobuf"
    earlier = [run({name: 2.0}, date="2026-11-27"), run({name: 3.0}, "quick", date="2026-11-26")]
    text = page(run({name: 1.25}), [row(), row(measure="CPU time", sentence="of it.")], earlier)
    assert "![Times and memory of aiokube and other clients](performance.svg)" in text
    assert "\n## List\n" in text
    assert "- **wall time**: of a list.\n- **CPU time**: of it.\n" in text
    table = text.partition("## Earlier runs")[2]
    assert table.index("| 2026-11-28 | abc1234 | 2 x processor | 1.25 |") < table.index("| 2026-11-27 |")
    assert "2026-11-26" not in table


def test_a_run_without_a_ratio_leaves_its_cell_empty() -> None:
    assert history_table([run({})]).splitlines()[-1] == "| 2026-11-28 | abc1234 | 2 x processor |  |  |  |  |  |  |"
