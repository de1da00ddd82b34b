"""client-go, Kubernetes' own client in Go, against FakeCluster: its informer and its leader election."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from subprocess import PIPE
from typing import Any, Self

import pytest

from aiokube import MicroTime
from aiokube.testing import FakeCluster
from aiokube.testing.real.binaries import NEWEST, Module, build, cache_directory
from tests.support.children import async_child

pytestmark = [pytest.mark.kubectl, pytest.mark.slow]

MODULE = Module(Path(__file__).parent / "client_go", {"conformance": "aiokube.test/conformance"})
MEDIA_TYPES = {"json": "application/json", "protobuf": "application/vnd.kubernetes.protobuf"}
ALWAYS_THERE = "kube-root-ca.crt="


@pytest.fixture(scope="module")
def program() -> Path:
    return build(MODULE, cache=cache_directory())["conformance"]


class Program:
    """The program, which a test drives by lines."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    @classmethod
    @asynccontextmanager
    async def start(cls, program: Path, *arguments: str | Path) -> AsyncIterator[Self]:
        """Run the program for the time of a block."""
        async with async_child(program, *arguments, stdin=PIPE, stdout=PIPE) as process:
            yield cls(process)

    async def says(self, *expected: str) -> None:
        """Wait for lines in their order; each may come with others before it."""
        assert self._process.stdout is not None
        for line in expected:
            async with asyncio.timeout(20):
                while (found := (await self._process.stdout.readline()).decode()) != f"{line}\n":
                    assert found, f"the program has ended before it said {line!r}"

    async def has(self, *expected: str) -> None:
        """Wait until the informer has these objects, and no others."""
        assert self._process.stdin is not None and self._process.stdout is not None
        async with asyncio.timeout(20):
            while True:
                self._process.stdin.write(b"cache\n")
                found = ""
                while not found.startswith("cache"):
                    found = (await self._process.stdout.readline()).decode()
                    assert found, "the program has ended"
                if found.split()[1:] == sorted([*expected, ALWAYS_THERE]):
                    return
                await asyncio.sleep(0.05)

    async def end(self) -> None:
        """End its input, and wait until it ends."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        async with asyncio.timeout(20):
            assert await self._process.wait() == 0


def test_it_is_of_the_version_of_the_test_cluster() -> None:
    version = r"^\s*k8s.io/client-go (v\S+)"
    assert MODULE.require(version, "client-go") == NEWEST.require(version, "client-go")


async def test_informers_follow_a_cluster_that_fails(program: Path) -> None:
    async with FakeCluster() as cluster, cluster.client() as kube, AsyncExitStack() as stack:
        maps = kube.core_v1.config_maps

        async def put(name: str, value: str) -> None:
            content: dict[str, Any] = {"metadata": {"name": name}, "data": {"x": value}}
            await maps.apply(content, field_manager="test")

        await put("a", "1")
        starting = [Program.start(program, "informer", encoding, cluster.kubeconfig) for encoding in MEDIA_TYPES]
        informers = [await stack.enter_async_context(one) for one in starting]

        async def say(*lines: str) -> None:
            await asyncio.gather(*(one.says(*lines) for one in informers))

        async def have(*objects: str) -> None:
            await asyncio.gather(*(one.has(*objects) for one in informers))

        await say("add a=1", "synced")
        await put("b", "1")
        await say("add b=1")
        await put("a", "2")
        await say("update a=2")
        await maps.delete("b")
        await say("delete b=1")

        cluster.drop_watches()
        await put("c", "1")
        await say("add c=1")

        cluster.expire()
        await put("c", "2")
        await have("a=2", "c=2")

        # They come back with a version that is forgotten by then.
        cluster.drop_watches()
        await put("d", "1")
        cluster.compact()
        await have("a=2", "c=2", "d=1")

        await cluster.restart()
        await maps.delete("a")
        await have("c=2", "d=1")
        for one in informers:
            await one.end()
        sent = [request for request in cluster.requests if "conformance" in request.headers["User-Agent"]]
        assert {request.headers["Accept"].partition(";")[0] for request in sent} == set(MEDIA_TYPES.values())


@pytest.mark.parametrize("encoding", MEDIA_TYPES)
async def test_a_leader_hands_over(program: Path, encoding: str) -> None:
    async with FakeCluster() as cluster, cluster.client() as kube:
        leases = kube.coordination_v1.leases
        async with Program.start(program, "elect", encoding, cluster.kubeconfig, "one") as one:
            await one.says("leading")
            async with Program.start(program, "elect", encoding, cluster.kubeconfig, "two") as two:
                await two.says("leader one")
                renewals: set[MicroTime | None] = set()
                async with asyncio.timeout(10):
                    while len(renewals) < 3:
                        lease = await leases.get("election")
                        assert lease.spec is not None and lease.spec.holder_identity == "one"
                        renewals.add(lease.spec.renew_time)
                        await asyncio.sleep(0.05)
                await one.end()
                await two.says("leading")
                lease = await leases.get("election")
                assert lease.spec is not None and lease.spec.holder_identity == "two"
                await two.end()
        updates = cluster.requests.of(leases.replace)
        assert {request.headers["Content-Type"] for request in updates} == {MEDIA_TYPES[encoding]}
        assert updates[-1].json()["spec"]["leaseTransitions"] >= 1
