"""What the tests of streams on the test cluster share."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from threading import active_count

from aiokube import Client


async def run_pod(kube: Client, name: str, *containers: str, **labels: str) -> None:
    """Create a pod and wait until it is ready."""
    spec = {
        "terminationGracePeriodSeconds": 0,
        "containers": [
            {"name": container, "image": "none", "ports": [{"name": f"web-{number}", "containerPort": 8000 + number}]}
            for number, container in enumerate(containers or ("main",))
        ],
    }
    await kube.core_v1.pods.create({"metadata": {"name": name, "labels": labels}, "spec": spec})
    await kube.core_v1.pods.wait_for(name, "Ready")


async def soon(condition: Callable[[], object], *, seconds: float = 10.0) -> None:
    """Wait until something is so."""
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.02)


@asynccontextmanager
async def nothing_left(kube: Client) -> AsyncIterator[None]:
    """See that what is done inside leaves no task, socket or thread behind."""
    # The client's own connection and the pool that opens names are there from now on.
    await kube.core_v1.pods.list()
    await asyncio.to_thread(int)
    before = held()
    yield
    await soon(lambda: held()[0] <= before[0] and held()[1] <= before[1], seconds=5)
    # asyncio keeps up to as many threads for blocking calls, whoever makes them.
    assert active_count() <= (os.cpu_count() or 1) + 6


def held() -> tuple[int, int]:
    """How many tasks run, and how many sockets are open."""
    names = [f"/proc/self/fd/{name}" for name in os.listdir("/proc/self/fd")]
    return len(asyncio.all_tasks()), sum(link(name).startswith("socket:") for name in names)


def link(name: str) -> str:
    """Where a link leads; nowhere when it has gone."""
    try:
        return os.readlink(name)
    except FileNotFoundError:
        return ""
