"""Tables of custom resources: the printer columns of their definitions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from ..store import Object
from .columns import AGE, NAME, Cell, Column, Layout, since
from .json_path import JsonPath, NoResult

_ESCAPED = str.maketrans({character: f"\\u{ord(character):04x}" for character in "<>&"})
_encode = msgspec.json.Encoder(order="sorted").encode

PrinterColumn = Mapping[str, Any]
"""One of the `additionalPrinterColumns` of a definition."""


def custom_layout(columns: Sequence[PrinterColumn]) -> Layout:
    """Return the layout of a custom resource.

    Args:
        columns: The `additionalPrinterColumns` of its version; without any, the age is shown.

    Raises:
        UnknownPath: A path is written in a part of JSONPath that is not implemented.
    """
    if not columns:
        return Layout((NAME, Column("Age", AGE.cell, about=AGE.about, type="date")))
    return Layout((NAME, *(_column(one) for one in columns)))


def _column(sent: PrinterColumn) -> Column:
    path = sent["jsonPath"]
    return Column(
        sent["name"],
        _cell(JsonPath(path), sent["type"]),
        sent.get("description") or f"Custom resource definition column (in JSONPath format): {path}",
        type=sent["type"],
        format=sent.get("format", ""),
        priority=sent.get("priority", 0),
    )


def _cell(path: JsonPath, type: str) -> Cell:
    def cell(obj: Object, now: datetime) -> Any:
        try:
            found = path.first(obj)
        except NoResult:
            return None
        return _typed(found, type, now)

    return cell


def _typed(found: Any, type: str, now: datetime) -> Any:
    """Return a value as a cell of a type; null, if it is none."""
    is_number = isinstance(found, (int, float)) and not isinstance(found, bool)
    match type:
        case "string":
            return _printed(found)
        case "integer" if is_number:
            return int(found)
        case "number" if is_number:
            return found
        case "boolean" if isinstance(found, bool):
            return found
        case "date" if isinstance(found, str):
            try:
                return since(found, now)
            except ValueError:
                return "<invalid>"
    return None


def _printed(found: Any) -> str:
    match found:
        case str():
            return found
        case bool():
            return str(found).lower()
        case None:
            return "<nil>"
        case dict() | list():
            # Go's JSON can stand in a page.
            return _encode(found).decode().translate(_ESCAPED)
    return str(found)
