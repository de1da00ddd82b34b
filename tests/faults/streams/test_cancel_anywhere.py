"""Every context manager and iteration of streams, cancelled or left at every turn of the event loop (W8).

A turn is one iteration of the loop: the peer runs in the same loop, so both proceed turn by turn.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from aiokube import Client
from aiokube.errors import AiokubeError
from tests.faults.conftest import open_sockets
from tests.support.archives import archive, file
from tests.support.clients import client_of
from tests.support.websocket import SH, V4, V5, Peer, WebSocketServer

pytestmark = pytest.mark.slow

_MAX_TURNS = 150
_BUDGET_S = 8.0

PORT = 80


async def script(peer: Peer) -> None:
    """Serve whatever is asked for: a command, an attached program, tar, a port, a proxied WebSocket."""
    if peer.request.path.endswith("/portforward"):
        for channel in (0, 1):
            await peer.send(channel, PORT.to_bytes(2, "little"))
        while (message := await peer.receive()) is not None:
            await peer.send(0, message[1])
    elif "tar" in peer.request.query_string:
        await peer.send(1, archive(file("f", bytes(50_000))))
        await peer.exit(0)
    elif "/proxy" in peer.request.path:
        await peer.websocket.send_bytes(b"hello")
        await peer.read_all()
    else:
        await peer.send(1, b"output")
        await peer.send(2, b"error")
        await peer.exit(0)


def respond(request: web.Request) -> web.Response | None:
    """Serve the requests that are not for a WebSocket."""
    if "Upgrade" in request.headers:
        return None
    if request.path.endswith("/log"):
        return web.Response(text="line\n" * 1000)
    if request.path.endswith("/services/web"):
        return web.json_response({"spec": {"selector": {"a": "b"}, "ports": [{"port": PORT}]}})
    status = {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]}
    pod = {"metadata": {"name": "web-0"}, "spec": {"containers": [{"name": "a"}, {"name": "b"}]}, "status": status}
    return web.json_response({"items": [pod]} if request.path.endswith("/pods") else pod)


async def use_exec(kube: Client, folder: Path) -> None:
    async with kube.core_v1.pods.exec("web-0", SH, stdin=True) as process:
        assert process.stdin is not None
        process.stdin.write(b"input")
        process.stdin.close()
        await process.wait()


async def use_attach(kube: Client, folder: Path) -> None:
    async with kube.core_v1.pods.attach("web-0") as process:
        assert process.stdout is not None
        await process.stdout.read()


async def use_run(kube: Client, folder: Path) -> None:
    await kube.core_v1.pods.run("web-0", SH, timeout=30)


async def use_copy_from(kube: Client, folder: Path) -> None:
    await kube.core_v1.pods.copy_from("web-0", "/f", folder / "copy")


async def use_copy_to(kube: Client, folder: Path) -> None:
    with contextlib.suppress(AiokubeError):  # The peer ends before it has read everything.
        await kube.core_v1.pods.copy_to("web-0", __file__, "/f")


async def use_log_lines(kube: Client, folder: Path) -> None:
    async with contextlib.aclosing(kube.core_v1.pods.log_lines("web-0")) as lines:
        async for _ in lines:
            pass


async def use_all_log_lines(kube: Client, folder: Path) -> None:
    async with contextlib.aclosing(kube.core_v1.pods.all_log_lines("web-0")) as lines:
        async for _ in lines:
            pass


async def use_open_port(kube: Client, folder: Path) -> None:
    async with kube.core_v1.pods.open_port("service/web", PORT) as (reader, writer):
        writer.write(b"x")
        assert await reader.read(1) == b"x"


async def use_port_forward(kube: Client, folder: Path) -> None:
    async with kube.core_v1.pods.port_forward("service/web", PORT) as forwarder:
        with socket.socket() as local:
            local.setblocking(False)
            loop = asyncio.get_running_loop()
            await loop.sock_connect(local, ("127.0.0.1", forwarder.port))
            await loop.sock_sendall(local, b"x")
            assert await loop.sock_recv(local, 1) == b"x"


async def use_port_forward_without_a_connection(kube: Client, folder: Path) -> None:
    async with kube.core_v1.pods.port_forward("web-0", PORT):
        pass


async def use_proxy(kube: Client, folder: Path) -> None:
    async with kube.core_v1.pods.proxy("web-0", "log") as response:
        await response.read()


async def use_proxy_websocket(kube: Client, folder: Path) -> None:
    async with kube.core_v1.pods.proxy_websocket("web-0", subprotocols=[V5]) as websocket:
        assert await websocket.receive() == b"hello"


USES = [
    use_exec,
    use_attach,
    use_run,
    use_copy_from,
    use_copy_to,
    use_log_lines,
    use_all_log_lines,
    use_open_port,
    use_port_forward,
    use_port_forward_without_a_connection,
    use_proxy,
    use_proxy_websocket,
]


@asynccontextmanager
async def nothing_left() -> AsyncIterator[None]:
    """Check that a block leaves no task, no socket and no error that nobody hears of."""
    loop = asyncio.get_running_loop()
    unheard: list[Any] = []
    loop.set_exception_handler(lambda _, context: unheard.append(context))
    tasks, sockets = asyncio.all_tasks(), open_sockets()
    try:
        yield
        deadline = loop.time() + 5
        while asyncio.all_tasks() - tasks or set(open_sockets().values()) - set(sockets.values()):
            assert loop.time() < deadline, (asyncio.all_tasks() - tasks, open_sockets(), sockets)
            await asyncio.sleep(0.001)
        assert not unheard
    finally:
        loop.set_exception_handler(None)


async def end_of(task: asyncio.Task[None]) -> None:
    """Wait until a task has ended; fail if it hangs, or ends with an error."""
    await asyncio.wait([task], timeout=10)
    assert task.done(), "it hangs"
    if not task.cancelled():
        task.result()


@pytest.mark.parametrize("again_after", [None, 0, 1, 3], ids=lambda turns: f"cancelled again: {turns}")
@pytest.mark.parametrize("use", USES, ids=lambda use: use.__name__.removeprefix("use_"))
async def test_cancelling_at_any_turn_leaves_nothing(
    use: Callable[[Client, Path], Awaitable[None]], again_after: int | None, tmp_path: Path
) -> None:
    started = time.monotonic()
    async with WebSocketServer(script, protocols=[V5, V4], refuse=respond) as server:
        turns = 0
        for turns in range(_MAX_TURNS):
            async with nothing_left():
                async with client_of(server.url) as kube:
                    task = asyncio.ensure_future(use(kube, tmp_path))
                    for _ in range(turns):
                        await asyncio.sleep(0)
                    was_done = task.done()
                    task.cancel()
                    if again_after is not None:
                        for _ in range(again_after):
                            await asyncio.sleep(0)
                        task.cancel()
                    await end_of(task)
            if was_done or time.monotonic() - started > _BUDGET_S:
                break
        assert turns > 5


@pytest.mark.parametrize("sends", [b"", b"x"], ids=["silent", "sending"])
async def test_a_port_forward_may_be_left_in_any_turn_after_a_connection_arrives(sends: bytes) -> None:
    async with WebSocketServer(script, protocols=[V4], refuse=respond) as server:
        for turns in range(60):
            async with nothing_left():
                async with client_of(server.url) as kube:
                    local = socket.socket()
                    local.setblocking(False)

                    async def leave(kube: Client = kube, local: socket.socket = local, turns: int = turns) -> None:
                        async with kube.core_v1.pods.port_forward("web-0", PORT) as forwarder:
                            await asyncio.get_running_loop().sock_connect(local, ("127.0.0.1", forwarder.port))
                            if sends:
                                local.send(sends)
                            for _ in range(turns):
                                await asyncio.sleep(0)

                    await end_of(asyncio.ensure_future(leave()))
                    with contextlib.suppress(ConnectionResetError):
                        async with asyncio.timeout(5):
                            while await asyncio.get_running_loop().sock_recv(local, 99):
                                pass
                    local.close()
