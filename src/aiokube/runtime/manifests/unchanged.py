"""Tells by an object before and after if an apply changed it."""

from __future__ import annotations

from typing import Any

from ..codec.dynamic_object import DynamicObject, ManagedFieldsEntry
from ..codec.managed_fields import extract

# What others write, and what follows from the rest.
_NOT_APPLIED = ("managedFields", "resourceVersion", "generation")


def is_unchanged(before: DynamicObject, after: DynamicObject, field_manager: str, *, dry_run: bool) -> bool:
    """Return True if an apply of a manager left an object as it was.

    Others may have changed the object between the two, such as a controller that writes its status or an annotation,
    and a dry run keeps the resource version. Then the entry of the manager tells, whose time is that of the last apply
    with an effect. Its resolution is a second, and so the values that the manager owns tell, too.
    """
    if before.metadata.uid != after.metadata.uid:
        return False
    if not dry_run and before.metadata.resource_version == after.metadata.resource_version:
        return True
    entry = _entry(after, field_manager)
    if _entry(before, field_manager) != entry:
        return False
    if _contents(before) == _contents(after):
        return True
    if entry is None or not _has_values(entry):
        return False
    return extract(before, field_manager) == extract(after, field_manager)


def _entry(obj: DynamicObject, field_manager: str) -> ManagedFieldsEntry | None:
    return next(
        (
            entry
            for entry in obj.metadata.managed_fields
            if (entry.manager, entry.operation, entry.subresource) == (field_manager, "Apply", "")
        ),
        None,
    )


def _has_values(entry: ManagedFieldsEntry) -> bool:
    """Return False if an entry has no fields, or `stringData` of a Secret, which servers do not return."""
    fields = entry.to_dict().get("fieldsV1", {})
    return bool(fields) and "f:stringData" not in fields


def _contents(obj: DynamicObject) -> dict[str, Any]:
    data = obj.to_dict()
    metadata = {key: value for key, value in data.get("metadata", {}).items() if key not in _NOT_APPLIED}
    return {**{key: value for key, value in data.items() if key != "status"}, "metadata": metadata}
