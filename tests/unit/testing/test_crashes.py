"""Bugs of FakeCluster itself, and odd objects: nothing hangs or breaks, and the log has the traceback."""

from __future__ import annotations

import json
import logging
from typing import Any, NoReturn

import aiohttp
import pytest
from aiohttp import web

from aiokube.testing import FakeCluster
from aiokube.testing.api.catalog import Catalog
from aiokube.testing.certificates import issue
from aiokube.testing.document import shipped
from aiokube.testing.failures import Failure
from aiokube.testing.http.access import Access
from aiokube.testing.http.nesting import check_nesting
from aiokube.testing.http.server import Server
from aiokube.testing.logs import Logs
from aiokube.testing.streams.answering import Streams
from aiokube.testing.streams.sessions import Functions
from aiokube.testing.verbs.state import State


class Broken(Access):
    """An access with a bug."""

    def user_of(self, request: web.BaseRequest) -> NoReturn:
        raise LookupError("secret")


async def test_a_bug_is_an_internal_error_that_names_it(caplog: pytest.LogCaptureFixture) -> None:
    state = State(catalog=Catalog(shipped()), rbac=False)
    status: dict[str, Any] = {}
    server = Server(state, Broken(state), Streams(state, Logs(), Functions()))
    await server.start(issue().context)
    try:
        async with aiohttp.ClientSession() as session:
            for _ in range(2):
                async with session.get(f"https://{server.address}/api/v1/pods", ssl=False) as response:
                    status = json.loads(await response.read())
    finally:
        await server.stop()
    assert (status["kind"], status["code"]) == ("Status", 500)
    assert status["reason"] == "InternalError"
    assert "LookupError" in status["message"] and "open an issue" in status["message"]
    assert "secret" not in status["message"]
    assert [(one.status, one.message) for one in server.requests] == [(500, status["message"])] * 2
    logged = [one for one in caplog.records if one.levelno >= logging.ERROR]
    assert [one.name for one in logged] == ["aiokube.testing"] * 2
    assert logged[0].getMessage() == "a bug in FakeCluster: LookupError while it answered GET /api/v1/pods"
    assert logged[0].exc_info is not None


async def test_a_selector_that_is_none_stops_no_controller() -> None:
    roles = "clusterroles.rbac.authorization.k8s.io"
    rules = [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}]

    def selector(**selector: Any) -> dict[str, Any]:
        return {"aggregationRule": {"clusterRoleSelectors": [selector]}}

    async with FakeCluster() as cluster, cluster.client(max_retries=0, timeout=5) as kube:
        cluster.odd_object(roles, "a", selector(matchExpressions=[{"key": "a", "operator": "Nope"}]))
        cluster.odd_object(roles, "b", selector(matchLabels={"part": "b"}))
        cluster.odd_object(roles, "c", {"metadata": {"labels": {"part": "b"}}, "rules": rules})
        await kube.version()
        found = {one["metadata"]["name"]: one.get("rules") for one in cluster.objects(roles)}
        assert found["a"] is None and found["b"] == rules


async def test_an_owner_that_is_none_does_not_stop_the_garbage_collector(caplog: pytest.LogCaptureFixture) -> None:
    async with FakeCluster() as cluster, cluster.client(max_retries=0, timeout=5) as kube:
        cluster.odd_object("configmaps", "a", {"metadata": {"ownerReferences": [{}]}}, namespace="default")
        cluster.odd_object("configmaps", "b", {}, namespace="default")
        owner = {"uid": "odd-b", "apiVersion": "v1", "kind": "ConfigMap", "name": "b"}
        cluster.odd_object("configmaps", "c", {"metadata": {"ownerReferences": [owner]}}, namespace="default")
        for name in ("a", "b"):
            cluster.lose_object("configmaps", name, namespace="default")
        await kube.version()
        assert [one["metadata"]["name"] for one in cluster.objects("configmaps", namespace="default")] == [
            "kube-root-ca.crt"
        ]
    assert [one.getMessage() for one in caplog.records if one.levelname == "ERROR"] == [
        "a bug in FakeCluster: KeyError while it followed the deletion of configmaps 'a'"
    ]


@pytest.mark.parametrize(
    ("body", "is_deep"),
    [
        (b"[" * 200 + b"]" * 200, False),
        (b"[" * 201 + b"]" * 201, True),
        (b'{"a":' * 201 + b"1" + b"}" * 201, True),
        (b'["' + b"[" * 300 + b'\\"[",' + b"[]," * 300 + b"1]", False),
        (b"[" * 300, False),
    ],
    ids=["200", "201", "objects", "wide", "open"],
)
def test_what_is_nested_too_deeply_is_refused(body: bytes, is_deep: bool) -> None:
    if not is_deep:
        check_nesting(body)
        return
    with pytest.raises(Failure, match="nested in more than 200 levels"):
        check_nesting(body)
