"""Pages of docs/ as data: their sections, and the fenced blocks in them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r"^## (.+)$", re.MULTILINE)


@dataclass(frozen=True, kw_only=True)
class Block:
    """A fenced block."""

    page: Path
    language: str
    text: str
    line: int
    """The number of lines before the text."""
    span: tuple[int, int]
    """Where the text is in the page."""

    @property
    def file(self) -> str | None:
        """The file that the text is, or of which it is a part: the comment in its first line names it."""
        return match[1] if (match := re.match(r"# (\S+\.py)\n", self.text)) else None

    @property
    def is_code(self) -> bool:
        """True for Python that runs where it stands, and is neither a file nor in the place of one."""
        return self.language == "python" and self.file is None and not self.text.startswith("--8<--")

    def __str__(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"


@dataclass(frozen=True, kw_only=True)
class Section:
    """A heading of the second level, and what stands below it."""

    page: Path
    title: str
    blocks: list[Block]

    def of(self, *languages: str) -> list[Block]:
        """The blocks of some languages."""
        return [block for block in self.blocks if block.language in languages]


def blocks_of(page: Path) -> list[Block]:
    """All blocks of a page, in the order in which they stand there."""
    text = page.read_text()
    return [
        Block(page=page, language=match[1], text=match[2], line=text.count("\n", 0, match.start(2)), span=match.span(2))
        for match in _FENCE.finditer(text)
    ]


def sections_of(page: Path) -> list[Section]:
    """All sections of a page."""
    text = page.read_text()
    headings = list(_HEADING.finditer(text))
    ends = [*(heading.start() for heading in headings), len(text)][1:]
    blocks = blocks_of(page)
    return [
        Section(
            page=page,
            title=heading[1],
            blocks=[block for block in blocks if heading.start() < block.span[0] < end],
        )
        for heading, end in zip(headings, ends, strict=True)
    ]


def with_texts(page: Path, texts: dict[tuple[int, int], str]) -> str:
    """The text of a page in which blocks, known by their spans, have other texts."""
    text = page.read_text()
    for (start, end), new in sorted(texts.items(), reverse=True):
        text = text[:start] + new + text[end:]
    return text
