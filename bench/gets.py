"""Calls for one small object: aiokube against plain aiohttp, and on uvloop."""

from __future__ import annotations

import asyncio
import json
import ssl
import time
from collections.abc import Awaitable, Callable
from statistics import median
from typing import Any

import aiohttp
import uvloop

from aiokube import Client, Config
from aiokube.runtime.http.tls import TLSContexts

from .measure import Row

_CALLS = 3000
_IN_FLIGHT = 50
_ROUNDS = 9
_TARGET = 0.9
_CPU_CALLS = 1000
_CPU_TARGET = 1.12

_CONFIG_MAP: dict[str, Any] = {
    "apiVersion": "v1",
    "kind": "ConfigMap",
    "metadata": {"name": "small"},
    "data": {"color": "blue"},
}
_CHANGE: dict[str, Any] = {"data": {"color": "red"}}
_MERGE_PATCH = {"Content-Type": "application/merge-patch+json"}
_JSON = {"Content-Type": "application/json"}

Call = Callable[[], Awaitable[object]]


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


async def cpu_of_calls(kubeconfig: str) -> list[Row]:
    """Measure the CPU time of a get with 1 and with 50 calls in flight, of a create and of a patch, as dry runs."""
    config = Config.load(kubeconfig=kubeconfig)
    context, _ = TLSContexts(config).current(None)
    async with Client(config) as kube, _session(context) as session:
        config_maps = kube.core_v1.config_maps
        await config_maps.apply(_CONFIG_MAP, field_manager="bench")
        url = f"{config.server}/api/v1/namespaces/default/configmaps"
        new = {**_CONFIG_MAP, "metadata": {"generateName": "small-"}}

        async def plain(method: str, url: str, body: object = None, headers: dict[str, str] | None = None) -> None:
            data = None if body is None else json.dumps(body)
            async with session.request(method, url, data=data, headers=headers) as response:
                await response.read()

        def get() -> Awaitable[object]:
            return config_maps.get("small")

        def plain_get() -> Awaitable[object]:
            return plain("GET", f"{url}/small")

        calls: list[tuple[str, int, Call, Call]] = [
            ("get", 1, get, plain_get),
            ("get", _IN_FLIGHT, get, plain_get),
            (
                "create",
                _IN_FLIGHT,
                lambda: config_maps.create(new, dry_run="All"),
                lambda: plain("POST", f"{url}?dryRun=All", new, _JSON),
            ),
            (
                "patch",
                _IN_FLIGHT,
                lambda: config_maps.patch("small", _CHANGE, dry_run="All"),
                lambda: plain("PATCH", f"{url}/small?dryRun=All", _CHANGE, _MERGE_PATCH),
            ),
        ]
        return [
            await _cpu_row(f"CPU of a {verb}, {in_flight} in flight", in_flight, ours, aiohttp=theirs)
            for verb, in_flight, ours, theirs in calls
        ]


def cpu_on_uvloop(kubeconfig: str) -> Row:
    """Measure the CPU time of a get on uvloop against that on asyncio's own event loop."""
    seconds: dict[str, list[float]] = {"uvloop": [], "asyncio": []}
    for _ in range(_ROUNDS):
        seconds["uvloop"].append(uvloop.run(_cpu_of_gets(kubeconfig)))
        seconds["asyncio"].append(asyncio.run(_cpu_of_gets(kubeconfig)))
    what = f"CPU of a get on uvloop, {_IN_FLIGHT} in flight"
    return _row(what, median(seconds["uvloop"]), "asyncio", median(seconds["asyncio"]), target=1.0)


async def _cpu_of_gets(kubeconfig: str) -> float:
    async with Client(kubeconfig=kubeconfig) as kube:
        await kube.core_v1.config_maps.apply(_CONFIG_MAP, field_manager="bench")

        def get() -> Awaitable[object]:
            return kube.core_v1.config_maps.get("small")

        await _cpu(get, _IN_FLIGHT, _IN_FLIGHT)
        return await _cpu(get, _IN_FLIGHT, _CPU_CALLS)


async def _cpu_row(what: str, in_flight: int, ours: Call, *, aiohttp: Call) -> Row:
    seconds: dict[Call, list[float]] = {ours: [], aiohttp: []}
    for call in seconds:
        # Opens the connections.
        await _cpu(call, in_flight, in_flight)
    for _ in range(_ROUNDS):
        for call, found in seconds.items():
            found.append(await _cpu(call, in_flight, _CPU_CALLS))
    return _row(what, median(seconds[ours]), "aiohttp", median(seconds[aiohttp]), target=_CPU_TARGET)


def _row(what: str, ours: float, peer: str, theirs: float, *, target: float) -> Row:
    return Row(
        what=what,
        ours=f"{ours * 1e6:.0f} µs",
        reference=f"{peer} {theirs * 1e6:.0f} µs",
        ratio=ours / theirs,
        target=f"<= {target}",
        reached=ours <= target * theirs,
    )


async def _cpu(call: Call, in_flight: int, calls: int) -> float:
    """Return the CPU seconds of one call."""
    started = time.process_time()
    await _make(call, in_flight, calls)
    return (time.process_time() - started) / calls


def _session(context: ssl.SSLContext) -> aiohttp.ClientSession:
    return aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0, ssl=context))


async def _rate(call: Call) -> float:
    started = time.perf_counter()
    await _make(call, _IN_FLIGHT, _CALLS)
    return _CALLS / (time.perf_counter() - started)


async def _make(call: Call, in_flight: int, calls: int) -> None:
    async def worker() -> None:
        for _ in range(calls // in_flight):
            await call()

    await asyncio.gather(*(worker() for _ in range(in_flight)))
