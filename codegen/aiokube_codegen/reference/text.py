"""Descriptions of a document as paragraphs, lists and links: a small structure, whatever the text holds."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

_BULLET: Final = re.compile(r"[ \t]*(?:[-*+•]|[0-9]{1,3}[.)])[ \t]+(?=\S)")
_FENCE: Final = re.compile(r"[ \t]*```")
_INDENTED: Final = re.compile(r" {4,}|\t")
_INLINE: Final = re.compile(
    r"`(?P<code>[^`\n]+)`"
    r"|\[(?P<title>[^\[\]\n]{1,200})\]\((?P<target>https?://[^\s()<>\"]{1,1000})\)"
    r"|(?P<url>https?://[^\s<>\"'`()\[\]]{1,1000}(?:\([^\s<>\"'`()]{1,100}\)[^\s<>\"'`()\[\]]{0,200})?)"
)
_SENTENCE: Final = re.compile(r"(?<=[.!?])\s")
_AFTER_URL: Final = ".,;:!?"


@dataclass(frozen=True)
class Span:
    """A part of a line."""

    text: str
    is_code: bool = False
    href: str = ""
    """An address of http or https; empty where it is no link."""


@dataclass(frozen=True)
class Block:
    """A paragraph, a list, or lines that keep their form."""

    kind: str
    """`paragraph`, `list` or `code`."""
    items: tuple[tuple[Span, ...], ...]
    """The spans of a paragraph, or of each item of a list; of code, a single span."""


def blocks_of(text: str) -> tuple[Block, ...]:
    """Take a description apart."""
    return tuple(_blocks(text.replace("\r\n", "\n").replace("\r", "\n").replace("\xa0", " ").split("\n")))


def begun(blocks: tuple[Block, ...]) -> tuple[tuple[Span, ...], tuple[Block, ...]]:
    """Divide a description into its first sentence, which a closed field shows, and what follows it.

    A sentence with links is not divided: a closed field has none.
    """
    if not blocks or blocks[0].kind != "paragraph":
        return (), blocks
    first = blocks[0].items[0]
    for index, span in enumerate(first):
        if span.href:
            return (), blocks
        end = None if span.is_code else _SENTENCE.search(span.text)
        if end:
            head = (*first[:index], Span(span.text[: end.start()]))
            rest = Span(span.text[end.end() :])
            left = tuple(one for one in (rest, *first[index + 1 :]) if one.text)
            return head, (Block("paragraph", (left,)), *blocks[1:]) if left else blocks[1:]
    return first, blocks[1:]


def first_sentence(text: str, most: int = 110) -> str:
    """Return the beginning of a description in one line.

    Args:
        text: The description.
        most: Maximum number of characters.
    """
    line = " ".join(text.replace("`", "").split("\n\n", 1)[0].split())
    line = _SENTENCE.split(line, maxsplit=1)[0]
    if len(line) <= most:
        return line
    return f"{line[:most].rpartition(' ')[0] or line[:most]}…"


def _blocks(lines: list[str]) -> Iterator[Block]:
    kind, gathered = "", list[str]()
    for line in [*lines, ""]:
        following = _kind(line, kind, gathered)
        if following != kind or (kind == "list" and not line.strip()):
            if gathered:
                yield _block(kind, gathered)
            kind, gathered = following, []
        if kind:
            gathered.append(line)
    if gathered:
        yield _block(kind, gathered)


def _kind(line: str, kind: str, gathered: list[str]) -> str:
    """Return what a line is part of, after lines of some kind; empty for nothing."""
    if kind == "fenced":
        if len(gathered) == 1 or not _FENCE.match(gathered[-1]):
            return "fenced"
        kind = ""
    if _FENCE.match(line):
        return "fenced"
    if not line.strip():
        return ""
    if _BULLET.match(line):
        return "list"
    if kind in ("list", "paragraph"):
        return kind
    return "code" if _INDENTED.match(line) else "paragraph"


def _block(kind: str, lines: list[str]) -> Block:
    if kind == "fenced":
        lines = [line for line in lines if not _FENCE.match(line)]
    if kind in ("code", "fenced"):
        return Block("code", ((Span("\n".join(line.expandtabs(4) for line in lines).strip("\n")),),))
    if kind == "paragraph":
        return Block(kind, (_spans(" ".join(" ".join(lines).split())),))
    items: list[str] = []
    for line in lines:
        if bullet := _BULLET.match(line):
            items.append(line[bullet.end() :])
        else:
            items[-1] += f" {line}"
    return Block(kind, tuple(_spans(" ".join(item.split())) for item in items))


def _spans(line: str) -> tuple[Span, ...]:
    return tuple(_parts(line))


def _parts(line: str) -> Iterator[Span]:
    end = 0
    for found in _INLINE.finditer(line):
        span = _span(found)
        if span is None:
            continue
        if found.start() > end:
            yield Span(line[end : found.start()])
        yield span
        end = found.start() + len(span.text) if found["url"] else found.end()
    if end < len(line):
        yield Span(line[end:])


def _span(found: re.Match[str]) -> Span | None:
    if found["code"]:
        return Span(found["code"], is_code=True)
    if found["target"]:
        return Span(found["title"], href=found["target"]) if _is_plain(found["target"]) else None
    url = found["url"].rstrip(_AFTER_URL)
    return Span(url, href=url) if _is_plain(url) else None


def _is_plain(url: str) -> bool:
    """True for an address that says where it leads: of a host, without a user, in printable ASCII."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return url.isascii() and url.isprintable() and bool(parts.hostname) and "@" not in parts.netloc
