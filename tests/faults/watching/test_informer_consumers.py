"""The consumers of an informer: `changes`, handlers and resyncs."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import pytest

from aiokube import Client, InformerChange, ObjectKey
from aiokube.errors import (
    InformerStopped,
    InvalidArgument,
)
from aiokube.models import core_v1
from tests.support.informers import Recorder, converge, version_of
from tests.support.local import local
from tests.support.map_cluster import LISTS, WATCHES, MapCluster, event_line


@local
async def test_changes_of_an_informer_that_was_not_started_are_refused(server: MapCluster, kube: Client) -> None:
    maps = kube.core_v1.config_maps.informer()
    with pytest.raises(InvalidArgument, match="the informer of configmaps has not been started"):
        await anext(maps.changes())


@local
async def test_changes_reach_iterators_and_handlers(server: MapCluster, kube: Client) -> None:
    server.put("a")
    recorder = Recorder()
    async with kube.core_v1.config_maps.informer() as maps:
        subscription = maps.add_handler(recorder)
        await subscription.wait_synced()
        assert recorder.received == ["ADDED a"]
        assert recorder.changes[0].is_initial
        server.put("b")
        await recorder.wait(2)
        server.put("b", {"x": "y"})
        await recorder.wait(3)
        server.delete("a")
        await recorder.wait(4)
        assert recorder.received == ["ADDED a", "ADDED b", "MODIFIED b", "DELETED a"]
        modified = recorder.changes[2]
        assert modified.old is recorder.changes[1].object
        assert modified.object is maps.get("b")
        assert not modified.is_resync
        assert version_of(recorder.changes[3].object) == "304"
        assert not any(change.is_final_state_unknown for change in recorder.changes)

        events = maps.changes()
        assert (await anext(events)).is_initial
        server.put("c")
        assert (await anext(events)).key == ObjectKey("default", "c")
        await events.aclose()


@local
async def test_the_cache_is_updated_before_consumers_are_notified(server: MapCluster, kube: Client) -> None:
    seen = []
    async with kube.core_v1.config_maps.informer() as maps:

        def handler(change: InformerChange[core_v1.ConfigMap]) -> None:
            seen.append(
                (change.type, maps.get(change.key.name) is (None if change.type == "DELETED" else change.object))
            )

        maps.add_handler(handler)
        await server.wait_watches()
        server.put("a")
        await asyncio.sleep(1)
        server.delete("a")
        await asyncio.sleep(1)
    assert seen == [("ADDED", True), ("DELETED", True)]


@local
async def test_a_missed_deletion_is_reported_with_the_last_known_state(server: MapCluster, kube: Client) -> None:
    server.put("a", {"last": "known"})
    server.put("b")
    server.put("same")
    recorder = Recorder()
    async with kube.core_v1.config_maps.informer() as maps:
        await maps.add_handler(recorder).wait_synced()
        await server.wait_watches()
        same = maps.get("same")
        await server.stop()
        server.delete("a")
        server.delete("b")
        server.put("b")
        server.put("c")
        server.compact()
        await server.start()
        await converge(server, maps)
        await recorder.wait(7)
        changes = recorder.changes[3:]
        assert [f"{change.type} {change.key.name} {change.is_final_state_unknown}" for change in changes] == [
            "DELETED a True",
            # Another object of the same name.
            "DELETED b True",
            "ADDED b False",
            "ADDED c False",
        ]
        assert changes[0].object.data == {"last": "known"}
        assert changes[1].object.metadata.uid != changes[2].object.metadata.uid
        assert maps.get("same") is same


@local
async def test_a_failing_handler_is_logged_and_called_again(
    server: MapCluster, kube: Client, caplog: pytest.LogCaptureFixture
) -> None:
    seen = []

    async def handler(change: InformerChange[core_v1.ConfigMap]) -> None:
        seen.append(change.key.name)
        await asyncio.sleep(0)
        if change.key.name == "bad":
            raise ValueError("no")
        if change.key.name == "cancelled":
            waiter = asyncio.ensure_future(asyncio.sleep(1))
            waiter.cancel()
            await waiter

    for name in ("bad", "cancelled", "good"):
        server.put(name)
    async with kube.core_v1.config_maps.informer() as maps:
        subscription = maps.add_handler(handler)
        await subscription.wait_synced()
        server.put("later")
        await asyncio.sleep(1)
    assert seen == ["bad", "cancelled", "good", "later"]
    failures = [one for one in caplog.records if one.levelno == logging.ERROR]
    assert ["default/bad" in failures[0].getMessage(), "default/cancelled" in failures[1].getMessage()] == [True, True]


@local
async def test_a_slow_handler_delays_no_other_and_gets_each_latest_state(server: MapCluster, kube: Client) -> None:
    server.put("a")
    quick, slow_seen = Recorder(), []
    go_on = asyncio.Event()

    async def slow(change: InformerChange[core_v1.ConfigMap]) -> None:
        slow_seen.append((change.type, change.key.name, (change.object.data or {}).get("n")))
        await go_on.wait()

    async with kube.core_v1.config_maps.informer() as maps:
        subscription = maps.add_handler(slow)
        maps.add_handler(quick)
        await server.wait_watches()
        server.put("gone-meanwhile")
        for number in range(1000):
            server.put("a", {"n": str(number)})
            server.put("b", {"n": str(number)})
            if number % 100 == 0:
                await asyncio.sleep(0.1)
        server.delete("gone-meanwhile")
        await asyncio.sleep(1)
        await quick.wait(20)
        assert subscription.backlog == 2
        go_on.set()
        await asyncio.sleep(1)
    assert slow_seen == [("ADDED", "a", None), ("MODIFIED", "a", "999"), ("ADDED", "b", "999")]


@local
async def test_handlers_can_be_added_and_closed_at_any_time(server: MapCluster, kube: Client) -> None:
    first, late = Recorder(), Recorder()
    informer = kube.core_v1.config_maps.informer()
    async with informer as maps:
        early = maps.add_handler(first)
        server.put("a")
        await first.wait(1)
        await early.close()
        server.put("b")
        subscription = maps.add_handler(late)
        await subscription.wait_synced()
        await late.wait(2)
        assert first.received == ["ADDED a"]
        assert sorted(late.received) == ["ADDED a", "ADDED b"]
        never = maps.add_handler(lambda _: asyncio.sleep(100))
        waiting = asyncio.ensure_future(never.wait_synced())
        await asyncio.sleep(0.1)
        await never.close()
        with pytest.raises(InformerStopped):
            await waiting
        # Closing again has no effect.
        await never.close()
    with pytest.raises(InformerStopped):
        informer.add_handler(first)


@local
async def test_a_handler_can_be_added_before_the_start(server: MapCluster, kube: Client) -> None:
    server.put("a")
    recorder = Recorder()
    informer = kube.core_v1.config_maps.informer()
    subscription = informer.add_handler(recorder)
    await asyncio.sleep(1)
    assert recorder.received == []
    async with informer:
        await subscription.wait_synced()
        assert recorder.received == ["ADDED a"]
        assert recorder.changes[0].is_initial


@local
async def test_leaving_waits_for_running_handlers(server: MapCluster, kube: Client) -> None:
    server.put("a")
    server.put("b")
    finished = []

    async def handler(change: InformerChange[core_v1.ConfigMap]) -> None:
        await asyncio.sleep(5)
        finished.append(change.key.name)

    async with kube.core_v1.config_maps.informer() as maps:
        maps.add_handler(handler)
        await asyncio.sleep(1)
    assert finished == ["a"]


@local
async def test_leaving_cancels_handlers_after_ten_seconds(server: MapCluster, kube: Client) -> None:
    server.put("a")
    ended = []

    async def handler(change: InformerChange[core_v1.ConfigMap]) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(change.key.name)

    async with kube.core_v1.config_maps.informer() as maps:
        maps.add_handler(handler)
        await asyncio.sleep(1)
        started = asyncio.get_running_loop().time()
    assert asyncio.get_running_loop().time() - started == pytest.approx(10, abs=0.5)
    assert ended == ["a"]


@local
async def test_a_handler_can_close_its_own_subscription(server: MapCluster, kube: Client) -> None:
    seen = []

    async def handler(change: InformerChange[core_v1.ConfigMap]) -> None:
        seen.append(change.key.name)
        await subscription.close()

    server.put("a")
    server.put("b")
    async with kube.core_v1.config_maps.informer() as maps:
        subscription = maps.add_handler(handler)
        await asyncio.sleep(1)
    assert seen == ["a"]


@local
async def test_resync_delivers_every_object_again(server: MapCluster, kube: Client) -> None:
    server.put("a")
    server.put("b")
    recorder, plain = Recorder(), Recorder()
    async with kube.core_v1.config_maps.informer() as maps:
        maps.add_handler(recorder, resync=60)
        maps.add_handler(plain)
        await asyncio.sleep(125)
        assert recorder.received == ["ADDED a", "ADDED b"] + ["MODIFIED a", "MODIFIED b"] * 2
        assert [change.is_resync for change in recorder.changes] == [False, False, True, True, True, True]
        assert len(plain.changes) == 2
        events = maps.changes(resync=1)
        assert [(await anext(events)).is_resync for _ in range(4)] == [False, False, True, True]
        await events.aclose()
        with pytest.raises(InvalidArgument, match=r"^resync is 0\.5; use at least 1 second, or None for never$"):
            maps.add_handler(recorder, resync=0.5)
    assert len(server.lists) == 1


@local
async def test_reads_of_an_informer_that_does_not_run_are_errors(server: MapCluster, kube: Client) -> None:
    server.put("a")
    maps = kube.core_v1.config_maps.informer(indexers={"name": lambda obj: obj.metadata.name})
    reads: list[Callable[[], object]] = [
        lambda: maps.get("a"),
        maps.list,
        lambda: maps.by_index("name", "a"),
        lambda: [*maps],
        lambda: len(maps),
        lambda: "a" in maps,
    ]
    for read in reads:
        with pytest.raises(InvalidArgument, match="the informer of configmaps has not been started; enter it"):
            read()
    assert maps.last_heard is None
    async with maps:
        for read in reads:
            read()
    for read in reads:
        with pytest.raises(InformerStopped):
            read()
    assert maps.is_synced
    assert maps.last_heard is not None


@local
async def test_an_informer_contains_names_and_keys(server: MapCluster, kube: Client) -> None:
    server.put("a")
    server.put("b", namespace="other")
    async with kube.core_v1.config_maps.informer(all_namespaces=True) as maps:
        assert ["a" in maps, "b" in maps] == [True, False]
        assert [("other", "b") in maps, ObjectKey("other", "b") in maps, ("other", "a") in maps] == [True, True, False]
        assert maps.get(ObjectKey("other", "b")) is not None
        for odd in ("default/a", 7, None, ("a",), maps.get("a")):
            with pytest.raises(
                InvalidArgument, match="is not a name; pass the name and the namespace, or an ObjectKey"
            ):
                maps.__contains__(odd)


class _Ending(BaseException):
    pass


@local
async def test_any_exception_of_a_handler_is_logged(
    server: MapCluster, kube: Client, caplog: pytest.LogCaptureFixture
) -> None:
    server.put("a")
    server.put("b")

    def handler(change: InformerChange[core_v1.ConfigMap]) -> None:
        raise _Ending

    async with asyncio.timeout(60), kube.core_v1.config_maps.informer() as maps:
        await maps.add_handler(handler).wait_synced()
    assert caplog.text.count("a handler of the informer of configmaps failed on ADDED") == 2


@local
async def test_a_handler_may_leave_its_own_informer(server: MapCluster, kube: Client) -> None:
    server.put("a")
    informer = kube.core_v1.config_maps.informer()
    left = asyncio.Event()

    async def handler(change: InformerChange[core_v1.ConfigMap]) -> None:
        await informer.__aexit__(None, None, None)
        assert maps_is_readable() is False
        left.set()

    def maps_is_readable() -> bool:
        try:
            informer.get("a")
        except InformerStopped:
            return False
        return True

    started = asyncio.get_running_loop().time()
    await informer.__aenter__()
    subscription = informer.add_handler(handler)
    await asyncio.wait_for(left.wait(), 60)
    await subscription.close()
    assert asyncio.get_running_loop().time() - started < 5


async def _in_a_group(leaving: Coroutine[Any, Any, None]) -> None:
    async with asyncio.TaskGroup() as group:
        group.create_task(leaving)


_WAYS: dict[str, Callable[[Coroutine[Any, Any, None]], Awaitable[object]]] = {
    "wait_for": lambda leaving: asyncio.wait_for(leaving, 60),
    "gather": asyncio.gather,
    "task": asyncio.create_task,
    "group": _in_a_group,
}


@pytest.mark.parametrize("way", _WAYS.values(), ids=_WAYS)
@pytest.mark.parametrize("closes", [True, False], ids=["closes", "leaves"])
@local
async def test_a_handler_may_leave_in_another_task(
    server: MapCluster, kube: Client, way: Callable[[Coroutine[Any, Any, None]], Awaitable[object]], closes: bool
) -> None:
    server.put("a")
    informer = kube.core_v1.config_maps.informer()
    left = asyncio.Event()

    async def handler(change: InformerChange[core_v1.ConfigMap]) -> None:
        await way(subscription.close() if closes else informer.__aexit__(None, None, None))
        left.set()

    started = asyncio.get_running_loop().time()
    await informer.__aenter__()
    subscription = informer.add_handler(handler)
    await asyncio.wait_for(left.wait(), 60)
    assert asyncio.get_running_loop().time() - started < 5
    if closes:
        await informer.__aexit__(None, None, None)


@local
async def test_a_task_of_an_earlier_call_waits_for_the_running_one(server: MapCluster, kube: Client) -> None:
    finished: list[str] = []
    leave = asyncio.Event()
    informer = kube.core_v1.config_maps.informer()
    tasks: list[asyncio.Task[None]] = []

    async def leave_later() -> None:
        await leave.wait()
        await informer.__aexit__(None, None, None)

    async def handler(change: InformerChange[core_v1.ConfigMap]) -> None:
        if not tasks:
            tasks.append(asyncio.create_task(leave_later()))
        else:
            leave.set()
            await asyncio.sleep(5)
        finished.append(change.key.name)

    server.put("a")
    server.put("b")
    await informer.__aenter__()
    informer.add_handler(handler)
    await leave.wait()
    await tasks[0]
    assert finished == ["a", "b"]


@pytest.mark.parametrize("error", [_Ending, asyncio.CancelledError], ids=["base", "cancelled"])
@local
async def test_any_exception_of_a_callback_is_logged(
    server: MapCluster, kube: Client, caplog: pytest.LogCaptureFixture, error: type[BaseException]
) -> None:
    def fail(obj: object) -> None:
        raise error

    server.put("a")
    async with kube.core_v1.config_maps.informer(on_undecodable=fail, indexers={"index": fail}) as maps:
        await server.wait_watches()
        server.put("b", 7)
        server.put("c")
        await asyncio.sleep(1)
        assert sorted(key.name for key in maps) == ["a", "c"]
        maps.add_indexer("late", fail)
    assert caplog.text.count("the on_undecodable callback raised") == 1
    assert caplog.text.count("which is left out of the index") == 4


@local
async def test_an_informer_that_is_cancelled_by_others_says_so(server: MapCluster, kube: Client) -> None:
    def cancel() -> None:
        (task,) = [task for task in asyncio.all_tasks() if task.get_name() == "the informer of configmaps"]
        task.cancel()

    async with kube.core_v1.config_maps.informer() as maps:
        changes = asyncio.ensure_future(anext(maps.changes()))
        await server.wait_watches()
        cancel()
        with pytest.raises(InformerStopped, match="the informer of configmaps was cancelled by another task"):
            await changes
        assert isinstance(maps.error, InformerStopped)
    server.hang(verbs=LISTS)
    entering = asyncio.ensure_future(kube.core_v1.config_maps.informer().__aenter__())
    while len(server.lists) < 2:
        await asyncio.sleep(0.1)
    cancel()
    with pytest.raises(InformerStopped, match="was cancelled by another task"):
        await entering


@local
async def test_a_running_handler_reads_the_cache_while_the_informer_is_left(server: MapCluster, kube: Client) -> None:
    server.put("a")
    found = []

    async def handler(change: InformerChange[core_v1.ConfigMap]) -> None:
        await asyncio.sleep(3)
        found.append(maps.get("a"))

    async with kube.core_v1.config_maps.informer() as maps:
        maps.add_handler(handler)
        await asyncio.sleep(1)
    assert [obj.metadata.name for obj in found if obj is not None] == ["a"]


@local
async def test_waiting_for_a_handler_that_was_cancelled_ends(server: MapCluster, kube: Client) -> None:
    server.put("a")
    server.put("b")

    async def handler(change: InformerChange[core_v1.ConfigMap]) -> None:
        task = asyncio.current_task()
        assert task is not None
        task.cancel()
        await asyncio.sleep(1)

    async with asyncio.timeout(60), kube.core_v1.config_maps.informer() as maps:
        with pytest.raises(InformerStopped):
            await maps.add_handler(handler).wait_synced()


@local
async def test_another_object_of_the_same_name_is_a_deletion_and_an_addition(server: MapCluster, kube: Client) -> None:
    server.put("a")
    recorder = Recorder()
    async with kube.core_v1.config_maps.informer() as maps:
        await maps.add_handler(recorder).wait_synced()
        await server.wait_watches()
        # The server has compacted the deletion away.
        server.put("a", uid="another")
        await recorder.wait(3)
        server.put("a", {"k": "v"}, uid="another")
        await recorder.wait(4)
    assert recorder.received == ["ADDED a", "DELETED a", "ADDED a", "MODIFIED a"]
    assert recorder.changes[1].object.metadata.uid == "uid-1"
    assert recorder.changes[1].is_final_state_unknown


@local
async def test_another_object_is_known_by_its_uid_at_the_same_version(server: MapCluster, kube: Client) -> None:
    # After a restore of an etcd, resource versions come again.
    server.put("a")
    recorder = Recorder()
    async with kube.core_v1.config_maps.informer() as maps:
        await maps.add_handler(recorder).wait_synced()
        await server.wait_watches()
        metadata = {"name": "a", "namespace": "default", "uid": "another", "resourceVersion": "301"}
        server.send(event_line("MODIFIED", {"kind": "ConfigMap", "apiVersion": "v1", "metadata": metadata}))
        await recorder.wait(3)
        server.send(b"garbage\n")
        await recorder.wait(5)
    assert recorder.received == ["ADDED a", *["DELETED a", "ADDED a"] * 2]
    assert [change.object.metadata.uid for change in recorder.changes[3:]] == ["another", "uid-1"]


@pytest.mark.parametrize("relists", [False, True], ids=["event", "list"])
@local
async def test_another_object_that_is_undecodable_is_a_deletion(
    server: MapCluster, kube: Client, relists: bool
) -> None:
    server.put("a")
    recorder = Recorder()
    async with kube.core_v1.config_maps.informer(on_undecodable=str) as maps:
        await maps.add_handler(recorder).wait_synced()
        await server.wait_watches()
        if relists:
            server.fail(code=410, verbs=WATCHES)
            server.drop_watches()
        server.put("a", 7, uid="another")
        await recorder.wait(2)
        assert maps.get("a") is None
        server.put("a", {"k": "v"}, uid="another")
        await recorder.wait(3)
    assert recorder.received == ["ADDED a", "DELETED a", "ADDED a"]
    assert recorder.changes[1].object.metadata.uid == "uid-1"
