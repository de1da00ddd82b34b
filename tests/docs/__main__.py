"""Runs the examples of the pages on a test cluster, and writes their outputs into the pages: `make outputs`."""

from __future__ import annotations

import contextlib
import tempfile
from collections import defaultdict
from pathlib import Path

from tests.cluster.binaries import report
from tests.cluster.cluster import Cluster
from tests.docs.outputs import matches, normalised
from tests.docs.pages import ROOT, Block, with_texts
from tests.docs.recipes import INDEX, TABLE, recipes, run_recipes, table


def write_outputs(outputs: list[tuple[Block, str]]) -> None:
    """Write the outputs that are not the expected ones into their pages."""
    pages: dict[Path, dict[tuple[int, int], str]] = defaultdict(dict)
    for block, output in outputs:
        if not matches(block.text, output):
            pages[block.page][block.span] = normalised(output)
    for page, texts in pages.items():
        page.write_text(with_texts(page, texts))
        report(f"{page.relative_to(ROOT)}: {len(texts)} outputs")


def _of_recipes() -> list[tuple[Block, str]]:
    chosen = recipes()
    with Cluster(nodes=2) as cluster, tempfile.TemporaryDirectory() as work, contextlib.chdir(work):
        runs = run_recipes(cluster, chosen, Path(work))
    outputs: list[tuple[Block, str]] = []
    for recipe in chosen:
        run = runs[recipe.title]
        if run.error:
            raise run.error
        outputs += zip(recipe.output, run.outputs, strict=bool(recipe.output))
    return outputs


def write_table() -> None:
    """Write the table of all recipes into their start page."""
    text = INDEX.read_text()
    INDEX.write_text(TABLE.sub(lambda _: table(), text))


if __name__ == "__main__":
    write_table()
    write_outputs(_of_recipes())
