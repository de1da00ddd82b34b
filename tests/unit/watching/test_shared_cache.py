"""A relist is merged in slices, and replaces the cache at once."""

from __future__ import annotations

import asyncio
import gc
import inspect
from collections.abc import Callable, Coroutine, Iterable
from itertools import pairwise
from typing import Any

import pytest

from aiokube.models import core_v1, meta_v1
from aiokube.runtime.watching.change_queue import ChangeQueue, InformerChange
from aiokube.runtime.watching.events import WatchEvent
from aiokube.runtime.watching.object_key import ObjectKey, PlainKey
from aiokube.runtime.watching.shared_cache import SharedCache
from tests.support.virtual import virtual_time

_MANY = 1000
# Objects that are handled in one turn of the event loop.
_SLICE = 100

Cache = SharedCache[core_v1.ConfigMap]
State = dict[PlainKey, str]


def _state(versions: Iterable[str]) -> State:
    return {ObjectKey("default", f"map-{number:04}").plain: version for number, version in enumerate(versions)}


def _objects(state: State) -> list[core_v1.ConfigMap]:
    return [
        core_v1.ConfigMap(
            metadata=meta_v1.ObjectMeta(
                name=key.name, namespace=key.namespace or "", uid=key.name, resource_version=version
            )
        )
        for key, version in ((ObjectKey.of_plain(plain), version) for plain, version in state.items())
    ]


def _versions(cache: Cache) -> State:
    return {key: obj.metadata.resource_version or "" for key, obj in cache.store.objects.items()}


async def _relist(cache: Cache, state: State) -> None:
    relist = cache.relist()
    await relist.add(_objects(state))
    await cache.replace(relist, "1")


async def _filled(state: State) -> Cache:
    cache = Cache({}, on_undecodable=None)
    await _relist(cache, state)
    return cache


async def _each_turn(work: Callable[[], object], task: asyncio.Task[None]) -> int:
    """Do something in each turn of the event loop until a task is done, and return the number of turns."""
    turns = 0
    while not task.done():
        result = work()
        if inspect.isawaitable(result):
            await result
        turns += 1
        await asyncio.sleep(0)
    await task
    return turns


class Consumer:
    """Rebuilds the state from changes, and fails at the first that does not follow from those before."""

    def __init__(self) -> None:
        self.queue = ChangeQueue[core_v1.ConfigMap]()
        self.seen: dict[PlainKey, core_v1.ConfigMap] = {}
        self.resyncs = 0

    @property
    def versions(self) -> State:
        return {key: obj.metadata.resource_version or "" for key, obj in self.seen.items()}

    async def take(self, at_most: int = 2 * _MANY) -> None:
        """Take what is pending; some twenty changes are taken within one turn of the event loop."""
        for _ in range(min(at_most, len(self.queue))):
            change = await self.queue.next()
            assert change is not None
            self._apply(change)

    def _apply(self, change: InformerChange[core_v1.ConfigMap]) -> None:
        known = self.seen.pop(change.key.plain, None)
        assert (change.type == "ADDED") == (known is None), change
        assert change.type != "MODIFIED" or change.old is known, change
        self.resyncs += change.is_resync
        if change.type != "DELETED":
            self.seen[change.key.plain] = change.object


@virtual_time
async def test_a_relist_is_done_in_slices_and_seen_at_once() -> None:
    before, after = _state(["1"] * _MANY), _state(["2"] * (_MANY // 2))
    cache = await _filled(before)
    consumer = Consumer()
    cache.attach(consumer.queue)
    await consumer.take()
    seen: list[State] = []

    def look() -> None:
        versions = _versions(cache)
        if versions not in seen:
            seen.append(versions)
        assert not len(consumer.queue) or versions == after

    turns = await _each_turn(look, asyncio.ensure_future(_relist(cache, after)))
    assert seen == [before, after]
    # To add the new objects, to look for changes of both, to announce these, and to free the old ones.
    assert turns >= (_MANY // 2 + _MANY + _MANY // 2 + _MANY + _MANY) // _SLICE
    await consumer.take()
    assert consumer.versions == after


@virtual_time
async def test_a_relist_keeps_the_known_object_of_a_known_version() -> None:
    cache = await _filled(_state(["1"] * _MANY))
    known = dict(cache.store.objects)
    queue = ChangeQueue[core_v1.ConfigMap]()
    cache.attach(queue)
    while len(queue):
        await queue.next()
    await _relist(cache, {**_state(["1"] * _MANY), ObjectKey("default", "map-0007").plain: "2"})
    same = [key for key, obj in cache.store.objects.items() if obj is known[key]]
    assert len(same) == _MANY - 1
    assert len(queue) == 1


@virtual_time
async def test_consumers_that_come_during_a_relist_get_each_state_once() -> None:
    before, after = _state(["1"] * _MANY), _state(["2"] * (_MANY // 2))
    cache = await _filled(before)
    consumers: list[Consumer] = []

    async def attach() -> None:
        consumers.append(Consumer())
        cache.attach(consumers[-1].queue)
        assert len(consumers[-1].queue) == len(cache.store)
        await consumers[-1].take(20)

    turns = await _each_turn(attach, asyncio.ensure_future(_relist(cache, after)))
    assert len(consumers) == turns
    for consumer in consumers:
        await consumer.take()
        assert consumer.versions == after


@virtual_time
async def test_a_resync_during_a_relist_repeats_no_state_that_was_not_announced() -> None:
    before = _state(["1"] * _MANY)
    after = {**_state(["1", "2"] * (_MANY // 2)), ObjectKey("default", "new").plain: "2"}
    del after[ObjectKey("default", "map-0002").plain]
    cache = await _filled(before)
    consumer = Consumer()
    cache.attach(consumer.queue)
    await consumer.take()

    async def resync() -> None:
        consumer.queue.resync(cache.announced())
        await consumer.take(20)

    turns = await _each_turn(resync, asyncio.ensure_future(_relist(cache, after)))
    assert consumer.resyncs > 5 * turns
    await consumer.take()
    assert consumer.versions == after
    assert cache.announced() == cache.store.objects


@virtual_time
async def test_an_index_that_is_added_during_a_relist_covers_the_new_state() -> None:
    cache = await _filled(_state(["1"] * _MANY))
    numbers: list[str] = []

    def add_index() -> None:
        numbers.append(f"index-{len(numbers)}")
        cache.add_index(numbers[-1], lambda obj: obj.metadata.resource_version)

    await _each_turn(add_index, asyncio.ensure_future(_relist(cache, _state(["2"] * _MANY))))
    for name in numbers:
        assert len(cache.store.find(name, "2")) == _MANY
        assert not cache.store.find(name, "1")


@virtual_time
async def test_a_list_that_starts_again_leaves_nothing_of_its_first_part() -> None:
    cache = await _filled({ObjectKey("default", "odd").plain: "1"})
    relist = cache.relist()
    await relist.add(_objects({ObjectKey("default", "gone").plain: "1"}))
    relist.add_undecodable(ObjectKey("default", "odd").plain, "")
    await relist.restart()
    await relist.add(_objects({ObjectKey("default", "there").plain: "2"}))
    await cache.replace(relist, "2")
    assert _versions(cache) == {ObjectKey("default", "there").plain: "2"}


@virtual_time
async def test_an_undecodable_object_keeps_its_known_state_unless_another_comes() -> None:
    cache = await _filled(_state("1111"))
    relist = cache.relist()
    keys = [*_state("1111")]
    for key in (*keys[:3], ObjectKey("default", "unknown").plain):
        relist.add_undecodable(key, "")
    await relist.add(_objects({keys[1]: "2"}))
    relist.remove(keys[2])
    await cache.replace(relist, "2")
    assert _versions(cache) == {keys[1]: "2", keys[0]: "1"}


@virtual_time
async def test_the_garbage_collector_tracks_no_key_of_the_cache() -> None:
    cache = await _filled(_state("11"))
    (odd, changed) = _objects(_state("12"))
    relist = cache.relist()
    relist.add_undecodable(ObjectKey("default", odd.metadata.name or "").plain, "")
    await cache.replace(relist, "2")
    cache.on_event(WatchEvent(type="ADDED", object=changed))
    gc.collect()
    assert len(cache.store.objects) == 2
    assert not [key for key in cache.store.objects if gc.is_tracked(key)]


class Counted:
    """An object that counts how many of its kind exist."""

    alive = 0

    def __init__(self, name: str, version: str) -> None:
        self.metadata = meta_v1.ObjectMeta(name=name, uid=name, resource_version=version)
        Counted.alive += 1

    def __del__(self) -> None:
        Counted.alive -= 1


@virtual_time
@pytest.mark.parametrize("version", ["1", "2"])
async def test_objects_are_freed_slice_by_slice(version: str) -> None:
    cache = SharedCache[Counted]({}, on_undecodable=None)

    async def receive(version: str) -> None:
        relist = cache.relist()
        await relist.add([Counted(f"object-{number}", version) for number in range(_MANY)])
        await cache.replace(relist, version)

    await receive("1")
    assert await _most_freed(receive(version)) <= 2 * _SLICE
    assert Counted.alive == _MANY


@virtual_time
async def test_the_objects_of_a_failed_list_are_freed_slice_by_slice() -> None:
    cache = SharedCache[Counted]({}, on_undecodable=None)
    relist = cache.relist()
    await relist.add([Counted(f"object-{number}", "1") for number in range(_MANY)])
    assert await _most_freed(relist.restart()) <= _SLICE
    assert Counted.alive == 0


async def _most_freed(work: Coroutine[Any, Any, None]) -> int:
    """Return the largest number of objects that were freed between two turns of the event loop."""
    alive: list[int] = []
    await _each_turn(lambda: alive.append(Counted.alive), asyncio.ensure_future(work))
    return max(before - after for before, after in pairwise([*alive, Counted.alive]))
