"""CustomResourceDefinitions: checked, defaulted, and served from the moment in which they are stored."""

from __future__ import annotations

import asyncio

from ..api.custom import collection_of, resources_of_definition
from ..failures import not_implemented
from ..managed.entries import Manager, read_entries, write_entries
from ..managed.manager import book_update
from ..managed.typed import compare
from ..store import Change, Key, Object
from .finalizing import is_finished
from .state import State

_CONTROLLER = "kube-apiserver"

COLLECTION = "customresourcedefinitions.apiextensions.k8s.io"

CLEANUP = "customresourcecleanup.apiextensions.k8s.io"
"""The finalizer of a definition whose objects are being deleted."""


def check_definition(obj: Object) -> None:
    """Refuse what a definition may ask and this server does not do.

    Raises:
        Failure: It asks for a conversion by a webhook.
    """
    spec = obj.get("spec", {})
    if (spec.get("conversion") or {}).get("strategy") == "Webhook":
        raise not_implemented("conversion of custom resources by a webhook")


class Definitions:
    """Serves the custom resources of the definitions in the store.

    Args:
        state: The cluster.
    """

    def __init__(self, state: State) -> None:
        self._state = state
        self._ending: dict[str, Key] = {}
        """The definitions that wait for their objects to go, by collection of the objects."""
        self._unsubscribe = state.store.subscribe_all(self._on_change)

    def close(self) -> None:
        """Stop."""
        self._unsubscribe()

    def _on_change(self, collection: str, change: Change) -> None:
        # A controller's work: after the answer to the request that has made the change.
        if collection == COLLECTION:
            asyncio.get_running_loop().call_soon(self._follow, change)
        elif change.type == "DELETED" and collection in self._ending:
            asyncio.get_running_loop().call_soon(self._go_on, self._ending[collection])

    def _follow(self, change: Change) -> None:
        if change.type == "DELETED":
            spec = change.new.obj["spec"]
            self._state.catalog.withdraw(spec["group"], spec["names"]["plural"])
            return
        record = self._state.store.get(COLLECTION, change.key)
        if record is None or record.revision != change.revision:
            return
        if record.obj["metadata"].get("deletionTimestamp"):
            self._clean_up(change.key, record.obj)
            return
        metadata = self._state.catalog.definition("apiextensions.k8s.io", "v1", "meta.v1.ObjectMeta")
        definition = record.obj
        spec = definition["spec"]
        self._state.catalog.withdraw(spec["group"], spec["names"]["plural"])
        self._state.catalog.serve(resources_of_definition(definition, metadata))
        status = self._status(definition)
        if status != definition.get("status"):
            self._store_status(change.key, definition, status)

    def _store_status(self, key: Key, definition: Object, status: Object) -> None:
        (resource, *_) = self._state.catalog.served_versions(COLLECTION)
        changed = {**definition, "status": status}
        comparison = compare(definition, changed, self._state.catalog.schema(resource))
        manager = Manager(_CONTROLLER, "Update", resource.api_version, "status")
        known = read_entries(definition["metadata"].get("managedFields"))
        managers = book_update(known, manager, comparison, self._state.clock.timestamp())
        metadata = {**definition["metadata"], "managedFields": write_entries(managers)}
        self._state.store.put(COLLECTION, key, {**changed, "metadata": metadata})

    def _clean_up(self, key: Key, definition: Object) -> None:
        """Delete the objects of a definition, and then the definition."""
        collection = collection_of(definition)
        for inside, record in self._state.store.records(collection):
            last = {**record.obj["metadata"], "deletionTimestamp": self._state.clock.timestamp()}
            marked = {**record.obj, "metadata": last}
            if is_finished(marked):
                self._state.store.remove(collection, inside, marked)
            elif not record.obj["metadata"].get("deletionTimestamp"):
                self._state.store.put(collection, inside, marked)
        if self._state.store.records(collection):
            self._ending[collection] = key
            return
        self._ending.pop(collection, None)
        metadata = dict(definition["metadata"])
        finalizers = [one for one in metadata.pop("finalizers", ()) if one != CLEANUP]
        if finalizers:
            metadata["finalizers"] = finalizers
        changed = {**definition, "metadata": metadata}
        if is_finished(changed):
            self._state.store.remove(COLLECTION, key, changed)
        elif changed != definition:
            self._state.store.put(COLLECTION, key, changed)

    def _go_on(self, key: Key) -> None:
        record = self._state.store.get(COLLECTION, key)
        if record is not None and record.obj["metadata"].get("deletionTimestamp"):
            self._clean_up(key, record.obj)

    def _status(self, definition: Object) -> Object:
        """Return the status of a definition whose names nobody else has."""
        now = self._state.clock.timestamp()
        was = definition.get("status") or {}
        stored = list(was.get("storedVersions") or ())
        storage = next(one["name"] for one in definition["spec"]["versions"] if one["storage"])
        if storage not in stored:
            stored.append(storage)
        times = {one["type"]: one["lastTransitionTime"] for one in was.get("conditions") or ()}
        return {
            "conditions": [
                {
                    "type": "NamesAccepted",
                    "status": "True",
                    "lastTransitionTime": times.get("NamesAccepted", now),
                    "reason": "NoConflicts",
                    "message": "no conflicts found",
                },
                {
                    "type": "Established",
                    "status": "True",
                    "lastTransitionTime": times.get("Established", now),
                    "reason": "InitialNamesAccepted",
                    "message": "the initial names have been accepted",
                },
            ],
            "acceptedNames": definition["spec"]["names"],
            "storedVersions": stored,
        }
