"""Objects that `kubectl apply` owns since before server-side apply, handed over to who applies them now.

Client-side apply is an `Update` to the server, so that an apply would not remove the fields that are no longer in a
manifest. The rules are those of `kubectl apply --server-side` and of `k8s.io/client-go/util/csaupgrade`.
"""

from __future__ import annotations

from typing import Any

from ..codec.dynamic_object import DynamicObject
from ..errors import Conflict
from .calls import Calls, Target

LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
"""Annotation with the manifest of the last client-side apply."""

# kubectl keeps the annotation under a manager of its own while its own default manager applies.
_KUBECTL = "kubectl"
_KEEPER = "kubectl-last-applied"
_TRIES = 5


async def migrate(calls: Calls, target: Target, obj: DynamicObject, field_manager: str) -> bool:
    """Hand the fields of client-side applies of an object over to a manager. Return False if there are none.

    Args:
        calls: The calls of the client.
        target: The object.
        obj: The object as the server stores it, with an apply of the manager.
        field_manager: The manager.

    Raises:
        Conflict: Others changed the object all the time.
    """
    found: DynamicObject | None = obj
    for left in reversed(range(_TRIES)):
        if found is None or upgraded(_entries(found), field_manager) is None:
            return False
        try:
            if field_manager == _KUBECTL:
                found = await _keep_annotation(calls, target, found)
            entries = upgraded(_entries(found), field_manager) or []
            await calls.replace_managed_fields(target, entries, version=found.metadata.resource_version)
        except Conflict:
            if not left:
                raise
            found = await calls.get(target)
        else:
            return True
    return False


def upgraded(entries: list[dict[str, Any]], field_manager: str) -> list[dict[str, Any]] | None:
    """Return managed fields in which a manager owns what client-side applies owned; None if nothing changes.

    The last of them becomes the manager, unless that has an entry. The others are merged into it, if they are of its
    version.
    """
    clients = [one.get("manager", "") for one in entries if one.get("operation") == "Update" and _owns_annotation(one)]
    if not clients:
        return None
    # The most recent entry comes first.
    left = [one for one in entries if not _is_entry(one, "Update", clients)]
    old = [one for one in entries if _is_entry(one, "Update", clients)]
    position = next((at for at, one in enumerate(left) if _is_entry(one, "Apply", [field_manager])), None)
    if position is None:
        if not old:
            return None
        left.insert(0, {**old[0], "manager": field_manager, "operation": "Apply"})
        position = 0
    ours = left[position]
    for one in old:
        if one.get("apiVersion") == ours.get("apiVersion"):
            ours = {**ours, "fieldsV1": _union(ours.get("fieldsV1", {}), one.get("fieldsV1", {}))}
    return [*left[:position], ours, *left[position + 1 :]]


async def _keep_annotation(calls: Calls, target: Target, obj: DynamicObject) -> DynamicObject:
    """Apply the annotation under a manager of its own, so that `kubectl apply` can go back to client-side applies."""
    text = obj.metadata.annotations.get(LAST_APPLIED)
    if text is None or any(one.manager == _KEEPER for one in obj.metadata.managed_fields):
        return obj
    metadata = {"name": target.name, "annotations": {LAST_APPLIED: text}}
    data = {"apiVersion": target.resource.api_version, "kind": target.resource.kind, "metadata": metadata}
    _, kept = await calls.apply(target, data, {"fieldManager": _KEEPER})
    return kept


def _entries(obj: DynamicObject) -> list[dict[str, Any]]:
    return [entry.to_dict() for entry in obj.metadata.managed_fields]


def _is_entry(entry: dict[str, Any], operation: str, managers: list[str]) -> bool:
    return entry.get("manager") in managers and entry.get("operation") == operation and not entry.get("subresource")


def _owns_annotation(entry: dict[str, Any]) -> bool:
    fields = entry.get("fieldsV1") or {}
    return f"f:{LAST_APPLIED}" in fields.get("f:metadata", {}).get("f:annotations", {})


def _union(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    return {**one, **{key: _union(one.get(key, {}), fields) for key, fields in other.items()}}
