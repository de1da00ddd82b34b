"""Listing 5,000 pods as typed objects: aiokube against the bytes alone and the peers, each in a new process."""

from __future__ import annotations

import json
from collections.abc import Mapping
from statistics import median

from .measure import RESIDENT, Row, python

_ROUNDS = 3
_TIME_TARGET = 1.6
_MEMORY_TARGET = 125.0

# The program of each process: `connect` returns an async function that lists all pods of the namespace `default`.
_PROGRAMS: Mapping[str, str] = {
    "bytes only": """
import aiohttp
from aiokube import Config
from aiokube.runtime.http.tls import TLSContexts

async def connect(stack):
    config = Config.load(kubeconfig=KUBECONFIG)
    context, _ = TLSContexts(config).current(None)
    connector = aiohttp.TCPConnector(ssl=context)
    session = await stack.enter_async_context(aiohttp.ClientSession(connector=connector))
    async def list_pods():
        async with session.get(config.server + "/api/v1/namespaces/default/pods") as response:
            return await response.read()
    return list_pods
""",
    "aiokube": """
from aiokube import Client

async def connect(stack):
    kube = await stack.enter_async_context(Client(kubeconfig=KUBECONFIG))
    async def list_pods():
        return await kube.core_v1.pods.list(namespace="default")
    return list_pods
""",
    "lightkube": """
from lightkube import AsyncClient, KubeConfig
from lightkube.resources.core_v1 import Pod

async def connect(stack):
    client = AsyncClient(KubeConfig.from_file(KUBECONFIG))
    async def list_pods():
        return [pod async for pod in client.list(Pod, namespace="default")]
    return list_pods
""",
    "kubernetes_asyncio": """
from kubernetes_asyncio import client, config

async def connect(stack):
    await config.load_kube_config(KUBECONFIG)
    api = await stack.enter_async_context(client.ApiClient())
    async def list_pods():
        return await client.CoreV1Api(api).list_namespaced_pod("default")
    return list_pods
""",
    "kubernetes.aio": """
from kubernetes.aio import client, config

async def connect(stack):
    await config.load_kube_config(KUBECONFIG)
    api = await stack.enter_async_context(client.ApiClient())
    async def list_pods():
        return await client.CoreV1Api(api).list_namespaced_pod("default")
    return list_pods
""",
    "kr8s": """
import kr8s.asyncio

async def connect(stack):
    api = await kr8s.asyncio.api(kubeconfig=KUBECONFIG)
    async def list_pods():
        return [pod async for pod in api.get("pods", namespace="default")]
    return list_pods
""",
}

_HARNESS = """
import asyncio, contextlib, gc, json, sys, time
KUBECONFIG, ROUNDS = sys.argv[1], int(sys.argv[2])
{program}
{resident}
async def main():
    async with contextlib.AsyncExitStack() as stack:
        list_pods = await connect(stack)
        kept = await list_pods()
        del kept
        gc.collect()
        times = []
        for _ in range(ROUNDS):
            kept = None
            started = time.perf_counter()
            kept = await list_pods()
            times.append(time.perf_counter() - started)
        print(json.dumps({{"times": times}}))

async def memory():
    async with contextlib.AsyncExitStack() as stack:
        list_pods = await connect(stack)
        before = resident()
        kept = await list_pods()
        print(json.dumps({{"memory": [resident() - before]}}))

asyncio.run(memory() if sys.argv[3] == "memory" else main())
"""


def lists(kubeconfig: str, count: int) -> list[Row]:
    """Measure the time and the memory of a list with every client."""
    times = {name: median(_run(name, kubeconfig, "time")["times"]) for name in _PROGRAMS}
    memory = {name: _run(name, kubeconfig, "memory")["memory"][0] for name in _PROGRAMS}
    floor = times["bytes only"]
    rows = [
        Row(
            what=f"list {count:,} pods, typed",
            ours=f"{times['aiokube']:.2f} s",
            reference=f"bytes only {floor:.2f} s",
            ratio=times["aiokube"] / floor,
            target=f"<= {_TIME_TARGET}",
            reached=times["aiokube"] / floor <= _TIME_TARGET,
        ),
        Row(
            what="memory of that list",
            ours=f"{memory['aiokube']:.0f} MB",
            reference=f"bytes only {memory['bytes only']:.0f} MB",
            ratio=memory["aiokube"] / memory["bytes only"],
            target=f"<= {_MEMORY_TARGET:.0f} MB",
            reached=memory["aiokube"] <= _MEMORY_TARGET,
        ),
    ]
    for name in ("lightkube", "kubernetes_asyncio", "kubernetes.aio", "kr8s"):
        rows.append(
            Row(
                what=f"list {count:,} pods, against {name}",
                ours=f"{times['aiokube']:.2f} s, {memory['aiokube']:.0f} MB",
                reference=f"{times[name]:.2f} s, {memory[name]:.0f} MB",
                ratio=times["aiokube"] / times[name],
                target="",
                reached=True,
            )
        )
    return rows


def _run(name: str, kubeconfig: str, what: str) -> dict[str, list[float]]:
    code = _HARNESS.format(program=_PROGRAMS[name], resident=RESIDENT)
    result: dict[str, list[float]] = json.loads(python(code, kubeconfig, str(_ROUNDS), what).splitlines()[-1])
    return result
