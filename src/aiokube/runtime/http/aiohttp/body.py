"""Request bodies as aiohttp takes them; response bodies: read at once, up to a limit, or as a stream."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterable, AsyncIterator, Callable, Mapping

import aiohttp

from ..request import Request
from .internals import socket_of
from .sockets import LowWaterMark

CHUNK = 1 << 17
"""Bytes of a body that are buffered before they are read; at twice as many, the server has to wait."""

# Every piece of a stream costs time in the kernel, in the event loop, in TLS and in aiohttp, whatever its size. So when
# pieces arrive as fast as they are read, the event loop is woken for many at once, or after a short time for any.
_BUSY_S = 0.001
_BUSY_READS = 8
_TOGETHER_S = 0.002
_LARGE_CHUNK = CHUNK // 4

# Bytes after which other tasks get a turn: what is still to be decompressed is read without waiting for anything.
_TURN = 1 << 20

# aiohttp sends bytes at once, and warns of more.
_SENT_AT_ONCE = 1 << 20


def sent_body(body: bytes | AsyncIterable[bytes] | None) -> bytes | io.BytesIO | AsyncIterable[bytes] | None:
    """Return the body of a request as aiohttp sends it without holding the event loop: a large one in pieces."""
    return io.BytesIO(body) if isinstance(body, bytes) and len(body) > _SENT_AT_ONCE else body


class AiohttpStreamingResponse:
    """A `StreamingResponse` over aiohttp's response.

    Args:
        response: The response of aiohttp.
        request: The request, for errors.
        translate: Translates an exception of aiohttp; takes the exception, the request and a description.
        limit: Maximum size of the body as far as it is bounded, decompressed, in bytes.
        too_large: Creates the error of a larger one.
    """

    def __init__(
        self,
        response: aiohttp.ClientResponse,
        request: Request,
        translate: Callable[[Exception, Request, str], Exception],
        limit: int,
        too_large: Callable[[Request], Exception],
    ) -> None:
        self._response = response
        self._request = request
        self._translate = translate
        self._limit = limit
        self._too_large = too_large
        self._loop = asyncio.get_running_loop()

    @property
    def status(self) -> int:
        """The HTTP status code."""
        return self._response.status

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers, case-insensitive."""
        return self._response.headers

    @property
    def chunks(self) -> AsyncIterator[bytes]:
        """The body, in pieces as they arrive."""
        return self._read()

    @property
    def bounded_chunks(self) -> AsyncIterator[bytes]:
        """The body, in pieces as they arrive; `ResponseTooLarge` beyond the maximum size of a response."""
        return self._read_bounded()

    async def read(self, limit: int) -> bytes:
        """Return the first `limit` bytes of the body."""
        return await read_up_to(self._read(), limit)

    async def _read(self) -> AsyncIterator[bytes]:
        clock = self._loop.time
        mark = LowWaterMark(socket_of(self._response))
        busy_reads = 0
        try:
            while True:
                if asyncio.get_running_loop() is not self._loop:
                    # The next request tells whether the client may be used in this loop.
                    raise ConnectionResetError("the connection belongs to another event loop")
                started = clock()
                if busy_reads < _BUSY_READS:
                    chunk = await self._response.content.readany()
                    is_busy = clock() - started < _BUSY_S
                else:
                    mark.raise_for(_TOGETHER_S, CHUNK)
                    chunk = await self._response.content.readany()
                    is_busy = len(chunk) >= _LARGE_CHUNK or clock() - started < _TOGETHER_S + _BUSY_S
                if not chunk:
                    return
                busy_reads = busy_reads + 1 if is_busy else 0
                yield chunk
                if is_busy and len(chunk) >= _LARGE_CHUNK:
                    await asyncio.sleep(0)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise self._translate(error, self._request, "the response was interrupted") from error

    async def _read_bounded(self) -> AsyncIterator[bytes]:
        response, size = self._response, 0
        try:
            if "Content-Encoding" not in response.headers and response.content_length is not None:
                if response.content_length > self._limit:
                    raise self._too_large(self._request)
                if response.content_length < CHUNK:
                    yield await response.read()
                    return
            while chunk := await response.content.readany():
                size += len(chunk)
                if size > self._limit:
                    raise self._too_large(self._request)
                yield chunk
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise self._translate(error, self._request, "the response was interrupted") from error


async def read_all(response: aiohttp.ClientResponse, limit: int) -> bytes | bytearray | None:
    """Return the whole body of a response, decompressed; None if it is larger than `limit` bytes.

    A large one grows in place, because joining its chunks would need its size in memory twice.
    """
    is_compressed = "Content-Encoding" in response.headers
    if response.content_length is not None and not is_compressed:
        if response.content_length > limit:
            return None
        if response.content_length < CHUNK:
            return await response.read()
    body = bytearray()
    next_turn = _TURN
    while chunk := await response.content.readany():
        if len(body) + len(chunk) > limit:
            return None
        body += chunk
        if len(body) >= next_turn:
            next_turn = len(body) + _TURN
            await asyncio.sleep(0)
    return body


async def read_up_to(chunks: AsyncIterator[bytes], limit: int) -> bytes:
    """Return the first `limit` bytes of a body without waiting for the rest."""
    body = bytearray()
    async for chunk in chunks:
        body += chunk
        if len(body) >= limit:
            break
    return bytes(body[:limit])
