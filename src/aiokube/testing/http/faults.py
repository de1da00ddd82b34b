"""Faults on purpose: what happens to the next requests instead of their answers."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from ...runtime.http.responses import REASONS
from ..failures import Failure

_REASONS = {**REASONS, 410: "Expired", 413: "RequestEntityTooLarge", 500: "InternalError"}

Matches = Callable[[str], bool]
"""Returns True for the verbs that a fault is for."""


@dataclass
class _Fault:
    failure: Failure
    verbs: frozenset[str]


class Faults:
    """The faults that are to come."""

    def __init__(self) -> None:
        self._next: deque[_Fault] = deque()
        self._connected = asyncio.Event()
        self._connected.set()
        self.latency: float = 0.0
        """Seconds that each answer takes longer."""

    def add(self, failure: Failure, count: int, verbs: frozenset[str]) -> None:
        """Let the next requests fail.

        Args:
            failure: What they are answered with.
            count: How many.
            verbs: Only requests of these verbs; empty for all.
        """
        self._next.extend(_Fault(failure, verbs) for _ in range(count))

    def take(self, verb: str) -> Failure | None:
        """Return the failure of a request that has just arrived; None if there is none."""
        for fault in self._next:
            if not fault.verbs or verb in fault.verbs:
                self._next.remove(fault)
                return fault.failure
        return None

    @property
    def is_partitioned(self) -> bool:
        """True while no answer reaches a client."""
        return not self._connected.is_set()

    def partition(self) -> None:
        """Let no answer reach a client."""
        self._connected.clear()

    def heal(self) -> None:
        """End the partition."""
        self._connected.set()

    async def wait(self) -> None:
        """Wait as long as an answer takes longer."""
        if self.latency:
            await asyncio.sleep(self.latency)
        await self.connected()

    async def connected(self) -> None:
        """Wait until there is no partition."""
        await self._connected.wait()


def failure_of(code: int, message: str = "") -> Failure:
    """Return a failure by its HTTP status."""
    return Failure(code, _REASONS.get(code, ""), message or f"FakeCluster was told to answer {code}")


def throttled(retry_after: int | None) -> Failure:
    """Return the failure of a request that came too early."""
    text = "the server has received too many requests and has asked us to try again later"
    return Failure(429, "TooManyRequests", text, retry_after=retry_after)
