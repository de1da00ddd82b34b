"""Log lines, from responses that are split, cut off and refused."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from datetime import datetime, timedelta, timezone
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from aiohttp import web

from aiokube.errors import (
    ApiError,
    BadRequest,
    ClientClosed,
    DecodeError,
    Disconnected,
    InternalError,
    InvalidRequest,
    StreamError,
)
from aiokube.runtime.streams.log import LogLine
from tests.support.clients import client_of
from tests.support.server import Answer, Broken, Open, ScriptedServer
from tests.support.websocket import Peer, Refuse, WebSocketServer, status

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
    assert lines == [line.decode("utf-8", "replace").removesuffix("\r") for line in raw]


async def test_a_line_is_without_the_carriage_return_of_a_terminal() -> None:
    body = b"one\r\ntwo\r\r\n50 %\r100 %\r\n\r\nlast\r"
    async with ScriptedServer(Answer(chunks=[body[:4], body[4:]])) as server, client_of(server) as kube:
        assert [line async for line in kube.core_v1.pods.log_lines("web-0")] == [
            "one",
            "two\r",
            "50 %\r100 %",
            "",
            "last",
        ]
        raw = [line async for line in kube.core_v1.pods.log_lines("web-0").raw]
    assert raw == [b"one\r", b"two\r\r", b"50 %\r100 %\r", b"\r", b"last\r"]


async def test_a_line_has_a_maximum_size() -> None:
    piece = b"y" * (1 << 20)
    chunks = [b"first\n", *[piece] * 16, b"\n", *[piece] * 17, b"\nend\n"]
    message = "log in web-0: a line of more than 16777216 bytes; raise max_line"
    async with ScriptedServer(Answer(chunks=chunks)) as server, client_of(server) as kube:
        for read in (kube.core_v1.pods.log_lines("web-0"), kube.core_v1.pods.log_lines("web-0").raw):
            sizes = []
            with pytest.raises(StreamError, match=message):
                async for line in read:
                    sizes.append(len(line))
            assert sizes == [5, 16 << 20]
        lines = [line async for line in kube.core_v1.pods.log_lines("web-0", max_line=None).raw]
        assert [len(line) for line in lines] == [5, 16 << 20, 17 << 20, 3]
        assert [line async for line in kube.core_v1.pods.log_lines("web-0", max_line=17 << 20).raw] == lines


@pytest.mark.parametrize("body", [b"123456\n", b"123456", b"1\n123456\n"])
async def test_max_line_counts_the_bytes_of_a_line(body: bytes) -> None:
    async with ScriptedServer(Answer(body=body)) as server, client_of(server) as kube:
        assert [line async for line in kube.core_v1.pods.log_lines("web-0", max_line=6)] == body.decode().splitlines()
        with pytest.raises(StreamError, match="a line of more than 5 bytes"):
            async for _ in kube.core_v1.pods.log_lines("web-0", max_line=5):
                pass


async def test_an_endless_line_stays_in_flat_memory() -> None:
    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield bytes(1 << 20)

    async def respond(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        with contextlib.suppress(ConnectionError):
            async for chunk in endless():
                await response.write(chunk)
        return response

    application = web.Application()
    application.router.add_get("/{path:.*}", respond)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        async with client_of(f"http://127.0.0.1:{runner.addresses[0][1]}") as kube:
            with pytest.raises(StreamError, match="a line of more than 16777216 bytes"):
                async for _ in kube.core_v1.pods.log_lines("web-0", follow=True):
                    pass
    finally:
        await runner.cleanup()


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


async def test_what_arrived_of_the_last_line_comes_before_the_error_of_a_log_that_breaks_off() -> None:
    for size, last in ((16, ["hal"]), (13, [])):
        async with (
            ScriptedServer(Broken.body(Answer(body=b"first\nsecond\nhalf"), size)) as server,
            client_of(server) as kube,
        ):
            lines = []
            with pytest.raises(Disconnected, match="the response was interrupted"):
                async for line in kube.core_v1.pods.log_lines("web-0", follow=True):
                    lines.append(line)
        assert lines == ["first", "second", *last]


@pytest.mark.parametrize("code", [207, 226, 299])
async def test_an_unusual_success_is_an_error(code: int) -> None:
    async with ScriptedServer(Answer(code, body=b"not a log\n")) as server, client_of(server) as kube:
        for read in (anext(kube.core_v1.pods.log_lines("web-0")), kube.core_v1.pods.log("web-0")):
            with pytest.raises(ApiError) as caught:
                await read
            assert caught.value.code == code


async def test_a_refusal_is_a_typed_error() -> None:
    async with ScriptedServer(Answer(400, body=b'{"kind":"Status","message":"is waiting to start"}')) as server:
        async with client_of(server) as kube:
            with pytest.raises(BadRequest, match="is waiting to start"):
                async for _ in kube.core_v1.pods.log_lines("web-0"):
                    pass


async def test_what_arrived_of_the_last_line_comes_when_the_client_is_closed() -> None:
    lines = []
    async with ScriptedServer(Open(Answer(chunks=[b"one\ntw"]))) as server:
        kube = client_of(server)
        log = kube.core_v1.pods.log_lines("web-0", follow=True)
        lines.append(await anext(log))
        closing = asyncio.create_task(kube.close())
        with pytest.raises(ClientClosed):
            async for line in log:
                lines.append(line)
        await closing
        await log.aclose()
    assert lines == ["one", "tw"]


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
            LogLine(container, f"{container} 1", "web-0"),
            LogLine(container, f"{container} 2", "web-0"),
        ]
    assert len(lines) == 8


def refusing(refused: Mapping[str, web.Response]) -> Refuse:
    """Return the responses of a pod, the logs of some of whose containers are refused."""

    def respond(request: web.Request) -> web.Response:
        if not request.path.endswith("/log"):
            return web.json_response(POD)
        return refused.get(request.query["container"]) or web.Response(text="line\n" * 1000)

    return respond


async def test_all_log_lines_leave_out_a_container_that_has_not_started(caplog: pytest.LogCaptureFixture) -> None:
    message = 'container "side" in pod "web-0" is waiting to start: \x1bContainerCreating'
    respond = refusing({"side": status(400, "BadRequest", message)})
    async with WebSocketServer(no_websocket, refuse=respond) as server, client_of(server.url) as kube:
        lines = [line async for line in kube.core_v1.pods.all_log_lines("web-0")]
    assert Counter(line.container for line in lines) == {"init": 1000, "main": 1000, "debug": 1000}
    assert [record.getMessage() for record in caplog.records if record.name == "aiokube.streams"] == [
        'a log is left out: container "side" in pod "web-0" is waiting to start: \\x1bContainerCreating'
    ]


class StartingPod:
    """A pod whose containers start one after the other, each some looks at the pod after the one before.

    Args:
        phase: Phase of the pod at the end.
    """

    def __init__(self, phase: str = "Running") -> None:
        self.phase = phase
        self.started: list[str] = ["init"]
        self.looks = 0

    def __call__(self, request: web.Request) -> web.Response:
        """Respond to a request for the pod or for a log."""
        if request.path.endswith("/log"):
            container = request.query["container"]
            if container in self.started:
                return web.Response(text=f"of {container}\n")
            return status(400, "BadRequest", f'container "{container}" in pod "web-0" is waiting to start')
        self.looks += 1
        if self.looks % 2 == 0 and len(self.started) < 3:
            self.started.append(["init", "main", "side"][len(self.started)])
        names = {"containerStatuses": ("main", "side"), "initContainerStatuses": ("init",)}
        statuses = {
            key: [{"name": name, "state": {"running": {}} if name in self.started else {"waiting": {}}} for name in of]
            for key, of in names.items()
        }
        spec = {"initContainers": [{"name": "init"}], "containers": [{"name": "main"}, {"name": "side"}]}
        phase = self.phase if self.looks > 6 else "Pending"
        return web.json_response({"metadata": {"name": "web-0"}, "spec": spec, "status": {**statuses, "phase": phase}})


async def test_followed_log_lines_are_those_of_containers_that_start_later_too(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with WebSocketServer(no_websocket, refuse=StartingPod()) as server, client_of(server.url) as kube:
        async with asyncio.timeout(20):
            lines = [line async for line in kube.core_v1.pods.all_log_lines("web-0", follow=True)]
    assert sorted(line.text for line in lines) == ["of init", "of main", "of side"]
    assert not [record for record in caplog.records if record.name == "aiokube.streams"]


async def test_followed_log_lines_end_with_a_pod_whose_container_never_started(
    caplog: pytest.LogCaptureFixture,
) -> None:
    pod = StartingPod("Failed")
    pod.looks = 5
    pod.started = ["init", "main"]
    async with WebSocketServer(no_websocket, refuse=pod) as server, client_of(server.url) as kube:
        pod.started.append("nobody")
        async with asyncio.timeout(20):
            lines = [line async for line in kube.core_v1.pods.all_log_lines("web-0", follow=True)]
    assert sorted(line.text for line in lines) == ["of init", "of main"]
    assert [record.getMessage() for record in caplog.records if record.name == "aiokube.streams"] == [
        'a log is left out: container "side" in pod "web-0" is waiting to start'
    ]


async def test_followed_log_lines_that_are_refused_once_more_are_an_error() -> None:
    pod = StartingPod()

    def respond(request: web.Request) -> web.Response:
        if request.path.endswith("/log"):
            return status(400, "BadRequest", "tailLines: must be positive")
        pod.started = ["init", "main", "side"]
        return pod(request)

    async with WebSocketServer(no_websocket, refuse=respond) as server, client_of(server.url) as kube:
        async with asyncio.timeout(20):
            with pytest.raises(BadRequest, match="tailLines"):
                await anext(kube.core_v1.pods.all_log_lines("web-0", follow=True))


async def test_leaving_followed_log_lines_ends_the_wait_for_a_container() -> None:
    pod = StartingPod()
    async with WebSocketServer(no_websocket, refuse=pod) as server, client_of(server.url) as kube:
        lines = kube.core_v1.pods.all_log_lines("web-0", follow=True)
        assert (await anext(lines)).text == "of init"
        await lines.aclose()
        looks = pod.looks
        await asyncio.sleep(0.3)
        assert pod.looks == looks


async def test_all_log_lines_fail_when_every_log_is_refused() -> None:
    names = ("init", "main", "side", "debug")
    respond = refusing({name: status(400, "BadRequest", "tailLines: must be positive") for name in names})
    async with WebSocketServer(no_websocket, refuse=respond) as server, client_of(server.url) as kube:
        with pytest.raises(BadRequest, match="tailLines"):
            await anext(kube.core_v1.pods.all_log_lines("web-0"))


async def test_all_log_lines_fail_with_the_failure_of_one_container() -> None:
    respond = refusing({"side": status(500, "InternalError", "the node is gone")})
    async with WebSocketServer(no_websocket, refuse=respond) as server, client_of(server.url) as kube:
        with pytest.raises(InternalError, match="the node is gone"):
            async for _ in kube.core_v1.pods.all_log_lines("web-0"):
                pass


@pytest.mark.parametrize("pod", [[], None, {"spec": []}, {"spec": {"containers": [[]]}}, {"spec": {"containers": {}}}])
async def test_all_log_lines_of_an_odd_pod_are_a_typed_error(pod: Any) -> None:
    async with WebSocketServer(no_websocket, refuse=lambda _: web.json_response(pod)) as server:
        async with client_of(server.url) as kube:
            with pytest.raises(DecodeError, match="GET /api/v1/namespaces/default/pods/web-0: "):
                await anext(kube.core_v1.pods.all_log_lines("web-0"))


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
