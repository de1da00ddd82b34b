"""Reading one small object with 50 calls in flight: aiokube against plain aiohttp."""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import Awaitable, Callable
from statistics import median

import aiohttp

from aiokube import Client, Config
from aiokube.runtime.http.tls import TLSContexts

from .measure import Row

_CALLS = 3000
_IN_FLIGHT = 50
_ROUNDS = 9
_TARGET = 0.9


async def gets(kubeconfig: str) -> Row:
    """Measure the calls per second of both."""
    config = Config.load(kubeconfig=kubeconfig)
    context, _ = TLSContexts(config).current(None)
    rates: dict[str, list[float]] = {"aiokube": [], "aiohttp": []}
    async with Client(config) as kube, _session(context) as session:
        await kube.core_v1.config_maps.apply(
            {"metadata": {"name": "small"}, "data": {"color": "blue"}}, field_manager="bench"
        )
        url = f"{config.server}/api/v1/namespaces/default/configmaps/small"

        async def ours() -> None:
            await kube.core_v1.config_maps.get("small")

        async def plain() -> None:
            async with session.get(url) as response:
                await response.read()

        for _ in range(_ROUNDS):
            rates["aiokube"].append(await _rate(ours))
            rates["aiohttp"].append(await _rate(plain))
    found = {name: median(values) for name, values in rates.items()}
    ratio = found["aiokube"] / found["aiohttp"]
    return Row(
        what=f"get a small object, {_IN_FLIGHT} in flight",
        ours=f"{found['aiokube']:,.0f}/s",
        reference=f"aiohttp {found['aiohttp']:,.0f}/s",
        ratio=ratio,
        target=f">= {_TARGET}",
        reached=ratio >= _TARGET,
    )


def _session(context: ssl.SSLContext) -> aiohttp.ClientSession:
    return aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0, ssl=context))


async def _rate(call: Callable[[], Awaitable[None]]) -> float:
    async def worker(calls: int) -> None:
        for _ in range(calls):
            await call()

    started = time.perf_counter()
    await asyncio.gather(*(worker(_CALLS // _IN_FLIGHT) for _ in range(_IN_FLIGHT)))
    return _CALLS / (time.perf_counter() - started)
