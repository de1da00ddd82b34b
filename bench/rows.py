"""The rows of the results: one measurement of aiokube beside one of a reference, and their table."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from .clients import OURS, Found, Missing, Side

Section = Literal[
    "Import", "Get", "Calls", "Decode", "Watch", "List", "Informer", "Other kinds", "Event loop", "Apply", "Pages"
]

_REASON_LENGTH = 100


@dataclass(frozen=True, kw_only=True)
class Row:
    """One result. The less, the better: values are times and memory, and below a ratio of 1 aiokube is ahead."""

    section: Section
    measure: str
    """Name of what is measured, the same in each run."""
    sentence: str
    """Explanation of the measure, for the page."""
    ours: float
    unit: str
    against: str = ""
    """The reference; empty if there is none."""
    theirs: float | None = None
    """The measurement of the reference; None if there is none."""
    missing: str = ""
    """Why the reference was not measured."""
    most: float | None = None
    """The target for the measurement of aiokube."""
    most_ratio: float | None = None
    """The target for the ratio."""

    @property
    def name(self) -> str:
        """The name under which runs are compared."""
        against = f", against {self.against}" if self.against else ""
        return f"{self.section}: {self.measure}{against}"

    @property
    def ratio(self) -> float | None:
        """The measurement of aiokube in those of the reference."""
        return self.ours / self.theirs if self.theirs else None

    @property
    def target(self) -> str:
        """The limits as text; empty if there are none."""
        value = "" if self.most is None else f"<= {quantity(self.most, self.unit)}"
        ratio = "" if self.most_ratio is None else f"ratio <= {self.most_ratio:g}"
        return ", ".join(filter(None, (value, ratio)))

    @property
    def reached(self) -> bool:
        """True if no target was missed; one against a reference that was not measured is not missed."""
        if self.most is not None and self.ours > self.most:
            return False
        return self.most_ratio is None or self.ratio is None or self.ratio <= self.most_ratio


@dataclass(frozen=True, kw_only=True)
class Measure:
    """A measure of a section, which becomes a row for each client."""

    name: str
    sentence: str
    unit: str
    value: Callable[[Found], float]
    most: float | None = None
    """The target for aiokube, in the unit; it stands in the first row."""
    most_ratios: Mapping[str, float] | None = None
    """Targets for the ratios, by reference."""

    def rows(self, section: Section, sides: Mapping[str, Side]) -> Iterator[Row]:
        """Yield a row for each client beside aiokube."""
        ours = sides[OURS]
        assert isinstance(ours, Found)
        most = self.most
        for name, side in sides.items():
            if name == OURS:
                continue
            yield Row(
                section=section,
                measure=self.name,
                sentence=self.sentence,
                ours=self.value(ours),
                unit=self.unit,
                against=name,
                theirs=self.value(side) if isinstance(side, Found) else None,
                missing=side.reason if isinstance(side, Missing) else "",
                most=most,
                most_ratio=(self.most_ratios or {}).get(name),
            )
            most = None


def quantity(value: float, unit: str) -> str:
    """Format a measurement: `0.46 s`, `6.1 KB`, `140 µs`."""
    if unit == "s":
        return f"{value:.2f} s" if value >= 0.1 else f"{value * 1e3:.1f} ms"
    return f"{value:,.{1 if value < 100 else 0}f}".removesuffix(".0") + f" {unit}"


def table(rows: Sequence[Row], *, sections: bool = False) -> str:
    """Format rows as a Markdown table; with the sections of the measures, if it has several."""
    lines = ["| measure | aiokube | reference | ratio | target | met |", "|---|---|---|---|---|---|"]
    for row in rows:
        ratio = "" if row.ratio is None else f"{row.ratio:.2f}"
        met = ("yes" if row.reached else "**no**") if row.target else ""
        measure = f"{row.section}: {row.measure}" if sections else row.measure
        cells = [measure, quantity(row.ours, row.unit), _reference(row), ratio, row.target, met]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _reference(row: Row) -> str:
    if row.missing:
        reason = row.missing.replace("|", "/").replace("\n", " ")
        return f"{row.against}: not measured: {reason[:_REASON_LENGTH]}"
    return row.against if row.theirs is None else f"{row.against} {quantity(row.theirs, row.unit)}"
