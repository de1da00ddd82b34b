"""An interactive shell in a container, through exec with a terminal, resizing included.

python examples/shell.py POD [KUBECONFIG]
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import termios
import tty
from collections.abc import Iterator
from contextlib import contextmanager

from aiokube import Client


@contextmanager
def raw_terminal(descriptor: int) -> Iterator[None]:
    """Pass every key on unchanged, including Ctrl-C."""
    before = termios.tcgetattr(descriptor)
    tty.setraw(descriptor)
    try:
        yield
    finally:
        termios.tcsetattr(descriptor, termios.TCSADRAIN, before)


async def shell(kube: Client, name: str, *command: str) -> int:
    """Connect this terminal to a command in a container.

    Args:
        kube: The client.
        name: The name of the pod.
        command: The command and its arguments.

    Returns:
        The exit code of the command.
    """
    loop = asyncio.get_running_loop()
    keyboard, screen = sys.stdin.fileno(), sys.stdout.fileno()
    async with kube.core_v1.pods.exec(name, command, stdin=True, tty=True) as process:
        stdin, stdout = process.stdin, process.stdout
        assert stdin is not None
        assert stdout is not None

        def resize() -> None:
            process.resize(*os.get_terminal_size(screen))

        with raw_terminal(keyboard):
            resize()
            loop.add_signal_handler(signal.SIGWINCH, resize)
            loop.add_reader(keyboard, lambda: stdin.write(os.read(keyboard, 4096)))
            try:
                while data := await stdout.read(4096):
                    os.write(screen, data)
            finally:
                loop.remove_reader(keyboard)
                loop.remove_signal_handler(signal.SIGWINCH)
        return await process.wait()


async def main(name: str, kubeconfig: str | None = None) -> int:
    """Run `sh` in a pod, and return its exit code."""
    async with Client(kubeconfig=kubeconfig) as kube:
        return await shell(kube, name, "sh")


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    sys.exit(asyncio.run(main(*sys.argv[1:])))
