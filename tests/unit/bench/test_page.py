"""The page of the benchmarks: a section with a command of its own is replaced, and survives a run of the others."""

from __future__ import annotations

from bench.page import keep_section, with_section
from bench.rows import Row

EARLIER = "# Performance\n\n## Apply\n\nRows.\n\n## Earlier runs\n\nRatios.\n"


def page(ours: float, text: str = EARLIER) -> str:
    row = Row(section="Pages", measure="start page", sentence="of a page.", ours=ours, unit="s")
    return with_section(text, "Pages", [row], "Written yesterday.")


def test_a_section_stands_before_the_earlier_runs() -> None:
    headings = [line for line in page(0.2).splitlines() if line.startswith("#")]
    assert headings == ["# Performance", "## Apply", "## Pages", "## Earlier runs"]
    assert "\nWritten yesterday.\n\n- **start page**: of a page.\n\n| measure" in page(0.2)
    assert page(0.2).endswith("|\n\n## Earlier runs\n\nRatios.\n")


def test_a_section_takes_the_place_of_its_last_one() -> None:
    assert page(0.3, page(0.2)) == page(0.3)


def test_a_full_run_keeps_the_section() -> None:
    assert keep_section(EARLIER.replace("Rows", "New rows"), "Pages", page(0.2)) == page(0.2).replace(
        "Rows", "New rows"
    )
    assert keep_section(EARLIER, "Pages", EARLIER) == EARLIER
