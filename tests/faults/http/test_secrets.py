"""Errors and their causes contain neither credentials nor the query, which may contain a command."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import pytest

from aiokube import Client
from aiokube.errors import AiokubeError, TLSError
from aiokube.errors import ConnectionError as KubeConnectionError
from tests.support.clients import client_of
from tests.support.connect import ConnectProxy
from tests.support.server import Answer, Exchange, ScriptedServer
from tests.support.tls import Authority

CANARY = "canary-7531"


@dataclass(frozen=True)
class Garbage:
    """A response that is not HTTP."""

    async def play(self, exchange: Exchange) -> None:
        await exchange.send(b"garbage\r\n\r\n")
        exchange.close()


async def get(kube: Client) -> None:
    await kube.request("GET", "/x", query={"command": CANARY})


async def exec_(kube: Client) -> None:
    await kube.core_v1.pods.run("web", ["login", "--password", CANARY])


calls = pytest.mark.parametrize("call", [get, exec_])


def all_of(error: BaseException | None) -> str:
    """Return the texts of an error, its causes and its contexts."""
    if error is None:
        return ""
    return f"{error} {error!r} {all_of(error.__cause__)} {all_of(error.__context__)}"


@calls
@pytest.mark.parametrize(
    "step",
    [Garbage(), Answer(101, headers=[("Upgrade", "h2c"), ("Connection", "Upgrade")])],
    ids=["garbage", "upgrade"],
)
async def test_the_error_of_an_invalid_response_contains_no_secret(
    authority: Authority, step: Any, call: Callable[[Client], Awaitable[Any]]
) -> None:
    async with ScriptedServer(step, context=authority.server_context()) as server:
        async with client_of(server, authority, token=CANARY, timeout=0.5) as kube:
            with pytest.raises(AiokubeError) as caught:
                await call(kube)
    assert CANARY not in all_of(caught.value)


@calls
async def test_the_error_of_a_proxy_contains_no_secret(
    authority: Authority, call: Callable[[Client], Awaitable[Any]]
) -> None:
    async with ConnectProxy(user="me:another") as proxy:
        url = f"http://me:{CANARY}@127.0.0.1:{proxy.port}"
        async with client_of("https://kubernetes.example", authority, token=CANARY, proxy_url=url) as kube:
            with pytest.raises(KubeConnectionError, match="Proxy Authentication Required") as caught:
                await call(kube)
    seen = all_of(caught.value)
    assert CANARY not in seen
    assert "Basic" not in seen


@calls
@pytest.mark.parametrize("name", ["me", ""])
async def test_the_error_of_an_untrusted_server_through_a_proxy_contains_no_secret(
    authority: Authority, other_authority: Authority, call: Callable[[Client], Awaitable[Any]], name: str
) -> None:
    async with (
        ConnectProxy(user=f"{name}:{CANARY}") as proxy,
        ScriptedServer(context=authority.server_context()) as server,
        client_of(server, other_authority, proxy_url=f"http://{name}:{CANARY}@127.0.0.1:{proxy.port}") as kube,
    ):
        with pytest.raises(TLSError) as caught:
            await call(kube)
    assert CANARY not in all_of(caught.value)
