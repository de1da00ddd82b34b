"""The tutorials, whose pages are told in order, and their translations."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

from tests.docs.console import Command, Story, as_block, commands_of
from tests.docs.outputs import accepted
from tests.docs.pages import DOCS, Block, blocks_of, with_texts

TUTORIAL = DOCS / "tutorial"
TEN_MINUTES = [TUTORIAL / "ten-minutes.md"]
FROM_CURL_TO_CODE = [
    TUTORIAL / "from-curl-to-code" / f"{name}.md"
    for name in ("server", "certificate", "identity", "permission", "pods", "document")
]


KOREAN = DOCS / "ko" / "from-curl-to-code"


def translations() -> dict[Path, Path]:
    """Each page of the tutorial by the page that translates it."""
    return {KOREAN / page.name: page for page in sorted((TUTORIAL / "from-curl-to-code").glob("*.md"))}


def with_blocks_of(translation: Path, original: Path) -> str:
    """The text of a translation with the code and the outputs of the original."""
    pairs = zip(blocks_of(translation), blocks_of(original), strict=True)
    return with_texts(translation, {block.span: of_original.text for block, of_original in pairs})


def tell(story: Story, page: Path) -> Iterator[tuple[Block, str]]:
    """Run a page, and yield the blocks that have outputs with the texts that they should have.

    A text is that of the page where the output is the expected one: it may leave out lines.
    """
    blocks = blocks_of(page)
    after = dict(itertools.pairwise(blocks))
    for block, outputs in story.run(blocks):
        if block.language == "console":
            commands = zip(commands_of(block), outputs, strict=True)
            yield block, as_block(Command(one.text, accepted(one.output, output)) for one, output in commands)
        elif (shown := after.get(block)) and shown.language == "text":
            yield shown, accepted(shown.text, outputs[0])
