"""Writes the pages into a folder, completely or not at all."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Final

from ..errors import CodegenError
from ..folders import replace_entries
from .addresses import INDEX, KINDS, SEARCH, TYPES
from .pages import MARKER, SCRIPT, STYLE

_ENTRIES: Final = (INDEX, STYLE, SCRIPT, KINDS, TYPES, SEARCH)
"""The entries of a folder of pages; anything else in it belongs to somebody, and stays."""
_HEAD: Final = 300
"""Bytes in which the marker stands."""


def check_output(output: Path) -> None:
    """Check that pages may be written to a folder: it is new, empty, or holds pages that aiokube made.

    Raises:
        CodegenError: The folder holds something else, or cannot be read.
    """
    try:
        if output.is_symlink() and not output.exists():
            raise CodegenError(f"{output} is a link to {output.readlink()}, which does not exist")
        if not output.exists():
            return
        if not output.is_dir():
            raise CodegenError(f"{output} is not a folder: give --output a folder for the pages")
        present = sorted(path.name for path in output.iterdir())
        index = output / INDEX
        if present and not (index.is_file() and MARKER.encode() in index.read_bytes()[:_HEAD]):
            raise CodegenError(
                f"{output} holds {present[0]!r} and no {INDEX} of `aiokube reference`: only a folder that it made is "
                "replaced; give --output another folder, or empty this one"
            )
    except OSError as error:
        raise CodegenError(f"{output} cannot be read: {error.strerror}") from error


def write_pages(files: Iterable[tuple[str, str]], output: Path) -> int:
    """Write pages into a folder, in place of those that it holds.

    Other files in it stay. If anything fails, the old pages are restored.

    Args:
        files: Paths below the folder, each with its text.
        output: The folder.

    Returns:
        The number of bytes written.

    Raises:
        CodegenError: The folder holds something else, or cannot be written.
    """
    check_output(output)
    encoded = ((path, text.encode("utf-8", "replace")) for path, text in files)
    return replace_entries(encoded, output, _ENTRIES)
