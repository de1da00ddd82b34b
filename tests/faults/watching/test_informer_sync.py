"""Sync of an informer with the server: lists, watches, restarts, and undecodable objects."""

from __future__ import annotations

import asyncio
import itertools
import json
from contextlib import aclosing
from typing import Any

import pytest

from aiokube import Client, Config
from aiokube.errors import (
    DecodeError,
    Disconnected,
    InvalidArgument,
)
from tests.support.apiserver import ApiServer, Fault, event_line
from tests.support.informers import Recorder, cached, converge, truth
from tests.support.local import local


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
        assert cached(maps) == truth(server)
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
        server.send(b"garbage\n")
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
        server.send(b"garbage\n")
        await server.wait_watches(3)
        assert cached(maps) == truth(server)
    asked = [(seen.query.get("resourceVersion"), seen.query.get("limit")) for seen in server.lists]
    assert asked == [("0", "500"), ("11", None), ("11", None), (None, "500")]
    # The second attempt, for the newest version, follows without a delay.
    assert server.lists[3].at - server.lists[2].at < 0.1


@pytest.mark.parametrize(
    ("status", "asked"),
    [
        ({"message": "Too large resource version: 11, current: 5"}, ["0", "11", None]),
        # An error that does not say why, for ever.
        ({"code": 500, "reason": "InternalError"}, ["0", "11", "11", "11", None]),
    ],
    ids=["message", "unknown"],
)
@local
async def test_a_version_whose_list_fails_for_ever_is_given_up(
    server: ApiServer, kube: Client, status: dict[str, Any], asked: list[str | None]
) -> None:
    server.put("a")
    body = json.dumps({"kind": "Status", "code": 504, "reason": "Timeout", **status}).encode()
    async with kube.core_v1.config_maps.informer() as maps:
        await server.wait_watches()
        server.list_faults.extend([Fault(code=504, body=body)] * (len(asked) - 2))
        server.send(b"garbage\n")
        await server.wait_watches(2)
        assert cached(maps) == truth(server)
    assert [seen.query.get("resourceVersion") for seen in server.lists] == asked


@pytest.mark.parametrize(
    "fault",
    [
        Fault(drop=True),
        Fault(lines=(b"<html>",)),
        Fault(lines=(b'{"kind": "ConfigMapList", "apiVersion": "v1", "items": []}',)),
        Fault(code=500, body=b"<html>"),
    ],
    ids=["disconnected", "html", "no-version", "proxy"],
)
@local
async def test_a_list_that_fails_three_times_is_replaced_by_pages_of_the_newest(
    server: ApiServer, kube: Client, fault: Fault
) -> None:
    server.put("a")
    async with kube.core_v1.config_maps.informer(page_size=10) as maps:
        await server.wait_watches()
        server.list_faults.extend([fault] * 3)
        server.send(b"garbage\n")
        await server.wait_watches(2)
        assert cached(maps) == truth(server)
    asked = [(seen.query.get("resourceVersion"), seen.query.get("limit")) for seen in server.lists]
    assert asked == [("0", "10"), ("11", None), ("11", None), ("11", None), (None, "10")]


@local
async def test_a_list_without_a_response_is_replaced_by_pages_of_the_newest(server: ApiServer, kube: Client) -> None:
    server.put("a")
    async with (
        Client(Config(server=server.url), timeout=5) as client,
        client.core_v1.config_maps.informer(page_size=10) as maps,
    ):
        await server.wait_watches()
        server.list_faults.extend([Fault(hang=True)] * 3)
        server.send(b"garbage\n")
        await server.wait_watches(2)
        assert cached(maps) == truth(server)
    asked = [(seen.query.get("resourceVersion"), seen.query.get("limit")) for seen in server.lists]
    assert asked == [("0", "10"), ("11", None), ("11", None), ("11", None), (None, "10")]


@local
async def test_a_list_that_is_too_large_is_replaced_by_pages_at_once(server: ApiServer, kube: Client) -> None:
    for number in range(25):
        server.put(f"map-{number}", {"text": "x" * 300})
    async with (
        Client(Config(server=server.url), max_response_bytes=6000) as client,
        client.core_v1.config_maps.informer(page_size=10) as maps,
    ):
        await server.wait_watches()
        server.send(b"garbage\n")
        await server.wait_watches(2)
        assert cached(maps) == truth(server)
    asked = [(seen.query.get("resourceVersion"), seen.query.get("limit")) for seen in server.lists]
    assert asked == [("0", "10"), *[(None, "10")] * 2, ("35", None), *[(None, "10")] * 3]


@local
async def test_an_unreachable_server_does_not_change_the_list(server: ApiServer, kube: Client) -> None:
    server.put("a")
    async with kube.core_v1.config_maps.informer() as maps:
        await server.wait_watches()
        server.list_faults.append(Fault(code=429))
        server.send(b"garbage\n")
        while len(server.lists) < 2:
            await asyncio.sleep(0.1)
        await server.stop()
        await asyncio.sleep(100)
        await server.listen()
        await server.wait_watches(2)
        assert cached(maps) == truth(server)
    assert [seen.query.get("resourceVersion") for seen in server.lists] == ["0", "11", "11"]


@local
async def test_an_informer_knows_how_long_ago_the_server_was_heard(server: ApiServer, kube: Client) -> None:
    informer = kube.core_v1.config_maps.informer(watch_timeout=120)
    assert informer.last_heard is None
    server.is_silent = True
    async with informer as maps:
        await server.wait_watches()
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
async def test_a_watch_renews_its_connection_after_its_watch_timeout(server: ApiServer, kube: Client) -> None:
    async with aclosing(kube.core_v1.config_maps.watch(resource_version="10", watch_timeout=7)) as events:
        waiting = asyncio.ensure_future(anext(events))
        await server.wait_watches()
        waiting.cancel()
        await asyncio.wait([waiting])
    assert server.watches[0].query["timeoutSeconds"] == "7"
    with pytest.raises(InvalidArgument, match="watch_timeout is 0; use a whole number of seconds, at least 1, or"):
        kube.core_v1.config_maps.watch(watch_timeout=0)


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
        await converge(server, maps)
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
        await converge(server, maps)
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
        await converge(server, maps)
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
        Fault(lines=(event_line("ERROR", {"kind": "Status", "code": 410}),)),
        Fault(lines=(event_line("ERROR", {"kind": "Status", "code": 500}),)),
        Fault(lines=(event_line("ADDED", None),)),
        Fault(
            lines=(event_line("ADDED", {"metadata": {"name": "a", "namespace": "default", "resourceVersion": "11"}}),),
        ),
    ],
    ids=["ends", "html", "drop", "410", "429", "500", "403", "410-event", "500-event", "null", "ends-after-event"],
)
@local
async def test_an_informer_sends_at_most_one_watch_per_second(server: ApiServer, kube: Client, fault: Fault) -> None:
    server.every_watch = fault
    async with Client(Config(server=server.url)) as client, client.core_v1.config_maps.informer():
        await asyncio.sleep(600)
    times = [seen.at for seen in server.watches]
    assert len(times) > 12
    # Each watch may follow a relist.
    assert len(server.requests) < 2 * 40
    assert all(later - earlier >= 0.99 for earlier, later in itertools.pairwise(times))


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
        await converge(server, maps)
        server.delete("a")
        await converge(server, maps)
        await asyncio.sleep(1)
        assert isinstance(maps.error, Disconnected)


@local
async def test_an_undecodable_object_keeps_its_last_state(server: ApiServer, kube: Client) -> None:
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


@pytest.mark.parametrize(
    "metadata",
    [{"annotations": {"x": None}}, {"annotations": 7}, {"labels": [], "generation": "1"}, {"uid": {}}],
    ids=str,
)
@local
async def test_an_undecodable_object_is_known_by_its_name_whatever_else_does_not_fit(
    server: ApiServer, kube: Client, metadata: dict[str, Any]
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
async def test_an_undecodable_change_without_a_name_leads_to_a_relist(server: ApiServer, kube: Client) -> None:
    async with kube.core_v1.config_maps.informer():
        await server.wait_watches()
        server.send(event_line("ADDED", None))
        await server.wait_watches(2)
    assert len(server.lists) == 2


@local
async def test_a_selector_that_is_changed_after_the_call_changes_no_request(server: ApiServer, kube: Client) -> None:
    for number in range(3):
        server.put(f"map-{number}")
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
async def test_duplicate_events_are_delivered_once(server: ApiServer, kube: Client) -> None:
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
async def test_an_invalid_list_is_an_error_at_once(server: ApiServer, kube: Client) -> None:
    for body in (b"<html>", b"[]", b'{"kind": "Table", "apiVersion": "meta.k8s.io/v1", "metadata": {}}', b"{}"):
        server.list_faults.append(Fault(code=200, body=body, lines=(body,)))
        with pytest.raises(DecodeError):
            async with kube.core_v1.config_maps.informer():
                pass
