"""The controller in examples/ with two replicas, one of which is killed."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from aiokube import Client, deleted
from aiokube.errors import NotFound
from aiokube.models import core_v1, meta_v1
from tests.cluster.cluster import Cluster
from tests.support.children import async_child

pytestmark = pytest.mark.cluster

SCRIPT = Path(__file__).parents[2] / "examples" / "controller.py"


@asynccontextmanager
async def _replica(cluster: Cluster, namespace: str) -> AsyncIterator[asyncio.subprocess.Process]:
    async with async_child(
        *(sys.executable, SCRIPT, f"--namespace={namespace}", "--lease-seconds=3"),
        env={**os.environ, "KUBECONFIG": str(cluster.kubeconfig)},
        stderr=asyncio.subprocess.PIPE,
    ) as process:
        yield process
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
        _, output = await process.communicate()
        assert b"Traceback" not in output, output.decode()


async def _copy(kube: Client, name: str, fits: Callable[[core_v1.ConfigMap], bool]) -> core_v1.ConfigMap:
    found = await kube.core_v1.config_maps.wait_for(f"{name}-copy", fits, timeout=30)
    assert found is not None
    return found


async def test_a_second_replica_takes_over_from_a_killed_one(cluster: Cluster, kube: Client, namespace: str) -> None:
    maps = kube.core_v1.config_maps
    source = core_v1.ConfigMap(
        metadata=meta_v1.ObjectMeta(name="settings", labels={"mirror": "yes"}), data={"color": "blue"}
    )
    await maps.create(source)
    async with _replica(cluster, namespace) as first:
        first_copy = await _copy(kube, "settings", lambda copy: copy.data == {"color": "blue"})
        leader = first_copy.metadata.annotations["example.com/copied-by"]
        async with _replica(cluster, namespace) as second:
            # The second replica waits, and the first copies further changes.
            await maps.patch("settings", {"data": {"color": "green"}})
            copy = await _copy(kube, "settings", lambda copy: copy.data == {"color": "green"})
            assert copy.metadata.annotations["example.com/copied-by"] == leader

            first.kill()
            await first.wait()
            await maps.patch("settings", {"data": {"color": "red"}})
            copy = await _copy(kube, "settings", lambda copy: copy.data == {"color": "red"})
            assert copy.metadata.annotations["example.com/copied-by"] != leader

            await maps.delete("settings")
            await maps.wait_for("settings-copy", deleted, timeout=30)
            with pytest.raises(NotFound):
                await maps.get("settings-copy")
            assert second.returncode is None
        assert second.returncode == 0
    # A replica that ends regularly releases the lease.
    lease = await kube.coordination_v1.leases.get("mirror")
    assert not lease.spec.holder_identity
