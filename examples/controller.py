"""A controller with an informer, a work queue and leader election.

    python examples/controller.py --namespace shop

It keeps a copy, `<name>-copy`, of every ConfigMap with the label `mirror=yes`. Any number of replicas may run: one
is the leader and works, and another takes over when it stops. The informer caches the ConfigMaps. The work queue hands
each name to one worker at a time, and retries a name that failed.
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

LABEL = "mirror=yes"

log = logging.getLogger("controller")


async def reconcile(kube: Client, sources: Informer[core_v1.ConfigMap], name: str, worker: str) -> None:
    """Bring the copy of one ConfigMap in line with the original, whatever has changed."""
    source = sources.get(name)
    if source is None:
        try:
            await kube.core_v1.config_maps.delete(f"{name}-copy")
        except NotFound:
            return
        log.info("deleted the copy of %s", name)
        return
    copy = core_v1.ConfigMap(
        metadata=meta_v1.ObjectMeta(name=f"{name}-copy", annotations={"example.com/copied-by": worker}),
        data=source.data,
        binary_data=source.binary_data,
    )
    await kube.core_v1.config_maps.apply(copy, field_manager="mirror", force=True)
    log.info("copied %s", name)


async def work(kube: Client, worker: str) -> None:
    """Reconcile every ConfigMap with the label, until cancelled."""
    queue = WorkQueue[str]()
    async with kube.core_v1.config_maps.informer(label_selector=LABEL) as sources:

        async def enqueue_changes() -> None:
            async for change in sources.changes():
                queue.add(change.object.metadata.name)

        async with asyncio.TaskGroup() as group:
            group.create_task(enqueue_changes())
            group.create_task(queue.run(lambda name: reconcile(kube, sources, name, worker), workers=4))


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
