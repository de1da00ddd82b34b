"""Clients of tests: each with a namespace of its own as its default one, with more namespaces, and for other users."""

from __future__ import annotations

import contextlib
import itertools
import time
import uuid
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Protocol

from ..runtime.base_client import BaseClient
from ..runtime.config.config import Config
from ..runtime.config.identity import Impersonation
from ..runtime.errors import NotFound
from ..runtime.watching.wait import created
from .cluster import FakeCluster

Make = Callable[[Config], BaseClient]
"""A class of clients, or a function that makes one."""

_LABELS = {"app.kubernetes.io/managed-by": "aiokube-testing"}
"""Labels of namespaces, by which those that a killed run has left are found."""

_READY_TIMEOUT = 20.0
"""Seconds that the controllers of a cluster get to make a namespace ready for pods."""


class _Namespaces(Protocol):
    """How namespaces are made on a cluster."""

    async def create(self, name: str, labels: Mapping[str, str]) -> None: ...

    async def wait(self, name: str) -> None: ...


class TestClient:
    """A client of a test, with what it gives the test beside.

    Args:
        config: The configuration of the client; its namespace is the test's own.
        make: Makes the client.
        namespaces: Makes namespaces.
    """

    __test__ = False

    def __init__(self, config: Config, make: Make, namespaces: _Namespaces) -> None:
        self.client: BaseClient = make(config)
        self.names: list[str] = []
        """The namespaces of the test."""
        self._numbers = itertools.count(1)
        self._config = config
        self._make = make
        self._namespaces = namespaces

    def client_of(self, user: str, groups: Sequence[str] = ()) -> BaseClient:
        """Return a client of another user, by impersonation."""
        return self._make(replace(self._config, impersonate=Impersonation(user=user, groups=tuple(groups))))

    async def new_namespace(self, *, labels: Mapping[str, str] = {}) -> str:
        """Make one more namespace, which goes with that of the test; return its name."""
        number = next(self._numbers)
        name = self._config.namespace + (f"-{number}" if number > 1 else "")
        await self._namespaces.create(name, {**labels, **_LABELS})
        self.names.append(name)
        await self._namespaces.wait(name)
        return name


class _NamespacesOfFake:
    """Namespaces that are there without a request, which a test would find among its own."""

    def __init__(self, cluster: FakeCluster) -> None:
        self._cluster = cluster

    async def create(self, name: str, labels: Mapping[str, str]) -> None:
        labels = {**labels, "kubernetes.io/metadata.name": name}
        created_at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        metadata = {"uid": str(uuid.uuid4()), "creationTimestamp": created_at, "labels": labels}
        content = {"metadata": metadata, "spec": {"finalizers": ["kubernetes"]}, "status": {"phase": "Active"}}
        self._cluster.odd_object("namespaces", name, content)

    async def wait(self, name: str) -> None:
        pass


class _NamespacesOfReal:
    """Namespaces with their service account, which pods need."""

    def __init__(self, administrator: BaseClient, has_controllers: bool) -> None:
        self._administrator = administrator
        self._has_controllers = has_controllers

    async def create(self, name: str, labels: Mapping[str, str]) -> None:
        namespaces = self._administrator.api("namespaces")
        await namespaces.create({"metadata": {"name": name, "labels": labels}})

    async def wait(self, name: str) -> None:
        if self._has_controllers:
            accounts = self._administrator.api("serviceaccounts")
            await accounts.wait_for("default", created, timeout=_READY_TIMEOUT, namespace=name)


@asynccontextmanager
async def client_of_fake(cluster: FakeCluster, make: Make, namespace: str) -> AsyncIterator[TestClient]:
    """A client of a fake cluster, with which its namespaces go."""
    made = TestClient(cluster.config(namespace=namespace), make, _NamespacesOfFake(cluster))
    await made.new_namespace()
    async with made.client:
        yield made


@asynccontextmanager
async def client_of(
    config: Config, make: Make, namespace: str, *, has_controllers: bool = True
) -> AsyncIterator[TestClient]:
    """A client of a real cluster. Its namespaces are deleted afterwards.

    Args:
        config: The cluster and the user.
        make: Makes the client.
        namespace: Name of the namespace.
        has_controllers: False for a cluster in which nothing makes service accounts.

    Raises:
        ApiError: The user may not create namespaces.
        WaitTimeout: The namespace did not get its service account, which pods need.
    """
    config = replace(config, namespace=namespace)
    # Of its own, since the test may close its client.
    async with BaseClient(config) as administrator:
        made = TestClient(config, make, _NamespacesOfReal(administrator, has_controllers))
        try:
            await made.new_namespace()
            async with made.client:
                yield made
        finally:
            for name in made.names:
                with contextlib.suppress(NotFound):
                    await administrator.api("namespaces").delete(name)
