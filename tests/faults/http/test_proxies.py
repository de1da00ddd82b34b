"""Errors of connections through a proxy."""

from __future__ import annotations

from typing import Any

import pytest

from aiokube.errors import ConnectionError as KubeConnectionError
from aiokube.errors import Disconnected, TLSError
from tests.support.clients import client_of
from tests.support.connect import ConnectProxy
from tests.support.proxy import unused_port
from tests.support.server import Close, ScriptedServer
from tests.support.tls import Authority

SERVER = "https://kubernetes.example"


async def refusal(authority: Authority, proxy: str, *, server: str = SERVER) -> KubeConnectionError:
    """Return the error of a call through a proxy, after checking that it does not contain the password."""
    url = proxy.replace("://", "://me:canary-7531@")
    async with client_of(server, authority, proxy_url=url) as client:
        with pytest.raises(KubeConnectionError) as caught:
            await client.request("GET", "/x")
    assert "canary-7531" not in str(caught.value)
    return caught.value


@pytest.mark.parametrize("host", ["127.0.0.1", "proxy.invalid"], ids=["refused", "unknown"])
async def test_the_error_of_an_unreachable_proxy_names_it(authority: Authority, host: str) -> None:
    proxy = f"http://{host}:{unused_port()}"
    error = await refusal(authority, proxy)
    assert str(error).startswith(f"GET {SERVER}/x through the proxy {proxy}: no response: ")


async def test_the_error_of_a_proxy_that_requires_authentication(authority: Authority) -> None:
    async with ConnectProxy(user="me:another") as proxy:
        url = f"http://127.0.0.1:{proxy.port}"
        error = await refusal(authority, url)
    assert str(error) == (
        f"GET {SERVER}/x through the proxy {url}: no response: "
        "the proxy responded with 407 Proxy Authentication Required"
    )


async def test_the_error_of_an_untrusted_proxy_names_it(authority: Authority, other_authority: Authority) -> None:
    for context in (other_authority.server_context(), authority.server_context("proxy.example")):
        async with ConnectProxy(tls=context) as proxy:
            url = f"https://127.0.0.1:{proxy.port}"
            error = await refusal(authority, url)
        assert isinstance(error, TLSError)
        assert f"through the proxy {url}: the proxy's certificate was not accepted" in str(error)
        assert "tls-server-name" not in str(error)


async def test_the_error_of_a_proxy_without_tls_names_it(authority: Authority) -> None:
    async with ScriptedServer() as proxy:
        url = f"https://127.0.0.1:{proxy.port}"
        error = await refusal(authority, url)
    assert isinstance(error, TLSError)
    assert f"through the proxy {url}: the handshake failed" in str(error)
    assert "is it an https proxy" in str(error)


async def test_the_error_of_an_untrusted_server_through_a_proxy(
    authority: Authority, other_authority: Authority
) -> None:
    cases: list[tuple[Authority, Any]] = [(authority, Disconnected), (other_authority, TLSError)]
    for trusted, kind in cases:
        async with ConnectProxy() as proxy, ScriptedServer(Close(), context=authority.server_context()) as server:
            error = await refusal(trusted, f"http://127.0.0.1:{proxy.port}", server=server.url)
        assert isinstance(error, kind)
        assert "the proxy's certificate" not in str(error)
