"""The reference of a document, made as people make it."""

from __future__ import annotations

from pathlib import Path

from tests.codegen.command import AIOKUBE
from tests.support.children import output_of


def reference_of(spec: Path, folder: Path) -> Path:
    """Make the reference of a document, and return its folder."""
    output_of(*AIOKUBE, "reference", "--quiet", "--spec", spec, "--output", folder)
    return folder
