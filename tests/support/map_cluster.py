"""FakeCluster, as tests of lists and watches of ConfigMaps use it: what other clients change, in one line.

async with MapCluster() as server, server.client() as kube:
    server.put("settings", {"a": "1"})
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from typing import Any, Self

from aiokube.testing import FakeCluster, ReceivedRequest

Object = dict[str, Any]

Fault = Callable[..., object]
"""A fault of FakeCluster, for parameters of tests: `fault(server, 3, verbs=WATCHES)`."""

LISTS = ("list",)
WATCHES = ("watch",)

START = 300
"""The resource version that a cluster begins with, after that of all that it has from the beginning."""


def event_line(type: str, obj: Any) -> bytes:
    """Return an event as a line of a watch."""
    return json.dumps({"type": type, "object": obj}, separators=(",", ":")).encode() + b"\n"


class MapCluster(FakeCluster):
    """A cluster without ConfigMaps, at resource version 300."""

    def __init__(self) -> None:
        super().__init__()
        self._uids = itertools.count(1)

    async def __aenter__(self) -> Self:
        await super().__aenter__()
        for obj in self.objects("configmaps"):
            self.lose_object("configmaps", obj["metadata"]["name"], namespace=obj["metadata"]["namespace"])
        assert int(self.resource_version) <= START
        self.advance_to(START)
        return self

    def put(self, name: str, data: Any = None, *, namespace: str = "default", **metadata: Any) -> Object:
        """Create or replace a ConfigMap, whatever is in it."""
        present = self.find(name, namespace)
        uid = present["metadata"]["uid"] if present else f"uid-{next(self._uids)}"
        content = {"metadata": {"uid": uid, **metadata}, "data": {} if data is None else data}
        return self.odd_object("configmaps", name, content, namespace=namespace)

    def delete(self, name: str, *, namespace: str = "default") -> None:
        """Delete a ConfigMap."""
        self.lose_object("configmaps", name, namespace=namespace)

    def find(self, name: str, namespace: str = "default") -> Object | None:
        """Return a ConfigMap; None if there is none."""
        found = self.objects("configmaps", namespace=namespace)
        return next((obj for obj in found if obj["metadata"]["name"] == name), None)

    def advance_to(self, version: int) -> None:
        """Let other resources change until the resource version is as high as this."""
        while int(self.resource_version) < version:
            self.odd_object("leases.coordination.k8s.io", "tick", {}, namespace="kube-system")

    @property
    def lists(self) -> list[ReceivedRequest]:
        """The lists that were requested."""
        return [request for request in self.requests if request.verb == "list"]

    @property
    def watches(self) -> list[ReceivedRequest]:
        """The watches that were requested."""
        return [request for request in self.requests if request.verb == "watch"]

    async def wait_watches(self, count: int = 1) -> None:
        """Wait until this number of watches was requested, and at least one is open."""
        await self.wait_until(lambda: len(self.watches) >= count and self.watching, timeout=None)
