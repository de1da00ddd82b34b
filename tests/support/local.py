"""A real client and a FakeCluster in one process, over real HTTPS and on virtual time.

@local
async def test_lists(server: MapCluster, kube: Client) -> None:
    server.put("settings")
    assert len((await kube.core_v1.config_maps.list()).items) == 1
"""

from __future__ import annotations

import asyncio
import functools
import inspect
import selectors
from collections.abc import Callable, Coroutine
from typing import Any, Concatenate, ParamSpec, TypeVar

from aiokube import Client

from .map_cluster import MapCluster
from .virtual import Stalled

P = ParamSpec("P")
T = TypeVar("T")

_ARRIVAL = 0.003
"""Real seconds within which bytes sent between two sockets of this process arrive."""


class LocalLoop(asyncio.SelectorEventLoop):
    """An event loop on virtual time, whose clock jumps only when no bytes are in transit between its sockets."""

    def __init__(self) -> None:
        self._local = _LocalSelector()
        super().__init__(self._local)

    def time(self) -> float:
        """Return the virtual seconds since the start."""
        return self._local.now


class _LocalSelector(selectors.DefaultSelector):
    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is not None and timeout <= 0:
            return super().select(0)
        ready = super().select(1 if timeout is None else _ARRIVAL)
        if not ready:
            if timeout is None:
                raise Stalled(f"deadlock at {self.now:g} virtual seconds: every task waits, and no timer is left")
            self.now += timeout
        return ready


def run_local(main: Callable[[MapCluster, Client], Coroutine[Any, Any, T]]) -> T:
    """Run a coroutine with a server and its client, and check that no task and no watch is left."""
    with asyncio.Runner(loop_factory=LocalLoop) as runner:
        return runner.run(_run(main))


async def _run(main: Callable[[MapCluster, Client], Coroutine[Any, Any, T]]) -> T:
    async with MapCluster() as server:
        async with server.client(max_retries=0) as kube:
            result = await main(server, kube)
            # Let the server notice closed connections.
            await asyncio.sleep(0.1)
            assert not server.watching, f"{server.watching} watches are still open"
    left = asyncio.all_tasks() - {asyncio.current_task()}
    assert not left, f"tasks are still running: {left}"
    return result


def local(
    test: Callable[Concatenate[MapCluster, Client, P], Coroutine[Any, Any, None]],
) -> Callable[P, None]:
    """Run an async test with a server and its client, on virtual time. Its fixtures must not be async."""

    @functools.wraps(test)
    def run_test(*args: P.args, **kwargs: P.kwargs) -> None:
        run_local(lambda server, kube: test(server, kube, *args, **kwargs))

    signature = inspect.signature(test)
    parameters = [value for name, value in signature.parameters.items() if name not in ("server", "kube")]
    run_test.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined] # pytest reads it
    return run_test
