"""Responses that are larger than the client accepts, also when they are small until they are decompressed."""

from __future__ import annotations

import gzip
import json
import tracemalloc
import zlib

import pytest

from aiokube import Client, Config
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
    "failure": Answer(500, headers=[("Content-Type", "text/plain")], body=b"x" * (LIMIT + 1)),
}


@pytest.mark.parametrize("step", STEPS.values(), ids=STEPS)
async def test_a_response_above_the_limit_is_an_error_and_is_not_kept(step: Step) -> None:
    async with ScriptedServer(step) as server:
        async with Client(Config(server=server.url), max_response_bytes=LIMIT) as client:
            tracemalloc.start()
            try:
                with pytest.raises(
                    ResponseTooLarge, match=rf"pods/web: the response is larger than {LIMIT} bytes; list"
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
