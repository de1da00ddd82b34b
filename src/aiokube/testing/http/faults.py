"""Faults on purpose: what happens to the next requests instead of their answers."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Never

from aiohttp import web

from ...runtime.http.responses import REASONS
from ..failures import Failure

_REASONS = {**REASONS, 410: "Expired", 413: "RequestEntityTooLarge", 500: "InternalError"}

Answer = Callable[[web.BaseRequest], Awaitable[web.StreamResponse | None]]
"""Answers a request in place of the API, or leaves it to the API by returning None."""


@dataclass(eq=False)
class _Fault:
    answer: Answer
    left: int | None
    """Requests that it is still for; None for all."""
    verbs: frozenset[str]

    def covers(self, verb: str) -> bool:
        return not self.verbs or verb in self.verbs


class Faults:
    """The faults that are to come."""

    def __init__(self) -> None:
        self._coming: list[_Fault] = []
        self._connected = asyncio.Event()
        self._connected.set()
        self.latency: float = 0.0
        """Seconds that each answer takes longer."""

    def add(self, answer: Answer, count: int | None, verbs: frozenset[str]) -> None:
        """Let a fault answer the next requests.

        Args:
            answer: The answer.
            count: How many; None for all, after the faults with a count.
            verbs: Only requests of these verbs; empty for all.
        """
        self._coming.append(_Fault(answer, count, verbs))
        self._coming.sort(key=lambda fault: fault.left is None)

    def take(self, verb: str) -> Answer | None:
        """Return what answers a request that has just arrived; None if it is the API."""
        for fault in self._coming:
            if fault.covers(verb):
                if fault.left is not None:
                    fault.left -= 1
                    if not fault.left:
                        self._coming.remove(fault)
                return fault.answer
        return None

    def clear(self) -> None:
        """End all faults."""
        self._coming.clear()
        self.latency = 0.0
        self._connected.set()

    @property
    def is_partitioned(self) -> bool:
        """True while no answer reaches a client."""
        return not self._connected.is_set()

    def partition(self) -> None:
        """Let no answer reach a client."""
        self._connected.clear()

    async def wait(self) -> None:
        """Wait as long as an answer takes longer."""
        if self.latency:
            await asyncio.sleep(self.latency)
        await self.connected()

    async def connected(self) -> None:
        """Wait until there is no partition."""
        await self._connected.wait()


def failing(code: int, message: str = "") -> Answer:
    """Return what answers with a failure, by its HTTP status."""
    text = message or f"FakeCluster was told to answer {code}"

    async def answer(_: web.BaseRequest) -> web.StreamResponse:
        raise Failure(code, _REASONS.get(code, ""), text)

    return answer


def throttling(retry_after: int | None) -> Answer:
    """Return what answers requests that came too early."""
    text = "the server has received too many requests and has asked us to try again later"

    async def answer(_: web.BaseRequest) -> web.StreamResponse:
        raise Failure(429, "TooManyRequests", text, retry_after=retry_after)

    return answer


def responding(code: int, headers: Mapping[str, str], body: bytes) -> Answer:
    """Return what answers with a given response."""

    async def answer(_: web.BaseRequest) -> web.StreamResponse:
        return web.Response(status=code, headers=headers, body=body)

    return answer


async def dropping(request: web.BaseRequest) -> web.StreamResponse:
    """Break the connection."""
    abort(request)


async def hanging(_: web.BaseRequest) -> web.StreamResponse:
    """Do not answer."""
    never: asyncio.Future[web.StreamResponse] = asyncio.get_running_loop().create_future()
    return await never


def abort(request: web.BaseRequest) -> Never:
    """Break the connection of a request, and end its handler.

    Raises:
        CancelledError: Always.
    """
    if request.transport is not None:
        request.transport.abort()
    raise asyncio.CancelledError
