"""Informers of an event loop that was closed without leaving them."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.support.children import output_of

ROOT = Path(__file__).parents[3]

# In a process of its own, because a closed event loop leaves its connections open.
_PROGRAM = """
import asyncio, logging, sys, threading
from aiokube import Client
from aiokube.errors import InformerStopped
from tests.support.map_cluster import MapCluster

async def handler(change):
    await asyncio.sleep(60)

async def enter():
    informer = await kube.core_v1.config_maps.informer().__aenter__()
    subscription = informer.add_handler(handler, resync=60)
    await asyncio.sleep(0.2)
    return informer, subscription

async def leave():
    for read in (lambda: informer.get("a"), lambda: informer.add_handler(handler)):
        try:
            read()
        except InformerStopped:
            print("stopped")
    async with asyncio.timeout(5):
        await subscription.close()
        await informer.__aexit__(None, None, None)
    async with kube, kube.core_v1.config_maps.informer() as another:
        print("left, and another one has", len(another))

background = asyncio.new_event_loop()
threading.Thread(target=background.run_forever, daemon=True).start()
server = MapCluster()
asyncio.run_coroutine_threadsafe(server.__aenter__(), background).result(10)
server.put("a")
kube = server.client()
loop = asyncio.new_event_loop()
informer, subscription = loop.run_until_complete(enter())
handling = subscription._task
loop.close()
asyncio.run(leave())
logging.getLogger("aiokube").addHandler(logging.StreamHandler(sys.stdout))
try:
    # As the garbage collector does.
    handling.get_coro().close()
except RuntimeError:
    pass
"""


@pytest.mark.slow
def test_an_informer_of_a_closed_loop_can_be_left_in_another_one() -> None:
    output = output_of(sys.executable, "-c", _PROGRAM, cwd=ROOT)
    assert output.splitlines() == ["stopped", "stopped", "left, and another one has 1"]
