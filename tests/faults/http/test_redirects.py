"""Redirects are not followed, because that would send credentials to another host."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from aiokube import Client
from aiokube.errors import ApiError
from tests.support.clients import client_of
from tests.support.server import Answer, ScriptedServer, redirect
from tests.support.tls import Authority


async def watch(client: Client) -> None:
    async for _ in client.core_v1.pods.watch(resource_version="1"):
        raise AssertionError("an event came from somewhere else")


CALLS: dict[str, Callable[[Client], Awaitable[object]]] = {
    "get": lambda client: client.core_v1.pods.get("web"),
    "list": lambda client: client.core_v1.pods.list(),
    "post": lambda client: client.core_v1.config_maps.create({"metadata": {"name": "web"}, "data": {"a": "b"}}),
    "patch": lambda client: client.core_v1.config_maps.patch("web", {"data": {"a": "b"}}),
    "delete": lambda client: client.core_v1.pods.delete("web"),
    "request": lambda client: client.request("GET", "/version"),
    "watch": watch,
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
@pytest.mark.parametrize("status", [300, 301, 302, 303, 307, 308])
async def test_redirects_are_not_followed(
    authority: Authority, call: Callable[[Client], Awaitable[object]], status: int
) -> None:
    context = authority.server_context()
    async with ScriptedServer(Answer(body=b"{}"), context=context) as other:
        location = f"{other.url}/api/v1/namespaces/default/pods/web"
        async with ScriptedServer(redirect(location, status), context=context) as server:
            async with client_of(server, authority, token="canary-7531") as client:
                with pytest.raises(ApiError, match=f"the server redirects to '{location}'") as caught:
                    await call(client)
            assert caught.value.code == status
            assert "canary-7531" not in str(caught.value)
            assert len(server.requests) == 1
            assert server.requests[0].headers["Authorization"] == "Bearer canary-7531"
        assert other.connections == 0
        assert other.requests == []


@pytest.mark.parametrize("location", ["/api/v1/pods", "//127.0.0.1/", "http://127.0.0.1/", "", "\x7f", "https://[bad"])
async def test_redirects_to_the_same_server_are_not_followed(location: str) -> None:
    async with ScriptedServer(redirect(location)) as server, client_of(server) as client:
        with pytest.raises(ApiError, match="redirects are not followed"):
            await client.core_v1.pods.get("web")
        assert len(server.requests) == 1


async def test_a_redirect_without_a_location_is_an_error() -> None:
    async with ScriptedServer(Answer(302, headers=())) as server, client_of(server) as client:
        with pytest.raises(ApiError, match="the server redirects to 'nowhere'"):
            await client.core_v1.pods.get("web")
