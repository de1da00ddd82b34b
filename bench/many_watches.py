"""Many watches of one client over TLS: the memory and the CPU time of each."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import json
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from aiokube import Client, Config

from .measure import memory, module
from .scale_server import serving

_PODS = 10
_EVENTS = 10
_PATIENCE_S = 120


@dataclass(frozen=True, kw_only=True)
class Watches:
    """The measurements of one process."""

    count: int
    kilobytes: float
    """Resident memory per watch."""
    cpu: float
    """CPU seconds per watch and event, where each watch has an event in a second."""


def many_watches(pod: Path, count: int) -> Watches:
    """Measure `count` watches in a new process, with a server of its own."""
    print(f"measuring {count:,} watches ...", file=sys.stderr)
    with serving(pod, _PODS, tls=True) as server:
        return Watches(**json.loads(module("bench.many_watches", server.url, server.authority, str(count))))


async def measure(url: str, authority: str, count: int) -> Watches:
    """Measure watches in this process."""
    received = 0
    arrived = asyncio.Condition()

    async def watch(kube: Client, number: int) -> None:
        nonlocal received
        async for _ in kube.core_v1.pods.watch(namespace=f"space-{number}", resource_version=str(_PODS)):
            async with arrived:
                received += 1
                arrived.notify_all()

    async def change(kube: Client, events: int) -> None:
        """Change a pod each second, and wait until every watch has received all of them."""
        goal = received + events * count
        await kube.request("POST", "/control/change", query={"count": events, "rate": 1})
        async with asyncio.timeout(_PATIENCE_S), arrived:
            await arrived.wait_for(lambda: received >= goal)

    config = Config(server=url, certificate_authority_data=authority.encode())
    async with Client(config) as kube, contextlib.AsyncExitStack() as stack:
        await kube.core_v1.pods.list(namespace="default", limit=1)
        gc.collect()
        before = memory("VmRSS")
        tasks = [asyncio.create_task(watch(kube, number)) for number in range(count)]
        stack.callback(lambda: [task.cancel() for task in tasks])
        await change(kube, 1)
        gc.collect()
        kilobytes = memory("VmRSS") - before
        cpu = time.process_time()
        await change(kube, _EVENTS)
        cpu = time.process_time() - cpu
    return Watches(count=count, kilobytes=kilobytes / count, cpu=cpu / count / _EVENTS)


def main() -> None:
    """Measure as this process, and print the result as JSON."""
    url, authority, count = sys.argv[1:]
    print(json.dumps(asdict(asyncio.run(measure(url, authority, int(count))))))


if __name__ == "__main__":
    main()
