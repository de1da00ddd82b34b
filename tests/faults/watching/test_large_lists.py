"""Lists that are decoded while they arrive, and whose next page is requested meanwhile."""

from __future__ import annotations

import asyncio
import gc
import json
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from aiokube import Client, Config
from aiokube.errors import ClientClosed, DecodeError, Gone, ResponseTooLarge
from tests.support.server import Answer, Broken, Exchange, ScriptedServer, Silence, Step

pytestmark = pytest.mark.slow

SIZE = 1000
EACH = 2000


def names(page: int = 0, count: int = SIZE) -> list[str]:
    return [f"map-{page}-{number:04}" for number in range(count)]


def config_map(name: str, **fields: object) -> dict[str, object]:
    metadata = {"name": name, "namespace": "default", "uid": name, "resourceVersion": "5"}
    return {"metadata": metadata, "data": {"text": "x" * EACH}, **fields}


def listed(items: list[dict[str, object]], token: str = "") -> bytes:
    metadata = {"resourceVersion": "9", **({"continue": token} if token else {})}
    content = {"kind": "ConfigMapList", "apiVersion": "v1", "metadata": metadata, "items": items}
    return json.dumps(content, separators=(",", ":")).encode()


def page(number: int = 0, token: str = "") -> bytes:
    return listed([config_map(name) for name in names(number)], token)


def in_chunks(body: bytes, size: int = 50_001) -> Answer:
    return Answer(chunks=[body[start : start + size] for start in range(0, len(body), size)])


@dataclass
class Halted:
    """A list whose second half comes when another request has arrived; the server is set later."""

    body: bytes
    until: int
    server: ScriptedServer | None = None

    async def play(self, exchange: Exchange) -> None:
        assert self.server is not None
        await exchange.send(Answer(body=self.body).head() + self.body[: len(self.body) // 2])
        await self.server.arrival(self.until)
        await exchange.send(self.body[len(self.body) // 2 :])


@asynccontextmanager
async def served(*script: Step, **options: Any) -> AsyncIterator[tuple[ScriptedServer, Client]]:
    async with ScriptedServer(*script) as server:
        for step in script:
            if isinstance(step, Halted):
                step.server = server
        async with Client(Config(server=server.url), **options) as kube:
            yield server, kube


async def listed_names(kube: Client) -> list[str | None]:
    return [one.metadata.name for one in (await kube.core_v1.config_maps.list()).items]


async def test_a_list_whose_body_breaks_is_requested_again_and_nothing_is_repeated() -> None:
    answer = Answer(body=page())
    async with served(Broken.body(answer, 1_200_000), Broken.body(answer, 900_000, reset=True), answer) as (
        server,
        kube,
    ):
        assert await listed_names(kube) == names()
        assert len(server.requests) == 3


async def test_a_list_that_always_breaks_is_an_error() -> None:
    async with served(Broken.body(Answer(body=page()), 1_200_000), max_retries=0) as (server, kube):
        with pytest.raises(ConnectionError, match="configmaps: the response was interrupted"):
            await listed_names(kube)
        assert len(server.requests) == 1


@pytest.mark.parametrize("has_length", [True, False])
async def test_a_list_above_the_limit_is_an_error_however_little_of_it_is_kept(has_length: bool) -> None:
    answer = Answer(body=page()) if has_length else in_chunks(page())
    async with served(answer, answer, max_response_bytes=1_000_000) as (server, kube):
        with pytest.raises(
            ResponseTooLarge, match="configmaps: the response is larger than 1000000 bytes; list in pages"
        ):
            await listed_names(kube)
        assert len(server.requests) == 1
        with pytest.raises(ResponseTooLarge):
            _ = [one async for one in kube.core_v1.config_maps.iterate()]


async def test_a_list_with_an_undecodable_item_names_it_by_its_place() -> None:
    items = [config_map(name) for name in names()]
    items[700] = config_map("wrong", data={"text": 3})
    async with served(*[in_chunks(listed(items))] * 3) as (_, kube):
        with pytest.raises(DecodeError, match=r"ConfigMapList: items\[700\] \(default/wrong\)"):
            await listed_names(kube)
        errors: list[DecodeError] = []
        found = await kube.core_v1.config_maps.list(on_undecodable=errors.append)
        assert [one.metadata.name for one in found.items] == [*names()[:700], *names()[701:]]
        assert len(errors) == 1
        async with kube.core_v1.config_maps.informer(on_undecodable=errors.append) as maps:
            assert len(maps) == SIZE - 1
        assert len(errors) == 2


async def test_a_status_in_place_of_the_rest_is_no_list() -> None:
    async with served(in_chunks(page()[:-3] + b'}],"kind":"Status"}')) as (_, kube):
        with pytest.raises(DecodeError):
            await listed_names(kube)


async def test_the_next_page_is_requested_while_a_page_arrives() -> None:
    steps = Halted(page(0, "a"), 2), Halted(page(1, "b"), 3), Answer(body=page(2))
    async with served(*steps) as (server, kube):
        found = [one.metadata.name async for one in kube.core_v1.config_maps.iterate()]
        assert found == [*names(0), *names(1), *names(2)]
        assert [request.target.partition("?")[2] for request in server.requests] == [
            "limit=500",
            "limit=500&continue=a",
            "limit=500&continue=b",
        ]


async def test_an_informer_requests_the_next_page_while_a_page_arrives() -> None:
    async with served(Halted(page(0, "a"), 2), Answer(body=page(1)), Silence()) as (_, kube):
        async with kube.core_v1.config_maps.informer() as maps:
            assert {key.name for key in maps} == {*names(0), *names(1)}


async def test_no_page_is_requested_two_ahead() -> None:
    async with served(Answer(body=page(0, "a")), Answer(body=page(1, "b")), Answer(body=page(2))) as (server, kube):
        async with aclosing(kube.core_v1.config_maps.iterate()) as found:
            await anext(found)
            await server.arrival(2)
            await asyncio.sleep(0.2)
            assert len(server.requests) == 2


async def test_who_leaves_early_cancels_the_request_ahead() -> None:
    async with served(Answer(body=page(0, "a")), Silence()) as (server, kube):
        async with aclosing(kube.core_v1.config_maps.iterate()) as found:
            await anext(found)
            await server.arrival(2)
        await server.all_gone(but=1)
        assert len(asyncio.all_tasks()) <= 1 + len(server._tasks)


async def test_a_cancelled_informer_cancels_the_request_ahead() -> None:
    async with served(Halted(page(0, "a"), 9), Silence()) as (server, kube):

        async def follow() -> None:
            async with kube.core_v1.config_maps.informer():
                raise AssertionError("the list does not end")

        task = asyncio.create_task(follow())
        await server.arrival(2)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await server.all_gone()


async def test_closing_the_client_ends_the_request_ahead() -> None:
    async with served(Answer(body=page(0, "a")), Silence()) as (server, kube):
        async with aclosing(kube.core_v1.config_maps.iterate()) as found:
            await anext(found)
            await server.arrival(2)
            await kube.close()
            with pytest.raises(ClientClosed):
                _ = [one async for one in found]


async def test_the_error_of_a_page_that_nobody_asks_for_is_not_reported() -> None:
    reported: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: reported.append(context))
    async with served(Answer(body=page(0, "a")), Answer(410)) as (server, kube):
        found = kube.core_v1.config_maps.iterate()
        await anext(found)
        await server.arrival(2)
        await asyncio.sleep(0.1)
        await found.aclose()
        del found
        await asyncio.sleep(0)
        gc.collect()
    assert reported == []


async def test_an_expired_page_that_was_requested_ahead_comes_again_from_another_snapshot() -> None:
    expired = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "Expired", "code": 410}
    gone = json.dumps({**expired, "metadata": {"continue": "new"}}).encode()
    async with served(Answer(body=page(0, "a")), Answer(410, body=gone), Answer(body=page(1))) as (server, kube):
        found = [one.metadata.name async for one in kube.core_v1.config_maps.iterate()]
        assert found == [*names(0), *names(1)]
        assert server.requests[-1].target.endswith("continue=new")
    async with served(Answer(body=page(0, "a")), Answer(410, body=gone)) as (_, kube):
        exact = kube.core_v1.config_maps.iterate(resource_version="9", resource_version_match="Exact")
        with pytest.raises(Gone):
            _ = [one async for one in exact]


async def test_the_token_of_an_attempt_that_broke_is_not_followed() -> None:
    broken = Broken.body(Answer(body=page(0, "old")), 1_200_000)
    async with served(broken, Silence(), Answer(body=page(0, "new")), Answer(body=page(1))) as (server, kube):
        found = [one.metadata.name async for one in kube.core_v1.config_maps.iterate()]
        assert found == [*names(0), *names(1)]
        assert [request.target.rpartition("=")[2] for request in server.requests] == ["500", "old", "500", "new"]
        await server.all_gone(but=2)


@pytest.mark.parametrize("pause_gc", [True, False])
async def test_the_collector_runs_after_a_list_however_it_ends(pause_gc: bool) -> None:
    steps = Answer(body=page()), Broken.body(Answer(body=page()), 1_200_000), Halted(page(), 9)
    async with served(*steps, max_retries=0, pause_gc=pause_gc) as (server, kube):
        await listed_names(kube)
        assert gc.isenabled()
        with pytest.raises(ConnectionError):
            await listed_names(kube)
        assert gc.isenabled()
        task = asyncio.create_task(listed_names(kube))
        await server.arrival(3)
        await asyncio.sleep(0.1)
        async with asyncio.timeout(10):
            # A list that comes slowly does not pause it.
            while not gc.isenabled():
                await asyncio.sleep(0.05)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert gc.isenabled()
