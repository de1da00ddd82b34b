"""The examples of streams do what they say: in a process of their own, and in a terminal."""

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
from pathlib import Path

import pytest

from aiokube import Client
from tests.cluster import Cluster
from tests.e2e.streams import run_pod, soon

pytestmark = pytest.mark.cluster

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture
def kubeconfig(cluster: Cluster, kube: Client, tmp_path: Path) -> str:
    """A kubeconfig whose namespace is the test's own."""
    certificate = cluster.client_certificate("admin", groups=["system:masters"])
    return str(cluster.write_kubeconfig(tmp_path / "config", certificate=certificate, namespace=kube.namespace))


async def test_logs(cluster: Cluster, kube: Client, kubeconfig: str) -> None:
    await run_pod(kube, "one", "log-9", app="tailed")
    cluster.append_log("there before", container="log-9")
    example = await asyncio.create_subprocess_exec(
        sys.executable, str(EXAMPLES / "logs.py"), "app=tailed", kubeconfig, stdout=subprocess.PIPE
    )
    assert example.stdout is not None
    async with asyncio.timeout(20):
        assert await example.stdout.readline() == b"one/log-9: there before\n"
        cluster.append_log("new", container="log-9")
        assert await example.stdout.readline() == b"one/log-9: new\n"
        await run_pod(kube, "untold", "log-9", app="other")
        await run_pod(kube, "two", "log-9", app="tailed")
        seen = {await example.stdout.readline() for _ in range(2)}
        assert seen == {b"two/log-9: there before\n", b"two/log-9: new\n"}
        example.send_signal(signal.SIGINT)
        assert await example.wait() == 130


async def test_shell(kube: Client, kubeconfig: str) -> None:
    await run_pod(kube, "shelled")
    master, slave = pty.openpty()
    size(slave, 31, 97)
    before = termios.tcgetattr(slave)
    example = await asyncio.create_subprocess_exec(
        sys.executable,
        str(EXAMPLES / "shell.py"),
        "shelled",
        kubeconfig,
        stdin=slave,
        stdout=slave,
        stderr=slave,
        start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
    )
    screen = bytearray()
    loop = asyncio.get_running_loop()
    loop.add_reader(master, lambda: screen.extend(os.read(master, 4096)))
    try:
        await soon(lambda: b"# " in screen or b"$ " in screen, seconds=20)
        os.write(master, b"stty size\r")
        await soon(lambda: b"31 97\r\n" in screen)
        size(slave, 50, 120)
        os.kill(example.pid, signal.SIGWINCH)
        await asyncio.sleep(0.3)
        os.write(master, b"stty size\r")
        await soon(lambda: b"50 120\r\n" in screen)
        os.write(master, b"exit 9\r")
        async with asyncio.timeout(10):
            assert await example.wait() == 9
        assert termios.tcgetattr(slave) == before
    finally:
        loop.remove_reader(master)
        if example.returncode is None:
            example.kill()
            await example.wait()
        os.close(slave)
        os.close(master)


def size(descriptor: int, rows: int, columns: int) -> None:
    """Set the size of a terminal."""
    fcntl.ioctl(descriptor, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
