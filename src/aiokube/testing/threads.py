"""A cluster on a thread of its own: its event loop, and methods that run there wherever they are called."""

from __future__ import annotations

import asyncio
import concurrent.futures
import functools
import inspect
import threading
from collections.abc import Callable, Coroutine
from typing import Any, Protocol, TypeVar

from ..runtime.errors import NotSupported

R = TypeVar("R")
C = TypeVar("C", bound=type)

_IN_THE_CALLER = frozenset({"client", "config"})
"""Methods of a cluster that make something for the caller, and touch nothing of the event loop."""


class Thread:
    """An event loop on a thread of its own, until `stop`. It ends with the process.

    Args:
        timeout: Seconds that a call may take: longer than any does, unless a function of the test blocks the thread.
    """

    def __init__(self, *, timeout: float = 30.0) -> None:
        self._timeout = timeout
        started: concurrent.futures.Future[None] = concurrent.futures.Future()
        self._thread = threading.Thread(target=self._serve, args=(started,), name="FakeCluster", daemon=True)
        self._thread.start()
        started.result()

    def call(self, function: Callable[[], R]) -> R:
        """Call a function on the thread, and return what it returns.

        Raises:
            NotSupported: The thread is blocked.
        """

        async def on_the_thread() -> R:
            return function()

        return function() if self.is_current else self.run(on_the_thread())

    def run(self, coroutine: Coroutine[Any, Any, R]) -> R:
        """Run a coroutine on the thread, and return what it returns.

        Raises:
            NotSupported: The thread is blocked, or it is this one.
        """
        future = self.submit(coroutine)
        try:
            return future.result(self._timeout)
        except concurrent.futures.TimeoutError:
            if future.done():
                raise
            future.cancel()
            raise NotSupported(
                f"the thread of the FakeCluster does not answer for {self._timeout:g} s: a function of the test blocks "
                "it; let it `await` instead"
            ) from None

    def submit(self, coroutine: Coroutine[Any, Any, R]) -> concurrent.futures.Future[R]:
        """Start a coroutine on the thread.

        Raises:
            NotSupported: This process is a fork, which has no such thread.
        """
        if not self._thread.is_alive():
            coroutine.close()
            raise NotSupported(
                "this process is a fork of the one that has entered the FakeCluster, and has not its thread; let that "
                "one call its methods, or spawn this one"
            )
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop)

    @property
    def is_current(self) -> bool:
        """True on this thread."""
        return threading.current_thread() is self._thread

    def stop(self) -> None:
        """Cancel what still runs, and end the thread; a fork has none."""
        if not self._thread.is_alive():
            return
        self._loop.call_soon_threadsafe(self._stopped.set)
        self._thread.join(self._timeout)

    def _serve(self, started: concurrent.futures.Future[None]) -> None:
        # Not the loop of the tests, which may be another kind of loop.
        with asyncio.Runner(loop_factory=asyncio.new_event_loop) as runner:
            runner.run(self._wait(started))

    async def _wait(self, started: concurrent.futures.Future[None]) -> None:
        self._loop = asyncio.get_running_loop()
        self._stopped = asyncio.Event()
        started.set_result(None)
        await self._stopped.wait()


class _Threaded(Protocol):
    _thread: Thread | None


def on_its_thread(cls: C) -> C:
    """Let each public method of a class, and of its bases, run on the thread of the object, if it has one.

    Its attribute `_thread` is that thread, or None.
    """
    for name in dir(cls):
        method = inspect.getattr_static(cls, name)
        if inspect.isfunction(method) and not name.startswith("_") and name not in _IN_THE_CALLER:
            wrap = _async_on_its_thread if inspect.iscoroutinefunction(method) else _on_its_thread
            setattr(cls, name, wrap(method))
    return cls


def _on_its_thread(method: Callable[..., R]) -> Callable[..., R]:
    @functools.wraps(method)
    def call(self: _Threaded, *args: Any, **kwargs: Any) -> R:
        if self._thread is None:
            return method(self, *args, **kwargs)
        return self._thread.call(lambda: method(self, *args, **kwargs))

    return call


def _async_on_its_thread(method: Callable[..., Coroutine[Any, Any, R]]) -> Callable[..., Coroutine[Any, Any, R]]:
    @functools.wraps(method)
    async def call(self: _Threaded, *args: Any, **kwargs: Any) -> R:
        if self._thread is None or self._thread.is_current:
            return await method(self, *args, **kwargs)
        return await asyncio.wrap_future(self._thread.submit(method(self, *args, **kwargs)))

    return call
