"""The docstrings of generated methods, taken apart: they are all of one form."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

_ITEM: Final = re.compile(r"^ {4}(\S+?): ")


@dataclass(frozen=True, kw_only=True)
class Docstring:
    """The parts of a docstring."""

    arguments: dict[str, str]
    """Texts by argument."""
    raises: tuple[tuple[str, str], ...]
    """Errors, each with its reason; some come with several."""


def parse(text: str) -> Docstring:
    """Take the docstring of a method apart."""
    sections = {
        lines[0]: list(_items(lines[1:])) for part in text.split("\n\n") if (lines := part.split("\n"))[0][-1:] == ":"
    }
    return Docstring(arguments=dict(sections.get("Args:", ())), raises=tuple(sections.get("Raises:", ())))


def _items(lines: list[str]) -> Iterator[tuple[str, str]]:
    name, said = "", list[str]()
    for line in lines:
        if item := _ITEM.match(line):
            if name:
                yield name, " ".join(said)
            name, said = item[1], [line[item.end() :]]
        else:
            said.append(line.strip())
    if name:
        yield name, " ".join(said)
