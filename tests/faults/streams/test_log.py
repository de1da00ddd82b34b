"""Log lines, from responses that are split, cut off and refused."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta, timezone
from urllib.parse import parse_qsl, urlsplit

import pytest
from aiohttp import web

from aiokube.errors import BadRequest, Disconnected, InvalidRequest
from aiokube.runtime.streams.log import LogLine
from tests.support.clients import client_of
from tests.support.server import Answer, Broken, Open, ScriptedServer
from tests.support.websocket import Peer, WebSocketServer

TEXT = "eins\n\nzwei grüße ✓ 🎉\r\n\xff" + "x" * 300_000 + "\nlast without an end"


@pytest.mark.parametrize("size", [1, 2, 3, 7, 100_000])
async def test_lines_are_whole_however_the_response_is_split(size: int) -> None:
    data = TEXT[:40].encode() if size == 1 else TEXT.encode()
    chunks = [data[start : start + size] for start in range(0, len(data), size)] if size > 3 else None
    small = data[:60]
    chunks = chunks or [small[start : start + size] for start in range(0, len(small), size)]
    whole = b"".join(chunks)
    async with ScriptedServer(Answer(chunks=chunks)) as server, client_of(server) as kube:
        lines = [line async for line in kube.core_v1.pods.log_lines("web-0")]
        raw = [line async for line in kube.core_v1.pods.log_lines("web-0").raw]
    assert raw == whole.split(b"\n")
    assert lines == [line.decode("utf-8", "replace") for line in raw]


async def test_a_line_may_have_any_length() -> None:
    piece = b"y" * (1 << 20)
    async with ScriptedServer(Answer(chunks=[piece] * 40 + [b"\nend\n"])) as server, client_of(server) as kube:
        lines = [line async for line in kube.core_v1.pods.log_lines("web-0").raw]
    assert [len(line) for line in lines] == [40 << 20, 3]


async def test_an_empty_log_has_no_lines() -> None:
    async with ScriptedServer(Answer(body=b"")) as server, client_of(server) as kube:
        assert [line async for line in kube.core_v1.pods.log_lines("web-0")] == []


async def test_parameters_are_sent_in_the_query() -> None:
    since = datetime(2026, 3, 4, 5, 6, 7, 89, tzinfo=timezone(timedelta(hours=2)))
    async with ScriptedServer(Answer(body=b"x\n")) as server, client_of(server) as kube:
        lines = kube.core_v1.pods.log_lines(
            "web-0",
            namespace="shop",
            container="main",
            follow=True,
            previous=True,
            timestamps=True,
            tail_lines=10,
            since_time=since,
        )
        assert [line async for line in lines] == ["x"]
        target = urlsplit(server.requests[0].target)
    assert target.path == "/api/v1/namespaces/shop/pods/web-0/log"
    assert dict(parse_qsl(target.query)) == {
        "container": "main",
        "follow": "true",
        "previous": "true",
        "timestamps": "true",
        "tailLines": "10",
        "sinceTime": "2026-03-04T03:06:07.000089Z",
    }


async def test_since_time_needs_a_time_zone() -> None:
    async with ScriptedServer(Answer()) as server, client_of(server) as kube:
        with pytest.raises(
            InvalidRequest, match=r"since_time is datetime.*, without a time zone; add one, such as datetime.UTC"
        ):
            kube.core_v1.pods.log_lines("web-0", since_time=datetime(2026, 1, 1))
        assert server.requests == []


async def test_a_log_that_breaks_off_is_an_error_after_its_last_whole_line() -> None:
    async with (
        ScriptedServer(Broken.body(Answer(body=b"first\nsecond\nhalf"), 16)) as server,
        client_of(server) as kube,
    ):
        lines = []
        with pytest.raises(Disconnected, match="the response was interrupted"):
            async for line in kube.core_v1.pods.log_lines("web-0", follow=True):
                lines.append(line)
    assert lines == ["first", "second"]


async def test_a_refusal_is_a_typed_error() -> None:
    async with ScriptedServer(Answer(400, body=b'{"kind":"Status","message":"is waiting to start"}')) as server:
        async with client_of(server) as kube:
            with pytest.raises(BadRequest, match="is waiting to start"):
                async for _ in kube.core_v1.pods.log_lines("web-0"):
                    pass


async def test_leaving_closing_and_cancelling_end_the_iteration() -> None:
    async with ScriptedServer(Open(Answer(chunks=[b"one\ntwo\n"]))) as server, client_of(server) as kube:
        async for line in kube.core_v1.pods.log_lines("web-0", follow=True):
            assert line == "one"
            break
        lines = kube.core_v1.pods.log_lines("web-0", follow=True)
        assert await anext(lines) == "one"
        await lines.aclose()
        with pytest.raises(StopAsyncIteration):
            await anext(lines)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                async for _ in kube.core_v1.pods.log_lines("web-0", follow=True):
                    pass


POD = {
    "metadata": {"name": "web-0"},
    "spec": {
        "initContainers": [{"name": "init"}],
        "containers": [{"name": "main"}, {"name": "side"}],
        "ephemeralContainers": [{"name": "debug"}],
    },
}


async def no_websocket(peer: Peer) -> None:
    raise AssertionError("a WebSocket was opened")


async def test_all_log_lines_come_from_every_container() -> None:
    def respond(request: web.Request) -> web.Response:
        if request.path.endswith("/log"):
            container = request.query["container"]
            return web.Response(text=f"{container} 1\n{container} 2\n")
        return web.json_response(POD)

    async with WebSocketServer(no_websocket, refuse=respond) as server, client_of(server.url) as kube:
        lines = [line async for line in kube.core_v1.pods.all_log_lines("web-0", tail_lines=5)]
        assert [handshake.path.rpartition("/")[2] for handshake in server.handshakes] == ["web-0", *["log"] * 4]
        assert all(("tailLines", "5") in handshake.query for handshake in server.handshakes[1:])
    for container in ("init", "main", "side", "debug"):
        assert [line for line in lines if line.container == container] == [
            LogLine(container, f"{container} 1"),
            LogLine(container, f"{container} 2"),
        ]
    assert len(lines) == 8


async def test_all_log_lines_fail_with_the_first_container() -> None:
    def respond(request: web.Request) -> web.Response:
        if request.query.get("container") == "side":
            return web.json_response({"kind": "Status", "message": "side is waiting", "code": 400}, status=400)
        return web.Response(text="line\n" * 100_000) if request.path.endswith("/log") else web.json_response(POD)

    async with WebSocketServer(no_websocket, refuse=respond) as server, client_of(server.url) as kube:
        with pytest.raises(BadRequest, match="side is waiting"):
            async for _ in kube.core_v1.pods.all_log_lines("web-0"):
                pass


async def test_leaving_all_log_lines_closes_every_log() -> None:
    def respond(request: web.Request) -> web.Response:
        return web.Response(text="line\n" * 1_000_000) if request.path.endswith("/log") else web.json_response(POD)

    async with WebSocketServer(no_websocket, refuse=respond) as server, client_of(server.url) as kube:
        async for line in kube.core_v1.pods.all_log_lines("web-0"):
            assert line.text == "line"
            break
        lines = kube.core_v1.pods.all_log_lines("web-0")
        await anext(lines)
        await lines.aclose()
