"""Sync of an informer with the server: lists, watches, restarts, and undecodable objects."""

from __future__ import annotations

import asyncio
import itertools
import json
from contextlib import aclosing
from functools import partial
from typing import Any

import pytest

from aiokube import Client
from aiokube.errors import (
    DecodeError,
    Disconnected,
    InvalidArgument,
)
from aiokube.testing import FakeCluster
from tests.support.informers import Recorder, cached, converge, truth
from tests.support.local import local
from tests.support.map_cluster import LISTS, WATCHES, Fault, MapCluster, event_line


@local
async def test_an_informer_is_synced_once_entered(server: MapCluster, kube: Client) -> None:
    for number in range(25):
        server.put(f"map-{number}")
    informer = kube.core_v1.config_maps.informer(page_size=10)
    assert not informer.is_synced
    async with informer as maps:
        assert maps.is_synced
        assert maps.error is None
        assert len(maps) == 25
        assert cached(maps) == truth(server)
        assert maps.resource_version == "325"
        await server.wait_watches()
    lists = [dict(seen.query) for seen in server.lists]
    assert lists[0] == {"resourceVersion": "0", "limit": "10"}
    assert [sorted(query) for query in lists[1:]] == [["continue", "limit"]] * 2
    assert server.watches[0].query["resourceVersion"] == "325"
    assert server.watches[0].query["allowWatchBookmarks"] == "true"
    assert 300 <= int(server.watches[0].query["timeoutSeconds"]) <= 600


@local
async def test_an_expired_page_leads_to_a_list_without_pages(server: MapCluster, kube: Client) -> None:
    for number in range(25):
        server.put(f"map-{number}")
    server.expire_pages()
    async with kube.core_v1.config_maps.informer(page_size=10) as maps:
        assert len(maps) == 25
    assert [seen.query.get("limit") for seen in server.lists] == ["10", "10", None]
    assert dict(server.lists[2].query) == {"resourceVersion": "0"}


@local
async def test_a_relist_requests_the_last_version_then_the_newest(server: MapCluster, kube: Client) -> None:
    server.put("a")
    async with kube.core_v1.config_maps.informer() as maps:
        await server.wait_watches()
        server.send(b"garbage\n")
        await server.wait_watches(2)
        causes = [{"reason": "ResourceVersionTooLarge"}]
        status = {"kind": "Status", "code": 504, "reason": "Timeout", "details": {"causes": causes}}
        server.respond(code=504, body=json.dumps(status).encode(), verbs=LISTS)
        server.send(b"garbage\n")
        await server.wait_watches(3)
        assert cached(maps) == truth(server)
    asked = [(seen.query.get("resourceVersion"), seen.query.get("limit")) for seen in server.lists]
    assert asked == [("0", "500"), ("301", None), ("301", None), (None, "500")]
    # The second attempt, for the newest version, follows without a delay.
    assert server.lists[3].at - server.lists[2].at < 0.1


@pytest.mark.parametrize(
    ("status", "asked"),
    [
        ({"message": "Too large resource version: 11, current: 5"}, ["0", "301", None]),
        # An error that does not say why, for ever.
        ({"code": 500, "reason": "InternalError"}, ["0", "301", "301", "301", None]),
    ],
    ids=["message", "unknown"],
)
@local
async def test_a_version_whose_list_fails_for_ever_is_given_up(
    server: MapCluster, kube: Client, status: dict[str, Any], asked: list[str | None]
) -> None:
    server.put("a")
    body = json.dumps({"kind": "Status", "code": 504, "reason": "Timeout", **status}).encode()
    async with kube.core_v1.config_maps.informer() as maps:
        await server.wait_watches()
        server.respond(len(asked) - 2, body, code=504, verbs=LISTS)
        server.send(b"garbage\n")
        await server.wait_watches(2)
        assert cached(maps) == truth(server)
    assert [seen.query.get("resourceVersion") for seen in server.lists] == asked


@pytest.mark.parametrize(
    "fault",
    [
        FakeCluster.drop,
        partial(FakeCluster.respond, body=b"<html>"),
        partial(FakeCluster.respond, body=b'{"kind": "ConfigMapList", "apiVersion": "v1", "items": []}'),
        partial(FakeCluster.respond, code=500, body=b"<html>"),
    ],
    ids=["disconnected", "html", "no-version", "proxy"],
)
@local
async def test_a_list_that_fails_three_times_is_replaced_by_pages_of_the_newest(
    server: MapCluster, kube: Client, fault: Fault
) -> None:
    server.put("a")
    async with kube.core_v1.config_maps.informer(page_size=10) as maps:
        await server.wait_watches()
        fault(server, 3, verbs=LISTS)
        server.send(b"garbage\n")
        await server.wait_watches(2)
        assert cached(maps) == truth(server)
    asked = [(seen.query.get("resourceVersion"), seen.query.get("limit")) for seen in server.lists]
    assert asked == [("0", "10"), ("301", None), ("301", None), ("301", None), (None, "10")]


@local
async def test_a_list_without_a_response_is_replaced_by_pages_of_the_newest(server: MapCluster, kube: Client) -> None:
    server.put("a")
    async with (
        server.client(timeout=5) as client,
        client.core_v1.config_maps.informer(page_size=10) as maps,
    ):
        await server.wait_watches()
        server.hang(3, verbs=LISTS)
        server.send(b"garbage\n")
        await server.wait_watches(2)
        assert cached(maps) == truth(server)
    asked = [(seen.query.get("resourceVersion"), seen.query.get("limit")) for seen in server.lists]
    assert asked == [("0", "10"), ("301", None), ("301", None), ("301", None), (None, "10")]


@local
async def test_a_list_that_is_too_large_is_replaced_by_pages_at_once(server: MapCluster, kube: Client) -> None:
    for number in range(25):
        server.put(f"map-{number}", {"text": "x" * 300})
    async with (
        server.client(max_response_bytes=6000) as client,
        client.core_v1.config_maps.informer(page_size=10) as maps,
    ):
        await server.wait_watches()
        server.send(b"garbage\n")
        await server.wait_watches(2)
        assert cached(maps) == truth(server)
    asked = [(seen.query.get("resourceVersion"), seen.query.get("limit")) for seen in server.lists]
    assert asked == [("0", "10"), *[(None, "10")] * 2, ("325", None), *[(None, "10")] * 3]


@local
async def test_an_unreachable_server_does_not_change_the_list(server: MapCluster, kube: Client) -> None:
    server.put("a")
    async with kube.core_v1.config_maps.informer() as maps:
        await server.wait_watches()
        server.fail(code=429, verbs=LISTS)
        server.send(b"garbage\n")
        while len(server.lists) < 2:
            await asyncio.sleep(0.1)
        await server.stop()
        await asyncio.sleep(100)
        await server.start()
        await server.wait_watches(2)
        assert cached(maps) == truth(server)
    assert [seen.query.get("resourceVersion") for seen in server.lists] == ["0", "301", "301"]


@local
async def test_an_informer_knows_how_long_ago_the_server_was_heard(server: MapCluster, kube: Client) -> None:
    informer = kube.core_v1.config_maps.informer(watch_timeout=120)
    assert informer.last_heard is None
    async with informer as maps:
        await server.wait_watches()
        server.silence_watches()
        await asyncio.sleep(100)
        assert maps.last_heard == pytest.approx(100, abs=1)
        # The server does not end the watch at its timeout.
        await server.wait_watches(2)
        await asyncio.sleep(1)
        assert maps.last_heard == pytest.approx(1, abs=0.5)
    assert [seen.query["timeoutSeconds"] for seen in server.watches] == ["120", "120"]
    assert server.watches[1].at - server.watches[0].at == pytest.approx(125, abs=1.1)
    with pytest.raises(InvalidArgument, match="watch_timeout is 0"):
        kube.core_v1.config_maps.informer(watch_timeout=0)


@local
async def test_a_watch_renews_its_connection_after_its_watch_timeout(server: MapCluster, kube: Client) -> None:
    async with aclosing(kube.core_v1.config_maps.watch(resource_version="300", watch_timeout=7)) as events:
        waiting = asyncio.ensure_future(anext(events))
        await server.wait_watches()
        waiting.cancel()
        await asyncio.wait([waiting])
    assert server.watches[0].query["timeoutSeconds"] == "7"
    with pytest.raises(InvalidArgument, match="watch_timeout is 0; use a whole number of seconds, at least 1, or"):
        kube.core_v1.config_maps.watch(watch_timeout=0)


@pytest.mark.parametrize("as_event", [False, True])
@local
async def test_gone_leads_to_a_relist_of_the_newest_version(server: MapCluster, kube: Client, as_event: bool) -> None:
    server.put("a")
    async with kube.core_v1.config_maps.informer() as maps:
        await server.wait_watches()
        if not as_event:
            server.fail(code=410, verbs=WATCHES)
        server.drop_watches()
        server.put("b")
        server.put("c")
        server.delete("a")
        server.compact()
        await converge(server, maps)
        await server.wait_watches(3)
    assert [seen.query.get("resourceVersion") for seen in server.lists] == ["0", None]
    assert [seen.query["resourceVersion"] for seen in server.watches] == ["301", "301", "304"]


@pytest.mark.parametrize(
    "fault",
    [partial(FakeCluster.throttle, retry_after=2), FakeCluster.drop],
    ids=["429", "drop"],
)
@local
async def test_a_watch_that_cannot_start_is_retried_without_a_relist(
    server: MapCluster, kube: Client, fault: Fault
) -> None:
    fault(server, 4, verbs=WATCHES)
    async with kube.core_v1.config_maps.informer() as maps:
        await server.wait_watches(5)
        server.put("a")
        await converge(server, maps)
    assert len(server.lists) == 1


@local
async def test_a_refused_connection_is_retried_without_a_relist(server: MapCluster, kube: Client) -> None:
    async with kube.core_v1.config_maps.informer() as maps:
        await server.wait_watches()
        await server.stop()
        await asyncio.sleep(100)
        assert maps.error is not None
        await server.start()
        server.put("a")
        await converge(server, maps)
        assert maps.error is None
    # One object, to see that the server is there.
    assert [seen.query.get("limit") for seen in server.lists] == ["500", "1"]


@pytest.mark.parametrize(
    "fault",
    [
        FakeCluster.respond,
        partial(FakeCluster.respond, body=b"<html>\n"),
        FakeCluster.drop,
        partial(FakeCluster.fail, code=410),
        partial(FakeCluster.throttle, retry_after=0),
        partial(FakeCluster.fail, code=500),
        partial(FakeCluster.fail, code=403),
        partial(FakeCluster.respond, body=event_line("ERROR", {"kind": "Status", "code": 410})),
        partial(FakeCluster.respond, body=event_line("ERROR", {"kind": "Status", "code": 500})),
        partial(FakeCluster.respond, body=event_line("ADDED", None)),
        partial(
            FakeCluster.respond,
            body=event_line("ADDED", {"metadata": {"name": "a", "namespace": "default", "resourceVersion": "301"}}),
        ),
    ],
    ids=["ends", "html", "drop", "410", "429", "500", "403", "410-event", "500-event", "null", "ends-after-event"],
)
@local
async def test_an_informer_sends_at_most_one_watch_per_second(server: MapCluster, kube: Client, fault: Fault) -> None:
    fault(server, None, verbs=WATCHES)
    async with server.client() as client, client.core_v1.config_maps.informer():
        await asyncio.sleep(600)
    times = [seen.at for seen in server.watches]
    assert len(times) > 12
    # Each watch may follow a relist.
    assert len(server.requests) < 2 * 40
    assert all(later - earlier >= 0.99 for earlier, later in itertools.pairwise(times))


@local
async def test_a_watch_that_breaks_every_minute_resumes_at_once(server: MapCluster, kube: Client) -> None:
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
async def test_retry_after_is_capped_at_a_minute(server: MapCluster, kube: Client) -> None:
    async with kube.core_v1.config_maps.informer():
        await server.wait_watches()
        await asyncio.sleep(10)
        server.respond(code=503, headers={"Retry-After": "86400"}, verbs=WATCHES)
        server.end_watches()
        await server.wait_watches(3)
    assert server.lists[1].at - server.watches[1].at == pytest.approx(60, abs=1)


@pytest.mark.parametrize("fault", [FakeCluster.respond, FakeCluster.drop], ids=["ends", "drops"])
@local
async def test_an_informer_polls_lists_where_watches_are_blocked(
    server: MapCluster, kube: Client, fault: Fault
) -> None:
    fault(server, None, verbs=WATCHES)
    async with kube.core_v1.config_maps.informer() as maps:
        server.put("a")
        await converge(server, maps)
        server.delete("a")
        await converge(server, maps)
        await asyncio.sleep(1)
        assert isinstance(maps.error, Disconnected)


@local
async def test_an_undecodable_object_keeps_its_last_state(server: MapCluster, kube: Client) -> None:
    server.put("good")
    server.put("bad", "text")
    errors: list[DecodeError] = []
    async with kube.core_v1.config_maps.informer(on_undecodable=errors.append) as maps:
        assert [str(key) for key in maps] == ["default/good"]
        assert "default/bad" in str(errors[0])
        await server.wait_watches()
        server.put("bad", {"now": "it fits"})
        server.put("also-bad", 7)
        server.put("better", {"a": "b"})
        while len(maps) < 3 or len(errors) < 2:
            await asyncio.sleep(0.1)
        assert maps.get("bad") is not None
        # A decodable object keeps its last state until it is deleted.
        server.put("better", 7)
        server.send(b"garbage\n")
        await server.wait_watches(2)
        assert maps.get("better") is not None
        server.delete("better")
        while maps.get("better") is not None:
            await asyncio.sleep(0.1)
    assert len(server.watches) == 2


@local
async def test_an_undecodable_change_is_logged_and_skipped(
    server: MapCluster, kube: Client, caplog: pytest.LogCaptureFixture
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


@pytest.mark.parametrize(
    "metadata",
    [{"annotations": {"x": None}}, {"annotations": 7}, {"labels": [], "generation": "1"}, {"uid": {}}],
    ids=str,
)
@local
async def test_an_undecodable_object_is_known_by_its_name_whatever_else_does_not_fit(
    server: MapCluster, kube: Client, metadata: dict[str, Any]
) -> None:
    server.put("a", {"k": "v"})
    errors: list[DecodeError] = []
    async with kube.core_v1.config_maps.informer(on_undecodable=errors.append) as maps:
        await server.wait_watches()
        server.put("a", 7, **metadata)
        while not errors:
            await asyncio.sleep(0.1)
        server.send(b"garbage\n")
        await server.wait_watches(2)
        found = maps.get("a")
        assert found is not None
        assert found.data == {"k": "v"}
    assert [": default/a, MODIFIED: " in str(errors[0]), ": default/a: " in str(errors[1])] == [True, True]


@local
async def test_an_undecodable_change_without_a_name_leads_to_a_relist(server: MapCluster, kube: Client) -> None:
    async with kube.core_v1.config_maps.informer():
        await server.wait_watches()
        server.send(event_line("ADDED", None))
        await server.wait_watches(2)
    assert len(server.lists) == 2


@local
async def test_a_selector_that_is_changed_after_the_call_changes_no_request(server: MapCluster, kube: Client) -> None:
    for number in range(3):
        server.put(f"map-{number}", labels={"app": "web"})
    selector = {"app": "web"}
    maps = kube.core_v1.config_maps
    objects = maps.iterate(label_selector=selector, page_size=2)
    watch = maps.watch(label_selector=selector)
    async with maps.informer(label_selector=selector):
        selector["app"] = "db"
        await server.wait_watches()
        server.send(b"garbage\n")
        await server.wait_watches(2)
        assert len([one async for one in objects]) == 3
        async with aclosing(watch):
            await anext(watch)
    assert {seen.query.get("labelSelector") for seen in server.requests if "continue" not in seen.query} == {"app=web"}
    assert len(server.requests) >= 7


@local
async def test_duplicate_events_are_delivered_once(server: MapCluster, kube: Client) -> None:
    recorder = Recorder()
    async with kube.core_v1.config_maps.informer() as maps:
        maps.add_handler(recorder)
        await server.wait_watches()
        obj = server.put("a")
        await recorder.wait(1)
        server.send(event_line("ADDED", obj) + event_line("MODIFIED", obj))
        await asyncio.sleep(1)
        server.delete("a")
        await recorder.wait(2)
        server.send(event_line("DELETED", obj))
        server.put("b")
        await recorder.wait(3)
        assert recorder.received == ["ADDED a", "DELETED a", "ADDED b"]


@local
async def test_an_invalid_list_is_an_error_at_once(server: MapCluster, kube: Client) -> None:
    for body in (b"<html>", b"[]", b'{"kind": "Table", "apiVersion": "meta.k8s.io/v1", "metadata": {}}', b"{}"):
        server.respond(body=body, verbs=LISTS)
        with pytest.raises(DecodeError):
            async with kube.core_v1.config_maps.informer():
                pass
