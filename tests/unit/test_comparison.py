"""docs/comparison.md says what `make peers` checks, and what it says of aiokube is still so."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.peers.__main__ import title_of
from tests.peers.behaviours import FAULTS
from tests.peers.clients import CLIENTS
from tests.peers.features import FEATURES, cell
from tests.peers.measured import MEASURES, measured
from tests.peers.page import PAGE, Row, Section, cells_of, written

FAILURES = "When something fails"
NAMES = "What there is a name for"
MEASURED = "Measurements"


def test_every_check_is_a_row() -> None:
    text = PAGE.read_text()
    assert list(cells_of(text, FAILURES, "aiokube")) == [title_of(fault) for fault in FAULTS]
    assert list(cells_of(text, NAMES, "aiokube")) == [feature.title for feature in FEATURES]
    assert [title for *_, title in MEASURES] == list(cells_of(text, MEASURED, "aiokube"))[: len(MEASURES)]


@pytest.mark.parametrize("client", CLIENTS)
def test_measurements_are_those_of_the_page_on_performance(client: str) -> None:
    cells = cells_of(PAGE.read_text(), MEASURED, client)
    for section, measure, title in MEASURES:
        assert cells[title] == measured(section, measure, CLIENTS[client])


@pytest.mark.slow
def test_the_names_of_aiokube_are_those_in_its_package() -> None:
    # Those of the others are of the versions that the page names; a new one is no failure here.
    cells = cells_of(PAGE.read_text(), NAMES, "aiokube")
    assert cells == {feature.title: cell(feature, "aiokube") for feature in FEATURES}


@pytest.mark.slow
def test_a_name_that_a_row_does_not_know_is_an_error() -> None:
    unknown = replace(FEATURES[0], names={})
    with pytest.raises(LookupError, match="aiokube has Informer, InformerChange"):
        cell(unknown, "aiokube")
    missing = replace(FEATURES[0], names={"aiokube": "aiokube:Reformer"})
    with pytest.raises(LookupError, match="aiokube:Reformer does not exist"):
        cell(missing, "aiokube")


def test_the_tables_are_written_between_their_markers() -> None:
    names = dict.fromkeys(CLIENTS, "1.0")
    section = Section("A section", "a/file.py", [Row("a row", dict.fromkeys(CLIENTS, "no") | {"kr8s": "yes"})])
    text = written("before\n<!-- made by `make peers` -->\nold\n<!-- end -->\nafter\n", names, [section])
    assert text.startswith("before\n<!-- made by `make peers` -->\n\nChecked on ")
    assert text.endswith("\n\n<!-- end -->\nafter\n")
    assert "old" not in text
    assert cells_of(text, "A section", "kr8s") == {"a row": "yes"}
    assert cells_of(text, "A section", "kubex") == {"a row": "no"}
