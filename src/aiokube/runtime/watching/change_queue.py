"""What one consumer of an informer has yet to hear of: at most one change for each object."""

import asyncio
from collections.abc import Iterable
from typing import Generic, Literal, TypeVar

import msgspec

from ..public import public
from .object_key import ObjectKey

T = TypeVar("T")

# Changes after which a consumer that never awaits lets others run.
_AT_A_TIME = 50


@public("aiokube")
class InformerChange(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """How an object differs from what this consumer saw of it last.

    Objects are shared by all consumers: read them, and copy what you want to change.
    """

    type: Literal["ADDED", "MODIFIED", "DELETED"]
    key: ObjectKey
    object: T
    """The object now; for `DELETED`, as it was last seen."""
    old: T | None = None
    """For `MODIFIED`: the object that this consumer saw before. It is another one's when the `uid` differs."""
    is_initial: bool = False
    """Whether the object was there already when this consumer came."""
    is_final_state_unknown: bool = False
    """For `DELETED`: nobody saw it go, a later list did not have it; `object` may not be its last state."""

    @property
    def is_resync(self) -> bool:
        """Whether nothing changed: the reminder that a consumer asked for with `resync`."""
        return self.type == "MODIFIED" and self.old is self.object


class _Pending(msgspec.Struct, Generic[T]):
    seen: T | None
    now: T | None
    final: T | None = None
    is_initial: bool = False
    is_final_state_unknown: bool = False


class ChangeQueue(Generic[T]):
    """The changes that wait for one consumer.

    However slow the consumer is, no more waits than one change for each object that it has seen or has to see: newer
    states take the place of older ones, and what came and went meanwhile is left out.
    """

    def __init__(self) -> None:
        self._pending: dict[ObjectKey, _Pending[T]] = {}
        self._initial = 0
        self._given = 0
        self._wake = asyncio.Event()
        self._synced = asyncio.Event()
        self._is_synced = False
        self._closed = False

    def __len__(self) -> int:
        return len(self._pending)

    @property
    def is_closed(self) -> bool:
        """Whether `end` was called."""
        return self._closed

    def start(self, objects: Iterable[tuple[ObjectKey, T]]) -> None:
        """Begin with the objects that are there already."""
        for key, obj in objects:
            self._pending[key] = _Pending(seen=None, now=obj, is_initial=True)
        self._initial = len(self._pending)
        self._settle()
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
            key: of the object.
            old: the object before; None when there was none.
            now: the object after; None when it is gone.
            final: the last known state of an object that is gone.
            is_final_state_unknown: whether nobody saw it go.
        """
        if self._closed:
            return
        pending = self._pending.get(key)
        if pending is None:
            pending = self._pending[key] = _Pending(seen=old, now=now, final=final)
        elif now is None and pending.seen is None:
            del self._pending[key]
            self._leave(pending)
            return
        pending.now = now
        pending.final = final
        pending.is_final_state_unknown = is_final_state_unknown
        self._wake.set()

    def resync(self, objects: Iterable[tuple[ObjectKey, T]]) -> None:
        """Bring up every object again; one that waits already is none the more urgent."""
        if self._closed:
            return
        for key, obj in objects:
            if key not in self._pending:
                self._pending[key] = _Pending(seen=obj, now=obj)
        self._wake.set()

    def close(self) -> None:
        """Take no more, and let nobody wait for more."""
        self._closed = True
        self._pending.clear()
        self._wake.set()
        self._synced.set()

    async def next(self) -> InformerChange[T] | None:
        """The next change, as soon as there is one; None at the end."""
        self._given += 1
        if self._given % _AT_A_TIME == 0:
            await asyncio.sleep(0)
        while not self._pending:
            if self._closed:
                return None
            self._wake.clear()
            await self._wake.wait()
        key = next(iter(self._pending))
        pending = self._pending.pop(key)
        if pending.now is None:
            gone = pending.final or pending.seen
            assert gone is not None, "what was never seen is not reported as gone"
            return InformerChange(
                type="DELETED", key=key, object=gone, is_final_state_unknown=pending.is_final_state_unknown
            )
        return InformerChange(
            type="ADDED" if pending.seen is None else "MODIFIED",
            key=key,
            object=pending.now,
            old=pending.seen,
            is_initial=pending.is_initial,
        )

    def task_done(self, change: InformerChange[T]) -> None:
        """Take note that the consumer is through with a change."""
        if change.is_initial:
            self._initial -= 1
            self._settle()

    async def wait_synced(self) -> bool:
        """Wait until the consumer is through with the initial objects; False when the queue ended before."""
        await self._synced.wait()
        return self._is_synced

    def _leave(self, pending: _Pending[T]) -> None:
        if pending.is_initial:
            self._initial -= 1
            self._settle()

    def _settle(self) -> None:
        if self._initial == 0:
            self._is_synced = True
            self._synced.set()
