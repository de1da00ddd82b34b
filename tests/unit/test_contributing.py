"""The files and folders in the map of CONTRIBUTING.md exist."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PLACES = (ROOT, ROOT / "src" / "aiokube", ROOT / "codegen" / "aiokube_codegen")
_PATH = re.compile(r"`([\w/]+(?:/|\.\w+))`")


def test_every_place_in_the_map_exists() -> None:
    section = (ROOT / "CONTRIBUTING.md").read_text().partition("## Where things are")[2].partition("\n## ")[0]
    rows = [row for row in section.splitlines() if row.startswith("|")]
    assert len(rows) > 7
    for row in rows:
        folders = list(PLACES)
        for name in _PATH.findall(row):
            found = [folder / name for folder in folders if (folder / name).exists()]
            assert found, f"{name} does not exist: {row}"
            # Later names in the row may be relative to this one.
            folders.append(found[0] if found[0].is_dir() else found[0].parent)
