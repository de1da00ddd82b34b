"""The chart of the results, as an SVG that is readable on light and on dark pages."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

from .clients import OURS
from .rows import Row, quantity

BLOCKS = (
    ("List", "wall time"),
    ("List", "CPU time"),
    ("Informer", "wall time of a sync"),
    ("Informer", "memory of a pod"),
    ("Watch", "CPU time of an event"),
    ("Get", "CPU time of a call"),
)
"""The sections and measures that the chart shows."""

_MOST_BARS = 7
_WIDTH, _LABELS, _VALUES = 760, 190, 90
_BAR, _STEP, _TITLE, _GAP = 14, 20, 26, 16

_STYLE = """
  text { font: 12px system-ui, sans-serif; fill: #1f2328 }
  .title { font-weight: 600 }
  .ours { fill: #0969da }
  .other { fill: #8c959f }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 }
    .ours { fill: #4493f8 }
    .other { fill: #6e7681 }
  }
"""


@dataclass(frozen=True, kw_only=True)
class Bar:
    """The measurement of one client."""

    client: str
    value: float
    text: str
    length: float
    """Fraction of the longest bar of the block."""


@dataclass(frozen=True, kw_only=True)
class Block:
    """One measure with its bars, the shortest first."""

    title: str
    bars: Sequence[Bar]


def blocks(rows: Sequence[Row]) -> Iterator[Block]:
    """Decide what the chart shows: aiokube among the best of the references."""
    for section, measure in BLOCKS:
        found = [row for row in rows if (row.section, row.measure) == (section, measure) and row.theirs]
        if not found:
            continue
        unit = found[0].unit
        values = sorted([(row.theirs or 0.0, row.against) for row in found] + [(found[0].ours, OURS)])
        values = [pair for rank, pair in enumerate(values) if rank < _MOST_BARS or pair[1] == OURS]
        longest = values[-1][0]
        bars = [
            Bar(client=client, value=value, text=quantity(value, unit), length=value / longest)
            for value, client in values
        ]
        yield Block(title=f"{section}: {measure}", bars=bars)


def chart(rows: Sequence[Row]) -> str:
    """Draw the chart: bars of times and memory, of which short ones are good."""
    parts: list[str] = []
    top = _GAP
    for block in blocks(rows):
        parts += _drawn(block, top)
        top += _TITLE + len(block.bars) * _STEP + _GAP
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{top}" viewBox="0 0 {_WIDTH} {top}" '
        'role="img" aria-label="Times and memory of aiokube and other clients; short bars are good">'
    )
    return "\n".join([head, f"<style>{_STYLE}</style>", *parts, "</svg>", ""])


def _drawn(block: Block, top: int) -> Iterable[str]:
    yield f'<text class="title" x="0" y="{top + _BAR}">{escape(block.title)}</text>'
    room = _WIDTH - _LABELS - _VALUES
    for number, bar in enumerate(block.bars):
        y = top + _TITLE + number * _STEP
        width = max(1.0, bar.length * room)
        kind = "ours" if bar.client == OURS else "other"
        weight = ' class="title"' if bar.client == OURS else ""
        baseline = y + _BAR - 3
        yield f'<text{weight} x="{_LABELS - 8}" y="{baseline}" text-anchor="end">{escape(bar.client)}</text>'
        yield f'<rect class="{kind}" x="{_LABELS}" y="{y}" width="{width:.1f}" height="{_BAR}" rx="2"/>'
        yield f'<text{weight} x="{_LABELS + width + 6:.1f}" y="{baseline}">{escape(bar.text)}</text>'
