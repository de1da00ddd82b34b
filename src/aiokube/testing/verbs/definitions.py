"""CustomResourceDefinitions: checked, defaulted, and served from the moment in which they are stored."""

from __future__ import annotations

import asyncio

from ..api.custom import collection_of, resources_of_definition
from ..call import Call
from ..failures import forbidden, not_implemented
from ..kinds.crd_names import accepted_names
from ..managed.entries import Manager, read_entries, write_entries
from ..managed.manager import book_update
from ..managed.typed import compare
from ..schema.decoding import decode
from ..schema.node import Node
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


def check_creation(state: State, call: Call, metadata: Object) -> None:
    """Refuse to create a custom resource whose definition is being deleted.

    Raises:
        Failure: It is.
    """
    definition = state.store.get(COLLECTION, Key("", call.resource.collection))
    if definition is not None and definition.obj["metadata"].get("deletionTimestamp"):
        text = "create not allowed while custom resource definition is terminating"
        raise forbidden(call.resource, metadata.get("name", ""), text)


def as_stored(state: State, call: Call, obj: Object) -> Object:
    """Return a custom resource as it is stored: in the storage version, whose schema may have other fields."""
    definition = state.store.get(COLLECTION, Key("", call.resource.collection)) if call.resource.custom else None
    if definition is None or call.dry_run:
        return obj
    versions = definition.obj["spec"]["versions"]
    storage = next(one for one in versions if one["storage"])
    asked = next((one for one in versions if one["name"] == call.resource.version), storage)
    if storage.get("schema") == asked.get("schema"):
        return obj
    metadata = state.catalog.schema(call.resource).field("metadata")
    schema = (storage.get("schema") or {}).get("openAPIV3Schema") or {}
    node = Node(schema, {}, custom=True, fields={"metadata": metadata} if metadata is not None else {})
    content = {name: value for name, value in obj.items() if name != "metadata"}
    return {"metadata": obj["metadata"], **decode(content, node, keeps_nulls=True).obj}


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
            self._reconsider(change.new.obj)
            return
        record = self._state.store.get(COLLECTION, change.key)
        if record is None or record.revision != change.revision:
            return
        if record.obj["metadata"].get("deletionTimestamp"):
            self._clean_up(change.key, record.obj)
            return
        self._serve(change.key, record.obj)

    def _serve(self, key: Key, definition: Object) -> None:
        metadata = self._state.catalog.definition("apiextensions.k8s.io", "v1", "meta.v1.ObjectMeta")
        spec = definition["spec"]
        status = self._status(definition)
        self._state.catalog.withdraw(spec["group"], spec["names"]["plural"])
        if any(one["type"] == "Established" and one["status"] == "True" for one in status["conditions"]):
            served = {**definition, "spec": {**spec, "names": status["acceptedNames"]}}
            self._state.catalog.serve(resources_of_definition(served, metadata))
        if status != definition.get("status"):
            self._store_status(key, definition, status)
            self._reconsider(definition)

    def _reconsider(self, changed: Object) -> None:
        """Give names that have become free to definitions that wait for them."""
        for other in self._others(changed):
            conditions = (other.get("status") or {}).get("conditions") or ()
            is_waiting = any(one["type"] == "NamesAccepted" and one["status"] == "False" for one in conditions)
            if is_waiting and not other["metadata"].get("deletionTimestamp"):
                _, conflict = accepted_names(other, self._others(other))
                if conflict is None:
                    self._serve(Key("", other["metadata"]["name"]), other)

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
            was = record.obj["metadata"]
            now, generation = self._state.clock.timestamp(), was["generation"] + 1
            last = {**was, "deletionTimestamp": now, "deletionGracePeriodSeconds": 0, "generation": generation}
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
        """Return the status of a definition: the names that it gets, and if it is established."""
        was = definition.get("status") or {}
        stored = list(was.get("storedVersions") or ())
        storage = next(one["name"] for one in definition["spec"]["versions"] if one["storage"])
        if storage not in stored:
            stored.append(storage)
        names, conflict = accepted_names(definition, self._others(definition))
        conditions = {one["type"]: one for one in was.get("conditions") or ()}
        established = conditions.get("Established", {}).get("status") == "True"
        if conflict is None:
            wanted = [("NamesAccepted", "True", "NoConflicts", "no conflicts found")]
        else:
            wanted = [("NamesAccepted", "False", conflict.reason, conflict.message)]
        if established or conflict is None:
            wanted.append(("Established", "True", "InitialNamesAccepted", "the initial names have been accepted"))
        else:
            wanted.append(("Established", "False", "NotAccepted", "not all names are accepted"))
        return {
            "conditions": [self._condition(conditions.get(type_), type_, *rest) for type_, *rest in wanted],
            "acceptedNames": names,
            "storedVersions": stored,
        }

    def _condition(self, was: Object | None, type_: str, status: str, reason: str, message: str) -> Object:
        changed = was is None or was["status"] != status
        time = self._state.clock.timestamp() if was is None or changed else was["lastTransitionTime"]
        return {"type": type_, "status": status, "lastTransitionTime": time, "reason": reason, "message": message}

    def _others(self, definition: Object) -> list[Object]:
        """Return the other definitions of the group."""
        spec = definition["spec"]
        found = (record.obj for _, record in self._state.store.records(COLLECTION))
        return [
            one
            for one in found
            if one["spec"]["group"] == spec["group"] and one["spec"]["names"]["plural"] != spec["names"]["plural"]
        ]
