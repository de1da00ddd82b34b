"""The garbage collector and the namespace controller: owned objects are deleted or orphaned, namespaces are emptied.

A real cluster's garbage collector and namespace controller do it a moment later; here it is done before the next
request.
"""

from __future__ import annotations

import asyncio
from collections import deque

from ..bugs import log_bug
from ..store import Change, Key, Object, Record
from .finalizing import expire_later, grace_of, is_finished, later
from .state import State

_ORPHAN = "orphan"
_FOREGROUND = "foregroundDeletion"


class Collector:
    """The controllers, which follow all changes.

    Args:
        state: The cluster.
    """

    def __init__(self, state: State) -> None:
        self._state = state
        self._store = state.store
        self._changes: deque[tuple[str, Change]] = deque()
        self._unsubscribe = state.store.subscribe_all(self._on_change)

    def close(self) -> None:
        """Stop."""
        self._unsubscribe()

    def _on_change(self, collection: str, change: Change) -> None:
        if change.type != "DELETED" and not change.new.obj["metadata"].get("deletionTimestamp"):
            return
        self._changes.append((collection, change))
        if len(self._changes) == 1:
            asyncio.get_running_loop().call_soon(self._work)

    def _work(self) -> None:
        while self._changes:
            collection, change = self._changes[0]
            try:
                if change.type == "DELETED":
                    self._after_removal(change.new.obj)
                else:
                    self._go_on(collection, change.key)
            except Exception as error:
                # The other changes are still to be followed.
                log_bug(error, f"it followed the deletion of {collection} {change.key.name!r}")
            self._changes.popleft()

    def _after_removal(self, obj: Object) -> None:
        metadata = obj["metadata"]
        for collection, key in self._store.owned_by(metadata["uid"]):
            record = self._store.get(collection, key)
            if record is not None:
                self._lose_owner(collection, key, record, metadata["uid"])
        for owner in metadata.get("ownerReferences") or ():
            if (place := self._store.place_of(owner["uid"])) is not None:
                self._go_on(*place)
        if namespace := metadata.get("namespace"):
            self._go_on("namespaces", Key("", namespace))

    def _go_on(self, collection: str, key: Key) -> None:
        """Take the next step of a deletion, if there is one."""
        record = self._store.get(collection, key)
        if record is None or not record.obj["metadata"].get("deletionTimestamp"):
            return
        finalizers = record.obj["metadata"].get("finalizers") or []
        uid = record.obj["metadata"]["uid"]
        owned = self._store.owned_by(uid)
        if _ORPHAN in finalizers:
            for place in owned:
                if (dependent := self._store.get(*place)) is not None:
                    self._drop_owner(*place, dependent, uid)
            self._drop_finalizer(collection, key, record, _ORPHAN)
        elif _FOREGROUND in finalizers:
            for place in owned:
                if (dependent := self._store.get(*place)) is not None:
                    self._lose_owner(*place, dependent, uid, foreground=True)
            if not any(self._blocks(*place, uid) for place in owned):
                self._drop_finalizer(collection, key, record, _FOREGROUND)
        elif collection == "namespaces":
            self._empty(key, record)

    def _blocks(self, collection: str, key: Key, uid: str) -> bool:
        record = self._store.get(collection, key)
        owners = (record.obj["metadata"].get("ownerReferences") or ()) if record is not None else ()
        return any(owner["uid"] == uid and owner.get("blockOwnerDeletion") for owner in owners)

    def _waits(self, collection: str, key: Key) -> bool:
        """Return True for an object that is deleted once what it owns is gone."""
        record = self._store.get(collection, key)
        metadata = record.obj["metadata"] if record is not None else {}
        return bool(metadata.get("deletionTimestamp")) and _FOREGROUND in (metadata.get("finalizers") or ())

    def _lose_owner(self, collection: str, key: Key, record: Record, uid: str, *, foreground: bool = False) -> None:
        others = {owner["uid"] for owner in record.obj["metadata"]["ownerReferences"]} - {uid}
        if any(self._store.place_of(other) is not None for other in others):
            self._drop_owner(collection, key, record, uid)
        else:
            self._remove(collection, key, record, foreground=foreground)

    def _remove(self, collection: str, key: Key, record: Record, *, foreground: bool = False) -> None:
        """Delete an object: at once, or when its finalizers and what it owns are gone."""
        metadata = record.obj["metadata"]
        if metadata.get("deletionTimestamp"):
            return
        grace = grace_of(record.obj) if collection == "pods" else 0
        marked = {
            **metadata,
            "deletionTimestamp": later(self._state, grace),
            "deletionGracePeriodSeconds": grace,
        }
        if foreground and (owned := self._store.owned_by(metadata["uid"])):
            marked["finalizers"] = [*(metadata.get("finalizers") or ()), _FOREGROUND]
            if any(self._waits(*place) for place in owned):
                # They may wait for each other in a circle, which is broken here.
                marked["ownerReferences"] = [_unblocking(owner) for owner in metadata["ownerReferences"]]
        changed = {**record.obj, "metadata": marked}
        if "generation" in marked and (collection == "pods" or not is_finished(changed)):
            marked["generation"] += 1
        if collection == "pods":
            # Pods have grace: they are marked first, even if there is none left.
            self._store.put(collection, key, changed)
            expire_later(self._state, collection, key, changed)
        if collection != "pods" or is_finished(changed):
            self._put_or_remove(collection, key, changed)

    def _drop_finalizer(self, collection: str, key: Key, record: Record, finalizer: str) -> None:
        metadata = dict(record.obj["metadata"])
        finalizers = [one for one in metadata.pop("finalizers", ()) if one != finalizer]
        if finalizers:
            metadata["finalizers"] = finalizers
        self._put_or_remove(collection, key, {**record.obj, "metadata": metadata})

    def _drop_owner(self, collection: str, key: Key, record: Record, uid: str) -> None:
        metadata = dict(record.obj["metadata"])
        owners = [one for one in metadata.pop("ownerReferences", ()) if one.get("uid") != uid]
        if owners:
            metadata["ownerReferences"] = owners
        self._store.put(collection, key, {**record.obj, "metadata": metadata})

    def _empty(self, key: Key, record: Record) -> None:
        """Delete what is in a namespace, and then the namespace."""
        found = [
            (collection, inside, one)
            for collection in self._store.collections()
            for inside, one in self._store.records(collection, namespace=key.name)
        ]
        for collection, inside, one in found:
            self._remove(collection, inside, one)
        if not found and record.obj.get("spec", {}).get("finalizers") == ["kubernetes"]:
            self._put_or_remove("namespaces", key, {**record.obj, "spec": {}})

    def _put_or_remove(self, collection: str, key: Key, obj: Object) -> None:
        if is_finished(obj):
            self._store.remove(collection, key, obj)
        else:
            self._store.put(collection, key, obj)


def _unblocking(owner: Object) -> Object:
    return {**owner, "blockOwnerDeletion": False} if owner.get("blockOwnerDeletion") else owner
