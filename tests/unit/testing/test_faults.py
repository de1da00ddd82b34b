"""The faults of FakeCluster, what is stored behind the back of its API, and what it remembers."""

from __future__ import annotations

import asyncio
import contextlib
import math
from contextlib import aclosing
from dataclasses import replace
from typing import Any

import pytest
from aiohttp import web

from aiokube import Client
from aiokube.config import Impersonation
from aiokube.errors import (
    AlreadyExists,
    ApiError,
    ConnectionError,
    DecodeError,
    Disconnected,
    Expired,
    Forbidden,
    InternalError,
    InvalidArgument,
    NotFound,
    ServiceUnavailable,
    Unauthorized,
    WaitTimeout,
)
from aiokube.testing import FakeCluster, ReceivedRequest
from aiokube.testing.http.requests import Recorder
from aiokube.testing.store import Key, Store

EXAMPLES: dict[str, Any] = {"metadata": {"name": "a"}, "data": {"k": "v"}}


# the next requests


async def test_bytes_of_the_test_are_the_answer(cluster: FakeCluster, kube: Client) -> None:
    cluster.respond(1, b"<html>", verbs=("list",))
    cluster.respond(1, b"<html>", code=503, headers={"Content-Type": "text/html"})
    with pytest.raises(ServiceUnavailable):
        await kube.version()
    with pytest.raises(DecodeError):
        await kube.core_v1.config_maps.list()
    await kube.core_v1.config_maps.list()


async def test_connections_of_the_next_requests_break(cluster: FakeCluster, kube: Client) -> None:
    cluster.drop(2)
    for _ in range(2):
        with pytest.raises(Disconnected):
            await kube.core_v1.config_maps.list()
    await kube.core_v1.config_maps.list()
    assert [request.status for request in cluster.requests] == [0, 0, 200]


async def test_a_request_gets_no_answer(cluster: FakeCluster, kube: Client) -> None:
    cluster.hang()
    with pytest.raises(ConnectionError):
        await kube.with_options(timeout=0.1).core_v1.config_maps.list()
    # The request may have ended before it arrived.
    cluster.heal()
    await kube.core_v1.config_maps.list()


async def test_a_function_of_the_test_answers(cluster: FakeCluster, kube: Client) -> None:
    async def answer(request: web.BaseRequest) -> web.StreamResponse | None:
        return (
            web.json_response({"code": 418, "message": request.path}, status=418) if "limit" in request.query else None
        )

    cluster.intercept(answer, 2)
    assert len((await kube.core_v1.config_maps.list()).items) == 1
    with pytest.raises(ApiError, match="/api/v1/namespaces/default/configmaps") as caught:
        await kube.core_v1.config_maps.list(limit=1)
    assert caught.value.code == 418
    await kube.core_v1.config_maps.list(limit=1)


@pytest.mark.parametrize("raised", [KeyError("k"), asyncio.CancelledError()], ids=repr)
async def test_what_a_function_of_the_test_raises_is_named(
    cluster: FakeCluster, kube: Client, raised: BaseException
) -> None:
    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        raise raised

    cluster.intercept(answer)
    with pytest.raises(InternalError, match=f"intercepts this request has raised {type(raised).__name__}"):
        await kube.core_v1.config_maps.list()
    assert cluster.requests[-1].status == 500


async def test_a_response_that_a_function_of_the_test_raises_is_the_answer(cluster: FakeCluster, kube: Client) -> None:
    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        raise web.HTTPServiceUnavailable

    cluster.intercept(answer)
    with pytest.raises(ServiceUnavailable):
        await kube.core_v1.config_maps.list()
    assert cluster.requests[-1].status == 503


async def test_an_answer_that_is_no_response_is_named(cluster: FakeCluster, kube: Client) -> None:
    async def answer(request: web.BaseRequest) -> Any:
        return {"kind": "Status"}

    cluster.intercept(answer)
    with pytest.raises(InternalError, match=r"returned \{'kind': 'Status'\}, which is neither a response of aiohttp"):
        await kube.core_v1.config_maps.list()


async def test_a_fault_without_a_count_lasts_until_the_cluster_heals(cluster: FakeCluster, kube: Client) -> None:
    cluster.fail(None, 503)
    # A fault with a count comes before it.
    cluster.fail(1, 500)
    with pytest.raises(InternalError):
        await kube.core_v1.config_maps.list()
    for _ in range(3):
        with pytest.raises(ServiceUnavailable):
            await kube.core_v1.config_maps.list()
    cluster.heal()
    await kube.core_v1.config_maps.list()


@pytest.mark.parametrize("verbs", ["watch", ("lists",)], ids=str)
async def test_verbs_that_are_none_are_refused(cluster: FakeCluster, verbs: Any) -> None:
    with pytest.raises(InvalidArgument, match=r"^verbs: must be a tuple of some of get, list, watch"):
        cluster.drop(verbs=verbs)


@pytest.mark.parametrize(
    ("problem", "call"),
    [
        ("retry_after: must be 0 or more, not -1", lambda it: it.throttle(retry_after=-1)),
        ("code: must be the status of a failure, 400 to 599, not '500'", lambda it: it.fail(code="500")),
        ("reason: must be a string, not int", lambda it: it.fail(reason=5)),
        ("count: must be 1 or more, or None for all, not '2'", lambda it: it.drop("2")),
        ("verbs: must be a tuple", lambda it: it.drop(verbs=5)),
        ("resource: must be a string, not int", lambda it: it.drop(resource=5)),
        ("user: must be a string, not None", lambda it: it.drop(user=None)),
        ("body: must be bytes, not str", lambda it: it.respond(1, "text")),
        ("headers: .* is no name of a header", lambda it: it.respond(headers={"a\r\nb": "c"})),
        (r"headers\['a'\]: has a line break", lambda it: it.respond(headers={"a": "b\r\nc: d"})),
        (r"headers\['a'\]: must be a string, not int", lambda it: it.respond(headers={"a": 5})),
        ("answer: must be an async function", lambda it: it.intercept(5)),
        ("data: must be bytes, not str", lambda it: it.send("text")),
        ("obj: must be a dict, not list", lambda it: it.odd_object("pods", "a", [])),
        *[
            ("seconds: must be 0 or more, and finite", lambda it, one=one: it.advance(one))
            for one in (math.nan, math.inf, -1)
        ],
        ("seconds: must be a number, not str", lambda it: it.advance("1")),
        ("seconds: must not lead beyond the year 9000", lambda it: it.advance(1e15)),
        ("seconds: must be 0 or more, and finite", lambda it: it.latency(math.nan)),
    ],
)
async def test_an_argument_that_is_none_is_named(cluster: FakeCluster, problem: str, call: Any) -> None:
    with pytest.raises(InvalidArgument, match=f"^{problem}"):
        call(cluster)


async def test_a_code_that_is_none_is_refused(cluster: FakeCluster) -> None:
    with pytest.raises(InvalidArgument, match=r"^code: must be the status of a response, 200 to 599, not 99"):
        cluster.respond(code=99)


@pytest.mark.parametrize("fault", ["fail", "respond"])
async def test_a_code_in_the_place_of_the_count_is_refused(cluster: FakeCluster, fault: str) -> None:
    with pytest.raises(InvalidArgument, match=r"^count: 409 reads as a status; write code=409, or None for all"):
        getattr(cluster, fault)(409)


async def test_a_function_that_is_not_async_is_refused(cluster: FakeCluster) -> None:
    function: Any = lambda *_: None  # noqa: E731 - a function that is not async
    for decorator in (cluster.on_exec, cluster.on_attach, cluster.on_port_forward, cluster.on_proxy, cluster.intercept):
        with pytest.raises(InvalidArgument, match=r": must be an async function, `async def`; .*lambda> is none$"):
            decorator(function)


async def test_an_object_that_is_called_as_an_async_function_is_taken(cluster: FakeCluster, kube: Client) -> None:
    class Answer:
        async def __call__(self, request: web.BaseRequest) -> web.StreamResponse:
            return web.Response(status=503, text=request.path)

    cluster.intercept(Answer())
    with pytest.raises(ServiceUnavailable):
        await kube.core_v1.config_maps.list()


async def test_a_fault_is_for_the_requests_of_a_resource_and_a_user(cluster: FakeCluster, kube: Client) -> None:
    alice: dict[str, Any] = {"user": "alice", "resource": "deployments.apps", "verbs": ("list",)}
    fault = cluster.fail(2, 503, **alice)
    async with cluster.client(user="alice", max_retries=0) as other:
        await kube.apps_v1.deployments.list()
        await other.apps_v1.daemon_sets.list()
        await other.core_v1.pods.list()
        with pytest.raises(NotFound):
            await other.apps_v1.deployments.get("a")
        assert (fault.hits, fault.left) == (0, 2)
        with pytest.raises(ServiceUnavailable):
            await other.apps_v1.deployments.list()
    assert (fault.hits, fault.left) == (1, 1)
    cluster.heal()
    assert (fault.hits, fault.left) == (1, 0)
    with pytest.raises(InvalidArgument, match=r"'deployments' is not served; use the plural and the group"):
        cluster.drop(resource="deployments")


async def test_each_fault_counts_its_hits(cluster: FakeCluster, kube: Client) -> None:
    async def usual(_: web.BaseRequest) -> None:
        return None

    faults = [
        cluster.throttle(1, retry_after=0),
        cluster.fail(),
        cluster.respond(code=502),
        cluster.drop(),
        cluster.hang(),
        cluster.intercept(usual, None),
    ]
    for _ in faults:
        with contextlib.suppress(ApiError, ConnectionError):
            await kube.with_options(timeout=0.1).core_v1.pods.list()
    assert [fault.hits for fault in faults] == [1] * 6
    assert [fault.left for fault in faults] == [0] * 5 + [None]


async def test_a_failure_has_the_reason_of_the_test(cluster: FakeCluster, kube: Client) -> None:
    cluster.fail(1, 409, reason="AlreadyExists", verbs=("create",))
    with pytest.raises(AlreadyExists):
        await kube.core_v1.config_maps.create(EXAMPLES)


# watches


@pytest.mark.slow
@pytest.mark.slow
async def test_silent_watches_say_nothing_and_can_break(cluster: FakeCluster, kube: Client) -> None:
    async with aclosing(kube.core_v1.config_maps.watch(resource_version=cluster.resource_version)) as events:
        event = asyncio.ensure_future(anext(events))
        await cluster.wait_until(lambda: cluster.watching)
        cluster.silence_watches()
        await kube.core_v1.config_maps.create(EXAMPLES)
        cluster.end_watches()
        await asyncio.sleep(0.02)
        assert cluster.watching and not event.done()
        cluster.drop_watches()
        assert (await event).object.metadata.name == "a"
    assert len(cluster.requests.of(kube.core_v1.config_maps.watch)) == 2


async def test_bytes_reach_the_open_watches(cluster: FakeCluster, kube: Client) -> None:
    async with aclosing(kube.core_v1.config_maps.watch(resource_version=cluster.resource_version)) as events:
        event = asyncio.ensure_future(anext(events))
        await cluster.wait_until(lambda: cluster.watching)
        cluster.send(b'{"type": "ADDED", ')
        cluster.send(b'"object"}\n')
        with pytest.raises(DecodeError):
            await event


async def test_continue_tokens_expire(cluster: FakeCluster, kube: Client) -> None:
    for name in "abc":
        await kube.core_v1.config_maps.create({"metadata": {"name": name}})
    first = await kube.core_v1.config_maps.list(limit=2)
    cluster.expire_pages()
    with pytest.raises(Expired) as caught:
        await kube.core_v1.config_maps.list(limit=2, continue_=first.metadata.continue_)
    assert caught.value.status.metadata is not None
    rest = await kube.core_v1.config_maps.list(limit=2, continue_=caught.value.status.metadata.continue_)
    assert [one.metadata.name for one in rest.items] == ["c", "kube-root-ca.crt"]
    cluster.heal()
    assert len((await kube.core_v1.config_maps.list(limit=2, continue_=first.metadata.continue_)).items) == 2


# going away and coming back


async def test_a_stopped_cluster_is_unreachable_and_keeps_its_objects(cluster: FakeCluster, kube: Client) -> None:
    await kube.core_v1.config_maps.create(EXAMPLES)
    url = cluster.url
    await cluster.stop()
    async with cluster.client(max_retries=0) as other:
        with pytest.raises(ConnectionError):
            await other.core_v1.config_maps.get("a")
        assert len(cluster.objects("configmaps", namespace="default")) == 2
        await cluster.start()
        await cluster.start()
        assert cluster.url == url
        await other.core_v1.config_maps.get("a")


def test_a_test_that_is_not_async_lets_a_cluster_go_away() -> None:
    with FakeCluster() as running:
        asyncio.run(running.restart())
        asyncio.run(running.wait_until(lambda: not running.requests, timeout=5))


# behind the back of the API


async def test_objects_are_seen_stored_and_lost_without_a_request(cluster: FakeCluster, kube: Client) -> None:
    stored = cluster.odd_object("configmaps", "a", {"metadata": {"finalizers": ["example.com/a"]}}, namespace="default")
    assert (stored["kind"], stored["apiVersion"]) == ("ConfigMap", "v1")
    assert stored["metadata"]["resourceVersion"] == cluster.resource_version
    assert stored in cluster.objects("configmaps", namespace="default")
    cluster.lose_object("configmaps", "a", namespace="default")
    assert stored not in cluster.objects("configmaps")
    assert len(cluster.requests) == 0
    with pytest.raises(InvalidArgument, match="there is no 'a' among the configmaps of namespace 'default'"):
        cluster.lose_object("configmaps", "a", namespace="default")
    with pytest.raises(InvalidArgument, match=r"deployments\.apps"):
        cluster.objects("deployments")


@pytest.mark.parametrize("odd", ["\ud800", object()], ids=["surrogate", "object"])
async def test_an_odd_object_that_is_no_json_is_refused(cluster: FakeCluster, odd: object) -> None:
    with pytest.raises(InvalidArgument, match=r"^obj: not JSON data"):
        cluster.odd_object("configmaps", "a", {"data": odd}, namespace="default")


@pytest.mark.parametrize("metadata", [{"uid": {}}, {"ownerReferences": 7}, {"ownerReferences": [{"uid": []}]}], ids=str)
async def test_odd_metadata_disturbs_nothing_else(cluster: FakeCluster, kube: Client, metadata: dict[str, Any]) -> None:
    for _ in range(2):
        cluster.odd_object("configmaps", "odd", {"metadata": metadata}, namespace="default")
    await kube.core_v1.config_maps.create(EXAMPLES)
    cluster.lose_object("configmaps", "odd", namespace="default")
    await kube.core_v1.config_maps.get("a")


# waiting


async def test_a_condition_is_waited_for(cluster: FakeCluster, kube: Client) -> None:
    waiting = asyncio.ensure_future(
        cluster.wait_until(lambda: cluster.requests.of(kube.core_v1.config_maps.create), timeout=5)
    )
    await kube.core_v1.config_maps.list()
    assert not waiting.done()
    await kube.core_v1.config_maps.create(EXAMPLES)
    await waiting


async def test_a_condition_that_is_not_met_is_an_error_with_the_last_requests(
    cluster: FakeCluster, kube: Client
) -> None:
    problem = r"^the condition at test_faults\.py:\d+ was not met within 0\.01 s; "
    with pytest.raises(WaitTimeout, match=rf"{problem}no requests$"):
        await cluster.wait_until(lambda: False, timeout=0.01)
    for _ in range(11):
        await kube.core_v1.config_maps.list()
    line = r"\n  GET /api/v1/namespaces/default/configmaps 200"
    with pytest.raises(WaitTimeout, match=rf"{problem}received:\n  \.\.\. 1 earlier({line}){{10}}$"):
        await cluster.wait_until(lambda: False, timeout=0.01)


async def test_a_timeout_error_of_a_condition_is_raised_unchanged(cluster: FakeCluster) -> None:
    def fails() -> bool:
        raise TimeoutError("mine")

    with pytest.raises(TimeoutError, match="mine"):
        await cluster.wait_until(fails)


# what is remembered


async def test_a_request_has_its_user_and_the_message_of_its_failure() -> None:
    async with FakeCluster(rbac=True) as cluster:
        async with cluster.client(user="alice") as alice, cluster.client(max_retries=0) as admin:
            with pytest.raises(Forbidden):
                await alice.core_v1.pods.list()
            await admin.core_v1.pods.list()
        async with Client(replace(cluster.config(), impersonate=Impersonation(user="bob"))) as bob:
            with pytest.raises(Forbidden):
                await bob.core_v1.config_maps.list()
        async with Client(replace(cluster.config(), token="none")) as stranger:
            with pytest.raises(Unauthorized):
                await stranger.core_v1.pods.list()
        seen = [(one.user, one.status, one.message) for one in cluster.requests]
    assert seen == [
        (
            "alice",
            403,
            'pods is forbidden: User "alice" cannot list resource "pods" in API group "" in the namespace "default"',
        ),
        ("kubernetes-admin", 200, ""),
        (
            "bob",
            403,
            'configmaps is forbidden: User "bob" cannot list resource "configmaps" in API group "" in the namespace '
            '"default"',
        ),
        ("", 401, "Unauthorized"),
    ]


def request(number: int, size: int = 1) -> ReceivedRequest:
    return ReceivedRequest(method="POST", path=f"/{number}", query={}, headers={}, body=b"x" * size)


def test_the_last_requests_are_remembered() -> None:
    requests = Recorder(kept=3, kept_size=1000)
    numbers = [requests.add(request(number)) for number in range(5)]
    assert [one.path for one in requests] == ["/2", "/3", "/4"]
    for number in numbers:
        requests.answered(number, 200 + number)
    assert [one.status for one in requests] == [202, 203, 204]
    requests.add(request(5, size=2000))
    assert [one.path for one in requests] == ["/5"]


@pytest.mark.slow
@pytest.mark.slow
async def test_requests_can_be_forgotten_while_one_is_open(cluster: FakeCluster, kube: Client) -> None:
    async with aclosing(kube.core_v1.config_maps.watch(timeout_seconds=1)) as events:
        await anext(events)
        following = asyncio.ensure_future(anext(events, None))
        await cluster.wait_until(lambda: cluster.watching)
        cluster.requests.clear()
        await kube.core_v1.config_maps.list()
        cluster.advance(2)
        assert await following is None
        await cluster.wait_until(lambda: not cluster.watching)
    assert [(request.verb, request.status) for request in cluster.requests] == [("list", 200)]


@pytest.mark.parametrize(("size", "remembered"), [(1, 10), (2000, 2)], ids=["number", "size"])
def test_a_history_is_bounded_by_the_number_and_the_size_of_changes(size: int, remembered: int) -> None:
    store = Store(history=10, history_size=5000)
    for _ in range(30):
        store.put("configmaps", Key("default", "a"), {"metadata": {"uid": "a"}, "data": {"x": "x" * size}})
    assert len([*store.changes("configmaps", store.compacted)]) == remembered


def test_a_store_keeps_nothing_of_owners_that_nobody_has() -> None:
    store, key = Store(), Key("default", "a")
    for number in range(3):
        owners = [{"uid": f"owner-{number}"}]
        store.put("configmaps", key, {"metadata": {"uid": "a", "ownerReferences": owners}})
    assert (store.owned_by("owner-1"), store.owned_by("owner-2")) == ([], [("configmaps", key)])
    store.remove("configmaps", key)
    assert not store._owned and not store._places
