"""Bytes that no request asked for, and responses to other requests: no call gets the response to another."""

from __future__ import annotations

import asyncio
import json
import os
import traceback
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import pytest

from aiokube import Client
from aiokube.errors import ConnectionError as KubeConnectionError
from tests.support.clients import client_of
from tests.support.server import Answer, Exchange, ScriptedServer
from tests.support.tls import Authority


def pod(name: str, **metadata: str) -> Answer:
    found = {"kind": "Pod", "apiVersion": "v1", "metadata": {"name": name, **metadata}}
    return Answer(body=json.dumps(found).encode())


@dataclass(frozen=True)
class Stray:
    """The requested pod, then bytes that no request asked for.

    Args:
        data: The bytes.
        pause: Seconds before them.
        only_on: Number of the connection; the others get no stray bytes.
        spaces: Size of the white space that `data` begins with, and that belongs to the response.
    """

    data: bytes
    pause: float = 0.0
    only_on: int | None = 1
    spaces: int = 0

    async def play(self, exchange: Exchange) -> None:
        answer = pod(exchange.request.target.rpartition("/")[2])
        answer = replace(answer, body=answer.body + self.data[: self.spaces])
        is_stray = self.only_on is None or exchange.request.connection == self.only_on
        if is_stray and not self.pause:
            # In one segment, if it is small.
            await exchange.send(answer.head() + answer.body + self.data[self.spaces :])
            return
        await answer.play(exchange)
        if is_stray:
            await asyncio.sleep(self.pause)
            await exchange.send(self.data)


RESPONSE = pod("stray").head() + pod("stray").body
STRAYS = {
    "response": RESPONSE,
    "half a response": RESPONSE[:-10],
    "head": pod("stray").head(),
    "100": b"HTTP/1.1 100 Continue\r\n\r\n",
    "408": b"HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
    "one byte": b"H",
    "line end": b"\r\n",
    "text": b"garbage",
    "two responses": RESPONSE * 2,
}


@pytest.mark.parametrize("data", STRAYS.values(), ids=STRAYS)
async def test_a_connection_with_stray_bytes_is_not_used_again(data: bytes) -> None:
    async with ScriptedServer(Stray(data, 0.01)) as server, client_of(server) as client:
        for name in ("a", "b", "c"):
            assert (await client.core_v1.pods.get(name)).metadata.name == name
            await asyncio.sleep(0.03)
        assert [request.connection for request in server.requests] == [1, 2, 2]


@pytest.mark.parametrize("data", STRAYS.values(), ids=STRAYS)
async def test_bytes_right_after_a_response_are_no_response_to_the_next_request(data: bytes) -> None:
    async with ScriptedServer(Stray(data, only_on=None)) as server, client_of(server) as client:
        for name in ("a", "b", "c"):
            try:
                assert (await client.core_v1.pods.get(name)).metadata.name == name
            except KubeConnectionError as error:
                # aiohttp may refuse the whole, and its message would show the response.
                assert '"kind"' not in "".join(traceback.format_exception(error))


@pytest.mark.parametrize("size", [1, 5, 20, 60, len(RESPONSE) - 1, len(RESPONSE)])
@pytest.mark.parametrize("body", [b"", b" " * 100_000], ids=["short", "long"])
async def test_a_connection_with_a_part_of_another_response_is_not_used_again(size: int, body: bytes) -> None:
    async with ScriptedServer(Stray(body + RESPONSE[:size], spaces=len(body))) as server, client_of(server) as client:
        for name in ("a", "b", "c"):
            assert (await client.core_v1.pods.get(name)).metadata.name == name
        assert [request.connection for request in server.requests] == [1, 2, 2]


async def test_a_connection_with_stray_bytes_is_not_used_again_with_tls(authority: Authority) -> None:
    async with (
        ScriptedServer(Stray(RESPONSE, 0.01), context=authority.server_context()) as server,
        client_of(server, authority) as client,
    ):
        for name in ("a", "b", "c"):
            assert (await client.core_v1.pods.get(name)).metadata.name == name
            await asyncio.sleep(0.03)
        assert [request.connection for request in server.requests] == [1, 2, 2]


async def test_bytes_that_the_event_loop_has_not_read_yet_count() -> None:
    async with ScriptedServer(Stray(b"", only_on=None)) as server, client_of(server) as client:
        await client.core_v1.pods.get("a")
        # Received by the kernel in the same turn of the loop.
        os.write(next(iter(server.writers)).get_extra_info("socket").fileno(), RESPONSE)
        assert (await client.core_v1.pods.get("b")).metadata.name == "b"
        assert [request.connection for request in server.requests] == [1, 2]


CALLS: Mapping[str, Callable[[Client], Awaitable[Any]]] = {
    "get": lambda client: client.core_v1.pods.get("web"),
    "get_status": lambda client: client.core_v1.pods.get_status("web"),
    "patch": lambda client: client.core_v1.pods.patch("web", {}),
    "replace": lambda client: client.core_v1.pods.replace({"metadata": {"name": "web"}}),
    "create": lambda client: client.core_v1.pods.create({"metadata": {"name": "web"}}),
    "evict": lambda client: client.core_v1.pods.evict("web"),
    "apply": lambda client: client.core_v1.pods.apply({"metadata": {"name": "web"}}, field_manager="me"),
    "delete": lambda client: client.core_v1.pods.delete("web"),
    "edit": lambda client: client.core_v1.pods.edit("web", lambda pod: None),
}


@dataclass(frozen=True)
class OfTheKind:
    """An answer that is an Eviction where one is asked for."""

    answer: Answer

    async def play(self, exchange: Exchange) -> None:
        body = self.answer.body
        if exchange.request.target.endswith("/eviction"):
            body = body.replace(b'"Pod", "apiVersion": "v1"', b'"Eviction", "apiVersion": "policy/v1"')
        await Answer(body=body).play(exchange)


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
async def test_the_object_of_another_request_is_an_error(call: Callable[[Client], Awaitable[Any]]) -> None:
    problem = r": the response is the object 'other\\n', not 'web'; check whether a proxy mixes up responses"
    async with ScriptedServer(OfTheKind(pod("other\n"))) as server, client_of(server) as client:
        with pytest.raises(KubeConnectionError, match=problem) as caught:
            await call(client)
        assert ("may have carried out" in str(caught.value)) == (server.requests[-1].method != "GET")


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
async def test_an_object_of_another_namespace_is_an_error(call: Callable[[Client], Awaitable[Any]]) -> None:
    problem = r": the response is an object in the namespace 'kube\\n', not in 'default'; check"
    async with ScriptedServer(OfTheKind(pod("web", namespace="kube\n"))) as server, client_of(server) as client:
        with pytest.raises(KubeConnectionError, match=problem):
            await call(client)
    async with ScriptedServer(OfTheKind(pod("web", namespace="default"))) as server, client_of(server) as client:
        await call(client)


async def test_a_generated_name_is_accepted() -> None:
    async with ScriptedServer(pod("web-x7f2")) as server, client_of(server) as client:
        created = await client.core_v1.pods.create({"metadata": {"generateName": "web-"}})
        assert created.metadata.name == "web-x7f2"


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
async def test_an_object_without_a_name_is_accepted(call: Callable[[Client], Awaitable[Any]]) -> None:
    async with ScriptedServer(OfTheKind(pod(""))) as server, client_of(server) as client:
        await call(client)


@pytest.mark.parametrize("name", ["~", "stream@sha256:ab"])
async def test_names_that_openshift_resolves_may_differ(name: str) -> None:
    async with ScriptedServer(pod("resolved")) as server, client_of(server) as client:
        assert (await client.core_v1.pods.get(name)).metadata.name == "resolved"
