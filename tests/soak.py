"""A soak test: `python -m tests.soak --minutes 10` calls a test cluster through a network that keeps failing.

Tokens expire after a minute, connections are reset, slowed down and blackholed, and the API server is restarted twice.
The test passes if no idempotent call failed, no task, socket or file is left, and memory has not grown.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import os
import random
import stat
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import mean

from aiokube import AiokubeError, Client, Config
from aiokube.errors import Gone
from aiokube.models import meta_v1, rbac_v1
from tests.cluster.cluster import Cluster
from tests.support.proxy import FaultProxy
from tests.support.tokens import service_account_token

# The server accepts a token for a minute after it expires, so each is valid for 70 s. The client reads the file every
# 50 s, and so always has one that is still valid.
_TOKEN_LIFETIME = 10  # seconds
_TOKEN_PERIOD = 12  # seconds
_SAMPLE_PERIOD = 5.0  # seconds
_WORKERS = 5
# Memory may grow by a tenth: the proxy and its faults are in this process too, and fragment the heap.
_GROWTH = 1.10


class Soak:
    """The load, the faults, and their counts."""

    def __init__(self, cluster: Cluster, proxy: FaultProxy, folder: Path, seconds: float) -> None:
        self.cluster = cluster
        self.proxy = proxy
        self.folder = folder
        self.end = time.monotonic() + seconds
        self.seconds = seconds
        self.done: Counter[str] = Counter()
        self.failed: Counter[str] = Counter()
        self.faults: Counter[str] = Counter()
        self.attempts: Counter[str] = Counter()
        self.memory: list[tuple[float, float]] = []
        self.one_fault = asyncio.Lock()

    @property
    def over(self) -> bool:
        """True if the time is up."""
        return time.monotonic() >= self.end

    def write_token(self, uid: str) -> None:
        """Replace the token file and the output of the exec plugin, each atomically."""
        token = service_account_token(self.cluster, uid, expires_in=_TOKEN_LIFETIME)
        expires = datetime.now(UTC) + timedelta(seconds=60)
        credential = {
            "apiVersion": "client.authentication.k8s.io/v1",
            "kind": "ExecCredential",
            "status": {"token": token, "expirationTimestamp": expires.strftime("%Y-%m-%dT%H:%M:%SZ")},
        }
        for name, text in (("token", token), ("credential", json.dumps(credential))):
            (self.folder / f".{name}").write_text(text)
            (self.folder / f".{name}").rename(self.folder / name)

    async def tokens(self, uid: str) -> None:
        """Replace the token periodically."""
        while not self.over:
            self.write_token(uid)
            await asyncio.sleep(_TOKEN_PERIOD)

    async def network(self) -> None:
        """Inject a random network fault every few seconds."""
        while not self.over:
            await asyncio.sleep(random.uniform(2, 6))
            fault = random.choice(("reset", "slow", "blackhole"))
            self.faults[fault] += 1
            async with self.one_fault:
                if fault == "reset":
                    self.proxy.reset()
                elif fault == "slow":
                    self.proxy.slow(0.1)
                    await asyncio.sleep(2)
                else:
                    self.proxy.blackhole()
                    await asyncio.sleep(2)
                self.proxy.restore()

    async def restarts(self) -> None:
        """Restart the API server twice; as with a load balancer, calls get through only when it is ready."""
        for _ in range(2):
            await asyncio.sleep(self.seconds / 3)
            self.faults["restart"] += 1
            async with self.one_fault:
                self.proxy.blackhole()
                await asyncio.to_thread(self.cluster.restart_apiserver)
                self.proxy.restore()

    async def sample(self) -> None:
        """Record the memory periodically."""
        while not self.over:
            gc.collect()
            self.memory.append((time.monotonic(), resident()))
            await asyncio.sleep(_SAMPLE_PERIOD)

    async def repeat(self, name: str, call: Callable[[], Awaitable[object]], *, may_fail: bool = False) -> None:
        """Repeat a call, and count successes and failures."""
        while not self.over:
            try:
                await call()
                self.done[name] += 1
            except AiokubeError as error:
                outcome = "tolerated" if may_fail else "FAILED"
                self.failed[f"{outcome} {name}: {type(error).__name__}"] += 1
                if not may_fail:
                    print(f"{name}: {error} {getattr(error, '__notes__', '')}", file=sys.stderr)
            await asyncio.sleep(0.05)

    async def work(self, label: str, kube: Client) -> None:
        """Run the load of one client."""
        maps = kube.core_v1.config_maps
        name = f"soak-{label}"

        async def change() -> None:
            await maps.apply({"metadata": {"name": name}, "data": {"now": str(time.time())}}, field_manager="soak")

        async def pages() -> None:
            async for _ in kube.core_v1.config_maps.iterate(all_namespaces=True, page_size=2):
                pass

        async def follow() -> None:
            while not self.over:
                try:
                    async with asyncio.timeout(self.end - time.monotonic()):
                        async for _ in maps.watch():
                            self.done[f"{label} events"] += 1
                except Gone:
                    # A restarted server has no history: the watch has expired. An informer would list again.
                    self.done[f"{label} watches restarted"] += 1
                except TimeoutError:
                    return

        await change()
        async with asyncio.TaskGroup() as group:
            for _ in range(_WORKERS):
                group.create_task(self.repeat(f"{label} get", lambda: maps.get(name)))
                group.create_task(self.repeat(f"{label} list", lambda: maps.list(all_namespaces=True)))
            group.create_task(self.repeat(f"{label} iterate", pages))
            group.create_task(self.repeat(f"{label} apply", change, may_fail=True))
            group.create_task(follow())


def resident() -> float:
    """Return the resident memory of this process in MB."""
    status = Path("/proc/self/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS:")) / 1024


def descriptors() -> int:
    """Return the number of open files and sockets."""
    return len(os.listdir("/proc/self/fd"))


async def soak(cluster: Cluster, folder: Path, seconds: float) -> int:
    """Run the soak test for some seconds, print its report, and return the exit code."""
    async with Client(kubeconfig=cluster.kubeconfig) as admin:
        account = await admin.core_v1.service_accounts.get("default", namespace="default")
        await admin.rbac_v1.cluster_role_bindings.create(
            rbac_v1.ClusterRoleBinding(
                metadata=meta_v1.ObjectMeta(name="soak"),
                role_ref=rbac_v1.RoleRef(
                    api_group="rbac.authorization.k8s.io", kind="ClusterRole", name="cluster-admin"
                ),
                subjects=[rbac_v1.Subject(kind="ServiceAccount", name="default", namespace="default")],
            )
        )
    assert account.metadata.uid
    port = int(cluster.url.rpartition(":")[2])
    tasks_before, descriptors_before = len(asyncio.all_tasks()), descriptors()
    async with FaultProxy(port) as proxy:
        run = Soak(cluster, proxy, folder, seconds)
        run.write_token(account.metadata.uid)
        server = f"https://127.0.0.1:{proxy.port}"
        file_config = Config(server=server, certificate_authority=cluster.ca_file, token_file=folder / "token")
        plugin_config = Config.load(
            kubeconfig=cluster.write_kubeconfig(folder / "config", server=server, user={"exec": _plugin(folder)})
        )

        def count(label: str) -> Callable[[object], None]:
            def observe(attempt: object) -> None:
                run.attempts[f"{label} {getattr(attempt, 'status', None) or getattr(attempt, 'error', None)}"] += 1

            return observe

        async with (
            Client(file_config, on_request=count("token file")) as by_file,
            Client(plugin_config, on_request=count("plugin")) as by_plugin,
            asyncio.TaskGroup() as group,
        ):
            group.create_task(run.tokens(account.metadata.uid))
            group.create_task(run.network())
            group.create_task(run.restarts())
            group.create_task(run.sample())
            group.create_task(run.work("token-file", by_file))
            group.create_task(run.work("plugin", by_plugin))
        run.proxy.restore()
    await asyncio.sleep(1)
    return _report(run, len(asyncio.all_tasks()) - tasks_before, descriptors() - descriptors_before)


def _plugin(folder: Path) -> dict[str, object]:
    path = folder / "plugin"
    path.write_text(f"#!/bin/sh\nexec cat '{folder / 'credential'}'\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    version = "client.authentication.k8s.io/v1"
    return {"apiVersion": version, "command": str(path), "interactiveMode": "Never"}


def _report(run: Soak, tasks: int, files: int) -> int:
    early, late = _second_and_last_quarter([memory for _, memory in run.memory])
    print(f"{run.seconds:.0f} s; faults: {dict(run.faults)}")
    print(f"done: {dict(run.done)}")
    print(f"attempts: {dict(run.attempts)}")
    print(f"failed: {dict(run.failed)}")
    print(f"left: {tasks} tasks, {files} files and sockets")
    print(f"memory: {early:.1f} MB in the second quarter, {late:.1f} MB in the last")
    print(f"curve: {' '.join(f'{memory:.1f}' for _, memory in run.memory[:: max(1, len(run.memory) // 20)])} MB")
    broken = [name for name in run.failed if name.startswith("FAILED")]
    return 1 if broken or tasks or files or late > early * _GROWTH else 0


def _second_and_last_quarter(memory: list[float]) -> tuple[float, float]:
    """Return the mean memory of the second and of the last quarter; the first is the warm-up."""
    quarter = max(1, len(memory) // 4)
    return mean(memory[quarter : 2 * quarter]), mean(memory[-quarter:])


def main() -> int:
    """Run the soak test on a new cluster, and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0, metavar="N")
    minutes = parser.parse_args().minutes
    with Cluster() as cluster:
        return asyncio.run(soak(cluster, cluster.directory, minutes * 60))


if __name__ == "__main__":
    sys.exit(main())
