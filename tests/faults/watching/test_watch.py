"""The start, the resumption and the end of a watch."""

from __future__ import annotations

import asyncio
import itertools
import tracemalloc
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from typing import Any

import pytest
from aiohttp import web

from aiokube import Client
from aiokube.errors import InvalidRequest
from tests.support.local import local
from tests.support.map_cluster import WATCHES, MapCluster, event_line
from tests.support.watches import collect, take


@local
async def test_a_watch_begins_with_the_existing_objects(server: MapCluster, kube: Client) -> None:
    server.put("a")
    server.put("b")
    async with aclosing(kube.core_v1.config_maps.watch()) as events:
        assert await take(events, 2) == [("ADDED", "a"), ("ADDED", "b")]
        server.put("b", {"k": "v"})
        server.delete("a")
        assert await take(events, 2) == [("MODIFIED", "b"), ("DELETED", "a")]
    assert [seen.query.get("resourceVersion") for seen in server.requests] == [None, "302"]
    assert server.watches[0].query["allowWatchBookmarks"] == "true"


@local
async def test_existing_objects_are_freed_as_they_are_yielded(server: MapCluster, kube: Client) -> None:
    for number in range(50):
        server.put(f"map-{number}", {"k": "x" * 100_000})
    tracemalloc.start()
    try:
        async with aclosing(kube.core_v1.config_maps.watch()) as events:
            await take(events, 50)
            held = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    # The server still holds its response of 5 MB.
    assert held < 8_000_000


@pytest.mark.parametrize("version", [None, "300"])
@local
async def test_timeout_seconds_ends_a_watch_with_a_slow_consumer(
    server: MapCluster, kube: Client, version: str | None
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
async def test_existing_objects_come_from_one_snapshot(server: MapCluster, kube: Client) -> None:
    for number in range(600):
        server.put(f"map-{number:03}")
    server.expire_pages()
    async with aclosing(kube.core_v1.config_maps.watch()) as events:
        taken = await take(events, 600)
        server.put("later")
        assert await take(events, 1) == [("ADDED", "later")]
    assert len(set(taken)) == 600
    assert [seen.query.get("limit") for seen in server.lists] == ["500", "500", None]


@local
async def test_each_request_has_a_timeout_of_5_to_10_minutes(server: MapCluster, kube: Client) -> None:
    timeouts = set()
    for _ in range(20):
        async with aclosing(kube.core_v1.config_maps.watch(resource_version="300")) as events:
            server.put("a")
            await anext(events)
    timeouts = {int(seen.query["timeoutSeconds"]) for seen in server.watches}
    assert len(timeouts) > 5
    assert 300 <= min(timeouts) <= max(timeouts) <= 600


@pytest.mark.parametrize("how", ["end", "drop", "timeout"])
@local
async def test_a_watch_resumes_after_the_last_version(server: MapCluster, kube: Client, how: str) -> None:
    async with aclosing(kube.core_v1.config_maps.watch(resource_version="300")) as events:
        first = asyncio.ensure_future(take(events, 1))
        await server.wait_watches()
        server.put("a")
        assert await first == [("ADDED", "a")]
        if how == "end":
            server.end_watches()
        if how == "drop":
            server.drop_watches()
        if how == "timeout":
            # Virtual time passes until the server ends the watch at its timeout.
            second = asyncio.ensure_future(take(events, 1))
            await server.wait_watches(2)
            server.put("b")
            assert await second == [("ADDED", "b")]
        else:
            while server.watching:
                await asyncio.sleep(0.01)
            server.put("b")
            server.delete("a")
            assert await take(events, 2) == [("ADDED", "b"), ("DELETED", "a")]
    assert [seen.query["resourceVersion"] for seen in server.watches] == ["300", "301"]


@local
async def test_timeout_seconds_spans_all_connections(server: MapCluster, kube: Client) -> None:
    loop = asyncio.get_running_loop()
    started = loop.time()
    seen: list[tuple[str, str]] = []
    watch = kube.core_v1.config_maps.watch(resource_version="300", timeout_seconds=30)
    task = asyncio.ensure_future(collect(watch, seen))
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
async def test_a_long_watch_takes_several_requests(server: MapCluster, kube: Client) -> None:
    loop = asyncio.get_running_loop()
    await collect(kube.core_v1.config_maps.watch(resource_version="300", timeout_seconds=3600), [])
    assert loop.time() == pytest.approx(3600, abs=1)
    assert all(int(seen.query["timeoutSeconds"]) <= 600 for seen in server.watches)
    assert 6 <= len(server.watches) <= 13


@local
async def test_leaving_closes_the_connection(server: MapCluster, kube: Client) -> None:
    server.put("a")
    async for event in kube.core_v1.config_maps.watch():
        assert event.type == "ADDED"
        break
    async for _ in kube.core_v1.config_maps.watch(resource_version="300"):
        break


@local
async def test_cancelling_closes_the_connection(server: MapCluster, kube: Client) -> None:
    task = asyncio.ensure_future(collect(kube.core_v1.config_maps.watch(), []))
    await server.wait_watches()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


@local
async def test_a_timeout_below_one_second_is_refused(server: MapCluster, kube: Client) -> None:
    wrong: Any = "1"
    with pytest.raises(InvalidRequest, match=r"^timeout_seconds is '1'; use a whole number"):
        kube.core_v1.config_maps.watch(timeout_seconds=wrong)
    with pytest.raises(InvalidRequest, match="timeout_seconds is 0"):
        kube.core_v1.config_maps.watch(timeout_seconds=0)
    assert not server.requests


def _deaf(line: bytes, pause: float) -> Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]:
    """Return an answer to a watch that ignores the timeout, and sends a line after each pause in seconds."""

    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "application/json"})
        await response.prepare(request)
        while True:
            await asyncio.sleep(pause)
            await response.write(line)

    return answer


_BOOKMARK = event_line("BOOKMARK", {"kind": "ConfigMap", "apiVersion": "v1", "metadata": {"resourceVersion": "300"}})


@pytest.mark.parametrize(
    "line", [_BOOKMARK, b"\n", event_line("ADDED", {"metadata": {"name": "a"}, "data": 7})], ids=str
)
@local
async def test_a_watch_ends_in_time_on_a_server_that_ignores_timeouts(
    server: MapCluster, kube: Client, line: bytes
) -> None:
    server.intercept(_deaf(line, pause=0.3), None, verbs=WATCHES)
    watch = kube.core_v1.config_maps.watch(resource_version="300", timeout_seconds=3)
    started = asyncio.get_running_loop().time()
    await collect(watch, [])
    assert asyncio.get_running_loop().time() - started == pytest.approx(3, abs=0.7)


@local
async def test_a_connection_is_renewed_on_a_server_that_ignores_timeouts(server: MapCluster, kube: Client) -> None:
    server.intercept(_deaf(_BOOKMARK, pause=1), None, verbs=WATCHES)
    async with kube.core_v1.config_maps.informer(watch_timeout=60):
        await asyncio.sleep(200)
    starts = [seen.at for seen in server.watches]
    assert [later - earlier for earlier, later in itertools.pairwise(starts)] == pytest.approx([65.5] * 3, abs=1.5)
    assert len(server.lists) == 1
