"""The timeouts of establishing a connection, in virtual time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

import pytest

from aiokube import Client, Config
from aiokube.errors import RequestTimeout
from tests.support.local import LocalLoop


async def get(kube: Client) -> None:
    await kube.request("GET", "/x", query={"command": "canary-7531"})


async def watch(kube: Client) -> None:
    async for _ in kube.core_v1.pods.watch(resource_version="1"):
        pass


async def exec_(kube: Client) -> None:
    await kube.core_v1.pods.run("web", ["login", "--password", "canary-7531"])


calls = pytest.mark.parametrize("call", [get, watch, exec_])


async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        await reader.read()
    writer.transport.abort()


def failure_of(call: Callable[[Client], Awaitable[None]], config: Callable[[int], Config]) -> tuple[str, float]:
    """Call a peer that accepts connections and sends nothing; return the error and the seconds until it was raised."""

    async def run() -> tuple[str, float]:
        async with await asyncio.start_server(silent, "127.0.0.1", 0) as peer:
            async with Client(config(peer.sockets[0].getsockname()[1]), timeout=None, max_retries=0) as kube:
                with pytest.raises(RequestTimeout) as caught:
                    await call(kube)
                text = f"{caught.value} {caught.value.__cause__!r} {caught.value.__context__!r}"
                return text, asyncio.get_running_loop().time()

    with asyncio.Runner(loop_factory=LocalLoop) as runner:
        return runner.run(run())


@calls
def test_a_server_without_a_tls_handshake_times_out_after_30_seconds(call: Callable[[Client], Awaitable[None]]) -> None:
    text, seconds = failure_of(call, lambda port: Config(server=f"https://127.0.0.1:{port}", token="t"))

    assert "no connection within 30 s" in text
    assert "canary-7531" not in text
    assert seconds == pytest.approx(30, abs=1)


@calls
def test_a_silent_proxy_times_out_after_60_seconds(call: Callable[[Client], Awaitable[None]]) -> None:
    text, seconds = failure_of(
        call,
        lambda port: Config(server="https://kubernetes.example", token="t", proxy_url=f"http://127.0.0.1:{port}"),
    )

    assert "canary-7531" not in text
    assert seconds == pytest.approx(60, abs=1)
