"""Keepalive, flow control and closing of streams: no data is lost, no data piles up, no socket stays open."""

from __future__ import annotations

import asyncio
import contextlib
import os
import resource
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import WSMsgType, web

from aiokube.errors import (
    ClientClosed,
    Disconnected,
    RequestTimeout,
    StreamError,
)
from aiokube.runtime.http.request import build
from aiokube.runtime.streams.keepalive import Connection
from aiokube.runtime.streams.process import Process
from tests.faults.conftest import open_sockets
from tests.support.clients import client_of
from tests.support.tls import Authority
from tests.support.websocket import SH, V5, Peer, WebSocketServer, idle

pytestmark = pytest.mark.every_loop

# W5: keepalive


@asynccontextmanager
async def impatient(server: WebSocketServer, deadline: float) -> AsyncIterator[Connection]:
    """Open a connection with a short ping interval and a short deadline, in seconds."""
    request = build("GET", "/exec", {}, {})
    async with client_of(server.url) as kube, kube.websocket(request, protocols=[V5]) as websocket:
        async with Connection(websocket, "exec in web-0", ping_interval=0.02, deadline=deadline) as connection:
            yield connection


async def test_a_dead_peer_is_detected() -> None:
    async def script(peer: Peer) -> None:
        await peer.send(1, b"last words")
        await peer.wait_closed()

    async with WebSocketServer(script, answers_pings=False) as server, impatient(server, 0.2) as connection:
        started = asyncio.get_running_loop().time()
        assert (await connection.receive()).data == b"\x01last words"
        with pytest.raises(Disconnected, match=r"exec in web-0: nothing was received for 0.2 s"):
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


async def test_a_peer_that_does_not_read_its_input_is_not_dead() -> None:
    async def script(peer: Peer) -> None:
        await asyncio.sleep(0.5)
        assert await peer.receive() == (0, b"input")
        await peer.send(1, b"here")

    async with WebSocketServer(script) as server, impatient(server, 0.1) as connection:
        await connection.send(b"\x00input")
        assert (await connection.receive()).data == b"\x01here"


async def test_a_peer_that_dies_after_reading_its_input_is_detected() -> None:
    async def script(peer: Peer) -> None:
        for kind in (WSMsgType.BINARY, WSMsgType.PING):
            while (message := await peer.websocket.receive()).type is not kind:
                pass
            if kind is WSMsgType.PING:
                await peer.websocket.pong(message.data)
        await peer.wait_closed()

    async with WebSocketServer(script, answers_pings=False) as server, impatient(server, 0.1) as connection:
        await connection.send(b"\x00input")
        with pytest.raises(Disconnected, match=r"exec in web-0: nothing was received for 0.1 s"):
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


async def test_pings_of_the_server_are_answered() -> None:
    answered: list[bytes] = []

    async def script(peer: Peer) -> None:
        await peer.websocket.ping(b"are you there?")
        message = await peer.websocket.receive()
        answered.append(message.data)
        await peer.exit(0)

    async with WebSocketServer(script, answers_pings=False) as server, client_of(server.url) as kube:
        await kube.core_v1.pods.run("web-0", SH)
    assert answered == [b"are you there?"]


# W6: flow control and limits


def peak() -> int:
    """Return the peak memory of this process in bytes."""
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
            # Output that is not read must not pile up in memory.
            await asyncio.sleep(0.3)
            before = peak()
            while data := await process.stdout.read(1 << 20):
                got += len(data)
            await giving
            assert await process.wait() == 0
        grown = peak() - before
    assert (got, received) == (count * len(block), count * len(block))
    assert grown < 12 << 20, f"{grown >> 20} MiB more than before"


async def test_a_writer_waits_while_the_peer_does_not_read() -> None:
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
        await peer.read_all()

    async with WebSocketServer(script) as server, client_of(server.url) as kube:
        with pytest.raises(StreamError, match="exceeds limit"):
            await kube.core_v1.pods.run("web-0", SH)


async def test_a_status_that_is_too_large_is_an_error() -> None:
    async def script(peer: Peer) -> None:
        for _ in range(100):
            await peer.send(3, b'"' + b"x" * 10_000)
        await peer.read_all()

    async with WebSocketServer(script) as server, client_of(server.url) as kube:
        with pytest.raises(
            StreamError, match="the stream ended with a Status of more than 262144 bytes or 32 messages"
        ):
            await kube.core_v1.pods.run("web-0", SH)


# W8: closing


async def leave_normally(process: Process) -> None:
    await asyncio.sleep(0)


async def leave_by_error(process: Process) -> None:
    raise ValueError("raised by the test")


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
@pytest.mark.slow
async def test_leaving_the_block_closes_both_ends(
    authority: Authority, leave: Callable[[Process], Any], reads: bool, tls: bool
) -> None:
    context = authority.server_context() if tls else None
    gone, left = asyncio.Event(), asyncio.Event()

    async def script(peer: Peer) -> None:
        await peer.send(1, b"x")
        if not reads:
            await left.wait()
        await peer.read_all()
        gone.set()

    async with (
        WebSocketServer(script, context=context) as server,
        client_of(server.url, authority if tls else None) as kube,
    ):
        opened = []
        with contextlib.suppress(ValueError, TimeoutError):
            async with kube.core_v1.pods.exec("web-0", SH, stdin=True) as process:
                opened.append(process)
                await leave(process)
        left.set()
        async with asyncio.timeout(5):
            await gone.wait()
        with pytest.raises(StreamError, match="exec in web-0: the stream was closed before the command ended"):
            await opened[0].wait()
    if reads:
        assert server.close_codes == [1000]


@pytest.mark.slow
async def test_leaving_closes_the_socket_to_a_peer_that_never_reads(authority: Authority) -> None:
    for context in (None, authority.server_context()):
        left = asyncio.Event()

        async def script(peer: Peer, left: asyncio.Event = left) -> None:
            await left.wait()

        async with (
            WebSocketServer(script, context=context) as server,
            client_of(server.url, authority if context else None) as kube,
        ):
            before = len(open_sockets())
            with pytest.raises(TimeoutError):
                async with kube.core_v1.pods.exec("web-0", SH, stdin=True) as process:
                    await leave_while_writing(process)
            async with asyncio.timeout(2):
                while len(open_sockets()) > before + 1:  # the end of the server
                    await asyncio.sleep(0.01)
            left.set()


async def test_streams_have_tcp_keepalive_and_no_user_timeout() -> None:
    async with WebSocketServer(idle) as server, client_of(server.url) as kube:
        async with kube.core_v1.pods.exec("web-0", SH, stdin=True):
            user_timeouts = []
            for descriptor in open_sockets():
                with socket.socket(fileno=os.dup(descriptor)) as copy:
                    if copy.type == socket.SOCK_STREAM and copy.family == socket.AF_INET:
                        with contextlib.suppress(OSError):
                            if copy.getpeername()[1] == server.port:
                                user_timeouts.append(copy.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT))
                                assert copy.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
            assert user_timeouts == [0]


async def test_cancelling_a_run_closes_both_ends() -> None:
    started = asyncio.Event()

    async def script(peer: Peer) -> None:
        started.set()
        await peer.read_all()

    async with WebSocketServer(script) as server, client_of(server.url) as kube:
        task = asyncio.create_task(kube.core_v1.pods.run("web-0", SH))
        await started.wait()
        await asyncio.sleep(0.1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        while not server.close_codes:
            await asyncio.sleep(0.01)
    assert server.close_codes == [1000]


async def test_cancelling_the_handshake_leaves_nothing() -> None:
    waiting = asyncio.Event()

    def refuse(request: web.Request) -> web.Response | None:
        waiting.set()
        return None

    async def script(peer: Peer) -> None:
        await peer.read_all()

    async with WebSocketServer(script, refuse=refuse) as server, client_of(server.url) as kube:
        task = asyncio.create_task(kube.core_v1.pods.run("web-0", SH))
        await waiting.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


async def test_a_run_that_exceeds_its_timeout_is_closed() -> None:
    async with WebSocketServer(idle) as server, client_of(server.url) as kube:
        with pytest.raises(
            RequestTimeout, match=r"exec in web-0: not finished after 0.1 s; the command may still be running"
        ):
            await kube.core_v1.pods.run("web-0", SH, timeout=0.1)
        while not server.close_codes:
            await asyncio.sleep(0.01)


async def test_closing_the_client_ends_the_stream() -> None:
    async with WebSocketServer(idle) as server, client_of(server.url) as kube:
        async with kube.core_v1.pods.exec("web-0", SH) as process:
            await kube.close()
            with pytest.raises(ClientClosed):
                await process.wait()


async def test_writing_to_a_command_that_has_ended_is_an_error() -> None:
    async def script(peer: Peer) -> None:
        await peer.exit(2)

    async with WebSocketServer(script) as server, client_of(server.url) as kube:
        async with kube.core_v1.pods.exec("web-0", SH, stdin=True) as process:
            assert process.stdin is not None
            assert await process.wait() == 2
            process.stdin.write(b"too late")
            with pytest.raises(Disconnected, match="exec in web-0: the other side has closed the stream"):
                await process.stdin.drain()
