"""Faults on purpose: what happens to the next requests instead of their answers."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Never

from aiohttp import web

from ...runtime.http.responses import REASONS
from ...runtime.public import public
from ..failures import Failure
from ..functions import FunctionCancelled, check_async, result_of
from .requests import ReceivedRequest

_log = logging.getLogger("aiokube.testing")

_REASONS = {**REASONS, 410: "Expired", 413: "RequestEntityTooLarge", 500: "InternalError"}

Answer = Callable[[web.BaseRequest], Awaitable[web.StreamResponse | None]]
"""Answers a request in place of the API, or leaves it to the API by returning None."""


@public("aiokube.testing")
@dataclass(eq=False)
class Fault:
    """A fault of a `FakeCluster`, to see whether it has met a request."""

    left: int | None
    """Requests that it still waits for; None for all until `heal`."""
    hits: int = 0
    """Requests that it has met."""


@dataclass(frozen=True)
class Selection:
    """The requests that a fault is for."""

    verbs: frozenset[str]
    """Empty for all."""
    resource: str
    """The collection, such as `deployments.apps`; empty for all requests."""
    user: str
    """Empty for all."""

    def covers(self, request: ReceivedRequest) -> bool:
        """Return True if a request is one of them."""
        return (
            (not self.verbs or request.verb in self.verbs)
            and (not self.resource or self.resource == f"{request.resource}.{request.group}".removesuffix("."))
            and (not self.user or self.user == request.user)
        )


class Faults:
    """The faults that are to come."""

    def __init__(self) -> None:
        self._coming: list[tuple[Fault, Selection, Answer]] = []
        self._connected = asyncio.Event()
        self._connected.set()
        self.latency: float = 0.0
        """Seconds that each answer takes longer."""

    def add(self, answer: Answer, count: int | None, selection: Selection) -> Fault:
        """Let a fault answer the next requests, and return it.

        Args:
            answer: The answer.
            count: How many; None for all, after the faults with a count.
            selection: Which ones.
        """
        fault = Fault(count)
        self._coming.append((fault, selection, answer))
        self._coming.sort(key=lambda one: one[0].left is None)
        return fault

    def take(self, request: ReceivedRequest) -> Answer | None:
        """Return what answers a request that has just arrived; None if it is the API."""
        for one in self._coming:
            fault, selection, answer = one
            if selection.covers(request):
                fault.hits += 1
                if fault.left is not None:
                    fault.left -= 1
                    if not fault.left:
                        self._coming.remove(one)
                return answer
        return None

    def clear(self) -> None:
        """End all faults."""
        for fault, _, _ in self._coming:
            fault.left = 0
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


def failing(code: int, reason: str = "", message: str = "") -> Answer:
    """Return what answers with a failure, by its HTTP status."""
    text = message or f"FakeCluster was told to answer {code}"

    async def answer(_: web.BaseRequest) -> web.StreamResponse:
        raise Failure(code, reason or _REASONS.get(code, ""), text)

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


def calling(function: Answer) -> Answer:
    """Return what answers by a function of the test; what it raises is an answer, too, which names it.

    Raises:
        InvalidArgument: It is not async.
    """
    check_async("answer", function)

    async def answer(request: web.BaseRequest) -> web.StreamResponse | None:
        try:
            response = await result_of(function(request))
        except web.HTTPException as raised:
            return web.Response(status=raised.status, headers=raised.headers, body=raised.body)
        except FunctionCancelled:
            raise _failed("raised CancelledError") from None
        except Exception as error:
            _log.error("an intercepting function has raised for %s", _named(request), exc_info=error)
            raise _failed(f"raised {type(error).__name__}: {error}") from None
        if response is not None and not isinstance(response, web.StreamResponse):
            raise _failed(f"returned {response!r}, which is neither a response of aiohttp nor None")
        return response

    return answer


def _failed(what: str) -> Failure:
    return Failure(500, "InternalError", f"the function of the test that intercepts this request has {what}")


def _named(request: web.BaseRequest) -> str:
    return f"{request.method} {request.path}".encode("unicode_escape").decode()


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
