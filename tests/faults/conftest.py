"""Checks after every test against misbehaving servers: no socket or task is left over."""

from __future__ import annotations

import asyncio
import gc
import os
import socket
import warnings
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.support.tls import Authority


def open_sockets() -> dict[int, str]:
    """The descriptors of this process that are sockets, with the inode of each."""
    found: dict[int, str] = {}
    for name in os.listdir("/proc/self/fd"):
        try:
            target = os.readlink(f"/proc/self/fd/{name}")
        except FileNotFoundError:
            continue  # the one that listed the folder
        if target.startswith("socket:"):
            found[int(name)] = target
    return found


def _sockets(before: dict[int, str]) -> dict[int, str]:
    return {
        number: inode
        for number, inode in open_sockets().items()
        if before.get(number) != inode and not _is_of_uvloop(number)
    }


def _is_of_uvloop(number: int) -> bool:
    """uvloop wakes up by a pair of Unix sockets, which it makes anew each time that it runs."""
    if not type(asyncio.get_running_loop()).__module__.startswith("uvloop"):
        return False
    with socket.socket(fileno=os.dup(number)) as opened:
        return opened.family == socket.AF_UNIX


def _tasks() -> set[asyncio.Task[Any]]:
    return {task for task in asyncio.all_tasks() if task is not asyncio.current_task()}


@pytest.fixture(autouse=True)
async def leaks() -> AsyncIterator[None]:
    """No task, no socket and no ResourceWarning is left when a test has ended."""
    before = open_sockets()
    yield
    # What has been closed leaves in the next turns of the loop.
    for _ in range(100):
        if not _tasks() and not _sockets(before):
            break
        await asyncio.sleep(0.005)
    assert not _tasks(), f"tasks still run: {_tasks()}"
    assert not _sockets(before), f"sockets are still open: {_sockets(before)}"
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", ResourceWarning)
        gc.collect()
    assert not [str(warning.message) for warning in caught]


@pytest.fixture(scope="session")
def authority() -> Authority:
    """The CA of the servers that are as they should be."""
    return Authority()


@pytest.fixture(scope="session")
def other_authority() -> Authority:
    """A CA that nobody trusts."""
    return Authority()
