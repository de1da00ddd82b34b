"""A finished call leaves nothing behind in a client that stays open, however the call ended."""

from __future__ import annotations

import asyncio
import contextlib
import gc

import aiohttp
import pytest

from aiokube.errors import AiokubeError, ApiError, Disconnected
from tests.faults.conftest import open_sockets
from tests.support.clients import client_of
from tests.support.server import Answer, Broken, Open, ScriptedServer

pytestmark = pytest.mark.every_loop

POD = Answer(body=b'{"apiVersion":"v1","kind":"Pod","metadata":{"name":"web"}}')


def responses() -> int:
    """Return the number of responses that are in memory."""
    gc.collect()
    return sum(isinstance(one, aiohttp.ClientResponse) for one in gc.get_objects())


@pytest.mark.parametrize(
    "step",
    [POD, Answer(404, body=b"{}"), Broken.body(POD, 9), Answer(body=b"not JSON")],
    ids=["success", "failure", "interrupted", "undecodable"],
)
async def test_finished_calls_keep_no_response_in_memory(step: Answer | Broken) -> None:
    async with ScriptedServer(step) as server, client_of(server) as kube:
        before = responses()
        for _ in range(20):
            with contextlib.suppress(AiokubeError):
                await kube.core_v1.pods.get("web")
            async with kube.core_v1.pods.proxy("web"):
                pass
        assert responses() - before <= 2


async def test_cancelling_a_call_closes_its_connection() -> None:
    async with ScriptedServer(Open(Answer(chunks=[b"{"]))) as server, client_of(server) as kube:
        before = set(open_sockets().values())
        for call in (kube.core_v1.pods.get("web"), kube.core_v1.pods.log("web"), kube.request("GET", "/")):
            task = asyncio.ensure_future(call)
            await asyncio.sleep(0.1)
            assert len(set(open_sockets().values()) - before) >= 2  # both ends of the connection
            task.cancel()
            await asyncio.wait([task])
            async with asyncio.timeout(5):
                while set(open_sockets().values()) - before:
                    await asyncio.sleep(0.01)


async def test_an_interrupted_call_closes_its_connection() -> None:
    async with ScriptedServer(Broken.body(POD, 9), POD) as server, client_of(server) as kube:
        with pytest.raises(Disconnected):
            await kube.core_v1.pods.get("web")
        assert (await kube.core_v1.pods.get("web")).metadata.name == "web"
        assert [request.connection for request in server.requests] == [1, 2]


@pytest.mark.parametrize("code", [200, 201, 202, 206])
async def test_codes_up_to_206_are_successes(code: int) -> None:
    async with ScriptedServer(Answer(code, body=POD.body)) as server, client_of(server) as kube:
        assert (await kube.core_v1.pods.get("web")).metadata.name == "web"
        assert await kube.core_v1.pods.log("web") == POD.body.decode()
        async with kube.core_v1.pods.proxy("web") as response:
            await response.raise_for_status()


@pytest.mark.parametrize("code", [207, 208, 226, 250, 299])
async def test_codes_from_207_to_299_are_failures(code: int) -> None:
    """As in client-go: the API server sends none of them, so another server has answered."""
    async with ScriptedServer(Answer(code, body=POD.body)) as server, client_of(server) as kube:
        for call in (
            kube.core_v1.pods.get("web"),
            kube.core_v1.pods.list(),
            anext(kube.core_v1.pods.watch()),
            anext(kube.core_v1.pods.log_lines("web")),
        ):
            with pytest.raises(ApiError) as caught:
                await call
            assert caught.value.code == code
        # A target may send what it wants.
        async with kube.core_v1.pods.proxy("web") as response:
            await response.raise_for_status()
            assert response.status == code
