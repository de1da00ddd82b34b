"""Watches, informers and waits that are cancelled at any turn of the event loop: nothing is left, and nothing hangs."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from aiokube import Client, InformerChange, created
from tests.support.local import local
from tests.support.map_cluster import MapCluster

_TURNS = 120


async def _informer(kube: Client) -> None:
    async def handler(change: InformerChange[Any]) -> None:
        await asyncio.sleep(0.1)

    async with kube.core_v1.config_maps.informer(page_size=2) as maps:
        maps.add_handler(handler)
        async for _ in maps.changes():
            await asyncio.sleep(0)


async def _streaming_informer(kube: Client) -> None:
    async with kube.core_v1.config_maps.informer(streaming_list=True) as maps:
        async for _ in maps.changes():
            pass


async def _watch(kube: Client) -> None:
    async for _ in kube.core_v1.config_maps.watch():
        pass


async def _wait(kube: Client) -> None:
    await kube.core_v1.config_maps.wait_for("none", created, timeout=None)


async def _iterate(kube: Client) -> None:
    while True:
        async for _ in kube.core_v1.config_maps.iterate(page_size=2):
            pass


@pytest.mark.slow
@pytest.mark.parametrize("call", [_informer, _streaming_informer, _watch, _wait, _iterate])
@local
async def test_a_cancellation_at_any_turn_leaves_nothing(
    server: MapCluster, kube: Client, call: Callable[[Client], Awaitable[None]]
) -> None:
    for name in "abcde":
        server.put(name)
    before = asyncio.all_tasks()
    for turns in range(_TURNS):
        task = asyncio.ensure_future(call(kube))
        for _ in range(turns):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task], timeout=30)
        assert task.cancelled(), f"cancelled after {turns} turns"
        await asyncio.sleep(0.1)
        assert not server.watching, f"a watch is left after {turns} turns"
        of_the_client = {left for left in asyncio.all_tasks() - before if "informer" in left.get_name()}
        assert not of_the_client, f"tasks are left after {turns} turns"
    # The last turns came after the lists.
    assert server.watches or call is _iterate
