"""Pictures from text: a fence `flow` is drawn as boxes and arrows, when the site is built.

Each line is a row of boxes, separated by `->`, `<-`, or `|` for no arrow. A box that is also in the row below, in the
same column, is one tall box; `v` is an arrow from the row above to the row below. The source reads as well as the
picture. Mermaid would draw it in the browser, by a script of 3 MB that Material for MkDocs loads from another host.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import escape
from typing import Any, Final

_SEPARATOR: Final = re.compile(r"->|<-|\|")
_WIDTH: Final = 118
_HEIGHT: Final = 34
_GAP: Final = 30  # between two boxes, for an arrow
_PADDING: Final = 2


@dataclass(frozen=True)
class _Box:
    text: str
    column: int
    first_row: int
    last_row: int

    @property
    def left(self) -> int:
        return _PADDING + self.column * (_WIDTH + _GAP)

    @property
    def top(self) -> int:
        return _PADDING + self.first_row * (_HEIGHT + _GAP)

    @property
    def height(self) -> int:
        return (self.last_row - self.first_row) * (_HEIGHT + _GAP) + _HEIGHT


def fence(source: str, language: str, css_class: str, options: dict[str, Any], md: Any, **_: Any) -> str:
    """Draw a fence; the signature is that of a custom fence of pymdownx.superfences."""
    return draw(source)


def draw(source: str) -> str:
    """Return the SVG of a text, as HTML.

    Args:
        source: The text, as the docstring of this module explains it.
    """
    lines = [line for line in source.splitlines() if line.strip()]
    cells = [[cell.strip() for cell in _SEPARATOR.split(line)] for line in lines]
    # A line of nothing but `v` lies between two rows.
    rows = [row for row in cells if set(row) - {"", "v"}]
    arrows = [_SEPARATOR.findall(line) for line, row in zip(lines, cells, strict=True) if row in rows]
    boxes = _boxes(rows)
    parts = [_drawn(box) for box in boxes]
    for number, row in enumerate(arrows):
        middle = _PADDING + number * (_HEIGHT + _GAP) + _HEIGHT // 2
        for column, arrow in enumerate(row):
            start = _PADDING + column * (_WIDTH + _GAP) + _WIDTH
            if arrow == "->":
                parts.append(_arrow(start + 3, middle, start + _GAP - 4, middle))
            elif arrow == "<-":
                parts.append(_arrow(start + _GAP - 3, middle, start + 4, middle))
    above = -1
    for row in cells:
        if row in rows:
            above += 1
            continue
        top = _PADDING + above * (_HEIGHT + _GAP) + _HEIGHT
        for column in (column for column, cell in enumerate(row) if cell == "v"):
            middle = _PADDING + column * (_WIDTH + _GAP) + _WIDTH // 2
            parts.append(_arrow(middle, top + 3, middle, top + _GAP - 4))
    width = max(map(len, rows)) * (_WIDTH + _GAP) - _GAP + 2 * _PADDING
    height = len(rows) * (_HEIGHT + _GAP) - _GAP + 2 * _PADDING
    label = escape("; ".join(" ".join(line.split()) for line in lines), quote=True)
    return (
        f'<div class="flow" tabindex="0"><svg viewBox="0 0 {width} {height}" role="img" aria-label="{label}">'
        f"{''.join(parts)}</svg></div>"
    )


def _boxes(rows: list[list[str]]) -> list[_Box]:
    boxes: list[_Box] = []
    for number, row in enumerate(rows):
        for column, text in enumerate(row):
            above = next((box for box in boxes if (box.column, box.last_row) == (column, number - 1)), None)
            if above is not None and above.text == text:
                boxes[boxes.index(above)] = _Box(text, column, above.first_row, number)
            elif text:
                boxes.append(_Box(text, column, number, number))
    return boxes


def _drawn(box: _Box) -> str:
    rectangle = f'<rect x="{box.left}" y="{box.top}" width="{_WIDTH}" height="{box.height}" rx="4"/>'
    x, y = box.left + _WIDTH // 2, box.top + box.height // 2
    return f'{rectangle}<text x="{x}" y="{y}">{escape(box.text)}</text>'


def _arrow(x1: int, y1: int, x2: int, y2: int) -> str:
    """A line with a head at its second end."""
    back = 5
    if y1 == y2:
        tip = x2 - back if x2 > x1 else x2 + back
        head = f"M{tip} {y2 - 4}L{x2} {y2}L{tip} {y2 + 4}"
    else:
        head = f"M{x2 - 4} {y2 - back}L{x2} {y2}L{x2 + 4} {y2 - back}"
    return f'<path d="M{x1} {y1}L{x2} {y2}{head}"/>'
