"""Texts of a document, as pages and the index of the search show them."""

from __future__ import annotations


def visible(text: str) -> str:
    """Return a text with escapes for characters that do not show, or that turn others around."""
    if text.isprintable():
        return text
    return "\n".join(line if line.isprintable() else _visible_line(line) for line in text.split("\n"))


def _visible_line(line: str) -> str:
    return "".join(char if char.isprintable() else _escaped(char) for char in line)


def _escaped(char: str) -> str:
    return " " if char in "\t\xa0" else char.encode("unicode_escape").decode("ascii")
