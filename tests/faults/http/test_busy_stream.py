"""Streams whose data arrives as fast as it is read."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from aiokube.errors import ClientClosed, Disconnected
from aiokube.runtime.http.request import Request
from tests.support.clients import client_of
from tests.support.server import Answer, Exchange, Open, ScriptedServer
from tests.support.tls import Authority

PODS = Request(method="GET", path="/api/v1/pods", template="/api/v1/pods", query=(("watch", "true"),))
LINES = [b"%05d %s\n" % (number, b"x" * 500) for number in range(5000)]


@dataclass(frozen=True)
class Cut:
    """Lines of a response without an end, followed by the end of the connection."""

    reset: bool
    lines: Sequence[bytes]

    async def play(self, exchange: Exchange) -> None:
        """Send the lines, and end the connection."""
        await exchange.send(Answer(chunks=()).head())
        for line in self.lines:
            await asyncio.sleep(0)
            await exchange.send(b"%x\r\n%b\r\n" % (len(line), line))
        # A reset discards data that has not been sent.
        await asyncio.sleep(0.5)
        if self.reset:
            exchange.reset()
        else:
            exchange.close()


@dataclass(frozen=True)
class Late:
    """Lines of a response, and one more when it is due."""

    lines: Sequence[bytes]
    last: bytes
    is_due: asyncio.Event = field(default_factory=asyncio.Event)

    async def play(self, exchange: Exchange) -> None:
        """Send the lines, and the last one when the client has received them and waits."""
        await exchange.send(Answer(chunks=()).head())
        for line in self.lines:
            await asyncio.sleep(0)
            await exchange.send(b"%x\r\n%b\r\n" % (len(line), line))
        await self.is_due.wait()
        await exchange.send(b"%x\r\n%b\r\n" % (len(self.last), self.last))


@pytest.mark.parametrize("tls", [False, True])
async def test_small_pieces_of_a_busy_stream_are_combined(tls: bool, authority: Authority) -> None:
    chunks: list[bytes] = []
    async with (
        ScriptedServer(Answer(chunks=LINES), context=authority.server_context() if tls else None) as server,
        client_of(server, authority if tls else None) as client,
        client.stream(PODS) as stream,
    ):
        async for chunk in stream:
            chunks.append(chunk)
    assert b"".join(chunks) == b"".join(LINES)
    # Read as they arrive, few lines would be combined.
    assert len(chunks) < len(LINES) / 33


@pytest.mark.parametrize("tls", [False, True])
async def test_a_small_piece_after_a_busy_stream_arrives_by_itself(tls: bool, authority: Authority) -> None:
    late = Late(LINES, b"late\n")
    missing = sum(map(len, LINES))
    async with (
        ScriptedServer(late, context=authority.server_context() if tls else None) as server,
        client_of(server, authority if tls else None) as client,
        client.stream(PODS) as stream,
        asyncio.timeout(10),
    ):
        async for chunk in stream:
            missing -= len(chunk)
            if not missing:
                late.is_due.set()
            elif missing < 0:
                assert chunk == b"late\n"
                return
    pytest.fail("the stream has ended early")


@pytest.mark.parametrize("tls", [False, True])
async def test_a_small_response_arrives_on_the_connection_of_a_busy_stream(tls: bool, authority: Authority) -> None:
    steps = Answer(chunks=LINES), Answer(body=b"{}")
    async with (
        ScriptedServer(*steps, context=authority.server_context() if tls else None) as server,
        client_of(server, authority if tls else None) as client,
        asyncio.timeout(10),
    ):
        async with client.stream(PODS) as stream:
            assert b"".join([chunk async for chunk in stream]) == b"".join(LINES)
        assert (await client.send(PODS)).body == b"{}"
        assert server.connections == 1


@pytest.mark.parametrize("tls", [False, True])
async def test_a_slow_reader_receives_everything(tls: bool, authority: Authority) -> None:
    found = bytearray()
    async with (
        ScriptedServer(Answer(chunks=LINES), context=authority.server_context() if tls else None) as server,
        client_of(server, authority if tls else None) as client,
        client.stream(PODS) as stream,
    ):
        async for chunk in stream:
            found += chunk
            if len(found) % 3 == 0:
                await asyncio.sleep(0.02)
    assert found == b"".join(LINES)


@pytest.mark.parametrize("tls", [False, True])
@pytest.mark.parametrize("reset", [False, True])
async def test_an_interrupted_stream_delivers_its_data_before_the_error(
    reset: bool, tls: bool, authority: Authority
) -> None:
    found = bytearray()
    async with (
        ScriptedServer(Cut(reset, LINES), context=authority.server_context() if tls else None) as server,
        client_of(server, authority if tls else None) as client,
    ):
        with pytest.raises(Disconnected, match=r"GET .*/api/v1/pods: the response was interrupted"):
            async with client.stream(PODS) as stream:
                async for chunk in stream:
                    found += chunk
    assert found == b"".join(LINES)


@pytest.mark.parametrize("reset", [False, True])
async def test_a_stream_that_is_interrupted_between_reads_is_an_error(reset: bool) -> None:
    found = bytearray()
    chunks = 0
    lines = LINES[:400]
    async with ScriptedServer(Cut(reset, lines)) as server, client_of(server) as client:
        with pytest.raises(Disconnected):
            async with client.stream(PODS) as stream:
                async for chunk in stream:
                    found += chunk
                    chunks += 1
                    if chunks == 10:
                        await server.all_gone()
    assert chunks == 10
    assert b"".join(lines).startswith(found)


@pytest.mark.parametrize("count", [1, 9, 10, 20])
async def test_leaving_a_busy_stream_closes_its_connection(count: int) -> None:
    async with ScriptedServer(Open(Answer(chunks=LINES))) as server, client_of(server) as client:
        async with client.stream(PODS) as stream:
            async for _ in stream:
                count -= 1
                if not count:
                    break
        await server.all_gone()


async def test_closing_the_client_ends_a_busy_stream() -> None:
    async with ScriptedServer(Open(Answer(chunks=LINES * 10))) as server, client_of(server) as client:
        reading = asyncio.Event()

        async def read() -> None:
            async with client.stream(PODS) as stream:
                async for _ in stream:
                    reading.set()

        task = asyncio.create_task(read())
        await reading.wait()
        await asyncio.sleep(0.01)
        await client.close()
        with pytest.raises(ClientClosed):
            await task
        await server.all_gone()
