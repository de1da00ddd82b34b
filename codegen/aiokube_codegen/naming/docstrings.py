"""String literals and docstrings for texts with any quotes, backslashes and tabs."""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Sequence
from typing import Final

WIDTH: Final = 120
"""Columns of a generated line."""
# An HTTP call stays on a line of its own, where people and tests look for it.
_CALL: Final = re.compile(r"[A-Z]+ /\S*")
_BULLET: Final = re.compile(r"\s*(?:[-*+]\s+|[0-9]+[.)]\s+)?")


def docstring(text: str, *, indent: int) -> str:
    """Return a docstring literal for an indentation of `indent` columns; empty if the text is.

    Line breaks of the text are kept, and long lines are wrapped at 120 columns.
    """
    lines = [_escape(line.expandtabs(4).rstrip()) for line in text.strip().splitlines()]
    width = WIDTH - indent
    wrapped = [part for index, line in enumerate(lines) for part in _wrap(line, width - 3 if index == 0 else width)]
    if not wrapped:
        return ""
    if len(wrapped) == 1 and len(wrapped[0]) <= width - 6:
        return f'"""{_close(wrapped[0])}"""'
    margin = " " * indent
    rest = "".join(f"\n{margin}{line}" if line else "\n" for line in wrapped[1:])
    return f'"""{wrapped[0]}{rest}\n{margin}"""'


def literal(text: str | None) -> str:
    """Return the Python literal of a text, in double quotes, or of None."""
    # The escapes are also those of Python. A lone surrogate, which JSON can hold and a file cannot, gets one, too.
    return "None" if text is None else printable(json.dumps(text, ensure_ascii=False))


def printable(text: str) -> str:
    """Return a text as one line, with escapes for line breaks and for characters that control a terminal."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode("ascii") for char in text)


def with_values(text: str, values: Sequence[object]) -> str:
    """Add the values of an enum to its description, unless it lists them itself."""
    if not values or "Possible enum values" in text:
        return text
    return f"{text.rstrip()}\n\nOne of: {', '.join(map(_value, values))}.".lstrip()


def _value(value: object) -> str:
    """A value of an enum: a text as it is, unless it would break the line; anything else as JSON."""
    if value == "":
        return "the empty string"
    is_plain = isinstance(value, str) and value.isprintable()
    return f"`{value if is_plain else json.dumps(value, ensure_ascii=False)}`"


def _wrap(line: str, width: int) -> list[str]:
    if len(line) <= width or _CALL.fullmatch(line):
        return [line]
    bullet = _BULLET.match(line)
    hanging = " " * (bullet.end() if bullet else 0)
    return textwrap.wrap(
        line, width, subsequent_indent=hanging, break_long_words=False, break_on_hyphens=False, drop_whitespace=True
    )


def _escape(line: str) -> str:
    # A lone surrogate, which JSON can hold and source code cannot, becomes a question mark.
    line = line.encode("utf-8", "replace").decode("utf-8")
    return printable(line.replace("\\", "\\\\").replace('"""', '\\"\\"\\"'))


def _close(line: str) -> str:
    """Escape a last quote, which would run into the closing ones, unless it is escaped already."""
    before = line.removesuffix('"')
    backslashes = len(before) - len(before.rstrip("\\"))
    return line if before == line or backslashes % 2 else f'{before}\\"'
