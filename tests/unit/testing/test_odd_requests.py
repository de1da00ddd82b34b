"""Requests that hardly a client sends, where a check on a real server would take too long."""

from __future__ import annotations

from aiokube.testing import FakeCluster
from tests.conformance.api import Endpoint


async def test_a_watch_with_initial_events_of_the_future_fails() -> None:
    query = {
        "watch": "true",
        "sendInitialEvents": "true",
        "resourceVersionMatch": "NotOlderThan",
        "resourceVersion": "99999999",
    }
    async with FakeCluster() as cluster, Endpoint(cluster.config()) as server:
        answer = await server.request("GET", "/api/v1/configmaps", query, None, {})
    assert (answer.body["type"], answer.body["object"]["code"]) == ("ERROR", 504)
    assert "Too large resource version: 99999999" in answer.body["object"]["message"]


async def test_a_watch_whose_time_is_over_ends_at_once() -> None:
    async with FakeCluster() as cluster, Endpoint(cluster.config()) as server:
        answer = await server.request("GET", "/api/v1/namespaces", {"watch": "", "timeoutSeconds": "-1"}, None, {})
    assert (answer.status, answer.body) == (200, "")


async def test_headers_may_be_long() -> None:
    async with FakeCluster() as cluster, Endpoint(cluster.config()) as server:
        answer = await server.request("GET", "/version", {"x": "y" * 100_000}, None, {"X-Long": "x" * 100_000})
    assert answer.status == 200
