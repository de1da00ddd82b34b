"""Raw responses, damaged at random: each call ends in time, with an object or an `AiokubeError`, and leaks nothing."""

from __future__ import annotations

import asyncio
import gzip
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import pytest

from aiokube import Client
from aiokube.errors import AiokubeError
from aiokube.runtime.http.request import build
from tests.support.clients import client_of
from tests.support.server import Exchange, ScriptedServer

POD = b'{"kind":"Pod","apiVersion":"v1","metadata":{"name":"web","resourceVersion":"5"}}'
EVENT = b'{"type":"ADDED","object":' + POD + b"}\n"
CHUNKED = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"


def with_length(status: bytes, body: bytes, *headers: bytes) -> bytes:
    lines = [b"HTTP/1.1 " + status, b"Content-Type: application/json", b"Content-Length: %d" % len(body), *headers]
    return b"\r\n".join([*lines, b"", b""]) + body


def chunked(*chunks: bytes) -> bytes:
    return CHUNKED + b"".join(b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks) + b"0\r\n\r\n"


WHOLE = [
    with_length(b"200 OK", POD),
    with_length(b"200 OK", gzip.compress(POD), b"Content-Encoding: gzip"),
    with_length(b"404 Not Found", b'{"kind":"Status","apiVersion":"v1","code":404,"reason":"NotFound"}'),
    with_length(b"429 Too Many Requests", b"{}", b"Retry-After: 1"),
    with_length(b"200 OK", POD, b'Warning: 299 - "old"', b"Connection: close"),
    with_length(b"302 Found", b"", b"Location: /other"),
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: x\r\n\r\n",
    b"HTTP/1.1 100 Continue\r\n\r\n" + with_length(b"200 OK", POD),
    chunked(POD[:30], POD[30:]),
    chunked(EVENT, EVENT[:20], EVENT[20:]),
    b"HTTP/1.0 200 OK\r\n\r\n" + POD,
]
PIECES = [
    b"\r\n",
    b"\n",
    b"\r\n\r\n",
    b"\0",
    b":",
    b" ",
    b"\xff",
    b"-1",
    b"99999999999999999999",
    b"0\r\n\r\n",
    b"{",
    b'"',
]


def damaged(raw: bytes, chance: random.Random) -> bytes:
    """Return a response with one to three damages: a cut, a repetition, a flipped bit, or a foreign piece."""
    for _ in range(chance.randint(1, 3)):
        start = chance.randrange(len(raw) + 1)
        end = min(len(raw), start + chance.randint(0, 40))
        match chance.randrange(4):
            case 0:
                raw = raw[:start] + raw[end:]
            case 1:
                raw = raw[:end] + raw[start:end] + raw[end:]
            case 2 if start < len(raw):
                raw = raw[:start] + bytes([raw[start] ^ 1 << chance.randrange(8)]) + raw[start + 1 :]
            case _:
                raw = raw[:start] + chance.choice(PIECES) + raw[start:]
    return raw


@dataclass(frozen=True)
class Torn:
    """Raw bytes in random pieces, then the end of the connection, or nothing."""

    seed: int

    async def play(self, exchange: Exchange) -> None:
        chance = random.Random(self.seed)
        raw = damaged(chance.choice(WHOLE), chance)
        while raw:
            size = chance.randint(1, 80)
            await exchange.send(raw[:size])
            raw = raw[size:]
            await asyncio.sleep(0)
        if chance.random() < 0.7:
            exchange.close() if chance.random() < 0.7 else exchange.reset()


async def stream(client: Client) -> None:
    async with client.stream(build("GET", "/x", {}, {})) as chunks:
        async for _ in chunks:
            pass


CALLS: dict[str, Callable[[Client], Awaitable[Any]]] = {
    "get": lambda client: client.core_v1.pods.get("web"),
    "create": lambda client: client.core_v1.pods.create({"metadata": {"name": "web"}}),
    "delete": lambda client: client.core_v1.pods.delete("web"),
    "list": lambda client: client.core_v1.pods.list(),
    "stream": stream,
    "exec": lambda client: client.core_v1.pods.run("web", ["ls"]),
}


@pytest.mark.slow
@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
async def test_any_damaged_response_ends_a_call_in_time(call: Callable[[Client], Awaitable[Any]]) -> None:
    outcomes: dict[str, int] = {}

    async def one(seed: int) -> None:
        async with ScriptedServer(Torn(seed)) as server, client_of(server, timeout=0.5) as client:
            for _ in range(2):
                try:
                    async with asyncio.timeout(2):
                        await call(client)
                    outcome = "success"
                except AiokubeError as error:
                    assert str(error).isprintable(), seed
                    outcome = type(error).__name__
                except TimeoutError:
                    # A stream has no timeout of its own.
                    assert call is stream, seed
                    outcome = "open"
                except Exception as error:
                    raise AssertionError(f"seed {seed}: {error!r}") from error
                outcomes[outcome] = outcomes.get(outcome, 0) + 1

    for first in range(0, 120, 40):
        await asyncio.gather(*(one(seed) for seed in range(first, first + 40)))
    assert len(outcomes) >= 4, "responses are damaged in many ways"
