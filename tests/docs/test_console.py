"""The tutorials, told from their first page to their last on a real cluster: each output is the one in the page."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path

import pytest

from tests.cluster.cluster import Cluster
from tests.docs.console import telling
from tests.docs.pages import DOCS, ROOT, blocks_of
from tests.docs.stories import FROM_CURL_TO_CODE, KOREAN, TEN_MINUTES, tell, translations


@pytest.mark.cluster
@pytest.mark.parametrize("pages", [TEN_MINUTES, FROM_CURL_TO_CODE], ids=["ten minutes", "from curl to code"])
def test_each_output_is_the_one_in_the_page(docs_cluster: Cluster, tmp_path: Path, pages: list[Path]) -> None:
    with telling(docs_cluster, tmp_path) as story:
        for page in pages:
            for block, text in tell(story, page):
                assert block.text == text, f"{block}: it prints what is below; `make outputs` accepts that\n{text}"


@pytest.mark.parametrize(("translation", "original"), translations().items(), ids=lambda page: page.stem)
def test_a_translation_has_the_code_and_the_outputs_of_the_original(translation: Path, original: Path) -> None:
    of_both = [[(block.language, block.text) for block in blocks_of(page)] for page in (translation, original)]
    assert of_both[0] == of_both[1], "`make outputs` writes them"
    # The start pages link to each other.
    links, headings = re.compile(r"\]\((?!../../(?:ko|tutorial)/)([^)]+)\)"), re.compile(r"^#+ ", re.MULTILINE)
    for pattern in (links, headings):
        assert pattern.findall(translation.read_text()) == pattern.findall(original.read_text())


def test_all_pages_of_the_tutorial_are_translated() -> None:
    assert set(KOREAN.glob("*.md")) == set(translations())
    assert {page.stem for page in FROM_CURL_TO_CODE} | {"index"} == {page.stem for page in translations()}


def test_what_pages_quote_of_examples_stands_there() -> None:
    quotes = [
        block for page in DOCS.rglob("*.md") for block in blocks_of(page) if (block.file or "").startswith("examples/")
    ]
    for block in quotes:
        program = (ROOT / str(block.file)).read_text()
        _, _, text = block.text.partition("\n")
        assert any(textwrap.indent(text, " " * depth) in program for depth in (0, 4, 8)), f"{block}:\n{text}"
    assert len(quotes) > 3
