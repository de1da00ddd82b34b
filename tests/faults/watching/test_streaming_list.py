"""Informers with streaming lists: a watch that begins with the existing objects."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import pytest
from aiohttp import web

from aiokube import Client
from aiokube.errors import Forbidden
from aiokube.testing import FakeCluster
from tests.support.local import local
from tests.support.map_cluster import WATCHES, Fault, MapCluster, event_line


def _line(type: str, name: str, version: str, **metadata: Any) -> bytes:
    metadata = {"name": name, "namespace": "default", "resourceVersion": version, **metadata}
    return (
        json.dumps({"type": type, "object": {"kind": "ConfigMap", "apiVersion": "v1", "metadata": metadata}}).encode()
        + b"\n"
    )


def _bookmark(version: str, end: str = "true") -> bytes:
    return _line("BOOKMARK", "", version, annotations={"k8s.io/initial-events-end": end})


@local
async def test_a_streaming_list_needs_no_list_request(server: MapCluster, kube: Client) -> None:
    server.put("a")
    server.put("b")
    async with kube.core_v1.config_maps.informer(streaming_list=True) as maps:
        assert sorted(key.name for key in maps) == ["a", "b"]
        assert maps.resource_version == "302"
        server.put("c")
        while len(maps) < 3:
            await asyncio.sleep(0.1)
        server.end_watches()
        await server.wait_watches(2)
        server.delete("a")
        while len(maps) == 3:
            await asyncio.sleep(0.1)
    assert server.lists == []
    first, second = (dict(seen.query) for seen in server.watches)
    assert first.pop("timeoutSeconds")
    assert first == {
        "watch": "true",
        "allowWatchBookmarks": "true",
        "sendInitialEvents": "true",
        "resourceVersionMatch": "NotOlderThan",
    }
    assert "sendInitialEvents" not in second
    assert second["resourceVersion"] == "303"


@pytest.mark.parametrize("code", [400, 422])
@local
async def test_a_server_without_streaming_lists_is_listed_from_then_on(
    server: MapCluster, kube: Client, code: int
) -> None:
    async def without_streaming_lists(request: web.BaseRequest) -> web.StreamResponse | None:
        return web.json_response({"code": code}, status=code) if "sendInitialEvents" in request.query else None

    server.put("a")
    server.intercept(without_streaming_lists, None, verbs=WATCHES)
    async with kube.core_v1.config_maps.informer(streaming_list=True) as maps:
        assert len(maps) == 1
        await server.wait_watches(2)
        server.send(b"garbage\n")
        await server.wait_watches(3)
    assert len(server.lists) == 2
    assert all("sendInitialEvents" not in seen.query for seen in server.watches[1:])


@pytest.mark.parametrize("code", [500, 503])
@local
async def test_a_failed_streaming_list_is_replaced_by_one_list(server: MapCluster, kube: Client, code: int) -> None:
    server.put("a")
    server.fail(code=code, verbs=WATCHES)
    async with kube.core_v1.config_maps.informer(streaming_list=True) as maps:
        assert len(maps) == 1
        await server.wait_watches(2)
        server.send(b"garbage\n")
        await server.wait_watches(3)
        assert len(maps) == 1
    assert len(server.lists) == 1
    assert ["sendInitialEvents" in seen.query for seen in server.watches] == [True, False, True]


def _endless(pause: float) -> Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]:
    """Return an answer to a watch whose initial events do not end, with a change after each pause in seconds."""

    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "application/json"})
        await response.prepare(request)
        await response.write(_line("ADDED", "a", "301"))
        for version in itertools.count(102):
            await asyncio.sleep(pause)
            await response.write(_line("MODIFIED", "a", str(version)))
        return response

    return answer


@local
async def test_an_endless_streaming_list_is_replaced_by_a_list_after_30_seconds(
    server: MapCluster, kube: Client
) -> None:
    server.put("a")
    server.intercept(_endless(pause=1000), verbs=WATCHES)
    started = asyncio.get_running_loop().time()
    async with kube.core_v1.config_maps.informer(streaming_list=True) as maps:
        assert len(maps) == 1
    assert len(server.lists) == 1
    assert asyncio.get_running_loop().time() - started == pytest.approx(30, abs=0.5)


@local
async def test_the_initial_events_end_whatever_other_annotations_their_bookmark_has(
    server: MapCluster, kube: Client
) -> None:
    annotations = {"k8s.io/initial-events-end": "true", "x": None}
    metadata = {"resourceVersion": "301", "annotations": annotations}
    line = event_line("BOOKMARK", {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata})
    server.respond(body=_line("ADDED", "a", "11") + line, verbs=WATCHES)
    server.put("a")
    async with kube.core_v1.config_maps.informer(streaming_list=True) as maps:
        assert [key.name for key in maps] == ["a"]
    assert not server.lists


@pytest.mark.parametrize(
    "fault",
    [
        partial(FakeCluster.respond, body=_line("ADDED", "ghost", "5")),
        partial(FakeCluster.respond, body=_line("ADDED", "ghost", "5") + _bookmark("9", end="false")),
        partial(FakeCluster.respond, body=_line("ADDED", "ghost", "5") + b"<html>\n"),
        FakeCluster.drop,
        partial(FakeCluster.fail, code=429),
        partial(FakeCluster.respond, body=_line("ADDED", "ghost", "5") + event_line("ERROR", {"code": 410})),
    ],
    ids=["ends", "other-bookmark", "html", "drop", "429", "410"],
)
@local
async def test_an_incomplete_streaming_list_is_replaced_by_a_list(
    server: MapCluster, kube: Client, fault: Fault
) -> None:
    server.put("a")
    fault(server, None, verbs=WATCHES)
    async with kube.core_v1.config_maps.informer(streaming_list=True, sync_timeout=10) as maps:
        assert [key.name for key in maps] == ["a"]
        server.heal()
        await server.wait_watches(2)
    assert len(server.lists) == 1
    assert "sendInitialEvents" not in server.watches[1].query


@local
async def test_a_streaming_list_that_does_not_end_is_replaced_by_a_list_after_a_minute(
    server: MapCluster, kube: Client
) -> None:
    server.put("a")
    server.intercept(_endless(pause=10), verbs=WATCHES)
    started = asyncio.get_running_loop().time()
    async with kube.core_v1.config_maps.informer(streaming_list=True) as maps:
        assert len(maps) == 1
    assert asyncio.get_running_loop().time() - started == pytest.approx(60, abs=1)
    assert len(server.lists) == 1


@local
async def test_changes_during_a_streaming_list_are_applied(server: MapCluster, kube: Client) -> None:
    lines = (
        _line("ADDED", "a", "5"),
        _line("ADDED", "b", "6"),
        _line("DELETED", "a", "7"),
        _line("MODIFIED", "b", "8"),
    )
    server.respond(body=b"".join(lines) + _bookmark("9"), verbs=WATCHES)
    async with kube.core_v1.config_maps.informer(streaming_list=True) as maps:
        found = maps.get("b")
        assert found is not None
        assert (len(maps), found.metadata.resource_version, maps.resource_version) == (1, "8", "9")


@local
async def test_an_undecodable_deletion_during_a_streaming_list_is_applied(server: MapCluster, kube: Client) -> None:
    lines = (_line("ADDED", "a", "5"), _line("DELETED", "a", "6").replace(b"}}}", b'}, "data": 7}}'))
    server.respond(body=b"".join(lines) + _bookmark("9"), verbs=WATCHES)
    async with kube.core_v1.config_maps.informer(streaming_list=True) as maps:
        assert (len(maps), maps.resource_version) == (0, "9")


@local
async def test_expired_and_too_large_versions_lead_to_the_newest(server: MapCluster, kube: Client) -> None:
    too_large = {"kind": "Status", "code": 504, "reason": "Timeout"}
    too_large["details"] = {"causes": [{"reason": "ResourceVersionTooLarge"}]}
    async with kube.core_v1.config_maps.informer(streaming_list=True) as maps:
        for code, body in ((410, b""), (504, json.dumps(too_large).encode())):
            server.respond(1, body, code=code, verbs=WATCHES)
            before = len(server.watches)
            server.put("a", {"n": str(before)})
            server.send(b"garbage\n")
            await server.wait_watches(before + 2)
            asked, again = server.watches[before:]
            assert asked.query["resourceVersion"] == server.resource_version
            assert "resourceVersion" not in again.query
            assert again.query["sendInitialEvents"] == "true"
            assert again.at - asked.at < 0.1
        assert len(maps) == 1
    assert server.lists == []


@local
async def test_a_forbidden_streaming_list_is_raised(server: MapCluster, kube: Client) -> None:
    server.fail(2, 403)
    with pytest.raises(Forbidden):
        async with kube.core_v1.config_maps.informer(streaming_list=True):
            pass
