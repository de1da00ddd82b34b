"""Tables of objects as responses and events."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from ..rendering import View, encode, metadata_only, whole
from ..schema.node import Node
from ..store import Object, Record
from ..versions.version import Version
from .columns import Cells, Column, Layout

_ENUM = "\n\nPossible enum values:"

Row = tuple[Cells, Object]


class TableView(View):
    """Objects as the rows of a table.

    Args:
        version: The version of the resource.
        layout: Its columns.
        schema: The schema that describes its fields.
        now: Returns the time.
        include: What a row has of its object: `Object`, `Metadata` or `None`.
        meta: Version of meta.k8s.io.
        content_type: Media type of responses.
    """

    def __init__(
        self,
        version: Version,
        layout: Layout,
        schema: Node,
        now: Callable[[], datetime],
        *,
        include: str,
        meta: str,
        content_type: str,
    ) -> None:
        super().__init__(version, content_type)
        self._layout = layout
        self._schema = schema
        self._now = now
        self._include = include
        self._meta = meta
        self._is_first = True

    def of(self, record: Record) -> bytes:
        """Return a table with an object in the store."""
        return self.of_object(record.obj)

    def of_object(self, obj: Object) -> bytes:
        """Return a table with one object."""
        return self._table(self._rows([obj]), {"resourceVersion": obj["metadata"].get("resourceVersion")})

    def of_list(self, records: Sequence[Record], metadata: Mapping[str, Any]) -> bytes:
        """Return a table with the objects of a list."""
        rows = self._rows([record.obj for record in records])
        if self._layout.arrange is not None:
            rows = self._layout.arrange(rows)
        return self._table(rows, metadata)

    def _rows(self, objects: Sequence[Object]) -> list[Row]:
        now, columns = self._now(), [*self._layout.columns, *self._layout.extra]
        shown = [whole(self.resource, obj) for obj in objects]
        return [([column.cell(obj, now) for column in columns], obj) for obj in shown]

    def _table(self, rows: Sequence[Row], metadata: Mapping[str, Any]) -> bytes:
        # Of the events of a watch, only the first one has the columns.
        columns = [self._definition(column) for column in self._layout.columns] if self._is_first else None
        self._is_first = False
        return encode(
            {
                "kind": "Table",
                "apiVersion": f"meta.k8s.io/{self._meta}",
                "metadata": {name: value for name, value in metadata.items() if value},
                "columnDefinitions": columns,
                "rows": [self._row(*row) for row in rows] or (None if self._layout.null else []),
            }
        )

    def _row(self, cells: Cells, obj: Object) -> Object:
        row: Object = {"cells": cells}
        if self._layout.conditions is not None and (conditions := self._layout.conditions(obj)):
            row["conditions"] = conditions
        return {**row, "object": self._part(obj)}

    def _part(self, obj: Object) -> Object | None:
        """Return what a row has of its object."""
        match self._include:
            case "Object":
                return whole(self.resource, self.version.from_stored(obj))
            case "None":
                return None
        return metadata_only(self.version.from_stored(obj), self._meta)

    def _definition(self, column: Column) -> Object:
        return {
            "name": column.name,
            "type": column.type,
            "format": column.format,
            "description": column.text or _description(self._schema, column.about),
            "priority": column.priority,
        }


def _description(schema: Node, path: str) -> str:
    """Return the description of a field; empty if the schema has none."""
    node: Node | None = schema
    for name in filter(None, path.split(".")):
        node = node.field(name) if node is not None else None
    text = str(node.outer.get("description", "")) if node is not None and path else ""
    # The document lists the values of enums as well.
    return text.partition(_ENUM)[0].rstrip("\n")
