"""Pages whose blocks run in the order in which they stand there, as an administrator in a namespace of their own."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from aiokube import Client
from tests.docs.pages import DOCS, ROOT, Block, blocks_of
from tests.docs.python import run_python

PAGES = [
    page
    for page in (DOCS / "recipes" / "index.md", DOCS / "testing.md", *sorted((DOCS / "operating").rglob("*.md")))
    if any(block.language == "text" for block in blocks_of(page))
]


def pairs(blocks: Iterable[Block]) -> list[tuple[Block, Block | None]]:
    """Each block in Python with the text after it, which is what it prints."""
    found: list[tuple[Block, Block | None]] = []
    for block in blocks:
        if block.is_code:
            found.append((block, None))
        elif block.language == "text" and found and found[-1][1] is None:
            found[-1] = (found[-1][0], block)
    return found


async def run_guide(page: Path, kube: Client) -> list[tuple[Block, str]]:
    """Run a page, and return the blocks of its outputs with what was printed."""
    found = pairs(blocks_of(page))
    outputs = await run_python([code for code, _ in found], {"kube": kube})
    return [(block, output) for (_, block), output in zip(found, outputs, strict=True) if block]


def with_files(page: Path) -> list[tuple[Block, str]]:
    """The blocks of a page that are whole files of examples/, with their texts."""
    return [
        (block, f"# {block.file}\n{(ROOT / block.file).read_text()}")
        for block in blocks_of(page)
        if block.file is not None and block.file.startswith("examples/testing/")
    ]
