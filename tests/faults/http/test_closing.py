"""Closing a client ends its calls immediately."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from aiokube import Client, Config
from aiokube.errors import ClientClosed
from tests.support.clients import client_of
from tests.support.server import Answer, ScriptedServer, Silence

pytestmark = pytest.mark.every_loop


@asynccontextmanager
async def mute() -> AsyncIterator[str]:
    """Run a server that accepts connections and sends nothing; yields its host and port."""
    connected: list[asyncio.StreamWriter] = []
    server = await asyncio.start_server(lambda _, writer: connected.append(writer), "127.0.0.1", 0)
    try:
        yield "{}:{}".format(*server.sockets[0].getsockname())
    finally:
        server.close()
        for writer in connected:
            writer.transport.abort()


async def ends_with(client: Client, call: asyncio.Task[object]) -> None:
    """Check that closing the client ends a call in flight."""
    await asyncio.sleep(0.1)
    assert not call.done()
    async with asyncio.timeout(2):
        await client.close()
        with pytest.raises(ClientClosed):
            await call


def get(client: Client) -> asyncio.Task[object]:
    """Start a call in a new task."""
    return asyncio.create_task(client.request("GET", "/version"))


async def test_close_ends_a_call_that_waits_for_a_response() -> None:
    async with ScriptedServer(Silence()) as server, client_of(server) as client:
        await ends_with(client, get(client))


async def test_close_ends_a_call_that_waits_for_a_retry() -> None:
    again = Answer(503, headers=(("Retry-After", "30"),))
    async with ScriptedServer(again) as server, client_of(server, max_retries=3, timeout=100) as client:
        await ends_with(client, get(client))
        assert len(server.requests) == 1


async def test_close_ends_a_call_that_waits_for_the_rate_limit() -> None:
    async with (
        ScriptedServer(Answer(body=b"{}")) as server,
        Client(Config(server=server.url), qps=0.01, burst=1) as client,
    ):
        await client.request("GET", "/version")
        await ends_with(client, get(client))
        assert len(server.requests) == 1


@pytest.mark.parametrize("proxied", [False, True])
async def test_close_ends_a_call_that_waits_for_a_connection(proxied: bool) -> None:
    async with mute() as address:
        proxy = f"http://{address}" if proxied else None
        async with Client(Config(server=f"https://{address}", proxy_url=proxy)) as client:
            await ends_with(client, get(client))


async def test_close_ends_a_call_whose_body_the_server_does_not_read() -> None:
    connected: list[asyncio.StreamWriter] = []

    async def ignore(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connected.append(writer)
        writer.transport.pause_reading()  # type: ignore[attr-defined] # a transport of a socket can read

    server = await asyncio.start_server(ignore, "127.0.0.1", 0)
    try:
        async with Client(Config(server="http://{}:{}".format(*server.sockets[0].getsockname()))) as client:
            body = {"data": "x" * 30_000_000}  # more than the buffers hold
            await ends_with(client, asyncio.create_task(client.request("POST", "/x", body=body)))
    finally:
        server.close()
        for writer in connected:
            writer.transport.abort()


async def test_a_cancelled_call_of_a_closed_client_stays_cancelled() -> None:
    async with ScriptedServer(Silence()) as server, client_of(server) as client:
        call = get(client)
        await server.arrival()
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        other = get(client)
        await server.arrival(2)
        other.cancel()
        await client.close()
        with pytest.raises(asyncio.CancelledError):
            await other
