"""Local listeners whose connections are forwarded to a pod (W7, W12)."""

from __future__ import annotations

import asyncio
import errno
import logging
import resource
import socket
import struct
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import pytest

from aiokube import Client
from aiokube.errors import InvalidRequest, StreamError
from aiokube.runtime.streams.port_forwarder import PortForwarder, open_port_forwarder
from aiokube.runtime.streams.port_target import Target, TargetFinder
from tests.faults.conftest import open_sockets
from tests.support.clients import client_of
from tests.support.pod_port import PORT, announce, echo, server_of
from tests.support.websocket import Peer


def forwarder_of(
    kube: Client, *, keepalive: int, on_error: Callable[[Exception], object] | None = None
) -> AbstractAsyncContextManager[PortForwarder]:
    """Return a `port_forward` of web-0 that probes silent local ends after `keepalive` seconds."""

    def connect(target: Target) -> AbstractAsyncContextManager[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
        return kube.core_v1.pods.open_port(target.pod, target.port)

    finder = TargetFinder(kube, "default", "web-0", PORT)
    return open_port_forwarder(
        finder, connect, local_port=0, address="127.0.0.1", on_error=on_error, keepalive=keepalive
    )


async def ask(port: int, data: bytes) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(data)
        return await reader.readexactly(len(data))
    finally:
        writer.close()
        await writer.wait_closed()


async def test_many_connections_are_forwarded_at_once() -> None:
    async with server_of(echo) as server, client_of(server.url) as kube:
        async with kube.core_v1.pods.port_forward("web-0", PORT) as forwarder:
            assert (forwarder.address, forwarder.target.pod, forwarder.target.port) == ("127.0.0.1", "web-0", PORT)
            texts = [f"connection {number} ".encode() * 5000 for number in range(30)]
            replies = await asyncio.gather(*(ask(forwarder.port, text) for text in texts))
            assert replies == [text.upper() for text in texts]
        assert sum(handshake.path.endswith("/portforward") for handshake in server.handshakes) == 30
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", forwarder.port)


async def test_leaving_resets_open_connections() -> None:
    async with server_of(echo) as server, client_of(server.url) as kube:
        async with kube.core_v1.pods.port_forward("web-0", PORT) as forwarder:
            reader, writer = await asyncio.open_connection("127.0.0.1", forwarder.port)
            writer.write(b"x")
            assert await reader.read(1) == b"X"
        with pytest.raises(ConnectionResetError):
            await reader.read(1)
        writer.close()
        while not server.close_codes:
            await asyncio.sleep(0.01)
    assert server.close_codes == [1000]


@pytest.mark.slow
async def test_the_error_of_the_server_resets_the_local_connection_and_is_reported(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def script(peer: Peer) -> None:
        await announce(peer)
        await peer.send(1, b"connection refused")
        await peer.read_all()

    errors: list[Exception] = []
    async with server_of(script) as server, client_of(server.url) as kube:
        async with kube.core_v1.pods.port_forward("web-0", PORT, on_error=errors.append) as forwarder:
            with pytest.raises(ConnectionResetError):
                await ask(forwarder.port, b"x")
        assert [str(error) for error in errors] == ["port 8080 of web-0: connection refused"]
        assert not caplog.records
        async with kube.core_v1.pods.port_forward("web-0", PORT) as forwarder:
            with pytest.raises(ConnectionResetError):
                await ask(forwarder.port, b"x")
            with caplog.at_level(logging.WARNING):
                await asyncio.sleep(0.05)
        assert [record.getMessage() for record in caplog.records] == [
            "a forwarded connection failed: port 8080 of web-0: connection refused"
        ]


async def test_the_response_arrives_after_the_local_end_half_closes() -> None:
    async def script(peer: Peer) -> None:
        await announce(peer)
        message = await peer.receive()
        assert message == (0, b"question")
        await asyncio.sleep(0.2)
        await peer.send(0, b"answer")

    async with server_of(script) as server, client_of(server.url) as kube:
        async with kube.core_v1.pods.port_forward("web-0", PORT) as forwarder:
            reader, writer = await asyncio.open_connection("127.0.0.1", forwarder.port)
            writer.write(b"question")
            writer.write_eof()
            assert await reader.read() == b"answer"
            writer.close()
            await writer.wait_closed()


async def test_a_response_arrives_whole_though_the_pod_closes_before_everything_was_sent() -> None:
    """The pod refuses an upload: it responds, and closes the connection without reading the rest."""
    response = bytes(range(256)) * 12_000

    async def script(peer: Peer) -> None:
        await announce(peer)
        await peer.receive()
        for start in range(0, len(response), 1 << 15):
            await peer.send(0, response[start : start + (1 << 15)])
        await peer.websocket.close()

    errors: list[Exception] = []
    async with server_of(script) as server, client_of(server.url) as kube:
        async with kube.core_v1.pods.port_forward("web-0", PORT, on_error=errors.append) as forwarder:
            for _ in range(3):
                reader, writer = await asyncio.open_connection("127.0.0.1", forwarder.port)
                writer.write(bytes(20_000_000))
                received = bytearray()
                while data := await reader.read(1 << 14):
                    received += data
                    await asyncio.sleep(0)
                assert received == response
                writer.transport.abort()
    assert errors == []


class SlowPod(asyncio.StreamReader):
    """The reader of a pod whose data arrives slowly, or a local end that takes it slowly."""

    chunks = 3

    async def read(self, n: int = -1) -> bytes:
        await asyncio.sleep(0.05)
        self.chunks -= 1
        return b"data" if self.chunks >= 0 else b""


async def test_the_rest_of_a_response_arrives_after_the_pod_stops_accepting_data() -> None:
    @asynccontextmanager
    async def connect(target: Target) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
        yield SlowPod(), closed

    errors: list[Exception] = []
    async with server_of(announce) as server, client_of(server.url) as kube:
        async with kube.core_v1.pods.open_port("web-0", PORT) as (reader, closed):
            assert await reader.read() == b""
            finder = TargetFinder(kube, "default", "web-0", PORT)
            async with open_port_forwarder(
                finder, connect, local_port=0, address="127.0.0.1", on_error=errors.append, keepalive=30
            ) as forwarder:
                reader, writer = await asyncio.open_connection("127.0.0.1", forwarder.port)
                writer.write(b"x")
                assert await reader.read(100) == b"data"
                assert await reader.read() == b"datadata"
                writer.close()
    assert errors == []


async def test_a_reset_of_the_local_end_closes_the_connection_without_a_report() -> None:
    async with server_of(echo) as server, client_of(server.url) as kube:
        errors: list[Exception] = []
        async with kube.core_v1.pods.port_forward("web-0", PORT, on_error=errors.append) as forwarder:
            reader, writer = await asyncio.open_connection("127.0.0.1", forwarder.port)
            writer.write(b"x")
            assert await reader.read(1) == b"X"
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.transport.abort()
            async with asyncio.timeout(5):
                while not server.close_codes:
                    await asyncio.sleep(0.01)
        assert errors == []


@pytest.mark.parametrize("port", [-1, 65536])
async def test_an_invalid_local_port_is_refused(port: int) -> None:
    async with server_of(echo) as server, client_of(server.url) as kube:
        with pytest.raises(
            InvalidRequest, match=rf"local_port is {port}; it must be 0 \(any free port\) or 1 to 65535"
        ):
            async with kube.core_v1.pods.port_forward("web-0", PORT, local_port=port):
                pass


@pytest.mark.slow
async def test_a_pod_that_is_silent_after_a_half_close_does_not_end_the_data() -> None:
    """Nothing ends a connection whose local end has only sent everything, however long the pod is silent."""

    async def script(peer: Peer) -> None:
        await announce(peer)
        await peer.receive()
        await peer.send(0, b"first part,")
        await asyncio.sleep(2.5)
        await peer.send(0, b"second part")

    async with server_of(script) as server, client_of(server.url) as kube:
        async with forwarder_of(kube, keepalive=1) as forwarder:
            reader, writer = await asyncio.open_connection("127.0.0.1", forwarder.port)
            writer.write(b"question")
            writer.write_eof()
            assert await reader.read() == b"first part,second part"
            writer.close()


@pytest.mark.slow
async def test_a_local_end_that_has_gone_is_detected_after_it_sent_everything() -> None:
    async with server_of(echo) as server, client_of(server.url) as kube:
        errors: list[Exception] = []
        async with forwarder_of(kube, keepalive=1, on_error=errors.append) as forwarder:
            with socket.create_connection(("127.0.0.1", forwarder.port)) as local:
                # The kernel drops the closed socket after a second instead of a minute.
                local.setsockopt(socket.IPPROTO_TCP, socket.TCP_LINGER2, 1)
                await asyncio.sleep(0.1)
            assert server.close_codes == []
            async with asyncio.timeout(15):
                while not server.close_codes:
                    await asyncio.sleep(0.05)
        assert errors == []
    assert server.close_codes == [1000]


async def test_the_error_of_the_pod_is_reported_though_the_local_end_has_gone() -> None:
    connected, gone = asyncio.Event(), asyncio.Event()

    async def script(peer: Peer) -> None:
        await announce(peer)
        connected.set()
        await gone.wait()
        await peer.websocket.close(code=1011, message=b"the pod broke")

    errors: list[Exception] = []
    async with server_of(script) as server, client_of(server.url) as kube:
        async with kube.core_v1.pods.port_forward("web-0", PORT, on_error=errors.append) as forwarder:
            with socket.create_connection(("127.0.0.1", forwarder.port)) as local:
                local.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                async with asyncio.timeout(10):
                    await connected.wait()
            gone.set()
            async with asyncio.timeout(10):
                while not errors:
                    await asyncio.sleep(0.01)
    assert [str(error) for error in errors] == [
        f"port {PORT} of web-0: the server closed the stream with code 1011: the pod broke"
    ]


class Pod(asyncio.StreamReader):
    """The reader of a pod that sends a number of chunks and closes the connection."""

    def __init__(self, chunks: int) -> None:
        super().__init__()
        self.left = chunks
        self.read_at = 0.0

    async def read(self, n: int = -1) -> bytes:
        self.read_at = asyncio.get_running_loop().time()
        self.left -= 1
        return bytes(1 << 14) if self.left >= 0 else b""


@pytest.mark.slow
async def test_leaving_resets_a_connection_whose_local_end_does_not_read_the_last_data() -> None:
    """The kernel takes some megabytes; the rest waits in the process."""
    loop = asyncio.get_running_loop()

    async def leave(pod: Pod) -> None:
        @asynccontextmanager
        async def connect(target: Target) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
            yield pod, writer

        finder = TargetFinder(kube, "default", "web-0", PORT)
        await finder.check_exists()  # its connection stays open
        before = open_sockets()
        async with open_port_forwarder(
            finder, connect, local_port=0, address="127.0.0.1", on_error=None, keepalive=30
        ) as forwarder:
            with socket.socket() as local:
                local.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 12)
                local.setblocking(False)
                await loop.sock_connect(local, ("127.0.0.1", forwarder.port))
                while not pod.read_at or loop.time() - pod.read_at < 0.3:
                    await asyncio.sleep(0.01)
                kept.append(local.dup())
        async with asyncio.timeout(5):
            while len(set(open_sockets().values()) - set(before.values())) > 1:  # the local end itself
                await asyncio.sleep(0.01)
        kept.pop().close()

    kept: list[socket.socket] = []
    async with server_of(echo) as server, client_of(server.url) as kube:
        async with kube.core_v1.pods.open_port("web-0", PORT) as (_, writer):
            endless = Pod(1 << 20)
            await leave(endless)
            fitting = (1 << 20) - endless.left
            # One of these ends while the process still has a part of the data.
            for chunks in range(fitting - 5, fitting):
                await leave(Pod(chunks))


async def test_a_local_port_that_is_taken_is_a_typed_error() -> None:
    async with server_of(echo) as server, client_of(server.url) as kube:
        message = rf"cannot listen on 127\.0\.0\.1 port {server.port}: .*in use"
        with pytest.raises(StreamError, match=message):
            async with kube.core_v1.pods.port_forward("web-0", PORT, local_port=server.port):
                pass
        with pytest.raises(StreamError, match=r"cannot listen on 256\.0\.0\.1 port 0: "):
            async with kube.core_v1.pods.port_forward("web-0", PORT, address="256.0.0.1"):
                pass


async def test_every_address_of_a_name_listens_on_the_same_port() -> None:
    async with server_of(echo) as server, client_of(server.url) as kube:
        async with kube.core_v1.pods.port_forward("web-0", PORT, address="localhost") as forwarder:
            for address in {one[4][0] for one in socket.getaddrinfo("localhost", None)}:
                reader, writer = await asyncio.open_connection(str(address), forwarder.port)
                writer.write(b"x")
                assert await reader.read(1) == b"X"
                writer.close()


@pytest.mark.slow
async def test_a_connection_is_accepted_again_after_the_descriptors_ran_out() -> None:
    async with server_of(echo) as server, client_of(server.url) as kube:
        errors: list[Exception] = []
        async with kube.core_v1.pods.port_forward("web-0", PORT, on_error=errors.append) as forwarder:
            local = socket.socket()
            local.setblocking(False)
            limit = resource.getrlimit(resource.RLIMIT_NOFILE)
            resource.setrlimit(resource.RLIMIT_NOFILE, (local.fileno() + 1, limit[1]))
            try:
                await asyncio.get_running_loop().sock_connect(local, ("127.0.0.1", forwarder.port))
                async with asyncio.timeout(5):
                    while not errors:
                        await asyncio.sleep(0.01)
            finally:
                resource.setrlimit(resource.RLIMIT_NOFILE, limit)
            reader, writer = await asyncio.open_connection(sock=local)
            writer.write(b"x")
            assert await reader.read(1) == b"X"
            writer.close()
        assert [getattr(error, "errno", None) for error in errors] == [errno.EMFILE]
