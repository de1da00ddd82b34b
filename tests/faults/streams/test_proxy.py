"""HTTP requests and WebSockets to pods, services and nodes, through a server in the place of the API server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import WSMsgType, web

from aiokube.errors import ApiError, Disconnected, Forbidden, InvalidRequest, NotFound, ServiceUnavailable, StreamError
from tests.support.clients import client_of
from tests.support.server import Answer, Broken, Open, ScriptedServer
from tests.support.tls import Authority
from tests.support.websocket import Peer, WebSocketServer

METHODS = ["GET", "PUT", "POST", "DELETE", "OPTIONS", "HEAD", "PATCH"]


@pytest.mark.parametrize("method", METHODS)
async def test_every_method_is_sent_with_its_path_query_and_headers(authority: Authority, method: Any) -> None:
    answer = Answer(
        headers=[("X-Target", "yes"), ("Content-Type", "text/plain")], body=b"" if method == "HEAD" else b"hi"
    )
    async with (
        ScriptedServer(answer, context=authority.server_context()) as server,
        client_of(server, authority, token="t") as kube,
    ):
        async with kube.core_v1.services.proxy(
            "web", "a path/ü", method=method, port="http", query={"q": "a b", "n": None}, headers={"X-Mine": "1"}
        ) as response:
            assert (response.status, response.headers["x-target"]) == (200, "yes")
            assert await response.text() == ("" if method == "HEAD" else "hi")
        (request,) = server.requests
    assert request.method == method
    assert request.target == "/api/v1/namespaces/default/services/web%3Ahttp/proxy/a%20path/%C3%BC?q=a%20b"
    assert (request.headers["X-Mine"], request.headers["Authorization"]) == ("1", "Bearer t")
    assert request.headers["Accept-Encoding"] == "identity"


async def test_scheme_and_port_become_part_of_the_path() -> None:
    async with ScriptedServer(Answer(body=b"{}")) as server, client_of(server, namespace="shop") as kube:
        calls = [
            kube.core_v1.pods.proxy("web-0"),
            kube.core_v1.pods.proxy("web-0", "/", port=8080),
            kube.core_v1.pods.proxy("web-0", "a//b/", scheme="https", port=8443, namespace="other"),
            kube.core_v1.services.proxy("web", "x", scheme="https"),
            kube.core_v1.nodes.proxy("node-0", "metrics", port=10250),
        ]
        for call in calls:
            async with call as response:
                assert await response.json() == {}
        targets = [request.target for request in server.requests]
    assert targets == [
        "/api/v1/namespaces/shop/pods/web-0/proxy",
        "/api/v1/namespaces/shop/pods/web-0%3A8080/proxy/",
        "/api/v1/namespaces/other/pods/https%3Aweb-0%3A8443/proxy/a//b/",
        "/api/v1/namespaces/shop/services/https%3Aweb%3A/proxy/x",
        "/api/v1/nodes/node-0%3A10250/proxy/metrics",
    ]


async def test_invalid_arguments_are_refused_before_any_request() -> None:
    async with ScriptedServer(Answer()) as server, client_of(server) as kube:
        proxy: Any = kube.core_v1.services.proxy
        for arguments, message in (
            ({"name": "web:80"}, "name is 'web:80' and port is None; neither may contain a colon"),
            ({"name": "web", "port": "a:b"}, "port is 'a:b'; neither may contain a colon"),
            ({"name": "web", "scheme": "ftp"}, "scheme is 'ftp'; it must be 'http' or 'https'"),
            ({"name": ""}, "name: is empty"),
            ({"name": "a/b"}, "name: 'a/b' is invalid"),
            ({"name": "web", "path": "a/../../secrets"}, "it cannot contain '.' or '..' as a segment"),
            ({"name": "web", "headers": {"authorization": "x"}}, "headers: authorization cannot be set here"),
            ({"name": "web", "headers": {"Impersonate-User": "x"}}, "headers: Impersonate-User cannot be set here"),
        ):
            with pytest.raises(InvalidRequest, match=message):
                async with proxy(**arguments):
                    pass
        assert server.requests == []


async def test_request_and_response_bodies_are_streamed() -> None:
    sent: list[bytes] = []
    second = asyncio.Event()

    async def respond(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        async for chunk in request.content.iter_any():
            sent.append(chunk)
            await response.write(chunk.upper())
        return response

    async def body() -> AsyncIterator[bytes]:
        yield b"first"
        await second.wait()
        yield b"second"

    application = web.Application()
    application.router.add_route("*", "/{path:.*}", respond)
    runner = web.AppRunner(application)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    async with client_of(f"http://127.0.0.1:{port}") as kube:
        async with kube.core_v1.services.proxy("web", "echo", method="POST", body=body()) as response:
            chunks = aiter(response)
            assert await anext(chunks) == b"FIRST"
            assert sent == [b"first"]
            second.set()
            assert b"".join([chunk async for chunk in chunks]) == b"SECOND"
        async with kube.core_v1.services.proxy("web", "echo", method="PUT", body=b"whole") as response:
            assert await response.read() == b"WHOLE"
    await runner.cleanup()


@pytest.mark.parametrize(
    ("status", "kind"), [(404, NotFound), (403, Forbidden), (503, ServiceUnavailable), (302, ApiError)]
)
async def test_a_status_raises_only_in_raise_for_status(status: int, kind: type[ApiError]) -> None:
    async with ScriptedServer(Answer(body=b"{}")) as other:
        headers = [("Content-Type", "text/plain"), ("Location", other.url)]
        async with ScriptedServer(Answer(status, headers=headers, body=b"from the app")) as server:
            async with client_of(server) as kube:
                async with kube.core_v1.services.proxy("web", "x") as response:
                    assert (response.status, await response.read()) == (status, b"from the app")
                    assert response.headers["Location"] == other.url
                async with kube.core_v1.services.proxy("web", "x") as response:
                    with pytest.raises(kind) as caught:
                        await response.raise_for_status()
                    assert caught.value.code == status
        assert other.requests == []


async def test_a_response_that_breaks_off_is_an_error() -> None:
    async with ScriptedServer(Broken.body(Answer(body=b"half of it"), 5)) as server, client_of(server) as kube:
        async with kube.core_v1.pods.proxy("web-0") as response:
            with pytest.raises(Disconnected):
                await response.read()


async def test_a_response_may_be_left_before_its_end() -> None:
    async with ScriptedServer(Open(Answer(chunks=[b"x"]))) as server, client_of(server) as kube:
        async with kube.core_v1.pods.proxy("web-0") as response:
            assert await anext(aiter(response)) == b"x"


# WebSockets


async def test_a_websocket_carries_text_and_bytes_both_ways(authority: Authority) -> None:
    async def script(peer: Peer) -> None:
        while (message := await peer.websocket.receive()).type in (WSMsgType.TEXT, WSMsgType.BINARY):
            if message.data == "bye":
                await peer.websocket.close(code=4000, message=b"bye")
                return
            if message.type is WSMsgType.TEXT:
                await peer.websocket.send_str(message.data[::-1])
            else:
                await peer.websocket.send_bytes(message.data[::-1])

    async with (
        WebSocketServer(script, protocols=["graphql-ws"], context=authority.server_context()) as server,
        client_of(server.url, authority, token="t") as kube,
    ):
        async with kube.core_v1.services.proxy_websocket(
            "web", "socket", port=80, query={"a": "b"}, headers={"X-Mine": "1"}, subprotocols=["other", "graphql-ws"]
        ) as websocket:
            assert websocket.subprotocol == "graphql-ws"
            await websocket.send("grüße")
            assert await websocket.receive() == "eßürg"
            await websocket.send(b"\x00\x01" * 100_000)
            assert await websocket.receive() == b"\x01\x00" * 100_000
            assert websocket.close_code is None
            await websocket.send("ab")
            await websocket.send("bye")
            assert [message async for message in websocket] == ["ba"]
            assert websocket.close_code == 4000
            assert await websocket.receive() is None
        async with kube.core_v1.pods.proxy_websocket("web-0") as websocket:
            assert websocket.subprotocol is None
            await websocket.close(4001)
    handshake = server.handshakes[0]
    assert handshake.path == "/api/v1/namespaces/default/services/web%3A80/proxy/socket"
    assert handshake.query == [("a", "b")]
    assert (handshake.headers["X-Mine"], handshake.headers["Authorization"]) == ("1", "Bearer t")
    assert handshake.protocols == ["other", "graphql-ws"]
    assert server.handshakes[1].protocols == []
    assert server.close_codes[1] == 4001


async def test_a_websocket_that_breaks_or_is_refused_is_an_error() -> None:
    async def script(peer: Peer) -> None:
        if "large" in peer.request.path:
            await peer.websocket.send_bytes(bytes((1 << 24) + 1))
            await peer.read_all()
        peer.eof()

    def refuse(request: web.Request) -> web.Response | None:
        return web.Response(status=404, text="no socket here") if "none" in request.path else None

    async with WebSocketServer(script, refuse=refuse) as server, client_of(server.url) as kube:
        async with kube.core_v1.pods.proxy_websocket("web-0") as websocket:
            with pytest.raises(Disconnected):
                await websocket.receive()
        async with kube.core_v1.pods.proxy_websocket("web-0", "large") as websocket:
            with pytest.raises(StreamError, match="exceeds limit"):
                await websocket.receive()
        with pytest.raises(NotFound, match="no socket here"):
            async with kube.core_v1.pods.proxy_websocket("web-0", "none"):
                pass
        with pytest.raises(InvalidRequest):
            async with kube.core_v1.pods.proxy_websocket("web-0", headers={"Authorization": "x"}):
                pass
