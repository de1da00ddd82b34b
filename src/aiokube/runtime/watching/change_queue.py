"""The queue of one consumer of an informer: holds at most one change per object."""

import asyncio
from collections.abc import Iterable
from typing import Generic, Literal, TypeVar

import msgspec

from ..public import public
from .object_key import ObjectKey

T = TypeVar("T")

# A consumer that never awaits yields to the event loop after this number of changes.
_MAX_BATCH = 50


@public("aiokube")
class InformerChange(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """The difference between an object and the state that this consumer saw last.

    All consumers share the objects, which are read-only; `obj.copy()` makes one that can be changed.
    """

    type: Literal["ADDED", "MODIFIED", "DELETED"]
    key: ObjectKey
    object: T
    """The current object; for `DELETED`, its last known state."""
    old: T | None = None
    """For `MODIFIED`: the state that this consumer saw before."""
    is_initial: bool = False
    """True if the object existed when this consumer started."""
    is_final_state_unknown: bool = False
    """For `DELETED`: True if the deletion was missed and found by a later list, so `object` may be out of date."""

    @property
    def is_resync(self) -> bool:
        """True for a periodic resync, where the object is unchanged."""
        return self.type == "MODIFIED" and self.old is self.object


class _Pending(msgspec.Struct, Generic[T]):
    seen: T | None
    now: T | None
    final: T | None = None
    is_initial: bool = False
    is_final_state_unknown: bool = False
    is_recreated: bool = False
    """`now` is another object than `seen`, which was deleted."""


class ChangeQueue(Generic[T]):
    """The pending changes of one consumer.

    Its size is bounded by the number of objects, however slow the consumer is: a newer state replaces a pending older
    one, and an object that was both created and deleted in the meantime is dropped. An object that was deleted and
    created again is two changes.
    """

    def __init__(self) -> None:
        self._pending: dict[ObjectKey, _Pending[T]] = {}
        self._initial = 0
        self._served = 0
        self._wake = asyncio.Event()
        self._synced = asyncio.Event()
        self._is_synced = False
        self._closed = False

    def __len__(self) -> int:
        return len(self._pending)

    @property
    def is_closed(self) -> bool:
        """True once `close` was called."""
        return self._closed

    def start(self, objects: Iterable[tuple[ObjectKey, T]]) -> None:
        """Add an initial `ADDED` for each existing object."""
        for key, obj in objects:
            self._pending[key] = _Pending(seen=None, now=obj, is_initial=True)
        self._initial = len(self._pending)
        self._update_synced()
        self._wake.set()

    def put(
        self,
        key: ObjectKey,
        old: T | None,
        now: T | None,
        *,
        final: T | None = None,
        is_final_state_unknown: bool = False,
    ) -> None:
        """Add a change.

        Args:
            key: Key of the object.
            old: State before the change; None if the object is new.
            now: State after the change; None if the object was deleted.
            final: Last known state of a deleted object.
            is_final_state_unknown: True if the deletion was missed and found by a later list.
        """
        if self._closed:
            return
        pending = self._pending.get(key)
        if pending is None:
            pending = self._pending[key] = _Pending(seen=old, now=now, final=final)
            pending.is_final_state_unknown = is_final_state_unknown
        elif now is not None:
            pending.is_recreated = pending.is_recreated or pending.now is None
            pending.now = now
        elif pending.seen is None:
            del self._pending[key]
            self._drop(pending)
        else:
            if not pending.is_recreated:
                pending.final = final
                pending.is_final_state_unknown = is_final_state_unknown
            pending.now, pending.is_recreated = None, False
        self._wake.set()

    def resync(self, objects: Iterable[tuple[ObjectKey, T]]) -> None:
        """Add an unchanged `MODIFIED` for each object without a pending change."""
        if self._closed:
            return
        for key, obj in objects:
            if key not in self._pending:
                self._pending[key] = _Pending(seen=obj, now=obj)
        self._wake.set()

    def close(self) -> None:
        """Discard pending changes, ignore further ones and wake all waiters."""
        self._closed = True
        self._pending.clear()
        self._wake.set()
        self._synced.set()

    async def next(self) -> InformerChange[T] | None:
        """Wait for the next change and return it; return None once the queue is closed."""
        self._served += 1
        if self._served % _MAX_BATCH == 0:
            await asyncio.sleep(0)
        while not self._pending:
            if self._closed:
                return None
            self._wake.clear()
            await self._wake.wait()
        key = next(iter(self._pending))
        pending = self._pending[key]
        if pending.is_recreated:
            self._pending[key] = _Pending(seen=None, now=pending.now)
        else:
            del self._pending[key]
        if pending.now is None or pending.is_recreated:
            last = pending.final or pending.seen
            assert last is not None, "put() drops the deletion of an object that was never seen"
            return InformerChange(
                type="DELETED", key=key, object=last, is_final_state_unknown=pending.is_final_state_unknown
            )
        return InformerChange(
            type="ADDED" if pending.seen is None else "MODIFIED",
            key=key,
            object=pending.now,
            old=pending.seen,
            is_initial=pending.is_initial,
        )

    def task_done(self, change: InformerChange[T]) -> None:
        """Record that the consumer has processed a change."""
        if change.is_initial:
            self._initial -= 1
            self._update_synced()

    async def wait_synced(self) -> bool:
        """Wait until the consumer has processed all initial objects; return False if the queue is closed first."""
        await self._synced.wait()
        return self._is_synced

    def _drop(self, pending: _Pending[T]) -> None:
        if pending.is_initial:
            self._initial -= 1
            self._update_synced()

    def _update_synced(self) -> None:
        if self._initial == 0:
            self._is_synced = True
            self._synced.set()
