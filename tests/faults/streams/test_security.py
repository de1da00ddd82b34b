"""TLS, credentials, impersonation, proxies, redirects and secrets on the WebSocket path, as for HTTP (W9)."""

from __future__ import annotations

import logging
import ssl
import traceback
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from aiokube import Client
from aiokube.errors import AiokubeError, ApiError, ConnectionError, TLSError, Unauthorized
from aiokube.runtime.config.identity import Impersonation
from tests.support.clients import client_of
from tests.support.connect import ConnectProxy
from tests.support.server import Answer, Close, Reset, ScriptedServer, Silence, redirect
from tests.support.tls import Authority
from tests.support.websocket import V4, Peer, WebSocketServer

CANARY = "canary-7531"


async def serve(peer: Peer) -> None:
    if peer.request.path.endswith("/exec"):
        await peer.exit(0)
    elif peer.request.path.endswith("/portforward"):
        await peer.send(0, (80).to_bytes(2, "little"))


async def exec_(kube: Client) -> None:
    await kube.core_v1.pods.run("web-0", ["true"])


async def port_forward(kube: Client) -> None:
    async with kube.core_v1.pods.open_port("web-0", 80) as (reader, _):
        assert await reader.read() == b""


async def websocket(kube: Client) -> None:
    async with kube.core_v1.services.proxy_websocket("web") as socket:
        assert await socket.receive() is None


CALLS: dict[str, Callable[[Client], Awaitable[None]]] = {
    "exec": exec_,
    "port_forward": port_forward,
    "websocket": websocket,
}
call = pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)


@call
async def test_tls_is_verified(authority: Authority, other_authority: Authority, call: Callable[..., Any]) -> None:
    cases: list[tuple[ssl.SSLContext, Authority, str]] = [
        (authority.server_context(), other_authority, "not signed by a trusted CA"),
        (authority.server_context("kubernetes.example"), authority, "its certificate is for another name"),
        (authority.server_context(expired=True), authority, "certificate has expired"),
    ]
    for context, trusted, message in cases:
        async with WebSocketServer(serve, context=context) as server:
            async with client_of(server.url, trusted, token=CANARY) as kube:
                with pytest.raises(TLSError, match=message):
                    await call(kube)
        assert server.handshakes == []
    async with WebSocketServer(serve, context=authority.server_context()) as server:
        async with client_of(server.url, authority, token=CANARY) as kube:
            await call(kube)
        assert server.handshakes[0].headers["Authorization"] == f"Bearer {CANARY}"


async def test_the_tls_server_name_and_insecure_skip_tls_verify_apply(authority: Authority) -> None:
    async with WebSocketServer(serve, context=authority.server_context("kubernetes.example")) as server:
        async with client_of(server.url, authority, tls_server_name="kubernetes.example") as kube:
            await exec_(kube)
        async with client_of(server.url, insecure_skip_tls_verify=True) as kube:
            await exec_(kube)


async def test_the_client_certificate_is_sent(authority: Authority) -> None:
    pair = authority.client("alice")
    async with WebSocketServer(serve, context=authority.server_context(clients=authority)) as server:
        fields: dict[str, Any] = {"client_certificate_data": pair.certificate, "client_key_data": pair.key}
        async with client_of(server.url, authority, **fields) as kube:
            await exec_(kube)
        assert server.handshakes[0].certificate == "alice"


@call
async def test_impersonation_headers_are_sent(authority: Authority, call: Callable[..., Any]) -> None:
    alice = Impersonation(user="alice", uid="7", groups=("dev", "ops"), extra={"Scopes/x": ("a", "b")})
    async with WebSocketServer(serve, context=authority.server_context()) as server:
        async with client_of(server.url, authority, token="t", impersonate=alice) as kube:
            await call(kube)
    headers = server.handshakes[0].headers
    assert headers.getall("Impersonate-User") == ["alice"]
    assert headers.getall("Impersonate-Uid") == ["7"]
    assert headers.getall("Impersonate-Group") == ["dev", "ops"]
    assert headers.getall("Impersonate-Extra-scopes%2Fx") == ["a", "b"]
    assert headers["User-Agent"].startswith("aiokube/")


async def test_basic_authentication_is_sent(authority: Authority) -> None:
    async with (
        WebSocketServer(serve, context=authority.server_context()) as server,
        client_of(server.url, authority, username="me", password="pass") as kube,
    ):
        await exec_(kube)
    assert server.handshakes[0].headers["Authorization"] == "Basic bWU6cGFzcw=="


async def test_a_refused_token_file_is_read_again(authority: Authority, tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text("old")

    def refuse(request: web.Request) -> web.Response | None:
        if request.headers["Authorization"] == "Bearer old":
            token.write_text("new")
            return web.json_response({"kind": "Status", "reason": "Unauthorized", "code": 401}, status=401)
        return None

    async with (
        WebSocketServer(serve, refuse=refuse, context=authority.server_context()) as server,
        client_of(server.url, authority, token_file=token) as kube,
    ):
        await exec_(kube)
    assert [handshake.headers["Authorization"] for handshake in server.handshakes] == ["Bearer old", "Bearer new"]
    assert server.handshakes[1].protocols == [V4]


@call
@pytest.mark.parametrize("status", [301, 302, 307, 308])
async def test_redirects_are_not_followed(authority: Authority, call: Callable[..., Any], status: int) -> None:
    async with WebSocketServer(serve, context=authority.server_context()) as other:
        step = redirect(f"{other.url}/api", status)
        async with ScriptedServer(step, context=authority.server_context()) as server:
            alice = Impersonation(user="alice")
            async with client_of(server, authority, token=CANARY, impersonate=alice) as kube:
                with pytest.raises(ApiError, match="redirects are not followed") as caught:
                    await call(kube)
            assert caught.value.code == status
            assert len(server.requests) == 1
        assert other.handshakes == []


@call
@pytest.mark.parametrize("user", [None, "me:secret", ":secret"])
async def test_streams_go_through_a_proxy_that_sees_no_token(
    authority: Authority, call: Callable[..., Any], user: str | None
) -> None:
    async with ConnectProxy(user=user) as proxy:
        async with WebSocketServer(serve, context=authority.server_context()) as server:
            url = f"http://{f'{user}@' if user else ''}127.0.0.1:{proxy.port}"
            async with client_of(server.url, authority, token=CANARY, proxy_url=url) as kube:
                await call(kube)
            assert proxy.targets == [f"127.0.0.1:{server.port}"]
            assert CANARY.encode() not in b"".join(proxy.heads)
            assert "Proxy-Authorization" not in server.handshakes[0].headers


async def test_cookies_are_not_kept() -> None:
    def refuse(request: web.Request) -> web.Response:
        return web.Response(status=404, headers={"Set-Cookie": f"session={CANARY}; Path=/"})

    async with WebSocketServer(serve, refuse=refuse) as server, client_of(server.url) as kube:
        for _ in range(2):
            with pytest.raises(ApiError):
                await exec_(kube)
    assert all("Cookie" not in handshake.headers for handshake in server.handshakes)


async def test_warnings_of_the_server_are_reported() -> None:
    def refuse(request: web.Request) -> web.Response:
        return web.Response(status=404, headers={"Warning": '299 - "mind the gap"'})

    warnings: list[str] = []
    async with WebSocketServer(serve, refuse=refuse) as server:
        async with client_of(server.url, on_warning=warnings.append) as kube:
            with pytest.raises(ApiError):
                await exec_(kube)
    assert warnings == ["mind the gap"]


@pytest.mark.parametrize(
    "step",
    [
        Answer(401, body=b"no"),
        Answer(403, body=b"no"),
        Answer(200),
        Answer(101, headers=[("Upgrade", "websocket"), ("Connection", "Upgrade"), ("Sec-WebSocket-Accept", "wrong")]),
        Answer(101, headers=[("Upgrade", "h2c"), ("Connection", "Upgrade")]),
        redirect("https://127.0.0.1:1/"),
        Close(),
        Reset(),
        Silence(),
    ],
    ids=lambda step: f"{type(step).__name__} {getattr(step, 'status', '')}",
)
async def test_errors_and_logs_contain_no_secret(
    authority: Authority, step: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with ScriptedServer(step, context=authority.server_context()) as server:
        async with client_of(server, authority, token=CANARY, timeout=0.5) as kube:
            with pytest.raises(AiokubeError) as caught:
                await kube.core_v1.pods.run("web-0", ["login", "--password", f"command-{CANARY}"], input=CANARY)
    assert isinstance(caught.value, (ApiError, ConnectionError))
    seen = "".join(traceback.format_exception(caught.value)) + repr(caught.value) + repr(caught.value.__cause__)
    assert CANARY not in seen
    assert CANARY not in caplog.text


async def test_an_exec_is_never_sent_twice() -> None:
    """A connection that breaks before the response may have started the command."""
    for step in (Close(), Reset()):
        async with ScriptedServer(step) as server, client_of(server, max_retries=5) as kube:
            with pytest.raises(ConnectionError):
                await exec_(kube)
            assert len(server.requests) == 1
    busy = Answer(503, headers=[("Retry-After", "0")])
    async with ScriptedServer(busy) as server, client_of(server, max_retries=5) as kube:
        with pytest.raises(ApiError):
            await exec_(kube)
        assert len(server.requests) == 1


async def test_a_401_is_unauthorized() -> None:
    async with ScriptedServer(Answer(401, body=b"who are you?")) as server, client_of(server) as kube:
        with pytest.raises(Unauthorized, match="who are you"):
            await exec_(kube)
