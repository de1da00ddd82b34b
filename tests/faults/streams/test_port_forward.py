"""Connections to ports of pods, to servers that follow and violate `v4.channel.k8s.io` (W7)."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from aiokube.errors import Disconnected, InvalidRequest, StreamError
from tests.support.clients import client_of
from tests.support.pod_port import MARK, PORT, announce, echo, server_of
from tests.support.websocket import V4, Peer, Script


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


@pytest.mark.parametrize("port", [0, -1, 65536, ""])
async def test_an_invalid_port_is_refused_before_any_request(port: Any) -> None:
    async with server_of(echo) as server, client_of(server.url) as kube:
        with pytest.raises(
            InvalidRequest, match=f"port is {port!r}; it must be a number from 1 to 65535 or the name of a port"
        ):
            async with kube.core_v1.pods.open_port("web-0", port):
                pass
        assert server.handshakes == []


async def test_a_write_after_the_pod_has_closed_is_a_typed_error() -> None:
    async with server_of(announce) as server, client_of(server.url) as kube:
        async with kube.core_v1.pods.open_port("web-0", PORT) as (reader, writer):
            assert await reader.read() == b""
            writer.write(b"x")
            with pytest.raises(Disconnected, match=f"port {PORT} of web-0: the other side has closed the stream"):
                await writer.drain()


async def test_the_error_of_the_server_contains_no_control_characters() -> None:
    async def script(peer: Peer) -> None:
        await announce(peer)
        await peer.send(1, b"no\x1b[2K\r\nCRITICAL forged\x07\n")
        await peer.read_all()

    async with server_of(script) as server, client_of(server.url) as kube:
        async with kube.core_v1.pods.open_port("web-0", PORT) as (reader, _):
            with pytest.raises(StreamError) as caught:
                await reader.read()
    assert str(caught.value) == rf"port {PORT} of web-0: no\x1b[2K\r\nCRITICAL forged\x07"
