"""Exec against servers that follow and violate `v5.channel.k8s.io` and `v4.channel.k8s.io`."""

from __future__ import annotations

import asyncio
import json
import os
import pickle
import time
from collections.abc import Callable
from typing import Any

import pytest
from aiohttp import web

from aiokube.errors import (
    Disconnected,
    InternalError,
    InvalidRequest,
    NotSupported,
    StreamError,
    Unauthorized,
)
from tests.support.clients import client_of
from tests.support.websocket import SH, V4, V5, Peer, WebSocketServer, idle, status, succeed

# W1: choosing the subprotocol


async def test_v5_and_v4_are_offered_in_one_header() -> None:
    async with WebSocketServer(succeed) as server, client_of(server.url) as kube:
        await kube.core_v1.pods.run("web-0", SH)
        async with kube.core_v1.pods.exec("web-0", SH) as process:
            assert process.subprotocol == V5
    assert [handshake.protocols for handshake in server.handshakes] == [[V5, V4]] * 2
    assert server.handshakes[0].path == "/api/v1/namespaces/default/pods/web-0/exec"
    flags = [("stdin", "false"), ("stdout", "true"), ("stderr", "true"), ("tty", "false")]
    assert [value for name, value in server.handshakes[0].query if name == "command"] == SH
    assert set(flags) < set(server.handshakes[0].query)


async def test_v4_is_used_when_the_server_supports_nothing_newer() -> None:
    async with WebSocketServer(succeed, protocols=[V4]) as server, client_of(server.url) as kube:
        async with kube.core_v1.pods.exec("web-0", SH) as process:
            assert process.subprotocol == V4
            assert await process.wait() == 0
    assert len(server.handshakes) == 1


@pytest.mark.parametrize("refusal", [(401, "Unauthorized"), (400, "BadRequest"), (500, "InternalError")])
async def test_v4_alone_is_offered_when_the_pair_is_refused(refusal: tuple[int, str]) -> None:
    def refuse(request: web.Request) -> web.Response | None:
        return status(*refusal) if V5 in request.headers["Sec-WebSocket-Protocol"] else None

    async with WebSocketServer(succeed, refuse=refuse) as server, client_of(server.url) as kube:
        async with kube.core_v1.pods.exec("web-0", SH) as process:
            assert process.subprotocol == V4
            assert await process.wait() == 0
    assert [handshake.protocols for handshake in server.handshakes] == [[V5, V4], [V4]]


async def test_the_first_refusal_is_raised_when_both_offers_are_refused() -> None:
    def refuse(request: web.Request) -> web.Response:
        return status(401, "Unauthorized", request.headers["Sec-WebSocket-Protocol"])

    async with WebSocketServer(idle, refuse=refuse) as server, client_of(server.url) as kube:
        with pytest.raises(Unauthorized, match=f"{V5},{V4}"):
            await kube.core_v1.pods.run("web-0", SH)
    assert len(server.handshakes) == 2


@pytest.mark.parametrize("supported", [[], ["base64.channel.k8s.io"]])
async def test_a_server_that_chooses_no_subprotocol_is_an_error(supported: list[str]) -> None:
    message = f"exec in web-0: the server supports none of the subprotocols {V5}, {V4}"
    async with WebSocketServer(succeed, protocols=supported) as server, client_of(server.url) as kube:
        with pytest.raises(StreamError, match=message):
            await kube.core_v1.pods.run("web-0", SH)
    assert [handshake.protocols for handshake in server.handshakes] == [[V5, V4], [V4]]


async def test_a_server_that_supports_only_other_subprotocols_is_an_error() -> None:
    async with WebSocketServer(succeed, protocols=[V5]) as server, client_of(server.url) as kube:
        with pytest.raises(StreamError, match=f"the server supports none of the subprotocols {V4}"):
            async with kube.core_v1.pods.exec("web-0", SH, protocols=[V4]):
                pass
    assert [handshake.protocols for handshake in server.handshakes] == [[V4]]


# commands


@pytest.mark.parametrize("command", ["ls -l /", "sh -c 'exit 3'", " ls\t-l", "ls\n"])
async def test_a_command_line_is_refused_before_any_request(command: str) -> None:
    message = (
        f"command is {command!r}; a text is one program, not a command line: pass a list, such as {command.split()!r}"
    )
    async with WebSocketServer(succeed) as server, client_of(server.url) as kube:
        with pytest.raises(InvalidRequest) as caught:
            await kube.core_v1.pods.run("web-0", command)
        assert str(caught.value) == message
        with pytest.raises(InvalidRequest):
            async with kube.core_v1.pods.exec("web-0", command):
                pass
        assert server.handshakes == []
        for program in ("date", ["a program"], ["ls", "-l"]):
            await kube.core_v1.pods.run("web-0", program)
    sent = [[value for name, value in handshake.query if name == "command"] for handshake in server.handshakes]
    assert sent == [["date"], ["a program"], ["ls", "-l"]]


# W2: channels


async def test_output_comes_from_its_channel_and_unknown_channels_are_ignored() -> None:
    async def script(peer: Peer) -> None:
        for channel in range(5):
            await peer.send(channel, b"")
        await peer.websocket.send_bytes(b"")
        await peer.send(1, b"out ")
        await peer.send(9, b"an unknown channel")
        await peer.send(0, b"a channel for writing")
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


async def test_stdout_ends_while_the_command_still_runs() -> None:
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


@pytest.mark.parametrize("max_line", [1 << 16, 1 << 18])
async def test_a_line_has_a_maximum_size(max_line: int) -> None:
    async def script(peer: Peer) -> None:
        for _ in range(10):
            await peer.send(1, b"x" * 20_000)
        await peer.send(1, b"\n")
        await peer.exit(0)

    async with WebSocketServer(script) as server, client_of(server.url) as kube:
        async with kube.core_v1.pods.exec("web-0", SH, max_line=max_line) as process:
            assert process.stdout is not None
            if max_line < 200_000:
                with pytest.raises(
                    StreamError, match=r"^exec in web-0: a line of more than 65536 bytes; raise max_line"
                ):
                    await process.stdout.readline()
                assert len(await process.stdout.read()) == 200_001
            else:
                assert len(await process.stdout.readline()) == 200_001
            assert await process.wait() == 0


async def test_the_end_of_a_stream_before_what_is_read_is_an_error_of_the_stream_and_of_asyncio() -> None:
    async def script(peer: Peer) -> None:
        await peer.send(1, b"half")
        await peer.send(2, b"half")
        await peer.exit(0)

    async with WebSocketServer(script) as server, client_of(server.url) as kube:
        async with kube.core_v1.pods.exec("web-0", SH) as process:
            assert process.stdout is not None
            assert process.stderr is not None
            with pytest.raises(
                StreamError, match=r"^exec in web-0: the stream ended after 4 bytes, before 5 bytes$"
            ) as early:
                await process.stdout.readexactly(5)
            with pytest.raises(
                asyncio.IncompleteReadError, match=r"^exec in web-0: .* 4 bytes, before the separator$"
            ) as end:
                await process.stderr.readuntil(b"!")
            assert isinstance(end.value, StreamError)
            assert isinstance(early.value, asyncio.IncompleteReadError)
            copy = pickle.loads(pickle.dumps(early.value))  # noqa: S301 - pickled here
            assert (str(copy), copy.partial, copy.expected) == (str(early.value), b"half", 5)
            assert await process.stdout.readline() == b""


async def test_a_text_message_is_an_error() -> None:
    async def script(peer: Peer) -> None:
        await peer.websocket.send_str("\x01text")
        await peer.read_all()

    async with WebSocketServer(script) as server, client_of(server.url) as kube:
        with pytest.raises(StreamError, match="exec in web-0: protocol error: the server sent a text message"):
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


async def test_closing_stdin_over_v4_is_not_supported() -> None:
    async with WebSocketServer(idle, protocols=[V4]) as server, client_of(server.url) as kube:
        async with kube.core_v1.pods.exec("web-0", SH, stdin=True) as process:
            assert process.stdin is not None
            assert not process.stdin.can_write_eof()
            with pytest.raises(
                NotSupported, match=f"stdin cannot be closed over {V4}; send input that ends the command"
            ):
                process.stdin.close()
            with pytest.raises(NotSupported):
                process.stdin.write_eof()
        with pytest.raises(NotSupported):
            await kube.core_v1.pods.run("web-0", SH, input=b"x")


# W3: exit codes


@pytest.mark.parametrize("code", [0, 1, 3, 255])
async def test_the_exit_code_is_that_of_the_status(code: int) -> None:
    async def script(peer: Peer) -> None:
        await peer.exit(code)

    async with WebSocketServer(script) as server, client_of(server.url) as kube:
        assert (await kube.core_v1.pods.run("web-0", SH)).returncode == code


async def test_a_status_may_come_in_pieces_and_the_first_one_counts() -> None:
    async def script(peer: Peer) -> None:
        await peer.send(3, b'{"status": "Fail')
        await peer.send(3, b'ure", "message": "first", "reason": "InternalError", "code": 500}')
        await peer.exit(0)

    async with WebSocketServer(script) as server, client_of(server.url) as kube:
        with pytest.raises(InternalError, match="first"):
            await kube.core_v1.pods.run("web-0", SH)


@pytest.mark.parametrize(
    ("messages", "message"),
    [
        ([b"[" * 50_000], "the stream ended with an invalid Status: "),
        ([b'{"details": {"causes": ' + b"[" * 200_000], "the stream ended with an invalid Status: "),
        ([b"[1,", *[b"1,"] * 30_000], "the stream ended with a Status of more than 262144 bytes or 32 messages"),
        ([b'{"' + b"x" * 8000] * 31, "the stream ended with an invalid Status: "),
        ([b'{"a":"\x1b[2J"}'], "the stream ended with an invalid Status: "),
        ([b'{"\\u001b[2J": 5, "status": []}'], "the stream ended with an invalid Status: "),
    ],
    ids=["deep", "deep inside", "many messages", "some messages", "control characters", "escaped control characters"],
)
async def test_an_invalid_status_is_an_error_and_does_not_block_the_loop(messages: list[bytes], message: str) -> None:
    async def script(peer: Peer) -> None:
        for part in messages:
            await peer.send(3, part)

    longest = 0.0

    async def measure() -> None:
        nonlocal longest
        while True:
            started = time.monotonic()
            await asyncio.sleep(0.01)
            longest = max(longest, time.monotonic() - started)

    async with WebSocketServer(script) as server, client_of(server.url) as kube:
        measuring = asyncio.create_task(measure())
        try:
            with pytest.raises(StreamError, match=message) as caught:
                await kube.core_v1.pods.run("web-0", SH)
        finally:
            measuring.cancel()
    assert str(caught.value).isprintable()
    assert longest < 1


async def test_empty_messages_are_not_a_part_of_the_status() -> None:
    async def script(peer: Peer) -> None:
        for _ in range(100):
            await peer.send(3, b"")
        await peer.exit(3)

    async with WebSocketServer(script) as server, client_of(server.url) as kube:
        assert (await kube.core_v1.pods.run("web-0", SH)).returncode == 3


async def test_the_reason_of_a_close_contains_no_control_characters() -> None:
    async def script(peer: Peer) -> None:
        await peer.websocket.close(code=1011, message=b"no\x1b[2K\r\nCRITICAL forged")

    async with WebSocketServer(script) as server, client_of(server.url) as kube:
        with pytest.raises(StreamError) as caught:
            await kube.core_v1.pods.run("web-0", SH)
    message = r"exec in web-0: the server closed the stream with code 1011: no\x1b[2K\r\nCRITICAL forged"
    assert str(caught.value) == message


async def test_channel_255_closes_no_channel_over_v4() -> None:
    async def script(peer: Peer) -> None:
        await peer.send(1, b"before ")
        await peer.send(255, b"\x01")
        await peer.send(1, b"after")
        await peer.exit(0)

    async with WebSocketServer(script, protocols=[V4]) as server, client_of(server.url) as kube:
        assert (await kube.core_v1.pods.run("web-0", SH)).stdout == b"before after"


async def test_the_close_of_one_channel_does_not_end_another() -> None:
    may_end = asyncio.Event()

    async def script(peer: Peer) -> None:
        await peer.send(255, b"\x01")
        await may_end.wait()
        await peer.send(2, b"error")
        await peer.send(255, b"\x02")
        await peer.exit(0)

    async with WebSocketServer(script) as server, client_of(server.url) as kube:
        async with kube.core_v1.pods.exec("web-0", SH) as process:
            assert process.stdout is not None
            assert process.stderr is not None
            assert await process.stdout.read() == b""
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(process.stderr.read(), 0.1)
            may_end.set()
            assert await process.stderr.read() == b"error"
            assert await process.wait() == 0


def close(peer: Peer) -> Any:
    return peer.websocket.close()


def close_with_4001(peer: Peer) -> Any:
    return peer.websocket.close(code=4001, message=b"because")


async def eof(peer: Peer) -> None:
    peer.eof()


async def reset(peer: Peer) -> None:
    peer.reset()


@pytest.mark.parametrize(
    ("end", "error", "message"),
    [
        (close, StreamError, "the stream ended without a Status; the exit code is unknown"),
        (close_with_4001, StreamError, "the server closed the stream with code 4001: because"),
        (eof, Disconnected, "the stream was interrupted"),
        (reset, Disconnected, "the stream was interrupted"),
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


@pytest.mark.parametrize("end", [close, close_with_4001, eof, reset])
async def test_a_status_counts_however_the_connection_ends(end: Callable[[Peer], Any]) -> None:
    async def script(peer: Peer) -> None:
        await peer.send(1, b"output")
        await peer.exit(7)
        await asyncio.sleep(0.05)
        await end(peer)

    async with WebSocketServer(script) as server, client_of(server.url) as kube:
        done = await kube.core_v1.pods.run("web-0", SH)
    assert (done.returncode, done.stdout) == (7, b"output")


async def test_a_status_without_exit_code_is_the_error_of_its_reason() -> None:
    async def script(peer: Peer) -> None:
        await peer.status(status="Failure", reason="InternalError", code=500, message='exec: "nope": not found')

    async with WebSocketServer(script) as server, client_of(server.url) as kube:
        with pytest.raises(InternalError, match=r'"nope": not found \(GET .*/pods/web-0/exec\)'):
            await kube.core_v1.pods.run("web-0", ["nope"])


# W4: terminals


async def test_a_terminal_can_be_resized_and_a_pipe_cannot() -> None:
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
                with pytest.raises(
                    InvalidRequest, match=f"the terminal size is {width} x {height}; each must be 1 to 65535"
                ):
                    process.resize(width, height)
        async with kube.core_v1.pods.exec("web-0", ["sh"], stdin=True) as process:
            with pytest.raises(InvalidRequest, match="the command has no terminal to resize; pass tty=True"):
                process.resize(80, 24)
        assert ("stderr", "false") in server.handshakes[0].query
        assert ("tty", "true") in server.handshakes[0].query
    assert [(channel, json.loads(data)) for channel, data in seen] == [
        (4, {"Width": 80, "Height": 24}),
        (4, {"Width": 200, "Height": 65535}),
    ]
