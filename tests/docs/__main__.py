"""Runs the examples of the pages on a test cluster, and writes their outputs into the pages: `make outputs`."""

from __future__ import annotations

import contextlib
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from tests.cluster.binaries import report
from tests.cluster.cluster import Cluster
from tests.docs.console import telling
from tests.docs.outputs import accepted
from tests.docs.pages import ROOT, Block, with_texts
from tests.docs.recipes import INDEX, TABLE, recipes, run_recipes, table
from tests.docs.stories import FROM_CURL_TO_CODE, TEN_MINUTES, tell


def write_texts(texts: list[tuple[Block, str]]) -> None:
    """Write the blocks whose texts are new into their pages."""
    pages: dict[Path, dict[tuple[int, int], str]] = defaultdict(dict)
    for block, text in texts:
        if block.text != text:
            pages[block.page][block.span] = text
    for page, changed in pages.items():
        page.write_text(with_texts(page, changed))
        report(f"{page.relative_to(ROOT)}: {len(changed)} blocks")


def write_table() -> None:
    """Write the table of all recipes into their start page."""
    text = INDEX.read_text()
    INDEX.write_text(TABLE.sub(lambda _: table(), text))


def of_recipes(cluster: Cluster) -> Iterator[tuple[Block, str]]:
    """The outputs of all recipes."""
    chosen = recipes()
    with _folder() as folder, contextlib.chdir(folder):
        runs = run_recipes(cluster, chosen, folder)
    for recipe in chosen:
        run = runs[recipe.title]
        if run.error:
            raise run.error
        for block, output in zip(recipe.output, run.outputs, strict=bool(recipe.output)):
            yield block, accepted(block.text, output)


def of_story(cluster: Cluster, pages: list[Path]) -> Iterator[tuple[Block, str]]:
    """The outputs of the pages of a tutorial."""
    with _folder() as folder, telling(cluster, folder) as story:
        for page in pages:
            yield from tell(story, page)


@contextlib.contextmanager
def _folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder).resolve()


def main() -> None:
    """Write all outputs."""
    write_table()
    with Cluster(nodes=2) as cluster:
        for pages in (TEN_MINUTES, FROM_CURL_TO_CODE):
            write_texts(list(of_story(cluster, pages)))
        write_texts(list(of_recipes(cluster)))


if __name__ == "__main__":
    main()
