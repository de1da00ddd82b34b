"""A client belongs to the event loop of its first call, and to another one once that has been closed."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import http.server
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest

from aiokube import Client
from aiokube.errors import NotFound, NotSupported
from tests.support.clients import client_of
from tests.support.server import Answer, ScriptedServer, Silence

POD = b'{"kind":"Pod","apiVersion":"v1","metadata":{"name":"web","resourceVersion":"7"}}'
# asyncio says so of connections that an event loop left open when it was closed.
left_open = pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        if "watch=true" in self.path:
            self.end_headers()
            self.wfile.write(b'{"type":"ADDED","object":%s}\n' % POD)
            # An open connection, until the client closes it.
            self.rfile.read(1)
            return
        self.send_header("Content-Length", str(len(POD)))
        self.end_headers()
        self.wfile.write(POD)

    def log_message(self, format: str, *args: object) -> None: ...


@pytest.fixture
def server_in_a_thread() -> Iterator[str]:
    """The URL of a server that lives longer than an event loop."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()
    gc.collect()


async def get(client: Client) -> str:
    return (await client.core_v1.pods.get("web")).metadata.name


@left_open
def test_a_client_continues_in_the_next_loop_when_its_loop_was_closed(server_in_a_thread: str) -> None:
    client = client_of(server_in_a_thread)
    for _ in range(3):
        assert asyncio.run(get(client)) == "web"
    asyncio.run(client.close())


@left_open
def test_a_client_continues_although_its_loop_was_closed_during_a_call(server_in_a_thread: str) -> None:
    client = client_of(server_in_a_thread)
    loop = asyncio.new_event_loop()
    call = loop.create_task(get(client))
    loop.run_until_complete(asyncio.sleep(0))
    loop.close()
    assert asyncio.run(get(client)) == "web"
    asyncio.run(client.close())
    with contextlib.suppress(RuntimeError):
        call.get_coro().close()
    call._log_destroy_pending = False  # type: ignore[attr-defined] # on purpose


async def in_another_loop(call: Callable[[], Awaitable[Any]]) -> Any:
    """Await a call in an event loop of another thread."""

    async def run() -> Any:
        return await call()

    return await asyncio.to_thread(asyncio.run, run())


async def stream(client: Client) -> None:
    async for _ in client.core_v1.pods.watch():
        pass


CALLS: dict[str, Callable[[Client], Awaitable[Any]]] = {
    "get": get,
    "watch": stream,
    "exec": lambda client: client.core_v1.pods.run("web", ["ls"]),
    "close": lambda client: client.close(),
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
async def test_a_call_from_another_open_loop_is_an_error(call: Callable[[Client], Awaitable[Any]]) -> None:
    async with ScriptedServer(Answer(body=POD)) as server, client_of(server) as client:
        await get(client)
        with pytest.raises(NotSupported, match="in use in another event loop; create a client in each event loop"):
            await in_another_loop(lambda: call(client))
        assert await get(client) == "web"
        assert len(server.requests) == 2
        assert server.connections == 1


async def test_calls_from_another_loop_disturb_no_call_in_flight() -> None:
    async with ScriptedServer(Answer(body=POD), Silence(), Answer(404)) as server, client_of(server) as client:
        await get(client)
        waiting = asyncio.create_task(get(client))
        await server.arrival(2)
        for call in CALLS.values():
            with pytest.raises(NotSupported):
                await in_another_loop(lambda call=call: call(client))  # type: ignore[misc] # called at once
        assert not waiting.done()
        waiting.cancel()
        with pytest.raises(NotFound):
            await get(client)


@left_open
def test_the_connections_of_a_closed_loop_end_with_the_next_call(server_in_a_thread: str) -> None:
    client = client_of(server_in_a_thread)
    before = threading.active_count()
    asyncio.run(get(client))
    assert threading.active_count() == before + 1, "the server has a thread for each connection"
    gc.disable()
    try:
        asyncio.run(get(client))
        asyncio.run(client.close())
        deadline = time.monotonic() + 5
        while threading.active_count() > before and time.monotonic() < deadline:
            time.sleep(0.01)
        assert threading.active_count() == before
    finally:
        gc.enable()


def watch_in_two_loops(url: str) -> list[str]:
    """Follow one watch in two event loops, and close the client in a third; returns the types of the events."""
    client = client_of(url)
    events = client.core_v1.pods.watch(resource_version="5")
    types: list[str] = []

    async def follow() -> None:
        types.append((await anext(events)).type)

    async def close() -> None:
        await events.aclose()
        await client.close()

    for call in (follow, follow, close):
        loop = asyncio.new_event_loop()
        loop.run_until_complete(call())
        loop.close()
    return types


@left_open
@pytest.mark.slow
def test_a_watch_continues_in_the_next_loop_when_its_loop_was_closed(
    server_in_a_thread: str, caplog: pytest.LogCaptureFixture
) -> None:
    assert watch_in_two_loops(server_in_a_thread) == ["ADDED", "ADDED"]
    # The warning of the interruption keeps the connection.
    caplog.clear()
    gc.collect()


@pytest.mark.slow
async def test_a_watch_of_a_loop_that_runs_does_not_continue_in_another(server_in_a_thread: str) -> None:
    async with client_of(server_in_a_thread) as client:
        events = client.core_v1.pods.watch(resource_version="5")
        assert (await anext(events)).type == "ADDED"
        with pytest.raises(NotSupported, match="in another event loop"):
            await in_another_loop(events.__anext__)
        assert await get(client) == "web"
