"""Exec, attach, logs, copies, port-forwarding and proxies, through a real API server."""

from __future__ import annotations

import asyncio
import os
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from aiokube import Client, apply
from aiokube.errors import (
    ApiError,
    BadRequest,
    CopyError,
    Forbidden,
    NotFound,
    NotSupported,
    RequestTimeout,
    StreamError,
)
from aiokube.runtime.streams.log import LogLine
from tests.cluster import Cluster
from tests.e2e.streams import nothing_left, run_pod, upper
from tests.support.archives import tree

pytestmark = pytest.mark.cluster


@pytest.fixture
async def pod(kube: Client) -> str:
    """The name of a pod that is ready."""
    await run_pod(kube, "web-0")
    return "web-0"


# exec


async def test_run_returns_exit_code_and_output(kube: Client, pod: str, cluster: Cluster) -> None:
    async with nothing_left(kube):
        done = await kube.core_v1.pods.run(pod, ["sh", "-c", "cat; echo oops >&2; exit 7"], input="through\n")
        assert (done.returncode, done.stdout, done.stderr) == (7, b"through\n", b"oops\n")
        assert (await kube.core_v1.pods.run(pod, "pwd")).stdout.decode().strip() == str(cluster.container_directory)
        assert (await kube.core_v1.pods.run(pod, ["printf", "%s|", "a b", "-n", "$HOME"])).stdout == b"a b|-n|$HOME|"


async def test_a_command_that_exits_before_reading_its_input(kube: Client, pod: str) -> None:
    # Debug mode slows the client down, so that the command exits first.
    asyncio.get_running_loop().set_debug(True)
    for _ in range(20):
        done = await kube.core_v1.pods.run(pod, ["sh", "-c", "echo why >&2; exit 3"], input=b"x")
        assert (done.returncode, done.stderr) == (3, b"why\n")


async def test_a_terminal_is_resized_after_its_command_has_exited(kube: Client, pod: str) -> None:
    asyncio.get_running_loop().set_debug(True)
    for _ in range(20):
        async with kube.core_v1.pods.exec(pod, ["sh", "-c", "exit 3"], stdin=True, tty=True) as process:
            process.resize(100, 40)
            assert await process.wait() == 3


async def test_exec_alternates_input_and_output(kube: Client, pod: str) -> None:
    async with nothing_left(kube):
        async with kube.core_v1.pods.exec(pod, ["cat"], stdin=True) as process:
            assert process.subprotocol == "v5.channel.k8s.io"
            assert process.stdin is not None
            assert process.stdout is not None
            for number in range(3):
                process.stdin.write(f"line {number}\n".encode())
                await process.stdin.drain()
                assert await process.stdout.readline() == f"line {number}\n".encode()
            assert process.returncode is None
            process.stdin.close()
            assert await process.wait() == 0
            assert await process.stdout.read() == b""


async def test_exec_over_v4_cannot_close_stdin(kube: Client, pod: str) -> None:
    async with nothing_left(kube):
        async with kube.core_v1.pods.exec(
            pod, ["head", "-n", "1"], stdin=True, protocols=["v4.channel.k8s.io"]
        ) as process:
            assert process.subprotocol == "v4.channel.k8s.io"
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write(b"one\n")
            assert await process.stdout.read() == b"one\n"
            assert await process.wait() == 0
        async with kube.core_v1.pods.exec(pod, ["cat"], stdin=True, protocols=["v4.channel.k8s.io"]) as process:
            assert process.stdin is not None
            with pytest.raises(NotSupported):
                process.stdin.close()


async def test_exec_with_a_terminal(kube: Client, pod: str) -> None:
    async with nothing_left(kube):
        async with kube.core_v1.pods.exec(pod, ["sh"], stdin=True, tty=True) as process:
            assert process.stdin is not None
            assert process.stdout is not None
            assert process.stderr is None
            process.resize(101, 43)
            screen = b""
            while b"43 101" not in screen:
                process.stdin.write(b"stty size\n")
                screen += await process.stdout.read(1000)
                await asyncio.sleep(0.05)
            process.stdin.write(b"exit 3\n")
            assert await process.wait() == 3


async def test_exec_carries_100_mb_each_way(kube: Client, pod: str) -> None:
    block = os.urandom(1 << 20)
    async with nothing_left(kube):
        async with kube.core_v1.pods.exec(pod, ["cat"], stdin=True) as process:
            stdin, stdout = process.stdin, process.stdout
            assert stdin is not None
            assert stdout is not None

            async def send() -> None:
                for _ in range(100):
                    stdin.write(block)
                    await stdin.drain()
                stdin.close()

            sending = asyncio.create_task(send())
            for _ in range(100):
                assert await stdout.readexactly(len(block)) == block
            await sending
            assert await process.wait() == 0


async def test_an_exec_that_cannot_start_is_a_typed_error(kube: Client, pod: str) -> None:
    async with nothing_left(kube):
        with pytest.raises(ApiError, match="no-such-program"):
            await kube.core_v1.pods.run(pod, ["no-such-program"])
        with pytest.raises(NotFound, match='pods "none" not found'):
            await kube.core_v1.pods.run("none", ["true"])
        with pytest.raises(BadRequest, match="container none is not valid"):
            await kube.core_v1.pods.run(pod, ["true"], container="none")


async def test_leaving_and_cancelling_an_exec_leave_nothing(kube: Client, pod: str) -> None:
    async with nothing_left(kube):
        async with kube.core_v1.pods.exec(pod, ["cat"], stdin=True) as process:
            assert process.returncode is None
        with pytest.raises(StreamError, match="the stream was closed before the command ended"):
            await process.wait()
        task = asyncio.create_task(kube.core_v1.pods.run(pod, ["sleep", "3"]))
        await asyncio.sleep(0.3)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        with pytest.raises(RequestTimeout):
            await kube.core_v1.pods.run(pod, ["sleep", "3"], timeout=0.3)


async def test_rbac_applies_to_exec_and_port_forward(cluster: Cluster, kube: Client, pod: str, tmp_path: Path) -> None:
    certificate = cluster.client_certificate("eve")
    path = cluster.write_kubeconfig(tmp_path / "eve", certificate=certificate, namespace=kube.namespace)
    async with Client(kubeconfig=path) as eve:
        with pytest.raises(Forbidden, match=r'User "eve" cannot (get|create) resource "pods/exec"') as caught:
            await eve.core_v1.pods.run(pod, ["true"])
        assert "pods/exec" in caught.value.__notes__[0]
        with pytest.raises(Forbidden, match='"pods/portforward"'):
            async with eve.core_v1.pods.open_port(pod, 8000):
                pass
    async with Client(kubeconfig=cluster.kubeconfig, namespace=kube.namespace) as admin:
        assert admin.config is not None
        rules: list[apply.rbac_v1.PolicyRuleApply] = [
            {"apiGroups": [""], "resources": ["pods/exec"], "verbs": ["create", "get"]}
        ]
        await admin.rbac_v1.roles.create({"metadata": {"name": "exec"}, "rules": rules})
        await admin.rbac_v1.role_bindings.create(
            {
                "metadata": {"name": "exec"},
                "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "exec"},
                "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": "eve"}],
            }
        )
    async with Client(kubeconfig=path) as eve:
        for _ in range(100):
            try:
                assert (await eve.core_v1.pods.run(pod, ["echo", "in"])).stdout == b"in\n"
                break
            except Forbidden:
                await asyncio.sleep(0.05)
        else:
            pytest.fail("the role had no effect")


# attach


async def test_attach_shows_new_output(cluster: Cluster, kube: Client) -> None:
    await run_pod(kube, "attached", "log-4")
    async with nothing_left(kube):
        async with kube.core_v1.pods.attach("attached") as process:
            assert process.stdout is not None
            line = asyncio.ensure_future(process.stdout.readline())
            while not line.done():  # earlier output is not shown, so write until it is
                cluster.append_log("attached", container="log-4")
                await asyncio.sleep(0.05)
            assert await line == b"attached\n"


# logs


async def test_log_lines_with_each_parameter(cluster: Cluster, kube: Client) -> None:
    await run_pod(kube, "logger", "log-5")
    pods = kube.core_v1.pods
    old = datetime.now(UTC) - timedelta(hours=1)
    cluster.append_log("old", container="log-5", written=old)
    cluster.append_log("grüße ✓ " + "x" * 12_000, container="log-5")
    cluster.append_log("last", container="log-5", stream="stderr")
    cluster.append_log("before the crash", container="previous")
    async with nothing_left(kube):
        assert [line[:8] async for line in pods.log_lines("logger")] == ["old", "grüße ✓ ", "last"]
        assert [line async for line in pods.log_lines("logger", tail_lines=1)] == ["last"]
        assert [line async for line in pods.log_lines("logger", tail_lines=1).raw] == [b"last"]
        since = [line[:8] async for line in pods.log_lines("logger", since_time=old + timedelta(minutes=1))]
        assert since == ["grüße ✓ ", "last"]
        assert len([line async for line in pods.log_lines("logger", since_seconds=60)]) == 2
        assert "before the crash" in [line async for line in pods.log_lines("logger", previous=True)]
        (stamped,) = [line async for line in pods.log_lines("logger", tail_lines=1, timestamps=True)]
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z last", stamped)
        assert (await pods.log("logger", tail_lines=1)) == "last\n"
        with pytest.raises(BadRequest, match="container none is not valid"):
            await anext(pods.log_lines("logger", container="none"))


async def test_a_followed_log_yields_new_lines(cluster: Cluster, kube: Client) -> None:
    await run_pod(kube, "followed", "log-6")
    cluster.append_log("first", container="log-6")
    async with nothing_left(kube):
        lines = kube.core_v1.pods.log_lines("followed", follow=True)
        assert await anext(lines) == "first"
        for number in range(3):
            cluster.append_log(f"next {number}", container="log-6")
            async with asyncio.timeout(5):
                assert await anext(lines) == f"next {number}"
        await lines.aclose()


async def test_all_log_lines_come_from_every_container(cluster: Cluster, kube: Client) -> None:
    await run_pod(kube, "several", "log-7", "log-8")
    for container in ("log-7", "log-8"):
        cluster.append_log(f"of {container}", container=container)
    async with nothing_left(kube):
        found = [line async for line in kube.core_v1.pods.all_log_lines("several")]
        assert sorted(found, key=str) == [
            LogLine("log-7", "of log-7", "several"),
            LogLine("log-8", "of log-8", "several"),
        ]
        async for line in kube.core_v1.pods.all_log_lines("several", follow=True):
            assert line.text == f"of {line.container}"
            break


async def test_followed_log_lines_are_those_of_a_pod_that_starts_later(cluster: Cluster, kube: Client) -> None:
    spec: apply.core_v1.PodSpecApply = {
        "schedulingGates": [{"name": "aiokube.test/closed"}],
        "containers": [{"name": "log-10", "image": "none"}],
    }
    await kube.core_v1.pods.create({"metadata": {"name": "late"}, "spec": spec})
    async with nothing_left(kube), asyncio.timeout(20):
        lines = kube.core_v1.pods.all_log_lines("late", follow=True)
        first = asyncio.ensure_future(anext(lines))
        await asyncio.sleep(0.5)
        assert not first.done()
        cluster.append_log("hello", container="log-10")
        await kube.core_v1.pods.edit("late", lambda pod: pod.spec.scheduling_gates.clear())
        assert await first == LogLine("log-10", "hello", "late")
        await lines.aclose()


async def test_the_default_container_of_a_pod_with_several(cluster: Cluster, kube: Client, tmp_path: Path) -> None:
    await run_pod(kube, "two", "first", "log-3")
    cluster.append_log("of the default", container="log-3")
    pods = kube.core_v1.pods
    async with nothing_left(kube):
        for call in (pods.run("two", "pwd"), pods.log("two"), anext(pods.log_lines("two"))):
            with pytest.raises(BadRequest, match=r"a container name must be specified for pod two, choose one of"):
                await call
        annotations = {"kubectl.kubernetes.io/default-container": "log-3"}
        await pods.patch("two", {"metadata": {"annotations": annotations}})
        assert (await pods.run("two", "pwd")).returncode == 0
        assert await pods.log("two") == "of the default\n"
        assert [line async for line in pods.log_lines("two")] == ["of the default"]
        (tmp_path / "file").write_bytes(b"x")
        assert (await pods.copy_to("two", tmp_path / "file", f"default of {kube.namespace}")).files == 1


# copies


async def test_a_folder_is_copied_there_and_back(cluster: Cluster, kube: Client, pod: str, tmp_path: Path) -> None:
    source = tmp_path / "source folder"
    (source / "-rf").mkdir(parents=True)
    (source / "-rf" / "large file").write_bytes(os.urandom(20_000_000))
    (source / "script").write_bytes(b"#!/bin/sh\n")
    (source / "script").chmod(0o751)
    (source / "n").write_bytes(b"")
    (source / ("ü" * 100)).write_bytes(b"long name")
    (source / "link").symlink_to("script")
    parent = f"copies of {kube.namespace}"
    (cluster.container_directory / parent).mkdir()
    async with nothing_left(kube):
        there = await kube.core_v1.pods.copy_to(pod, source, f"{parent}/")
        back = await kube.core_v1.pods.copy_from(pod, f"{parent}/source folder", tmp_path / "back")
    assert (there.files, there.size) == (4, 20_000_000 + 10 + 9)
    assert (back.files, back.size, back.skipped) == (4, there.size, ["source folder/link"])
    for name in ("-rf/large file", "script", "n", "ü" * 100):
        assert (tmp_path / "back" / name).read_bytes() == (source / name).read_bytes()
    assert (tmp_path / "back" / "script").stat().st_mode & 0o777 == 0o751
    assert (cluster.container_directory / parent / "source folder" / "link").is_symlink()


async def test_a_copy_onto_a_folder_or_a_link_to_one_goes_into_it(
    cluster: Cluster, kube: Client, pod: str, tmp_path: Path
) -> None:
    base = cluster.container_directory / f"folders of {kube.namespace}"
    for name in ("empty", "full", "linked"):
        (base / name).mkdir(parents=True)
    (base / "full" / "old").write_bytes(b"old")
    (base / "current").symlink_to("linked")
    (base / "file").write_bytes(b"old")
    (tmp_path / "new").write_bytes(b"new")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "inner").write_bytes(b"inner")
    async with nothing_left(kube):
        for target in ("empty", "full", "current", "file", "missing"):
            await kube.core_v1.pods.copy_to(pod, tmp_path / "new", f"{base.name}/{target}")
        for target in ("full", "other"):
            await kube.core_v1.pods.copy_to(pod, tmp_path / "folder", f"{base.name}/{target}")
    assert (base / "current").is_symlink()
    assert tree(base) == {
        "empty": None,
        "empty/new": b"new",
        "file": b"new",
        "full": None,
        "full/folder": None,
        "full/folder/inner": b"inner",
        "full/new": b"new",
        "full/old": b"old",
        "linked": None,
        "linked/new": b"new",
        "missing": b"new",
        "other": None,
        "other/inner": b"inner",
    }


async def test_follow_links_copies_the_files_of_a_mounted_config_map(
    cluster: Cluster, kube: Client, pod: str, tmp_path: Path
) -> None:
    mount = cluster.container_directory / f"mount of {kube.namespace}"
    (mount / "..2026").mkdir(parents=True)
    (mount / "..2026" / "app.conf").write_bytes(b"color: blue")
    (mount / "..data").symlink_to("..2026")
    (mount / "app.conf").symlink_to("..data/app.conf")
    async with nothing_left(kube):
        await kube.core_v1.pods.copy_from(pod, f"{mount.name}", tmp_path / "all", follow_links=True)
        await kube.core_v1.pods.copy_from(pod, f"{mount.name}/app.conf", tmp_path, follow_links=True)
        skipping = await kube.core_v1.pods.copy_from(pod, mount.name, tmp_path / "real")
    assert (tmp_path / "all" / "app.conf").read_bytes() == b"color: blue"
    assert (tmp_path / "app.conf").read_bytes() == b"color: blue"
    assert sorted(skipping.skipped) == [f"{mount.name}/..data", f"{mount.name}/app.conf"]


async def test_a_copy_that_fails_quotes_tar(kube: Client, pod: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"x")
    async with nothing_left(kube):
        with pytest.raises(CopyError, match=r"tar exited with code 2: .*No such file"):
            await kube.core_v1.pods.copy_from(pod, "none", tmp_path / "out")
        with pytest.raises(CopyError, match=r"tar exited with code 2: .*No such file"):
            await kube.core_v1.pods.copy_to(pod, tmp_path / "file", "no/such/folder")


# port-forwarding


async def test_open_port_and_port_forward_reach_a_pod(cluster: Cluster, kube: Client, pod: str) -> None:
    async with nothing_left(kube), upper(cluster, 8000):
        async with kube.core_v1.pods.open_port(pod, "web-0") as (reader, writer):
            writer.write(b"hello")
            assert await reader.readexactly(5) == b"HELLO"
        async with kube.core_v1.pods.port_forward(pod, 8000) as forwarder:

            async def ask(text: bytes) -> bytes:
                reader, writer = await asyncio.open_connection("127.0.0.1", forwarder.port)
                writer.write(text)
                response = await reader.readexactly(len(text))
                writer.close()
                await writer.wait_closed()
                return response

            texts = [b"%d" % number * 20_000 for number in range(10)]
            assert await asyncio.gather(*map(ask, texts)) == texts


async def test_a_port_on_which_nothing_listens_is_an_error(kube: Client, pod: str) -> None:
    async with nothing_left(kube):
        async with kube.core_v1.pods.open_port(pod, 8009) as (reader, _):
            with pytest.raises(StreamError, match=r"port 8009 of web-0: .*connection refused"):
                await reader.read()


async def test_open_port_by_service_and_deployment(cluster: Cluster, kube: Client) -> None:
    labels = {"app": "front"}
    container: apply.core_v1.ContainerApply = {
        "name": "main",
        "image": "none",
        "ports": [{"name": "web", "containerPort": 8001}],
    }
    await kube.apps_v1.deployments.create(
        {
            "metadata": {"name": "front"},
            "spec": {
                "replicas": 2,
                "selector": {"matchLabels": labels},
                "template": {"metadata": {"labels": labels}, "spec": {"containers": [container]}},
            },
        }
    )
    await kube.core_v1.services.create(
        {"metadata": {"name": "front"}, "spec": {"selector": labels, "ports": [{"port": 80, "targetPort": "web"}]}}
    )
    await kube.apps_v1.deployments.wait_for("front", "Available")
    async with nothing_left(kube), upper(cluster, 8001):
        for name, port in (("service/front", 80), ("deployment/front", 8001), ("deploy/front", "web")):
            async with kube.core_v1.pods.open_port(name, port) as (reader, writer):
                writer.write(b"hello")
                assert await reader.readexactly(5) == b"HELLO"


# proxy


async def test_the_proxy_returns_refusals_of_the_api_server_as_responses(kube: Client, pod: str) -> None:
    """The API server does not proxy to 127.0.0.1, so that only its refusals can be tested."""
    async with nothing_left(kube):
        async with kube.core_v1.nodes.proxy("node-0", "healthz") as response:
            assert response.status == 400
            assert (await response.json())["message"] == "address not allowed"
        async with kube.core_v1.services.proxy("none", "x", port=80) as response:
            with pytest.raises(NotFound, match='services "none" not found'):
                await response.raise_for_status()
        with pytest.raises(NotFound):
            async with kube.core_v1.services.proxy_websocket("none", "x", port=80):
                pass
