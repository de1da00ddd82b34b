"""The queue of one consumer of an informer: holds at most one change per object."""

import asyncio
from collections import OrderedDict
from collections.abc import Mapping
from typing import Generic, Literal, TypeVar

import msgspec

from ..public import public
from .object_key import ObjectKey, PlainKey

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


# A tree, without cycles.
class _Pending(msgspec.Struct, Generic[T], gc=False):
    seen: T | None
    now: T | None
    final: T | None = None
    is_final_state_unknown: bool = False
    is_recreated: bool = False
    """`now` is another object than `seen`, which was deleted."""


class ChangeQueue(Generic[T]):
    """The pending changes of one consumer: those of the existing objects first.

    Its size is bounded by the number of objects, however slow the consumer is: a newer state replaces a pending older
    one, and an object that was both created and deleted in the meantime is dropped. An object that was deleted and
    created again is two changes.
    """

    def __init__(self) -> None:
        # An object is in at most one of the three. A dict whose first entries were deleted is slow at finding the next.
        self._initial = _Line[T]({})
        self._pending: OrderedDict[PlainKey, _Pending[T]] = OrderedDict()
        self._resync = _Line[T]({})
        self._unprocessed = 0
        self._served = 0
        self._wake = asyncio.Event()
        self._synced = asyncio.Event()
        self._is_synced = False
        self._closed = False

    def __len__(self) -> int:
        return len(self._initial) + len(self._pending) + len(self._resync)

    @property
    def is_closed(self) -> bool:
        """True once `close` was called."""
        return self._closed

    def start(self, objects: Mapping[PlainKey, T]) -> None:
        """Add an initial `ADDED` for each existing object."""
        self._initial = _Line(dict(objects))
        self._unprocessed = len(objects)
        self._update_synced()
        self._wake.set()

    def put(
        self,
        key: PlainKey,
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
        if key in self._initial:
            self._change_initial(key, now)
            return
        self._resync.drop(key)
        pending = self._pending.get(key)
        if pending is None:
            pending = self._pending[key] = _Pending(seen=old, now=now, final=final)
            pending.is_final_state_unknown = is_final_state_unknown
        elif now is not None:
            pending.is_recreated = pending.is_recreated or pending.now is None
            pending.now = now
        elif pending.seen is None:
            del self._pending[key]
        else:
            if not pending.is_recreated:
                pending.final = final
                pending.is_final_state_unknown = is_final_state_unknown
            pending.now, pending.is_recreated = None, False
        self._wake.set()

    def resync(self, objects: Mapping[PlainKey, T]) -> None:
        """Add an unchanged `MODIFIED` for each object without a pending change."""
        if self._closed:
            return
        # Those of the last resync stay ahead, so that each has its turn however slow the consumer is.
        waiting = {**self._resync.objects, **objects}
        for pending in (self._initial.objects, self._pending):
            for key in pending:
                waiting.pop(key, None)
        self._resync = _Line(waiting)
        self._wake.set()

    def close(self) -> None:
        """Discard pending changes, ignore further ones and wake all waiters."""
        self._closed = True
        self._initial, self._resync = _Line({}), _Line({})
        self._pending.clear()
        self._wake.set()
        self._synced.set()

    async def next(self) -> InformerChange[T] | None:
        """Wait for the next change and return it; return None once the queue is closed."""
        self._served += 1
        if self._served % _MAX_BATCH == 0:
            await asyncio.sleep(0)
        while not len(self):
            if self._closed:
                return None
            self._wake.clear()
            await self._wake.wait()
        if self._initial:
            key, obj = self._initial.pop()
            return InformerChange(type="ADDED", key=ObjectKey.of_plain(key), object=obj, is_initial=True)
        # Changes and a resync take turns, so that neither waits for the end of the other.
        if self._resync and (self._served % 2 == 0 or not self._pending):
            key, obj = self._resync.pop()
            return InformerChange(type="MODIFIED", key=ObjectKey.of_plain(key), object=obj, old=obj)
        return self._pop_pending()

    def task_done(self, change: InformerChange[T]) -> None:
        """Record that the consumer has processed a change."""
        if change.is_initial:
            self._unprocessed -= 1
            self._update_synced()

    async def wait_synced(self) -> bool:
        """Wait until the consumer has processed all initial objects; return False if the queue is closed first."""
        await self._synced.wait()
        return self._is_synced

    def _pop_pending(self) -> InformerChange[T]:
        key, pending = self._pending.popitem(last=False)
        if pending.is_recreated:
            self._pending[key] = _Pending(seen=None, now=pending.now)
            self._pending.move_to_end(key, last=False)
        if pending.now is None or pending.is_recreated:
            last = pending.final or pending.seen
            assert last is not None, "put() drops the deletion of an object that was never seen"
            return InformerChange(
                type="DELETED",
                key=ObjectKey.of_plain(key),
                object=last,
                is_final_state_unknown=pending.is_final_state_unknown,
            )
        return InformerChange(
            type="ADDED" if pending.seen is None else "MODIFIED",
            key=ObjectKey.of_plain(key),
            object=pending.now,
            old=pending.seen,
        )

    def _change_initial(self, key: PlainKey, now: T | None) -> None:
        if now is not None:
            self._initial.objects[key] = now
            return
        self._initial.drop(key)
        self._unprocessed -= 1
        self._update_synced()

    def _update_synced(self) -> None:
        if self._unprocessed == 0:
            self._is_synced = True
            self._synced.set()


class _Line(Generic[T]):
    """Objects that wait for their turn, in order. To copy a dict of them takes a millisecond per 100,000."""

    def __init__(self, objects: dict[PlainKey, T]) -> None:
        self.objects = objects
        self._keys = iter([*objects])

    def __len__(self) -> int:
        return len(self.objects)

    def __contains__(self, key: PlainKey) -> bool:
        return key in self.objects

    def pop(self) -> tuple[PlainKey, T]:
        """Remove the first object and return it with its key; there is one."""
        key = next(key for key in self._keys if key in self.objects)
        return key, self.objects.pop(key)

    def drop(self, key: PlainKey) -> None:
        """Remove the object of a key, if it is there."""
        self.objects.pop(key, None)
