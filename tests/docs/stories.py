"""The tutorials, whose pages are told in order, and their translations."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

from tests.docs.console import Command, Story, as_block, commands_of
from tests.docs.outputs import accepted
from tests.docs.pages import DOCS, Block, blocks_of

TUTORIAL = DOCS / "tutorial"
TEN_MINUTES = [TUTORIAL / "ten-minutes.md"]
FROM_CURL_TO_CODE = [
    TUTORIAL / "from-curl-to-code" / f"{name}.md"
    for name in ("server", "certificate", "identity", "permission", "pods", "document")
]


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
