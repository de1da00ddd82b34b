"""Retries, timeouts and the rate limit of calls, in virtual time."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager

import pytest

from aiokube.runtime.codec.status import Status
from aiokube.runtime.errors import Conflict, ConnectionError, Disconnected, InvalidArgument, RequestTimeout
from aiokube.runtime.http.attempt import Attempt
from aiokube.runtime.http.rate_limit import RateLimiter
from aiokube.runtime.http.request import Request, Response, build
from aiokube.runtime.http.retry import Retrier, retry_after_of
from aiokube.runtime.http.retry_on_conflict import retry_on_conflict, retry_past_others
from aiokube.runtime.http.transport import StreamingResponse
from aiokube.runtime.http.websocket import Handshake

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


class Clock:
    """A clock that only `sleep` advances."""

    def __init__(self) -> None:
        self.now = 100.0
        self.waits: list[float] = []

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.now += seconds
        await asyncio.sleep(0)


class Script:
    """A transport with scripted outcomes, of which the last one repeats."""

    def __init__(self, *outcomes: tuple[int, Mapping[str, str]] | Exception) -> None:
        self._outcomes = list(outcomes)
        self.requests: list[Request] = []

    async def send(self, request: Request) -> Response:
        self.requests.append(request)
        outcome = self._outcomes.pop(0) if len(self._outcomes) > 1 else self._outcomes[0]
        if isinstance(outcome, Exception):
            raise outcome
        status, headers = outcome
        return Response(status=status, headers=headers, body=b"")

    @asynccontextmanager
    async def stream(self, request: Request) -> AsyncIterator[StreamingResponse]:
        response = await self.send(request)
        yield _Stream(response)

    @asynccontextmanager
    async def websocket(
        self, request: Request, *, protocols: Sequence[str], max_message_size: int
    ) -> AsyncIterator[Handshake]:
        response = await self.send(request)
        yield Handshake(status=response.status, headers=response.headers)

    async def close(self) -> None:
        """Do nothing; there are no connections."""


class _Stream:
    def __init__(self, response: Response) -> None:
        self.status = response.status
        self.headers = response.headers

    @property
    def chunks(self) -> AsyncIterator[bytes]:
        raise AssertionError("nobody reads it")

    @property
    def bounded_chunks(self) -> AsyncIterator[bytes]:
        raise AssertionError("nobody reads it")

    async def read(self, limit: int) -> bytes:
        return b""


OK: tuple[int, Mapping[str, str]] = (200, {})


def _attempts(script: Script, clock: Clock, *, max_retries: int = 10, timeout: float | None = None) -> Retrier:
    return Retrier(script, timeout=timeout, max_retries=max_retries, sleep=clock.sleep, clock=clock)


def _request(method: str = "GET") -> Request:
    body = b"{}" if method in ("POST", "PUT", "PATCH") else None
    return build(method, "/api/v1/namespaces/{namespace}/pods/{name}", {"namespace": "a", "name": "b"}, {}, body=body)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    ("status", "headers", "repeated"),
    [
        (200, {"Retry-After": "1"}, False),
        (201, {}, False),
        (302, {"Retry-After": "1"}, False),
        (404, {"Retry-After": "1"}, False),
        (409, {"Retry-After": "1"}, False),
        (429, {}, False),
        (429, {"Retry-After": "1"}, True),
        (429, {"Retry-After": ""}, False),
        (429, {"Retry-After": "-1"}, False),
        (429, {"Retry-After": "1.5"}, False),
        (429, {"Retry-After": "soon"}, False),
        (429, {"Retry-After": "Wed, 21 Oct 2026 07:28:00 GMT"}, False),
        (429, {"Retry-After": "99999999999"}, False),
        (429, {"Retry-After": "0"}, True),
        (500, {}, False),
        (500, {"Retry-After": "2"}, True),
        (503, {"Retry-After": "2"}, True),
        (504, {"Retry-After": "2"}, True),
        (503, {}, False),
    ],
)
async def test_calls_are_retried_when_the_server_asks_for_it(
    method: str, status: int, headers: Mapping[str, str], repeated: bool
) -> None:
    script, clock = Script((status, headers), OK), Clock()

    response = await _attempts(script, clock).send(_request(method))

    assert len(script.requests) == (2 if repeated else 1)
    assert response.status == (200 if repeated else status)
    if repeated:
        asked = float(headers["Retry-After"])
        assert asked <= clock.waits[0] <= asked * 1.1
        # The requests are identical, including their bodies.
        assert script.requests[0] == script.requests[1]


@pytest.mark.parametrize("method", METHODS)
async def test_only_a_get_is_retried_after_a_broken_connection(method: str) -> None:
    script, clock = Script(Disconnected("gone"), OK), Clock()

    if method == "GET":
        assert (await _attempts(script, clock).send(_request(method))).status == 200
        assert 1.0 <= clock.waits[0] <= 1.1
    else:
        with pytest.raises(Disconnected):
            await _attempts(script, clock).send(_request(method))
        assert len(script.requests) == 1


async def test_a_refused_connection_is_not_retried() -> None:
    script, clock = Script(ConnectionError("refused"), OK), Clock()

    with pytest.raises(ConnectionError):
        await _attempts(script, clock).send(_request())

    assert len(script.requests) == 1


async def test_retries_end_at_max_retries() -> None:
    script, clock = Script((503, {"Retry-After": "1"})), Clock()

    response = await _attempts(script, clock).send(_request())

    assert response.status == 503
    assert len(script.requests) == 11


async def test_max_retries_of_0_disables_retries() -> None:
    script, clock = Script((503, {"Retry-After": "1"})), Clock()

    assert (await _attempts(script, clock, max_retries=0).send(_request())).status == 503

    assert len(script.requests) == 1


async def test_the_last_error_has_a_note_about_the_previous_one() -> None:
    script, clock = Script((503, {"Retry-After": "1"}), Disconnected("gone")), Clock()

    with pytest.raises(Disconnected) as failed:
        await _attempts(script, clock, max_retries=1).send(_request())

    assert failed.value.__notes__ == ["attempt 2; the previous one failed: the server responded with 503"]


async def test_a_wait_is_at_most_a_minute() -> None:
    script, clock = Script((429, {"Retry-After": "3600"}), OK), Clock()

    await _attempts(script, clock).send(_request())

    assert clock.waits == [60]


async def test_a_wait_beyond_the_timeout_ends_the_retries() -> None:
    script, clock = Script((429, {"Retry-After": "30"}), OK), Clock()

    response = await _attempts(script, clock, timeout=20).send(_request())

    assert response.status == 429
    assert clock.waits == []


async def test_the_jitter_of_a_wait_counts_towards_the_timeout(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(random, "random", lambda: 0.9)
    script, clock = Script((429, {"Retry-After": "30"}), OK), Clock()

    response = await _attempts(script, clock, timeout=32).send(_request())

    assert response.status == 429
    assert clock.waits == []


async def test_a_broken_connection_is_reported_when_no_time_is_left() -> None:
    script, clock = Script(Disconnected("gone"), OK), Clock()

    with pytest.raises(Disconnected):
        await _attempts(script, clock, timeout=0.9).send(_request())

    assert clock.waits == []


class Slow(Script):
    """A transport with delayed responses."""

    async def send(self, request: Request) -> Response:
        await asyncio.sleep(0.04)
        return await super().send(request)


async def test_an_attempt_that_times_out_is_observed() -> None:
    seen: list[Attempt] = []
    script = Slow(OK)

    with pytest.raises(RequestTimeout) as failed:
        await Retrier(script, timeout=0.01, max_retries=0, on_request=seen.append).send(_request())

    assert [(one.number, one.status, one.error) for one in seen] == [(1, None, "RequestTimeout")]
    assert not hasattr(failed.value, "__notes__")


async def test_an_attempt_that_is_cancelled_is_not_observed() -> None:
    seen: list[Attempt] = []

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await Retrier(Slow(OK), timeout=5, max_retries=0, on_request=seen.append).send(_request())

    assert seen == []


async def test_timeout_includes_retries() -> None:
    script = Slow((503, {"Retry-After": "0"}))

    with pytest.raises(RequestTimeout, match=r"GET .*/pods/b: no response within 0.1 s") as failed:
        await Retrier(script, timeout=0.1, max_retries=10).send(_request())

    assert 1 <= len(script.requests) <= 3
    attempt = len(script.requests) + 1
    assert failed.value.__notes__ == [f"attempt {attempt}; the previous one failed: the server responded with 503"]


async def test_a_streamed_body_is_not_retried() -> None:
    async def chunks() -> AsyncIterator[bytes]:
        yield b"{}"

    script, clock = Script((429, {"Retry-After": "1"}), OK), Clock()
    request = build("POST", "/api/v1/namespaces", {}, {}, body=chunks())

    assert (await _attempts(script, clock).send(request)).status == 429

    assert len(script.requests) == 1


async def test_a_stream_is_started_again_but_not_resumed() -> None:
    script, clock = Script((429, {"Retry-After": "1"}), OK), Clock()

    async with _attempts(script, clock).stream(_request()) as response:
        assert response.status == 200

    assert len(script.requests) == 2


async def test_each_attempt_is_observed_without_names() -> None:
    seen: list[Attempt] = []
    script, clock = Script((429, {"Retry-After": "1"}), Disconnected("gone"), OK), Clock()
    attempts = Retrier(script, timeout=None, max_retries=10, on_request=seen.append, sleep=clock.sleep, clock=clock)

    await attempts.send(_request())

    assert [(one.number, one.status, one.error) for one in seen] == [
        (1, 429, None),
        (2, None, "Disconnected"),
        (3, 200, None),
    ]
    assert {one.template for one in seen} == {"/api/v1/namespaces/{namespace}/pods/{name}"}


async def test_an_exception_of_on_request_is_logged_and_ignored(caplog: pytest.LogCaptureFixture) -> None:
    def observe(attempt: Attempt) -> None:
        raise RuntimeError("mine")

    script, clock = Script(OK), Clock()
    attempts = Retrier(script, timeout=None, max_retries=0, on_request=observe, sleep=clock.sleep, clock=clock)

    assert (await attempts.send(_request())).status == 200
    assert "the on_request callback raised" in caplog.text


async def test_the_rate_limiter_allows_a_burst_and_then_limits_the_rate() -> None:
    clock = Clock()
    rate_limiter = RateLimiter(5, 10, sleep=clock.sleep, clock=clock)

    for _ in range(20):
        await rate_limiter.wait()

    assert len(clock.waits) == 10
    assert clock.now - 100 == pytest.approx(2.0)


@pytest.mark.slow
async def test_a_cancelled_wait_returns_its_token() -> None:
    rate_limiter = RateLimiter(0.5, 1)
    await rate_limiter.wait()
    waiting = [asyncio.create_task(rate_limiter.wait()) for _ in range(50)]
    await asyncio.sleep(0.01)
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)

    # With the tokens lost, the next wait would be a hundred seconds.
    async with asyncio.timeout(5):
        await rate_limiter.wait()


async def test_a_watch_is_not_rate_limited() -> None:
    clock = Clock()
    script = Script(OK)
    rate_limiter = RateLimiter(1, 1, sleep=clock.sleep, clock=clock)
    attempts = Retrier(script, timeout=None, max_retries=0, rate_limiter=rate_limiter, sleep=clock.sleep, clock=clock)
    await attempts.send(_request())

    async with attempts.stream(build("GET", "/api/v1/pods", {}, {"watch": True})):
        assert clock.waits == []
    await attempts.send(_request())
    assert clock.waits == [pytest.approx(1.0)]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"max_retries": -1, "timeout": None}, "max_retries: -1 is out of range"),
        ({"max_retries": 0, "timeout": 0}, "timeout: 0 is out of range"),
    ],
)
def test_options_out_of_range_are_rejected(arguments: dict[str, float | None], message: str) -> None:
    with pytest.raises(InvalidArgument, match=message):
        Retrier(Script(OK), **arguments)  # type: ignore[arg-type] # the wrong values are the point
    with pytest.raises(InvalidArgument, match="qps: 0 is out of range"):
        RateLimiter(0, 1)
    with pytest.raises(InvalidArgument, match="burst: 0 is out of range"):
        RateLimiter(1, 0)


def _conflict() -> Conflict:
    return Conflict(Status(reason="Conflict", code=409))


async def test_retry_on_conflict_repeats_a_change_until_it_succeeds() -> None:
    clock = Clock()
    calls = 0

    async def change() -> str:
        nonlocal calls
        calls += 1
        if calls < 5:
            raise _conflict()
        return "done"

    assert await retry_on_conflict(change, sleep=clock.sleep) == "done"

    assert len(clock.waits) == 4
    assert all(0.01 <= wait <= 0.011 for wait in clock.waits)


async def test_retry_on_conflict_gives_up_with_the_last_conflict() -> None:
    clock = Clock()
    raised: list[Conflict] = []

    async def change() -> None:
        raised.append(_conflict())
        raise raised[-1]

    with pytest.raises(Conflict) as failed:
        await retry_on_conflict(change, sleep=clock.sleep)

    assert len(raised) == 5
    assert failed.value is raised[-1]


async def test_retry_on_conflict_does_not_repeat_other_errors() -> None:
    clock = Clock()
    calls = 0

    async def change() -> None:
        nonlocal calls
        calls += 1
        raise ConnectionError("refused")

    with pytest.raises(ConnectionError):
        await retry_on_conflict(change, sleep=clock.sleep)

    assert calls == 1


async def test_a_change_that_others_are_in_the_way_of_is_repeated_nine_times_with_growing_waits() -> None:
    clock = Clock()
    raised: list[Conflict] = []

    async def change() -> None:
        raised.append(_conflict())
        raise raised[-1]

    with pytest.raises(Conflict) as failed:
        await retry_past_others(change, sleep=clock.sleep)

    assert len(raised) == 10
    assert failed.value is raised[-1]
    longest = (0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 0.64, 0.64, 0.64)
    assert all(0.01 <= wait <= most for wait, most in zip(clock.waits, longest, strict=True))


def test_retry_after_is_a_whole_number() -> None:
    assert retry_after_of(429, {"Retry-After": "7"}) == 7.0
    assert retry_after_of(429, {"Retry-After": "\u0667"}) is None
