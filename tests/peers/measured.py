"""Measurements of a client: rows of docs/performance.md, and the size of what is installed."""

from __future__ import annotations

import re
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Final

from .clients import CLIENTS, Client

ROOT: Final = Path(__file__).parents[2]
_PERFORMANCE: Final = ROOT / "docs" / "performance.md"
UNKNOWN: Final = "not measured"

MEASURES: Final = (
    ("List", "wall time", "Time of a list of 5,000 pods"),
    ("List", "memory", "Memory of that list"),
    ("Watch", "CPU time of an event", "CPU time of an event of a watch"),
)
"""Section and measure of docs/performance.md, and the title of the row here."""


def measured(section: str, measure: str, client: Client) -> str:
    """Return a measurement of docs/performance.md.

    Args:
        section: The heading of its section.
        measure: The first cell of its rows.
        client: The client.
    """
    text = _PERFORMANCE.read_text().partition(f"## {section}\n")[2].partition("\n## ")[0]
    rows = [
        [cell.strip() for cell in line.strip("| ").split("|")] for line in text.splitlines() if line.startswith("|")
    ]
    for cells in rows:
        if cells[0] == measure:
            if client is CLIENTS["aiokube"]:
                return cells[1]
            if match := re.fullmatch(rf"{re.escape(client.name)} ([\d.,]+ .+)", cells[2]):
                return match[1]
    return UNKNOWN


def version(client: Client) -> str:
    """Return the version that is installed.

    Raises:
        LookupError: It is not installed.
    """
    try:
        return distribution(client.distributions[0]).version
    except PackageNotFoundError:
        raise LookupError(f"{client.name} is not installed: `make peers` installs it") from None


def size(client: Client) -> str:
    """Return the size of a client's own Python files and of those of its models, without dependencies."""
    if client is CLIENTS["aiokube"]:
        files = [*(ROOT / "src").rglob("*.py"), *(ROOT / "codegen").rglob("*.py")]
    else:
        found = [distribution(name) for name in client.distributions]
        files = [Path(str(one.locate_file(file))) for one in found for file in one.files or () if file.suffix == ".py"]
    return f"{sum(file.stat().st_size for file in files) / 1e6:.1f} MB"
