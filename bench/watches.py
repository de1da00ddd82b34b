"""Watching 1,000 changing pods: events per CPU second, and the memory of an informer per pod."""

from __future__ import annotations

import json
from collections.abc import Mapping
from statistics import median

from .measure import RESIDENT, Row, python

_ROUNDS = 3
_LIGHTKUBE_TARGET = 10.0
_MEMORY_TARGET = 25.0

# The program of each process: `watch` yields once for each change since a resource version. The last two only count
# newlines, and so show the limit of what a client could reach.
_PROGRAMS: Mapping[str, str] = {
    "aiokube": """
from aiokube import Client

async def watch(version):
    async with Client(kubeconfig=KUBECONFIG) as kube:
        async for event in kube.core_v1.pods.watch(namespace="default", resource_version=version):
            yield event.object.metadata.name
""",
    "lightkube": """
from lightkube import AsyncClient, KubeConfig
from lightkube.resources.core_v1 import Pod

async def watch(version):
    client = AsyncClient(KubeConfig.from_file(KUBECONFIG))
    async for _, pod in client.watch(Pod, namespace="default", resource_version=version):
        yield pod.metadata.name
""",
    "kubernetes_asyncio": """
from kubernetes_asyncio import client, config
from kubernetes_asyncio.watch import Watch

async def watch(version):
    await config.load_kube_config(KUBECONFIG)
    async with client.ApiClient() as api:
        call = client.CoreV1Api(api).list_namespaced_pod
        async for event in Watch().stream(call, "default", resource_version=version):
            yield event["object"].metadata.name
""",
    "kubernetes.aio": """
from kubernetes.aio import client, config
from kubernetes.aio.watch import Watch

async def watch(version):
    await config.load_kube_config(KUBECONFIG)
    async with client.ApiClient() as api:
        call = client.CoreV1Api(api).list_namespaced_pod
        async for event in Watch().stream(call, "default", resource_version=version):
            yield event["object"].metadata.name
""",
    "kr8s": """
import kr8s.asyncio

async def watch(version):
    api = await kr8s.asyncio.api(kubeconfig=KUBECONFIG)
    async for _, pod in api.watch("pods", namespace="default", since=version):
        yield pod.name
""",
    "bytes only, aiohttp": """
import aiohttp
from aiokube import Config
from aiokube.runtime.http.tls import TLSContexts

async def watch(version):
    config = Config.load(kubeconfig=KUBECONFIG)
    context, _ = TLSContexts(config).current(None)
    url = f"{config.server}/api/v1/namespaces/default/pods?watch=true&resourceVersion={version}"
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=context)) as session:
        async with session.get(url) as response:
            async for chunk in response.content.iter_any():
                for _ in range(chunk.count(b"\\n")):
                    yield
""",
    "bytes only, a TLS socket": """
import socket
from urllib.parse import urlsplit
from aiokube import Config
from aiokube.runtime.http.tls import TLSContexts

async def watch(version):
    config = Config.load(kubeconfig=KUBECONFIG)
    context, _ = TLSContexts(config).current(None)
    server = urlsplit(config.server)
    path = f"/api/v1/namespaces/default/pods?watch=true&resourceVersion={version}"
    with (
        socket.create_connection((server.hostname, server.port)) as plain,
        context.wrap_socket(plain, server_hostname=server.hostname) as connection,
    ):
        # HTTP/1.0 has no chunked encoding: only lines follow the head.
        connection.sendall(f"GET {path} HTTP/1.0\\r\\n\\r\\n".encode())
        head = b""
        while b"\\r\\n\\r\\n" not in head:
            head += connection.recv(1)
        while chunk := connection.recv(1 << 18):
            for _ in range(chunk.count(b"\\n")):
                yield
""",
}

_HARNESS = """
import asyncio, contextlib, json, sys, time
KUBECONFIG, VERSION, COUNT = sys.argv[1], sys.argv[2], int(sys.argv[3])
{program}
async def main():
    async def some(count):
        async with contextlib.aclosing(watch(VERSION)) as names:
            async for _ in names:
                count -= 1
                if not count:
                    return
    await some(10)
    started = time.process_time()
    await some(COUNT)
    print(json.dumps({{"rate": COUNT / (time.process_time() - started)}}))

asyncio.run(main())
"""

_INFORMER = """
import asyncio, gc, json, sys
from aiokube import Client

async def main():
    async with Client(kubeconfig=sys.argv[1]) as kube:
        await kube.core_v1.pods.list(namespace="default", limit=1)
        gc.collect()
        before = resident()
        async with kube.core_v1.pods.informer(namespace="default") as pods:
            gc.collect()
            print(json.dumps({"count": len(pods), "kilobytes": (resident() - before) * 1024 / len(pods)}))

asyncio.run(main())
"""


def watches(kubeconfig: str, version: str, count: int) -> list[Row]:
    """Measure the event rate of every client on the same events."""
    rates = {name: median(_rate(program, kubeconfig, version, count)) for name, program in _PROGRAMS.items()}
    ours = rates["aiokube"]
    return [
        Row(
            what=f"watch, {count:,} events, against {name}",
            ours=f"{ours:,.0f}/CPU s",
            reference=f"{rate:,.0f}/CPU s",
            ratio=ours / rate,
            target=f">= {_LIGHTKUBE_TARGET:.0f}" if name == "lightkube" else "",
            reached=name != "lightkube" or ours / rate >= _LIGHTKUBE_TARGET,
        )
        for name, rate in rates.items()
        if name != "aiokube"
    ]


def informer(kubeconfig: str, body: bytes) -> Row:
    """Measure the memory of a synced informer, against the JSON of the same pods."""
    found = _run(RESIDENT + _INFORMER, kubeconfig)
    count, kilobytes = int(found["count"]), float(found["kilobytes"])
    on_the_wire = len(body) / count / 1024
    return Row(
        what=f"informer of {count:,} pods, memory per pod",
        ours=f"{kilobytes:.1f} KB",
        reference=f"JSON {on_the_wire:.1f} KB",
        ratio=kilobytes / on_the_wire,
        target=f"<= {_MEMORY_TARGET:.0f} KB",
        reached=kilobytes <= _MEMORY_TARGET,
    )


def _rate(program: str, kubeconfig: str, version: str, count: int) -> list[float]:
    code = _HARNESS.format(program=program)
    return [float(_run(code, kubeconfig, version, str(count))["rate"]) for _ in range(_ROUNDS)]


def _run(code: str, *arguments: str) -> dict[str, float]:
    result: dict[str, float] = json.loads(python(code, *arguments).splitlines()[-1])
    return result
