"""Informers against a server that forgets, refuses, breaks off, and sends what it should not."""

from __future__ import annotations

import asyncio
import itertools
import json
import logging
from collections.abc import Callable
from typing import Any

import pytest

from aiokube import Client, Config, Informer, InformerChange, ObjectKey
from aiokube.errors import (
    ClientClosed,
    DecodeError,
    Disconnected,
    Forbidden,
    InformerStopped,
    InternalError,
    InvalidArgument,
    WaitTimeout,
)
from aiokube.models import core_v1
from tests.support.apiserver import ApiServer, Fault
from tests.support.local import local

Maps = Informer[core_v1.ConfigMap]


def _cached(informer: Maps) -> dict[str, str | None]:
    return {str(key): _version(informer.get(key.name, namespace=key.namespace)) for key in informer}


def _version(obj: core_v1.ConfigMap | None) -> str | None:
    assert obj is not None
    return obj.metadata.resource_version


def _truth(server: ApiServer) -> dict[str, str | None]:
    return {f"{space}/{name}": obj["metadata"]["resourceVersion"] for (space, name), obj in server.objects.items()}


async def _converge(server: ApiServer, informer: Maps, within: float = 100.0) -> None:
    async with asyncio.timeout(within):
        while _cached(informer) != _truth(server):
            await asyncio.sleep(0.5)


def _line(type: str, obj: Any) -> bytes:
    return json.dumps({"type": type, "object": obj}).encode() + b"\n"


class Recorder:
    """A handler that keeps what it hears."""

    def __init__(self) -> None:
        self.changes: list[InformerChange[core_v1.ConfigMap]] = []

    def __call__(self, change: InformerChange[core_v1.ConfigMap]) -> None:
        self.changes.append(change)

    @property
    def told(self) -> list[str]:
        return [f"{change.type} {change.key.name}" for change in self.changes]

    async def wait(self, count: int) -> None:
        async with asyncio.timeout(300):
            while len(self.changes) < count:
                await asyncio.sleep(0.1)


# lists


@local
async def test_an_informer_is_synced_once_entered(server: ApiServer, kube: Client) -> None:
    for number in range(25):
        server.put(f"map-{number}")
    informer = kube.core_v1.config_maps.informer(page_size=10)
    assert not informer.is_synced
    async with informer as maps:
        assert maps.is_synced
        assert maps.error is None
        assert len(maps) == 25
        assert _cached(maps) == _truth(server)
        assert maps.resource_version == "35"
        await server.wait_watches()
    lists = [dict(seen.query) for seen in server.lists]
    assert lists[0] == {"resourceVersion": "0", "limit": "10"}
    assert [sorted(query) for query in lists[1:]] == [["continue", "limit"]] * 2
    assert server.watches[0].query["resourceVersion"] == "35"
    assert server.watches[0].query["allowWatchBookmarks"] == "true"
    assert 300 <= int(server.watches[0].query["timeoutSeconds"]) <= 600


@local
async def test_an_expired_page_leads_to_a_list_without_pages(server: ApiServer, kube: Client) -> None:
    for number in range(25):
        server.put(f"map-{number}")
    server.compact_after_page = True
    async with kube.core_v1.config_maps.informer(page_size=10) as maps:
        assert len(maps) == 25
    assert [seen.query.get("limit") for seen in server.lists] == ["10", "10", None]
    assert dict(server.lists[2].query) == {"resourceVersion": "0"}


@local
async def test_a_relist_requests_the_last_version_then_the_newest(server: ApiServer, kube: Client) -> None:
    server.put("a")
    async with kube.core_v1.config_maps.informer() as maps:
        await server.wait_watches()
        server.send(b"no event\n")
        await server.wait_watches(2)
        server.list_faults.append(
            Fault(
                code=504,
                body=json.dumps(
                    {
                        "kind": "Status",
                        "code": 504,
                        "reason": "Timeout",
                        "details": {"causes": [{"reason": "ResourceVersionTooLarge"}]},
                    }
                ).encode(),
            )
        )
        server.send(b"no event\n")
        await server.wait_watches(3)
        assert _cached(maps) == _truth(server)
    asked = [(seen.query.get("resourceVersion"), seen.query.get("limit")) for seen in server.lists]
    assert asked == [("0", "500"), ("11", None), ("11", None), (None, "500")]
    # The second try for the newest version does not wait.
    assert server.lists[3].at - server.lists[2].at < 0.1


@pytest.mark.parametrize("as_event", [False, True])
@local
async def test_gone_leads_to_a_relist_of_the_newest_version(server: ApiServer, kube: Client, as_event: bool) -> None:
    server.put("a")
    server.gone_as_event = as_event
    async with kube.core_v1.config_maps.informer() as maps:
        await server.wait_watches()
        server.drop_watches()
        server.put("b")
        server.put("c")
        server.delete("a")
        server.compact()
        await _converge(server, maps)
        await server.wait_watches(3)
    assert [seen.query.get("resourceVersion") for seen in server.lists] == ["0", None]
    assert [seen.query["resourceVersion"] for seen in server.watches] == ["11", "11", "14"]


@pytest.mark.parametrize(
    "fault",
    [Fault(code=429, reason="TooManyRequests", headers={"Retry-After": "2"}), Fault(drop=True)],
    ids=["429", "drop"],
)
@local
async def test_a_watch_that_cannot_start_is_retried_without_a_relist(
    server: ApiServer, kube: Client, fault: Fault
) -> None:
    server.watch_faults.extend([fault] * 4)
    async with kube.core_v1.config_maps.informer() as maps:
        await server.wait_watches(5)
        server.put("a")
        await _converge(server, maps)
    assert len(server.lists) == 1


@local
async def test_a_refused_connection_is_retried_without_a_relist(server: ApiServer, kube: Client) -> None:
    async with kube.core_v1.config_maps.informer() as maps:
        await server.wait_watches()
        await server.stop()
        await asyncio.sleep(100)
        assert maps.error is not None
        await server.listen()
        server.put("a")
        await _converge(server, maps)
        assert maps.error is None
    assert len(server.lists) == 1


@pytest.mark.parametrize(
    "fault",
    [
        Fault(),
        Fault(lines=(b"<html>\n",)),
        Fault(drop=True),
        Fault(code=410, reason="Expired"),
        Fault(code=429, reason="TooManyRequests", headers={"Retry-After": "0"}),
        Fault(code=500, reason="InternalError"),
        Fault(code=403, reason="Forbidden"),
        Fault(lines=(_line("ERROR", {"kind": "Status", "code": 410}),)),
        Fault(lines=(_line("ERROR", {"kind": "Status", "code": 500}),)),
        Fault(lines=(_line("ADDED", None),)),
        Fault(
            lines=(_line("ADDED", {"metadata": {"name": "a", "namespace": "default", "resourceVersion": "11"}}),),
        ),
    ],
    ids=["ends", "html", "drop", "410", "429", "500", "403", "410-event", "500-event", "null", "ends-after-event"],
)
@local
async def test_an_informer_sends_at_most_one_watch_per_second(server: ApiServer, kube: Client, fault: Fault) -> None:
    server.every_watch = fault
    async with Client(Config(server=server.url)) as patient, patient.core_v1.config_maps.informer():
        await asyncio.sleep(600)
    times = [seen.at for seen in server.watches]
    assert len(times) > 12
    # Each watch may come with a list of its own.
    assert len(server.requests) < 2 * 40
    assert all(later - earlier >= 0.79 for earlier, later in itertools.pairwise(times))


@local
async def test_a_watch_that_breaks_every_minute_resumes_at_once(server: ApiServer, kube: Client) -> None:
    async with kube.core_v1.config_maps.informer():
        for count in range(1, 12):
            await server.wait_watches(count)
            await asyncio.sleep(60)
            server.drop_watches()
            await asyncio.sleep(0.1)
    times = [seen.at for seen in server.watches]
    assert all(later - earlier < 61.2 for earlier, later in itertools.pairwise(times))
    assert len(server.lists) == 1


@local
async def test_retry_after_is_capped_at_a_minute(server: ApiServer, kube: Client) -> None:
    async with kube.core_v1.config_maps.informer():
        await server.wait_watches()
        await asyncio.sleep(10)
        server.watch_faults.append(Fault(code=503, headers={"Retry-After": "86400"}))
        server.end_watches()
        await server.wait_watches(3)
    assert server.lists[1].at - server.watches[1].at == pytest.approx(60, abs=1)


@local
async def test_an_informer_polls_lists_where_watches_are_blocked(server: ApiServer, kube: Client) -> None:
    server.every_watch = Fault()
    async with kube.core_v1.config_maps.informer() as maps:
        server.put("a")
        await _converge(server, maps)
        server.delete("a")
        await _converge(server, maps)
        await asyncio.sleep(1)
        assert isinstance(maps.error, Disconnected)


# what does not fit


@local
async def test_an_undecodable_object_keeps_its_last_state(server: ApiServer, kube: Client) -> None:
    server.put("good")
    server.put("odd", "text")
    told: list[DecodeError] = []
    async with kube.core_v1.config_maps.informer(on_undecodable=told.append) as maps:
        assert [str(key) for key in maps] == ["default/good"]
        assert "default/odd" in str(told[0])
        await server.wait_watches()
        server.put("odd", {"now": "it fits"})
        server.put("odder", 7)
        server.put("better", {"a": "b"})
        while len(maps) < 3 or len(told) < 2:
            await asyncio.sleep(0.1)
        assert maps.get("odd") is not None
        # What was readable once stays as it was last read, until it goes.
        server.put("better", 7)
        server.send(b"no event\n")
        await server.wait_watches(2)
        assert maps.get("better") is not None
        server.delete("better")
        while maps.get("better") is not None:
            await asyncio.sleep(0.1)
    assert len(server.watches) == 2


@local
async def test_an_undecodable_change_is_logged_and_skipped(
    server: ApiServer, kube: Client, caplog: pytest.LogCaptureFixture
) -> None:
    server.put("a", {"k": "v"})
    async with kube.core_v1.config_maps.informer() as maps:
        await server.wait_watches()
        server.put("a", {"k": 7.5, "l": {}})
        await asyncio.sleep(1)
        found = maps.get("a")
        assert found is not None
        assert found.data == {"k": "v"}
    assert "skipped an undecodable object" in caplog.text
    assert "default/a, MODIFIED" in caplog.text


@local
async def test_an_undecodable_change_without_a_name_leads_to_a_relist(server: ApiServer, kube: Client) -> None:
    async with kube.core_v1.config_maps.informer():
        await server.wait_watches()
        server.send(_line("ADDED", None))
        await server.wait_watches(2)
    assert len(server.lists) == 2


@local
async def test_duplicate_events_are_delivered_once(server: ApiServer, kube: Client) -> None:
    recorder = Recorder()
    async with kube.core_v1.config_maps.informer() as maps:
        maps.add_handler(recorder)
        await server.wait_watches()
        obj = server.put("a")
        await recorder.wait(1)
        server.send(_line("ADDED", obj) + _line("MODIFIED", obj))
        await asyncio.sleep(1)
        server.delete("a")
        await recorder.wait(2)
        server.send(_line("DELETED", obj))
        server.put("b")
        await recorder.wait(3)
        assert recorder.told == ["ADDED a", "DELETED a", "ADDED b"]


@local
async def test_an_invalid_list_is_an_error_at_once(server: ApiServer, kube: Client) -> None:
    for body in (b"<html>", b"[]", b'{"kind": "Table", "apiVersion": "meta.k8s.io/v1", "metadata": {}}', b"{}"):
        server.list_faults.append(Fault(code=200, body=body, lines=(body,)))
        with pytest.raises(DecodeError):
            async with kube.core_v1.config_maps.informer():
                pass


# entering and leaving


@local
async def test_a_forbidden_list_is_raised_at_once(server: ApiServer, kube: Client) -> None:
    server.list_faults.append(Fault(code=403, reason="Forbidden"))
    informer = kube.core_v1.config_maps.informer()
    with pytest.raises(Forbidden):
        async with informer:
            pass
    with pytest.raises(InformerStopped):
        async with informer:
            pass
    assert len(server.requests) == 1


@local
async def test_transient_failures_are_retried_until_the_list_succeeds(server: ApiServer, kube: Client) -> None:
    server.put("a")
    server.list_faults.extend([Fault(drop=True), Fault(code=503, headers={"Retry-After": "0"}), Fault(code=429)])
    async with Client(Config(server=server.url)) as patient, patient.core_v1.config_maps.informer() as maps:
        assert len(maps) == 1
        # The pauses are the informer's own, not those of single calls.
        assert all(later.at - earlier.at >= 0.79 for earlier, later in itertools.pairwise(server.lists))


@local
async def test_transient_failures_are_retried_until_sync_timeout(server: ApiServer, kube: Client) -> None:
    server.list_faults.extend([Fault(code=500, reason="InternalError")] * 100)
    started = asyncio.get_running_loop().time()
    with pytest.raises(WaitTimeout, match=r"informer of configmaps did not sync within 30 s: 500") as caught:
        async with kube.core_v1.config_maps.informer(sync_timeout=30):
            pass
    assert isinstance(caught.value.__cause__, InternalError)
    assert asyncio.get_running_loop().time() - started == pytest.approx(30, abs=0.5)


@local
async def test_entering_can_be_cancelled(server: ApiServer, kube: Client) -> None:
    await server.stop()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(5), kube.core_v1.config_maps.informer():
            pass


@local
async def test_several_tasks_can_enter_an_informer(server: ApiServer, kube: Client) -> None:
    server.put("a")
    informer = kube.core_v1.config_maps.informer()
    leave_first, leave_second = asyncio.Event(), asyncio.Event()

    async def enter(leave: asyncio.Event) -> int:
        async with informer as maps:
            await leave.wait()
            return len(maps)

    first, second = asyncio.ensure_future(enter(leave_first)), asyncio.ensure_future(enter(leave_second))
    await server.wait_watches()
    leave_first.set()
    assert await first == 1
    server.put("b")
    await asyncio.sleep(1)
    leave_second.set()
    assert await second == 2
    assert len(server.requests) == 2


@local
async def test_closing_the_client_stops_the_informer(server: ApiServer, kube: Client) -> None:
    server.put("a")
    async with kube.core_v1.config_maps.informer() as maps:
        changes = maps.changes()
        assert (await anext(changes)).type == "ADDED"
        await kube.close()
        with pytest.raises(ClientClosed):
            await anext(changes)
        assert isinstance(maps.error, ClientClosed)
        with pytest.raises(InformerStopped):
            maps.add_handler(print)


@local
async def test_a_consumer_slower_than_its_resyncs_is_stopped(server: ApiServer, kube: Client) -> None:
    server.put("a")

    async def consume() -> None:
        async for _ in maps.changes(resync=1):
            await asyncio.sleep(2)

    async with kube.core_v1.config_maps.informer() as maps:
        consumer = asyncio.ensure_future(consume())
        await asyncio.sleep(5)
        await kube.close()
        with pytest.raises(ClientClosed):
            await asyncio.wait_for(consumer, 10)


# consumers


@local
async def test_changes_of_an_informer_that_was_not_started_are_refused(server: ApiServer, kube: Client) -> None:
    maps = kube.core_v1.config_maps.informer()
    with pytest.raises(InvalidArgument, match="the informer of configmaps has not been started"):
        await anext(maps.changes())


@local
async def test_changes_reach_iterators_and_handlers(server: ApiServer, kube: Client) -> None:
    server.put("a")
    recorder = Recorder()
    async with kube.core_v1.config_maps.informer() as maps:
        subscription = maps.add_handler(recorder)
        await subscription.wait_synced()
        assert recorder.told == ["ADDED a"]
        assert recorder.changes[0].is_initial
        server.put("b")
        await recorder.wait(2)
        server.put("b", {"x": "y"})
        await recorder.wait(3)
        server.delete("a")
        await recorder.wait(4)
        assert recorder.told == ["ADDED a", "ADDED b", "MODIFIED b", "DELETED a"]
        modified = recorder.changes[2]
        assert modified.old is recorder.changes[1].object
        assert modified.object is maps.get("b")
        assert not modified.is_resync
        assert _version(recorder.changes[3].object) == "14"
        assert not any(change.is_final_state_unknown for change in recorder.changes)

        events = maps.changes()
        assert (await anext(events)).is_initial
        server.put("c")
        assert (await anext(events)).key == ObjectKey("default", "c")
        await events.aclose()


@local
async def test_the_cache_is_updated_before_consumers_are_notified(server: ApiServer, kube: Client) -> None:
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
async def test_a_missed_deletion_is_reported_with_the_last_known_state(server: ApiServer, kube: Client) -> None:
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
        await server.listen()
        await _converge(server, maps)
        await recorder.wait(6)
        told = recorder.changes[3:]
        assert [f"{one.type} {one.key.name} {one.is_final_state_unknown}" for one in told] == [
            "DELETED a True",
            "MODIFIED b False",
            "ADDED c False",
        ]
        assert told[0].object.data == {"last": "known"}
        assert told[1].old is not None
        assert told[1].old.metadata.uid != told[1].object.metadata.uid
        assert maps.get("same") is same


@local
async def test_a_failing_handler_is_logged_and_called_again(
    server: ApiServer, kube: Client, caplog: pytest.LogCaptureFixture
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
async def test_a_slow_handler_delays_no_other_and_gets_each_latest_state(server: ApiServer, kube: Client) -> None:
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
async def test_handlers_can_be_added_and_closed_at_any_time(server: ApiServer, kube: Client) -> None:
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
        assert first.told == ["ADDED a"]
        assert sorted(late.told) == ["ADDED a", "ADDED b"]
        never = maps.add_handler(lambda _: asyncio.sleep(100))
        waiting = asyncio.ensure_future(never.wait_synced())
        await asyncio.sleep(0.1)
        await never.close()
        with pytest.raises(InformerStopped):
            await waiting
        # A second time does nothing.
        await never.close()
    with pytest.raises(InformerStopped):
        informer.add_handler(first)


@local
async def test_a_handler_can_be_added_before_the_start(server: ApiServer, kube: Client) -> None:
    server.put("a")
    recorder = Recorder()
    informer = kube.core_v1.config_maps.informer()
    subscription = informer.add_handler(recorder)
    await asyncio.sleep(1)
    assert recorder.told == []
    async with informer:
        await subscription.wait_synced()
        assert recorder.told == ["ADDED a"]
        assert recorder.changes[0].is_initial


@local
async def test_leaving_waits_for_running_handlers(server: ApiServer, kube: Client) -> None:
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
async def test_leaving_cancels_handlers_after_ten_seconds(server: ApiServer, kube: Client) -> None:
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
async def test_a_handler_can_close_its_own_subscription(server: ApiServer, kube: Client) -> None:
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
async def test_resync_delivers_every_object_again(server: ApiServer, kube: Client) -> None:
    server.put("a")
    server.put("b")
    recorder, plain = Recorder(), Recorder()
    async with kube.core_v1.config_maps.informer() as maps:
        maps.add_handler(recorder, resync=60)
        maps.add_handler(plain)
        await asyncio.sleep(125)
        assert recorder.told == ["ADDED a", "ADDED b"] + ["MODIFIED a", "MODIFIED b"] * 2
        assert [change.is_resync for change in recorder.changes] == [False, False, True, True, True, True]
        assert len(plain.changes) == 2
        events = maps.changes(resync=1)
        assert [(await anext(events)).is_resync for _ in range(4)] == [False, False, True, True]
        await events.aclose()
        with pytest.raises(InvalidArgument, match=r"^resync is 0\.5: use at least 1 second, or None for never$"):
            maps.add_handler(recorder, resync=0.5)
    assert len(server.lists) == 1


# reads


@local
async def test_get_list_and_iteration_read_the_cache(server: ApiServer, kube: Client) -> None:
    server.put("a", namespace="one")
    server.put("a", namespace="two")
    async with kube.core_v1.config_maps.informer(all_namespaces=True) as maps:
        assert maps.get("a") is None
        found = maps.get("a", namespace="one")
        assert found is not None
        assert found.metadata.namespace == "one"
        assert ObjectKey("two", "a") in maps
        assert ObjectKey("three", "a") not in maps
        assert [obj.metadata.namespace for obj in maps.list()] == ["one", "two"]
        assert [obj.metadata.namespace for obj in maps.list(namespace="two")] == ["two"]
        assert [str(key) for key in maps] == ["one/a", "two/a"]
        assert [maps.get(key) for key in maps] == maps.list()
        assert maps.get(ObjectKey("three", "a")) is None
        with pytest.raises(
            InvalidArgument, match=r"^'one/a' is not a name; pass the name and the namespace, or an ObjectKey$"
        ):
            maps.get("one/a")
    async with kube.core_v1.config_maps.informer(namespace="two") as maps:
        assert maps.get("a") is not None
        assert len(maps) == 1


def _by_owner(obj: core_v1.ConfigMap) -> object:
    return (obj.data or {})["owner"]


@local
async def test_indices_follow_the_cache(server: ApiServer, kube: Client, caplog: pytest.LogCaptureFixture) -> None:
    server.put("a", {"owner": "x", "tags": "1,2"})
    server.put("b", {"owner": "x", "tags": "2"})
    server.put("odd")
    indexers: dict[str, Callable[[core_v1.ConfigMap], object]] = {"owner": _by_owner}
    async with kube.core_v1.config_maps.informer(indexers=indexers) as maps:
        maps.add_indexer("tag", lambda obj: (obj.data or {}).get("tags", "").split(","))

        def names(index: str, value: str) -> list[str | None]:
            return [obj.metadata.name for obj in maps.by_index(index, value)]

        assert names("owner", "x") == ["a", "b"]
        assert names("tag", "2") == ["a", "b"]
        assert names("tag", "1") == ["a"]
        assert names("owner", "nobody") == []
        assert "default/odd" in caplog.text
        await server.wait_watches()
        server.put("a", {"owner": "y", "tags": "3"})
        server.delete("b")
        await _converge(server, maps)
        assert names("owner", "x") == names("tag", "1") == names("tag", "2") == []
        assert names("owner", "y") == names("tag", "3") == ["a"]
        server.put("c", {"owner": "y"})
        server.compact()
        server.drop_watches()
        server.put("d", {"owner": "y"})
        server.compact()
        await _converge(server, maps)
        assert names("owner", "y") == ["a", "c", "d"]
        with pytest.raises(InvalidArgument, match=r"^index 'nose' does not exist; existing indices: owner, tag$"):
            maps.by_index("nose", 1)
        with pytest.raises(InvalidArgument, match=r"^index 'tag' already exists; choose another name$"):
            maps.add_indexer("tag", _by_owner)


@local
async def test_managed_fields_are_dropped_unless_kept(server: ApiServer, kube: Client) -> None:
    entry = {"manager": "m", "operation": "Update", "fieldsType": "FieldsV1", "fieldsV1": {"f:data": {}}}
    server.put("a", managedFields=[entry])
    for keep in (False, True):
        async with kube.core_v1.config_maps.informer(keep_managed_fields=keep) as maps:
            await server.wait_watches()
            server.put("b", managedFields=[entry])
            await _converge(server, maps)
            for name in ("a", "b"):
                found = maps.get(name)
                assert found is not None
                kept = found.to_dict()["metadata"].get("managedFields", [])
                assert kept == ([entry] if keep else [])


@local
async def test_a_metadata_informer_requests_metadata_only(server: ApiServer, kube: Client) -> None:
    server.put("a", {"secret": "x"}, labels={"app": "web"})
    async with kube.core_v1.config_maps.metadata_informer(indexers={"app": lambda o: o.metadata.labels["app"]}) as maps:
        found = maps.get("a")
        assert found is not None
        assert (found.kind, found.metadata.labels) == ("PartialObjectMetadata", {"app": "web"})
        await server.wait_watches()
        server.put("b", {"secret": "x"}, labels={"app": "web"})
        while len(maps.by_index("app", "web")) < 2:
            await asyncio.sleep(0.1)
        assert "secret" not in repr(maps.list())
    assert server.lists[0].accept == "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
    assert server.watches[0].accept == "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"
