"""The pages that people see first keep their promises: their figures are measured, and their links lead somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FRONT_PAGES = ("README.md", "docs/index.md")
WITH_LINKS = ("README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md")
_CODE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)


def measured(section: str, measure: str, reference: str) -> tuple[str, str]:
    """The figures of docs/performance.md for aiokube and for a reference, in one of its sections."""
    text = (ROOT / "docs" / "performance.md").read_text().partition(f"\n## {section}\n")[2].partition("\n## ")[0]
    row = re.search(
        rf"^\| {re.escape(measure)} \| ([^|]+) \| {re.escape(reference)} ([\d.,]+ \w+) \|", text, re.MULTILINE
    )
    assert row, (section, measure, reference)
    return row[1], row[2]


@pytest.mark.parametrize("page", FRONT_PAGES)
def test_the_figures_are_those_of_the_last_benchmark(page: str) -> None:
    time, time_of_peer = measured("List", "wall time", "kubernetes_asyncio")
    memory, memory_of_peer = measured("List", "memory", "kubernetes_asyncio")
    _, time_of_go = measured("List", "wall time", "client-go JSON")
    _, memory_of_go = measured("List", "memory", "client-go JSON")
    cached, json = measured("Informer", "memory of a pod", "its JSON")
    assert (
        f"Listing 5,000 pods takes {time} and {memory}, "
        f"where kubernetes_asyncio takes {time_of_peer} and {memory_of_peer}, "
        f"and client-go {time_of_go} and {memory_of_go} with JSON. "
        f"A cached pod takes {cached}, less than half of its JSON."
    ) in " ".join((ROOT / page).read_text().split())
    assert float(cached.split()[0]) < float(json.split()[0]) / 2


@pytest.mark.parametrize("page", WITH_LINKS)
def test_every_link_leads_to_a_file_and_a_heading_of_it(page: str) -> None:
    links = re.findall(r"\]\((?!https?:)([^)\s]+)\)", _CODE.sub("", (ROOT / page).read_text()))
    for link in links:
        path, _, anchor = link.partition("#")
        assert (ROOT / path).exists(), link
        headings = (
            re.findall(r"^#+ (.*)$", _CODE.sub("", (ROOT / (path or page)).read_text()), re.MULTILINE) if anchor else []
        )
        slugs = {re.sub(r"[^\w\- ]", "", heading).strip().lower().replace(" ", "-") for heading in headings}
        assert not anchor or anchor in slugs, link
    assert links or page in ("SECURITY.md",)


def test_the_readme_fits_on_a_screen() -> None:
    assert len((ROOT / "README.md").read_text().splitlines()) <= 75


def test_the_program_of_both_front_pages_is_the_same() -> None:
    first, second = (_CODE.search((ROOT / page).read_text()) for page in FRONT_PAGES)
    assert first is not None
    assert second is not None
    assert first[0] == second[0]
    assert "asyncio.run(" in first[0]
