"""Tells by metadata before and after if an apply changed an object."""

from __future__ import annotations

from ..codec.dynamic_object import DynamicMetadata, ManagedFieldsEntry


def is_unchanged(before: DynamicMetadata, after: DynamicMetadata, field_manager: str) -> bool:
    """Return True if an apply of a manager left an object as it was.

    Others may have changed the object between the two, such as a controller that writes its status. So where the
    resource versions differ, the entry of the manager decides, whose time is that of the last apply with an effect. Its
    resolution is a second; a change of the spec within that shows in the generation. A manager without an entry owns
    nothing: it has applied a namespace without labels, say.
    """
    if before.uid != after.uid:
        return False
    if before.resource_version == after.resource_version:
        return True
    entry, entry_before = _entry(after, field_manager), _entry(before, field_manager)
    has_same_spec = before.generation is not None and before.generation == after.generation
    return entry == entry_before and (entry is None or has_same_spec)


def _entry(metadata: DynamicMetadata, field_manager: str) -> ManagedFieldsEntry | None:
    return next(
        (
            entry
            for entry in metadata.managed_fields
            if (entry.manager, entry.operation, entry.subresource) == (field_manager, "Apply", "")
        ),
        None,
    )
