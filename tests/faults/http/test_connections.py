"""Connections that break, transfer nothing, or are closed by either side; and cancelled calls."""

from __future__ import annotations

import asyncio
import base64
import gc
import json
import warnings
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import pytest

from aiokube import Client
from aiokube.errors import ClientClosed, Disconnected, RequestTimeout
from aiokube.errors import ConnectionError as KubeConnectionError
from aiokube.runtime.config.identity import AuthProvider
from tests.support.clients import client_of
from tests.support.proxy import FaultProxy, unused_port
from tests.support.server import Answer, Broken, Close, Exchange, Open, Reset, ScriptedServer, Silence, Step
from tests.support.tls import Authority

pytestmark = pytest.mark.every_loop

POD = Answer(body=b'{"kind":"Pod","apiVersion":"v1","metadata":{"name":"web"}}')
EVENT = b'{"type":"ADDED","object":{"kind":"Pod","apiVersion":"v1","metadata":{"name":"web","resourceVersion":"5"}}}\n'
METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]


@dataclass(frozen=True)
class Echo:
    """A response with the target of the request, or with one event of a watch."""

    async def play(self, exchange: Exchange) -> None:
        if "watch=true" in exchange.request.target:
            await Open(Answer(chunks=[EVENT])).play(exchange)
        await Answer(body=json.dumps({"target": exchange.request.target}).encode()).play(exchange)


async def ask(client: Client, method: str, path: str = "/x") -> bytes:
    body = {"a": 1} if method in ("POST", "PUT", "PATCH") else None
    return bytes((await client.request(method, path, body=body)).body)


async def watch(client: Client) -> None:
    async for _ in client.core_v1.pods.watch(resource_version="1"):
        pass


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("fault", [Close(), Reset()], ids=["close", "reset"])
async def test_no_silent_resend_on_a_fresh_connection(method: str, fault: Step) -> None:
    async with ScriptedServer(fault) as server, client_of(server) as client:
        with pytest.raises(Disconnected, match=f"^{method} {server.url}/x: no response"):
            await ask(client, method)
        assert len(server.requests) == server.connections == 1


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("fault", [Close(), Reset()], ids=["close", "reset"])
async def test_no_silent_resend_on_a_reused_connection(method: str, fault: Step) -> None:
    async with ScriptedServer(POD, fault, POD) as server, client_of(server) as client:
        await client.request("GET", "/first")
        with pytest.raises(Disconnected):
            await ask(client, method)
        assert [request.connection for request in server.requests] == [1, 1]
        # The next call opens a new connection.
        await client.request("GET", "/last")
        assert [request.target for request in server.requests] == ["/first", "/x", "/last"]
        assert server.requests[-1].connection == 2


async def test_connections_are_reused(authority: Authority) -> None:
    async with ScriptedServer(Echo(), context=authority.server_context()) as server:
        async with client_of(server, authority) as client:
            for number in range(5):
                assert json.loads(await ask(client, "GET", f"/{number}")) == {"target": f"/{number}"}
        assert server.connections == 1
        await server.all_gone()


async def test_a_refused_connection_is_a_connection_error() -> None:
    url = f"http://127.0.0.1:{unused_port()}"
    async with client_of(url) as client:
        with pytest.raises(KubeConnectionError, match=rf"^GET {url}/api/v1/namespaces/default/pods/web: ") as caught:
            await client.core_v1.pods.get("web")
        assert not isinstance(caught.value, Disconnected)
        with pytest.raises(KubeConnectionError, match=url):
            await watch(client)


async def test_an_unknown_host_is_a_connection_error(authority: Authority) -> None:
    for url in ("http://kubernetes.invalid:6443", "https://kubernetes.invalid"):
        async with client_of(url, authority if url.startswith("https") else None) as client:
            with pytest.raises(KubeConnectionError, match=f"^GET {url}/x: no response: ") as caught:
                await ask(client, "GET")
            assert not isinstance(caught.value, Disconnected)
            assert " at 0x" not in str(caught.value)


@pytest.mark.parametrize(
    "answer",
    [POD, Answer(chunks=[POD.body[:20], POD.body[20:]])],
    ids=["length", "chunked"],
)
@pytest.mark.parametrize("reset", [False, True], ids=["close", "reset"])
@pytest.mark.parametrize("size", [0, 1, 25])
async def test_a_truncated_body_is_disconnected_and_not_retried(answer: Answer, reset: bool, size: int) -> None:
    async with ScriptedServer(Broken.body(answer, size, reset=reset), POD) as server, client_of(server) as client:
        with pytest.raises(Disconnected, match="the response was interrupted"):
            await client.core_v1.pods.get("web")
        assert len(server.requests) == 1
        assert (await client.core_v1.pods.get("web")).metadata.name == "web"
        assert server.connections == 2


@pytest.mark.parametrize("size", [1, 12, 40])
@pytest.mark.parametrize("reset", [False, True], ids=["close", "reset"])
async def test_a_truncated_response_head_is_disconnected(size: int, reset: bool) -> None:
    async with ScriptedServer(Broken(POD, size, reset=reset)) as server, client_of(server) as client:
        with pytest.raises(Disconnected, match="no response"):
            await client.core_v1.pods.get("web")
        assert len(server.requests) == 1


@dataclass(frozen=True)
class Raw:
    """Bytes that are not valid HTTP."""

    data: bytes

    async def play(self, exchange: Exchange) -> None:
        await exchange.send(self.data)
        exchange.close()


@pytest.mark.parametrize(
    "data",
    [
        b"\x15\x03\x01\x00\x02\x02\x46",
        b"SSH-2.0-OpenSSH_9.6\r\n",
        b"HTTP/1.1 abc\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"x" * 70_000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 50_000 + b"\r\n",
    ],
    ids=["TLS alert", "SSH", "status", "length", "chunk", "long header", "many headers"],
)
async def test_a_response_that_is_not_http_is_a_connection_error(data: bytes) -> None:
    async with ScriptedServer(Raw(data)) as server, client_of(server) as client:
        with pytest.raises(KubeConnectionError, match=f"^GET {server.url}/x: ") as caught:
            await ask(client, "GET")
        assert len(str(caught.value)) < 1000
        assert len(server.requests) == 1


async def test_a_reset_during_a_put_is_disconnected_and_not_retried() -> None:
    async with ScriptedServer(Silence()) as server, FaultProxy(server.port) as proxy:
        async with client_of(f"http://127.0.0.1:{proxy.port}") as client:
            call = asyncio.create_task(ask(client, "PUT"))
            await server.arrival()
            proxy.reset()
            with pytest.raises(Disconnected):
                await call
        assert len(server.requests) == 1
        assert proxy.accepted == 1


async def test_a_silent_server_causes_a_timeout() -> None:
    async with ScriptedServer(Silence()) as server, client_of(server, timeout=0.2) as client:
        with pytest.raises(RequestTimeout, match=r"no response within 0\.2 s"):
            await ask(client, "GET")
        await server.all_gone()


async def test_a_black_hole_causes_a_timeout_on_old_and_new_connections(authority: Authority) -> None:
    async with ScriptedServer(POD, context=authority.server_context()) as server, FaultProxy(server.port) as proxy:
        async with client_of(f"https://127.0.0.1:{proxy.port}", authority, timeout=0.3) as client:
            await client.core_v1.pods.get("web")
            proxy.blackhole()
            with pytest.raises(RequestTimeout):
                await client.core_v1.pods.get("web")
            # A new connection gets stuck in the handshake.
            with pytest.raises(RequestTimeout):
                await client.core_v1.pods.get("web")
            assert proxy.accepted == 2
            proxy.restore()
            await client.core_v1.pods.get("web")
        assert proxy.accepted == 3


@pytest.mark.parametrize(
    ("step", "call"),
    [
        (Silence(), lambda client: client.core_v1.pods.get("web")),
        (Silence(), lambda client: ask(client, "POST")),
        (Open(Answer(chunks=[b"{"])), lambda client: client.core_v1.pods.get("web")),
        (Silence(), watch),
        (Open(Answer(chunks=[EVENT])), watch),
    ],
    ids=["get", "post", "half a body", "watch", "watch that has begun"],
)
@pytest.mark.parametrize("tls", [False, True], ids=["http", "https"])
async def test_close_during_a_call_raises_client_closed(
    authority: Authority, step: Step, call: Callable[[Client], Awaitable[object]], tls: bool
) -> None:
    context = authority.server_context() if tls else None
    async with ScriptedServer(step, context=context) as server:
        client = client_of(server, authority if tls else None)
        task = asyncio.ensure_future(call(client))
        await server.arrival()
        await asyncio.sleep(0.02)
        await client.close()
        with pytest.raises(ClientClosed, match="was closed while the request was in flight"):
            await asyncio.wait_for(task, 2)
        await server.all_gone()
        assert len(server.requests) == 1


@dataclass(frozen=True)
class Late:
    """A delayed response."""

    answer: Answer

    async def play(self, exchange: Exchange) -> None:
        await asyncio.sleep(0.1)
        await self.answer.play(exchange)


async def test_close_during_a_token_refresh_raises_client_closed(authority: Authority) -> None:
    claims = base64.urlsafe_b64encode(b'{"exp": 4000000000}').rstrip(b"=").decode()
    context = authority.server_context()
    async with ScriptedServer(POD, context=context) as server, ScriptedServer(context=context) as issuer:
        issuer.script = [
            Answer(body=json.dumps({"token_endpoint": f"{issuer.url}/token"}).encode()),
            Late(Answer(body=json.dumps({"id_token": f"x.{claims}.x"}).encode())),
        ]
        fields = {
            "idp-issuer-url": issuer.url,
            "idp-certificate-authority-data": base64.b64encode(authority.pem).decode(),
            "client-id": "aiokube",
            "refresh-token": "r",
        }
        client = client_of(server, authority, auth_provider=AuthProvider(name="oidc", config=fields))
        call = asyncio.create_task(client.core_v1.pods.get("web"))
        await issuer.arrival(2)
        await client.close()
        with pytest.raises(ClientClosed, match="was closed while the request was in flight"):
            await call
        assert server.connections == 0


async def test_a_closed_client_raises_client_closed() -> None:
    async with ScriptedServer(POD) as server:
        client = client_of(server)
        async with client:
            await client.core_v1.pods.get("web")
        await client.close()
        for call in (client.core_v1.pods.get("web"), ask(client, "POST"), watch(client)):
            with pytest.raises(ClientClosed, match="the client is closed"):
                await call
        assert len(server.requests) == 1
        unused = client_of(server)
        await unused.close()
        with pytest.raises(ClientClosed):
            await unused.core_v1.pods.get("web")


@pytest.mark.parametrize("tls", [False, True], ids=["http", "https"])
async def test_a_client_that_is_never_closed_warns_once(authority: Authority, tls: bool) -> None:
    async with ScriptedServer(POD, context=authority.server_context() if tls else None) as server:
        client = client_of(server, authority if tls else None)
        await client.core_v1.pods.get("web")
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            del client
            gc.collect()
        assert [(warning.category, str(warning.message)) for warning in caught] == [
            (ResourceWarning, f"a client of {server.url} was never closed; use `async with`")
        ]
        await server.all_gone()


async def test_an_unused_client_that_is_never_closed_does_not_warn() -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        client_of("http://127.0.0.1:1")
        gc.collect()
    assert caught == []


def test_a_client_that_outlives_its_event_loop_warns() -> None:
    async def use() -> Client:
        async with ScriptedServer(POD) as server:
            client = client_of(server)
            await client.core_v1.pods.get("web")
            return client

    client = asyncio.run(use())
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        del client
        gc.collect()
    assert [warning.category for warning in caught] == [ResourceWarning]


async def call_get(client: Client) -> None:
    assert json.loads(await ask(client, "GET", "/cancelled"))


async def call_post(client: Client) -> None:
    assert json.loads(await ask(client, "POST", "/cancelled"))


async def call_watch(client: Client) -> None:
    async for _ in client.core_v1.pods.watch(resource_version="1"):
        break


@pytest.mark.parametrize("call", [call_get, call_post, call_watch], ids=["get", "post", "watch"])
@pytest.mark.parametrize("tls", [False, True], ids=["http", "https"])
@pytest.mark.parametrize("warm", [False, True], ids=["fresh", "reused"])
async def test_a_cancellation_at_any_await_leaks_nothing(
    authority: Authority, call: Callable[[Client], Awaitable[None]], tls: bool, warm: bool
) -> None:
    context = authority.server_context() if tls else None
    async with ScriptedServer(Echo(), context=context) as server:
        finished, turns = False, 0
        while not finished and turns < 200:
            turns += 1
            async with client_of(server, authority if tls else None) as client:
                if warm:
                    await ask(client, "GET", "/warm")
                task = asyncio.ensure_future(call(client))
                for _ in range(turns):
                    await asyncio.sleep(0)
                finished = task.done() or not task.cancel()
                if not finished:
                    with pytest.raises(asyncio.CancelledError):
                        await task
                else:
                    await task
                # A later call gets its own response.
                assert json.loads(await ask(client, "GET", f"/after/{turns}")) == {"target": f"/after/{turns}"}
        assert finished, "every call was cancelled before its end"
        assert turns > 5
        await server.all_gone()


async def test_a_cancellation_during_a_body_closes_the_connection() -> None:
    async with ScriptedServer(Open(Answer(chunks=[b"{"] * 3)), Echo()) as server, client_of(server) as client:
        task = asyncio.create_task(client.core_v1.pods.get("web"))
        await server.arrival()
        await asyncio.sleep(0.05)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert json.loads(await ask(client, "GET", "/after")) == {"target": "/after"}
        assert server.requests[-1].connection == 2


async def test_many_watches_leave_room_for_calls() -> None:
    steps: list[Step] = [Open(Answer(chunks=[EVENT]))] * 150
    async with ScriptedServer(*steps, POD) as server, client_of(server) as client:
        watches = [asyncio.create_task(watch(client)) for _ in range(150)]
        await server.arrival(150)
        assert (await client.core_v1.pods.get("web")).metadata.name == "web"
        for task in watches:
            task.cancel()
        assert all(
            isinstance(result, asyncio.CancelledError)
            for result in await asyncio.gather(*watches, return_exceptions=True)
        )
        await server.all_gone(but=1)


async def test_a_proxy_for_a_server_without_tls_gets_its_credentials() -> None:
    async with ScriptedServer(POD) as proxy:
        url = f"http://me:secret@127.0.0.1:{proxy.port}"
        async with client_of("http://kubernetes.example", proxy_url=url) as client:
            assert (await client.core_v1.pods.get("web")).metadata.name == "web"
    assert proxy.requests[0].target == "http://kubernetes.example/api/v1/namespaces/default/pods/web"
    assert proxy.requests[0].headers.getall("Proxy-Authorization") == ["Basic bWU6c2VjcmV0"]
