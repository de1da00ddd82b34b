"""Followed logs of many pods, when connections break, containers restart and pods are replaced."""

from __future__ import annotations

import asyncio
import gc
import logging
from collections.abc import AsyncGenerator
from typing import Any

import pytest
from aiohttp import web

from aiokube import Client
from aiokube.errors import BadRequest, Forbidden, InvalidArgument, InvalidRequest, StreamError
from aiokube.streams import LogLine
from tests.support.clients import client_of
from tests.support.logged_pods import LoggedPods, refuse, send, stamped

pytestmark = pytest.mark.slow

ENDED: dict[str, Any] = {"state": {"terminated": {"exitCode": 0, "containerID": "containerd://a"}}}
BACK_OFF: dict[str, Any] = {
    "state": {"waiting": {"reason": "CrashLoopBackOff"}},
    "lastState": {"terminated": {"exitCode": 1, "containerID": "containerd://a"}},
}


def follow(kube: Client, **options: Any) -> AsyncGenerator[LogLine, None]:
    """Follow the logs of the pods."""
    return kube.core_v1.pods.logs(label_selector="app=web", follow=True, **options)


async def texts(lines: AsyncGenerator[LogLine, None], number: int, *, then_silent: float = 0.0) -> list[str]:
    """Return a number of lines, and those that come within some seconds after them, which should be none."""
    found: list[str] = []
    try:
        async with asyncio.timeout(10):
            while len(found) < number:
                found.append((await anext(lines)).text)
        async with asyncio.timeout(then_silent):
            while True:
                found.append((await anext(lines)).text)
    except TimeoutError:
        return found
    finally:
        await lines.aclose()


async def test_a_broken_connection_neither_loses_nor_repeats_a_line() -> None:
    async def respond(request: web.Request, number: int) -> web.StreamResponse:
        if number == 1:
            # The third line arrives in part.
            return await send(request, stamped(1, 2) + stamped(3)[:-4], "broken")
        return await send(request, stamped(1, 2, 3, 4), "open")

    async with LoggedPods(respond) as pods, client_of(pods.url) as kube:
        pods.put()
        found = await texts(follow(kube, tail_lines=5), 4)
    assert found == ["line 1", "line 2", "line 3", "line 4"]
    assert pods.asked[0]["tailLines"] == "5"
    assert "sinceTime" not in pods.asked[0]
    assert pods.asked[1]["sinceTime"] == "2026-11-27T09:59:59.900000102Z"
    assert "tailLines" not in pods.asked[1]


async def test_lines_with_equal_times_or_of_another_time_zone_are_neither_lost_nor_repeated() -> None:
    before = [b"2026-10-25T02:59:59.9+02:00 one\n", b"2026-10-25T02:59:59.900000000+02:00 two\n"]
    later = [b"2026-10-25T02:59:59.9+02:00 three\n", b"2026-10-25T02:00:01+01:00 four\n"]

    async def respond(request: web.Request, number: int) -> web.StreamResponse:
        if number == 1:
            return await send(request, b"".join(before), "broken")
        return await send(request, b"".join(before + later), "open")

    async with LoggedPods(respond) as pods, client_of(pods.url) as kube:
        pods.put()
        assert await texts(follow(kube), 4) == ["one", "two", "three", "four"]


async def test_the_end_of_a_response_is_not_that_of_a_container_that_still_runs() -> None:
    async def respond(request: web.Request, number: int) -> web.StreamResponse:
        if number == 1:
            # As by an API server that loses its connection to the kubelet, in the middle of a line.
            return await send(request, stamped(1) + stamped(2)[:-3], "closed")
        return await send(request, stamped(1, 2, 3), "open")

    async with LoggedPods(respond) as pods, client_of(pods.url) as kube:
        pods.put()
        assert await texts(follow(kube), 3) == ["line 1", "line 2", "line 3"]


async def test_the_log_of_a_container_that_has_ended_is_read_to_its_end_and_no_further() -> None:
    async def respond(request: web.Request, number: int) -> web.StreamResponse:
        if number == 1:
            pods.put(**ENDED)
            return await send(request, stamped(1), "closed")
        return await send(request, stamped(1, 2), "closed")

    async with LoggedPods(respond) as pods, client_of(pods.url) as kube:
        pods.put()
        assert await texts(follow(kube), 2, then_silent=2) == ["line 1", "line 2"]
    assert [asked.get("follow") for asked in pods.asked] == ["true", None]


async def test_the_rest_of_a_run_comes_before_the_lines_of_the_next_one_and_each_once() -> None:
    async def respond(request: web.Request, number: int) -> web.StreamResponse:
        if number == 1:
            # The node restarts, and with it the container.
            asyncio.get_running_loop().call_later(0.1, lambda: pods.put(restarts=1))
            return await send(request, stamped(1), "broken", wait=0.2)
        if "previous" in request.query:
            return await send(request, stamped(1, 2), "closed")
        return await send(request, stamped(3, 4, second=5), "open")

    async with LoggedPods(respond) as pods, client_of(pods.url) as kube:
        pods.put()
        found = await texts(follow(kube, tail_lines=1), 4, then_silent=2)
    assert found == ["line 1", "line 2", "line 3", "line 4"]
    assert [asked.get("previous") for asked in pods.asked] == [None, "true", None]


async def test_a_restart_that_no_watch_has_told_of_is_noticed() -> None:
    loop = asyncio.get_running_loop()

    async def respond(request: web.Request, number: int) -> web.StreamResponse:
        if number == 1:
            loop.call_later(0.1, lambda: pods.put(restarts=1, silently=True))
            return await send(request, stamped(1), "broken", wait=0.2)
        if "previous" in request.query:
            return await send(request, stamped(1, 2), "closed")
        return await send(request, stamped(3, second=5), "open")

    async with LoggedPods(respond) as pods, client_of(pods.url) as kube:
        pods.put()
        loop.call_later(2.2, lambda: pods.put(restarts=1))
        assert await texts(follow(kube), 3, then_silent=2) == ["line 1", "line 2", "line 3"]


@pytest.mark.parametrize("delay", [0.0, 2.2])
async def test_a_pod_that_took_over_a_name_is_followed_once(delay: float) -> None:
    loop = asyncio.get_running_loop()

    def replace() -> None:
        pods.delete(silently=True)
        pods.put(uid="2", silently=True)
        # Watches may tell of it late, when the log was opened again.
        loop.call_later(delay, tell)

    def tell() -> None:
        pods.notify("DELETED", {"metadata": {"name": "web-0", "namespace": "default", "uid": "1"}})
        pods.put(uid="2")

    async def respond(request: web.Request, number: int) -> web.StreamResponse:
        if number > 1:
            return await send(request, stamped(2, 3, second=5), "open")
        loop.call_later(0.1, replace)
        return await send(request, stamped(1), "broken", wait=0.2)

    async with LoggedPods(respond) as pods, client_of(pods.url) as kube:
        pods.put()
        assert await texts(follow(kube), 3, then_silent=2) == ["line 1", "line 2", "line 3"]


async def test_a_pod_that_leaves_the_selection_and_comes_back_is_followed_once() -> None:
    async def respond(request: web.Request, number: int) -> web.StreamResponse:
        if number == 2:
            return await send(request, stamped(1, 2, 3), "open")
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(stamped(1))
        pod = {"metadata": {"name": "web-0", "namespace": "default", "uid": "1"}}
        pods.notify("DELETED", pod)
        await asyncio.sleep(0.2)
        pods.put()
        await asyncio.sleep(0.2)
        await response.write(stamped(2))
        await asyncio.sleep(0.1)
        return response

    async with LoggedPods(respond) as pods, client_of(pods.url) as kube:
        pods.put()
        assert await texts(follow(kube), 3, then_silent=1) == ["line 1", "line 2", "line 3"]


async def test_the_last_run_of_a_container_that_waits_for_the_next_one_is_shown() -> None:
    async def respond(request: web.Request, number: int) -> web.StreamResponse:
        return await send(request, stamped(1, 2), "closed")

    async with LoggedPods(respond) as pods, client_of(pods.url) as kube:
        pods.put(restarts=3, **BACK_OFF)
        assert await texts(follow(kube), 2, then_silent=1) == ["line 1", "line 2"]


async def test_runs_that_are_too_short_to_be_seen_are_shown() -> None:
    async def respond(request: web.Request, number: int) -> web.StreamResponse:
        if "previous" in request.query:
            return await send(request, stamped(2, second=2), "closed")
        if number == 1:
            return await send(request, stamped(1, second=1), "closed")
        return await send(request, stamped(3, second=3), "open")

    async with LoggedPods(respond) as pods, client_of(pods.url) as kube:
        pods.put(**ENDED)
        lines = follow(kube)
        asyncio.get_running_loop().call_later(0.5, lambda: pods.put(restarts=2))
        assert await texts(lines, 3) == ["line 1", "line 2", "line 3"]


async def test_limits_are_those_of_the_runs_at_the_start() -> None:
    async def respond(request: web.Request, number: int) -> web.StreamResponse:
        if number == 1:
            asyncio.get_running_loop().call_later(0.1, lambda: pods.put(restarts=1))
            return await send(request, b"", "closed")
        return await send(request, stamped(1), "open")

    async with LoggedPods(respond) as pods, client_of(pods.url) as kube:
        pods.put(**ENDED)
        assert await texts(follow(kube, tail_lines=1), 1) == ["line 1"]
    assert [asked.get("tailLines") for asked in pods.asked] == ["1", None]


async def test_lines_without_a_time_are_whole_and_do_not_end_the_following() -> None:
    message = b"unable to retrieve container logs for containerd://abc"

    async def respond(request: web.Request, number: int) -> web.StreamResponse:
        if not request.query.get("sinceTime", "2").startswith("2"):
            return refuse(400, "invalid sinceTime", "BadRequest")
        return (
            await send(request, stamped(1) + message, "closed")
            if number < 3
            else await send(request, stamped(1, 2), "open")
        )

    async with LoggedPods(respond) as pods, client_of(pods.url) as kube:
        pods.put()
        assert await texts(follow(kube), 3) == ["line 1", message.decode(), "line 2"]


async def test_what_a_quiet_container_writes_while_the_connection_is_broken_is_not_lost() -> None:
    async def respond(request: web.Request, number: int) -> web.StreamResponse:
        return await send(request, b"" if number == 1 else stamped(1), "broken" if number == 1 else "open")

    async with LoggedPods(respond) as pods, client_of(pods.url) as kube:
        pods.put()
        assert await texts(follow(kube, tail_lines=0), 1) == ["line 1"]
    assert pods.asked[0]["tailLines"] == "0"
    assert "tailLines" not in pods.asked[1]
    assert 2 <= int(pods.asked[1]["sinceSeconds"]) <= 5


async def test_a_log_that_cannot_be_read_is_a_warning_until_it_can(caplog: pytest.LogCaptureFixture) -> None:
    async def respond(request: web.Request, number: int) -> web.StreamResponse:
        if request.match_info["name"] == "web-1":
            return await send(request, stamped(1), "open")
        if number < 4:
            return refuse(500, "x509: certificate signed by unknown authority", "InternalError")
        return await send(request, stamped(2), "open")

    async with LoggedPods(respond) as pods, client_of(pods.url) as kube:
        pods.put()
        pods.put("web-1", uid="2")
        with caplog.at_level(logging.WARNING, "aiokube"):
            assert await texts(follow(kube), 2) == ["line 1", "line 2"]
    (warning,) = caplog.messages
    assert "the log of app in web-0 cannot be read" in warning
    assert "unknown authority" in warning


@pytest.mark.parametrize("code", [400, 404])
async def test_a_log_that_is_not_there_is_left_out_with_a_warning(code: int, caplog: pytest.LogCaptureFixture) -> None:
    async def respond(request: web.Request, number: int) -> web.StreamResponse:
        if request.match_info["name"] == "web-0":
            return refuse(code, "the log is gone")
        return await send(request, stamped(1), "open")

    async with LoggedPods(respond) as pods, client_of(pods.url) as kube:
        pods.put(**ENDED)
        pods.put("web-1", uid="2")
        with caplog.at_level(logging.WARNING, "aiokube"):
            assert await texts(follow(kube), 1, then_silent=2) == ["line 1"]
    assert caplog.messages == ["the log of app in web-0 is left out: the log is gone"]


async def test_a_pod_that_is_gone_is_no_warning(caplog: pytest.LogCaptureFixture) -> None:
    async def respond(request: web.Request, number: int) -> web.StreamResponse:
        if number == 1:
            asyncio.get_running_loop().call_later(0.1, lambda: pods.delete(silently=True))
            return await send(request, stamped(1), "closed", wait=0.2)
        return refuse(404, "no such pod", "NotFound")

    async with LoggedPods(respond) as pods, client_of(pods.url) as kube:
        pods.put()
        with caplog.at_level(logging.WARNING, "aiokube"):
            assert await texts(follow(kube), 1, then_silent=2.5) == ["line 1"]
    assert not caplog.messages


async def test_a_refusal_of_a_log_ends_all_and_names_it() -> None:
    async def respond(request: web.Request, number: int) -> web.StreamResponse:
        return refuse(403, "no", "Forbidden")

    async with LoggedPods(respond) as pods, client_of(pods.url) as kube, asyncio.timeout(10):
        pods.put()
        with pytest.raises(Forbidden) as caught:
            await anext(follow(kube))
    assert caught.value.__notes__ == ["the log of app in web-0 was followed"]


async def test_the_number_of_containers_that_are_followed_is_limited() -> None:
    async def respond(request: web.Request, number: int) -> web.StreamResponse:
        return await send(request, stamped(number), "closed" if "follow" not in request.query else "open")

    async with LoggedPods(respond) as pods, client_of(pods.url) as kube, asyncio.timeout(10):
        pods.put("web-0", uid="0", containers=("app", "proxy"))
        for number in range(20):
            # Those that have ended do not count.
            pods.put(f"job-{number}", uid=f"job-{number}", **ENDED)
        pods.put("web-9", uid="9")
        with pytest.raises(StreamError, match="3 running containers are to be followed, and max_log_requests is 1"):
            await anext(follow(kube, max_log_requests=1))
        assert not pods.asked
        pods.delete("web-9")
        assert len(await texts(follow(kube, max_log_requests=1, container="app"), 21)) == 21
        lines = follow(kube, max_log_requests=3)
        assert len([await anext(lines) for _ in range(22)]) == 22
        pods.put("web-1", uid="w1")
        assert (await anext(lines)).pod == "web-1"
        pods.put("web-1", uid="w1", **ENDED)
        pods.put("web-2", uid="w2")
        assert (await anext(lines)).pod == "web-2"
        pods.put("web-3", uid="w3")
        with pytest.raises(StreamError, match=r"4 running containers .* max_log_requests is 3"):
            while True:
                await anext(lines)


async def test_options_without_a_meaning_for_followed_logs_are_refused() -> None:
    async def respond(request: web.Request, number: int) -> web.StreamResponse:
        raise AssertionError(request)

    async with LoggedPods(respond) as pods, client_of(pods.url) as kube:
        for options in ({"previous": True}, {"limit_bytes": 10}):
            with pytest.raises(InvalidRequest, match="cannot be combined with follow"):
                await anext(follow(kube, **options))
        for value in (0, True, "5"):
            with pytest.raises(InvalidArgument, match="max_log_requests"):
                await anext(follow(kube, max_log_requests=value))
        with pytest.raises(BadRequest, match="'nope'"):
            pods.put()
            await anext(follow(kube, container="nope"))


async def test_leaving_at_any_moment_leaves_nothing_behind() -> None:
    async def respond(request: web.Request, number: int) -> web.StreamResponse:
        return await send(request, stamped(1, 2), "open")

    async with LoggedPods(respond) as pods, client_of(pods.url) as kube:
        for number in range(10):
            pods.put(f"web-{number}", uid=str(number))

        async def read() -> None:
            lines = follow(kube)
            try:
                async for _ in lines:
                    pass
            finally:
                await lines.aclose()

        for turns in range(100):
            task = asyncio.create_task(read())
            for _ in range(turns):
                await asyncio.sleep(0)
            task.cancel()
            await asyncio.wait([task])
        # A coroutine that was never awaited is a warning, and thus an error, when it is collected.
        gc.collect()
        assert len(asyncio.all_tasks()) <= 2 + 2 * 11
