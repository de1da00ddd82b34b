"""The list `metadata.managedFields`: one entry for each manager, operation, version and subresource."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

from .fieldset import FieldSet, InvalidFields, from_fields

_MAX_UPDATERS = 10
_OLD_UPDATERS = "ancient-changes"


class Manager(NamedTuple):
    """Who manages fields."""

    name: str
    operation: str
    """`Apply` or `Update`."""
    api_version: str
    subresource: str = ""


@dataclass(frozen=True)
class Managed:
    """The fields of a manager."""

    fields: FieldSet
    time: str
    """When the manager last changed them."""


Managers = dict[Manager, Managed]


def read_entries(entries: Iterable[dict[str, Any]] | None) -> Managers:
    """Return the managers of an object; none, as kube-apiserver does, if it cannot read all of them."""
    found: Managers = {}
    for entry in entries or ():
        if not _is_readable(entry):
            return {}
        manager = Manager(
            entry.get("manager", ""),
            entry.get("operation", ""),
            entry.get("apiVersion", ""),
            entry.get("subresource", ""),
        )
        try:
            found[manager] = Managed(from_fields(entry.get("fieldsV1", {})), entry.get("time", ""))
        except InvalidFields:
            return {}
    return found


def _is_readable(entry: dict[str, Any]) -> bool:
    is_known = entry.get("operation") in ("Apply", "Update") and entry.get("fieldsType") == "FieldsV1"
    return is_known and bool(entry.get("apiVersion"))


def write_entries(managers: Managers) -> list[dict[str, Any]]:
    """Return the list for `metadata.managedFields`, in the server's order."""
    ordered = sorted(managers.items(), key=lambda item: (item[0].operation, item[1].time, *item[0]))
    return [_entry(manager, managed) for manager, managed in ordered]


def _entry(manager: Manager, managed: Managed) -> dict[str, Any]:
    entry = {
        "manager": manager.name,
        "operation": manager.operation,
        "apiVersion": manager.api_version,
        **({"time": managed.time} if managed.time else {}),
        "fieldsType": "FieldsV1",
        "fieldsV1": managed.fields.to_fields(),
    }
    return {**entry, "subresource": manager.subresource} if manager.subresource else entry


def cap(managers: Managers) -> Managers:
    """Merge the oldest of more than ten managers that have updated the object into one for each version."""
    found = dict(managers)
    updaters = sorted(
        (manager for manager in managers if manager.operation == "Update"), key=lambda one: (managers[one].time, *one)
    )
    excess = len(updaters) - _MAX_UPDATERS
    first: dict[str, Manager] = {}
    for manager in updaters:
        if excess <= 0:
            break
        if manager.api_version not in first:
            first[manager.api_version] = manager
            continue
        bucket = Manager(_OLD_UPDATERS, "Update", manager.api_version)
        if bucket not in found:
            found[bucket] = found.pop(first[manager.api_version])
        managed = found.pop(manager)
        found[bucket] = Managed(found[bucket].fields.union(managed.fields), managed.time)
        excess -= 1
    return found
