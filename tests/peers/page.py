"""docs/comparison.md: the tables between its markers."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from .clients import CLIENTS

PAGE: Final = Path(__file__).parents[2] / "docs" / "comparison.md"

_TABLES: Final = re.compile(r"(<!-- made by `make peers` -->\n).*?(<!-- end -->\n)", re.DOTALL)


@dataclass(frozen=True)
class Row:
    """The findings for each client."""

    title: str
    cells: Mapping[str, str]
    """By client."""


@dataclass(frozen=True)
class Section:
    """A table."""

    title: str
    made_by: str
    """The file that checks its rows."""
    rows: Sequence[Row]


def written(text: str, versions: Mapping[str, str], sections: Sequence[Section]) -> str:
    """Return the text of the page with other tables."""
    date = f"Checked on {datetime.now(UTC):%Y-%m-%d}, by `make peers`, with these versions:"
    parts = [date, _table("client", [Row("version", versions)])]
    for section in sections:
        parts += [f"## {section.title}", f"By `{section.made_by}`.", _table("check", section.rows)]
    tables = "\n\n".join(parts)
    return _TABLES.sub(lambda match: f"{match[1]}\n{tables}\n\n{match[2]}", text)


def cells_of(text: str, section: str, client: str) -> Mapping[str, str]:
    """Return the column of a client in the table of a section, by the titles of its rows."""
    table = text.partition(f"## {section}\n")[2].partition("\n## ")[0]
    lines = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines() if line[:1] == "|"]
    column = lines[0].index(CLIENTS[client].name)
    return {cells[0]: cells[column] for cells in lines[2:]}


def _table(corner: str, rows: Sequence[Row]) -> str:
    head = [corner, *(client.name for client in CLIENTS.values())]
    lines = [head, ["---"] * len(head), *([row.title, *(row.cells[name] for name in CLIENTS)] for row in rows)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
