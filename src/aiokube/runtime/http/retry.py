"""A call as one or more attempts: which failures are worth another one, when, and for how long."""

from __future__ import annotations

import asyncio
import logging
import math
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar

from ..errors import AiokubeError, ClientClosed, Disconnected, InvalidRequest, RequestTimeout
from .rate_limit import RateLimiter
from .request import Request, Response, retry_after

if TYPE_CHECKING:
    from .transport import StreamingResponse, Transport
    from .websocket import Handshake

A = TypeVar("A", "Response", "StreamingResponse", "Handshake")

_log = logging.getLogger("aiokube")

# Seconds. client-go waits as long as the server says, and a second after a broken connection.
LONGEST_WAIT = 60.0
_AFTER_DISCONNECT = 1.0
_JITTER = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One request that was sent, for metrics and traces. It holds no body, no header and no name of an object."""

    method: str
    """The HTTP method."""
    template: str
    """The path as the OpenAPI document has it: `/api/v1/namespaces/{namespace}/pods/{name}`."""
    number: int
    """1 for the first attempt of a call."""
    duration: float
    """Seconds until the answer, for a stream until its start."""
    status: int | None
    """The HTTP status code; None when no answer came."""
    error: str | None
    """The class of the error when no answer came."""


class Retrier:
    """How a client makes its calls.

    Args:
        transport: what carries each attempt.
        timeout: seconds for a whole call with all its attempts; None for no limit. Streams have none.
        max_retries: attempts after the first.
        rate_limiter: what keeps the rate of requests down.
        observer: called after each attempt.
        sleep: `asyncio.sleep`, or a virtual one.
        clock: seconds that only go up.
    """

    def __init__(
        self,
        transport: Transport,
        *,
        timeout: float | None,
        max_retries: int,
        rate_limiter: RateLimiter | None = None,
        observer: Callable[[Attempt], object] | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        if max_retries < 0:
            raise InvalidRequest(f"max_retries is {max_retries}: 0 means never")
        if timeout is not None and timeout <= 0:
            raise InvalidRequest(f"timeout is {timeout}: None means no limit")
        self._transport = transport
        self._timeout = timeout
        self._max_retries = max_retries
        self._rate_limiter = rate_limiter
        self._observer = observer
        self._sleep = sleep
        # The task of each call, and whether `close` has cancelled it.
        self._under_way: dict[asyncio.Task[Any], bool] = {}
        self._clock = clock

    async def close(self) -> None:
        """Close the transport; calls end with `ClientClosed`, whatever they wait for."""
        for task in self._under_way:
            self._under_way[task] = task.cancel()
        await self._transport.close()

    async def send(self, request: Request) -> Response:
        """Send a request and read the answer whole, whatever its status is.

        Raises:
            RequestTimeout: the call took longer than its timeout.
            ConnectionError: no answer came.
        """
        return await self._in_time(request, self._transport.send)

    @asynccontextmanager
    async def stream(self, request: Request) -> AsyncIterator[StreamingResponse]:
        """Send a request and give its answer as it comes, whatever its status is.

        Raises:
            ConnectionError: no answer came.
        """
        async with AsyncExitStack() as stack:

            async def start(request: Request) -> StreamingResponse:
                await stack.aclose()
                return await stack.enter_async_context(self._transport.stream(request))

            yield await self._until_closed(request, self._repeat(request, start, []))

    @asynccontextmanager
    async def websocket(
        self, request: Request, *, protocols: Sequence[str], max_message_size: int
    ) -> AsyncIterator[Handshake]:
        """Ask for a WebSocket, and give the answer whatever its status is.

        Raises:
            RequestTimeout: the answer took longer than the timeout.
            ConnectionError: no answer came.
        """
        async with AsyncExitStack() as stack:

            async def start(request: Request) -> Handshake:
                opened = self._transport.websocket(request, protocols=protocols, max_message_size=max_message_size)
                return await stack.enter_async_context(opened)

            # A connection that breaks may have started a program: nobody can tell, so it is not started again.
            yield await self._in_time(replace(request, max_retries=0), start)

    async def _in_time(self, request: Request, attempt: Callable[[Request], Awaitable[A]]) -> A:
        if self._timeout is None:
            return await self._until_closed(request, self._repeat(request, attempt, []))
        limit = asyncio.timeout(self._timeout)
        failures: list[str] = []
        try:
            async with limit:
                repeated = self._repeat(request, attempt, failures, limit, self._clock() + self._timeout)
                return await self._until_closed(request, repeated)
        except TimeoutError as error:
            if not limit.expired():
                raise
            late = RequestTimeout(
                f"{request.method} {request.path}: no answer within {self._timeout:g} s, the timeout of this client"
            )
            _tell(late, failures)
            raise late from error

    async def _until_closed(self, request: Request, call: Awaitable[A]) -> A:
        task = asyncio.current_task()
        assert task is not None
        self._under_way[task] = False
        try:
            return await call
        except asyncio.CancelledError:
            # By `close`, and by nobody else.
            if self._under_way[task] and not task.uncancel():
                raise ClientClosed(
                    f"{request.method} {request.path}: the client was closed while the request was under way"
                ) from None
            raise
        finally:
            del self._under_way[task]

    async def _repeat(
        self,
        request: Request,
        attempt: Callable[[Request], Awaitable[A]],
        failures: list[str],
        limit: asyncio.Timeout | None = None,
        deadline: float = math.inf,
    ) -> A:
        while True:
            number = len(failures) + 1
            if self._rate_limiter is not None and not (request.is_watch and number == 1):
                await self._rate_limiter.wait()
            started = self._clock()
            try:
                answer = await attempt(request)
            except Disconnected as error:
                self._observe(request, number, started, None, error)
                wait = _spread(_AFTER_DISCONNECT)
                # The server may have acted: only a call that changes nothing can be made again.
                if request.method != "GET" or not self._may_repeat(request, number, wait, deadline):
                    _tell(error, failures)
                    raise
                failure = str(error)
            except AiokubeError as error:
                self._observe(request, number, started, None, error)
                _tell(error, failures)
                raise
            except asyncio.CancelledError:
                if limit is not None and limit.expired():
                    self._observe(request, number, started, None, RequestTimeout())
                raise
            else:
                self._observe(request, number, started, answer.status, None)
                asked = retry_after_of(answer.status, answer.headers)
                if asked is None:
                    return answer
                wait = min(_spread(asked), LONGEST_WAIT)
                if not self._may_repeat(request, number, wait, deadline):
                    return answer
                failure = f"the server answered {answer.status}"
            failures.append(failure)
            _log.debug("%s %s: %s; attempt %d in %.1f s", request.method, request.template, failure, number + 1, wait)
            await self._sleep(wait)

    def _may_repeat(self, request: Request, number: int, wait: float, deadline: float) -> bool:
        most = self._max_retries if request.max_retries is None else request.max_retries
        return number <= most and request.is_repeatable and self._clock() + wait < deadline

    def _observe(
        self, request: Request, number: int, started: float, status: int | None, error: Exception | None
    ) -> None:
        if self._observer is None:
            return
        attempt = Attempt(
            method=request.method,
            template=request.template,
            number=number,
            duration=self._clock() - started,
            status=status,
            error=type(error).__name__ if error is not None else None,
        )
        try:
            self._observer(attempt)
        except Exception:
            _log.exception("the observer of requests failed")


def retry_after_of(status: int, headers: Mapping[str, str]) -> float | None:
    """Seconds after which a request is worth repeating; None when it is not.

    As in client-go, the server has to ask for it: 429 or 5xx with a whole number in Retry-After.
    """
    if status != 429 and status < 500:
        return None
    return retry_after(headers)


def _spread(wait: float) -> float:
    return wait * (1 + _JITTER * random.random())  # noqa: S311 - it only spreads the load


def _tell(error: AiokubeError, failures: list[str]) -> None:
    if failures:
        error.add_note(f"attempt {len(failures) + 1}; before it: {failures[-1]}")
