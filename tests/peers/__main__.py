"""`make peers`: compare aiokube with other clients, and write the tables of docs/comparison.md.

Each cell comes from a program that uses the client, in a process of its own: against a server that fails on purpose, a
test cluster, mypy, or the names in its package.
"""

from __future__ import annotations

import asyncio
import inspect
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from pathlib import Path

from aiokube import Client
from tests.cluster.cluster import Cluster
from tests.e2e.streams import run_pod

from .behaviours import FAULTS, NO, YES, Drive
from .clients import CLIENTS
from .commands import exit_code, input_end
from .features import FEATURES, cell
from .measured import MEASURES, measured, size, version
from .page import PAGE, Row, Section, written
from .runner import Runner
from .typed import mistakes_seen


async def failures() -> Section:
    """Run every client against a server that fails."""
    rows = []
    for fault in FAULTS:

        async def one(drive: Drive, fault: Callable[[Drive, Path], Awaitable[str]] = fault) -> str:
            with tempfile.TemporaryDirectory() as folder:
                return await fault(drive, Path(folder))

        rows.append(Row(title_of(fault), await _cells(fault.__name__, one)))
    return Section("When something fails", "tests/peers/behaviours.py", rows)


async def commands() -> Section:
    """Run commands in a container of a test cluster."""
    rows = []
    with Cluster() as cluster:
        await _pod(cluster)
        for check in (exit_code, input_end):

            async def one(drive: Drive, check: Callable[[Drive, Path], Awaitable[str]] = check) -> str:
                return await check(drive, cluster.kubeconfig)

            rows.append(Row(title_of(check), await _cells(check.__name__, one)))
    return Section("Commands in containers", "tests/peers/commands.py, on a test cluster", rows)


async def _pod(cluster: Cluster) -> None:
    async with AsyncExitStack() as stack:
        kube = await stack.enter_async_context(Client(kubeconfig=cluster.kubeconfig, namespace="default"))
        await run_pod(kube, "web-0")


async def _cells(name: str, one: Callable[[Drive], Awaitable[str]]) -> Mapping[str, str]:
    started = time.monotonic()
    cells = {}
    for client in CLIENTS:
        cells[client] = await one(Runner(client))
        print(f"{name}, {client}: {cells[client]}", file=sys.stderr)
    print(f"{name}: {time.monotonic() - started:.0f} s", file=sys.stderr)
    return cells


def title_of(check: Callable[..., object]) -> str:
    """Return the title of the row of a check."""
    return (inspect.getdoc(check) or "").rstrip(".")


def types() -> Section:
    """Have mypy check programs with mistakes."""
    with tempfile.TemporaryDirectory() as folder:
        seen = mistakes_seen(Path(folder))
    titles = {"field": "mypy sees a misspelt field", "argument": "mypy sees a misspelt argument"}
    rows = [
        Row(title, {client: YES if found[mistake] else NO for client, found in seen.items()})
        for mistake, title in titles.items()
    ]
    return Section("Types", "tests/peers/typed.py", rows)


def features() -> Section:
    """Look for the names of features."""
    rows = [Row(feature.title, {client: cell(feature, client) for client in CLIENTS}) for feature in FEATURES]
    return Section("What there is a name for", "tests/peers/features.py", rows)


def measurements() -> Section:
    """Collect what was measured."""
    rows = [
        Row(title, {name: measured(section, measure, client) for name, client in CLIENTS.items()})
        for section, measure, title in MEASURES
    ]
    rows.append(Row("Python files, dependencies apart", {name: size(client) for name, client in CLIENTS.items()}))
    return Section("Measurements", "docs/performance.md; the size by tests/peers/measured.py", rows)


def main() -> int:
    """Compare, and write the page."""
    versions = {name: version(client) for name, client in CLIENTS.items()}
    sections: Sequence[Section] = [
        features(),
        types(),
        asyncio.run(failures()),
        asyncio.run(commands()),
        measurements(),
    ]
    PAGE.write_text(written(PAGE.read_text("utf-8"), versions, sections), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
