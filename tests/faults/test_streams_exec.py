"""exec and attach against servers that keep, bend and break `v5.channel.k8s.io` and `v4.channel.k8s.io`."""

from __future__ import annotations

import asyncio
import json
import os
import resource
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import WSMsgType, web

from aiokube.errors import (
    ApiError,
    ClientClosed,
    Disconnected,
    Forbidden,
    InternalError,
    InvalidRequest,
    NotFound,
    NotSupported,
    RequestTimeout,
    StreamError,
    Unauthorized,
)
from aiokube.runtime.request import build
from aiokube.runtime.streams import Process
from aiokube.runtime.streams.connection import Connection
from tests.support.clients import client_of
from tests.support.tls import Authority
from tests.support.websocket import V4, V5, Peer, WebSocketServer

SH = ["sh", "-c", "true"]


def status(code: int, reason: str, message: str = "no") -> web.Response:
    body = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": reason, "message": message}
    return web.json_response({**body, "code": code}, status=code)


async def idle(peer: Peer) -> None:
    await peer.drained()


async def succeed(peer: Peer) -> None:
    await peer.exit(0)


# W1: the subprotocol


async def test_offers_v5_and_v4_in_one_header() -> None:
    async with WebSocketServer(succeed) as server, client_of(server.url) as kube:
        await kube.core_v1.pods.run("web-0", SH)
        async with kube.core_v1.pods.exec("web-0", SH) as process:
            assert process.subprotocol == V5
    assert [asked.protocols for asked in server.asked] == [[V5, V4]] * 2
    assert server.asked[0].path == "/api/v1/namespaces/default/pods/web-0/exec"
    flags = [("stdin", "false"), ("stdout", "true"), ("stderr", "true"), ("tty", "false")]
    assert [value for name, value in server.asked[0].query if name == "command"] == SH
    assert set(flags) < set(server.asked[0].query)


async def test_takes_v4_when_the_server_speaks_no_more() -> None:
    async with WebSocketServer(succeed, protocols=[V4]) as server, client_of(server.url) as kube:
        async with kube.core_v1.pods.exec("web-0", SH) as process:
            assert process.subprotocol == V4
            assert await process.wait() == 0
    assert len(server.asked) == 1


@pytest.mark.parametrize("refusal", [(401, "Unauthorized"), (400, "BadRequest"), (500, "InternalError")])
async def test_asks_once_more_for_v4_when_the_pair_is_refused(refusal: tuple[int, str]) -> None:
    def refuse(request: web.Request) -> web.Response | None:
        return status(*refusal) if V5 in request.headers["Sec-WebSocket-Protocol"] else None

    async with WebSocketServer(succeed, refuse=refuse) as server, client_of(server.url) as kube:
        async with kube.core_v1.pods.exec("web-0", SH) as process:
            assert process.subprotocol == V4
            assert await process.wait() == 0
    assert [asked.protocols for asked in server.asked] == [[V5, V4], [V4]]


async def test_the_first_refusal_is_the_error_when_both_are_refused() -> None:
    def refuse(request: web.Request) -> web.Response:
        return status(401, "Unauthorized", request.headers["Sec-WebSocket-Protocol"])

    async with WebSocketServer(idle, refuse=refuse) as server, client_of(server.url) as kube:
        with pytest.raises(Unauthorized, match=f"{V5},{V4}"):
            await kube.core_v1.pods.run("web-0", SH)
    assert len(server.asked) == 2


@pytest.mark.parametrize("spoken", [[], ["base64.channel.k8s.io"]])
async def test_a_server_that_chooses_none_is_refused(spoken: list[str]) -> None:
    async with WebSocketServer(succeed, protocols=spoken) as server, client_of(server.url) as kube:
        with pytest.raises(StreamError, match=f"exec in web-0: the server speaks none of {V5}, {V4}"):
            await kube.core_v1.pods.run("web-0", SH)
    assert [asked.protocols for asked in server.asked] == [[V5, V4], [V4]]


async def test_a_server_that_chooses_what_was_not_offered_is_refused() -> None:
    async with WebSocketServer(succeed, protocols=[V5]) as server, client_of(server.url) as kube:
        with pytest.raises(StreamError, match=f"speaks none of {V4}"):
            async with kube.core_v1.pods.exec("web-0", SH, protocols=[V4]):
                pass
    assert [asked.protocols for asked in server.asked] == [[V4]]


# W2: channels


async def test_channels() -> None:
    async def script(peer: Peer) -> None:
        for channel in range(5):
            await peer.send(channel, b"")
        await peer.websocket.send_bytes(b"")
        await peer.send(1, b"out ")
        await peer.send(9, b"nobody knows this channel")
        await peer.send(0, b"nor is this one for reading")
        await peer.send(2, b"err")
        await peer.send(1, b"put")
        await peer.send(255, b"\x01")
        await peer.send(255, b"\x2a")
        await peer.send(255, b"")
        await peer.send(1, b"after its end")
        await peer.exit(0)

    async with WebSocketServer(script) as server, client_of(server.url) as kube:
        done = await kube.core_v1.pods.run("web-0", SH)
    assert (done.stdout, done.stderr, done.returncode) == (b"out put", b"err", 0)


async def test_the_end_of_one_output_is_seen_while_the_other_goes_on() -> None:
    may_end = asyncio.Event()

    async def script(peer: Peer) -> None:
        await peer.send(1, b"all of it")
        await peer.send(255, b"\x01")
        await may_end.wait()
        await peer.exit(0)

    async with WebSocketServer(script) as server, client_of(server.url) as kube:
        async with kube.core_v1.pods.exec("web-0", SH) as process:
            assert process.stdout is not None
            assert await process.stdout.read() == b"all of it"
            assert process.returncode is None
            may_end.set()
            assert await process.wait() == 0
            assert process.returncode == 0


async def test_text_is_an_error() -> None:
    async def script(peer: Peer) -> None:
        await peer.websocket.send_str("\x01text")
        await peer.drained()

    async with WebSocketServer(script) as server, client_of(server.url) as kube:
        with pytest.raises(StreamError, match="the server sent text"):
            await kube.core_v1.pods.run("web-0", SH)


async def test_input_and_its_end_arrive_in_order() -> None:
    read: list[bytes] = []

    async def script(peer: Peer) -> None:
        read.append(await peer.until_close())
        await peer.exit(0)

    data = os.urandom(1_000_003)
    async with WebSocketServer(script) as server, client_of(server.url) as kube:
        async with kube.core_v1.pods.exec("web-0", SH, stdin=True) as process:
            assert process.stdin is not None
            for start in range(0, len(data), 70_001):
                process.stdin.write(data[start : start + 70_001])
                await process.stdin.drain()
            process.stdin.close()
            assert await process.wait() == 0
        assert (await kube.core_v1.pods.run("web-0", SH, input="grüße")).returncode == 0
    assert read == [data, "grüße".encode()]


async def test_v4_cannot_close_the_input_and_says_so() -> None:
    async with WebSocketServer(idle, protocols=[V4]) as server, client_of(server.url) as kube:
        async with kube.core_v1.pods.exec("web-0", SH, stdin=True) as process:
            assert process.stdin is not None
            assert not process.stdin.can_write_eof()
            with pytest.raises(NotSupported, match=rf"speaks {V4}, in which the input of a program cannot be closed"):
                process.stdin.close()
            with pytest.raises(NotSupported):
                process.stdin.write_eof()
        with pytest.raises(NotSupported):
            await kube.core_v1.pods.run("web-0", SH, input=b"x")


# W3: the end


@pytest.mark.parametrize("code", [0, 1, 3, 255])
async def test_exit_codes(code: int) -> None:
    async def script(peer: Peer) -> None:
        await peer.exit(code)

    async with WebSocketServer(script) as server, client_of(server.url) as kube:
        assert (await kube.core_v1.pods.run("web-0", SH)).returncode == code


async def test_a_status_in_pieces_and_a_second_one() -> None:
    async def script(peer: Peer) -> None:
        await peer.send(3, b'{"status": "Fail')
        await peer.send(3, b'ure", "message": "first", "reason": "InternalError", "code": 500}')
        await peer.exit(0)

    async with WebSocketServer(script) as server, client_of(server.url) as kube:
        with pytest.raises(InternalError, match="first"):
            await kube.core_v1.pods.run("web-0", SH)


def goodbye(peer: Peer) -> Any:
    return peer.websocket.close()


def odd_goodbye(peer: Peer) -> Any:
    return peer.websocket.close(code=4001, message=b"because")


async def eof(peer: Peer) -> None:
    peer.eof()


async def reset(peer: Peer) -> None:
    peer.reset()


@pytest.mark.parametrize(
    ("end", "error", "message"),
    [
        (goodbye, StreamError, "ended without saying how it went"),
        (odd_goodbye, StreamError, "closed the stream with code 4001: because"),
        (eof, Disconnected, "the stream broke off"),
        (reset, Disconnected, "the stream broke off"),
    ],
)
async def test_no_status_is_never_exit_code_0(end: Callable[[Peer], Any], error: type[Exception], message: str) -> None:
    async def script(peer: Peer) -> None:
        await peer.send(1, b"some output")
        await end(peer)

    async with WebSocketServer(script) as server, client_of(server.url) as kube:
        with pytest.raises(error, match=message) as caught:
            await kube.core_v1.pods.run("web-0", SH)
        assert type(caught.value) is error
        async with kube.core_v1.pods.exec("web-0", SH) as process:
            for _ in range(2):
                with pytest.raises(error):
                    await process.wait()
            assert process.returncode is None
            assert process.stderr is not None
            if error is Disconnected:
                with pytest.raises(Disconnected):
                    await process.stderr.read()


@pytest.mark.parametrize("end", [goodbye, odd_goodbye, eof, reset])
async def test_a_status_counts_however_the_connection_ends(end: Callable[[Peer], Any]) -> None:
    async def script(peer: Peer) -> None:
        await peer.send(1, b"output")
        await peer.exit(7)
        await asyncio.sleep(0.05)
        await end(peer)

    async with WebSocketServer(script) as server, client_of(server.url) as kube:
        done = await kube.core_v1.pods.run("web-0", SH)
    assert (done.returncode, done.stdout) == (7, b"output")


async def test_a_failure_that_is_no_exit_code() -> None:
    async def script(peer: Peer) -> None:
        await peer.status(status="Failure", reason="InternalError", code=500, message='exec: "nope": not found')

    async with WebSocketServer(script) as server, client_of(server.url) as kube:
        with pytest.raises(InternalError, match=r'"nope": not found \(GET .*/pods/web-0/exec\)'):
            await kube.core_v1.pods.run("web-0", ["nope"])


# W4: terminals


async def test_resize() -> None:
    seen: list[tuple[int, bytes]] = []

    async def script(peer: Peer) -> None:
        while len(seen) < 2 and (message := await peer.receive()) is not None:
            seen.append(message)
        await peer.exit(0)

    async with WebSocketServer(script) as server, client_of(server.url) as kube:
        async with kube.core_v1.pods.exec("web-0", ["sh"], stdin=True, tty=True) as process:
            assert process.stderr is None
            process.resize(80, 24)
            process.resize(200, 65535)
            await process.wait()
            for width, height in ((0, 1), (1, 0), (65536, 1), (-1, 5)):
                with pytest.raises(InvalidRequest, match="does not exist"):
                    process.resize(width, height)
        async with kube.core_v1.pods.exec("web-0", ["sh"], stdin=True) as process:
            with pytest.raises(InvalidRequest, match="no terminal that could be resized"):
                process.resize(80, 24)
        assert ("stderr", "false") in server.asked[0].query
        assert ("tty", "true") in server.asked[0].query
    assert [(channel, json.loads(data)) for channel, data in seen] == [
        (4, {"Width": 80, "Height": 24}),
        (4, {"Width": 200, "Height": 65535}),
    ]


# W5: signs of life


@asynccontextmanager
async def impatient(server: WebSocketServer, deadline: float) -> AsyncIterator[Connection]:
    """A connection that pings often, and waits for less than a minute."""
    request = build("GET", "/exec", {}, {})
    async with client_of(server.url) as kube, kube.websocket(request, protocols=[V5]) as websocket:
        async with Connection(websocket, "exec in web-0", ping_interval=0.02, deadline=deadline) as connection:
            yield connection


async def test_a_dead_peer_is_found() -> None:
    async def script(peer: Peer) -> None:
        await peer.send(1, b"the last sign of life")
        await peer.gone()

    async with WebSocketServer(script, answers_pings=False) as server, impatient(server, 0.2) as connection:
        started = asyncio.get_running_loop().time()
        assert (await connection.receive()).data == b"\x01the last sign of life"
        with pytest.raises(Disconnected, match=r"exec in web-0: no sign of life for 0.2 s"):
            await connection.receive()
        assert 0.2 < asyncio.get_running_loop().time() - started < 2


async def test_a_silent_peer_that_answers_pings_is_alive() -> None:
    async def script(peer: Peer) -> None:
        reading = asyncio.ensure_future(peer.receive())
        await asyncio.sleep(0.5)
        await peer.send(1, b"here")
        await reading

    async with WebSocketServer(script) as server, impatient(server, 0.1) as connection:
        assert (await connection.receive()).data == b"\x01here"


async def test_a_peer_that_does_not_take_its_input_is_not_dead() -> None:
    async def script(peer: Peer) -> None:
        await asyncio.sleep(0.5)
        assert await peer.receive() == (0, b"input")
        await peer.send(1, b"here")

    async with WebSocketServer(script) as server, impatient(server, 0.1) as connection:
        await connection.send(b"\x00input")
        assert (await connection.receive()).data == b"\x01here"


async def test_a_peer_that_dies_after_it_took_its_input_is_found() -> None:
    async def script(peer: Peer) -> None:
        for kind in (WSMsgType.BINARY, WSMsgType.PING):
            while (message := await peer.websocket.receive()).type is not kind:
                pass
            if kind is WSMsgType.PING:
                await peer.websocket.pong(message.data)
        await peer.gone()

    async with WebSocketServer(script, answers_pings=False) as server, impatient(server, 0.1) as connection:
        await connection.send(b"\x00input")
        with pytest.raises(Disconnected, match="no sign of life"):
            await connection.receive()


async def test_a_slow_reader_is_not_a_dead_peer() -> None:
    async def script(peer: Peer) -> None:
        reading = asyncio.ensure_future(peer.receive())
        for _ in range(200):
            await peer.send(1, bytes(1 << 15))
        await reading

    async with WebSocketServer(script) as server, impatient(server, 0.1) as connection:
        for _ in range(4):
            assert len((await connection.receive()).data) == (1 << 15) + 1
            await asyncio.sleep(0.2)
        for _ in range(196):
            await connection.receive()


async def test_pings_are_answered() -> None:
    answered: list[bytes] = []

    async def script(peer: Peer) -> None:
        await peer.websocket.ping(b"are you there?")
        message = await peer.websocket.receive()
        answered.append(message.data)
        await peer.exit(0)

    async with WebSocketServer(script, answers_pings=False) as server, client_of(server.url) as kube:
        await kube.core_v1.pods.run("web-0", SH)
    assert answered == [b"are you there?"]


# W6: sizes


def peak() -> int:
    """The most memory that this process has had, in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss << 10


async def test_100_mb_each_way_in_flat_memory() -> None:
    block = os.urandom(1 << 15)
    count = 100_000_000 // len(block)
    received = 0

    async def script(peer: Peer) -> None:
        nonlocal received

        async def take() -> None:
            nonlocal received
            while (message := await peer.receive()) is not None and message[0] == 0:
                received += len(message[1])
                assert len(message[1]) <= 1 << 15

        async def give() -> None:
            for _ in range(count):
                await peer.send(1, block)

        await asyncio.gather(take(), give())
        await peer.exit(0)

    async with WebSocketServer(script) as server, client_of(server.url) as kube:
        async with kube.core_v1.pods.exec("web-0", SH, stdin=True) as process:
            assert process.stdin is not None
            assert process.stdout is not None

            async def give() -> None:
                assert process.stdin is not None
                for _ in range(count):
                    process.stdin.write(block)
                    await process.stdin.drain()
                process.stdin.close()

            giving = asyncio.create_task(give())
            got = 0
            # A reader that stops for a while must not make the rest pile up.
            await asyncio.sleep(0.3)
            before = peak()
            while data := await process.stdout.read(1 << 20):
                got += len(data)
            await giving
            assert await process.wait() == 0
        grown = peak() - before
    assert (got, received) == (count * len(block), count * len(block))
    assert grown < 12 << 20, f"{grown >> 20} MiB more than before"


async def test_a_writer_waits_for_a_peer_that_does_not_read() -> None:
    may_read = asyncio.Event()

    async def script(peer: Peer) -> None:
        await may_read.wait()
        await peer.until_close()
        await peer.exit(0)

    async with WebSocketServer(script) as server, client_of(server.url) as kube:
        async with kube.core_v1.pods.exec("web-0", SH, stdin=True) as process:
            assert process.stdin is not None
            written = 0
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.5):
                    while written < 1 << 28:
                        process.stdin.write(bytes(1 << 16))
                        written += 1 << 16
                        await process.stdin.drain()
            assert written < 1 << 25
            assert process.stdin.transport.get_write_buffer_size() <= 1 << 18
            may_read.set()
            process.stdin.close()
            assert await process.wait() == 0


async def test_a_message_that_is_too_large_is_an_error() -> None:
    async def script(peer: Peer) -> None:
        await peer.send(1, bytes(1 << 19))
        await peer.send(1, bytes(1 << 24))
        await peer.drained()

    async with WebSocketServer(script) as server, client_of(server.url) as kube:
        with pytest.raises(StreamError, match="exceeds limit"):
            await kube.core_v1.pods.run("web-0", SH)


async def test_a_status_that_is_too_large_is_an_error() -> None:
    async def script(peer: Peer) -> None:
        for _ in range(100):
            await peer.send(3, b'"' + b"x" * 10_000)
        await peer.drained()

    async with WebSocketServer(script) as server, client_of(server.url) as kube:
        with pytest.raises(StreamError, match="a Status of more than"):
            await kube.core_v1.pods.run("web-0", SH)


# W8: leaving


async def leave_normally(process: Process) -> None:
    await asyncio.sleep(0)


async def leave_by_error(process: Process) -> None:
    raise ValueError("the test's own")


async def leave_while_reading(process: Process) -> None:
    assert process.stdout is not None
    async with asyncio.timeout(0.05):
        await process.stdout.read()


async def leave_while_waiting(process: Process) -> None:
    async with asyncio.timeout(0.05):
        await process.wait()


async def leave_while_writing(process: Process) -> None:
    assert process.stdin is not None
    async with asyncio.timeout(0.2):
        while True:
            process.stdin.write(bytes(1 << 20))
            await process.stdin.drain()


@pytest.mark.parametrize(
    "leave", [leave_normally, leave_by_error, leave_while_reading, leave_while_waiting, leave_while_writing]
)
@pytest.mark.parametrize("reads", [True, False], ids=["read", "unread"])
@pytest.mark.parametrize("tls", [True, False], ids=["tls", "plain"])
async def test_leaving_closes_both_ends(
    authority: Authority, leave: Callable[[Process], Any], reads: bool, tls: bool
) -> None:
    context = authority.server_context() if tls else None
    gone, left = asyncio.Event(), asyncio.Event()

    async def script(peer: Peer) -> None:
        await peer.send(1, b"x")
        if not reads:
            await left.wait()
        await peer.drained()
        gone.set()

    async with (
        WebSocketServer(script, context=context) as server,
        client_of(server.url, authority if tls else None) as kube,
    ):
        try:
            async with kube.core_v1.pods.exec("web-0", SH, stdin=True) as process:
                await leave(process)
        except (ValueError, TimeoutError):
            pass
        left.set()
        async with asyncio.timeout(5):
            await gone.wait()
        with pytest.raises(StreamError, match="exec in web-0: it was left before it ended"):
            await process.wait()
    if reads:
        assert server.goodbyes == [1000]


async def test_cancelling_a_run_closes_both_ends() -> None:
    started = asyncio.Event()

    async def script(peer: Peer) -> None:
        started.set()
        await peer.drained()

    async with WebSocketServer(script) as server, client_of(server.url) as kube:
        task = asyncio.create_task(kube.core_v1.pods.run("web-0", SH))
        await started.wait()
        await asyncio.sleep(0.1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        while not server.goodbyes:
            await asyncio.sleep(0.01)
    assert server.goodbyes == [1000]


async def test_cancelling_the_handshake_leaves_nothing() -> None:
    waiting = asyncio.Event()

    def refuse(request: web.Request) -> web.Response | None:
        waiting.set()
        return None

    async def script(peer: Peer) -> None:
        await peer.drained()

    async with WebSocketServer(script, refuse=refuse) as server, client_of(server.url) as kube:
        task = asyncio.create_task(kube.core_v1.pods.run("web-0", SH))
        await waiting.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


async def test_timeout() -> None:
    async with WebSocketServer(idle) as server, client_of(server.url) as kube:
        with pytest.raises(RequestTimeout, match=r"exec in web-0: it did not end within 0.1 s, and may still run"):
            await kube.core_v1.pods.run("web-0", SH, timeout=0.1)
        while not server.goodbyes:
            await asyncio.sleep(0.01)


async def test_closing_the_client_ends_the_stream() -> None:
    async with WebSocketServer(idle) as server, client_of(server.url) as kube:
        async with kube.core_v1.pods.exec("web-0", SH) as process:
            await kube.close()
            with pytest.raises(ClientClosed):
                await process.wait()


async def test_a_command_that_ends_early_leaves_its_writer_with_an_error() -> None:
    async def script(peer: Peer) -> None:
        await peer.exit(2)

    async with WebSocketServer(script) as server, client_of(server.url) as kube:
        async with kube.core_v1.pods.exec("web-0", SH, stdin=True) as process:
            assert process.stdin is not None
            assert await process.wait() == 2
            process.stdin.write(b"too late")
            with pytest.raises(ConnectionResetError):
                await process.stdin.drain()


# W10: refusals


@pytest.mark.parametrize(
    ("answer", "kind"),
    [((403, "Forbidden"), Forbidden), ((404, "NotFound"), NotFound), ((500, "InternalError"), ApiError)],
)
async def test_a_refusal_is_the_typed_error(answer: tuple[int, str], kind: type[ApiError]) -> None:
    def refuse(request: web.Request) -> web.Response:
        return status(*answer, message="why not")

    async with WebSocketServer(idle, refuse=refuse) as server, client_of(server.url) as kube:
        with pytest.raises(kind, match="why not") as caught:
            await kube.core_v1.pods.run("web-0", ["sh", "-c", "canary-7531"])
    assert caught.value.status.reason == answer[1]
    assert "canary" not in str(caught.value)
    if kind is Forbidden:
        assert "`create` on pods/exec" in caught.value.__notes__[0]


async def test_a_refusal_is_read_to_64_kib() -> None:
    def refuse(request: web.Request) -> web.Response:
        return web.Response(status=404, text="x" * (1 << 24))

    async with WebSocketServer(idle, refuse=refuse) as server, client_of(server.url) as kube:
        with pytest.raises(NotFound, match="xxx") as caught:
            await kube.core_v1.pods.run("web-0", SH)
    assert len(caught.value.message) < 3000


@pytest.mark.parametrize("answer", [(200, "OK"), (204, "No Content"), (426, "Upgrade Required")])
async def test_an_answer_that_is_no_websocket(answer: tuple[int, str]) -> None:
    def refuse(request: web.Request) -> web.Response:
        return web.Response(status=answer[0])

    async with WebSocketServer(idle, refuse=refuse) as server, client_of(server.url) as kube:
        with pytest.raises(ApiError) as caught:
            await kube.core_v1.pods.run("web-0", SH)
    assert caught.value.code == answer[0]


# What must not be asked for


async def test_what_cannot_be_asked_for() -> None:
    async with WebSocketServer(idle) as server, client_of(server.url) as kube:
        pods = kube.core_v1.pods
        with pytest.raises(InvalidRequest, match="command is empty"):
            pods.exec("web-0", [])
        with pytest.raises(InvalidRequest, match="stdin, stdout and stderr are all false"):
            pods.exec("web-0", SH, stdout=False, stderr=False)
        with pytest.raises(InvalidRequest, match="tty and stderr are both true"):
            pods.exec("web-0", SH, tty=True, stderr=True)
        with pytest.raises(InvalidRequest, match="name is empty"):
            pods.exec("", SH)
        with pytest.raises(InvalidRequest, match="protocols is empty"):
            async with pods.exec("web-0", SH, protocols=[]):
                pass
        async with pods.exec("web-0", SH) as process:
            with pytest.raises(InvalidRequest, match="stdin is not connected"):
                await process.communicate(b"x")
    assert len(server.asked) == 1


async def test_attach() -> None:
    async def script(peer: Peer) -> None:
        message = await peer.receive()
        assert message is not None
        await peer.send(1, message[1].upper())
        await peer.exit(0)

    async with WebSocketServer(script) as server, client_of(server.url) as kube:
        async with kube.core_v1.pods.attach("web-0", container="main", stdin=True) as process:
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write(b"hello\n")
            assert await process.stdout.readline() == b"HELLO\n"
            assert await process.wait() == 0
    assert server.asked[0].path.endswith("/web-0/attach")
    assert "command" not in dict(server.asked[0].query)
    assert dict(server.asked[0].query)["container"] == "main"
