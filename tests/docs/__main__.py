"""Runs the examples of the pages on a test cluster, and writes their outputs into the pages: `make outputs`."""

from __future__ import annotations

import asyncio
import contextlib
import os
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from aiokube import Client, created
from aiokube.testing.real.binaries import report
from tests.cluster.cluster import Cluster
from tests.conformance.__main__ import main as conformance
from tests.docs import troubleshooting
from tests.docs.command_line import of_command_line
from tests.docs.console import telling
from tests.docs.guides import PAGES, run_guide, with_files
from tests.docs.outputs import accepted
from tests.docs.pages import ROOT, Block, with_texts
from tests.docs.recipes import INDEX, TABLE, recipes, run_recipes, table
from tests.docs.stories import FROM_CURL_TO_CODE, TEN_MINUTES, tell, translations, with_blocks_of


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


def write_errors() -> None:
    """Write the messages of errors, and their table, into the pages about them."""
    for page in troubleshooting.PAGES:
        page.write_text(troubleshooting.with_messages(page.read_text()))
    text = troubleshooting.INDEX.read_text()
    troubleshooting.INDEX.write_text(troubleshooting.TABLE.sub(lambda _: troubleshooting.table(), text))


async def of_guide(page: Path, cluster: Cluster) -> list[tuple[Block, str]]:
    """The outputs of a page, in a new namespace."""
    name = f"test-{PAGES.index(page)}"
    with _folder() as folder:
        certificate = cluster.client_certificate("reader", groups=["system:masters"])
        os.environ["KUBECONFIG"] = str(
            cluster.write_kubeconfig(folder / "config", certificate=certificate, namespace=name)
        )
        async with Client() as kube:
            await kube.core_v1.namespaces.create({"metadata": {"name": name}})
            await kube.core_v1.service_accounts.wait_for("default", created)
            outputs = await run_guide(page, kube)
    return [(block, accepted(block.text, output)) for block, output in outputs]


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
    write_errors()
    # The suite itself is run by `make conformance`.
    conformance(["--collect-only", "-qq"])
    write_texts(list(of_command_line()))
    for page in PAGES:
        write_texts(with_files(page))
    with Cluster(nodes=2) as cluster:
        for pages in (TEN_MINUTES, FROM_CURL_TO_CODE):
            write_texts(list(of_story(cluster, pages)))
        for translation, original in translations().items():
            translation.write_text(with_blocks_of(translation, original))
        for page in PAGES:
            write_texts(asyncio.run(of_guide(page, cluster)))
        write_texts(list(of_recipes(cluster)))


if __name__ == "__main__":
    main()
