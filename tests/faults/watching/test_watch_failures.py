"""Watches across broken connections, refusals, expired versions and restarts of the server."""

from __future__ import annotations

import asyncio
import itertools
import json
from contextlib import aclosing
from functools import partial
from typing import Any

import pytest

from aiokube import Client
from aiokube.errors import (
    ApiError,
    ConnectionError,
    DecodeError,
    Disconnected,
    Forbidden,
    Gone,
    InternalError,
    ServerTimeout,
    ServiceUnavailable,
    TooManyRequests,
    Unauthorized,
)
from aiokube.testing import FakeCluster
from tests.support.local import local
from tests.support.map_cluster import LISTS, WATCHES, Fault, MapCluster, event_line
from tests.support.watches import Summary, collect, take


@pytest.mark.parametrize("as_event", [False, True])
@local
async def test_an_expired_version_raises_gone(server: MapCluster, kube: Client, as_event: bool) -> None:
    server.put("a")
    server.put("b")
    server.compact()
    if not as_event:
        server.fail(code=410, verbs=WATCHES)
    with pytest.raises(Gone) as caught:
        await anext(kube.core_v1.config_maps.watch(resource_version="301"))
    assert (caught.value.code, caught.value.path) == (410, "/api/v1/namespaces/default/configmaps")
    assert len(server.requests) == 1


@pytest.mark.parametrize("as_event", [False, True])
@local
async def test_a_version_that_expires_while_disconnected_raises_gone(
    server: MapCluster, kube: Client, as_event: bool
) -> None:
    async with aclosing(kube.core_v1.config_maps.watch(resource_version="300")) as events:
        first = asyncio.ensure_future(take(events, 1))
        await server.wait_watches()
        server.put("a")
        await first
        if not as_event:
            server.fail(code=410, verbs=WATCHES)
        server.drop_watches()
        server.put("b")
        server.put("c")
        server.compact()
        # Events that were sent before the connection broke are yielded first.
        with pytest.raises(Gone):
            while True:
                await anext(events)


@local
async def test_a_silent_connection_is_given_up_after_three_bookmarks(server: MapCluster, kube: Client) -> None:
    watch = kube.core_v1.config_maps.watch(resource_version="300")
    assert watch.last_heard is None
    first = asyncio.ensure_future(take(watch, 1))
    await server.wait_watches()
    server.silence_watches()
    await asyncio.sleep(190)
    assert watch.last_heard == pytest.approx(190, abs=1)
    await server.wait_watches(2)
    assert 200 <= server.watches[1].at - server.watches[0].at <= 202
    await asyncio.sleep(250)
    assert watch.last_heard is not None
    assert watch.last_heard <= 60
    assert len(server.watches) == 2
    server.put("a")
    assert await first == [("ADDED", "a")]
    await watch.aclose()


_REFUSED = partial(FakeCluster.fail, code=401)
_REFUSED_EVENT = partial(
    FakeCluster.respond, body=event_line("ERROR", {"kind": "Status", "code": 401, "reason": "Unauthorized"})
)


@pytest.mark.parametrize("fault", [_REFUSED, _REFUSED_EVENT], ids=["response", "event"])
@local
async def test_a_watch_resumes_after_401(server: MapCluster, kube: Client, fault: Fault) -> None:
    received: list[Summary] = []
    task = asyncio.ensure_future(collect(kube.core_v1.config_maps.watch(resource_version="300"), received))
    for number in range(3):
        await server.wait_watches(2 * number + 1)
        server.put(f"map-{number}")
        await asyncio.sleep(1)
        fault(server, verbs=WATCHES)
        server.end_watches()
    await server.wait_watches(7)
    assert [name for _, name in received] == ["map-0", "map-1", "map-2"]
    task.cancel()
    await asyncio.wait([task])


@pytest.mark.parametrize("version", [None, "300"], ids=["list", "watch"])
@local
async def test_a_401_of_the_first_request_is_one_of_an_old_credential_too(
    server: MapCluster, kube: Client, version: str | None
) -> None:
    verbs = WATCHES if version else LISTS
    for refusals in (1, 2):
        server.fail(refusals, code=401, verbs=verbs)
        watch = kube.core_v1.config_maps.watch(resource_version=version)
        task = asyncio.ensure_future(take(watch, 1))
        if refusals == 1:
            await server.wait_watches(2 if version else 1)
            server.put("a")
            assert await task == [("ADDED", "a")]
            await watch.aclose()
            server.delete("a")
        else:
            with pytest.raises(Unauthorized):
                await task


@pytest.mark.parametrize("fault", [_REFUSED, _REFUSED_EVENT], ids=["response", "event"])
@local
async def test_a_second_401_in_a_row_is_final(server: MapCluster, kube: Client, fault: Fault) -> None:
    watch = kube.core_v1.config_maps.watch(resource_version="300")
    task = asyncio.ensure_future(take(watch, 1))
    await server.wait_watches()
    fault(server, 2, verbs=WATCHES)
    server.drop_watches()
    with pytest.raises(Unauthorized):
        await task
    assert len(server.watches) == 3


@local
async def test_a_401_after_a_quiet_connection_is_not_a_second_one(server: MapCluster, kube: Client) -> None:
    watch = kube.core_v1.config_maps.watch(resource_version="300", watch_timeout=90)
    task = asyncio.ensure_future(take(watch, 1))
    for number in range(3):
        await server.wait_watches(2 * number + 1)
        server.fail(code=401, verbs=WATCHES)
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
    server: MapCluster, kube: Client, status: dict[str, Any], as_event: bool
) -> None:
    server.put("a")
    watch = kube.core_v1.config_maps.watch()
    assert await take(watch, 1) == [("ADDED", "a")]
    if as_event:
        server.respond(None, event_line("ERROR", status), verbs=WATCHES)
    else:
        server.respond(None, json.dumps(status).encode(), code=status["code"], verbs=WATCHES)
    with pytest.raises((ServerTimeout, InternalError)):
        await anext(watch)
    assert len(server.watches) == 5
    assert server.watches[-1].at - server.watches[0].at > 4


@local
async def test_refusals_of_different_versions_do_not_add_up(server: MapCluster, kube: Client) -> None:
    watch = kube.core_v1.config_maps.watch(resource_version="300")
    first = asyncio.ensure_future(take(watch, 1))
    await server.wait_watches()
    server.fail(4, 500, verbs=WATCHES)
    server.drop_watches()
    await server.wait_watches(6)
    server.put("a")
    await first
    second = asyncio.ensure_future(take(watch, 1))
    server.fail(4, 500, verbs=WATCHES)
    server.drop_watches()
    await server.wait_watches(11)
    server.put("b")
    assert await second == [("ADDED", "b")]
    await watch.aclose()


_HTML = partial(FakeCluster.respond, body=b"<html>Gateway Timeout</html>", code=504)


@local
async def test_a_watch_waits_for_a_proxy_that_times_out(server: MapCluster, kube: Client) -> None:
    server.put("a")
    watch = kube.core_v1.config_maps.watch()
    assert await take(watch, 1) == [("ADDED", "a")]
    _HTML(server, 8, verbs=WATCHES)
    _HTML(server, 3, verbs=LISTS)
    following = asyncio.ensure_future(anext(watch))
    await server.wait_watches(9)
    server.put("b")
    assert (await following).object.metadata.name == "b"
    await watch.aclose()


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (_HTML, ServerTimeout),
        (partial(FakeCluster.respond, code=504), ServerTimeout),
        (partial(FakeCluster.respond, code=502), ApiError),
        (partial(FakeCluster.fail, code=503), ServiceUnavailable),
        (FakeCluster.drop, Disconnected),
        (FakeCluster.respond, Disconnected),
        (partial(FakeCluster.respond, body=b'{"type": "ADDED", "obj'), Disconnected),
    ],
    ids=["504-html", "504", "502", "503", "drops", "ends", "half-a-line"],
)
@local
async def test_a_watch_that_fails_while_the_server_lists_is_an_error(
    server: MapCluster, kube: Client, fault: Fault, error: type[Exception]
) -> None:
    server.put("a")
    watch = kube.core_v1.config_maps.watch()
    assert await take(watch, 1) == [("ADDED", "a")]
    fault(server, None, verbs=WATCHES)
    with pytest.raises(error):
        await anext(watch)
    assert len(server.watches) == 6
    assert [seen.query.get("limit") for seen in server.lists] == ["500", "1"]


@local
async def test_a_watch_that_is_throttled_is_waited_for(server: MapCluster, kube: Client) -> None:
    watch = kube.core_v1.config_maps.watch(resource_version="300")
    first = asyncio.ensure_future(take(watch, 1))
    await server.wait_watches()
    server.fail(8, 429, verbs=WATCHES)
    server.drop_watches()
    await server.wait_watches(10)
    server.put("a")
    assert await first == [("ADDED", "a")]
    await watch.aclose()


@local
async def test_a_watch_that_breaks_without_an_event_goes_on_if_one_could_have_come(
    server: MapCluster, kube: Client
) -> None:
    watch = kube.core_v1.config_maps.watch(resource_version="300")
    first = asyncio.ensure_future(take(watch, 1))
    for number in range(8):
        await server.wait_watches(number + 1)
        await asyncio.sleep(2)
        server.drop_watches()
    await server.wait_watches(9)
    server.put("a")
    assert await first == [("ADDED", "a")]
    assert not server.lists
    await watch.aclose()


@pytest.mark.parametrize("watch_timeout", [1, 3])
@local
async def test_a_short_timeout_of_a_watch_is_no_failure(server: MapCluster, kube: Client, watch_timeout: int) -> None:
    watch = kube.core_v1.config_maps.watch(resource_version="300", watch_timeout=watch_timeout)
    first = asyncio.ensure_future(take(watch, 1))
    async with kube.core_v1.config_maps.informer(watch_timeout=watch_timeout):
        await asyncio.sleep(100)
    assert len(server.lists) == 1
    of_both = sorted(seen.at for seen in server.watches)
    pauses = [later - earlier for earlier, later in itertools.pairwise(of_both)]
    assert max(pauses) < watch_timeout + 1.1
    assert len(of_both) < 2 * 100
    first.cancel()
    await asyncio.wait([first])


@local
async def test_a_list_without_a_version_is_an_error(server: MapCluster, kube: Client) -> None:
    # A watch without a version would repeat all objects.
    body = {"kind": "ConfigMapList", "apiVersion": "v1", "metadata": {}, "items": []}
    server.respond(body=json.dumps(body).encode(), verbs=LISTS)
    with pytest.raises(DecodeError, match=r"the list of configmaps has no metadata\.resourceVersion to watch from"):
        await anext(kube.core_v1.config_maps.watch())
    assert not server.watches


@pytest.mark.slow
@local
async def test_a_hundred_watches_that_end_regularly_return_spread_over_a_second(
    server: MapCluster, kube: Client
) -> None:
    watches = [kube.core_v1.config_maps.watch(resource_version="300") for _ in range(100)]
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


_EVENT = event_line("MODIFIED", {"kind": "ConfigMap", "metadata": {"name": "a", "resourceVersion": "301"}})


@pytest.mark.parametrize(
    "fault",
    [
        FakeCluster.respond,
        partial(FakeCluster.respond, body=_EVENT),
        FakeCluster.drop,
        partial(FakeCluster.fail, code=429),
        partial(FakeCluster.throttle, retry_after=0),
        partial(FakeCluster.fail, code=503),
        partial(FakeCluster.respond, code=500, body=b"<html>no</html>"),
        partial(FakeCluster.respond, body=b'{"type": "ADDED", "obj'),
        partial(FakeCluster.respond, body=_EVENT + b"<html>"),
    ],
    ids=[
        "ends",
        "ends-after-event",
        "drops",
        "429",
        "429-at-once",
        "303",
        "500-html",
        "half-a-line",
        "rest-after-event",
    ],
)
@local
async def test_a_watch_sends_at_most_one_request_per_second(server: MapCluster, kube: Client, fault: Fault) -> None:
    async with server.client() as client:
        task = asyncio.ensure_future(collect(client.core_v1.config_maps.watch(resource_version="300"), []))
        await server.wait_watches()
        fault(server, None)
        server.drop_watches()
        await asyncio.sleep(600)
        task.cancel()
        await asyncio.wait([task])

    times = [seen.at for seen in server.watches]
    pauses = [later - earlier for earlier, later in itertools.pairwise(times)]
    assert all(pause >= 0.99 for pause in pauses), pauses
    assert 12 < len(times) < 40


@local
async def test_a_watch_that_breaks_every_minute_resumes_at_once(server: MapCluster, kube: Client) -> None:
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
async def test_retry_after_delays_the_next_request(server: MapCluster, kube: Client) -> None:
    watch = kube.core_v1.config_maps.watch(resource_version="300")
    task = asyncio.ensure_future(take(watch, 1))
    await server.wait_watches()
    body = {"kind": "Status", "code": 429, "reason": "TooManyRequests", "details": {"retryAfterSeconds": 45}}
    server.respond(code=429, body=json.dumps(body).encode(), verbs=WATCHES)
    server.drop_watches()
    await server.wait_watches(3)
    assert 45 <= server.watches[2].at - server.watches[1].at < 47
    server.put("a")
    await task
    await watch.aclose()


@local
async def test_retry_after_is_capped_at_a_minute(server: MapCluster, kube: Client) -> None:
    async with aclosing(kube.core_v1.config_maps.watch()) as events:
        server.respond(code=503, headers={"Retry-After": "86400"}, verbs=WATCHES)
        task = asyncio.ensure_future(take(events, 1))
        await server.wait_watches(2)
        server.put("a")
        await task
    assert server.watches[1].at - server.watches[0].at == pytest.approx(60, abs=1)


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (partial(FakeCluster.fail, code=403), Forbidden),
        (partial(FakeCluster.fail, code=429), TooManyRequests),
        (FakeCluster.drop, Disconnected),
        (
            partial(
                FakeCluster.respond, body=event_line("ERROR", {"kind": "Status", "code": 403, "reason": "Forbidden"})
            ),
            Forbidden,
        ),
        (partial(FakeCluster.respond, body=b"<html>\n"), DecodeError),
        (partial(FakeCluster.respond, body=b"<html>"), DecodeError),
        (partial(FakeCluster.respond, body=b'{"error": "please log in"}'), DecodeError),
        (partial(FakeCluster.respond, body=b'"text"\n'), DecodeError),
        (partial(FakeCluster.respond, body=b'{"type": "FOO", "object": {}}\n'), DecodeError),
        (partial(FakeCluster.respond, body=b'{"type": "ERROR", "object": null}\n'), DecodeError),
        (partial(FakeCluster.respond, body=event_line("ADDED", {"data": {"a": "\ud800"}})), DecodeError),
        (partial(FakeCluster.respond, body=b"[" * 100_000 + b"\n"), DecodeError),
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
    server: MapCluster, kube: Client, fault: Fault, error: type[Exception]
) -> None:
    fault(server)
    with pytest.raises(error, match="/api/v1/namespaces/default/configmaps"):
        await anext(kube.core_v1.config_maps.watch(resource_version="300"))
    assert len(server.requests) == 1


@pytest.mark.parametrize("fault", [partial(FakeCluster.fail, code=503), FakeCluster.drop], ids=["303", "drop"])
@local
async def test_a_transient_failure_after_the_list_is_retried(server: MapCluster, kube: Client, fault: Fault) -> None:
    server.put("a")
    fault(server, verbs=WATCHES)
    async with aclosing(kube.core_v1.config_maps.watch()) as events:
        assert await take(events, 1) == [("ADDED", "a")]
        task = asyncio.ensure_future(take(events, 1))
        await server.wait_watches(2)
        server.put("b")
        assert await task == [("ADDED", "b")]


@local
async def test_a_refused_connection_is_raised(server: MapCluster, kube: Client) -> None:
    await server.stop()
    with pytest.raises(ConnectionError):
        await anext(kube.core_v1.config_maps.watch(resource_version="300"))


@local
async def test_a_watch_resumes_after_a_restart_of_the_server(server: MapCluster, kube: Client) -> None:
    async with aclosing(kube.core_v1.config_maps.watch(resource_version="300")) as events:
        task = asyncio.ensure_future(take(events, 1))
        await server.wait_watches()
        await server.stop()
        await asyncio.sleep(60)
        await server.start()
        server.put("a")
        assert await task == [("ADDED", "a")]
