"""Pages that tell a story: commands of a shell and blocks in Python, in the order in which they stand there."""

from __future__ import annotations

import asyncio
import os
import selectors
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from subprocess import PIPE, STDOUT
from typing import IO

from aiokube.testing.real.ports import free_ports
from tests.cluster.cluster import Cluster
from tests.docs.pages import ROOT, Block
from tests.docs.python import run_python
from tests.support.children import child, output_of

TIMEOUT = 60  # seconds for one command
PORT = "8080"
"""Ports that pages name; a free one takes the place of each."""

GENERATED = "mycluster"
"""The package that a page generates, and imports."""

_DONE = "__done__"


@dataclass(frozen=True)
class Command:
    """A command of a shell, and its output as the page has it."""

    text: str
    """Without `$ `; its further lines have no `> `."""
    output: str


def commands_of(block: Block) -> list[Command]:
    """The commands of a block in `console`."""
    found: list[Command] = []
    for line in block.text.splitlines(keepends=True):
        if line.startswith("$ "):
            found.append(Command(line[2:], ""))
        elif line.startswith("> ") and not found[-1].output:
            found[-1] = Command(found[-1].text + line[2:], "")
        else:
            found[-1] = Command(found[-1].text, found[-1].output + line)
    return found


def as_block(commands: Iterable[Command]) -> str:
    """The text of a block."""
    return "".join(f"$ {'> '.join(one.text.splitlines(keepends=True))}{one.output}" for one in commands)


class Story:
    """A shell in a folder, and Python in the same folder: what one page has made, the next one finds."""

    def __init__(self, shell: IO[str], output: IO[str], folder: Path, environment: dict[str, str]) -> None:
        self._shell = shell
        self._output = output
        self._folder = folder
        self._environment = environment
        self._scope: dict[str, object] = {}
        self._port = str(free_ports(1)[0])

    def run(self, blocks: Iterable[Block]) -> list[tuple[Block, list[str]]]:
        """Run the blocks of a page, and return the outputs of each: one for each command of a shell."""
        results: list[tuple[Block, list[str]]] = []
        for block in blocks:
            if block.language == "console":
                results.append((block, [self.command(one.text) for one in commands_of(block)]))
            elif block.is_code:
                results.append((block, [self._python(block)]))
        return results

    def command(self, text: str) -> str:
        """Run a command, and return what it writes to stdout and stderr."""
        self._shell.write(f"{{\n{text.replace(PORT, self._port)}\n}} </dev/null\nprintf '%s\\n' {_DONE}\n")
        self._shell.flush()
        return "".join(self._lines_until_done(text)).replace(self._port, PORT)

    def _lines_until_done(self, text: str) -> Iterator[str]:
        deadline = time.monotonic() + TIMEOUT
        with selectors.DefaultSelector() as selector:
            selector.register(self._output, selectors.EVENT_READ)
            pending = b""
            while True:
                assert selector.select(max(0.0, deadline - time.monotonic())), f"not done in {TIMEOUT} s: {text}"
                data = os.read(self._output.fileno(), 65536)
                assert data, f"the shell has ended: {text}"
                pending += data
                *lines, pending = pending.split(b"\n")
                for line in lines:
                    before, done, _ = line.decode().partition(_DONE)
                    yield before + ("\n" if before or not done else "")
                    if done:
                        return

    def _python(self, block: Block) -> str:
        if "asyncio.run(" in block.text:
            return output_of(sys.executable, "-W", "error", "-c", block.text, cwd=self._folder, env=self._environment)
        (output,) = asyncio.run(run_python([block], self._scope))
        return output


@contextmanager
def telling(cluster: Cluster, folder: Path) -> Iterator[Story]:
    """A story in a folder, whose `~/.kube/config` is that of an administrator. It is the current directory."""
    binaries = folder / ".bin"
    binaries.mkdir()
    for name, command in {
        "kubectl": cluster.kubectl_command()[0],
        "python": sys.executable,
        "aiokube": f"{sys.executable} -m aiokube_codegen.cli",
    }.items():
        (binaries / name).write_text(f'#!/bin/sh\nexec {command} "$@"\n')
        (binaries / name).chmod(0o755)
    (folder / "examples").symlink_to(ROOT / "examples")
    (folder / ".kube").mkdir()
    certificate = cluster.client_certificate("admin", groups=["system:masters"])
    cluster.write_kubeconfig(folder / ".kube" / "config", certificate=certificate)
    environment = {
        "HOME": str(folder),
        "PATH": f"{binaries}:{os.environ['PATH']}",
        "PYTHONPATH": ":".join(map(str, (ROOT, ROOT / "src", ROOT / "codegen"))),
        "LC_ALL": "C.UTF-8",
        "COLUMNS": "100",
    }
    with (
        _inside(folder, environment),
        child("bash", "--norc", cwd=folder, env=environment, stdin=PIPE, stdout=PIPE, stderr=STDOUT) as process,
    ):
        assert process.stdin
        assert process.stdout
        yield Story(process.stdin, process.stdout, folder, environment)


@contextmanager
def _inside(folder: Path, environment: dict[str, str]) -> Iterator[None]:
    """The folder as the current directory of this process, and as its home."""
    variables, directory = dict(os.environ), Path.cwd()
    os.chdir(folder)
    os.environ["HOME"] = environment["HOME"]
    os.environ.pop("KUBECONFIG", None)
    sys.path.insert(0, str(folder))
    try:
        yield
    finally:
        sys.path.remove(str(folder))
        for name in [name for name in sys.modules if name.partition(".")[0] == GENERATED]:
            del sys.modules[name]
        os.chdir(directory)
        os.environ.clear()
        os.environ.update(variables)
