"""Responses that are larger than the client accepts, also when they are small until they are decompressed."""

from __future__ import annotations

import asyncio
import gzip
import json
import tracemalloc
import zlib
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from aiokube import Client, Config
from aiokube import errors as kube
from aiokube.errors import ResponseTooLarge
from tests.support.server import Answer, Raw, ScriptedServer, Step

LIMIT = 1 << 20
JSON = ("Content-Type", "application/json")


def pod(size: int) -> bytes:
    """Return a pod of at least `size` bytes."""
    return json.dumps({"metadata": {"name": "web", "annotations": {"a": "x" * size}}}).encode()


def compressed(body: bytes, encoding: str) -> Answer:
    data = gzip.compress(body) if encoding == "gzip" else zlib.compress(body)
    return Answer(headers=[JSON, ("Content-Encoding", encoding)], body=data)


STEPS: dict[str, Step] = {
    "length": Answer(body=pod(LIMIT)),
    "announced": Raw(b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n{"),
    "chunks": Answer(chunks=[pod(LIMIT)[start : start + 5000] for start in range(0, LIMIT, 5000)]),
    "until the end": Raw(b"HTTP/1.1 200 OK\r\n\r\n" + pod(LIMIT)),
    "gzip": compressed(pod(200 * LIMIT), "gzip"),
    "deflate": compressed(pod(200 * LIMIT), "deflate"),
}


@pytest.mark.parametrize("step", STEPS.values(), ids=STEPS)
async def test_a_response_above_the_limit_is_an_error_and_is_not_kept(step: Step) -> None:
    async with ScriptedServer(step) as server:
        async with Client(Config(server=server.url), max_response_bytes=LIMIT) as client:
            tracemalloc.start()
            try:
                with pytest.raises(
                    ResponseTooLarge, match=rf"pods/web: the response is larger than {LIMIT} bytes; raise max_"
                ):
                    await client.core_v1.pods.get("web")
                _, peak = tracemalloc.get_traced_memory()
            finally:
                tracemalloc.stop()
            assert peak < 40 * LIMIT, "far less than the body, including what the test itself holds"
            assert len(server.requests) == 1, "it is not repeated"


@pytest.mark.parametrize("encoding", ["gzip", "deflate", None])
async def test_a_response_of_the_limit_is_read(encoding: str | None) -> None:
    body = pod(3 * LIMIT)
    answer = compressed(body, encoding) if encoding else Answer(body=body)
    async with ScriptedServer(answer) as server:
        async with Client(Config(server=server.url), max_response_bytes=len(body)) as client:
            assert len((await client.core_v1.pods.get("web")).metadata.annotations["a"]) == 3 * LIMIT
        async with Client(Config(server=server.url), max_response_bytes=len(body) - 1) as client:
            with pytest.raises(ResponseTooLarge):
                await client.core_v1.pods.get("web")


WRITES: dict[str, Callable[[Client], Awaitable[Any]]] = {
    "create": lambda client: client.core_v1.pods.create({"metadata": {"name": "web"}}),
    "patch": lambda client: client.core_v1.pods.patch("web", {}),
    "replace": lambda client: client.core_v1.pods.replace({"metadata": {"name": "web"}}),
    "delete": lambda client: client.core_v1.pods.delete("web"),
}


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
async def test_a_write_with_a_response_above_the_limit_says_that_it_was_carried_out(
    write: Callable[[Client], Awaitable[Any]],
) -> None:
    async with ScriptedServer(Answer(body=pod(LIMIT))) as server:
        async with Client(Config(server=server.url), max_response_bytes=LIMIT) as client:
            with pytest.raises(ResponseTooLarge, match="bytes; the server has carried out the request; raise max_"):
                await write(client)


def failure(code: int, reason: str, size: int) -> Answer:
    status = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": reason, "code": code}
    return Answer(code, headers=[JSON], body=json.dumps({**status, "message": "x" * size}).encode())


@pytest.mark.parametrize("size", [LIMIT // 2, 2 * LIMIT])
@pytest.mark.parametrize(
    ("code", "error"),
    [
        (207, kube.ApiError),
        (403, kube.Forbidden),
        (404, kube.NotFound),
        (409, kube.Conflict),
        (422, kube.Invalid),
        (500, kube.InternalError),
    ],
)
async def test_a_failure_of_any_size_keeps_its_class(code: int, error: type[kube.ApiError], size: int) -> None:
    async with ScriptedServer(failure(code, error.__name__, size), Answer(body=pod(0))) as server:
        async with Client(Config(server=server.url), max_response_bytes=1000) as client:
            with pytest.raises(error, match=f"^{code}\\b.*xxx") as caught:
                await client.core_v1.pods.patch("web", {})
            assert type(caught.value) is error
            await client.core_v1.pods.get("web")
            assert len({request.connection for request in server.requests}) == (1 if size < LIMIT else 2)


@pytest.mark.parametrize(("code", "error"), [(207, kube.ApiError), (403, kube.Forbidden)])
async def test_a_failure_of_a_list_keeps_its_class(code: int, error: type[kube.ApiError]) -> None:
    async with ScriptedServer(failure(code, error.__name__, LIMIT)) as server:
        async with Client(Config(server=server.url), max_response_bytes=1000) as client:
            with pytest.raises(error, match=f"^{code}\\b.*xxx"):
                await client.core_v1.pods.list()


async def test_of_a_failure_only_the_beginning_is_read() -> None:
    bomb = gzip.compress(failure(404, "NotFound", 200 * LIMIT).body)
    answer = Answer(404, headers=[JSON, ("Content-Encoding", "gzip")], body=bomb)
    async with ScriptedServer(answer) as server, Client(Config(server=server.url)) as client:
        tracemalloc.start()
        try:
            with pytest.raises(kube.NotFound):
                await client.core_v1.pods.get("web")
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert peak < 10 * LIMIT


async def test_a_large_failure_is_retried() -> None:
    busy = failure(503, "ServiceUnavailable", 2 * LIMIT)
    steps = Answer(503, headers=[JSON, ("Retry-After", "0")], body=busy.body), Answer(body=pod(0))
    async with ScriptedServer(*steps) as server:
        async with Client(Config(server=server.url), max_response_bytes=1000) as client:
            await client.core_v1.pods.get("web")
            assert len(server.requests) == 2


async def test_decompression_does_not_block_the_loop() -> None:
    async with ScriptedServer(compressed(pod(200 * LIMIT), "gzip")) as server:
        async with Client(Config(server=server.url), max_response_bytes=150 * LIMIT) as client:
            call = asyncio.create_task(client.core_v1.pods.get("web"))
            turns = 0
            while not call.done():
                turns += 1
                await asyncio.sleep(0)
            assert turns > 140, "other tasks get a turn for each MiB"
            with pytest.raises(ResponseTooLarge):
                await call


async def test_a_write_whose_response_breaks_says_that_it_was_carried_out() -> None:
    broken = Raw(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{")
    undecodable = Answer(headers=[JSON, ("Content-Encoding", "gzip")], body=b"no gzip")
    for step in (broken, undecodable):
        async with ScriptedServer(step, step) as server, Client(Config(server=server.url), max_retries=0) as client:
            with pytest.raises(kube.ConnectionError, match="; the server has carried out the request"):
                await client.core_v1.pods.patch("web", {})
            with pytest.raises(kube.ConnectionError) as caught:
                await client.core_v1.pods.get("web")
            assert "carried out" not in str(caught.value)
