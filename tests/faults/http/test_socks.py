"""SOCKS5 proxies, with the extra `aiokube[socks]`: HTTP and WebSockets pass through, and errors name the proxy."""

from __future__ import annotations

import sys

import pytest

from aiokube import Config, ConfigError
from aiokube.errors import ApiError, TLSError
from aiokube.errors import ConnectionError as KubeConnectionError
from tests.support.children import output_of
from tests.support.clients import client_of
from tests.support.frames import revealed
from tests.support.proxy import unused_port
from tests.support.server import Answer, ScriptedServer
from tests.support.socks import SocksProxy
from tests.support.tls import Authority

POD = Answer(body=b'{"kind":"Pod","apiVersion":"v1","metadata":{"name":"web"}}')
CANARY = "canary-7531"


@pytest.mark.parametrize("user", [None, f"me:{CANARY}"], ids=["anonymous", "password"])
async def test_requests_and_websockets_go_through_the_proxy_which_resolves_names(
    authority: Authority, user: str | None
) -> None:
    async with (
        SocksProxy(user=user) as proxy,
        ScriptedServer(POD, POD, Answer(403), context=authority.server_context("kubernetes.invalid")) as server,
    ):
        url = f"socks5://{user + '@' if user else ''}127.0.0.1:{proxy.port}"
        async with client_of(
            f"https://kubernetes.invalid:{server.port}", authority, proxy_url=url, token="t"
        ) as client:
            for _ in range(2):
                assert (await client.core_v1.pods.get("web")).metadata.name == "web"
            with pytest.raises(ApiError):
                await client.core_v1.pods.run("web", ["ls"])
        assert set(proxy.targets) == {f"kubernetes.invalid:{server.port}"}
        assert len(server.requests) == 3
        assert server.requests[-1].headers["Upgrade"] == "websocket"


async def test_a_server_without_tls_is_reached_through_the_proxy() -> None:
    async with SocksProxy() as proxy, ScriptedServer(POD) as server:
        async with client_of(server, proxy_url=f"socks5://127.0.0.1:{proxy.port}") as client:
            await client.core_v1.pods.get("web")
        assert proxy.targets == [f"127.0.0.1:{server.port}"]


async def test_the_server_is_verified_through_the_proxy(authority: Authority, other_authority: Authority) -> None:
    async with SocksProxy() as proxy, ScriptedServer(POD, context=authority.server_context()) as server:
        async with client_of(server, other_authority, proxy_url=f"socks5://127.0.0.1:{proxy.port}") as client:
            with pytest.raises(TLSError, match="its certificate is not signed by a trusted CA"):
                await client.core_v1.pods.get("web")
        assert server.requests == []


@pytest.mark.parametrize("fault", ["unreachable proxy", "wrong password", "unreachable server"])
async def test_the_error_of_a_failed_connection_names_the_proxy_and_no_password(
    authority: Authority, fault: str
) -> None:
    async with SocksProxy(user="me:another" if fault == "wrong password" else f"me:{CANARY}") as proxy:
        port = unused_port() if fault == "unreachable proxy" else proxy.port
        url = f"socks5://me:{CANARY}@127.0.0.1:{port}"
        async with client_of(f"https://127.0.0.1:{unused_port()}", authority, proxy_url=url) as client:
            with pytest.raises(KubeConnectionError) as caught:
                await client.core_v1.pods.get("web")
    said = str(caught.value)
    assert f" through the proxy socks5://127.0.0.1:{port}: no response: the proxy made no connection: " in said
    assert CANARY not in said
    assert revealed(caught.value, [CANARY]) == []


def test_without_the_extra_the_error_says_what_to_install() -> None:
    program = """
import sys
sys.modules["python_socks"] = None
from aiokube import Client, Config, ConfigError
try:
    Client(Config(server="https://127.0.0.1:1", proxy_url="socks5://me:s3cret@127.0.0.1:1080"))
except ConfigError as error:
    print(error)
"""
    said = output_of(sys.executable, "-c", program)
    assert "socks5://--- REDACTED ---@127.0.0.1:1080 is a SOCKS proxy, which needs python-socks: " in said
    assert "pip install 'aiokube[socks]'" in said


def test_other_schemes_are_refused() -> None:
    with pytest.raises(ConfigError, match="must start with http://, https:// or socks5://"):
        Config(server="https://127.0.0.1:1", proxy_url="socks4://127.0.0.1:1080")
