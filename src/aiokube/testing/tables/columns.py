"""Columns of tables, and the cells that many kinds have."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from ..store import Object

Cell = Callable[[Object, datetime], Any]
"""Returns a cell of the row of an object, at a time."""

Cells = list[Any]
NONE = "<none>"
UNSET = "<unset>"
UNKNOWN = "<unknown>"


@dataclass(frozen=True)
class Column:
    """A column.

    Args:
        name: Its title.
        cell: Its cell of an object.
        text: Its description.
        about: Path of the field whose description in the OpenAPI document is that of the column, instead of `text`.
        type: Type of its cells.
        format: Format of its cells; `name` for the name of the object.
        priority: 0 for a column that is always shown, more for one that is shown on demand (`kubectl get -o wide`).
    """

    name: str
    cell: Cell
    text: str = ""
    about: str = ""
    type: str = "string"
    format: str = ""
    priority: int = 0


@dataclass(frozen=True)
class Layout:
    """The table of a kind.

    Args:
        columns: The columns.
        conditions: Returns the conditions of the row of an object.
        arrange: Changes the rows of a list, which are cells and objects: their order, or what depends on all of them.
        extra: Columns that have cells and no definition.
        null: True if the rows of an empty list are null.
    """

    columns: Sequence[Column]
    conditions: Callable[[Object], list[dict[str, str]]] | None = None
    arrange: Callable[[list[tuple[Cells, Object]]], list[tuple[Cells, Object]]] | None = None
    extra: Sequence[Column] = ()
    null: bool = False


def at(obj: Any, path: str, default: Any = None) -> Any:
    """Return the value at a path such as `status.phase`; the default, if there is nothing."""
    for name in path.split("."):
        obj = obj.get(name) if isinstance(obj, dict) else None
        if obj is None:
            return default
    return obj


# cells of one field


def text(path: str, default: str = "") -> Cell:
    """Return the cell of a text; the default stands for an empty one."""
    return lambda obj, now: at(obj, path) or default


def value(path: str, default: Any) -> Cell:
    """Return the cell of a number or a boolean; the default stands for an absent one."""
    return lambda obj, now: at(obj, path, default)


def size(path: str) -> Cell:
    """Return the cell of the size of a list or a map."""
    return lambda obj, now: len(at(obj, path, ()))


def joined(path: str, default: str = "") -> Cell:
    """Return the cell of a list of texts."""
    return lambda obj, now: ",".join(at(obj, path, ())) or default


def age(path: str = "metadata.creationTimestamp", default: str = UNKNOWN) -> Cell:
    """Return the cell of the time since a field."""
    return lambda obj, now: since(at(obj, path), now) if at(obj, path) else default


def labels(path: str) -> Cell:
    """Return the cell of a map of labels."""
    return lambda obj, now: shown_labels(at(obj, path))


def selector(path: str, default: str = NONE) -> Cell:
    """Return the cell of a label selector."""
    return lambda obj, now: shown_selector(at(obj, path)) or default


# texts


def moment(timestamp: str) -> datetime:
    """Return a time of an object."""
    found = datetime.fromisoformat(timestamp)
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)


def since(timestamp: str | None, now: datetime) -> str:
    """Return how long ago something was."""
    return duration((now - moment(timestamp)).total_seconds()) if timestamp else UNKNOWN


_MINUTE, _HOUR, _DAY, _YEAR = 60, 3600, 86400, 365 * 86400

# Below a number of seconds, durations are shown in these units.
_SCALES: tuple[tuple[int, tuple[tuple[int, str], ...]], ...] = (
    (2 * _MINUTE, ((1, "s"),)),
    (10 * _MINUTE, ((_MINUTE, "m"), (1, "s"))),
    (3 * _HOUR, ((_MINUTE, "m"),)),
    (8 * _HOUR, ((_HOUR, "h"), (_MINUTE, "m"))),
    (2 * _DAY, ((_HOUR, "h"),)),
    (8 * _DAY, ((_DAY, "d"), (_HOUR, "h"))),
    (2 * _YEAR, ((_DAY, "d"),)),
    (8 * _YEAR, ((_YEAR, "y"), (_DAY, "d"))),
)


def duration(seconds: float) -> str:
    """Return a duration with two or three digits: `90s`, `5m30s`, `3h`, `2d4h`."""
    rest = int(seconds)
    if rest < -1:
        return "<invalid>"
    if rest <= 0:
        return "0s"
    units = next((units for limit, units in _SCALES if rest < limit), ((_YEAR, "y"),))
    shown = ""
    for unit, name in units:
        count, rest = divmod(rest, unit)
        # Only the first unit is shown when it is zero.
        shown += f"{count}{name}" if count or not shown else ""
    return shown


def shown_labels(found: Mapping[str, str] | None) -> str:
    """Return labels as a selector has them."""
    return ",".join(f"{key}={value}" for key, value in sorted((found or {}).items())) or NONE


def shown_selector(found: Mapping[str, Any] | None) -> str:
    """Return a label selector as clients write it; empty if it selects everything or nothing."""
    terms = [(key, f"{key}={value}") for key, value in ((found or {}).get("matchLabels") or {}).items()]
    for one in (found or {}).get("matchExpressions") or ():
        key, operator = one["key"], one["operator"]
        values = f"({','.join(sorted(one.get('values') or ()))})"
        alone = {"Exists": key, "DoesNotExist": f"!{key}"}
        terms.append((key, alone.get(operator, f"{key} {operator.lower()} {values}")))
    return ",".join(shown for _, shown in sorted(terms, key=lambda term: term[0]))


def first_of(items: Iterable[str], limit: int, *, default: str, separator: str = ",") -> str:
    """Return some texts, and how many more there are."""
    found = list(items)
    shown = separator.join(found[:limit])
    return f"{shown} + {len(found) - limit} more..." if len(found) > limit else shown or default


def condition(obj: Object, type: str) -> Mapping[str, Any]:
    """Return a condition of an object; empty if there is none."""
    return next((one for one in at(obj, "status.conditions", ()) if one.get("type") == type), {})


# columns that many kinds have

NAME = Column("Name", text("metadata.name"), about="metadata.name", format="name")
AGE = Column("Age", age(), about="metadata.creationTimestamp")
CREATED = Column("Created At", text("metadata.creationTimestamp"), about="metadata.creationTimestamp", type="date")


def containers(path: str, *, priority: int = 1) -> tuple[Column, Column]:
    """Return the columns of the containers of a pod template.

    Args:
        path: Path of the template.
        priority: That of both columns.
    """

    def cell(field: str) -> Cell:
        return lambda obj, now: ",".join(one.get(field, "") for one in at(obj, f"{path}.spec.containers", ()))

    return (
        Column("Containers", cell("name"), "Names of each container in the template.", priority=priority),
        Column("Images", cell("image"), "Images referenced by each container in the template.", priority=priority),
    )


DEFAULT = Layout((NAME, CREATED), null=True)
"""The table of a kind without columns of its own."""
