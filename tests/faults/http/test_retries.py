"""Retries over real connections."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator

import pytest

from aiokube import Client, WatchEvent
from aiokube.errors import ConnectionError as KubeConnectionError
from aiokube.errors import Disconnected, ServiceUnavailable
from aiokube.models.core_v1 import Pod
from aiokube.runtime.http.aiohttp.sockets import OpenSockets
from tests.support.clients import client_of
from tests.support.proxy import FaultProxy
from tests.support.server import Answer, Close, Open, Reset, ScriptedServer
from tests.support.tls import Authority

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
PATH = "/api/v1/namespaces/default/configmaps/web"
BUSY = Answer(429, headers=(("Retry-After", "0"),), body=b"busy")
DOWN = Answer(503, headers=(("Retry-After", "0"),), body=b"not ready")


@pytest.mark.parametrize("method", METHODS)
async def test_a_call_is_retried_after_retry_after(method: str) -> None:
    body = b'{"data": "the same"}' if method in ("POST", "PUT", "PATCH") else None
    async with ScriptedServer(BUSY, DOWN, Answer(body=b"{}")) as server, client_of(server, max_retries=10) as client:
        response = await client.request(method, PATH, query={"a": "b"}, body=body)

    assert response.status == 200
    assert [(one.method, one.target, one.body) for one in server.requests] == [(method, f"{PATH}?a=b", body or b"")] * 3


async def test_the_last_response_of_a_retried_call_is_its_error() -> None:
    async with ScriptedServer(DOWN) as server, client_of(server, max_retries=2) as client:
        with pytest.raises(ServiceUnavailable, match="not ready"):
            await client.request("GET", PATH)

    assert len(server.requests) == 3


@pytest.mark.parametrize("step", [Close(), Reset()], ids=["close", "reset"])
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.slow
async def test_only_a_get_is_retried_after_a_broken_connection(method: str, step: Close | Reset) -> None:
    async with ScriptedServer(step, Answer(body=b"{}")) as server, client_of(server, max_retries=10) as client:
        if method == "GET":
            assert (await client.request(method, PATH)).status == 200
        else:
            with pytest.raises(Disconnected):
                await client.request(method, PATH)

    assert len(server.requests) == (2 if method == "GET" else 1)


async def test_a_streamed_body_is_sent_once() -> None:
    async def chunks() -> AsyncIterator[bytes]:
        yield b"{"
        yield b"}"

    async with ScriptedServer(BUSY, Answer(body=b"{}")) as server, client_of(server, max_retries=10) as client:
        with pytest.raises(Exception, match="busy"):
            await client.request("POST", PATH, body=chunks())

    assert [one.body for one in server.requests] == [b"{}"]


@pytest.mark.slow
async def test_a_watch_without_data_times_out(authority: Authority) -> None:
    event = (
        b'{"type":"ADDED","object":{"kind":"Pod","apiVersion":"v1","metadata":{"name":"web","resourceVersion":"7"}}}\n'
    )
    server = ScriptedServer(Open(Answer(chunks=[event])), context=authority.server_context())
    async with (
        server,
        FaultProxy(server.port) as proxy,
        client_of(f"https://127.0.0.1:{proxy.port}", authority) as client,
    ):
        started = asyncio.get_running_loop().time()
        # The timeout of the watch is one second; five seconds later, the connection is considered broken.
        seen = [one.object.metadata.name async for one in _swallowed(client, proxy)]
        assert 5.5 < asyncio.get_running_loop().time() - started < 9

    assert seen == ["web"]


async def _swallowed(client: Client, proxy: FaultProxy) -> AsyncIterator[WatchEvent[Pod]]:
    async for event in client.core_v1.pods.watch(resource_version="1", timeout_seconds=1):
        proxy.blackhole()
        yield event


def test_sockets_detect_unreachable_peers() -> None:
    made = OpenSockets().create((socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", ("127.0.0.1", 1)))
    with made:
        assert made.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
        assert made.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE) == 30
        assert made.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == 45_000


async def test_a_response_that_cannot_be_decompressed_is_not_retried() -> None:
    step = Answer(headers=[("Content-Encoding", "gzip")], body=b"no gzip")
    async with ScriptedServer(step) as server, client_of(server, max_retries=10) as client:
        with pytest.raises(KubeConnectionError, match="the response cannot be decoded: Can not decode") as caught:
            await client.request("GET", PATH)

    assert not isinstance(caught.value, Disconnected)
    assert len(server.requests) == 1
