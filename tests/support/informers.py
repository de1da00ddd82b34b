"""Helpers for tests of informers of ConfigMaps."""

from __future__ import annotations

import asyncio

from aiokube import Informer, InformerChange
from aiokube.models import core_v1

from .map_cluster import MapCluster

Maps = Informer[core_v1.ConfigMap]


def cached(informer: Maps) -> dict[str, str | None]:
    """Return the resource versions in the cache, by key."""
    return {str(key): version_of(informer.get(key)) for key in informer}


def truth(server: MapCluster) -> dict[str, str | None]:
    """Return the resource versions on the server, by key."""
    found = (obj["metadata"] for obj in server.objects("configmaps"))
    return {f"{one['namespace']}/{one['name']}": one["resourceVersion"] for one in found}


def version_of(obj: core_v1.ConfigMap | None) -> str | None:
    """Return the resource version of an object that exists."""
    assert obj is not None
    return obj.metadata.resource_version


async def converge(server: MapCluster, informer: Maps, within: float = 100.0) -> None:
    """Wait until the cache equals the server's state, for at most `within` seconds."""
    async with asyncio.timeout(within):
        while cached(informer) != truth(server):
            await asyncio.sleep(0.5)


class Recorder:
    """A handler that records the changes it receives."""

    def __init__(self) -> None:
        self.changes: list[InformerChange[core_v1.ConfigMap]] = []

    def __call__(self, change: InformerChange[core_v1.ConfigMap]) -> None:
        self.changes.append(change)

    @property
    def received(self) -> list[str]:
        return [f"{change.type} {change.key.name}" for change in self.changes]

    async def wait(self, count: int) -> None:
        """Wait until this number of changes was received."""
        async with asyncio.timeout(300):
            while len(self.changes) < count:
                await asyncio.sleep(0.1)


class Consumer:
    """A handler that rebuilds the state from changes, and records inconsistent ones.

    Args:
        pause: Seconds that each change takes.
    """

    def __init__(self, pause: float) -> None:
        self.objects: dict[str, core_v1.ConfigMap] = {}
        self.mistakes: list[str] = []
        self._pause = pause

    async def __call__(self, change: InformerChange[core_v1.ConfigMap]) -> None:
        name = str(change.key)
        known = self.objects.get(name)
        if (change.type == "ADDED") != (known is None) or (change.type == "MODIFIED" and change.old is not known):
            self.mistakes.append(f"{change.type} of {name}, last seen as {known}")
        if change.type == "DELETED":
            self.objects.pop(name, None)
        else:
            self.objects[name] = change.object
        await asyncio.sleep(self._pause)
