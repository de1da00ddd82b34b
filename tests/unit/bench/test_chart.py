"""The chart of the benchmarks."""

from __future__ import annotations

from xml.etree import ElementTree

from bench.chart import blocks, chart
from bench.rows import Row
from tests.unit.bench.test_rows import row

SVG = "{http://www.w3.org/2000/svg}"


def drawn(*rows: Row) -> ElementTree.Element:
    return ElementTree.fromstring(chart(rows))  # noqa: S314 - the chart is our own


def test_bars_stand_in_the_order_of_their_lengths() -> None:
    [block] = blocks([row(against="b", theirs=1.0), row(against="a", theirs=0.25)])
    assert block.title == "List: wall time"
    assert [(bar.client, bar.text, bar.length) for bar in block.bars] == [
        ("a", "0.25 s", 0.25),
        ("aiokube", "0.50 s", 0.5),
        ("b", "1.00 s", 1.0),
    ]


def test_of_many_references_the_best_are_shown_and_aiokube_always() -> None:
    [block] = blocks([row(against=f"client-{number}", ours=99.0, theirs=number + 1.0) for number in range(20)])
    assert [bar.client for bar in block.bars] == [*(f"client-{number}" for number in range(7)), "aiokube"]


def test_what_was_not_measured_has_no_bar() -> None:
    assert list(blocks([row(theirs=None, missing="no Go")])) == []


def test_the_chart_is_an_svg_with_a_bar_for_each_measurement() -> None:
    root = drawn(row(against="a <b>", theirs=1.0), row(measure="CPU time", theirs=0.25))
    bars = root.findall(f"{SVG}rect")
    assert [bar.get("class") for bar in bars] == ["ours", "other", "other", "ours"]
    widths = [float(bar.get("width", "")) for bar in bars]
    assert widths[0] * 2 == widths[1]
    texts = [text.text for text in root.findall(f"{SVG}text")]
    assert "a <b>" in texts
    assert "0.25 s" in texts
    heights = [float(bar.get("y", "")) + float(bar.get("height", "")) for bar in bars]
    assert max(heights) < float(root.get("height", ""))


def test_the_chart_has_colours_for_dark_pages() -> None:
    style = drawn(row()).findtext(f"{SVG}style", "")
    light, _, dark = style.partition("@media (prefers-color-scheme: dark)")
    for name in ("text {", ".ours {", ".other {"):
        assert name in light
        assert name in dark
