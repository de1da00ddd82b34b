"""A small HTTP/1.1 server on 127.0.0.1 that plays a script and records the requests.

A script is a sequence of steps, one for each request: `Answer`, `Broken`, `Raw`, `Open`, `Close`, `Reset`, `Silence`.
The last step is repeated for all further requests.

    async with ScriptedServer(Answer(503), Answer(200, body=b"{}")) as server:
        ...  # requests to server.url
    assert [request.method for request in server.requests] == ["GET", "GET"]
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import ssl
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from types import TracebackType
from typing import Protocol, Self

from multidict import CIMultiDict

_LIMIT = 1 << 22  # bytes of a request head; far more than any test sends


@dataclass(frozen=True, kw_only=True)
class Received:
    """A complete request."""

    method: str
    target: str
    headers: CIMultiDict[str]
    body: bytes
    connection: int
    """Number of the connection, beginning with 1."""
    peer: str | None
    """The common name of the client certificate; None without one."""


class Exchange:
    """One request, and its connection."""

    def __init__(self, request: Received, writer: asyncio.StreamWriter) -> None:
        self.request = request
        self._writer = writer

    async def send(self, data: bytes) -> None:
        """Send raw bytes."""
        self._writer.write(data)
        await self._writer.drain()

    def inject(self, data: bytes) -> None:
        """Send bytes past TLS."""
        os.write(self._writer.get_extra_info("socket").fileno(), data)

    def close(self) -> None:
        """Close the connection cleanly."""
        self._writer.close()

    def reset(self) -> None:
        """Reset the connection."""
        reset(self._writer)


class Step(Protocol):
    """One step of a script, played when a request has arrived."""

    async def play(self, exchange: Exchange) -> None:
        """Respond, or do something else to the connection."""
        ...


@dataclass(frozen=True)
class Answer:
    """A complete response; the connection stays open for the next request.

    Args:
        status: The status code.
        headers: Pairs of name and value; Content-Length or Transfer-Encoding is added.
        body: The body, sent in one piece.
        chunks: The chunks of a chunked body, instead of `body`.
        pause: Seconds before each chunk.
    """

    status: int = 200
    headers: Sequence[tuple[str, str]] = (("Content-Type", "application/json"),)
    body: bytes = b""
    chunks: Sequence[bytes] | None = None
    pause: float = 0.0

    def head(self) -> bytes:
        """Return the status line and the headers."""
        known = self.status in HTTPStatus._value2member_map_
        lines = [f"HTTP/1.1 {self.status} {HTTPStatus(self.status).phrase if known else 'Something'}"]
        lines += [f"{name}: {value}" for name, value in self.headers]
        lines.append(f"Content-Length: {len(self.body)}" if self.chunks is None else "Transfer-Encoding: chunked")
        return "\r\n".join([*lines, "", ""]).encode()

    async def play(self, exchange: Exchange) -> None:
        """Send the response."""
        if self.chunks is None:
            await exchange.send(self.head() + self.body)
            return
        await exchange.send(self.head())
        for chunk in self.chunks:
            await asyncio.sleep(self.pause)
            await exchange.send(b"%x\r\n%b\r\n" % (len(chunk), chunk))
        await exchange.send(b"0\r\n\r\n")


@dataclass(frozen=True)
class Broken:
    """The first `size` bytes of a response, counted from its head; then the connection is closed.

    With `reset`, it is reset instead.
    """

    answer: Answer
    size: int
    reset: bool = False

    @classmethod
    def body(cls, answer: Answer, size: int, *, reset: bool = False) -> Broken:
        """Return a step: the head of a response and the first `size` bytes of its body."""
        return cls(answer, len(answer.head()) + size, reset)

    async def play(self, exchange: Exchange) -> None:
        """Send the bytes, and close or reset the connection."""
        whole = self.answer.head()
        if self.answer.chunks is None:
            whole += self.answer.body
        else:
            whole += b"".join(b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in self.answer.chunks)
        await exchange.send(whole[: self.size])
        # A slow reader gets the bytes before the end.
        await asyncio.sleep(0.01)
        if self.reset:
            exchange.reset()
        else:
            exchange.close()


@dataclass(frozen=True)
class Raw:
    """Raw bytes, and the end of the connection."""

    data: bytes

    async def play(self, exchange: Exchange) -> None:
        """Send the bytes, and close the connection."""
        await exchange.send(self.data)
        exchange.close()


@dataclass(frozen=True)
class Open:
    """A response without an end: the head, the chunks, and then nothing until the client leaves."""

    answer: Answer

    async def play(self, exchange: Exchange) -> None:
        """Send head and chunks, and wait."""
        await exchange.send(self.answer.head())
        for chunk in self.answer.chunks or ():
            await asyncio.sleep(self.answer.pause)
            await exchange.send(b"%x\r\n%b\r\n" % (len(chunk), chunk))
        await asyncio.Event().wait()


@dataclass(frozen=True)
class Close:
    """No response: the connection is closed when the request has arrived."""

    async def play(self, exchange: Exchange) -> None:
        """Close the connection."""
        exchange.close()


@dataclass(frozen=True)
class Reset:
    """No response: the connection is reset when the request has arrived."""

    async def play(self, exchange: Exchange) -> None:
        """Reset the connection."""
        exchange.reset()


@dataclass(frozen=True)
class Silence:
    """No response, and the connection stays open."""

    async def play(self, exchange: Exchange) -> None:
        """Wait until the client leaves or the server ends."""
        await asyncio.Event().wait()


def redirect(location: str, status: int = 302) -> Answer:
    """Return a redirect."""
    return Answer(status, headers=(("Location", location),))


class ScriptedServer:
    """A server that plays a script; `async with` starts it, and stops it with all its connections.

    Args:
        script: The steps, in the order of the requests; the default is an empty 200 response.
        context: The TLS context; None serves plain HTTP.
        host: The host name in `url`.
    """

    def __init__(self, *script: Step, context: ssl.SSLContext | None = None, host: str = "127.0.0.1") -> None:
        self.script: list[Step] = list(script) or [Answer()]
        self.context = context
        self.host = host
        self.requests: list[Received] = []
        """All requests, in order."""
        self.connections = 0
        """Number of connections accepted so far."""
        self.writers: set[asyncio.StreamWriter] = set()
        """The open connections, for faults between requests."""
        self._tasks: set[asyncio.Task[None]] = set()
        self._open: set[int] = set()
        self._failures: list[Exception] = []
        self._server: asyncio.Server | None = None
        self._changed = asyncio.Condition()

    @property
    def port(self) -> int:
        """The port of the server."""
        assert self._server is not None, "the server has not been started"
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    @property
    def url(self) -> str:
        """The URL of the server."""
        return f"{'http' if self.context is None else 'https'}://{self.host}:{self.port}"

    @property
    def open_connections(self) -> int:
        """Number of open connections."""
        return len(self._open)

    async def arrival(self, count: int = 1, *, within: float = 5.0) -> None:
        """Wait until `count` requests have arrived in total, for at most `within` seconds."""
        async with asyncio.timeout(within), self._changed:
            await self._changed.wait_for(lambda: len(self.requests) >= count)

    async def all_gone(self, *, but: int = 0, within: float = 5.0) -> None:
        """Wait until at most `but` connections are open, for at most `within` seconds."""
        async with asyncio.timeout(within), self._changed:
            await self._changed.wait_for(lambda: len(self._open) <= but)

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._protocol, "127.0.0.1", 0, ssl=self.context, backlog=256)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        assert self._server is not None
        self._server.close()
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._server.wait_closed()
        if self._failures and error is None:
            raise self._failures[0]

    def _protocol(self) -> asyncio.StreamReaderProtocol:
        reader = _Reader()

        def serve(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            # asyncio would report the cancellation of a task that it created for a coroutine callback.
            task = asyncio.ensure_future(self._serve(reader, writer))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
            task.add_done_callback(lambda _: writer.transport.abort())

        return asyncio.StreamReaderProtocol(reader, serve)

    async def _serve(self, reader: _Reader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        number = self.connections
        self._open.add(number)
        self.writers.add(writer)
        try:
            # The client may break the connection; tests check the client.
            with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
                while not writer.is_closing():
                    await self._serve_one(reader, writer, number)
        except Exception as error:
            self._failures.append(error)
        finally:
            self._open.discard(number)
            self.writers.discard(writer)
            writer.transport.abort()
            async with self._changed:
                self._changed.notify_all()

    async def _serve_one(self, reader: _Reader, writer: asyncio.StreamWriter, number: int) -> None:
        first = await reader.readexactly(1)
        if not first.isalpha():
            # A client speaks TLS to a server without TLS.
            writer.write(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")
            writer.close()
            return
        request = await _read_request(first, reader, number, _peer(writer))
        self.requests.append(request)
        async with self._changed:
            self._changed.notify_all()
        step = self.script[min(len(self.requests), len(self.script)) - 1]
        play = asyncio.ensure_future(step.play(Exchange(request, writer)))
        gone = asyncio.ensure_future(reader.gone.wait())
        try:
            # A step that waits for ever ends with the connection.
            await asyncio.wait({play, gone}, return_when=asyncio.FIRST_COMPLETED)
            if play.done():
                play.result()
            else:
                writer.transport.abort()
        finally:
            for task in (play, gone):
                task.cancel()
            await asyncio.gather(play, gone, return_exceptions=True)


class _Reader(asyncio.StreamReader):
    """A stream reader that signals, without reading, that the client has left."""

    def __init__(self) -> None:
        super().__init__(limit=_LIMIT)
        self.gone = asyncio.Event()

    def feed_eof(self) -> None:
        super().feed_eof()
        self.gone.set()

    def set_exception(self, exc: Exception) -> None:
        super().set_exception(exc)
        self.gone.set()


def _peer(writer: asyncio.StreamWriter) -> str | None:
    certificate = writer.get_extra_info("peercert") or {}
    names = dict(pair for part in certificate.get("subject", ()) for pair in part)
    return names.get("commonName")


async def _read_request(start: bytes, reader: asyncio.StreamReader, number: int, peer: str | None) -> Received:
    head = start + await reader.readuntil(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").removesuffix("\r\n\r\n").split("\r\n")
    method, target, _ = first.split(" ")
    headers: CIMultiDict[str] = CIMultiDict()
    for line in lines:
        name, _, value = line.partition(":")
        headers.add(name, value.strip())
    body = b""
    if headers.get("Transfer-Encoding", "").lower() == "chunked":
        while size := int(await reader.readuntil(b"\r\n"), 16):
            body += (await reader.readexactly(size + 2))[:-2]
        await reader.readexactly(2)
    else:
        body = await reader.readexactly(int(headers.get("Content-Length", "0")))
    return Received(method=method, target=target, headers=headers, body=body, connection=number, peer=peer)


def reset(writer: asyncio.StreamWriter) -> None:
    """Reset a connection."""
    peer: socket.socket | None = writer.get_extra_info("socket")
    if peer is not None and peer.fileno() != -1:
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
