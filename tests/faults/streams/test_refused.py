"""Streams that the server refuses, and calls that are refused before any request; attach."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from aiokube.errors import (
    ApiError,
    Forbidden,
    InvalidRequest,
    NotFound,
)
from tests.support.clients import client_of
from tests.support.websocket import SH, Peer, WebSocketServer, idle, status

# W10: refusals


@pytest.mark.parametrize(
    ("refusal", "kind"),
    [((403, "Forbidden"), Forbidden), ((404, "NotFound"), NotFound), ((500, "InternalError"), ApiError)],
)
async def test_a_refusal_is_a_typed_error(refusal: tuple[int, str], kind: type[ApiError]) -> None:
    def refuse(request: web.Request) -> web.Response:
        return status(*refusal, message="why not")

    async with WebSocketServer(idle, refuse=refuse) as server, client_of(server.url) as kube:
        with pytest.raises(kind, match="why not") as caught:
            await kube.core_v1.pods.run("web-0", ["sh", "-c", "canary-7531"])
    assert caught.value.status.reason == refusal[1]
    assert "canary" not in str(caught.value)
    if kind is Forbidden:
        assert "`create` on pods/exec; check the roles of the user" in caught.value.__notes__[0]


async def test_at_most_64_kib_of_a_refusal_are_read() -> None:
    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield b"x" * 1000

    def refuse(request: web.Request) -> web.Response:
        return web.Response(status=404, body=endless(), content_type="text/plain")

    async with WebSocketServer(idle, refuse=refuse) as server, client_of(server.url, timeout=5) as kube:
        with pytest.raises(NotFound, match="xxx") as caught:
            await kube.core_v1.pods.run("web-0", SH)
    assert len(caught.value.message) < 3000


@pytest.mark.parametrize("response", [(200, "OK"), (204, "No Content"), (426, "Upgrade Required")])
async def test_a_response_that_is_not_a_websocket_is_an_error(response: tuple[int, str]) -> None:
    def refuse(request: web.Request) -> web.Response:
        return web.Response(status=response[0])

    async with WebSocketServer(idle, refuse=refuse) as server, client_of(server.url) as kube:
        with pytest.raises(ApiError) as caught:
            await kube.core_v1.pods.run("web-0", SH)
    assert caught.value.code == response[0]


async def test_invalid_arguments_are_refused_before_any_request() -> None:
    async with WebSocketServer(idle) as server, client_of(server.url) as kube:
        pods = kube.core_v1.pods
        with pytest.raises(InvalidRequest, match="command is empty; pass a program and its arguments"):
            pods.exec("web-0", [])
        with pytest.raises(InvalidRequest, match="stdin, stdout and stderr are all false; at least one must be true"):
            pods.exec("web-0", SH, stdout=False, stderr=False)
        with pytest.raises(
            InvalidRequest, match="tty and stderr are both true; the only output of a terminal is stdout"
        ):
            pods.exec("web-0", SH, tty=True, stderr=True)
        with pytest.raises(InvalidRequest, match="name: is empty"):
            pods.exec("", SH)
        with pytest.raises(
            InvalidRequest, match=r"protocols is empty; pass at least one of v5.channel.k8s.io, v4.channel.k8s.io"
        ):
            async with pods.exec("web-0", SH, protocols=[]):
                pass
        async with pods.exec("web-0", SH) as process:
            with pytest.raises(
                InvalidRequest, match="input cannot be sent, because stdin is not connected; pass stdin=True"
            ):
                await process.communicate(b"x")
    assert len(server.handshakes) == 1


async def test_attach_connects_to_a_running_container() -> None:
    async def script(peer: Peer) -> None:
        message = await peer.receive()
        assert message is not None
        await peer.send(1, message[1].upper())
        await peer.exit(0)

    async with WebSocketServer(script) as server, client_of(server.url) as kube:
        async with kube.core_v1.pods.attach("web-0", container="main", stdin=True) as process:
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write(b"hello\n")
            assert await process.stdout.readline() == b"HELLO\n"
            assert await process.wait() == 0
    assert server.handshakes[0].path.endswith("/web-0/attach")
    assert "command" not in dict(server.handshakes[0].query)
    assert dict(server.handshakes[0].query)["container"] == "main"
