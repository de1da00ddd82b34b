"""Watches across broken connections, refusals, expired versions and restarts of the server."""

from __future__ import annotations

import asyncio
import itertools
import json
from contextlib import aclosing
from typing import Any

import pytest

from aiokube import Client, Config
from aiokube.errors import (
    ConnectionError,
    DecodeError,
    Disconnected,
    Forbidden,
    Gone,
    InternalError,
    ServerTimeout,
    TooManyRequests,
    Unauthorized,
)
from tests.support.apiserver import ApiServer, Fault, event_line
from tests.support.local import local
from tests.support.watches import Summary, collect, take


@pytest.mark.parametrize("as_event", [False, True])
@local
async def test_an_expired_version_raises_gone(server: ApiServer, kube: Client, as_event: bool) -> None:
    server.put("a")
    server.put("b")
    server.compact()
    server.gone_as_event = as_event
    with pytest.raises(Gone) as caught:
        await anext(kube.core_v1.config_maps.watch(resource_version="11"))
    assert (caught.value.code, caught.value.path) == (410, "/api/v1/namespaces/default/configmaps")
    assert len(server.requests) == 1


@pytest.mark.parametrize("as_event", [False, True])
@local
async def test_a_version_that_expires_while_disconnected_raises_gone(
    server: ApiServer, kube: Client, as_event: bool
) -> None:
    server.gone_as_event = as_event
    async with aclosing(kube.core_v1.config_maps.watch(resource_version="10")) as events:
        first = asyncio.ensure_future(take(events, 1))
        await server.wait_watches()
        server.put("a")
        await first
        server.drop_watches()
        server.put("b")
        server.put("c")
        server.compact()
        # Events that were sent before the connection broke are yielded first.
        with pytest.raises(Gone):
            while True:
                await anext(events)


@local
async def test_a_silent_connection_is_given_up_after_three_bookmarks(server: ApiServer, kube: Client) -> None:
    # The server does not end the watch at its timeout, as if the network were down.
    watch = kube.core_v1.config_maps.watch(resource_version="10")
    assert watch.last_heard is None
    server.is_silent = True
    first = asyncio.ensure_future(take(watch, 1))
    await server.wait_watches()
    await asyncio.sleep(190)
    assert watch.last_heard == pytest.approx(190, abs=1)
    server.is_silent = False
    server.bookmark_interval = 60
    await server.wait_watches(2)
    assert 200 <= server.watches[1].at - server.watches[0].at <= 202
    await asyncio.sleep(250)
    assert watch.last_heard is not None
    assert watch.last_heard <= 60
    assert len(server.watches) == 2
    server.put("a")
    assert await first == [("ADDED", "a")]
    await watch.aclose()


def _refused(code: int, reason: str) -> Fault:
    return Fault(code=code, reason=reason)


_REFUSED_EVENT = Fault(lines=(event_line("ERROR", {"kind": "Status", "code": 401, "reason": "Unauthorized"}),))


@pytest.mark.parametrize("fault", [_refused(401, "Unauthorized"), _REFUSED_EVENT], ids=["response", "event"])
@local
async def test_a_watch_resumes_after_401(server: ApiServer, kube: Client, fault: Fault) -> None:
    received: list[Summary] = []
    task = asyncio.ensure_future(collect(kube.core_v1.config_maps.watch(resource_version="10"), received))
    for number in range(3):
        await server.wait_watches(2 * number + 1)
        server.put(f"map-{number}")
        await asyncio.sleep(1)
        server.watch_faults.append(fault)
        server.end_watches()
    await server.wait_watches(7)
    assert [name for _, name in received] == ["map-0", "map-1", "map-2"]
    task.cancel()
    await asyncio.wait([task])


@pytest.mark.parametrize("fault", [_refused(401, "Unauthorized"), _REFUSED_EVENT], ids=["response", "event"])
@local
async def test_a_second_401_in_a_row_is_final(server: ApiServer, kube: Client, fault: Fault) -> None:
    watch = kube.core_v1.config_maps.watch(resource_version="10")
    task = asyncio.ensure_future(take(watch, 1))
    await server.wait_watches()
    server.watch_faults.extend([fault] * 2)
    server.drop_watches()
    with pytest.raises(Unauthorized):
        await task
    assert len(server.watches) == 3


@local
async def test_a_401_after_a_quiet_connection_is_not_a_second_one(server: ApiServer, kube: Client) -> None:
    watch = kube.core_v1.config_maps.watch(resource_version="10", watch_timeout=90)
    task = asyncio.ensure_future(take(watch, 1))
    for number in range(3):
        await server.wait_watches(2 * number + 1)
        server.watch_faults.append(_refused(401, "Unauthorized"))
        if number == 1:
            await asyncio.sleep(61)
            server.drop_watches()
    await server.wait_watches(7)
    server.put("a")
    assert await task == [("ADDED", "a")]
    await watch.aclose()


_TOO_LARGE = {"kind": "Status", "code": 504, "reason": "Timeout"}
_REFUSALS: dict[str, dict[str, Any]] = {
    "message": {**_TOO_LARGE, "message": "Too large resource version: 750, current: 12"},
    "cause": {**_TOO_LARGE, "details": {"causes": [{"reason": "ResourceVersionTooLarge"}]}},
    "code": _TOO_LARGE,
    "internal": {"kind": "Status", "code": 500, "reason": "InternalError"},
}


@pytest.mark.parametrize("as_event", [False, True], ids=["response", "event"])
@pytest.mark.parametrize("status", _REFUSALS.values(), ids=_REFUSALS)
@local
async def test_a_version_that_the_server_refuses_five_times_is_an_error(
    server: ApiServer, kube: Client, status: dict[str, Any], as_event: bool
) -> None:
    server.put("a")
    watch = kube.core_v1.config_maps.watch()
    assert await take(watch, 1) == [("ADDED", "a")]
    server.every_watch = (
        Fault(lines=(event_line("ERROR", status),))
        if as_event
        else Fault(code=status["code"], body=json.dumps(status).encode())
    )
    with pytest.raises((ServerTimeout, InternalError)):
        await anext(watch)
    assert len(server.watches) == 5
    assert server.watches[-1].at - server.watches[0].at > 4


@local
async def test_refusals_of_different_versions_do_not_add_up(server: ApiServer, kube: Client) -> None:
    watch = kube.core_v1.config_maps.watch(resource_version="10")
    first = asyncio.ensure_future(take(watch, 1))
    await server.wait_watches()
    server.watch_faults.extend([_refused(500, "InternalError")] * 4)
    server.drop_watches()
    await server.wait_watches(6)
    server.put("a")
    await first
    second = asyncio.ensure_future(take(watch, 1))
    server.watch_faults.extend([_refused(500, "InternalError")] * 4)
    server.drop_watches()
    await server.wait_watches(11)
    server.put("b")
    assert await second == [("ADDED", "b")]
    await watch.aclose()


@local
async def test_a_watch_waits_for_a_proxy_that_times_out(server: ApiServer, kube: Client) -> None:
    server.put("a")
    watch = kube.core_v1.config_maps.watch()
    assert await take(watch, 1) == [("ADDED", "a")]
    server.watch_faults.extend([Fault(code=504, body=b"<html>Gateway Timeout</html>")] * 8)
    following = asyncio.ensure_future(anext(watch))
    await server.wait_watches(9)
    server.put("b")
    assert (await following).object.metadata.name == "b"


@pytest.mark.slow
@local
async def test_a_hundred_watches_that_end_regularly_return_spread_over_a_second(
    server: ApiServer, kube: Client
) -> None:
    watches = [kube.core_v1.config_maps.watch(resource_version="10") for _ in range(100)]
    tasks = [asyncio.ensure_future(collect(watch, [])) for watch in watches]
    await server.wait_watches(100)
    await asyncio.sleep(10)
    server.end_watches()
    await server.wait_watches(200)
    times = sorted(seen.at for seen in server.watches[100:])
    assert times[-1] - times[0] > 0.5
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)


@pytest.mark.parametrize(
    "fault",
    [
        Fault(),
        Fault(
            lines=(event_line("MODIFIED", {"kind": "ConfigMap", "metadata": {"name": "a", "resourceVersion": "11"}}),)
        ),
        Fault(drop=True),
        Fault(code=429, reason="TooManyRequests"),
        Fault(code=429, reason="TooManyRequests", headers={"Retry-After": "0"}),
        Fault(code=503, reason="ServiceUnavailable"),
        Fault(code=500, body=b"<html>no</html>"),
        Fault(lines=(b'{"type": "ADDED", "obj',)),
        Fault(
            lines=(
                event_line("MODIFIED", {"kind": "ConfigMap", "metadata": {"name": "a", "resourceVersion": "11"}}),
                b"<html>",
            )
        ),
    ],
    ids=[
        "ends",
        "ends-after-event",
        "drops",
        "429",
        "429-at-once",
        "503",
        "500-html",
        "half-a-line",
        "rest-after-event",
    ],
)
@local
async def test_a_watch_sends_at_most_one_request_per_second(server: ApiServer, kube: Client, fault: Fault) -> None:
    async with Client(Config(server=server.url)) as client:
        task = asyncio.ensure_future(collect(client.core_v1.config_maps.watch(resource_version="10"), []))
        await server.wait_watches()
        server.every_watch = fault
        server.drop_watches()
        await asyncio.sleep(600)
        task.cancel()
        await asyncio.wait([task])

    times = [seen.at for seen in server.watches]
    pauses = [later - earlier for earlier, later in itertools.pairwise(times)]
    assert all(pause >= 0.99 for pause in pauses), pauses
    assert 12 < len(times) < 40


@local
async def test_a_watch_that_breaks_every_minute_resumes_at_once(server: ApiServer, kube: Client) -> None:
    task = asyncio.ensure_future(collect(kube.core_v1.config_maps.watch(), []))
    for count in range(1, 12):
        await server.wait_watches(count)
        await asyncio.sleep(60)
        server.drop_watches()
        await asyncio.sleep(0.1)
    task.cancel()
    await asyncio.wait([task])
    times = [seen.at for seen in server.watches]
    assert all(later - earlier < 61.2 for earlier, later in itertools.pairwise(times))


@local
async def test_retry_after_delays_the_next_request(server: ApiServer, kube: Client) -> None:
    watch = kube.core_v1.config_maps.watch(resource_version="10")
    task = asyncio.ensure_future(take(watch, 1))
    await server.wait_watches()
    body = {"kind": "Status", "code": 429, "reason": "TooManyRequests", "details": {"retryAfterSeconds": 45}}
    server.watch_faults.append(Fault(code=429, body=json.dumps(body).encode()))
    server.drop_watches()
    await server.wait_watches(3)
    assert 45 <= server.watches[2].at - server.watches[1].at < 47
    server.put("a")
    await task
    await watch.aclose()


@local
async def test_retry_after_is_capped_at_a_minute(server: ApiServer, kube: Client) -> None:
    async with aclosing(kube.core_v1.config_maps.watch()) as events:
        server.watch_faults.append(Fault(code=503, headers={"Retry-After": "86400"}))
        task = asyncio.ensure_future(take(events, 1))
        await server.wait_watches(2)
        server.put("a")
        await task
    assert server.watches[1].at - server.watches[0].at == pytest.approx(60, abs=1)


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fault(code=403, reason="Forbidden"), Forbidden),
        (Fault(code=429, reason="TooManyRequests"), TooManyRequests),
        (Fault(drop=True), Disconnected),
        (Fault(lines=(event_line("ERROR", {"kind": "Status", "code": 403, "reason": "Forbidden"}),)), Forbidden),
        (Fault(lines=(b"<html>\n",)), DecodeError),
        (Fault(lines=(b"<html>",)), DecodeError),
        (Fault(lines=(b'{"error": "please log in"}',)), DecodeError),
        (Fault(lines=(b'"text"\n',)), DecodeError),
        (Fault(lines=(b'{"type": "FOO", "object": {}}\n',)), DecodeError),
        (Fault(lines=(b'{"type": "ERROR", "object": null}\n',)), DecodeError),
        (Fault(lines=(event_line("ADDED", {"data": {"a": "\ud800"}}),)), DecodeError),
        (Fault(lines=(b"[" * 100_000 + b"\n",)), DecodeError),
    ],
    ids=[
        "403",
        "429",
        "drop",
        "403-event",
        "html",
        "html-unfinished",
        "json",
        "text",
        "foo",
        "no-status",
        "surrogate",
        "deep",
    ],
)
@local
async def test_a_failure_of_the_first_request_is_raised(
    server: ApiServer, kube: Client, fault: Fault, error: type[Exception]
) -> None:
    server.faults.append(fault)
    with pytest.raises(error, match="/api/v1/namespaces/default/configmaps"):
        await anext(kube.core_v1.config_maps.watch(resource_version="10"))
    assert len(server.requests) == 1


@pytest.mark.parametrize("fault", [Fault(code=503, reason="ServiceUnavailable"), Fault(drop=True)], ids=["503", "drop"])
@local
async def test_a_transient_failure_after_the_list_is_retried(server: ApiServer, kube: Client, fault: Fault) -> None:
    server.put("a")
    server.watch_faults.append(fault)
    async with aclosing(kube.core_v1.config_maps.watch()) as events:
        assert await take(events, 1) == [("ADDED", "a")]
        task = asyncio.ensure_future(take(events, 1))
        await server.wait_watches(2)
        server.put("b")
        assert await task == [("ADDED", "b")]


@local
async def test_a_refused_connection_is_raised(server: ApiServer, kube: Client) -> None:
    await server.stop()
    with pytest.raises(ConnectionError):
        await anext(kube.core_v1.config_maps.watch(resource_version="10"))


@local
async def test_a_watch_resumes_after_a_restart_of_the_server(server: ApiServer, kube: Client) -> None:
    async with aclosing(kube.core_v1.config_maps.watch(resource_version="10")) as events:
        task = asyncio.ensure_future(take(events, 1))
        await server.wait_watches()
        await server.stop()
        await asyncio.sleep(60)
        await server.listen()
        server.put("a")
        assert await task == [("ADDED", "a")]
