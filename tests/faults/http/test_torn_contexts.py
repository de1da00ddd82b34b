"""Contexts of responses that are left in any way and at any time: the connection is closed, and nothing is left."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import pytest

from aiokube import Client
from aiokube.errors import AiokubeError, ClientClosed
from aiokube.runtime.http.request import build
from tests.support.clients import client_of
from tests.support.server import Answer, Open, ScriptedServer

OPEN = Open(Answer(chunks=[b"first"]))
REQUEST = build("GET", "/x", {}, {})


@asynccontextmanager
async def refused_websocket(client: Client) -> AsyncIterator[Any]:
    """A WebSocket that the server refuses with a body without an end, of which the error is all that there is."""
    async with client.websocket(REQUEST, protocols=["v5.channel.k8s.io"]) as websocket:
        yield websocket


CONTEXTS: dict[str, Callable[[Client], AbstractAsyncContextManager[Any]]] = {
    "exchange": lambda client: client.exchange(REQUEST),
    "stream": lambda client: client.stream(REQUEST),
    "websocket": refused_websocket,
}
contexts = pytest.mark.parametrize("open_context", CONTEXTS.values(), ids=CONTEXTS)
OPENED = [CONTEXTS["exchange"], CONTEXTS["stream"]]
opened = pytest.mark.parametrize("open_context", OPENED, ids=["exchange", "stream"])


@contexts
async def test_a_context_can_be_cancelled_at_every_turn_of_the_loop(
    open_context: Callable[[Client], AbstractAsyncContextManager[Any]],
) -> None:
    async with ScriptedServer(OPEN) as server, client_of(server) as client:

        async def use() -> None:
            async with open_context(client):
                await asyncio.Event().wait()

        for turns in range(40):
            task = asyncio.create_task(use())
            for _ in range(turns):
                await asyncio.sleep(0)
            task.cancel()
            await asyncio.wait([task], timeout=5)
            assert task.cancelled(), turns
        await server.all_gone()


@opened
async def test_an_exception_in_the_block_closes_the_connection(
    open_context: Callable[[Client], AbstractAsyncContextManager[Any]],
) -> None:
    async with ScriptedServer(OPEN) as server, client_of(server) as client:
        for error in (ValueError("mine"), KeyboardInterrupt(), StopAsyncIteration()):
            with pytest.raises(type(error)) as caught:
                async with open_context(client):
                    raise error
            assert caught.value is error
        await server.all_gone()


@opened
async def test_a_context_can_be_left_in_another_task(
    open_context: Callable[[Client], AbstractAsyncContextManager[Any]],
) -> None:
    async with ScriptedServer(OPEN) as server, client_of(server) as client:
        context = open_context(client)
        await asyncio.create_task(_awaited(context.__aenter__()))
        await asyncio.create_task(_awaited(context.__aexit__(None, None, None)))
        await server.all_gone()


async def _awaited(call: Awaitable[Any]) -> Any:
    return await call


@opened
async def test_an_abandoned_context_is_closed_by_the_garbage_collector(
    open_context: Callable[[Client], AbstractAsyncContextManager[Any]],
) -> None:
    async with ScriptedServer(OPEN) as server, client_of(server) as client:
        context = open_context(client)
        await context.__aenter__()
        del context
        gc.collect()
        await server.all_gone()


@opened
async def test_a_context_can_be_left_after_the_client_was_closed(
    open_context: Callable[[Client], AbstractAsyncContextManager[Any]],
) -> None:
    async with ScriptedServer(OPEN) as server, client_of(server) as client:
        async with open_context(client):
            await client.close()
            await server.all_gone()
        with pytest.raises(ClientClosed):
            async with open_context(client):
                pass


async def test_a_chunk_iterator_can_be_torn_at_every_turn_and_read_after_its_context() -> None:
    async with ScriptedServer(OPEN) as server, client_of(server) as client:
        for turns in range(20):
            async with client.stream(REQUEST) as chunks:
                assert await anext(chunks) == b"first"
                reading = asyncio.ensure_future(anext(chunks))
                for _ in range(turns):
                    await asyncio.sleep(0)
                reading.cancel()
                await asyncio.wait([reading], timeout=5)
            with pytest.raises((StopAsyncIteration, AiokubeError)):
                await anext(chunks)
        await server.all_gone()
