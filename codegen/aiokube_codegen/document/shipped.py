"""The documents that the shipped client is generated from: the API of Kubernetes, without a cluster or a file."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Final

from ..errors import CodegenError
from .source import FOLDER, Source, read_source

SHIPPED: Final = "the shipped API"
"""Its name in messages."""

_PLACES: Final = tuple(Path(__file__).parents[up] / "spec" / FOLDER for up in (1, 3))
"""Inside of the package, where the wheel has the documents, and beside it in a checkout."""


def shipped_source() -> Source:
    """Return the documents that the shipped client is generated from.

    Raises:
        CodegenError: They were removed from the installation, or changed.
    """
    folder = next((place for place in _PLACES if place.is_dir()), None)
    if folder is None:
        raise CodegenError(
            f"{_PLACES[0]} does not exist: this installation of aiokube is not complete; install it again, or name a "
            "document by --spec"
        )
    return replace(read_source(folder), origin=SHIPPED)
