"""A controller with informers, a work queue, owner references and leader election.

    python examples/controller.py --namespace shop

It keeps a copy, `<name>-copy`, of every ConfigMap with the label `mirror=yes`. A copy that somebody edits or deletes is
repaired. A copy whose source is gone, or has lost the label, is deleted: by the controller, or, while none runs, by
Kubernetes, because the source owns it. Any number of replicas may run: one is the leader and works, and another takes
over when it stops.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import logging
import signal

from aiokube import Client, Informer, LeaderElector, WorkQueue
from aiokube.errors import NotFound
from aiokube.models import core_v1, meta_v1

SOURCE = {"mirror": "yes"}
COPY = {"mirror": "copy"}

log = logging.getLogger("controller")


def owner(source: core_v1.ConfigMap) -> meta_v1.OwnerReference:
    """Make the reference by which Kubernetes deletes a copy after its source."""
    return meta_v1.OwnerReference(
        api_version="v1", kind="ConfigMap", name=source.metadata.name, uid=source.metadata.uid, controller=True
    )


def is_copy(copy: core_v1.ConfigMap, source: core_v1.ConfigMap) -> bool:
    """Return True if nothing of a copy has to be repaired."""
    return (
        copy.metadata.labels.get("mirror") == "copy"
        and [reference.uid for reference in copy.metadata.owner_references] == [source.metadata.uid]
        and (copy.data, copy.binary_data) == (source.data, source.binary_data)
    )


class Mirror:
    """Brings copies in line with their sources.

    Args:
        kube: The client.
        sources: The cached sources.
        copies: The cached copies.
        worker: The name of this replica, which copies are annotated with.
    """

    def __init__(
        self, kube: Client, sources: Informer[core_v1.ConfigMap], copies: Informer[core_v1.ConfigMap], worker: str
    ) -> None:
        self.config_maps = kube.core_v1.config_maps
        self.sources = sources
        self.copies = copies
        self.worker = worker

    async def reconcile(self, name: str) -> None:
        """Bring the copy of one ConfigMap in line with it, whatever has changed. The queue retries errors."""
        source, copy = self.sources.get(name), self.copies.get(f"{name}-copy")
        if source is not None and (copy is None or not is_copy(copy, source)):
            await self.repair(source)
        elif source is None and copy is not None:
            await self.delete(copy)

    async def repair(self, source: core_v1.ConfigMap) -> None:
        """Create the copy of a source, or correct the one that there is."""

        def correct(copy: core_v1.ConfigMap) -> None:
            uids = {reference.uid for reference in copy.metadata.owner_references}
            if copy.metadata.labels.get("mirror") != "copy" and source.metadata.uid not in uids:
                raise RuntimeError(f"{copy.metadata.name} is not a copy: it has neither the label nor the owner of one")
            copy.metadata.labels |= COPY
            copy.metadata.annotations["example.com/copied-by"] = self.worker
            copy.metadata.owner_references = [owner(source)]
            copy.data, copy.binary_data = dict(source.data), dict(source.binary_data)

        name = f"{source.metadata.name}-copy"
        try:
            await self.config_maps.edit(name, correct)
        except NotFound:
            copy = core_v1.ConfigMap(metadata=meta_v1.ObjectMeta(name=name, labels=dict(COPY), annotations={}))
            correct(copy)
            await self.config_maps.create(copy)
        log.info("copied %s", source.metadata.name)

    async def delete(self, copy: core_v1.ConfigMap) -> None:
        """Delete a copy, unless Kubernetes has done so, or another one has its name by now."""
        with contextlib.suppress(NotFound):
            await self.config_maps.delete(copy.metadata.name, options={"preconditions": {"uid": copy.metadata.uid}})
        log.info("deleted %s", copy.metadata.name)


async def work(kube: Client, worker: str) -> None:
    """Reconcile every ConfigMap with the label, until cancelled."""
    queue = WorkQueue[str]()
    config_maps = kube.core_v1.config_maps
    # The copies first: each has a source that the second cache has seen, unless it is gone.
    async with (
        config_maps.informer(label_selector=COPY) as copies,
        config_maps.informer(label_selector=SOURCE) as sources,
        asyncio.TaskGroup() as group,
    ):

        async def enqueue_sources() -> None:
            async for change in sources.changes():
                queue.add(change.object.metadata.name)

        async def enqueue_sources_of_copies() -> None:
            async for change in copies.changes():
                queue.add(change.object.metadata.name.removesuffix("-copy"))

        group.create_task(enqueue_sources())
        group.create_task(enqueue_sources_of_copies())
        group.create_task(queue.run(Mirror(kube, sources, copies, worker).reconcile, workers=4))


async def main(namespace: str | None, lease_seconds: float) -> None:
    """Take part in the election, and work while elected."""
    async with Client(namespace=namespace) as kube:
        elector = LeaderElector(
            kube,
            "mirror",
            lease_duration=lease_seconds,
            renew_deadline=lease_seconds * 2 / 3,
            retry_period=lease_seconds / 8,
        )
        # Kubernetes stops a pod with SIGTERM. A leader that is cancelled releases the lease to the next one.
        task = asyncio.current_task()
        assert task is not None
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
        await elector.run(lambda: work(kube, elector.identity))


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s: %(message)s")
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--namespace", metavar="NAME", help="default: the namespace of the current context")
    parser.add_argument("--lease-seconds", type=float, default=15.0, metavar="SECONDS", help="default: 15")
    arguments = parser.parse_args()
    with contextlib.suppress(KeyboardInterrupt, asyncio.CancelledError):
        asyncio.run(main(arguments.namespace, arguments.lease_seconds))
