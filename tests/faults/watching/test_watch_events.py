"""The events of a watch: bookmarks, initial events, undecodable objects and long lines."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import Any

import pytest

from aiokube import Client
from aiokube.errors import DecodeError, Disconnected
from tests.support.local import local
from tests.support.map_cluster import WATCHES, MapCluster, event_line
from tests.support.watches import take


@local
async def test_bookmarks_advance_the_version_and_are_not_yielded(server: MapCluster, kube: Client) -> None:
    async with aclosing(kube.core_v1.config_maps.watch(resource_version="300")) as events:
        first = asyncio.ensure_future(take(events, 1))
        await server.wait_watches()
        server.advance_to(350)
        server.bookmark()
        await asyncio.sleep(0.1)
        server.drop_watches()
        await server.wait_watches(2)
        server.put("a")
        assert await first == [("ADDED", "a")]
    assert [seen.query["resourceVersion"] for seen in server.watches] == ["300", "350"]


@local
async def test_bookmarks_are_requested_even_if_they_are_not_yielded(server: MapCluster, kube: Client) -> None:
    watch = kube.core_v1.config_maps.watch(resource_version="300", allow_watch_bookmarks=False)
    async with aclosing(watch) as events:
        first = asyncio.ensure_future(take(events, 1))
        await server.wait_watches()
        server.bookmark()
        server.put("a")
        assert await first == [("ADDED", "a")]
    assert server.watches[0].query["allowWatchBookmarks"] == "true"


@local
async def test_bookmarks_are_yielded_on_request(server: MapCluster, kube: Client) -> None:
    watch = kube.core_v1.config_maps.watch(resource_version="300", allow_watch_bookmarks=True)
    async with aclosing(watch) as events:
        first = asyncio.ensure_future(anext(events))
        await server.wait_watches()
        server.bookmark()
        event = await first
        assert (event.type, event.object.metadata.resource_version) == ("BOOKMARK", "300")


def _object(name: str | None = "bad", **more: Any) -> dict[str, Any]:
    metadata = {"name": name, "namespace": "default", "resourceVersion": "20"}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, **more}


@pytest.mark.parametrize(
    "obj",
    [
        _object(data="text"),
        _object(data={"a": 1}),
        _object(kind="Secret"),
        _object(metadata={"name": "bad"}),
        _object(metadata=None),
        None,
        "text",
    ],
    ids=["no-map", "no-text", "other-kind", "no-version", "no-metadata", "null", "text"],
)
@local
async def test_an_undecodable_object_does_not_end_the_watch(server: MapCluster, kube: Client, obj: Any) -> None:
    errors: list[DecodeError] = []
    watch = kube.core_v1.config_maps.watch(resource_version="300", on_undecodable=errors.append)
    async with aclosing(watch) as events:
        task = asyncio.ensure_future(take(events, 2))
        await server.wait_watches()
        server.send(event_line("ADDED", obj))
        server.put("good")
        server.send(event_line("MODIFIED", obj))
        server.delete("good")
        assert await task == [("ADDED", "good"), ("DELETED", "good")]
    assert len(errors) == 2
    assert str(errors[0]).startswith("GET /api/v1/namespaces/default/configmaps: ")
    assert len(server.requests) == 1


@local
async def test_an_undecodable_object_is_logged(
    server: MapCluster, kube: Client, caplog: pytest.LogCaptureFixture
) -> None:
    async with aclosing(kube.core_v1.config_maps.watch(resource_version="300")) as events:
        task = asyncio.ensure_future(take(events, 1))
        await server.wait_watches()
        server.send(event_line("ADDED", _object(data=7)))
        server.put("good")
        await task
    assert "skipped an undecodable object: GET /api/v1/namespaces/default/configmaps: default/bad, ADDED" in (
        caplog.text
    )


@local
async def test_events_can_arrive_byte_by_byte_or_together(server: MapCluster, kube: Client) -> None:
    async with aclosing(kube.core_v1.config_maps.watch(resource_version="300")) as events:
        task = asyncio.ensure_future(take(events, 2))
        await server.wait_watches()
        line = event_line("ADDED", _object("é" * 20))
        for position in range(len(line)):
            server.send(line[position : position + 1])
            await asyncio.sleep(0.01)
        server.send(b"\r\n\n" + event_line("ADDED", _object("second")))
        assert await task == [("ADDED", "é" * 20), ("ADDED", "second")]


@local
async def test_a_line_of_16_mib_passes_and_a_longer_one_is_refused(server: MapCluster, kube: Client) -> None:
    limit = 16 << 20
    line = event_line("ADDED", _object(data={"a": ""}))[:-1]
    long = line.replace(b'"a":""', b'"a":"' + b"x" * (limit - len(line)) + b'"')
    assert len(long) == limit
    async with aclosing(kube.core_v1.config_maps.watch(resource_version="300")) as events:
        task = asyncio.ensure_future(anext(events))
        await server.wait_watches()
        server.send(long + b"\n")
        assert len(((await task).object.data or {})["a"]) == limit - len(line)
        task = asyncio.ensure_future(anext(events))
        server.send(b" " + long + b"\n")
        with pytest.raises(DecodeError, match=r"^GET /api/v1/namespaces/default/configmaps: .*exceeds 16777216 bytes"):
            await task


@local
async def test_streamed_initial_events_end_with_a_bookmark(server: MapCluster, kube: Client) -> None:
    server.put("a")
    watch = kube.core_v1.config_maps.watch(
        send_initial_events=True, resource_version_match="NotOlderThan", allow_watch_bookmarks=True
    )
    async with aclosing(watch) as events:
        assert await take(events, 1) == [("ADDED", "a")]
        bookmark = await anext(events)
        assert bookmark.object.metadata.annotations == {"k8s.io/initial-events-end": "true"}
        server.drop_watches()
        task = asyncio.ensure_future(take(events, 1))
        await server.wait_watches(2)
        server.put("b")
        assert await task == [("ADDED", "b")]
    assert "sendInitialEvents" not in server.watches[1].query
    assert "resourceVersionMatch" not in server.watches[1].query
    assert server.watches[1].query["resourceVersion"] == "301"


@local
async def test_send_initial_events_needs_no_other_argument(server: MapCluster, kube: Client) -> None:
    server.put("a")
    async with aclosing(kube.core_v1.config_maps.watch(send_initial_events=True)) as events:
        assert [(await anext(events)).type, (await anext(events)).type] == ["ADDED", "BOOKMARK"]
        server.bookmark()
        server.put("b")
        assert await take(events, 1) == [("ADDED", "b")]


@local
async def test_incomplete_initial_events_raise_disconnected(server: MapCluster, kube: Client) -> None:
    server.respond(body=event_line("ADDED", _object()), verbs=WATCHES)
    watch = kube.core_v1.config_maps.watch(send_initial_events=True, resource_version_match="NotOlderThan")
    async with aclosing(watch) as events:
        assert await take(events, 1) == [("ADDED", "bad")]
        with pytest.raises(Disconnected, match="before the initial events were complete"):
            await anext(events)


@local
async def test_a_watch_without_initial_events_that_breaks_at_once_raises_disconnected(
    server: MapCluster, kube: Client
) -> None:
    server.put("a")
    server.respond(verbs=WATCHES)
    with pytest.raises(Disconnected):
        await anext(kube.core_v1.config_maps.watch(send_initial_events=False, resource_version_match="NotOlderThan"))
    server.drop(verbs=WATCHES)
    with pytest.raises(Disconnected):
        await anext(kube.core_v1.config_maps.watch(send_initial_events=False, resource_version_match="NotOlderThan"))
    assert server.lists == []
