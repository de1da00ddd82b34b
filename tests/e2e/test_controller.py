"""The controller in examples/: it repairs what it keeps, leaves nothing behind, and outlives its leader."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from aiokube import Client, deleted
from aiokube.errors import NotFound
from aiokube.models import core_v1, meta_v1
from tests.cluster.cluster import Cluster
from tests.support.children import async_child

pytestmark = pytest.mark.cluster

SCRIPT = Path(__file__).parents[2] / "examples" / "controller.py"


@pytest.fixture
def kubeconfig(cluster: Cluster, namespace: str, tmp_path: Path) -> Path:
    """That of a user who has the documented rights, and no others."""
    user = f"mirror-of-{namespace}"
    for name, verbs, resource in (
        ("copier", "get,list,watch,create,patch,delete", "configmaps"),
        ("leader", "get,create,update", "leases.coordination.k8s.io"),
    ):
        cluster.kubectl("create", "role", name, f"--verb={verbs}", f"--resource={resource}", "-n", namespace)
        cluster.kubectl("create", "rolebinding", name, f"--role={name}", f"--user={user}", "-n", namespace)
    certificate = cluster.client_certificate(user)
    return cluster.write_kubeconfig(tmp_path / "kubeconfig", certificate=certificate)


@asynccontextmanager
async def _replica(
    kubeconfig: Path, namespace: str, *, may_fail: bool = False
) -> AsyncIterator[asyncio.subprocess.Process]:
    """A process of the example, which is stopped when the block ends."""
    async with async_child(
        *(sys.executable, SCRIPT, f"--namespace={namespace}", "--lease-seconds=3"),
        env={**os.environ, "KUBECONFIG": str(kubeconfig)},
        stderr=asyncio.subprocess.PIPE,
    ) as process:
        yield process
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
        _, output = await process.communicate()
        assert may_fail or b"Traceback" not in output, output.decode()


async def _copy(kube: Client, name: str, fits: Callable[[core_v1.ConfigMap], bool]) -> core_v1.ConfigMap:
    found = await kube.core_v1.config_maps.wait_for(f"{name}-copy", fits, timeout=30)
    assert found is not None
    return found


def _source(name: str, **data: str) -> core_v1.ConfigMap:
    return core_v1.ConfigMap(metadata=meta_v1.ObjectMeta(name=name, labels={"mirror": "yes"}), data=data)


async def test_an_edited_or_deleted_copy_is_repaired(kubeconfig: Path, kube: Client, namespace: str) -> None:
    maps = kube.core_v1.config_maps
    source = await maps.create(_source("settings", color="blue"))

    def is_whole(copy: core_v1.ConfigMap) -> bool:
        return (
            copy.data == {"color": "blue"}
            and copy.metadata.labels == {"mirror": "copy"}
            and [owner.uid for owner in copy.metadata.owner_references] == [source.metadata.uid]
        )

    async with _replica(kubeconfig, namespace):
        copy = await _copy(kube, "settings", is_whole)
        edits: list[dict[str, Any]] = [
            {"data": {"color": "red"}},
            {"data": {"color": None}},
            {"data": {"size": "large"}},
            {"metadata": {"labels": {"mirror": None}}},
            {"metadata": {"ownerReferences": None}},
        ]
        for edit in edits:
            edited = await maps.patch("settings-copy", edit)
            assert not is_whole(edited)
            copy = await _copy(kube, "settings", is_whole)
        await maps.delete("settings-copy")
        again = await _copy(kube, "settings", is_whole)
        assert again.metadata.uid != copy.metadata.uid


async def test_a_source_that_goes_or_loses_its_label_leaves_no_copy(
    kubeconfig: Path, kube: Client, namespace: str
) -> None:
    maps = kube.core_v1.config_maps
    for name in ("gone-while-running", "gone-meanwhile", "unlabelled-meanwhile", "stays"):
        await maps.create(_source(name, color="blue"))
    async with _replica(kubeconfig, namespace):
        for name in ("gone-while-running", "gone-meanwhile", "unlabelled-meanwhile", "stays"):
            await _copy(kube, name, lambda copy: copy.data == {"color": "blue"})
        await maps.delete("gone-while-running")
        await maps.wait_for("gone-while-running-copy", deleted, timeout=30)

    # Nobody runs: Kubernetes deletes what the source owned.
    await maps.delete("gone-meanwhile")
    await maps.wait_for("gone-meanwhile-copy", deleted, timeout=60)
    # The owner is still there, so that only the controller knows.
    await maps.label("unlabelled-meanwhile", {"mirror": None})

    async with _replica(kubeconfig, namespace):
        await maps.wait_for("unlabelled-meanwhile-copy", deleted, timeout=30)
        assert [copy.metadata.name async for copy in maps.iterate(label_selector="mirror=copy")] == ["stays-copy"]


async def test_a_config_map_that_only_has_the_name_of_a_copy_is_left_alone(
    kubeconfig: Path, kube: Client, namespace: str
) -> None:
    maps = kube.core_v1.config_maps
    await maps.create(core_v1.ConfigMap(metadata=meta_v1.ObjectMeta(name="settings-copy"), data={"mine": "yes"}))
    await maps.create(_source("settings", color="blue"))
    async with _replica(kubeconfig, namespace, may_fail=True) as process, asyncio.timeout(30):
        assert process.stderr is not None
        while b"settings-copy is not a copy" not in (line := await process.stderr.readline()):
            assert line, "the example has ended"
    assert (await maps.get("settings-copy")).data == {"mine": "yes"}


async def test_a_second_replica_takes_over_from_a_killed_one(kubeconfig: Path, kube: Client, namespace: str) -> None:
    maps = kube.core_v1.config_maps
    await maps.create(_source("settings", color="blue"))
    async with _replica(kubeconfig, namespace) as first:
        first_copy = await _copy(kube, "settings", lambda copy: copy.data == {"color": "blue"})
        leader = first_copy.metadata.annotations["example.com/copied-by"]
        async with _replica(kubeconfig, namespace) as second:
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
