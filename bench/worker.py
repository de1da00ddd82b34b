"""One measured process of a Python client; bench/client_go/main.go is the same for client-go.

    python -m bench.worker list|informer|watch|get CLIENT KUBECONFIG ROUNDS COUNT RESOURCE VERSION

It prints the seconds of each round, the number of objects, and the bytes that they take, as JSON.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import importlib
import json
import sys
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import asdict, dataclass, field
from typing import Any, Protocol

from .measure import memory
from .peers import SOURCES

_IN_FLIGHT = 50
_EMPTY = "empty"
"""A namespace that does not exist, of which lists are empty."""
_OWN = {"aiokube": "Aiokube", "bytes only": "Aiohttp", "bytes only, a TLS socket": "TLSSocket"}


class Peer(Protocol):
    """A client under measurement. It has the methods that its work needs."""

    async def connect(self, kubeconfig: str, stack: AsyncExitStack) -> None:
        """Read the configuration; what is to be closed goes on the stack."""
        ...

    async def list(self) -> Sequence[object]:
        """Return all pods of the namespace `default`."""
        ...

    def watch(self, version: str) -> AsyncGenerator[object]:
        """Yield once for each change of the pods since a resource version."""
        ...

    async def get(self) -> None:
        """Read the ConfigMap `small`."""
        ...

    def informer(self, resource: str, namespace: str = "default") -> Any:
        """Return an informer."""
        ...


@dataclass(frozen=True, kw_only=True)
class Result:
    """The measurements of one process."""

    count: int
    """Objects, events or calls of a round."""
    wall: list[float] = field(default_factory=list)
    """Seconds of each round."""
    cpu: list[float] = field(default_factory=list)
    """CPU seconds of each round, in user and in system mode."""
    memory: int = 0
    """Bytes by which the resident memory grew."""

    async def measure(self, rounds: int, job: Callable[[AsyncExitStack], Awaitable[object]]) -> Result:
        """Run a job in each round. What it leaves on the stack is closed when the time is taken."""
        for _ in range(rounds):
            gc.collect()
            async with AsyncExitStack() as stack:
                wall, cpu = time.perf_counter(), time.process_time()
                kept = await job(stack)
                self.wall.append(time.perf_counter() - wall)
                self.cpu.append(time.process_time() - cpu)
                del kept
        return self


async def run(work: str, client: str, kubeconfig: str, rounds: int, count: int, resource: str, version: str) -> Result:
    """Measure one work of one client in this process."""
    peer = _peer(client)
    async with AsyncExitStack() as stack:
        await peer.connect(kubeconfig, stack)
        gc.collect()
        match work:
            case "list":
                return await _list(peer, rounds)
            case "informer":
                return await _informer(peer, rounds, resource)
            case "watch":
                return await _watch(peer, rounds, stack, count, version)
            case "get":
                return await _get(peer, rounds, stack, count)
    raise ValueError(f"unknown work {work!r}")


def _peer(client: str) -> Peer:
    if name := _OWN.get(client):
        peer: Peer = getattr(importlib.import_module("bench.own"), name)()
        return peer
    namespace: dict[str, Callable[[], Peer]] = {}
    exec(SOURCES[client].code, namespace)
    return namespace["Peer"]()


async def _list(peer: Peer, rounds: int) -> Result:
    before = memory("VmRSS")
    pods = await peer.list()
    found = Result(count=len(pods), memory=(memory("VmRSS") - before) * 1024)
    del pods
    return await found.measure(rounds, lambda _: peer.list())


async def _informer(peer: Peer, rounds: int, resource: str) -> Result:
    # What the first informer takes once is no part of an object.
    async with peer.informer(resource, _EMPTY):
        gc.collect()
    before = memory("VmRSS")
    async with peer.informer(resource) as objects:
        gc.collect()
        found = Result(count=len(objects), memory=(memory("VmRSS") - before) * 1024)

    del objects
    return await found.measure(rounds, lambda stack: stack.enter_async_context(peer.informer(resource)))


async def _watch(peer: Peer, rounds: int, stack: AsyncExitStack, count: int, version: str) -> Result:
    async def events(_stack: AsyncExitStack) -> None:
        left = count
        async with contextlib.aclosing(peer.watch(version)) as changes:
            async for _ in changes:
                left -= 1
                if not left:
                    return

    await events(stack)
    return await Result(count=count).measure(rounds, events)


async def _get(peer: Peer, rounds: int, stack: AsyncExitStack, count: int) -> Result:
    async def some() -> None:
        for _ in range(count // _IN_FLIGHT):
            await peer.get()

    async def calls(_stack: AsyncExitStack) -> None:
        await asyncio.gather(*(some() for _ in range(_IN_FLIGHT)))

    await calls(stack)
    return await Result(count=count).measure(rounds, calls)


def main() -> None:
    """Measure, and print the result."""
    work, client, kubeconfig, rounds, count, resource, version = sys.argv[1:]
    print(json.dumps(asdict(asyncio.run(run(work, client, kubeconfig, int(rounds), int(count), resource, version)))))


if __name__ == "__main__":
    main()
