"""Informers of an event loop that was closed without leaving them."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import threading
from collections.abc import Iterator

import pytest

from aiokube import Client, Config, InformerChange, Subscription
from aiokube.errors import InformerStopped
from aiokube.models import core_v1
from tests.support.apiserver import ApiServer
from tests.support.informers import Maps

pytestmark = pytest.mark.slow


@pytest.fixture
def url() -> Iterator[str]:
    """The URL of a server that runs in its own thread and event loop."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    server = ApiServer()
    server.put("a")
    asyncio.run_coroutine_threadsafe(server.listen(), loop).result(10)
    yield server.url
    asyncio.run_coroutine_threadsafe(server.stop(), loop).result(10)
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


# asyncio says so of connections that an event loop left open when it was closed.
@pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")
def test_an_informer_of_a_closed_loop_can_be_left_in_another_one(url: str, caplog: pytest.LogCaptureFixture) -> None:
    kube = Client(Config(server=url))

    async def handler(change: InformerChange[core_v1.ConfigMap]) -> None:
        await asyncio.sleep(60)

    async def enter() -> tuple[Maps, Subscription[core_v1.ConfigMap]]:
        informer = await kube.core_v1.config_maps.informer().__aenter__()
        subscription = informer.add_handler(handler, resync=60)
        await asyncio.sleep(0)
        return informer, subscription

    async def leave() -> None:
        with pytest.raises(InformerStopped):
            informer.get("a")
        with pytest.raises(InformerStopped):
            await anext(informer.changes())
        async with asyncio.timeout(5):
            await subscription.close()
            await informer.__aexit__(None, None, None)
        async with kube, kube.core_v1.config_maps.informer() as another:
            assert len(another) == 1

    async def finalize() -> None:
        for task in tasks:
            with contextlib.suppress(RuntimeError):
                task.get_coro().close()
            task._log_destroy_pending = False  # type: ignore[attr-defined] # on purpose

    loop = asyncio.new_event_loop()
    informer, subscription = loop.run_until_complete(enter())
    tasks = asyncio.all_tasks(loop)
    loop.close()
    asyncio.run(leave())
    asyncio.run(finalize())
    tasks.clear()
    gc.collect()
    assert "a handler of the informer" not in caplog.text
