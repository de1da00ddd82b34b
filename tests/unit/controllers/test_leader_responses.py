"""Responses that belong to other requests, and the requests of a candidate themselves."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest

from aiokube.errors import LeadershipLost
from aiokube.runtime.base_client import BaseClient
from aiokube.runtime.controllers.leader_election import LeaderElector
from aiokube.runtime.http.request import Request, Response
from tests.support.leases import PATH, LeaseNetwork, LeaseServer, elector, forever, held_by, lease
from tests.support.virtual import now, virtual_time

Change = Callable[[dict[str, Any]], dict[str, Any]]


class _MixedUp(LeaseServer):
    """A server whose responses to some methods come from other requests."""

    def __init__(self, change: Change, methods: tuple[str, ...]) -> None:
        super().__init__()
        self.change = change
        self.methods = methods
        self.requests: list[Request] = []

    def handle(self, request: Request) -> Response:
        self.requests.append(request)
        response = super().handle(request)
        if request.method not in self.methods or response.status >= 400:
            return response
        found = self.change(json.loads(response.body))
        return Response(status=response.status, headers=response.headers, body=json.dumps(found).encode())


def _of_another_name(found: dict[str, Any]) -> dict[str, Any]:
    return {**found, "metadata": {**found["metadata"], "name": "other"}}


def _of_another_namespace(found: dict[str, Any]) -> dict[str, Any]:
    return {**found, "metadata": {**found["metadata"], "namespace": "elsewhere"}}


def _of_another_holder(found: dict[str, Any]) -> dict[str, Any]:
    return {**found, "spec": {**found["spec"], "holderIdentity": "other"}}


def _without_a_name(found: dict[str, Any]) -> dict[str, Any]:
    return {**found, "metadata": {}}


async def _must_not_lead() -> None:
    raise AssertionError("leads")


@pytest.mark.parametrize("method", ["GET", "PUT"])
@pytest.mark.parametrize("change", [_of_another_name, _of_another_namespace, _without_a_name])
@virtual_time
async def test_another_lease_makes_no_leader(change: Change, method: str, caplog: pytest.LogCaptureFixture) -> None:
    server = _MixedUp(change, (method,))
    server.put(PATH, lease())
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(9):
            await elector(LeaseNetwork(server)).run(_must_not_lead)
    assert "check whether a proxy mixes up responses" in caplog.text


@virtual_time
async def test_a_response_with_another_holder_makes_no_leader() -> None:
    server = _MixedUp(_of_another_holder, ("PUT", "POST"))
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(9):
            await elector(LeaseNetwork(server)).run(_must_not_lead)


@virtual_time
async def test_a_leader_whose_renewals_return_other_leases_ends_in_time() -> None:
    server = _MixedUp(_of_another_name, ())
    candidate = elector(LeaseNetwork(server))

    async def work() -> None:
        server.methods = ("PUT",)
        await forever()

    with pytest.raises(LeadershipLost, match="check whether a proxy mixes up responses"):
        await candidate.run(work)
    assert now() == pytest.approx(10)
    assert server.spec["holderIdentity"] == "me"


@virtual_time
async def test_the_new_holder_in_an_error_is_printable() -> None:
    server = LeaseServer()
    candidate = elector(LeaseNetwork(server))

    async def work() -> None:
        server.put(PATH, held_by("other\x1b[2K\r\nforged"))
        await forever()

    with pytest.raises(LeadershipLost, match="now held by other") as lost:
        await candidate.run(work)
    assert str(lost.value).isprintable()


@virtual_time
async def test_the_field_manager_of_the_client_is_sent() -> None:
    server = _MixedUp(dict, ())
    kube = BaseClient(transport=LeaseNetwork(server), namespace="default", field_manager="shop")
    candidate = LeaderElector(kube, "service", identity="me", clock=now)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(3):
            await candidate.run(forever)
    managers = {request.method: dict(request.query).get("fieldManager") for request in server.requests}
    assert managers == {"GET": None, "POST": "shop", "PUT": "shop"}
