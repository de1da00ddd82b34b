"""Bugs of FakeCluster itself: the client gets a Status, and the log of aiokube.testing the traceback."""

from __future__ import annotations

import json
import logging
from typing import NoReturn

import aiohttp
import pytest
from aiohttp import web

from aiokube.testing.api.catalog import Catalog
from aiokube.testing.certificates import issue
from aiokube.testing.document import shipped
from aiokube.testing.http.access import Access
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
    server = Server(state, Broken(state), Streams(state, Logs(), Functions()))
    await server.start(issue().context)
    try:
        async with aiohttp.ClientSession() as session:
            for _ in range(2):
                async with session.get(f"https://{server.address}/api/v1/pods", ssl=False) as response:
                    status = json.loads(await response.read())
    finally:
        await server.stop()
    assert (response.status, status["kind"], status["code"]) == (500, "Status", 500)
    assert status["reason"] == "InternalError"
    assert "LookupError" in status["message"] and "open an issue" in status["message"]
    assert "secret" not in status["message"]
    assert [(one.status, one.message) for one in server.requests] == [(500, status["message"])] * 2
    logged = [one for one in caplog.records if one.levelno >= logging.ERROR]
    assert [one.name for one in logged] == ["aiokube.testing"] * 2
    assert logged[0].getMessage() == "a bug in FakeCluster: LookupError while it answered GET /api/v1/pods"
    assert logged[0].exc_info is not None
