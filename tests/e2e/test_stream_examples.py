"""The examples logs.py, deploy.py and shell.py, each in a new process, against a real API server."""

from __future__ import annotations

import asyncio
import fcntl
import os
import pty
import signal
import struct
import subprocess
import sys
import termios
from collections.abc import Iterator
from contextlib import contextmanager
from io import FileIO
from pathlib import Path

import pytest

from aiokube import Client
from tests.cluster import Cluster
from tests.e2e.streams import run_pod, soon
from tests.support.children import async_child

pytestmark = pytest.mark.cluster

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture
def kubeconfig(cluster: Cluster, kube: Client, tmp_path: Path) -> str:
    """The path of a kubeconfig with the namespace of the test."""
    certificate = cluster.client_certificate("admin", groups=["system:masters"])
    return str(cluster.write_kubeconfig(tmp_path / "config", certificate=certificate, namespace=kube.namespace))


async def test_logs_follows_every_pod_with_the_label(cluster: Cluster, kube: Client, kubeconfig: str) -> None:
    await run_pod(kube, "one", "log-9", app="tailed")
    cluster.append_log("old", container="log-9")
    command = (sys.executable, EXAMPLES / "logs.py", "app=tailed", kubeconfig)
    async with async_child(*command, stdout=subprocess.PIPE) as example, asyncio.timeout(20):
        assert example.stdout is not None
        assert await example.stdout.readline() == b"one/log-9: old\n"
        cluster.append_log("new", container="log-9")
        assert await example.stdout.readline() == b"one/log-9: new\n"
        await run_pod(kube, "unlabelled", "log-9", app="other")
        await run_pod(kube, "two", "log-9", app="tailed")
        lines = {await example.stdout.readline() for _ in range(2)}
        assert lines == {b"two/log-9: old\n", b"two/log-9: new\n"}
        example.send_signal(signal.SIGINT)
        assert await example.wait() == 130


async def test_deploy_applies_a_folder_and_follows_the_logs_of_its_rollout(
    cluster: Cluster, kubeconfig: str, tmp_path: Path
) -> None:
    folder = tmp_path / "deploy"
    folder.mkdir()
    (folder / "settings.yaml").write_text("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\n")
    (folder / "web.yaml").write_text(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  selector: {matchLabels: {app: web}}\n"
        "  template:\n    metadata: {labels: {app: web}}\n    spec: {containers: [{name: log-18, image: web}]}\n"
    )
    cluster.append_log("hello", container="log-18")
    command = (sys.executable, EXAMPLES / "deploy.py", folder, "app=web", kubeconfig)
    async with async_child(*command, stdout=subprocess.PIPE) as example, asyncio.timeout(30):
        assert example.stdout is not None
        lines = [(await example.stdout.readline()).decode() for _ in range(3)]
        assert lines[0].startswith("configmap/settings in ") and lines[0].endswith(" created\n")
        assert lines[1].startswith("deployment.apps/web in ") and lines[1].endswith(" created\n")
        assert lines[2].startswith("web-") and lines[2].endswith("/log-18: hello\n")
        example.send_signal(signal.SIGINT)
        assert await example.wait() in (130, -signal.SIGINT)


@contextmanager
def terminal() -> Iterator[tuple[FileIO, FileIO]]:
    """Yield the two ends of a terminal: the one of its user, and the one of a program."""
    near, far = pty.openpty()
    with open(near, "r+b", buffering=0) as master, open(far, "r+b", buffering=0) as slave:
        yield master, slave


@contextmanager
def shown(master: FileIO) -> Iterator[bytearray]:
    """Yield the output on a terminal, which grows as more arrives."""
    screen = bytearray()
    loop = asyncio.get_running_loop()
    loop.add_reader(master, lambda: screen.extend(master.read(4096)))
    try:
        yield screen
    finally:
        loop.remove_reader(master)


async def test_shell_passes_keys_sizes_and_the_exit_code(kube: Client, kubeconfig: str) -> None:
    await run_pod(kube, "shelled")
    command = (sys.executable, EXAMPLES / "shell.py", "shelled", kubeconfig)
    with terminal() as (master, slave), shown(master) as screen:
        size(slave, 31, 97)
        before = termios.tcgetattr(slave)
        async with async_child(*command, stdin=slave, stdout=slave, stderr=slave, terminal=True) as example:
            await soon(lambda: b"# " in screen or b"$ " in screen, seconds=20)
            master.write(b"stty size\r")
            await soon(lambda: b"31 97\r\n" in screen)
            size(slave, 50, 120)
            os.kill(example.pid, signal.SIGWINCH)
            await asyncio.sleep(0.3)
            master.write(b"stty size\r")
            await soon(lambda: b"50 120\r\n" in screen)
            master.write(b"exit 9\r")
            async with asyncio.timeout(10):
                assert await example.wait() == 9
        assert termios.tcgetattr(slave) == before


def size(terminal: FileIO, rows: int, columns: int) -> None:
    """Set the size of a terminal."""
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
