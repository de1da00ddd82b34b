"""What tests of the command share."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.codegen.command import GOLDEN


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A package that was generated before: no file of it is what `mini.json` becomes now."""
    package = Path(shutil.copytree(GOLDEN, tmp_path / "package", ignore=shutil.ignore_patterns("__pycache__")))
    for path in package.rglob("*.py"):
        path.write_text(path.read_text().replace("Kubernetes v1.99.0", "Kubernetes v1.98.0"))
    (package / "models" / "gone_v1.py").write_text("# Of an older cluster.\n")
    return package
