"""Watches over disconnects, expired versions, and servers that send what they should not."""

from __future__ import annotations

import asyncio
import itertools
import json
import tracemalloc
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

import pytest

from aiokube import Client, Config, WatchEvent
from aiokube.errors import ConnectionError, DecodeError, Disconnected, Forbidden, Gone, InvalidRequest, TooManyRequests
from aiokube.models import core_v1
from tests.support.apiserver import ApiServer, Fault
from tests.support.local import local

Events = AsyncGenerator[WatchEvent[core_v1.ConfigMap], None]


async def _take(events: Events, count: int) -> list[tuple[str, str | None]]:
    taken = []
    for _ in range(count):
        event = await anext(events)
        taken.append((event.type, event.object.metadata.name))
    return taken


def _line(type: str, obj: Any) -> bytes:
    return json.dumps({"type": type, "object": obj}).encode() + b"\n"


@local
async def test_a_watch_begins_with_the_existing_objects(server: ApiServer, kube: Client) -> None:
    server.put("a")
    server.put("b")
    async with aclosing(kube.core_v1.config_maps.watch()) as events:
        assert await _take(events, 2) == [("ADDED", "a"), ("ADDED", "b")]
        server.put("b", {"k": "v"})
        server.delete("a")
        assert await _take(events, 2) == [("MODIFIED", "b"), ("DELETED", "a")]
    assert [seen.query.get("resourceVersion") for seen in server.requests] == [None, "12"]
    assert server.watches[0].query["allowWatchBookmarks"] == "true"


@local
async def test_existing_objects_are_freed_as_they_are_yielded(server: ApiServer, kube: Client) -> None:
    for number in range(50):
        server.put(f"map-{number}", {"k": "x" * 100_000})
    tracemalloc.start()
    try:
        async with aclosing(kube.core_v1.config_maps.watch()) as events:
            await _take(events, 50)
            held = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    # The server still holds its answer of 5 MB.
    assert held < 8_000_000


@pytest.mark.parametrize("version", [None, "10"])
@local
async def test_timeout_seconds_ends_a_watch_with_a_slow_consumer(
    server: ApiServer, kube: Client, version: str | None
) -> None:
    for number in range(100):
        server.put(f"map-{number}")
    taken = 0
    async for _ in kube.core_v1.config_maps.watch(resource_version=version, timeout_seconds=10):
        taken += 1
        await asyncio.sleep(1)
    assert taken == 10
    assert asyncio.get_running_loop().time() < 12


@local
async def test_existing_objects_come_from_one_snapshot(server: ApiServer, kube: Client) -> None:
    for number in range(600):
        server.put(f"map-{number:03}")
    server.compact_after_page = True
    async with aclosing(kube.core_v1.config_maps.watch()) as events:
        taken = await _take(events, 600)
        server.put("later")
        assert await _take(events, 1) == [("ADDED", "later")]
    assert len(set(taken)) == 600
    assert [seen.query.get("limit") for seen in server.lists] == ["500", "500", None]


@local
async def test_each_request_has_a_timeout_of_5_to_10_minutes(server: ApiServer, kube: Client) -> None:
    timeouts = set()
    for _ in range(20):
        async with aclosing(kube.core_v1.config_maps.watch(resource_version="10")) as events:
            server.put("a")
            await anext(events)
    timeouts = {int(seen.query["timeoutSeconds"]) for seen in server.watches}
    assert len(timeouts) > 5
    assert 300 <= min(timeouts) <= max(timeouts) <= 600


@pytest.mark.parametrize("how", ["end", "drop", "timeout"])
@local
async def test_a_watch_resumes_after_the_last_version(server: ApiServer, kube: Client, how: str) -> None:
    async with aclosing(kube.core_v1.config_maps.watch(resource_version="10")) as events:
        first = asyncio.ensure_future(_take(events, 1))
        await server.wait_watches()
        server.put("a")
        assert await first == [("ADDED", "a")]
        if how == "end":
            server.end_watches()
        if how == "drop":
            server.drop_watches()
        if how == "timeout":
            # Nothing happens until the server ends the watch by itself.
            second = asyncio.ensure_future(_take(events, 1))
            await server.wait_watches(2)
            server.put("b")
            assert await second == [("ADDED", "b")]
        else:
            while server.watching:
                await asyncio.sleep(0.01)
            server.put("b")
            server.delete("a")
            assert await _take(events, 2) == [("ADDED", "b"), ("DELETED", "a")]
    assert [seen.query["resourceVersion"] for seen in server.watches] == ["10", "11"]


@local
async def test_bookmarks_advance_the_version_and_are_not_yielded(server: ApiServer, kube: Client) -> None:
    async with aclosing(kube.core_v1.config_maps.watch(resource_version="10")) as events:
        first = asyncio.ensure_future(_take(events, 1))
        await server.wait_watches()
        server.revision = 50
        server._states[50] = {}
        server.bookmark()
        await asyncio.sleep(0.1)
        server.drop_watches()
        await server.wait_watches(2)
        server.put("a")
        assert await first == [("ADDED", "a")]
    assert [seen.query["resourceVersion"] for seen in server.watches] == ["10", "50"]


@local
async def test_bookmarks_are_requested_even_if_they_are_not_yielded(server: ApiServer, kube: Client) -> None:
    watch = kube.core_v1.config_maps.watch(resource_version="10", allow_watch_bookmarks=False)
    async with aclosing(watch) as events:
        first = asyncio.ensure_future(_take(events, 1))
        await server.wait_watches()
        server.bookmark()
        server.put("a")
        assert await first == [("ADDED", "a")]
    assert server.watches[0].query["allowWatchBookmarks"] == "true"


@local
async def test_bookmarks_are_yielded_on_request(server: ApiServer, kube: Client) -> None:
    watch = kube.core_v1.config_maps.watch(resource_version="10", allow_watch_bookmarks=True)
    async with aclosing(watch) as events:
        first = asyncio.ensure_future(anext(events))
        await server.wait_watches()
        server.bookmark()
        event = await first
        assert (event.type, event.object.metadata.resource_version) == ("BOOKMARK", "10")


@pytest.mark.parametrize("as_event", [False, True])
@local
async def test_an_expired_version_raises_gone(server: ApiServer, kube: Client, as_event: bool) -> None:
    server.put("a")
    server.put("b")
    server.compact()
    server.gone_as_event = as_event
    with pytest.raises(Gone) as caught:
        await anext(kube.core_v1.config_maps.watch(resource_version="11"))
    assert (caught.value.code, caught.value.path) == (410, "/api/v1/namespaces/default/configmaps")
    assert len(server.requests) == 1


@pytest.mark.parametrize("as_event", [False, True])
@local
async def test_a_version_that_expires_while_disconnected_raises_gone(
    server: ApiServer, kube: Client, as_event: bool
) -> None:
    server.gone_as_event = as_event
    async with aclosing(kube.core_v1.config_maps.watch(resource_version="10")) as events:
        first = asyncio.ensure_future(_take(events, 1))
        await server.wait_watches()
        server.put("a")
        await first
        server.drop_watches()
        server.put("b")
        server.put("c")
        server.compact()
        # What had been sent before the break came is seen.
        with pytest.raises(Gone):
            while True:
                await anext(events)


@local
async def test_timeout_seconds_spans_all_connections(server: ApiServer, kube: Client) -> None:
    loop = asyncio.get_running_loop()
    started = loop.time()
    seen: list[tuple[str, str | None]] = []
    watch = kube.core_v1.config_maps.watch(resource_version="10", timeout_seconds=30)
    task = asyncio.ensure_future(_collect(watch, seen))
    await server.wait_watches()
    await asyncio.sleep(10)
    server.drop_watches()
    await server.wait_watches(2)
    server.put("late")
    await task
    assert seen == [("ADDED", "late")]
    assert 29 <= loop.time() - started <= 31
    first, second = (int(one.query["timeoutSeconds"]) for one in server.watches)
    assert first == 30
    assert 17 <= second <= 20


@local
async def test_a_long_watch_takes_several_requests(server: ApiServer, kube: Client) -> None:
    loop = asyncio.get_running_loop()
    await _collect(kube.core_v1.config_maps.watch(resource_version="10", timeout_seconds=3600), [])
    assert loop.time() == pytest.approx(3600, abs=1)
    assert all(int(seen.query["timeoutSeconds"]) <= 600 for seen in server.watches)
    assert 6 <= len(server.watches) <= 13


async def _collect(events: Events, seen: list[tuple[str, str | None]]) -> None:
    async for event in events:
        seen.append((event.type, event.object.metadata.name))


@local
async def test_a_silent_connection_is_given_up_after_its_timeout(server: ApiServer, kube: Client) -> None:
    # A server that does not end the watch when it should, as one behind a dead network does not.
    watch = kube.core_v1.config_maps.watch(resource_version="10")
    server.is_silent = True
    first = asyncio.ensure_future(_take(watch, 1))
    await server.wait_watches()
    server.is_silent = False
    await server.wait_watches(2)
    timeout = int(server.watches[0].query["timeoutSeconds"])
    assert timeout + 5 <= server.watches[1].at - server.watches[0].at <= timeout + 10
    server.put("a")
    assert await first == [("ADDED", "a")]
    await watch.aclose()


@pytest.mark.parametrize(
    "fault",
    [
        Fault(),
        Fault(lines=(_line("MODIFIED", {"kind": "ConfigMap", "metadata": {"name": "a", "resourceVersion": "11"}}),)),
        Fault(drop=True),
        Fault(code=429, reason="TooManyRequests"),
        Fault(code=429, reason="TooManyRequests", headers={"Retry-After": "0"}),
        Fault(code=500, reason="InternalError"),
        Fault(code=503, body=b"<html>no</html>"),
        Fault(lines=(_line("ERROR", {"kind": "Status", "code": 500, "reason": "InternalError"}),)),
        Fault(lines=(b'{"type": "ADDED", "obj',)),
        Fault(
            lines=(
                _line("MODIFIED", {"kind": "ConfigMap", "metadata": {"name": "a", "resourceVersion": "11"}}),
                b"<html>",
            )
        ),
    ],
    ids=[
        "ends",
        "ends-after-event",
        "drops",
        "429",
        "429-at-once",
        "500",
        "503-html",
        "error-event",
        "half-a-line",
        "rest-after-event",
    ],
)
@local
async def test_a_watch_sends_at_most_one_request_per_second(server: ApiServer, kube: Client, fault: Fault) -> None:
    async with Client(Config(server=server.url)) as patient:
        task = asyncio.ensure_future(_collect(patient.core_v1.config_maps.watch(resource_version="10"), []))
        await server.wait_watches()
        server.every_watch = fault
        server.drop_watches()
        await asyncio.sleep(600)
        task.cancel()
        await asyncio.wait([task])

    times = [seen.at for seen in server.watches]
    pauses = [later - earlier for earlier, later in itertools.pairwise(times)]
    assert all(pause >= 0.99 for pause in pauses), pauses
    assert 12 < len(times) < 40


@local
async def test_a_watch_that_breaks_every_minute_resumes_at_once(server: ApiServer, kube: Client) -> None:
    task = asyncio.ensure_future(_collect(kube.core_v1.config_maps.watch(), []))
    for count in range(1, 12):
        await server.wait_watches(count)
        await asyncio.sleep(60)
        server.drop_watches()
        await asyncio.sleep(0.1)
    task.cancel()
    await asyncio.wait([task])
    times = [seen.at for seen in server.watches]
    assert all(later - earlier < 61.2 for earlier, later in itertools.pairwise(times))


@local
async def test_retry_after_delays_the_next_request(server: ApiServer, kube: Client) -> None:
    watch = kube.core_v1.config_maps.watch(resource_version="10")
    task = asyncio.ensure_future(_take(watch, 1))
    await server.wait_watches()
    body = {"kind": "Status", "code": 429, "reason": "TooManyRequests", "details": {"retryAfterSeconds": 45}}
    server.watch_faults.append(Fault(code=429, body=json.dumps(body).encode()))
    server.drop_watches()
    await server.wait_watches(3)
    assert 45 <= server.watches[2].at - server.watches[1].at < 47
    server.put("a")
    await task
    await watch.aclose()


@local
async def test_retry_after_is_capped_at_a_minute(server: ApiServer, kube: Client) -> None:
    async with aclosing(kube.core_v1.config_maps.watch()) as events:
        server.watch_faults.append(Fault(code=503, headers={"Retry-After": "86400"}))
        task = asyncio.ensure_future(_take(events, 1))
        await server.wait_watches(2)
        server.put("a")
        await task
    assert server.watches[1].at - server.watches[0].at == pytest.approx(60, abs=1)


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fault(code=403, reason="Forbidden"), Forbidden),
        (Fault(code=429, reason="TooManyRequests"), TooManyRequests),
        (Fault(drop=True), Disconnected),
        (Fault(lines=(_line("ERROR", {"kind": "Status", "code": 403, "reason": "Forbidden"}),)), Forbidden),
        (Fault(lines=(b"<html>\n",)), DecodeError),
        (Fault(lines=(b"<html>",)), DecodeError),
        (Fault(lines=(b'{"error": "please log in"}',)), DecodeError),
        (Fault(lines=(b'"text"\n',)), DecodeError),
        (Fault(lines=(b'{"type": "FOO", "object": {}}\n',)), DecodeError),
        (Fault(lines=(b'{"type": "ERROR", "object": null}\n',)), DecodeError),
        (Fault(lines=(_line("ADDED", {"data": {"a": "\ud800"}}),)), DecodeError),
        (Fault(lines=(b"[" * 100_000 + b"\n",)), DecodeError),
    ],
    ids=[
        "403",
        "429",
        "drop",
        "403-event",
        "html",
        "html-unfinished",
        "json",
        "text",
        "foo",
        "no-status",
        "surrogate",
        "deep",
    ],
)
@local
async def test_a_failure_of_the_first_request_is_raised(
    server: ApiServer, kube: Client, fault: Fault, error: type[Exception]
) -> None:
    server.faults.append(fault)
    with pytest.raises(error, match="/api/v1/namespaces/default/configmaps"):
        await anext(kube.core_v1.config_maps.watch(resource_version="10"))
    assert len(server.requests) == 1


@pytest.mark.parametrize("fault", [Fault(code=503, reason="ServiceUnavailable"), Fault(drop=True)], ids=["503", "drop"])
@local
async def test_a_transient_failure_after_the_list_is_retried(server: ApiServer, kube: Client, fault: Fault) -> None:
    server.put("a")
    server.watch_faults.append(fault)
    async with aclosing(kube.core_v1.config_maps.watch()) as events:
        assert await _take(events, 1) == [("ADDED", "a")]
        task = asyncio.ensure_future(_take(events, 1))
        await server.wait_watches(2)
        server.put("b")
        assert await task == [("ADDED", "b")]


@local
async def test_a_refused_connection_is_raised(server: ApiServer, kube: Client) -> None:
    await server.stop()
    with pytest.raises(ConnectionError):
        await anext(kube.core_v1.config_maps.watch(resource_version="10"))


@local
async def test_a_watch_resumes_after_a_restart_of_the_server(server: ApiServer, kube: Client) -> None:
    async with aclosing(kube.core_v1.config_maps.watch(resource_version="10")) as events:
        task = asyncio.ensure_future(_take(events, 1))
        await server.wait_watches()
        await server.stop()
        await asyncio.sleep(60)
        await server.listen()
        server.put("a")
        assert await task == [("ADDED", "a")]


def _object(name: str | None = "odd", **more: Any) -> dict[str, Any]:
    metadata = {"name": name, "namespace": "default", "resourceVersion": "20"}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, **more}


@pytest.mark.parametrize(
    "obj",
    [
        _object(data="text"),
        _object(data={"a": 1}),
        _object(kind="Secret"),
        _object(metadata={"name": "odd"}),
        _object(metadata=None),
        None,
        "text",
    ],
    ids=["no-map", "no-text", "other-kind", "no-version", "no-metadata", "null", "text"],
)
@local
async def test_an_undecodable_object_does_not_end_the_watch(server: ApiServer, kube: Client, obj: Any) -> None:
    told: list[DecodeError] = []
    watch = kube.core_v1.config_maps.watch(resource_version="10", on_undecodable=told.append)
    async with aclosing(watch) as events:
        task = asyncio.ensure_future(_take(events, 2))
        await server.wait_watches()
        server.send(_line("ADDED", obj))
        server.put("good")
        server.send(_line("MODIFIED", obj))
        server.delete("good")
        assert await task == [("ADDED", "good"), ("DELETED", "good")]
    assert len(told) == 2
    assert str(told[0]).startswith("GET /api/v1/namespaces/default/configmaps: ")
    assert len(server.requests) == 1


@local
async def test_an_undecodable_object_is_logged(
    server: ApiServer, kube: Client, caplog: pytest.LogCaptureFixture
) -> None:
    async with aclosing(kube.core_v1.config_maps.watch(resource_version="10")) as events:
        task = asyncio.ensure_future(_take(events, 1))
        await server.wait_watches()
        server.send(_line("ADDED", _object(data=7)))
        server.put("good")
        await task
    assert "skipped an undecodable object: GET /api/v1/namespaces/default/configmaps: default/odd, ADDED" in (
        caplog.text
    )


@local
async def test_events_can_arrive_byte_by_byte_or_together(server: ApiServer, kube: Client) -> None:
    async with aclosing(kube.core_v1.config_maps.watch(resource_version="10")) as events:
        task = asyncio.ensure_future(_take(events, 2))
        await server.wait_watches()
        line = _line("ADDED", _object("é" * 20))
        for position in range(len(line)):
            server.send(line[position : position + 1])
            await asyncio.sleep(0.01)
        server.send(b"\r\n\n" + _line("ADDED", _object("second")))
        assert await task == [("ADDED", "é" * 20), ("ADDED", "second")]


@local
async def test_a_line_of_16_mib_passes_and_a_longer_one_is_refused(server: ApiServer, kube: Client) -> None:
    limit = 16 << 20
    line = _line("ADDED", _object(data={"a": ""}))[:-1]
    long = line.replace(b'"a": ""', b'"a": "' + b"x" * (limit - len(line)) + b'"')
    assert len(long) == limit
    async with aclosing(kube.core_v1.config_maps.watch(resource_version="10")) as events:
        task = asyncio.ensure_future(anext(events))
        await server.wait_watches()
        server.send(long + b"\n")
        assert len(((await task).object.data or {})["a"]) == limit - len(line)
        task = asyncio.ensure_future(anext(events))
        server.send(b" " + long + b"\n")
        with pytest.raises(DecodeError, match=r"^GET /api/v1/namespaces/default/configmaps: .*exceeds 16777216 bytes"):
            await task


@local
async def test_streamed_initial_events_end_with_a_bookmark(server: ApiServer, kube: Client) -> None:
    server.put("a")
    watch = kube.core_v1.config_maps.watch(
        send_initial_events=True, resource_version_match="NotOlderThan", allow_watch_bookmarks=True
    )
    async with aclosing(watch) as events:
        assert await _take(events, 1) == [("ADDED", "a")]
        bookmark = await anext(events)
        assert bookmark.object.metadata.annotations == {"k8s.io/initial-events-end": "true"}
        server.drop_watches()
        task = asyncio.ensure_future(_take(events, 1))
        await server.wait_watches(2)
        server.put("b")
        assert await task == [("ADDED", "b")]
    assert "sendInitialEvents" not in server.watches[1].query
    assert "resourceVersionMatch" not in server.watches[1].query
    assert server.watches[1].query["resourceVersion"] == "11"


@local
async def test_send_initial_events_needs_no_other_argument(server: ApiServer, kube: Client) -> None:
    server.put("a")
    async with aclosing(kube.core_v1.config_maps.watch(send_initial_events=True)) as events:
        assert [(await anext(events)).type, (await anext(events)).type] == ["ADDED", "BOOKMARK"]
        server.bookmark()
        server.put("b")
        assert await _take(events, 1) == [("ADDED", "b")]


@local
async def test_incomplete_initial_events_raise_disconnected(server: ApiServer, kube: Client) -> None:
    server.watch_faults.append(Fault(lines=(_line("ADDED", _object()),)))
    watch = kube.core_v1.config_maps.watch(send_initial_events=True, resource_version_match="NotOlderThan")
    async with aclosing(watch) as events:
        assert await _take(events, 1) == [("ADDED", "odd")]
        with pytest.raises(Disconnected, match="before the initial events were complete"):
            await anext(events)


@local
async def test_a_watch_without_initial_events_that_breaks_at_once_raises_disconnected(
    server: ApiServer, kube: Client
) -> None:
    server.put("a")
    server.watch_faults.append(Fault(lines=()))
    with pytest.raises(Disconnected):
        await anext(kube.core_v1.config_maps.watch(send_initial_events=False, resource_version_match="NotOlderThan"))
    server.watch_faults.append(Fault(drop=True))
    with pytest.raises(Disconnected):
        await anext(kube.core_v1.config_maps.watch(send_initial_events=False, resource_version_match="NotOlderThan"))
    assert server.lists == []


@local
async def test_leaving_closes_the_connection(server: ApiServer, kube: Client) -> None:
    server.put("a")
    async for event in kube.core_v1.config_maps.watch():
        assert event.type == "ADDED"
        break
    async for _ in kube.core_v1.config_maps.watch(resource_version="10"):
        break
    # `local` sees that no watch is left open.


@local
async def test_cancelling_closes_the_connection(server: ApiServer, kube: Client) -> None:
    task = asyncio.ensure_future(_collect(kube.core_v1.config_maps.watch(), []))
    await server.wait_watches()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


@local
async def test_a_timeout_below_one_second_is_refused(server: ApiServer, kube: Client) -> None:
    with pytest.raises(InvalidRequest, match="timeout_seconds is 0"):
        kube.core_v1.config_maps.watch(timeout_seconds=0)
    assert server.requests == []
