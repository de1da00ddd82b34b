"""The steps of `ClientSession.request` that the transport takes itself: what is sent, read and raised is the same."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from yarl import URL

from aiokube.runtime.http.aiohttp.internals import send_request
from tests.support.proxy import unused_port
from tests.support.server import Answer, Exchange, ScriptedServer, Step

OPTIONS: dict[str, Any] = {
    "headers": {"accept": "application/json", "Authorization": "Bearer x"},
    "timeout": aiohttp.ClientTimeout(total=None, connect=5, sock_connect=5),
    "ssl": True,
    "server_hostname": None,
    "proxy": None,
    "proxy_headers": None,
}


async def pieces() -> AsyncIterator[bytes]:
    yield b"one "
    yield b"two"


class LengthAlone:
    """The response to HEAD: with the length of a body that does not follow."""

    async def play(self, exchange: Exchange) -> None:
        await exchange.send(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n")


BODIES = {"none": lambda: None, "bytes": lambda: b"{}", "stream": pieces}


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("body", BODIES)
async def test_a_request_and_its_response_are_those_of_a_session(method: str, body: str) -> None:
    answer: Step = LengthAlone() if method == "HEAD" else Answer(body=b'{"kind":"Status"}')
    async with (
        ScriptedServer(answer) as server,
        aiohttp.ClientSession(headers=[("User-Agent", "ours"), ("Accept-Encoding", "gzip")]) as session,
    ):
        url = URL(f"{server.url}/api/v1/a%2Fb?labelSelector=a%3Db", encoded=True)
        theirs = await session.request(method, url, data=BODIES[body](), allow_redirects=False, **OPTIONS)
        expected = (theirs.status, dict(theirs.headers), await theirs.read())
        ours = await send_request(session, method, url=url, data=BODIES[body](), **OPTIONS)
        assert (ours.status, dict(ours.headers), await ours.read()) == expected
        first, second = server.requests
        assert (first.method, first.target, first.headers, first.body) == (
            *(second.method, second.target),
            *(second.headers, second.body),
        )
        assert server.connections == 1


async def test_a_refused_connection_raises_the_same_error() -> None:
    url = URL(f"http://127.0.0.1:{unused_port()}/api")
    async with aiohttp.ClientSession() as session:
        with pytest.raises(aiohttp.ClientConnectorError) as theirs:
            await session.request("GET", url, **OPTIONS)
        with pytest.raises(aiohttp.ClientConnectorError) as ours:
            await send_request(session, "GET", url=url, data=None, **OPTIONS)
        assert str(ours.value) == str(theirs.value)
    with pytest.raises(RuntimeError, match="Session is closed"):
        await send_request(session, "GET", url=url, data=None, **OPTIONS)
