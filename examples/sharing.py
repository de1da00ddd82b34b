"""A service that shares ConfigMaps: those of one namespace are copied into every namespace that asks for them.

    python examples/sharing.py --source shared

It copies each ConfigMap with the label `shared=yes` of the source namespace, into each namespace with the label
`shared-config=yes`. A copy that is edited or deleted is repaired. It goes when its source or the label of its namespace
goes, also while the service did not run. Any number of replicas may run: one leads, the others wait. SIGTERM ends it.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import logging
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import NamedTuple

from aiohttp import web

from aiokube import Client, Informer, LeaderElector, WorkQueue
from aiokube.errors import AlreadyExists, Conflict, NotFound
from aiokube.models.core_v1 import ConfigMap, Namespace
from aiokube.models.meta_v1 import ObjectMeta

SHARED = "shared=yes"
ASKING = "shared-config=yes"
COPY_OF = "example.com/copy-of"
MAX_SILENCE = 300  # seconds; a healthy server is heard once a minute

log = logging.getLogger("sharing")


class Key(NamedTuple):
    """The place of a copy."""

    namespace: str
    name: str


def data_of(config_map: ConfigMap) -> tuple[object, object]:
    """Return what a copy has in common with its source."""
    return config_map.data, config_map.binary_data


class Sharing:
    """Copies ConfigMaps, for as long as `run` runs.

    Args:
        kube: The client.
        source: The namespace of the ConfigMaps that are shared.
    """

    def __init__(self, kube: Client, source: str) -> None:
        config_maps = kube.core_v1.config_maps
        self.kube = kube
        self.source = source
        self.sources: Informer[ConfigMap] = config_maps.informer(namespace=source, label_selector=SHARED)
        self.copies: Informer[ConfigMap] = config_maps.informer(all_namespaces=True, label_selector={COPY_OF: source})
        self.asking: Informer[Namespace] = kube.core_v1.namespaces.informer(label_selector=ASKING)
        self.queue = WorkQueue[Key]()
        self.changes = 0
        self.is_running = False

    async def run(self) -> None:
        """Follow the server until cancelled."""
        async with self.sources, self.copies, self.asking, asyncio.TaskGroup() as tasks:
            tasks.create_task(self._follow_sources())
            tasks.create_task(self._follow_copies())
            tasks.create_task(self._follow_namespaces())
            tasks.create_task(self.queue.run(self.reconcile, workers=4))
            self.is_running = True

    @property
    def silence(self) -> float:
        """Seconds since the server was last heard by the informer that has waited longest; 0 before they run."""
        informers = (self.sources, self.copies, self.asking)
        return max(informer.last_heard or 0.0 for informer in informers) if self.is_running else 0.0

    async def reconcile(self, key: Key) -> None:
        """Bring one copy in line with its source, whatever has changed."""
        source = self._source_of(key)
        copy = self.copies.get(key.name, namespace=key.namespace)
        if source is not None and copy is None:
            await self._create(key, source)
        elif source is not None and copy is not None and data_of(copy) != data_of(source):
            await self._repair(key, source, copy)
        elif source is None and copy is not None:
            with contextlib.suppress(NotFound):
                await self.kube.core_v1.config_maps.delete(key.name, namespace=key.namespace)
                self._changed("deleted", key)

    def _source_of(self, key: Key) -> ConfigMap | None:
        """Return what is to be copied; None if there is to be no copy."""
        namespace = self.asking.get(key.namespace)
        if key.namespace == self.source or namespace is None or namespace.metadata.deletion_timestamp:
            return None
        return self.sources.get(key.name, namespace=self.source)

    async def _create(self, key: Key, source: ConfigMap) -> None:
        metadata = ObjectMeta(name=key.name, namespace=key.namespace, labels={COPY_OF: self.source})
        copy = ConfigMap(metadata=metadata, data=source.data, binary_data=source.binary_data)
        try:
            await self.kube.core_v1.config_maps.create(copy)
            self._changed("created", key)
        except AlreadyExists:
            log.warning("%s/%s exists, and is not a copy: it is left alone", *key)

    async def _repair(self, key: Key, source: ConfigMap, copy: ConfigMap) -> None:
        changed = copy.copy()
        changed.data, changed.binary_data = source.data, source.binary_data
        # A conflict means that somebody was faster: their change is on its way, and brings the key back.
        with contextlib.suppress(Conflict):
            await self.kube.core_v1.config_maps.replace(changed)
            self._changed("updated", key)

    def _changed(self, action: str, key: Key) -> None:
        self.changes += 1
        log.info("%s %s/%s", action, *key)

    async def _follow_sources(self) -> None:
        async for change in self.sources.changes():
            name = change.object.metadata.name
            namespaces = {namespace.metadata.name for namespace in self.asking.list()}
            namespaces |= {copy.metadata.namespace for copy in self.copies.list() if copy.metadata.name == name}
            for namespace in namespaces:
                self.queue.add(Key(namespace, name))

    async def _follow_namespaces(self) -> None:
        async for change in self.asking.changes():
            namespace = change.object.metadata.name
            for shared in (*self.sources.list(), *self.copies.list(namespace=namespace)):
                self.queue.add(Key(namespace, shared.metadata.name))

    async def _follow_copies(self) -> None:
        async for change in self.copies.changes():
            metadata = change.object.metadata
            self.queue.add(Key(metadata.namespace, metadata.name))


@asynccontextmanager
async def serving(sharing: Sharing, host: str, port: int) -> AsyncIterator[None]:
    """Serve `/healthz`, for the probes of Kubernetes, and `/metrics`, for Prometheus."""

    async def healthz(_: web.Request) -> web.Response:
        silence = sharing.silence
        return web.Response(text=f"silent for {silence:.0f} s\n", status=200 if silence < MAX_SILENCE else 503)

    async def metrics(_: web.Request) -> web.Response:
        values = {
            "sharing_leads": int(sharing.is_running),
            "sharing_changes_total": sharing.changes,
            "sharing_queue_length": len(sharing.queue),
            "sharing_silence_seconds": round(sharing.silence, 1),
        }
        return web.Response(text="".join(f"{name} {value}\n" for name, value in values.items()))

    app = web.Application()
    app.add_routes([web.get("/healthz", healthz), web.get("/metrics", metrics)])
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
        yield
    finally:
        await runner.cleanup()


async def main(source: str, host: str, port: int) -> None:
    """Share the ConfigMaps of a namespace until SIGTERM, as the leader of all replicas."""
    task = asyncio.current_task()
    assert task is not None
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    async with Client(user_agent="sharing/1.0", field_manager="sharing") as kube:
        sharing = Sharing(kube, source)
        async with serving(sharing, host, port):
            # Cancelled, it releases the lease: the next replica need not wait until it expires.
            await LeaderElector(kube, "sharing", namespace=source).run(sharing.run)


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--source", required=True, metavar="NAMESPACE", help="the namespace of the shared ConfigMaps")
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen on (default: 127.0.0.1)")
    parser.add_argument("--port", type=int, default=8080, help="the port to listen on (default: 8080)")
    arguments = parser.parse_args()
    with contextlib.suppress(KeyboardInterrupt, asyncio.CancelledError):
        asyncio.run(main(arguments.source, arguments.host, arguments.port))
