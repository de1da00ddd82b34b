"""Virtual time: an event loop whose clock jumps to the next timer as soon as nothing else is left to do.

    @virtual_time
    async def test_lease_expires() -> None:
        await asyncio.sleep(15)                             # takes no time at all
        assert asyncio.get_running_loop().time() == 15

Nothing outside the loop can be waited for: no thread, no process, no peer behind a socket.
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
    """Every task waits for something that cannot happen any more."""


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop on virtual seconds, which start at 0."""

    def __init__(self) -> None:
        self._virtual = _VirtualSelector()
        super().__init__(self._virtual)

    def time(self) -> float:
        """The virtual seconds since the start."""
        return self._virtual.now

    def block(self, seconds: float) -> None:
        """Let time pass while nothing else can run, as a computation without `await` does."""
        self._virtual.now += seconds


class _VirtualSelector(selectors.DefaultSelector):
    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if not ready:
            if timeout is None:
                raise Stalled(f"at {self.now:g} virtual seconds, nothing is left that could wake a task")
            self.now += timeout
        return ready


def run(main: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine as `asyncio.run` does, on virtual time.

    What asyncio would only write to its log, such as an error in a callback, is an error here.
    """
    lost: list[dict[str, Any]] = []
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        runner.get_loop().set_exception_handler(lambda _, context: lost.append(context))
        result = runner.run(main)
    for context in lost:
        raise AssertionError(context["message"]) from context.get("exception")
    return result


def virtual_time(test: Callable[P, Coroutine[Any, Any, T]]) -> Callable[P, T]:
    """Make a test of an async one, on a virtual loop of its own. Its fixtures must not be async."""

    @functools.wraps(test)
    def run_test(*args: P.args, **kwargs: P.kwargs) -> T:
        return run(test(*args, **kwargs))

    return run_test


def now() -> float:
    """The seconds of the running loop: a clock for what takes one."""
    return asyncio.get_running_loop().time()


def block(seconds: float) -> None:
    """Let time pass on the running loop while nothing else can run."""
    loop = asyncio.get_running_loop()
    assert isinstance(loop, VirtualLoop), "only virtual time can be made to pass"
    loop.block(seconds)
