"""Followed logs of many pods, when connections break."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp import web

from aiokube.errors import Forbidden
from aiokube.streams import LogLine
from tests.support.clients import client_of

pytestmark = pytest.mark.slow

POD = {
    "metadata": {"name": "web-0", "namespace": "default", "uid": "1", "resourceVersion": "1"},
    "spec": {"containers": [{"name": "app"}]},
    "status": {"containerStatuses": [{"name": "app", "restartCount": 0, "state": {"running": {}}}]},
}


def stamped(*numbers: int) -> bytes:
    """Lines of a log, each with its time; all of them within one second."""
    return b"".join(b"2026-11-27T10:00:00.%dZ line %d\n" % (100 + number, number) for number in numbers)


@dataclass
class Script:
    """Responses of a log, each cut off without an end, and the requests for them."""

    logs: list[bytes]
    refusal: int = 0
    asked: list[dict[str, str]] = field(default_factory=list)


@asynccontextmanager
async def serving(script: Script) -> AsyncIterator[str]:
    """Serve one pod whose log follows a script."""
    ended = asyncio.Event()

    async def pods(request: web.Request) -> web.StreamResponse:
        if request.query.get("watch") == "true":
            response = web.StreamResponse()
            await response.prepare(request)
            await ended.wait()
            return response
        listed: dict[str, Any] = {"kind": "PodList", "apiVersion": "v1", "metadata": {"resourceVersion": "1"}}
        return web.json_response({**listed, "items": [POD]})

    async def log(request: web.Request) -> web.StreamResponse:
        script.asked.append(dict(request.query))
        if script.refusal:
            return web.json_response({"kind": "Status", "code": script.refusal, "message": "no"}, status=script.refusal)
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(script.logs.pop(0))
        if script.logs:
            assert request.transport
            request.transport.abort()
            return response
        await ended.wait()
        return response

    app = web.Application()
    app.add_routes(
        [
            web.get("/api/v1/namespaces/default/pods", pods),
            web.get("/api/v1/namespaces/default/pods/web-0/log", log),
        ]
    )
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        ended.set()
        await runner.cleanup()


async def test_a_broken_connection_neither_loses_nor_repeats_a_line() -> None:
    # The third line arrives in part, and as a whole after the connection has broken.
    script = Script([stamped(1, 2) + stamped(3)[:-4], stamped(1, 2, 3, 4)])
    async with serving(script) as url, client_of(url) as kube, asyncio.timeout(10):
        lines = kube.core_v1.pods.logs(label_selector="app=web", follow=True, tail_lines=5)
        found = [await anext(lines) for _ in range(4)]
        await lines.aclose()
    assert found == [LogLine("app", f"line {number}", "web-0") for number in (1, 2, 3, 4)]
    assert script.asked[0]["tailLines"] == "5"
    assert "sinceTime" not in script.asked[0]
    assert script.asked[1]["sinceTime"] == "2026-11-27T10:00:00.102Z"
    assert "tailLines" not in script.asked[1]


async def test_a_refusal_of_a_log_ends_all() -> None:
    async with serving(Script([], refusal=403)) as url, client_of(url) as kube, asyncio.timeout(10):
        lines = kube.core_v1.pods.logs(label_selector="app=web", follow=True)
        with pytest.raises(Forbidden):
            await anext(lines)
