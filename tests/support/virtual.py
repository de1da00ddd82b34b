"""Virtual time: an event loop whose clock jumps to the next timer whenever no task is ready.

    @virtual_time
    async def test_lease_expires() -> None:
        await asyncio.sleep(15)                             # takes no real time
        assert asyncio.get_running_loop().time() == 15

Tasks cannot wait for anything outside the loop: no thread, no process, no peer of a socket.
"""

from __future__ import annotations

import asyncio
import functools
import selectors
from collections.abc import Callable, Coroutine
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class Stalled(RuntimeError):
    """Every task waits, and nothing can wake one: a deadlock."""


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop on virtual time, which starts at 0 seconds."""

    def __init__(self) -> None:
        self._virtual = _VirtualSelector()
        super().__init__(self._virtual)

    def time(self) -> float:
        """Return the virtual seconds since the start."""
        return self._virtual.now

    def block(self, seconds: float) -> None:
        """Advance the clock while no task runs, as a long computation without `await` would."""
        self._virtual.now += seconds


class _VirtualSelector(selectors.DefaultSelector):
    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if not ready:
            if timeout is None:
                raise Stalled(f"deadlock at {self.now:g} virtual seconds: every task waits, and no timer is left")
            self.now += timeout
        return ready


def run(main: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine like `asyncio.run`, on virtual time.

    Raises:
        AssertionError: An exception was left unhandled, for instance in a callback; asyncio would only log it.
    """
    unhandled: list[dict[str, Any]] = []
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        runner.get_loop().set_exception_handler(lambda _, context: unhandled.append(context))
        result = runner.run(main)
    for context in unhandled:
        raise AssertionError(context["message"]) from context.get("exception")
    return result


def virtual_time(test: Callable[P, Coroutine[Any, Any, T]]) -> Callable[P, T]:
    """Run an async test on a new virtual loop. Its fixtures must not be async."""

    @functools.wraps(test)
    def run_test(*args: P.args, **kwargs: P.kwargs) -> T:
        return run(test(*args, **kwargs))

    return run_test


def now() -> float:
    """Return the time of the running loop in seconds: for parameters that take a clock."""
    return asyncio.get_running_loop().time()


def block(seconds: float) -> None:
    """Advance the clock of the running loop by some seconds while no task runs."""
    loop = asyncio.get_running_loop()
    assert isinstance(loop, VirtualLoop), "block() needs a virtual loop"
    loop.block(seconds)
