"""Clients of tests, each with a namespace of its own as its default one."""

from __future__ import annotations

import contextlib
import dataclasses
import time
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from ..runtime.base_client import BaseClient
from ..runtime.config.config import Config
from ..runtime.errors import NotFound
from ..runtime.watching.wait import created
from .cluster import FakeCluster

Make = Callable[[Config], BaseClient]
"""A class of clients, or a function that makes one."""

_LABELS = {"app.kubernetes.io/managed-by": "aiokube-testing"}
"""Labels of namespaces, by which those that a killed run has left are found."""

_READY_TIMEOUT = 20.0
"""Seconds that the controllers of a cluster get to make a namespace ready for pods."""


@asynccontextmanager
async def client_of_fake(cluster: FakeCluster, make: Make, namespace: str) -> AsyncIterator[BaseClient]:
    """A client of a fake cluster. Its namespace is there without a request, which the test would find among its own."""
    labels = {**_LABELS, "kubernetes.io/metadata.name": namespace}
    created_at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    metadata = {"uid": str(uuid.uuid4()), "creationTimestamp": created_at, "labels": labels}
    content = {"metadata": metadata, "spec": {"finalizers": ["kubernetes"]}, "status": {"phase": "Active"}}
    cluster.odd_object("namespaces", namespace, content)
    async with make(cluster.config(namespace=namespace)) as client:
        yield client


@asynccontextmanager
async def client_of(
    config: Config, make: Make, namespace: str, *, has_controllers: bool = True
) -> AsyncIterator[BaseClient]:
    """A client of a real cluster. Its namespace is deleted afterwards.

    Args:
        config: The cluster and the user.
        make: Makes the client.
        namespace: Name of the namespace.
        has_controllers: False for a cluster in which nothing makes service accounts.

    Raises:
        ApiError: The user may not create namespaces.
        WaitTimeout: The namespace did not get its service account, which pods need.
    """
    config = dataclasses.replace(config, namespace=namespace)
    # Of its own, since the test may close its client.
    async with BaseClient(config) as administrator:
        namespaces = administrator.api("namespaces")
        await namespaces.create({"metadata": {"name": namespace, "labels": _LABELS}})
        try:
            if has_controllers:
                await administrator.api("serviceaccounts").wait_for("default", created, timeout=_READY_TIMEOUT)
            async with make(config) as client:
                yield client
        finally:
            with contextlib.suppress(NotFound):
                await namespaces.delete(namespace)
