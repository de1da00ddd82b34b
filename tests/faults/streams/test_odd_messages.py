"""Messages at random on every channel: each stream ends with a result or a typed error, in time (W2, W3)."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from aiokube import Client
from aiokube.errors import AiokubeError
from tests.support.clients import client_of
from tests.support.websocket import SH, V4, V5, Peer, WebSocketServer

pytestmark = pytest.mark.slow

_BUDGET_S = 1

PORT = 80
PAYLOADS = [
    b"",
    b"\0",
    b"data",
    bytes(1 << 16),
    PORT.to_bytes(2, "little"),
    b"\xff\xfe",
    b"\x01",
    b"\x1b[2J\r\n",
    b'{"status":"Success"}',
    b'{"status":"Failure","reason":"NonZeroExitCode","details":{"causes":[{"reason":"ExitCode","message":"3"}]}}',
    b'{"status":"Failure","reason":"InternalError","message":"no\\u001b[2J","code":500}',
    b'{"status":"Failure","details":[]}',
    b'{"status":',
    b"null",
    b"[" * 3000,
    b'{"a":' * 3000,
]


class Odd:
    """A peer that sends messages at random; the seed decides which."""

    def __init__(self) -> None:
        self.seed = 0

    async def __call__(self, peer: Peer) -> None:
        chance = random.Random(self.seed)
        for _ in range(chance.randint(0, 8)):
            match chance.randrange(12):
                case 0:
                    await peer.websocket.send_str("text")
                case 1:
                    await peer.websocket.send_bytes(b"")
                case 2:
                    await peer.websocket.ping(b"ping")
                case 3:
                    await peer.websocket.pong(chance.choice([b"", b"9", b"x", b"-1", b"9" * 100]))
                case _:
                    channel = chance.choice([0, 1, 2, 3, 4, 5, 255])
                    await peer.send(channel, chance.choice(PAYLOADS))
        match chance.randrange(6):
            case 0:
                peer.eof()
            case 1:
                peer.reset()
            case 2:
                await peer.websocket.close(code=chance.choice([1000, 1001, 1011, 3000, 4999]), message=b"odd\x1b[2J")
            case 3:
                await peer.exit(chance.choice([0, 3]))


async def by_run(kube: Client, folder: Path) -> None:
    await kube.core_v1.pods.run("web-0", SH, timeout=3)


async def by_attach(kube: Client, folder: Path) -> None:
    async with kube.core_v1.pods.attach("web-0", stdin=True) as process:
        assert process.stdin is not None
        process.stdin.write(b"input")
        await process.stdin.drain()
        assert process.stdout is not None
        await process.stdout.read()
        await process.wait()


async def by_copy_from(kube: Client, folder: Path) -> None:
    await kube.core_v1.pods.copy_from("web-0", "x", folder / "x")


async def by_copy_to(kube: Client, folder: Path) -> None:
    await kube.core_v1.pods.copy_to("web-0", __file__, "/x")


async def by_open_port(kube: Client, folder: Path) -> None:
    async with kube.core_v1.pods.open_port("web-0", PORT) as (reader, writer):
        writer.write(b"input")
        await writer.drain()
        await reader.read()


async def by_port_forward(kube: Client, folder: Path) -> None:
    errors: list[Exception] = []
    async with kube.core_v1.pods.port_forward("web-0", PORT, on_error=errors.append) as forwarder:
        reader, writer = await asyncio.open_connection("127.0.0.1", forwarder.port)
        try:
            writer.write(b"input")
            await reader.read()
        except ConnectionResetError:
            async with asyncio.timeout(5):
                while not errors:
                    await asyncio.sleep(0.001)
        finally:
            writer.close()
    for error in errors:
        raise error


async def by_proxy_websocket(kube: Client, folder: Path) -> None:
    async with kube.core_v1.pods.proxy_websocket("web-0", subprotocols=[V5, V4]) as websocket:
        async for _ in websocket:
            pass


CALLS = [by_run, by_attach, by_copy_from, by_copy_to, by_open_port, by_port_forward, by_proxy_websocket]


@pytest.mark.parametrize("protocol", [V5, V4])
@pytest.mark.parametrize("call", CALLS, ids=lambda call: call.__name__.removeprefix("by_"))
async def test_a_stream_of_odd_messages_ends_with_a_result_or_a_typed_error(
    call: Callable[[Client, Path], Awaitable[None]], protocol: str, tmp_path: Path
) -> None:
    odd = Odd()
    started = time.monotonic()
    async with WebSocketServer(odd, protocols=[protocol]) as server, client_of(server.url) as kube:
        for odd.seed in range(300):
            try:
                async with asyncio.timeout(10):
                    await call(kube, tmp_path)
            except AiokubeError as error:
                assert "\x1b" not in str(error), f"seed {odd.seed}"
            except Exception as error:
                raise AssertionError(f"seed {odd.seed}") from error
            if time.monotonic() - started > _BUDGET_S:
                break
        assert odd.seed > 3
