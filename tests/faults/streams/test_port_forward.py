"""Connections and local listeners against servers that follow and violate `v4.channel.k8s.io` (W7)."""

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


async def test_a_connection_is_a_stream_pair() -> None:
    async with server_of(echo) as server, client_of(server.url) as kube:
        async with kube.core_v1.pods.open_port("web-0", PORT) as (reader, writer):
            writer.write(b"hello")
            await writer.drain()
            assert await reader.readexactly(5) == b"HELLO"
        assert server.handshakes[0].protocols == [V4]
        assert server.handshakes[0].query == [("ports", "8080")]
        assert server.handshakes[0].path.endswith("/pods/web-0/portforward")


async def test_everything_written_arrives_before_the_close() -> None:
    received: list[bytes] = []

    async def script(peer: Peer) -> None:
        await announce(peer)
        await asyncio.sleep(0.3)
        received.append(b"".join(data for _, data in await peer.read_all()))

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
    assert server.close_codes == [1000, 1000]


async def test_the_reader_ends_when_the_pod_closes() -> None:
    async def script(peer: Peer) -> None:
        await announce(peer)
        await peer.send(0, b"all of it")

    async with server_of(script) as server, client_of(server.url) as kube:
        async with kube.core_v1.pods.open_port("web-0", PORT) as (reader, _):
            assert await reader.read() == b"all of it"


@pytest.mark.slow
async def test_the_error_of_the_server_is_raised_by_reader_and_writer() -> None:
    async def script(peer: Peer) -> None:
        await announce(peer)
        await peer.send(1, b"connection refused\n")
        await peer.read_all()

    async with server_of(script) as server, client_of(server.url) as kube:
        async with kube.core_v1.pods.open_port("web-0", PORT) as (reader, writer):
            with pytest.raises(StreamError, match=r"^port 8080 of web-0: connection refused$"):
                await reader.read()
            writer.write(b"x")
            with pytest.raises(StreamError, match="connection refused"):
                await writer.drain()


async def short(peer: Peer) -> None:
    await peer.send(0, MARK[:1])
    await peer.read_all()


async def wrong(peer: Peer) -> None:
    await peer.send(0, (PORT + 1).to_bytes(2, "little") + b"data")
    await peer.read_all()


async def wrong_on_error(peer: Peer) -> None:
    await peer.send(0, MARK)
    await peer.send(1, b"no")
    await peer.read_all()


async def broken(peer: Peer) -> None:
    await announce(peer)
    await peer.send(0, b"some")
    peer.eof()


async def text(peer: Peer) -> None:
    await announce(peer)
    await peer.websocket.send_str("text")
    await peer.read_all()


@pytest.mark.parametrize(
    ("script", "error", "message"),
    [
        (short, StreamError, "protocol error: channel 0 does not begin with a port number"),
        (wrong, StreamError, "protocol error: the server connected to port 8081"),
        (wrong_on_error, StreamError, "protocol error: the server connected to port 28526"),
        (broken, Disconnected, "the stream was interrupted"),
        (text, StreamError, "protocol error: the server sent a text message"),
    ],
)
async def test_a_protocol_error_is_raised_by_the_reader(script: Script, error: type[Exception], message: str) -> None:
    async with server_of(script) as server, client_of(server.url) as kube:
        async with kube.core_v1.pods.open_port("web-0", PORT) as (reader, _):
            with pytest.raises(error, match=message):
                while await reader.read(100):
                    pass


async def test_the_port_number_and_data_may_share_a_message() -> None:
    async def script(peer: Peer) -> None:
        await peer.websocket.send_bytes(b"")
        await peer.send(0, b"")
        await peer.send(0, MARK + b"data")

    async with server_of(script) as server, client_of(server.url) as kube:
        async with kube.core_v1.pods.open_port("web-0", PORT) as (reader, _):
            assert await reader.read() == b"data"


@pytest.mark.parametrize("port", [0, -1, 65536, "", True])
async def test_an_invalid_port_is_refused_before_any_request(port: Any) -> None:
    async with server_of(echo) as server, client_of(server.url) as kube:
        with pytest.raises(
            InvalidRequest, match=f"port is {port!r}; it must be a number from 1 to 65535 or the name of a port"
        ):
            async with kube.core_v1.pods.open_port("web-0", port):
                pass
        assert server.handshakes == []


# the local listener


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
        assert len(server.handshakes) == 30
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
