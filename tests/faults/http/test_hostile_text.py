"""The text of a server reaches no log and no message with its control characters."""

from __future__ import annotations

import json
import logging
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from aiokube import Client
from aiokube.errors import AiokubeError, WaitTimeout
from tests.support.clients import client_of
from tests.support.server import Answer, Raw, ScriptedServer, Step
from tests.support.tls import Authority

HOSTILE = "no\x1b[2K\r\nCRITICAL forged\x1b]0;owned\x07\x9b1m\u202e"


def status(code: int, **fields: object) -> Answer:
    body = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": code, "message": HOSTILE, **fields}
    return Answer(code, body=json.dumps(body).encode())


def answer(code: int, *headers: tuple[str, str], body: bytes = b"") -> Answer:
    return Answer(code, headers=headers, body=body)


STEPS: dict[str, Step] = {
    "message": status(404, reason="NotFound"),
    "reason": status(404, reason=HOSTILE),
    "causes": status(422, reason="Invalid", details={"name": HOSTILE, "causes": [{"message": HOSTILE}]}),
    "text": answer(500, ("Content-Type", "text/plain"), body=HOSTILE.encode()),
    "html": answer(500, ("Content-Type", "text/html"), body=f"<p>{HOSTILE}</p>".encode()),
    "location": answer(302, ("Location", "https://x/\x1b[2K\x9b1m")),
    "content type": answer(500, ("Content-Type", "text/\x1b[2K"), body=b"x"),
    "other name": Answer(body=json.dumps({"metadata": {"name": HOSTILE}}).encode()),
    "other type": Answer(body=json.dumps({"metadata": {"labels": {HOSTILE: 7}}}).encode()),
    "no JSON": Answer(body=HOSTILE.encode()),
}
CALLS: dict[str, Callable[[Client], Awaitable[Any]]] = {
    "get": lambda client: client.core_v1.pods.get("web"),
    "exec": lambda client: client.core_v1.pods.run("web", ["ls"]),
    "log": lambda client: client.core_v1.pods.log("web"),
}


@pytest.mark.parametrize("step", STEPS.values(), ids=STEPS)
@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
async def test_an_error_is_printable(step: Step, call: Callable[[Client], Awaitable[Any]]) -> None:
    async with ScriptedServer(step) as server, client_of(server) as client:
        try:
            await call(client)
        except AiokubeError as error:
            assert str(error).isprintable()


async def test_what_a_proxy_says_is_printable(authority: Authority) -> None:
    async with ScriptedServer(Raw(b"HTTP/1.1 403 Forbidden\x1b[2K\x9b1m\r\nContent-Length: 0\r\n\r\n")) as proxy:
        url = f"http://127.0.0.1:{proxy.port}"
        async with client_of("https://kubernetes.example", authority, proxy_url=url) as client:
            with pytest.raises(AiokubeError) as caught:
                await client.core_v1.pods.get("web")
    assert str(caught.value).isprintable()


@pytest.mark.parametrize("step", [STEPS["message"], STEPS["text"], status(503), status(410, reason="Expired")])
async def test_an_informer_logs_printable_lines(step: Step, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG, "aiokube"):
        async with ScriptedServer(step) as server, client_of(server) as client:
            with pytest.raises((WaitTimeout, AiokubeError)):
                async with client.core_v1.pods.informer(all_namespaces=True, sync_timeout=0.2):
                    pass
    assert all(record.getMessage().isprintable() for record in caplog.records)
