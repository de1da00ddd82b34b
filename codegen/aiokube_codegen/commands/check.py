"""The check of `aiokube generate --check`: whether a package is what would be generated now."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from ..comparison.compare import compare
from ..comparison.output import as_text
from ..comparison.page import page_of
from ..comparison.sources import source_surface, source_title
from ..naming.docstrings import printable
from ..render.writer import is_handwritten, read_package
from .exit_codes import DIFFERENT

_SHOWN: Final = 10
"""Files that are listed."""


def check(files: Mapping[str, str], output: Path, *, origin: str) -> int:
    """Print how the package in a folder differs from what would be written, and return the exit code.

    Args:
        files: Source of each file that would be written, by path inside the package.
        output: The folder.
        origin: What they are made of, in words.

    Raises:
        CodegenError: The folder holds no generated package, or one that cannot be read.
    """
    present = read_package(output)
    if is_handwritten(output / "__init__.py"):
        files = {path: text for path, text in files.items() if path != "__init__.py"}
    paths = sorted(path for path in present.keys() | files.keys() if present.get(path) != files.get(path))
    if not paths:
        print(f"{output} is what {printable(origin)} gives: {len(files)} files")
        return 0
    changes = compare(source_surface(present), source_surface(files))
    print(as_text(page_of(changes, old=source_title(present, output), new=origin)))
    more = f", and {len(paths) - _SHOWN} more" if len(paths) > _SHOWN else ""
    differ = "1 file differs" if len(paths) == 1 else f"{len(paths)} files differ"
    print(f"{differ}: {', '.join(paths[:_SHOWN])}{more}")
    return DIFFERENT
