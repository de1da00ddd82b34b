"""kubectl's own logs, exec, attach, cp and port-forward against FakeCluster, answered by functions of the test."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from aiokube.models import core_v1, meta_v1
from aiokube.testing import ContainerSession, FakeCluster, PortConnection, ProxiedRequest, ProxiedResponse
from aiokube.testing.real.binaries import locate
from tests.cluster.cluster import PROGRAMS
from tests.support.children import async_child

pytestmark = [pytest.mark.kubectl, pytest.mark.slow]


@pytest.fixture
async def cluster() -> AsyncIterator[FakeCluster]:
    async with FakeCluster(pods_run=True) as running:
        async with running.client() as kube:
            spec = core_v1.PodSpec(containers=[core_v1.Container(name="web", image="nginx")])
            await kube.core_v1.pods.create(core_v1.Pod(metadata=meta_v1.ObjectMeta(name="web"), spec=spec))
        yield running


async def kubectl(cluster: FakeCluster, *arguments: str, code: int = 0, stdin: str = "") -> str:
    """Run kubectl, and return its output."""
    pipe = asyncio.subprocess.PIPE
    command: tuple[str | Path, ...] = (locate(PROGRAMS)["kubectl"], "--kubeconfig", cluster.kubeconfig, *arguments)
    async with (
        asyncio.timeout(30),
        async_child(*command, stdin=pipe, stdout=pipe, stderr=asyncio.subprocess.STDOUT) as process,
    ):
        output, _ = await process.communicate(stdin.encode())
    assert process.returncode == code, (arguments, output)
    return output.decode()


async def test_it_reads_and_follows_logs(cluster: FakeCluster) -> None:
    cluster.pods.write_log("web", "one\ntwo")
    assert await kubectl(cluster, "logs", "web") == "one\ntwo\n"
    assert await kubectl(cluster, "logs", "web", "--tail=1") == "two\n"
    assert re.match(r"\d{4}-\d\d-\d\dT.*Z one\n", await kubectl(cluster, "logs", "web", "--timestamps"))
    following = asyncio.create_task(kubectl(cluster, "logs", "--follow", "web"))
    while not _followed(cluster):
        await asyncio.sleep(0.02)
    cluster.pods.write_log("web", "three")
    cluster.pods.finish("web", exit_code=1)
    assert await following == "one\ntwo\nthree\n"
    assert await kubectl(cluster, "logs", "web", "--previous") == "one\ntwo\nthree\n"
    assert "container nope is not valid" in await kubectl(cluster, "logs", "web", "-c", "nope", code=1)


def _followed(cluster: FakeCluster) -> bool:
    return any(one.query.get("follow") == "true" and one.subresource == "log" for one in cluster.requests)


async def test_it_runs_commands(cluster: FakeCluster) -> None:
    @cluster.on_exec
    async def run(session: ContainerSession) -> int:
        if session.stdin is not None:
            await session.write((await session.stdin.read()).upper())
        await session.write(" ".join(session.command) + "\n")
        await session.write_error("bad\n")
        return 3 if session.command == ("fail",) else 0

    assert set((await kubectl(cluster, "exec", "web", "--", "echo", "a")).splitlines()) == {"echo a", "bad"}
    assert "IN" in await kubectl(cluster, "exec", "-i", "web", "--", "echo", stdin="in")
    assert "command terminated with exit code 3" in await kubectl(cluster, "exec", "web", "--", "fail", code=3)
    assert 'pods "nope" not found' in await kubectl(cluster, "exec", "nope", "--", "x", code=1)


async def test_it_is_told_which_function_is_missing(cluster: FakeCluster) -> None:
    assert "on_exec" in await kubectl(cluster, "exec", "web", "--", "x", code=1)


async def test_it_attaches(cluster: FakeCluster) -> None:
    @cluster.on_attach
    async def serve(session: ContainerSession) -> int:
        await session.write("hello\n")
        return 0

    assert "hello\n" in await kubectl(cluster, "attach", "web")


async def test_it_copies_files(cluster: FakeCluster, tmp_path: Path) -> None:
    inside = tmp_path / "inside"
    inside.mkdir()

    @cluster.on_exec
    async def run(session: ContainerSession) -> int:
        received = tmp_path / "received"
        received.write_bytes(await session.stdin.read() if session.stdin is not None else b"")
        with received.open("rb") as stdin:
            async with async_child(*session.command, stdin=stdin, stdout=asyncio.subprocess.PIPE) as process:
                assert process.stdout is not None
                await session.write(await process.stdout.read())
                return await process.wait()

    (tmp_path / "here").write_text("content")
    await kubectl(cluster, "cp", str(tmp_path / "here"), f"web:{inside}/there")
    assert (inside / "there").read_text() == "content"
    await kubectl(cluster, "cp", f"web:{inside}/there", str(tmp_path / "back"))
    assert (tmp_path / "back").read_text() == "content"


async def test_it_proxies(cluster: FakeCluster) -> None:
    @cluster.on_proxy
    async def answer(request: ProxiedRequest) -> ProxiedResponse:
        return ProxiedResponse(body=f"{request.name}{request.path}")

    raw = "/api/v1/namespaces/default/pods/web:80/proxy/healthz"
    assert await kubectl(cluster, "get", "--raw", raw) == "web/healthz"


async def test_it_forwards_ports(cluster: FakeCluster) -> None:
    @cluster.on_port_forward
    async def serve(connection: PortConnection) -> None:
        request = await connection.reader.readuntil(b"\r\n\r\n")
        if b"/refused" in request:
            raise OSError("connection refused")
        body = b"x" * 100_000
        await connection.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\nConnection: close\r\n\r\n" + body)

    command: tuple[str | Path, ...] = (locate(PROGRAMS)["kubectl"], "--kubeconfig", cluster.kubeconfig)
    pipe = asyncio.subprocess.PIPE
    async with (
        asyncio.timeout(30),
        async_child(*command, "port-forward", "web", ":80", stdout=pipe, stderr=pipe) as process,
        aiohttp.ClientSession() as session,
    ):
        assert process.stdout is not None and process.stderr is not None
        line = (await process.stdout.readline()).decode()
        found = re.match(r"Forwarding from 127\.0\.0\.1:(\d+) -> 80", line)
        assert found is not None, line
        url = f"http://127.0.0.1:{found[1]}"

        async def size() -> int:
            async with session.get(f"{url}/") as response:
                return len(await response.read())

        assert await asyncio.gather(*(size() for _ in range(4))) == [100_000] * 4
        with pytest.raises(aiohttp.ClientError):
            await session.get(f"{url}/refused")
        assert b"connection refused" in await process.stderr.readline()
