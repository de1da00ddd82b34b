"""Calls on resources whose paths have changed since the server was asked for them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import aclosing
from typing import Any

import pytest

from aiokube import Client
from aiokube.errors import NotFound, UnknownResource
from aiokube.runtime.http.request import Request, Response
from aiokube.testing import FakeCluster
from tests.support.any_kind import answer, failure, served
from tests.support.any_kind import client as client_of

UNSERVED = Response(status=404, headers={"Content-Type": "text/plain"}, body=b"404 page not found\n")


class Crons:
    """Crons of one version and scope, which move."""

    def __init__(self) -> None:
        self.group = served("x.io", "crons", "Cron")
        self.asked: list[str] = []
        self.kube: Client
        self.kube, self.server = client_of(self.respond)
        self.move("v1alpha1")

    def move(self, version: str, *, namespaced: bool = True) -> None:
        """Serve another version, or in another scope."""
        self.group = served("x.io", "crons", "Cron", namespaced=namespaced)
        self.group["versions"][0]["version"] = version
        self.server.groups = [self.group]
        inside = "/namespaces/default" if namespaced else ""
        self.path = f"/apis/x.io/{version}{inside}/crons"

    def respond(self, request: Request) -> Response:
        """Respond to a request for crons."""
        self.asked.append(request.path)
        version = self.group["versions"][0]["version"]
        cron = {"apiVersion": f"x.io/{version}", "kind": "Cron", "metadata": {"name": "a", "resourceVersion": "1"}}
        if request.path == self.path and request.method == "GET":
            metadata = {"resourceVersion": "1"}
            return answer({"apiVersion": f"x.io/{version}", "kind": "CronList", "metadata": metadata, "items": [cron]})
        if request.path in (self.path, f"{self.path}/a"):
            return answer(cron)
        is_missing = request.path.startswith(f"{self.path}/")
        return failure(404, "NotFound", name="missing") if is_missing else UNSERVED

    def discoveries(self) -> int:
        """Return how often the server was asked for its resources."""
        return sum(request.path == "/apis" for request in self.server.requests)


async def _iterated(api: Any) -> list[Any]:
    return [cron async for cron in api.iterate()]


CALLS: dict[str, Callable[[Any], Awaitable[Any]]] = {
    "get": lambda api: api.get("a"),
    "list": lambda api: api.list(),
    "iterate": _iterated,
    "create": lambda api: api.create({"metadata": {"name": "a"}}),
    "apply": lambda api: api.apply({"metadata": {"name": "a"}}),
    "patch": lambda api: api.patch("a", {"spec": {}}),
    "delete": lambda api: api.delete("a"),
    "label": lambda api: api.label("a", {"a": "b"}, overwrite=True),
}


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize(("version", "namespaced"), [("v1", True), ("v1alpha1", False)], ids=["version", "scope"])
async def test_a_call_follows_a_resource_to_another_path(call: str, version: str, namespaced: bool) -> None:
    crons = Crons()
    api = crons.kube.api("crons.x.io")
    await CALLS[call](api)
    crons.move(version, namespaced=namespaced)
    before = len(crons.asked)
    await CALLS[call](api)
    assert len(crons.asked) == before + 2
    assert crons.asked[-1].startswith(crons.path)
    assert crons.discoveries() == 2


async def test_a_version_that_is_no_longer_served_is_named_with_those_that_are() -> None:
    crons = Crons()
    api = crons.kube.api("x.io/v1alpha1", "Cron")
    await api.get("a")
    crons.move("v1")
    with pytest.raises(UnknownResource, match=r"in 'x\.io/v1alpha1'; it serves Cron in x\.io/v1"):
        await api.get("a")
    with pytest.raises(UnknownResource, match=r"it serves Cron in x\.io/v1"):
        await _iterated(api)


async def test_a_path_that_is_not_served_at_all_is_tried_once() -> None:
    crons = Crons()
    api = crons.kube.api("crons.x.io")
    await api.list()
    crons.path = "/elsewhere"
    for call in (api.list, lambda: _iterated(api)):
        before = len(crons.asked)
        with pytest.raises(NotFound) as caught:
            await call()
        assert caught.value.is_unserved
        assert len(crons.asked) == before + 1


async def test_a_missing_object_is_no_reason_to_ask_again() -> None:
    crons = Crons()
    api = crons.kube.api("crons.x.io")
    for _ in range(2):
        with pytest.raises(NotFound):
            await api.get("missing")
    assert (len(crons.asked), crons.discoveries()) == (2, 1)


async def serve(kube: Client, version: str) -> None:
    """Serve Crons in one version."""
    schema = {"openAPIV3Schema": {"type": "object"}}
    versions = [
        {"name": name, "served": name == version, "storage": name == "v1", "schema": schema}
        for name in ("v1alpha1", "v1", "v2")
    ]
    spec: Any = {
        "group": "x.io",
        "scope": "Namespaced",
        "names": {"plural": "crons", "kind": "Cron"},
        "versions": versions,
    }
    await kube.apiextensions_v1.custom_resource_definitions.apply(
        {"metadata": {"name": "crons.x.io"}, "spec": spec}, field_manager="test"
    )


@pytest.mark.slow  # it starts a server
async def test_a_watch_follows_a_resource_to_another_path() -> None:
    async with FakeCluster() as cluster, cluster.client() as admin, cluster.client() as kube:
        await serve(admin, "v1alpha1")
        version = cluster.resource_version
        await admin.api("crons.x.io").create({"metadata": {"name": "a"}})
        api = kube.api("crons.x.io")
        await api.resource()
        await serve(admin, "v1")
        cluster.requests.clear()
        async with aclosing(api.watch(resource_version=version)) as events:
            assert (await anext(events)).object.api_version == "x.io/v1"
        assert sorted(request.path for request in cluster.requests) == [
            "/api",
            "/apis",
            "/apis/x.io/v1/namespaces/default/crons",
            "/apis/x.io/v1alpha1/namespaces/default/crons",
        ]
        await serve(admin, "v2")
        with pytest.raises(UnknownResource):
            async with aclosing(kube.api("x.io/v1", "Cron").watch(resource_version=version)) as events:
                await anext(events)


async def test_methods_are_those_of_their_classes_to_tools() -> None:
    api = Crons().kube.api("crons.x.io")
    assert api.get.__qualname__ == "ReadingVerbs.get"
    assert "Read an object" in (api.get.__doc__ or "")
