"""The deadlines of calls, which share one timer."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager

import pytest

from aiokube.errors import ClientClosed, RequestTimeout
from aiokube.runtime.http.request import Request, Response, build
from aiokube.runtime.http.retry import Retrier
from aiokube.runtime.http.transport import StreamingResponse
from aiokube.runtime.http.websocket import Handshake

OK = Response(status=200, headers={}, body=b"")


class Slow:
    """A transport whose responses take as long as the query of the request says, in seconds."""

    async def send(self, request: Request) -> Response:
        await asyncio.sleep(float(dict(request.query)["seconds"]))
        return OK

    def stream(self, request: Request) -> AbstractAsyncContextManager[StreamingResponse]:
        raise NotImplementedError

    def websocket(
        self, request: Request, *, protocols: Sequence[str], max_message_size: int
    ) -> AbstractAsyncContextManager[Handshake]:
        raise NotImplementedError

    async def close(self) -> None:
        pass


def taking(seconds: float) -> Request:
    return build("GET", "/api", {}, {"seconds": str(seconds)})


def retrier(timeout: float | None) -> Retrier:
    return Retrier(Slow(), timeout=timeout, max_retries=0)


async def test_each_call_ends_at_its_own_deadline_whichever_began_first() -> None:
    patient = retrier(0.2)
    calls = {
        "patient": patient.send(taking(60)),
        "hasty": patient.with_options(timeout=0.01).send(taking(60)),
        "unlimited": patient.with_options(timeout=None).send(taking(0.3)),
        "done": patient.send(taking(0.001)),
    }
    order: list[str] = []

    async def run(name: str) -> None:
        try:
            assert await calls[name] is OK
        except RequestTimeout as error:
            order.append(f"{name}: {error}")
        else:
            order.append(name)

    await asyncio.gather(*map(run, calls))
    late = "GET /api: no response within {} s, the timeout of this client"
    assert order == ["done", f"hasty: {late.format(0.01)}", f"patient: {late.format(0.2)}", "unlimited"]


@pytest.mark.slow
async def test_calls_one_after_the_other_each_have_the_whole_time() -> None:
    calls = retrier(0.5)
    for _ in range(3):
        assert await calls.send(taking(0.2)) is OK
    with pytest.raises(RequestTimeout):
        await calls.send(taking(60))
    assert await calls.send(taking(0.2)) is OK


async def test_a_task_whose_call_is_late_is_not_cancelled_any_more() -> None:
    calls = retrier(0.01)
    with pytest.raises(RequestTimeout):
        await calls.send(taking(60))
    task = asyncio.current_task()
    assert task is not None
    assert task.cancelling() == 0
    await asyncio.sleep(0)


async def test_a_response_that_arrives_as_the_deadline_passes_leaves_no_cancellation() -> None:
    class Finishing(Slow):
        async def send(self, request: Request) -> Response:
            try:
                return await super().send(request)
            except asyncio.CancelledError:
                return OK

    assert await Retrier(Finishing(), timeout=0.01, max_retries=0).send(taking(60)) is OK
    task = asyncio.current_task()
    assert task is not None
    assert task.cancelling() == 0


async def test_a_cancelled_task_stays_cancelled_when_its_call_is_late_too() -> None:
    calls = retrier(0.01)
    task = asyncio.create_task(calls.send(taking(60)))
    await asyncio.sleep(0)
    # Both the deadline and this cancellation come before the task runs again.
    time.sleep(0.02)  # noqa: ASYNC251 - holds the loop on purpose
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_call_in_the_cleanup_of_a_cancelled_task_has_a_deadline() -> None:
    calls = retrier(0.01)
    seen: list[str] = []

    async def work() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            try:
                await calls.send(taking(60))
            except RequestTimeout as error:
                seen.append(type(error).__name__)

    task = asyncio.create_task(work())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert seen == ["RequestTimeout"]


async def test_a_closed_client_leaves_no_timer_and_ends_calls_that_are_not_late() -> None:
    calls = retrier(0.02)
    task = asyncio.create_task(calls.send(taking(60)))
    await asyncio.sleep(0)
    await calls.close()
    with pytest.raises(ClientClosed):
        await task
    loop = asyncio.get_running_loop()
    assert [handle for handle in loop._scheduled if not handle.cancelled()] == []  # type: ignore[attr-defined] # of BaseEventLoop
