"""Objects as controllers store them: with the managed fields of the component that writes."""

from __future__ import annotations

from ..managed.entries import Manager, read_entries, write_entries
from ..managed.manager import book_update
from ..managed.typed import compare
from ..store import Key, Object
from ..verbs.state import State
from ..verbs.writing import in_order


def store(state: State, collection: str, key: Key, obj: Object, changed: Object, manager: str) -> None:
    """Store the new status of an object, if it differs.

    Args:
        state: The cluster.
        collection: The collection, such as `pods`.
        key: The key of the object.
        obj: The present state.
        changed: The new one.
        manager: The component that writes, such as `kubelet`.
    """
    if changed == obj:
        return
    (resource, *_) = state.catalog.served_versions(collection)
    managers = read_entries(obj["metadata"].get("managedFields"))
    if managers:
        comparison = compare(obj, changed, state.catalog.schema(resource))
        booked = Manager(manager, "Update", resource.api_version, "status")
        managers = book_update(managers, booked, comparison, state.clock.timestamp())
    metadata = {**changed["metadata"], "managedFields": write_entries(managers)}
    state.store.put(collection, key, {**changed, "metadata": in_order(metadata)})
