"""Retries of calls, and the timeout that limits them."""

from __future__ import annotations

import asyncio
import logging
import math
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from copy import copy
from dataclasses import replace
from types import EllipsisType
from typing import TYPE_CHECKING, Self, TypeVar

from ..config import validation
from ..errors import AiokubeError, Disconnected, InvalidArgument, RequestTimeout
from ..failures import is_transient_code
from .attempt import Attempt, AttemptObserver
from .home_loop import HomeLoop
from .in_flight import Call, CallsInFlight
from .rate_limit import RateLimiter
from .request import Request, Response, retry_after

if TYPE_CHECKING:
    from .transport import StreamingResponse, Transport
    from .websocket import Handshake

A = TypeVar("A", "Response", "StreamingResponse", "Handshake")

_log = logging.getLogger("aiokube.http")

# As in client-go, the server specifies the wait, except after an interrupted connection.
MAX_WAIT_S = 60.0
_AFTER_DISCONNECT_S = 1.0
_JITTER = 0.1


class Retrier:
    """Makes the calls of a client, each with one or more attempts.

    Args:
        transport: The transport.
        timeout: Timeout of a whole call with all its attempts in seconds; None for no limit. Streams have none.
        max_retries: Maximum number of attempts after the first.
        rate_limiter: Limiter of the rate of requests; None for no limit.
        on_request: Callback after each attempt.
        sleep: Replacement for `asyncio.sleep` in tests.
        clock: Monotonic clock in seconds.

    Raises:
        InvalidArgument: `timeout` or `max_retries` is out of range.
    """

    def __init__(
        self,
        transport: Transport,
        *,
        timeout: float | None,
        max_retries: int,
        rate_limiter: RateLimiter | None = None,
        on_request: Callable[[Attempt], object] | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._transport = transport
        self._timeout = _checked_timeout(timeout)
        self._max_retries = _checked_max_retries(max_retries)
        self._rate_limiter = rate_limiter
        self._observer = None if on_request is None else AttemptObserver(on_request)
        self._home_loop = HomeLoop()
        self._in_flight = CallsInFlight()
        self._sleep = sleep
        self._clock = clock

    def with_options(
        self, *, timeout: float | EllipsisType | None = ..., max_retries: int | EllipsisType = ...
    ) -> Self:
        """Return a retrier with these options that shares everything else.

        Raises:
            InvalidArgument: `timeout` or `max_retries` is out of range.
        """
        view = copy(self)
        if timeout is not ...:
            view._timeout = _checked_timeout(timeout)
        if max_retries is not ...:
            view._max_retries = _checked_max_retries(max_retries)
        return view

    async def close(self) -> None:
        """Close the transport, and end the calls in flight with `ClientClosed`.

        Raises:
            NotSupported: The client is in use in another event loop.
        """
        self._enter_loop()
        self._in_flight.close()
        await self._transport.close()

    async def send(self, request: Request) -> Response:
        """Send a request and read the whole response, whatever its status.

        Raises:
            RequestTimeout: The call exceeded its timeout.
            ConnectionError: No response was received.
            NotSupported: The client is in use in another event loop.
        """
        self._enter_loop()
        return await self._call(request, self._transport.send, self._timeout)

    async def receive(self, request: Request, read: Callable[[StreamingResponse], Awaitable[Response]]) -> Response:
        """Send a request and read the whole response with a function, which may be called again for a new attempt.

        Raises:
            RequestTimeout: The call exceeded its timeout.
            ConnectionError: No response was received.
            NotSupported: The client is in use in another event loop.
        """
        self._enter_loop()

        async def attempt(request: Request) -> Response:
            async with self._transport.stream(request) as response:
                return await read(response)

        return await self._call(request, attempt, self._timeout)

    @asynccontextmanager
    async def stream(self, request: Request) -> AsyncIterator[StreamingResponse]:
        """Send a request and stream the response, whatever its status.

        Raises:
            ConnectionError: No response was received.
            NotSupported: The client is in use in another event loop.
        """
        self._enter_loop()
        async with AsyncExitStack() as stack:

            async def start(request: Request) -> StreamingResponse:
                await stack.aclose()
                return await stack.enter_async_context(self._transport.stream(request))

            yield await self._call(request, start, None)

    @asynccontextmanager
    async def websocket(
        self, request: Request, *, protocols: Sequence[str], max_message_size: int
    ) -> AsyncIterator[Handshake]:
        """Request a WebSocket, and yield the response, whatever its status.

        Raises:
            RequestTimeout: The handshake exceeded the timeout.
            ConnectionError: No response was received.
            NotSupported: The client is in use in another event loop.
        """
        self._enter_loop()
        async with AsyncExitStack() as stack:

            async def start(request: Request) -> Handshake:
                opened = self._transport.websocket(request, protocols=protocols, max_message_size=max_message_size)
                return await stack.enter_async_context(opened)

            # No retries, because the server may have started a program before the connection was interrupted.
            yield await self._call(replace(request, max_retries=0), start, self._timeout)

    def _enter_loop(self) -> None:
        if self._home_loop.enter():
            self._in_flight.forget()

    async def _call(self, request: Request, attempt: Callable[[Request], Awaitable[A]], timeout: float | None) -> A:
        call = self._in_flight.enter(timeout)
        failures: list[str] = []
        try:
            return await self._repeat(request, attempt, failures, call, timeout)
        except asyncio.CancelledError as error:
            if not self._in_flight.cancelled(call, request):
                raise
            late = RequestTimeout(f"{request}: no response within {timeout:g} s, the timeout of this client")
            _note_failures(late, failures)
            raise late from error
        finally:
            self._in_flight.leave(call)

    async def _repeat(
        self,
        request: Request,
        attempt: Callable[[Request], Awaitable[A]],
        failures: list[str],
        call: Call,
        timeout: float | None,
    ) -> A:
        deadline = math.inf if timeout is None else self._clock() + timeout
        while True:
            number = len(failures) + 1
            if self._rate_limiter is not None and not (request.is_watch and number == 1):
                await self._rate_limiter.wait()
            started = self._clock()
            try:
                response = await attempt(request)
            except Disconnected as error:
                self._observe(request, number, started, None, error)
                wait = _with_jitter(_AFTER_DISCONNECT_S)
                # The server may have carried out the request, so only calls without side effects are repeated.
                if request.method != "GET" or not self._may_repeat(request, number, wait, deadline):
                    _note_failures(error, failures)
                    raise
                failure = str(error)
            except AiokubeError as error:
                self._observe(request, number, started, None, error)
                _note_failures(error, failures)
                raise
            except asyncio.CancelledError:
                if call.is_late:
                    self._observe(request, number, started, None, RequestTimeout())
                raise
            else:
                self._observe(request, number, started, response.status, None)
                if response.status < 400:
                    return response
                requested = retry_after_of(response.status, response.headers)
                if requested is None or (response.status == 429 and not request.retries_429):
                    return response
                wait = min(_with_jitter(requested), MAX_WAIT_S)
                if not self._may_repeat(request, number, wait, deadline):
                    return response
                failure = f"the server responded with {response.status}"
            failures.append(failure)
            _log.debug("%s %s: %s; attempt %d in %.1f s", request.method, request.template, failure, number + 1, wait)
            await self._sleep(wait)

    def _may_repeat(self, request: Request, number: int, wait: float, deadline: float) -> bool:
        max_retries = self._max_retries if request.max_retries is None else request.max_retries
        return number <= max_retries and request.is_repeatable and self._clock() + wait < deadline

    def _observe(
        self, request: Request, number: int, started: float, status: int | None, error: Exception | None
    ) -> None:
        if self._observer is None:
            return
        self._observer.report(
            Attempt(
                method=request.method,
                template=request.template,
                number=number,
                duration=self._clock() - started,
                status=status,
                error=type(error).__name__ if error is not None else None,
            )
        )


def retry_after_of(status: int, headers: Mapping[str, str]) -> float | None:
    """Return the seconds to wait before a retry; None if the response does not ask for one.

    As in client-go, a response does so with a status of 429 or 5xx and a whole number in Retry-After.
    """
    return retry_after(headers) if is_transient_code(status) else None


def _checked_timeout(timeout: float | None) -> float | None:
    validation.types.seconds(timeout, "timeout")
    if timeout is not None and not timeout > 0:
        raise InvalidArgument(f"timeout: {timeout} is out of range; pass seconds above zero, or None for no limit")
    return timeout


def _checked_max_retries(max_retries: int) -> int:
    validation.types.instance(max_retries, int, "an integer", "max_retries")
    if max_retries < 0:
        raise InvalidArgument(f"max_retries: {max_retries} is out of range; pass 0 for no retries, or more")
    return max_retries


def _with_jitter(wait: float) -> float:
    return wait * (1 + _JITTER * random.random())  # noqa: S311 - only to spread the load


def _note_failures(error: AiokubeError, failures: list[str]) -> None:
    if failures:
        error.add_note(f"attempt {len(failures) + 1}; the previous one failed: {failures[-1]}")
