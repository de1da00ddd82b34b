"""Small calls in this process: aiokube beside plain aiohttp, and its event loops beside each other."""

from __future__ import annotations

import asyncio
import json
import ssl
import time
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import aiohttp
import uvloop

from aiokube import Client, Config
from aiokube.runtime.http.tls import TLSContexts

from .rows import Row

_CALLS = 1000
_IN_FLIGHT = 50
_ROUNDS = 7
_MOST_RATIO = 1.12

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


def call_rows(kubeconfig: str) -> Iterator[Row]:
    """Measure calls of several kinds, and a get on another event loop."""
    yield from asyncio.run(_calls(kubeconfig))
    seconds: dict[str, list[float]] = {"uvloop": [], "asyncio": []}
    for _ in range(_ROUNDS):
        seconds["uvloop"].append(uvloop.run(_gets(kubeconfig)))
        seconds["asyncio"].append(asyncio.run(_gets(kubeconfig)))
    yield _row("CPU of a get on uvloop", seconds["uvloop"], "asyncio", seconds["asyncio"], None)


async def _calls(kubeconfig: str) -> list[Row]:
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

        calls: list[tuple[str, int, Call, Call]] = [
            ("a get by itself", 1, lambda: config_maps.get("small"), lambda: plain("GET", f"{url}/small")),
            ("a get", _IN_FLIGHT, lambda: config_maps.get("small"), lambda: plain("GET", f"{url}/small")),
            (
                "a create",
                _IN_FLIGHT,
                lambda: config_maps.create(new, dry_run=True),
                lambda: plain("POST", f"{url}?dryRun=All&fieldValidation=Strict", new, _JSON),
            ),
            (
                "a patch",
                _IN_FLIGHT,
                lambda: config_maps.patch("small", _CHANGE, dry_run=True),
                lambda: plain("PATCH", f"{url}/small?dryRun=All&fieldValidation=Strict", _CHANGE, _MERGE_PATCH),
            ),
        ]
        return [await _measured(f"CPU of {what}", number, ours, theirs) for what, number, ours, theirs in calls]


async def _measured(what: str, in_flight: int, ours: Call, theirs: Call) -> Row:
    seconds: dict[Call, list[float]] = {ours: [], theirs: []}
    for call in seconds:
        # Opens the connections.
        await _cpu(call, in_flight, in_flight)
    for _ in range(_ROUNDS):
        for call, found in seconds.items():
            found.append(await _cpu(call, in_flight, _CALLS))
    return _row(what, seconds[ours], "plain aiohttp", seconds[theirs], _MOST_RATIO)


async def _gets(kubeconfig: str) -> float:
    async with Client(kubeconfig=kubeconfig) as kube:
        await kube.core_v1.config_maps.apply(_CONFIG_MAP, field_manager="bench")

        def get() -> Awaitable[object]:
            return kube.core_v1.config_maps.get("small")

        await _cpu(get, _IN_FLIGHT, _IN_FLIGHT)
        return await _cpu(get, _IN_FLIGHT, _CALLS)


async def _cpu(call: Call, in_flight: int, calls: int) -> float:
    """Return the CPU time of one call in microseconds."""

    async def worker() -> None:
        for _ in range(calls // in_flight):
            await call()

    started = time.process_time()
    await asyncio.gather(*(worker() for _ in range(in_flight)))
    return (time.process_time() - started) / calls * 1e6


def _row(what: str, ours: list[float], against: str, theirs: list[float], most_ratio: float | None) -> Row:
    return Row(
        section="Calls",
        measure=what,
        sentence=f"{_IN_FLIGHT} calls in flight, unless by itself; creates and patches are dry runs.",
        ours=min(ours),
        unit="µs",
        against=against,
        theirs=min(theirs),
        most_ratio=most_ratio,
    )


def _session(context: ssl.SSLContext) -> aiohttp.ClientSession:
    return aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0, ssl=context))
