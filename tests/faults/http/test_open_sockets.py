"""Calls that end while they open a connection: once the client is closed, it has no open socket."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from aiokube import Client
from aiokube.errors import ClientClosed
from aiokube.runtime.http.request import build
from tests.faults.conftest import open_sockets
from tests.support.clients import client_of
from tests.support.connect import ConnectProxy
from tests.support.proxy import FaultProxy
from tests.support.server import ScriptedServer, Silence
from tests.support.socks import SocksProxy
from tests.support.tls import Authority

pytestmark = pytest.mark.slow

TURNS = 80
"""More turns of the event loop than any call here takes until the server has its request."""


def sockets_to(port: int) -> list[int]:
    """Return the descriptors of this process that are connected to a port."""
    return [number for number in open_sockets() if _peer_port(number) == port]


def _peer_port(number: int) -> int | None:
    with socket.socket(fileno=os.dup(number)) as copy:
        if copy.family != socket.AF_INET:
            return None
        try:
            return int(copy.getpeername()[1])
        except OSError:
            return None  # it listens, or is not connected yet


async def request(client: Client) -> None:
    await client.request("POST", "/x", body={})


async def watch(client: Client) -> None:
    async for _ in client.core_v1.pods.watch(resource_version="1"):
        pass


async def open_websocket(client: Client) -> None:
    async with client.websocket(build("GET", "/x", {}, {}), protocols=["v5.channel.k8s.io"]):
        pass


CALLS = [request, watch, open_websocket]


@asynccontextmanager
async def route(name: str, target: FaultProxy) -> AsyncIterator[tuple[int, str | None]]:
    """Run a proxy, if the route has one; yields the port to which the client connects, and the URL of the proxy."""
    if name == "direct":
        yield target.port, None
        return
    async with ConnectProxy() if name == "http" else SocksProxy() as proxy:
        yield proxy.port, f"{name}://127.0.0.1:{proxy.port}"


@pytest.mark.parametrize("name", ["direct", "http", "socks5"])
@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("cancelled", [True, False], ids=["cancelled", "closed"])
async def test_no_socket_is_open_after_close_at_any_turn_of_a_call(
    authority: Authority, name: str, call: Callable[[Client], Awaitable[None]], cancelled: bool
) -> None:
    left: dict[int, list[int]] = {}
    async with (
        ScriptedServer(Silence(), context=authority.server_context()) as server,
        FaultProxy(server.port) as network,
        route(name, network) as (port, proxy),
    ):
        for turns in range(TURNS):
            client = client_of(f"https://127.0.0.1:{network.port}", authority, proxy_url=proxy)
            task = asyncio.ensure_future(call(client))
            for _ in range(turns):
                await asyncio.sleep(0)
            # The peer does not learn of the end, and cannot help with it.
            network.blackhole()
            if cancelled:
                task.cancel()
                await asyncio.wait([task])
            await client.close()
            if sockets := sockets_to(port):
                left[turns] = sockets
            with pytest.raises((asyncio.CancelledError, ClientClosed)):
                await task
            network.restore()
        assert server.requests, "no call came as far as its request"
    assert left == {}


async def test_a_call_that_waits_for_a_tunnel_ends_with_its_socket_when_the_client_certificate_changes(
    authority: Authority, tmp_path: Path
) -> None:
    certificate, key = tmp_path / "certificate", tmp_path / "key"

    def issue(name: str) -> None:
        pair = authority.client(name)
        certificate.write_bytes(pair.certificate)
        key.write_bytes(pair.key)

    issue("old")
    async with ScriptedServer(Silence()) as proxy:
        files: dict[str, Any] = {"client_certificate": certificate, "client_key": key}
        async with client_of("https://127.0.0.1:1", authority, proxy_url=proxy.url, **files) as client:
            calls = [asyncio.ensure_future(request(client))]
            await proxy.arrival()
            issue("new")
            # The files are read again after a second.
            await asyncio.sleep(1.1)
            calls.append(asyncio.ensure_future(request(client)))
            await proxy.arrival(2)
            for call in calls:
                call.cancel()
            await asyncio.wait(calls)
            await asyncio.sleep(0)
            assert sockets_to(proxy.port) == []
