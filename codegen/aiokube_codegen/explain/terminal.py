"""Prints pages in a terminal, or into a file: in its width, and in color where that is wanted."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Iterator
from typing import Final

from rich.text import Text

from ..console import Console
from ..naming.docstrings import printable
from .page import Entry, Page

_LABEL: Final = 8
_SIGN: Final = re.compile(r"\s*(?:[-*+]\s+|[0-9]+[.)]\s+)?")
"""The indentation of a paragraph and the sign of a list, below which its other lines do not stand."""
_ITEM: Final = re.compile(r" {4}\w+: ")
"""The beginning of an item in a docstring, whose other lines stand further in."""
_COLUMN: Final = 50
"""Characters of a column at most, to which shorter names are filled up."""
_NARROWEST: Final = 40
"""Columns that texts need at least, however narrow the terminal is."""
_HEADING, _NAME, _TYPE, _MARK, _WARNING = "bold", "cyan", "green", "dim", "yellow"


class _Console(Console):
    def on_broken_pipe(self) -> None:
        """Leave it to the command, which has an exit code for that; Rich would exit with that of an error."""
        raise  # Rich calls this while it handles the exception


class Printer:
    """Prints on stdout. Rich leaves out colors where there is no terminal, and where NO_COLOR is set."""

    def __init__(self) -> None:
        self._console = _Console(highlight=False, markup=False, emoji=False)
        self._width = max(self._console.width, _NARROWEST)

    def page(self, page: Page) -> None:
        """Print a page."""
        for label, value in page.facts:
            self._wrapped(value, first=f"{label:<{_LABEL}}", style=_HEADING if label != "FROM" else _MARK)
        if page.deprecated:
            self.line()
            self._wrapped(page.deprecated, style=_WARNING)
        if page.signature:
            self.line()
            for line in page.signature.splitlines():
                self.line(line, style=_NAME)
        if page.description:
            self.line()
            self._text(page.description)
        if page.limits:
            self.line()
        for name, value in page.limits:
            self._wrapped(value, first=f"{name}: ", indent="  ")
        self._entries("FIELDS", page.fields)
        self._entries("METHODS", page.methods)
        if page.example:
            self.heading("EXAMPLE")
            for line in page.example.splitlines():
                self.line(f"  {line}".rstrip())
        if page.rules:
            self.heading("RBAC")
            for line in page.rules.splitlines():
                self.line(f"  {line}")

    def heading(self, text: str) -> None:
        """Print a heading."""
        self.line()
        self.line(text, style=_HEADING)

    def line(self, text: str = "", style: str = "") -> None:
        """Print a line as it is."""
        self._print(Text(printable(text), style=style))

    def origin(self, text: str) -> None:
        """Print which API this is about."""
        self.line()
        self._wrapped(text, first=f"{'FROM':<{_LABEL}}", style=_MARK)

    def title(self, name: str, owner: str) -> None:
        """Print a name, and whose it is."""
        line = Text(printable(name), style=_HEADING)
        line.append(f"  {printable(owner)}", style=_MARK)
        self._print(line)

    def answer(self, target: str, text: str, example: str, facts: Iterable[tuple[str, str]]) -> None:
        """Print what something leads to, with what there is to say of it."""
        self._print(Text(f"  {printable(target)}", style=_NAME))
        self._text(text, indent="      ")
        for number, line in enumerate(example.splitlines()):
            self.line(f"  {'' if number else 'example':<{_LABEL}}{line}".rstrip())
        for label, value in facts:
            self._wrapped(value, first=f"{label:<{_LABEL}}", indent="  ")

    def table(self, rows: Iterable[tuple[str, str, str]]) -> None:
        """Print names, what they lead to, and whose they are, a line each."""
        listed = [tuple(map(printable, row)) for row in rows]
        widths = [min(max(map(len, column)), _COLUMN) for column in zip(*listed, strict=True)]
        for name, target, owner in listed:
            line = Text(f"  {name:<{widths[0]}}  ")
            line.append(f"{target:<{widths[1]}}  ", style=_NAME)
            line.append(owner, style=_MARK)
            self._print(line)

    def entry(self, entry: Entry) -> None:
        """Print a field or a method."""
        margin = "  " * (entry.depth + 1)
        line = Text(margin)
        line.append(printable(entry.name), style=_NAME)
        line.append(printable(entry.type), style=_TYPE)
        for mark in entry.marks:
            style = _WARNING if mark in ("required", "deprecated") else _MARK
            line.append(f"  {printable(mark)}", style=style)
        self._print(line)
        self._text(entry.text, indent=f"{margin}    ")

    def _entries(self, heading: str, entries: Iterable[Entry]) -> None:
        listed = list(entries)
        if listed:
            self.heading(heading)
        for number, entry in enumerate(listed):
            if entry.text and number:
                self.line()
            self.entry(entry)

    def _text(self, text: str, indent: str = "") -> None:
        for line in text.splitlines():
            self._wrapped(line, indent=indent)

    def _wrapped(self, text: str, *, first: str = "", indent: str = "", style: str = "") -> None:
        for number, line in enumerate(self._lines(text, first, indent)):
            shown = Text(printable(line))
            shown.stylize(style, 0 if number else len(indent + first))
            self._print(shown)

    def _lines(self, text: str, first: str, indent: str) -> Iterator[str]:
        sign = _SIGN.match(text)
        hanging = len(first) or (sign.end() if sign else 0) + (4 if _ITEM.match(text) else 0)
        yield from textwrap.wrap(
            text,
            self._width,
            initial_indent=f"{indent}{first}",
            subsequent_indent=f"{indent}{' ' * hanging}",
            break_long_words=False,
            break_on_hyphens=False,
        ) or [""]

    def _print(self, text: Text) -> None:
        # Wrapped already, and never cut: what is copied from a terminal or piped is whole.
        self._console.print(text, soft_wrap=True)
