"""Helpers for the stream tests on the test cluster."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from threading import active_count

from aiokube import Client, apply
from tests.cluster import Cluster


async def run_pod(kube: Client, name: str, *containers: str, **labels: str) -> None:
    """Create a pod and wait until it is ready."""
    spec: apply.core_v1.PodSpecApply = {
        "terminationGracePeriodSeconds": 0,
        "containers": [
            {"name": container, "image": "none", "ports": [{"name": f"web-{number}", "containerPort": 8000 + number}]}
            for number, container in enumerate(containers or ("main",))
        ],
    }
    await kube.core_v1.pods.create({"metadata": {"name": name, "labels": labels}, "spec": spec})
    await kube.core_v1.pods.wait_for(name, "Ready")


async def soon(condition: Callable[[], object], *, seconds: float = 10.0) -> None:
    """Wait until a condition is true, for at most `seconds`."""
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.02)


@asynccontextmanager
async def nothing_left(kube: Client) -> AsyncIterator[None]:
    """Check that the block leaves no task, socket or thread."""
    # The connection of the client and the first thread of the pool exist from here on.
    await kube.core_v1.pods.list()
    await asyncio.to_thread(int)
    before = tasks_and_sockets()
    yield
    await soon(lambda: all(now <= then for now, then in zip(tasks_and_sockets(), before, strict=True)), seconds=5)
    # The thread pool of asyncio may grow to this size.
    assert active_count() <= (os.cpu_count() or 1) + 6


def tasks_and_sockets() -> tuple[int, int]:
    """Return the number of running tasks and of open sockets."""
    names = [f"/proc/self/fd/{name}" for name in os.listdir("/proc/self/fd")]
    return len(asyncio.all_tasks()), sum(link(name).startswith("socket:") for name in names)


def link(name: str) -> str:
    """Return the target of a link; an empty string if the link no longer exists."""
    try:
        return os.readlink(name)
    except FileNotFoundError:
        return ""


@asynccontextmanager
async def upper(cluster: Cluster, port: int) -> AsyncIterator[None]:
    """Serve a port of every pod: the response is the request in capitals."""
    writers: set[asyncio.StreamWriter] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.add(writer)
        while data := await reader.read(1 << 16):
            writer.write(data.upper())
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, sock=cluster.listener(port))
    try:
        yield
    finally:
        server.close()
        for writer in writers:
            writer.transport.abort()
        await server.wait_closed()
