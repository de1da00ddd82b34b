"""The change queue coalesces the changes of a slow consumer."""

from __future__ import annotations

import asyncio
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiokube.runtime.watching.change_queue import ChangeQueue
from aiokube.runtime.watching.object_key import ObjectKey, PlainKey
from tests.support.virtual import run, virtual_time

_KEYS = [ObjectKey(None, name).plain for name in "abc"]

# None: the consumer takes one change. A key and a flag: the object is created or changed; with the flag, deleted.
_Step = None | Literal["resync"] | tuple[PlainKey, bool]
_STEPS = st.lists(
    st.one_of(st.none(), st.just("resync"), st.tuples(st.sampled_from(_KEYS), st.booleans())), max_size=60
)


@given(st.sets(st.sampled_from(_KEYS)), _STEPS)
@pytest.mark.slow
def test_changes_of_a_slow_consumer_add_up_to_the_state(initial: set[PlainKey], steps: list[_Step]) -> None:
    run(_check(initial, steps))


async def _check(initial: set[PlainKey], steps: list[_Step]) -> None:
    queue = ChangeQueue[str]()
    truth: dict[PlainKey, str] = dict.fromkeys(sorted(initial), "0")
    seen: dict[PlainKey, str] = {}
    unrepeated: set[PlainKey] = set()
    queue.start(truth)

    async def take() -> None:
        change = await queue.next()
        assert change is not None
        match change.type:
            case "ADDED":
                assert change.key.plain not in seen
                seen[change.key.plain] = change.object
            case "MODIFIED":
                assert seen[change.key.plain] == change.old
                seen[change.key.plain] = change.object
            case "DELETED":
                assert change.key.plain in seen
                del seen[change.key.plain]
        unrepeated.discard(change.key.plain)
        queue.task_done(change)

    for number, step in enumerate(steps, 1):
        if step is None:
            if len(queue):
                await take()
            continue
        if step == "resync":
            queue.resync(truth)
            unrepeated.update(truth)
            continue
        key, is_deleted = step
        old = truth.get(key)
        if not is_deleted:
            truth[key] = str(number)
            queue.put(key, old, truth[key])
        elif old is not None:
            del truth[key]
            queue.put(key, old, None, final=f"{number} final")
        assert len(queue) <= len(_KEYS)
    while len(queue):
        await take()
    assert seen == truth
    assert not unrepeated & truth.keys()
    assert await queue.wait_synced()


@virtual_time
async def test_a_deletion_carries_its_own_final_state() -> None:
    queue = ChangeQueue[str]()
    queue.start({})
    queue.put(_KEYS[0], "1", "2")
    queue.put(_KEYS[0], "2", None, final="3", is_final_state_unknown=True)
    change = await queue.next()
    assert change is not None
    assert (change.type, change.object, change.is_final_state_unknown) == ("DELETED", "3", True)


@virtual_time
async def test_a_deletion_and_a_creation_stay_two_changes() -> None:
    queue = ChangeQueue[str]()
    queue.start({})
    queue.put(_KEYS[0], "1", None, final="2", is_final_state_unknown=True)
    queue.put(_KEYS[0], None, "3")
    queue.put(_KEYS[0], "3", "4")
    queue.put(_KEYS[1], None, "5")
    assert [await _next(queue), await _next(queue)] == [("DELETED", "2", True), ("ADDED", "4", False)]
    assert await _next(queue) == ("ADDED", "5", False)
    assert len(queue) == 0


@virtual_time
async def test_a_recreated_object_that_is_deleted_again_is_one_deletion() -> None:
    queue = ChangeQueue[str]()
    queue.start({})
    queue.put(_KEYS[0], "1", None, final="2")
    queue.put(_KEYS[0], None, "3")
    queue.put(_KEYS[0], "3", None, final="3", is_final_state_unknown=True)
    # The consumer has seen only the first object.
    assert await _next(queue) == ("DELETED", "2", False)
    assert len(queue) == 0
    queue.put(_KEYS[0], "1", None, final="2")
    queue.put(_KEYS[0], None, "3")
    assert await _next(queue) == ("DELETED", "2", False)
    queue.put(_KEYS[0], "3", None, final="3")
    assert len(queue) == 0


async def _next(queue: ChangeQueue[str]) -> tuple[str, str, bool]:
    change = await queue.next()
    assert change is not None
    assert change.old is None
    return change.type, change.object, change.is_final_state_unknown


@virtual_time
async def test_a_consumer_is_synced_after_processing_the_initial_objects() -> None:
    queue = ChangeQueue[str]()
    waiting = asyncio.ensure_future(queue.wait_synced())
    await asyncio.sleep(1)
    assert not waiting.done()
    queue.start(dict.fromkeys(_KEYS, "1"))
    # A deletion before the consumer saw the object removes it from the initial objects.
    queue.put(_KEYS[2], "1", None, final="1")
    assert len(queue) == 2
    for _ in range(2):
        await asyncio.sleep(1)
        assert not waiting.done()
        change = await queue.next()
        assert change is not None
        assert change.is_initial
        queue.task_done(change)
    assert await waiting
    assert len(queue) == 0


@virtual_time
async def test_initial_objects_come_first_in_order_and_in_their_latest_state() -> None:
    queue = ChangeQueue[str]()
    existing: dict[PlainKey, str] = dict.fromkeys(_KEYS[:2], "1")
    queue.start(existing)
    existing.clear()
    queue.put(ObjectKey(None, "new").plain, None, "1")
    queue.put(_KEYS[1], "1", "2")
    queue.put(_KEYS[1], "2", "3")
    assert len(queue) == 3
    changes = [await queue.next() for _ in range(3)]
    found = [(change.type, change.key.name, change.object, change.is_initial) for change in changes if change]
    assert found == [("ADDED", "a", "1", True), ("ADDED", "b", "3", True), ("ADDED", "new", "1", False)]


@virtual_time
async def test_an_initial_object_that_is_created_again_is_an_ordinary_addition() -> None:
    queue = ChangeQueue[str]()
    queue.start({_KEYS[0]: "1"})
    queue.put(_KEYS[0], "1", None, final="1")
    assert await queue.wait_synced()
    queue.put(_KEYS[0], None, "2")
    change = await queue.next()
    assert change is not None
    assert (change.type, change.object, change.is_initial) == ("ADDED", "2", False)


@virtual_time
async def test_a_consumer_without_initial_objects_is_synced() -> None:
    queue = ChangeQueue[str]()
    queue.start({})
    assert await queue.wait_synced()


@virtual_time
async def test_closing_wakes_all_waiters() -> None:
    queue = ChangeQueue[str]()
    waiting = asyncio.ensure_future(queue.next())
    syncing = asyncio.ensure_future(queue.wait_synced())
    await asyncio.sleep(1)
    queue.close()
    assert await waiting is None
    assert not await syncing
    queue.put(_KEYS[0], None, "1")
    queue.resync({_KEYS[1]: "1"})
    assert len(queue) == 0
    assert await queue.next() is None


@virtual_time
async def test_a_resync_leaves_pending_changes_alone() -> None:
    queue = ChangeQueue[str]()
    queue.start({})
    queue.put(_KEYS[0], "1", "2")
    queue.resync({_KEYS[0]: "2", _KEYS[1]: "1"})
    first, second = await queue.next(), await queue.next()
    assert first is not None
    assert second is not None
    assert (first.key.plain, first.old, first.object, first.is_resync) == (_KEYS[0], "1", "2", False)
    assert (second.key.plain, second.is_resync) == (_KEYS[1], True)


@virtual_time
async def test_changes_and_resyncs_do_not_wait_for_each_other() -> None:
    queue = ChangeQueue[str]()
    queue.start({})
    queue.resync(dict.fromkeys(_KEYS, "1"))
    for number in range(4):
        queue.put(ObjectKey(None, f"new-{number}").plain, None, "1")
    assert len(queue) == 7
    changes = [await queue.next() for _ in range(7)]
    names = [change.key.name for change in changes if change]
    assert names == ["new-0", "a", "new-1", "b", "new-2", "c", "new-3"]


@virtual_time
async def test_a_consumer_slower_than_its_resyncs_gets_every_object() -> None:
    queue = ChangeQueue[str]()
    queue.start({})
    names = []
    for _ in range(6):
        queue.resync(dict.fromkeys(_KEYS, "1"))
        change = await queue.next()
        assert change is not None
        names.append(change.key.name)
    assert names == ["a", "b", "c"] * 2


@virtual_time
async def test_a_change_replaces_the_resync_of_its_object() -> None:
    queue = ChangeQueue[str]()
    queue.start({})
    queue.resync(dict.fromkeys(_KEYS, "1"))
    queue.put(_KEYS[0], "1", "2")
    queue.put(_KEYS[1], "1", None, final="2")
    assert len(queue) == 3
    changes = [await queue.next() for _ in range(3)]
    found = {change.key.name: (change.type, change.old, change.object) for change in changes if change}
    assert found == {"a": ("MODIFIED", "1", "2"), "b": ("DELETED", None, "2"), "c": ("MODIFIED", "1", "1")}


@virtual_time
async def test_a_consumer_that_never_waits_yields_to_other_tasks() -> None:
    queue = ChangeQueue[int]()
    queue.start({ObjectKey(None, str(number)).plain: number for number in range(1000)})
    asyncio.get_running_loop().call_soon(queue.close)
    seen = 0
    while await queue.next() is not None:
        seen += 1
    assert seen < 100
