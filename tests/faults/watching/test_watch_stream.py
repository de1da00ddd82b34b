"""The byte stream of a watch: split anywhere, invalid, too long, refused, and closed early."""

from __future__ import annotations

import asyncio
import json
import tracemalloc
from dataclasses import dataclass
from typing import Any

import pytest

from aiokube import WatchEvent
from aiokube.errors import ApiError, DecodeError, Expired, Forbidden, Gone, InternalError
from aiokube.models import core_v1
from tests.support.clients import client_of
from tests.support.server import Answer, Exchange, Open, ScriptedServer, Step

pytestmark = pytest.mark.every_loop


def event(kind: str, name: str, version: int) -> bytes:
    pod = {"kind": "Pod", "apiVersion": "v1", "metadata": {"name": name, "resourceVersion": str(version)}}
    return json.dumps({"type": kind, "object": pod}, ensure_ascii=False).encode() + b"\n"


def failure(**status: Any) -> bytes:
    status = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", **status}
    return json.dumps({"type": "ERROR", "object": status}).encode() + b"\n"


THREE = event("ADDED", "Grüße", 5) + event("MODIFIED", "😀", 6) + event("DELETED", "web", 7)


async def events_of(step: Step, count: int) -> list[WatchEvent[core_v1.Pod]]:
    """Return the first events of a watch."""
    found: list[WatchEvent[core_v1.Pod]] = []
    async with ScriptedServer(step) as server, client_of(server) as client:
        async for one in client.core_v1.pods.watch(resource_version="1"):
            found.append(one)
            if len(found) == count:
                break
        await server.all_gone()
        assert "watch=true" in server.requests[0].target
    return found


@pytest.mark.parametrize("size", [1, 2, 3, 7, 64, 10_000])
async def test_events_can_arrive_in_chunks_of_any_size(size: int) -> None:
    chunks = [THREE[start : start + size] for start in range(0, len(THREE), size)]
    found = await events_of(Open(Answer(chunks=chunks)), 3)
    assert [(one.type, one.object.metadata.name) for one in found] == [
        ("ADDED", "Grüße"),
        ("MODIFIED", "😀"),
        ("DELETED", "web"),
    ]


async def test_events_can_be_split_at_any_byte() -> None:
    steps: list[Step] = [Open(Answer(chunks=[THREE[:place], THREE[place:]])) for place in range(1, len(THREE))]
    async with ScriptedServer(*steps) as server, client_of(server) as client:
        for _ in steps:
            names: list[str | None] = []
            async for one in client.core_v1.pods.watch(resource_version="1"):
                names.append(one.object.metadata.name)
                if len(names) == 3:
                    break
            assert names == ["Grüße", "😀", "web"]
        await server.all_gone()


async def test_blank_lines_and_carriage_returns_are_ignored() -> None:
    data = b"\n\r\n" + THREE.replace(b"\n", b"\r\n\r\n") + b"   \n"
    assert len(await events_of(Open(Answer(chunks=[data])), 3)) == 3


@pytest.mark.parametrize(
    ("status", "cls"),
    [
        ({"code": 410, "reason": "Expired", "message": "too old resource version: 1 (5)"}, Expired),
        ({"code": 410, "reason": "Gone"}, Gone),
        ({"code": 410}, Gone),
        ({"code": 403, "reason": "Forbidden"}, Forbidden),
    ],
    ids=["expired", "gone", "410", "403"],
)
@pytest.mark.parametrize("before", [b"", THREE], ids=["at once", "later"])
async def test_an_error_event_is_raised(status: dict[str, Any], cls: type[ApiError], before: bytes) -> None:
    seen = 0
    async with ScriptedServer(Open(Answer(chunks=[before + failure(**status)]))) as server, client_of(server) as client:
        with pytest.raises(cls, match="GET /api/v1/namespaces/default/pods") as caught:
            async for _ in client.core_v1.pods.watch(resource_version="1"):
                seen += 1
        assert type(caught.value) is cls
        assert caught.value.message == status.get("message", "")
        assert seen == before.count(b"\n")
        await server.all_gone()


@pytest.mark.parametrize("code", [403, 410, 500])
async def test_a_refused_watch_is_raised(code: int) -> None:
    classes = {403: Forbidden, 410: Gone, 500: InternalError}
    answer = Answer(code, headers=[("Content-Type", "text/plain")], body=b"no watch for you")
    with pytest.raises(classes[code], match="no watch for you"):
        await events_of(answer, 1)


@pytest.mark.parametrize(
    "line",
    [
        b"garbage\n",
        b"<html>\n",
        b"null\n",
        b"[]\n",
        b"{}\n",
        b'{"type":"ADDED"}\n',
        b'{"type":5,"object":{}}\n',
        b'{"type":"ERROR","object":null}\n',
        b'{"type":"ERROR","object":[]}\n',
        b'{"type":"FOO","object":{}}\n',
        b"\xff\xfe\n",
        b"[" * 100_000 + b"\n",
        event("ADDED", "one", 1)[:-1] + event("ADDED", "two", 2),
    ],
    ids=lambda line: repr(line[:30]),
)
async def test_an_invalid_line_is_a_decode_error(line: bytes) -> None:
    seen: list[str | None] = []
    step = Open(Answer(chunks=[event("ADDED", "web", 5) + line]))
    async with ScriptedServer(step) as server, client_of(server) as client:
        with pytest.raises(DecodeError, match="GET /api/v1/namespaces/default/pods"):
            async for one in client.core_v1.pods.watch(resource_version="1"):
                seen.append(one.object.metadata.name)
        await server.all_gone()
    assert seen == ["web"]


@dataclass(frozen=True)
class Endless:
    """A line of 64 MiB without an end."""

    start: bytes

    async def play(self, exchange: Exchange) -> None:
        await exchange.send(Answer(chunks=()).head())
        chunk = self.start
        for _ in range(256):
            await exchange.send(b"%x\r\n%b\r\n" % (len(chunk), chunk))
            chunk = b"x" * (1 << 18)


async def test_an_endless_line_is_refused_in_bounded_memory() -> None:
    tracemalloc.start()
    try:
        with pytest.raises(DecodeError, match=f"exceeds {16 << 20} bytes"):
            await events_of(Endless(b'{"type":"ADDED","object":{"a":"'), 1)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 40 << 20


async def test_a_line_of_15_mib_passes() -> None:
    pod = {
        "kind": "Pod",
        "apiVersion": "v1",
        "metadata": {"name": "web", "resourceVersion": "5", "annotations": {"a": "x" * (15 << 20)}},
    }
    line = json.dumps({"type": "ADDED", "object": pod}).encode() + b"\n"
    chunks = [line[start : start + (1 << 20)] for start in range(0, len(line), 1 << 20)]
    [one] = await events_of(Open(Answer(chunks=chunks)), 1)
    assert len(one.object.metadata.annotations["a"]) == 15 << 20


async def test_leaving_early_releases_the_connection() -> None:
    steps: list[Step] = [Open(Answer(chunks=[THREE]))] * 20
    async with ScriptedServer(*steps) as server, client_of(server) as client:
        for _ in range(20):
            async for _ in client.core_v1.pods.watch(resource_version="1"):
                break
        await server.all_gone()
        assert server.connections == 20


async def test_cancelling_a_watch_releases_the_connection() -> None:
    async with ScriptedServer(Open(Answer(chunks=[THREE]))) as server, client_of(server) as client:
        seen = asyncio.Semaphore(0)

        async def watch() -> None:
            async for _ in client.core_v1.pods.watch(resource_version="1"):
                seen.release()

        task = asyncio.create_task(watch())
        for _ in range(3):
            await seen.acquire()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await server.all_gone()
