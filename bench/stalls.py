"""The event loop of an informer of many pods: the longest stall, and what syncs, events and relists cost."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import json
import sys
import time
from array import array
from collections.abc import AsyncIterator
from dataclasses import asdict, dataclass
from pathlib import Path

from aiokube import Client, Config, InformerChange
from aiokube.models import core_v1

from .measure import memory, module
from .rows import Row
from .scale_server import serving

_RATE = 200
_STEADY_S = 10
_BURST = 10_000
_FEW = 20
_TICK_S = 0.001
_PATIENCE_S = 600
_TARGET_S = 0.05


@dataclass(frozen=True, kw_only=True)
class Phase:
    """One phase of a measured process. All times are in seconds."""

    wall: float
    cpu: float
    """CPU time, without that of the task that measures stalls."""
    stall_999: float
    """The 99.9th percentile of the lateness of a task that sleeps for a millisecond."""
    stall: float
    """The longest of these."""
    busy: float
    """The most CPU time between two times that the task woke: a stall that other processes do not lengthen."""
    collections: int
    """Full collections of the garbage collector."""


@dataclass(frozen=True, kw_only=True)
class Stalls:
    """The measurements of one process."""

    objects: int
    kilobytes: float
    """Resident memory per object, after the sync."""
    peak_kilobytes: float
    """The highest resident memory until then, per object."""
    sync: Phase
    steady: Phase
    """Ten seconds of 200 changes in a second, with a full collection in their midst."""
    burst: Phase
    """Some thousand changes as fast as they come."""
    relist: Phase
    """A relist of which a few objects have changed."""
    relist_all: Phase
    """A relist of which every object has changed."""
    events: float
    """Events in a second of CPU time, in the burst."""
    collection: float
    """Seconds of CPU time that a full collection takes."""


class Measurement:
    """A phase that is being measured."""

    def __init__(self) -> None:
        self.late = array("d")
        self.busy = 0.0
        self.collections = 0
        self.wall = -time.perf_counter()
        self.cpu = -time.process_time()

    def end(self) -> None:
        """End the phase."""
        self.wall += time.perf_counter()
        self.cpu += time.process_time()

    def result(self, tick: float) -> Phase:
        """Return the result, after the end. The sleeping task takes `tick` seconds of CPU time each time it wakes."""
        late = sorted(self.late)
        return Phase(
            wall=self.wall,
            cpu=self.cpu - len(late) * tick,
            stall_999=late[len(late) * 999 // 1000],
            stall=late[-1],
            busy=self.busy,
            collections=self.collections,
        )


@contextlib.asynccontextmanager
async def phase() -> AsyncIterator[Measurement]:
    """Measure the work inside of `async with`, and the event loop by a task in it that sleeps."""
    found = Measurement()

    async def sleep() -> None:
        while True:
            due, cpu = time.perf_counter() + _TICK_S, time.process_time()
            try:
                await asyncio.sleep(_TICK_S)
            finally:
                found.late.append(max(0.0, time.perf_counter() - due))
                found.busy = max(found.busy, time.process_time() - cpu)

    def count(when: str, info: dict[str, int]) -> None:
        found.collections += when == "start" and info["generation"] == 2

    task = asyncio.create_task(sleep())
    gc.callbacks.append(count)
    try:
        yield found
    finally:
        found.end()
        gc.callbacks.remove(count)
        task.cancel()
        await asyncio.wait([task])


def stalls(pod: Path, count: int) -> Stalls:
    """Measure an informer of `count` pods in a new process, with a server of its own."""
    print(f"measuring an informer of {count:,} pods ...", file=sys.stderr)
    with serving(pod, count) as server:
        found = json.loads(module("bench.stalls", server.url, str(count)))
    parts = {name: Phase(**value) for name, value in found.items() if isinstance(value, dict)}
    return Stalls(**{**found, **parts})


def stall_rows(pod: Path, count: int) -> list[Row]:
    """Measure the stalls of an informer as rows of the table of `make bench`."""
    found = stalls(pod, count)
    phases = {
        "sync": (found.sync, f"an informer of {count:,} pods fills its cache"),
        "changes": (found.steady, f"{_RATE} of {count:,} pods change in a second, with a full garbage collection"),
        "relist": (found.relist, f"a relist of {count:,} pods, of which {_FEW} have changed"),
        "relist, all changed": (found.relist_all, f"a relist of {count:,} pods that have all changed"),
    }
    return [
        row
        for name, (found_phase, sentence) in phases.items()
        for row in (
            _stall_row(
                f"longest stall: {name}", found_phase.stall, f"longest delay of the task while {sentence}.", _TARGET_S
            ),
            _stall_row(
                f"99.9th percentile: {name}", found_phase.stall_999, "delay that only one in a thousand exceeds, there."
            ),
        )
    ]


def _stall_row(measure: str, seconds: float, sentence: str, most: float | None = None) -> Row:
    return Row(
        section="Event loop",
        measure=measure,
        sentence=sentence,
        ours=seconds * 1e3,
        unit="ms",
        most=None if most is None else most * 1e3,
    )


async def measure(url: str, count: int) -> Stalls:
    """Measure an informer in this process."""
    newest, arrived = 0, asyncio.Event()

    def handler(change: InformerChange[core_v1.Pod]) -> None:
        nonlocal newest
        newest = max(newest, int(change.object.metadata.resource_version))
        arrived.set()

    async def seen(version: int) -> None:
        async with asyncio.timeout(_PATIENCE_S):
            while newest < version:
                await arrived.wait()
                arrived.clear()

    async with contextlib.AsyncExitStack() as stack:
        kube = await stack.enter_async_context(Client(Config(server=url)))
        await kube.core_v1.pods.list(namespace="default", limit=1)
        async with phase() as idle:
            await asyncio.sleep(1)
        tick = idle.cpu / len(idle.late)
        gc.collect()
        before = memory("VmRSS")
        pods = kube.core_v1.pods.informer(namespace="default")
        async with phase() as sync:
            await stack.enter_async_context(pods)
        gc.collect()
        kilobytes, peak = memory("VmRSS") - before, memory("VmHWM") - before
        await pods.add_handler(handler).wait_synced()
        async with phase() as steady:
            await kube.request("POST", "/control/change", query={"rate": _RATE, "count": _RATE * _STEADY_S})
            await asyncio.sleep(_STEADY_S / 2)
            collection = -time.process_time()
            gc.collect()
            collection += time.process_time()
            await seen(count + _RATE * _STEADY_S)
        async with phase() as burst:
            await kube.request("POST", "/control/change", query={"count": _BURST})
            await seen(count + _RATE * _STEADY_S + _BURST)
        relists = []
        for changed in (_FEW, count):
            async with phase() as relist:
                response = await kube.request("POST", "/control/expire", query={"count": changed})
                await seen(int(response.json()["resourceVersion"]))
                # The old states are freed.
                await asyncio.sleep(1)
            relists.append(relist.result(tick))
    return Stalls(
        objects=count,
        kilobytes=kilobytes / count,
        peak_kilobytes=peak / count,
        sync=sync.result(tick),
        steady=steady.result(tick),
        burst=burst.result(tick),
        relist=relists[0],
        relist_all=relists[1],
        events=_BURST / burst.result(tick).cpu,
        collection=collection,
    )


def main() -> None:
    """Measure as this process, and print the result as JSON."""
    print(json.dumps(asdict(asyncio.run(measure(sys.argv[1], int(sys.argv[2]))))))


if __name__ == "__main__":
    main()
