"""Port-forwarding against a server that keeps and breaks `v4.channel.k8s.io` (W7)."""

from __future__ import annotations

import asyncio
import logging
import socket
import struct
from typing import Any

import pytest

from aiokube.errors import Disconnected, InvalidRequest, StreamError
from tests.support.clients import client_of
from tests.support.websocket import V4, Peer, Script, WebSocketServer

PORT = 8080
MARK = PORT.to_bytes(2, "little")


async def announce(peer: Peer) -> None:
    await peer.send(0, MARK)
    await peer.send(1, MARK)


async def echo(peer: Peer) -> None:
    await announce(peer)
    while (message := await peer.receive()) is not None:
        assert message[0] == 0
        await peer.send(0, message[1].upper())


def server_of(script: Script, **options: Any) -> WebSocketServer:
    return WebSocketServer(script, protocols=[V4], **options)


async def test_a_stream_pair() -> None:
    async with server_of(echo) as server, client_of(server.url) as kube:
        async with kube.core_v1.pods.open_port("web-0", PORT) as (reader, writer):
            writer.write(b"hello")
            await writer.drain()
            assert await reader.readexactly(5) == b"HELLO"
        assert server.asked[0].protocols == [V4]
        assert server.asked[0].query == [("ports", "8080")]
        assert server.asked[0].path.endswith("/pods/web-0/portforward")


async def test_what_was_written_arrives_before_the_goodbye() -> None:
    received: list[bytes] = []

    async def script(peer: Peer) -> None:
        await announce(peer)
        await asyncio.sleep(0.3)
        received.append(b"".join(data for _, data in await peer.drained()))

    data = bytes(range(256)) * 2000
    async with server_of(script) as server, client_of(server.url) as kube:
        async with kube.core_v1.pods.open_port("web-0", PORT) as (_, writer):
            writer.write(data)
        async with kube.core_v1.pods.open_port("web-0", PORT) as (reader, writer):
            writer.write(data)
            writer.close()
            await writer.wait_closed()
            assert await reader.read() == b""
    assert received == [data, data]
    assert server.goodbyes == [1000, 1000]


async def test_the_end_of_the_pod_is_the_end() -> None:
    async def script(peer: Peer) -> None:
        await announce(peer)
        await peer.send(0, b"all of it")

    async with server_of(script) as server, client_of(server.url) as kube:
        async with kube.core_v1.pods.open_port("web-0", PORT) as (reader, _):
            assert await reader.read() == b"all of it"


async def test_the_remote_error_is_surfaced() -> None:
    async def script(peer: Peer) -> None:
        await announce(peer)
        await peer.send(1, b"connection refused\n")
        await peer.drained()

    async with server_of(script) as server, client_of(server.url) as kube:
        async with kube.core_v1.pods.open_port("web-0", PORT) as (reader, writer):
            with pytest.raises(StreamError, match=r"^port 8080 of web-0: connection refused$"):
                await reader.read()
            writer.write(b"x")
            with pytest.raises(StreamError, match="connection refused"):
                await writer.drain()


async def short(peer: Peer) -> None:
    await peer.send(0, MARK[:1])
    await peer.drained()


async def wrong(peer: Peer) -> None:
    await peer.send(0, (PORT + 1).to_bytes(2, "little") + b"data")
    await peer.drained()


async def wrong_on_error(peer: Peer) -> None:
    await peer.send(0, MARK)
    await peer.send(1, b"no")
    await peer.drained()


async def broken(peer: Peer) -> None:
    await announce(peer)
    await peer.send(0, b"some")
    peer.eof()


async def text(peer: Peer) -> None:
    await announce(peer)
    await peer.websocket.send_str("text")
    await peer.drained()


@pytest.mark.parametrize(
    ("script", "error", "message"),
    [
        (short, StreamError, "channel 0 begins with no port"),
        (wrong, StreamError, "the server has connected to port 8081 instead"),
        (wrong_on_error, StreamError, "the server has connected to port 28526 instead"),
        (broken, Disconnected, "the stream was interrupted"),
        (text, StreamError, "the server sent text"),
    ],
)
async def test_a_broken_protocol(script: Script, error: type[Exception], message: str) -> None:
    async with server_of(script) as server, client_of(server.url) as kube:
        async with kube.core_v1.pods.open_port("web-0", PORT) as (reader, _):
            with pytest.raises(error, match=message):
                while await reader.read(100):
                    pass


async def test_the_port_and_the_data_may_come_in_one_message() -> None:
    async def script(peer: Peer) -> None:
        await peer.websocket.send_bytes(b"")
        await peer.send(0, b"")
        await peer.send(0, MARK + b"data")

    async with server_of(script) as server, client_of(server.url) as kube:
        async with kube.core_v1.pods.open_port("web-0", PORT) as (reader, _):
            assert await reader.read() == b"data"


@pytest.mark.parametrize("port", [0, -1, 65536, "", True])
async def test_ports_that_are_none(port: Any) -> None:
    async with server_of(echo) as server, client_of(server.url) as kube:
        with pytest.raises(InvalidRequest, match="port is"):
            async with kube.core_v1.pods.open_port("web-0", port):
                pass
        assert server.asked == []


# the listener


async def ask(port: int, data: bytes) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(data)
        return await reader.readexactly(len(data))
    finally:
        writer.close()
        await writer.wait_closed()


async def test_many_connections_at_once() -> None:
    async with server_of(echo) as server, client_of(server.url) as kube:
        async with kube.core_v1.pods.port_forward("web-0", PORT) as forwarder:
            assert (forwarder.address, forwarder.target.pod, forwarder.target.port) == ("127.0.0.1", "web-0", PORT)
            texts = [f"connection {number} ".encode() * 5000 for number in range(30)]
            assert await asyncio.gather(*(ask(forwarder.port, one) for one in texts)) == [one.upper() for one in texts]
        assert len(server.asked) == 30
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", forwarder.port)


async def test_leaving_cuts_connections_that_are_open() -> None:
    async with server_of(echo) as server, client_of(server.url) as kube:
        async with kube.core_v1.pods.port_forward("web-0", PORT) as forwarder:
            reader, writer = await asyncio.open_connection("127.0.0.1", forwarder.port)
            writer.write(b"x")
            assert await reader.read(1) == b"X"
        with pytest.raises(ConnectionResetError):
            await reader.read(1)
        writer.close()
        while not server.goodbyes:
            await asyncio.sleep(0.01)
    assert server.goodbyes == [1000]


async def test_the_remote_error_breaks_the_local_connection(caplog: pytest.LogCaptureFixture) -> None:
    async def script(peer: Peer) -> None:
        await announce(peer)
        await peer.send(1, b"connection refused")
        await peer.drained()

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
            "a forwarded connection broke: port 8080 of web-0: connection refused"
        ]


async def test_the_answer_to_half_a_close_comes_through() -> None:
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


async def test_a_local_side_that_resets_ends_the_connection() -> None:
    async with server_of(echo) as server, client_of(server.url) as kube:
        errors: list[Exception] = []
        async with kube.core_v1.pods.port_forward("web-0", PORT, on_error=errors.append) as forwarder:
            reader, writer = await asyncio.open_connection("127.0.0.1", forwarder.port)
            writer.write(b"x")
            assert await reader.read(1) == b"X"
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.transport.abort()
            async with asyncio.timeout(5):
                while not server.goodbyes:
                    await asyncio.sleep(0.01)
        assert errors == []


@pytest.mark.parametrize("port", [-1, 65536])
async def test_local_ports_that_are_none(port: int) -> None:
    async with server_of(echo) as server, client_of(server.url) as kube:
        with pytest.raises(InvalidRequest, match="local_port is"):
            async with kube.core_v1.pods.port_forward("web-0", PORT, local_port=port):
                pass
